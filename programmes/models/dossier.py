"""Dossiers of structures: the request, its state, what must be done next. Amounts live on their lines (`ligne.py`)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django_fsm import FSMField
from simple_history.models import HistoricalRecords

from dpid.erreurs import ActeRefuse
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models import Journal, Role, Territoire
from dpid.models.base import AvecVersion
from dpid.montants import MontantField, montant
from dpid.panneaux import refuser_si_inscrites
from dpid.workflow import AvecEtat, acte
from programmes.models.appel import Dispositif
from programmes.models.etats import A_FAIRE, Canal, Etat, Origine
from programmes.models.fiche import SessionDepot
from programmes.models.structure import Structure


class DossierQuerySet(FigeableQuerySet):
    def visibles_par(self, agent):
        """Territoire officers see the dossiers of their territoires, instructors those of their services, both those
        they are asked to advise on; the other roles see everything."""
        if not agent.is_active or not agent.roles:
            return self.none()
        if set(agent.roles) - {Role.TERRITOIRE, Role.INSTRUCTION}:
            return self
        from programmes.models.instruction import Avis

        # Who is asked for an avis must read what it is about.
        portee = Q(pk__in=Avis.objects.filter(service__in=agent.services.all()).values("dossier"))
        if agent.a_role(Role.TERRITOIRE):
            from programmes.models.ligne import LigneTerritoire

            # A grouping (« Lens-Hénin ») belongs to each of the territoires that it includes.
            siens = Territoire.objects.filter(Q(agents=agent) | Q(inclus__agents=agent))
            portee |= Q(pk__in=LigneTerritoire.objects.filter(territoire__in=siens).values("ligne__dossier"))
            portee |= Q(pk__in=Avis.objects.filter(territoire__in=siens).values("dossier"))
        if agent.a_role(Role.INSTRUCTION):
            portee |= Q(dispositif__service__in=agent.services.all())
        return self.filter(portee)

    def avec_totaux(self):
        """Demandé, proposé, retenu (euros) and number of lines, as annotations without joined sums."""
        modele = self.model._meta.get_field("lignes").related_model
        lignes = modele.objects.filter(dossier=models.OuterRef("pk")).order_by().values("dossier")
        finances = (
            modele._meta.get_field("financements")
            .related_model.objects.filter(ligne__dossier=models.OuterRef("pk"))
            .order_by()
            .values("ligne__dossier")
        )

        def total(requete, chemin):
            somme = requete.annotate(t=Sum(chemin)).values("t")
            return models.functions.Coalesce(
                models.Subquery(somme, output_field=MontantField()), montant(0), output_field=MontantField()
            )

        return self.annotate(
            demande=total(lignes, "demande"),
            propose=total(lignes, "propose"),
            retenu=total(finances, "montant"),
            nb_lignes=models.Subquery(lignes.annotate(n=Count("pk")).values("n")),
        )


def refuser_l_avenir(jour):
    """A contact is noted once it took place."""
    if jour > timezone.localdate():
        raise ValidationError("Un contact se note une fois qu’il a eu lieu.")


def ce_qui_empeche_de_proposer(dossiers) -> dict[int, str]:
    """{dossier: why it may not be proposed}, in a number of queries that does not depend on theirs."""
    from programmes.models.instruction import avis_qui_manquent
    from programmes.models.ligne import LigneDossier

    garnis = set(LigneDossier.objects.filter(dossier__in=dossiers).order_by().values_list("dossier", flat=True))
    vide = "Proposer demande au moins une ligne : saisissez le montant et le territoire."
    return avis_qui_manquent(dossiers) | {d.pk: vide for d in dossiers if d.pk not in garnis}


class Dossier(AvecEtat, Figeable, AvecVersion):
    """A request of a structure to a dispositif. Its amounts live on its lines; it freezes with the vote."""

    Etat, Origine, Canal, A_FAIRE = Etat, Origine, Canal, A_FAIRE
    # States whose motif is kept on the dossier, and which hold no money.
    MOTIVES = (Etat.INCOMPLET, Etat.IRRECEVABLE, Etat.AJOURNE, Etat.REFUSE)
    SANS_ARGENT = (Etat.IRRECEVABLE, Etat.AJOURNE, Etat.REFUSE)
    EN_COURS = (Etat.EN_INSTRUCTION, Etat.AVIS)
    NOMME_AVEC = ("structure",)

    dispositif = models.ForeignKey(
        Dispositif, on_delete=models.PROTECT, related_name="dossiers", verbose_name="dispositif"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="dossiers", verbose_name="structure"
    )
    intitule = models.CharField("intitulé de l’action", max_length=250, blank=True)
    origine = models.CharField("origine", max_length=12, choices=Origine.choices, default=Origine.SESSION)
    session = models.ForeignKey(
        SessionDepot, on_delete=models.PROTECT, null=True, blank=True, related_name="dossiers", verbose_name="session"
    )
    est_reporte = models.BooleanField(
        "reporté à cette session", default=False, editable=False,
        help_text="Déposé trop tard pour la précédente, et reporté à celle-ci par un acte motivé.",
    )  # fmt: skip
    canal = models.CharField("reçu par", max_length=10, choices=Canal.choices, default=Canal.SAISIE)
    depose_le = models.DateTimeField(
        "déposé le", null=True, blank=True, help_text="Pour un envoi postal, le cachet de la poste fait foi."
    )
    contact_le = models.DateField(
        "contact préalable le", null=True, blank=True, validators=[refuser_l_avenir],
        help_text="Obligatoire quand la fiche le demande.",
    )  # fmt: skip
    contact_avec = models.CharField("contact préalable avec", max_length=150, blank=True)
    reference_portail = models.CharField(
        "n° du portail", max_length=40, null=True, blank=True, unique=True, default=None
    )
    copie_de = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies", editable=False,
        verbose_name="repris du dossier",
    )  # fmt: skip
    instructeur = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="dossiers_instruits",
        verbose_name="instruit par",
    )  # fmt: skip
    etat = FSMField("état", choices=Etat.choices, default=Etat.EN_INSTRUCTION, protected=True)
    etat_le = models.DateTimeField("dans cet état depuis le", default=timezone.now, editable=False)
    motif = models.TextField("motif", blank=True, help_text="Du refus, de l’ajournement, des pièces manquantes.")
    vote_le = models.DateField("voté le", null=True, blank=True, editable=False)
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["etat", "etat_le", "version", "vote_le"])

    objects = DossierQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["etat", "-id"], name="dossier_par_etat")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(etat="vote") & Q(vote_le__isnull=False)) | (~Q(etat="vote") & Q(vote_le__isnull=True)),
                name="dossier_vote_et_date",
                violation_error_message="Un dossier voté porte la date du vote, et lui seul.",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["refuse", "ajourne", "irrecevable", "incomplet"]) | ~Q(motif=""),
                name="dossier_refus_motive",
                violation_error_message="Un refus, une irrecevabilité ou un ajournement porte un motif.",
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=True) | Q(origine="session"),
                name="dossier_session_selon_origine",
                violation_error_message="Seul un dossier déposé à une session porte cette session.",
            ),
            models.CheckConstraint(
                condition=Q(contact_le__isnull=False) | Q(contact_avec=""),
                name="dossier_contact_a_sa_date",
                violation_error_message="Un contact préalable porte sa date.",
            ),
        ]

    def __str__(self):
        return f"dossier {self.pk} — {self.structure}"

    def get_absolute_url(self):
        return reverse("dossier", args=[self.pk])

    @classmethod
    def filtre_fige(cls):
        return Q(etat=cls.Etat.VOTE)

    @property
    def est_fige(self):
        return self.etat == self.Etat.VOTE

    def raison_du_gel(self):
        return (
            f"Le {self} a été voté : il ne se modifie plus. Pour changer un montant, préparez un avenant dans un "
            "nouveau rapport."
        )

    def prochaine_action_pour(self, agent) -> str:
        """« What you must do now », for the roles of this agent."""
        phrases = self.A_FAIRE[self.etat]
        return next((texte for role, texte in phrases.items() if role and agent.a_role(role)), phrases[""])

    @property
    def prochaine_action(self) -> str:
        phrases = self.A_FAIRE[self.etat]
        return phrases.get(Role.INSTRUCTION) or phrases[""]

    # --- Acts, in the order of the procedure --------------------------------------------------------------------------

    @acte(etat, "Déclarer complet", source=[Etat.DEPOSE, Etat.INCOMPLET], cible=Etat.COMPLET)
    def declarer_complet(self, *, par, motif=""):
        """Raises ActeRefuse while a pièce is missing, and names them all."""
        from programmes.instruction.completude import refuser_si_incomplet

        refuser_si_incomplet(self)
        self.motif = ""

    @acte(etat, "Déclarer incomplet", source=[Etat.DEPOSE, Etat.COMPLET], cible=Etat.INCOMPLET)
    def declarer_incomplet(self, *, par, motif):
        self.motif = motif

    @acte(etat, "Déclarer recevable", source=[Etat.COMPLET], cible=Etat.RECEVABLE)
    def declarer_recevable(self, *, par, motif=""):
        """Raises ActeRefuse when the fiche excludes the dossier, unless `motif` says why it is accepted anyway."""
        from programmes.regles import refuser_si_ineligible

        if not motif:
            refuser_si_ineligible(self)
        self.motif = ""

    @acte(
        etat, "Déclarer irrecevable", source=[Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET, Etat.RECEVABLE],
        cible=Etat.IRRECEVABLE,
    )  # fmt: skip
    def declarer_irrecevable(self, *, par, motif):
        self.motif = motif
        self._remettre_a_zero()

    @acte(etat, "Ouvrir l’instruction", source=[Etat.RECEVABLE], cible=Etat.EN_INSTRUCTION)
    def instruire(self, *, par, motif=""):
        if self.instructeur_id is None and par.a_role(Role.INSTRUCTION):
            self.instructeur = par

    @acte(etat, "Demander des avis", source=[Etat.EN_INSTRUCTION, Etat.AVIS], cible=Etat.AVIS)
    def demander_avis(self, *, par, motif="", territoires=(), services=(), question="", echeance_le=None):
        """One avis per territoire or service; `echeance_le` defaults to the working days of the dispositif.

        Raises ActeRefuse when nobody is asked, or when one of them already has an avis awaited.
        """
        from programmes.models.instruction import Avis

        Avis.ouvrir(
            self, par=par, territoires=territoires, services=services, question=question, echeance_le=echeance_le
        )

    @acte(
        etat, "Proposer", source=[Etat.EN_INSTRUCTION, Etat.AVIS], cible=Etat.PROPOSE,
        empechements=ce_qui_empeche_de_proposer,
    )  # fmt: skip
    def proposer(self, *, par, motif=""):
        """Raises ActeRefuse: no line, avis still awaited, verdict of the outside instance or exigible note missing."""

    @acte(etat, "Refuser", source=[*EN_COURS, Etat.PROPOSE, Etat.AJOURNE], cible=Etat.REFUSE)
    def refuser(self, *, par, motif):
        self.motif = motif
        self._remettre_a_zero()

    @acte(etat, "Ajourner", source=[*EN_COURS, Etat.PROPOSE], cible=Etat.AJOURNE)
    def ajourner(self, *, par, motif):
        self.motif = motif
        self._remettre_a_zero()

    # Not from « inscrit »: the rapport gives the dossier back (`retirer`), with the credits that it holds.
    @acte(
        etat, "Reprendre l’instruction", source=[Etat.PROPOSE, Etat.AJOURNE, Etat.REFUSE, Etat.IRRECEVABLE],
        cible=Etat.EN_INSTRUCTION,
    )  # fmt: skip
    def reprendre(self, *, par, motif=""):
        self.motif = ""

    @acte(
        etat, "Inscrire au rapport", source=[Etat.PROPOSE], cible=Etat.INSCRIT, empechements=lambda dossiers: {}
    )  # fmt: skip
    def inscrire(self, *, par, motif=""):
        pass

    @acte(etat, "Retirer du rapport", source=[Etat.INSCRIT], cible=Etat.PROPOSE)
    def retirer(self, *, par, motif=""):
        """Called by the rapport once none of its lines stands there. Raises ActeRefuse while one does."""
        refuser_si_inscrites(self.lignes.values_list("pk", flat=True))

    def affecter(self, *, par, instructeur):
        """Entrust the dossier to an instructor who sees it, or to nobody (None). Raises ActeRefuse, ActeFige."""
        with transaction.atomic():
            dossier = type(self).verrouiller(self.pk)
            if dossier.instructeur_id == (instructeur.pk if instructeur else None):
                raise ActeRefuse(f"Le {dossier} est déjà affecté à {instructeur or 'personne'}.")
            if instructeur and not instructeur.a_role(Role.INSTRUCTION, Role.ADMINISTRATION):
                raise ActeRefuse(f"{instructeur} n’instruit pas de dossiers.")
            if instructeur and not type(self).objects.visibles_par(instructeur).filter(pk=self.pk).exists():
                raise ActeRefuse(f"{instructeur} n’appartient pas au service qui instruit le {dossier}.")
            avant, dossier.instructeur = dossier.instructeur, instructeur
            dossier.save()
            qui = f"De {avant or 'personne'} à {instructeur or 'personne'}"
            Journal.noter(dossier, "affecter", "Affecter à un instructeur", par=par, motif=qui)
        self.relire(dossier)
        return self

    def refuser_de_retenir(self, montant):
        """Raises ActeRefuse when `montant` (euros) would be held by a refused, adjourned or irrecevable dossier."""
        if montant and self.etat in self.SANS_ARGENT:
            raise ActeRefuse(
                f"Le {self} est à l’état « {self.get_etat_display()} » : reprenez son instruction avant d’y retenir un "
                "montant."
            )

    def _remettre_a_zero(self):
        """A refused, adjourned or irrecevable dossier holds 0 €; no avis is awaited any more."""
        from programmes.models.financement import Financement
        from programmes.models.instruction import Avis

        Financement.objects.filter(ligne__dossier=self).delete()
        Avis.objects.filter(dossier=self, etat=Avis.Etat.DEMANDE).clore_sans_suite()
