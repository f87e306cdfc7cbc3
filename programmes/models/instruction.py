"""What surrounds an instruction: avis asked with a deadline, verdicts of outside instances, remarks, notes."""

from collections import defaultdict

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django_fsm import FSMField
from simple_history.models import HistoricalRecords

from dpid.calendrier import ajouter_jours_ouvres
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal, Role, Service, Territoire
from dpid.montants import MontantField
from dpid.workflow import AvecEtat, acte
from programmes.models.appel import Dispositif
from programmes.models.dossier import Dossier
from programmes.models.fiche import Critere


class Sens(models.TextChoices):
    FAVORABLE = "favorable", "Favorable"
    RESERVE = "reserve", "Réservé"
    DEFAVORABLE = "defavorable", "Défavorable"


class AvisQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        return self.filter(dossier__in=Dossier.objects.visibles_par(agent).order_by().values("pk"))

    def attendus(self):
        return self.filter(etat=Avis.Etat.DEMANDE)

    def en_retard(self, jour=None):
        return self.attendus().filter(echeance_le__lt=jour or timezone.localdate())

    def destines_a(self, agent):
        """Those asked of the territoires of this agent (role territoire), or of their services."""
        portee = Q(service__in=agent.services.all())
        if agent.a_role(Role.TERRITOIRE):
            portee |= Q(territoire__in=Territoire.objects.filter(Q(agents=agent) | Q(inclus__agents=agent)))
        return self.filter(portee) if agent.is_active else self.none()

    def a_rendre_par(self, agent):
        """Those that this agent is awaited on."""
        return self.attendus().destines_a(agent)

    def rendables_par(self, agent):
        """Those that this agent may still give: awaited, or late while the dossier is not decided."""
        etats = [Avis.Etat.DEMANDE, Avis.Etat.REPUTE_FAVORABLE, Avis.Etat.NON_RENDU]
        ouverts = (*Dossier.EN_COURS, Dossier.Etat.PROPOSE)
        return self.filter(etat__in=etats, dossier__etat__in=ouverts).destines_a(agent)

    def clore_sans_suite(self):
        """Nobody has to answer any more; called by the acts that end the instruction (one journal row each: theirs)."""
        return self.update(etat=Avis.Etat.SANS_OBJET)


