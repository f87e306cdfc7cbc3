"""The rapport du Président: what it presents, its circuit of visas, its vote."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_fsm import FSMField, transition
from simple_history.models import HistoricalRecords

from deliberations.models.seance import Seance
from dpid.acteur import acteur_courant
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models import Agent, Canton, Epci, Journal, Service, Territoire
from dpid.models.base import AvecVersion
from dpid.workflow import AvecEtat, acte


class RapportQuerySet(FigeableQuerySet):
    def visibles_par(self, agent):
        """Every agent who holds a role reads the rapports."""
        return self if agent.is_active and agent.roles else self.none()

    def ouverts(self):
        return self.filter(etat__in=[Rapport.Etat.PREPARATION, Rapport.Etat.VISE])

    def par_reference(self, reference: str):
        """The rapport named by `2023-604` or `2023-12-11/64` (`CD:` before it for the assembly)."""
        from deliberations.references import trouver

        return trouver(self, reference)


class Rapport(AvecEtat, Figeable, AvecVersion):
    """States: en préparation → visé (circuit complete, credits reserved) → adopté or rejeté."""

    class Etat(models.TextChoices):
        PREPARATION = "preparation", "En préparation"
        VISE = "vise", "Visé"
        ADOPTE = "adopte", "Adopté"
        REJETE = "rejete", "Rejeté"

    A_FAIRE = {
        Etat.PREPARATION: "Arranger les propositions, puis recueillir les visas dans l’ordre du circuit.",
        Etat.VISE: "Soumettre au vote : adopter ou rejeter à la séance.",
        Etat.ADOPTE: "Télécharger les actes et préparer les conventions.",
        Etat.REJETE: "Reprendre l’instruction des dossiers.",
    }

    seance = models.ForeignKey(Seance, on_delete=models.PROTECT, related_name="rapports", verbose_name="séance")
    numero = models.CharField(
        "numéro",
        max_length=10,
        validators=[RegexValidator(r"^[A-Z]?\d{1,5}$", "Un numéro de rapport s’écrit 64 (ou P1, provisoire).")],
        help_text="Donné par le secrétariat des assemblées ; P1, P2… tant qu’il est provisoire.",
    )
    titre = models.CharField("titre", max_length=250)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, verbose_name="service")
    territoires = models.ManyToManyField(
        Territoire, blank=True, verbose_name="territoires concernés", related_name="+", help_text="Vide : tous."
    )
    cantons = models.ManyToManyField(
        Canton, blank=True, verbose_name="cantons concernés", related_name="+", help_text="Vide : tous."
    )
    epci = models.ManyToManyField(
        Epci, blank=True, verbose_name="EPCI concernés", related_name="+", help_text="Vide : tous."
    )
    introduction = models.TextField("introduction", blank=True)
    visas_juridiques = models.TextField("visas (« Vu… »)", blank=True, help_text="Un visa par ligne.")
    avis_commissions = models.TextField("avis des commissions", blank=True, help_text="Un avis par ligne.")
    annexe_repartition = models.PositiveSmallIntegerField("numéro de l’annexe de répartition", default=1)
    imprime_lignes_zero = models.BooleanField("imprimer les lignes à 0 €", default=False)
    etat = FSMField("état", choices=Etat.choices, default=Etat.PREPARATION, protected=True)
    cree_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="préparé par"
    )
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["etat", "version"])

    objects = RapportQuerySet.as_manager()

    class Meta:
        verbose_name = "rapport"
        ordering = ["-seance__date", "numero"]
        constraints = [models.UniqueConstraint(fields=["seance", "numero"], name="rapport_numero_par_seance")]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("rapport", args=[self.pk])

    @classmethod
    def filtre_fige(cls):
        return Q(etat__in=[cls.Etat.ADOPTE, cls.Etat.REJETE])

    @property
    def est_fige(self):
        return not self.est_ouvert

    def raison_du_gel(self):
        return (
            f"Le rapport {self.reference} a été soumis au vote : il ne se modifie plus. "
            "Une correction passe par un nouveau rapport et une nouvelle délibération."
        )

    @property
    def reference(self) -> str:
        """`2023-12-11/64`, `CD:` before it for the assembly."""
        prefixe = "" if self.seance.instance.code == "CP" else f"{self.seance.instance.code}:"
        return f"{prefixe}{self.seance.date:%Y-%m-%d}/{self.numero}"

    @property
    def est_provisoire(self) -> bool:
        return not self.numero.isdigit()

    @property
    def est_ouvert(self) -> bool:
        return self.etat in (self.Etat.PREPARATION, self.Etat.VISE)

    @property
    def prochaine_action(self) -> str:
        return self.A_FAIRE[self.etat]

    @property
    def propositions(self):
        """Propositions in the order of the report. A rejected one still shows the lines that it has freed."""
        from deliberations.models.presentation import Proposition

        presentes = Proposition.objects.filter(operation__thematique__rapport=self)
        if self.etat != self.Etat.REJETE:
            presentes = presentes.filter(est_active=True)
        return presentes.order_by(
            "operation__thematique__ordre", "operation__thematique__pk", "operation__ordre", "operation__pk",
            "ordre", "pk",
        )  # fmt: skip

    # --- Visas ---------------------------------------------------------------------------------------------------

    def visas_actifs(self):
        return self.visas.filter(annule_le__isnull=True).select_related("par")

    def etape_attendue(self, visas=None) -> str | None:
        """Next step of the circuit without an active visa; None when the circuit is complete."""
        donnes = {v.etape for v in (self.visas_actifs() if visas is None else visas)}
        return next((e for e in settings.DPID["circuit_visas"] if e not in donnes), None)

    def viser(self, *, par, etape=None, constats=None, commentaire=""):
        """Give the next visa of the circuit. « finances » reserves the credits and records what it reads elsewhere.

        `constats`: {AE id: disponible constaté (euros)}. Raises ActeRefuse, CreditInsuffisant.
        """
        from deliberations.visas import donner_visa

        return donner_visa(self, par=par, etape=etape, constats=constats or {}, commentaire=commentaire)

    def annuler_visas(self, *, motif: str, par=None):
        """Cancel the visas given and free what they reserved: an amount, a line or an imputation changed."""
        from deliberations.visas import annuler

        annuler(self, motif=motif, par=par or acteur_courant())

    @transition(etat, source=Etat.PREPARATION, target=Etat.VISE)
    def _terminer_circuit(self):
        """Last visa given (the journal row is the visa's)."""

    @transition(etat, source=Etat.VISE, target=Etat.PREPARATION)
    def _rouvrir_circuit(self):
        """Visas cancelled (the journal row is the cancellation's)."""

    # --- Vote ----------------------------------------------------------------------------------------------------

    def adopter(self, *, par, numero: str, le, avancer=None, porter_visas=False):
        """Adopt: affectations written, dossiers voted, documents frozen, in one transaction.

        Documents are rendered before it and their data compared inside it, so that no PDF is made under locks.
        `porter_visas`: the visas still missing are given by `par` in the same transaction (taking over an act already
        voted, by the system account). Raises ActeRefuse, CreditInsuffisant.
        """
        from deliberations import adoption

        adoption.verifier_adoptable(self, par=par, numero=numero, le=le, avec_visas=not porter_visas)
        prepares = adoption.preparer_documents(self, numero=numero, le=le, avancer=avancer)
        with transaction.atomic():
            while porter_visas and (etape := self.etape_attendue()):
                self.viser(par=par, etape=etape, commentaire="Visa porté par la reprise de l’acte.")
            return self._adopter(par=par, numero=numero, le=le, prepares=prepares)

    @acte(etat, "Adopter", source=[Etat.VISE], cible=Etat.ADOPTE)
    def _adopter(self, *, par, motif="", numero, le, prepares):
        from deliberations import adoption

        adoption.adopter(self, par=par, numero=numero, le=le, prepares=prepares)

    @acte(etat, "Rejeter", source=[Etat.VISE, Etat.PREPARATION], cible=Etat.REJETE)
    def rejeter(self, *, par, motif, le, numero=""):
        """Reject at the séance: reservations freed, lines back to instruction with the motive."""
        from deliberations import adoption

        adoption.rejeter(self, par=par, motif=motif, le=le, numero=numero)

    # --- Contents ------------------------------------------------------------------------------------------------

    def verrouiller_ouvert(self):
        """Lock the row and refuse when the vote has taken place."""
        courant = type(self).verrouiller(self.pk)
        courant.refuser_si_vote()
        return courant

    def refuser_si_vote(self):
        if not self.est_ouvert:
            raise ActeFige(self.raison_du_gel())

    @transaction.atomic
    def inscrire(self, ligne, operation, *, par, ordre=None, **options):
        """Place a line of a proposed dossier in `operation`; the dossier becomes « inscrit »."""
        from deliberations.models.presentation import Proposition

        self.verrouiller_ouvert()
        dossier = ligne.dossier
        if dossier.etat == dossier.Etat.PROPOSE:
            dossier.inscrire(par=par)
        elif dossier.etat != dossier.Etat.INSCRIT:
            raise ActeRefuse(f"Seul un dossier proposé s’inscrit à un rapport : {dossier} ne l’est pas.")
        if Proposition.objects.filter(ligne=ligne, est_active=True).exists():
            raise ActeRefuse("Cette ligne est déjà inscrite à un rapport.")
        rang = ordre or operation.propositions.count() + 1
        proposition = Proposition.objects.create(operation=operation, ligne=ligne, ordre=rang, **options)
        self.annuler_visas(motif="Une ligne a été inscrite au rapport.", par=par)
        return proposition

    @transaction.atomic
    def retirer(self, proposition, *, par, motif):
        """Take a line out of the rapport; its dossier goes back to « proposé » when none of its lines remains."""
        self.verrouiller_ouvert()
        proposition.delete()
        self.annuler_visas(motif="Une ligne a été retirée du rapport.", par=par)
        dossier = proposition.ligne.dossier
        Proposition = type(proposition)
        if not Proposition.objects.filter(ligne__dossier=dossier, est_active=True).exists():
            dossier.retirer(par=par, motif=motif)

    @transaction.atomic
    def numeroter(self, numero: str, *, par):
        """Type the number given by the secrétariat des assemblées."""
        courant = self.verrouiller_ouvert()
        avant, courant.numero = courant.numero, numero
        courant.full_clean()
        courant.save()
        Journal.noter(courant, "numeroter", "Numéroter le rapport", par=par, de=avant, vers=numero)
        self.relire(courant)

    @classmethod
    def numero_provisoire(cls, seance) -> str:
        """First free `P1`, `P2`… of the séance."""
        pris = set(cls.objects.filter(seance=seance).values_list("numero", flat=True))
        return next(f"P{n}" for n in range(1, 10_000) if f"P{n}" not in pris)

    @classmethod
    def ouvrir(cls, *, seance, titre, par: Agent, numero="", jeton="", **options):
        """Open a rapport in preparation, with a provisional number unless one is given.

        `jeton`: key of the form that asked for it, kept in the journal so that a second click finds this rapport.
        """
        rapport = cls(seance=seance, titre=titre, cree_par=par, **options)
        rapport.numero = numero or cls.numero_provisoire(seance)
        rapport.full_clean()
        with transaction.atomic():
            rapport.save()
            donnees = {"jeton": jeton} if jeton else {}
            Journal.noter(rapport, "ouvrir", "Ouvrir le rapport", par=par, vers=rapport.etat, donnees=donnees)
        return rapport

    @property
    def jour_d_effet(self):
        """Date of the movements of this rapport: never after the séance, never in the future."""
        return min(self.seance.date, timezone.localdate())
