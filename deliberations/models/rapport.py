"""The rapport du Président: what it presents, its circuit of visas, its vote."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from deliberations.models.procedure import ProcedureDeRapport
from deliberations.models.seance import Seance
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.figeage import FigeableQuerySet
from dpid.models import Agent, Canton, Epci, Journal, Service, Territoire
from dpid.models.base import AvecVersion


class RapportQuerySet(FigeableQuerySet):
    def visibles_par(self, agent):
        """Every agent who holds a role reads the rapports."""
        return self if agent.is_active and agent.roles else self.none()

    def ouverts(self):
        """Whose content may still change."""
        return self.filter(etat__in=Rapport.OUVERTS)

    def a_voter(self):
        """Not voted yet, sent or not."""
        return self.exclude(etat__in=Rapport.VOTES)

    def par_reference(self, reference: str):
        """The rapport named by `2023-604` or `2023-12-11/64` (`CD:` before it for the assembly)."""
        from deliberations.references import trouver

        return trouver(self, reference)


class Rapport(ProcedureDeRapport, AvecVersion):
    """What the Président submits to a séance; its states and acts are those of `ProcedureDeRapport`."""

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
        Territoire,
        blank=True,
        verbose_name="territoires concernés",
        related_name="+",
        help_text="Vide : tous.",
        through="deliberations.RapportTerritoire",
    )
    cantons = models.ManyToManyField(
        Canton,
        blank=True,
        verbose_name="cantons concernés",
        related_name="+",
        help_text="Vide : tous.",
        through="deliberations.RapportCanton",
    )
    epci = models.ManyToManyField(
        Epci,
        blank=True,
        verbose_name="EPCI concernés",
        related_name="+",
        help_text="Vide : tous.",
        through="deliberations.RapportEpci",
    )
    introduction = models.TextField("introduction", blank=True)
    remplace = models.ForeignKey(
        "deliberations.Deliberation", on_delete=models.PROTECT, null=True, blank=True,
        related_name="rapports_correctifs",
        verbose_name="remplace la délibération", help_text="Une délibération adoptée se corrige par une nouvelle.",
    )  # fmt: skip
    imprime_lignes_zero = models.BooleanField("imprimer les lignes à 0 €", default=False)
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

    @property
    def reference(self) -> str:
        """`2023-12-11/64`, `CD:` before it for the assembly."""
        prefixe = "" if self.seance.instance.code == "CP" else f"{self.seance.instance.code}:"
        return f"{prefixe}{self.seance.date:%Y-%m-%d}/{self.numero}"

    @property
    def est_provisoire(self) -> bool:
        return not self.numero.isdigit()

    @property
    def peut_etre_numerote(self) -> bool:
        return self.est_ouvert or (self.est_provisoire and not self.est_vote)

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

    # --- Contents ------------------------------------------------------------------------------------------------

    def inscrire(self, ligne, operation, *, par, ordre=None, **options):
        """Place a line of a proposed dossier in `operation`; the dossier becomes « inscrit ». Raises ActeRefuse."""
        from deliberations.inscription import Placement, inscrire

        return inscrire(self, [Placement(ligne, operation, ordre, options)], par=par)[0]

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
        """Type the number given by the secrétariat des assemblées. Once sent, it takes the place of a provisional one
        until the vote, and only then: what the members hold already bears a number given. Raises ActeRefuse."""
        courant = type(self).verrouiller(self.pk)
        if not courant.peut_etre_numerote:
            raise ActeFige(courant.raison_du_gel())
        avant, courant.numero = courant.numero, numero
        courant.full_clean()
        if courant.est_provisoire and not courant.est_ouvert:
            raise ActeRefuse("Le rapport est envoyé : donnez-lui le numéro du secrétariat des assemblées.")
        courant._acte_en_cours = True
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
        from deliberations.redaction.annexes import creer_repartition

        rapport = cls(seance=seance, titre=titre, cree_par=par, **options)
        rapport.numero = numero or cls.numero_provisoire(seance)
        rapport.full_clean()
        with transaction.atomic():
            rapport.save()
            creer_repartition(rapport)
            donnees = {"jeton": jeton} if jeton else {}
            Journal.noter(rapport, "ouvrir", "Ouvrir le rapport", par=par, vers=rapport.etat, donnees=donnees)
        return rapport

    @property
    def jour_d_effet(self):
        """Date of the movements of this rapport: never after the séance, never in the future."""
        return min(self.seance.date, timezone.localdate())