class Avis(AvecEtat):
    """An avis asked of a territoire or of a service, with a question and a deadline in working days."""

    class Etat(models.TextChoices):
        DEMANDE = "demande", "Attendu"
        RENDU = "rendu", "Rendu"
        REPUTE_FAVORABLE = "repute_favorable", "Réputé favorable"
        NON_RENDU = "non_rendu", "Non rendu"
        SANS_OBJET = "sans_objet", "Sans objet"

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="avis", verbose_name="dossier")
    territoire = models.ForeignKey(
        Territoire, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="territoire"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="service"
    )
    question = models.TextField("question", blank=True)
    demande_le = models.DateField("demandé le", default=timezone.localdate, editable=False)
    demande_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par", editable=False
    )
    echeance_le = models.DateField("à rendre avant le")
    etat = FSMField("état", choices=Etat.choices, default=Etat.DEMANDE, protected=True)
    sens = models.CharField("sens", max_length=12, choices=Sens.choices, blank=True)
    texte = models.TextField("avis", blank=True)
    montant = MontantField("montant suggéré", null=True, blank=True)
    quantite = models.DecimalField(
        "quantité suggérée", max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    rendu_le = models.DateTimeField("rendu le", null=True, blank=True, editable=False)
    rendu_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="rendu par",
        editable=False,
    )  # fmt: skip
    relance_le = models.DateField("relancé le", null=True, blank=True, editable=False)
    nb_relances = models.PositiveSmallIntegerField("relances", default=0, editable=False)

    objects = AvisQuerySet.as_manager()

    class Meta:
        verbose_name = "avis"
        verbose_name_plural = "avis"
        ordering = ["dossier", "echeance_le", "pk"]
        indexes = [models.Index(fields=["etat", "echeance_le"], name="avis_par_echeance")]
        constraints = [
            models.CheckConstraint(
                condition=Q(territoire__isnull=False) ^ Q(service__isnull=False),
                name="avis_un_destinataire",
                violation_error_message="Un avis se demande à un territoire ou à un service.",
            ),
            models.CheckConstraint(
                condition=~Q(etat="rendu") | (~Q(sens="") & Q(rendu_le__isnull=False) & Q(rendu_par__isnull=False)),
                name="avis_rendu_dit_son_sens",
                violation_error_message="Un avis rendu dit son sens, son auteur et sa date.",
            ),
            models.CheckConstraint(
                condition=Q(sens="") | Q(sens="favorable") | ~Q(texte=""),
                name="avis_reserve_motive",
                violation_error_message="Un avis réservé ou défavorable se motive.",
            ),
            models.UniqueConstraint(
                fields=["dossier", "territoire"], condition=Q(etat="demande", territoire__isnull=False),
                name="avis_un_seul_attendu_par_territoire",
            ),
            models.UniqueConstraint(
                fields=["dossier", "service"], condition=Q(etat="demande", service__isnull=False),
                name="avis_un_seul_attendu_par_service",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"avis {self.destinataire} sur le {self.dossier}"

    @property
    def destinataire(self) -> str:
        return str(self.territoire or self.service)

    @property
    def jours_de_retard(self) -> int:
        """Calendar days past the deadline while nobody answered."""
        return max(0, (timezone.localdate() - self.echeance_le).days) if self.etat == self.Etat.DEMANDE else 0

    @classmethod
    def ouvrir(cls, dossier, *, par, territoires=(), services=(), question="", echeance_le=None):
        """Ask, inside the act `Dossier.demander_avis`, which writes the journal row."""
        territoires, services = list(territoires), list(services)
        if not territoires and not services:
            raise ActeRefuse("Demander un avis : choisissez au moins un territoire ou un service.")
        echeance = echeance_le or ajouter_jours_ouvres(timezone.localdate(), dossier.dispositif.delai_avis)
        if echeance < timezone.localdate():
            raise ActeRefuse("L’échéance d’un avis n’est pas dans le passé.")
        attendus = cls.objects.filter(dossier=dossier).attendus()
        deja = [
            *attendus.filter(territoire__in=territoires).values_list("territoire__libelle", flat=True),
            *attendus.filter(service__in=services).values_list("service__libelle", flat=True),
        ]
        if deja:
            raise ActeRefuse(f"Un avis est déjà attendu de : {', '.join(deja)}. Relancez-le plutôt.")
        commun = {"dossier": dossier, "question": question, "echeance_le": echeance, "demande_par": par}
        cls.objects.bulk_create(
            [*(cls(territoire=t, **commun) for t in territoires), *(cls(service=s, **commun) for s in services)]
        )

    @acte(
        etat, "Rendre l’avis", source=[Etat.DEMANDE, Etat.REPUTE_FAVORABLE, Etat.NON_RENDU], cible=Etat.RENDU
    )  # A late avis is still worth having while the dossier is not proposed.
    def rendre(self, *, par, motif="", sens, texte="", montant=None, quantite=None):
        """`montant` in euros. Raises ActeRefuse once the dossier was decided."""
        if self.dossier.etat not in (*Dossier.EN_COURS, Dossier.Etat.PROPOSE):
            raise ActeRefuse(f"Le {self.dossier} n’attend plus d’avis : il est « {self.dossier.get_etat_display()} ».")
        self.sens, self.texte, self.montant, self.quantite = sens, texte, montant, quantite
        self.rendu_par, self.rendu_le = par, timezone.now()

    @acte(etat, "Relancer", source=[Etat.DEMANDE], cible=Etat.DEMANDE)
    def relancer(self, *, par, motif="", echeance_le=None):
        """Remind; a new deadline may be given. The same reminder twice in a day (double click) is refused."""
        if self.relance_le == timezone.localdate() and echeance_le in (None, self.echeance_le):
            raise ActeRefuse(f"{self.destinataire} a déjà été relancé aujourd’hui : rien n’a été ajouté.")
        self.relance_le, self.nb_relances = timezone.localdate(), self.nb_relances + 1
        if echeance_le:
            self.echeance_le = echeance_le

    @acte(etat, "Constater l’avis réputé favorable", source=[Etat.DEMANDE], cible=Etat.REPUTE_FAVORABLE)
    def reputer_favorable(self, *, par, motif=""):
        self._refuser_si_pas_echu()

    @acte(etat, "Constater l’avis non rendu", source=[Etat.DEMANDE], cible=Etat.NON_RENDU)
    def constater_non_rendu(self, *, par, motif=""):
        self._refuser_si_pas_echu()

    def echoir(self, *, par):
        """What the dispositif says of an avis that did not come in time."""
        if self.dossier.dispositif.avis_echu == Dispositif.AvisEchu.FAVORABLE:
            return self.reputer_favorable(par=par)
        return self.constater_non_rendu(par=par)

    def _refuser_si_pas_echu(self):
        if self.echeance_le >= timezone.localdate():
            raise ActeRefuse(f"L’{self} peut encore être rendu jusqu’au {self.echeance_le:%d/%m/%Y}.")


class DuDossierQuerySet(models.QuerySet):
    """What is read by those who see its dossier."""

    def visibles_par(self, agent):
        vus = Dossier.objects.visibles_par(agent).order_by().values("pk")
        return self.filter(dossier__in=vus)


class AvisInstance(models.Model):
    """Verdict of an outside instance. Entered by an act, which the journal keeps, and never edited: no history."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, related_name="avis_instances", verbose_name="dossier"
    )
    instance = models.CharField("instance", max_length=6, choices=Dispositif.InstanceExterne.choices)
    rendu_le = models.DateField("rendu le")
    sens = models.CharField("verdict", max_length=12, choices=Sens.choices)
    montant = MontantField("montant", null=True, blank=True)
    texte = models.TextField("observations", blank=True)

    objects = DuDossierQuerySet.as_manager()

    class Meta:
        verbose_name = "avis d’instance"
        verbose_name_plural = "avis d’instances"
        ordering = ["-rendu_le", "-pk"]

    def __str__(self):
        return f"{self.get_instance_display()} du {self.rendu_le:%d/%m/%Y}"

    def clean(self):
        if self.rendu_le and self.rendu_le > timezone.localdate():
            raise ValidationError({"rendu_le": "Un avis ne se rend pas dans le futur."})


class RemarqueQuerySet(DuDossierQuerySet):
    def attendues_de_la_structure(self):
        """What a structure was asked and has not been answered yet."""
        return self.filter(est_pour_structure=True, etat=Remarque.Etat.OUVERTE)


class Remarque(AvecEtat):
    """A remark on a dossier, or on one of its fields: open, answered, closed."""

    class Etat(models.TextChoices):
        OUVERTE = "ouverte", "Ouverte"
        REPONDUE = "repondue", "Répondue"
        CLOSE = "close", "Close"

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="remarques", verbose_name="dossier")
    champ = models.CharField("porte sur", max_length=60, blank=True, help_text="Champ ou section du dossier.")
    texte = models.TextField("remarque")
    est_pour_structure = models.BooleanField(
        "à demander à la structure", default=False,
        help_text="Ouverte, elle est reprise mot pour mot dans le message « Il vous manque » : écrivez-la pour elle.",
    )  # fmt: skip
    reponse = models.TextField("réponse", blank=True)
    etat = FSMField("état", choices=Etat.choices, default=Etat.OUVERTE, protected=True)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="posée par", editable=False
    )
    le = models.DateTimeField("posée le", auto_now_add=True)
    repondue_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="répondue par",
        editable=False,
    )  # fmt: skip

    objects = RemarqueQuerySet.as_manager()

    class Meta:
        verbose_name = "remarque"
        ordering = ["dossier", "le", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(etat="repondue") | ~Q(reponse=""),
                name="remarque_repondue_a_reponse",
                violation_error_message="Une remarque répondue porte sa réponse.",
            )
        ]

    def __str__(self):
        return f"remarque de {self.par} sur le {self.dossier}"

    def clean(self):
        if self.dossier.etat == Dossier.Etat.VOTE:
            raise ValidationError(f"Le {self.dossier} a été voté : ses remarques se lisent, elles ne changent plus.")

    @classmethod
    @transaction.atomic
    def poser(cls, dossier, *, par, texte, champ="", est_pour_structure=False, jeton=""):
        """A new remark, between officers unless `est_pour_structure`; `jeton` twice is the same remark."""
        deja = deja_cree(cls, par, jeton) if jeton else None
        if deja:
            return cls.objects.get(pk=deja)
        remarque = cls(
            dossier=Dossier.verrouiller(dossier.pk), champ=champ, texte=texte, est_pour_structure=est_pour_structure,
            par=par,
        )  # fmt: skip
        remarque.full_clean()
        remarque.save()
        donnees = {"champ": champ, "est_pour_structure": est_pour_structure, "jeton": jeton}
        Journal.noter(remarque, "creer", "Poser une remarque", par=par, motif=texte, donnees=donnees)
        return remarque

    @acte(etat, "Répondre", source=[Etat.OUVERTE, Etat.REPONDUE], cible=Etat.REPONDUE)
    def repondre(self, *, par, motif="", reponse):
        if (self.reponse, self.repondue_par_id) == (reponse, par.pk):
            raise ActeRefuse("Cette réponse est déjà enregistrée : elle ne l’a été qu’une fois.")
        self.reponse, self.repondue_par = reponse, par

    @acte(etat, "Clore", source=[Etat.OUVERTE, Etat.REPONDUE], cible=Etat.CLOSE)
    def clore(self, *, par, motif=""):
        pass

    @acte(etat, "Rouvrir", source=[Etat.CLOSE], cible=Etat.OUVERTE)
    def rouvrir(self, *, par, motif=""):
        pass


class NoteCritere(models.Model):
    """A note on a criterion of the fiche, always with its reason."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="notes", verbose_name="dossier")
    critere = models.ForeignKey(Critere, on_delete=models.PROTECT, related_name="notes", verbose_name="critère")
    note = models.PositiveSmallIntegerField("note")
    motif = models.TextField("motif")
    history = HistoricalRecords()

    class Meta:
        verbose_name = "note de critère"
        verbose_name_plural = "notes de critères"
        ordering = ["critere__ordre", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "critere"], name="note_une_fois_par_critere"),
            models.CheckConstraint(
                condition=~Q(motif=""), name="note_motivee", violation_error_message="Une note se motive."
            ),
        ]

    def __str__(self):
        return f"{self.critere} : {self.note}/{self.critere.note_max}"

    def clean(self):
        if self.critere_id and self.note is not None and self.note > self.critere.note_max:
            raise ValidationError({"note": f"Ce critère se note sur {self.critere.note_max}."})


def avis_qui_manquent(dossiers) -> dict[int, str]:
    """{dossier: the avis that can still come, the exigible one or the notes that are missing}; five queries for all."""
    par_pk = {d.pk: d for d in dossiers}
    exiges = _notes_qui_manquent(par_pk)
    prefetch_related_objects(dossiers, "dispositif")
    instances = AvisInstance.objects.filter(dossier__in=par_pk).exclude(sens=Sens.DEFAVORABLE).order_by()
    rendus = set(instances.values_list("dossier_id", "instance"))
    for dossier in dossiers:
        instance = dossier.dispositif.instance_externe
        if instance and (dossier.pk, instance) not in rendus:
            nom = dossier.dispositif.get_instance_externe_display()
            exiges[dossier.pk] = f"{nom} : son avis, favorable ou réservé, est exigé avant de proposer. Saisissez-le."
    attendus = Avis.objects.attendus().filter(dossier__in=par_pk, echeance_le__gte=timezone.localdate())
    noms: dict[int, list[str]] = defaultdict(list)
    for avis in attendus.select_related("territoire", "service"):
        noms[avis.dossier_id].append(f"{avis.destinataire} (jusqu’au {avis.echeance_le:%d/%m/%Y})")
    for pk, qui in noms.items():
        exiges[pk] = f"Des avis peuvent encore être rendus : {', '.join(qui)}. Attendez-les, ou avancez leur échéance."
    return exiges


def _notes_qui_manquent(par_pk) -> dict[int, str]:
    exiges: dict[int, list] = defaultdict(list)
    dispositifs = {d.dispositif_id for d in par_pk.values()}
    criteres = Critere.objects.filter(fiche__dispositif__in=dispositifs, est_obligatoire=True)
    for critere in criteres.select_related("fiche"):
        exiges[critere.fiche.dispositif_id].append(critere)
    if not exiges:
        return {}
    notees = set(NoteCritere.objects.filter(dossier__in=par_pk).order_by().values_list("dossier_id", "critere_id"))
    manques = {}
    for pk, dossier in par_pk.items():
        libelles = [c.libelle for c in exiges[dossier.dispositif_id] if (pk, c.pk) not in notees]
        if libelles:
            manques[pk] = f"Notes exigées avant de proposer : {', '.join(libelles)}."
    return manques
