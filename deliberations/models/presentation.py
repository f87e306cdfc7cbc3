"""How one rapport presents the programme: thématiques, opérations, propositions, in its own order and numbers."""

from django.db import models
from simple_history.models import HistoricalRecords

from budget.models import Inscription
from dpid.figeage import Figeable, FigeableQuerySet
from programmes.models import Dispositif, LigneDossier, Thematique


class PartieDeRapport(Figeable):
    """Base of what a rapport says: frozen from the day it is sent."""

    CHEMIN_RAPPORT = "rapport"

    objects = FigeableQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def filtre_fige(cls):
        return ~models.Q(**{f"{cls.CHEMIN_RAPPORT}__etat__in": ["preparation", "vise"]})

    @classmethod
    def refuser_ajouts(cls, objs):
        for rapport in {o.le_rapport for o in objs}:
            type(rapport).verrouiller(rapport.pk).refuser_si_ferme()

    @property
    def le_rapport(self):
        return self.rapport

    def decideur(self):
        return type(self.le_rapport).verrouiller(self.le_rapport.pk)


class ThematiquePresentee(PartieDeRapport):
    """A thématique as this rapport prints it; number and title may differ from the call's."""

    class Mot(models.TextChoices):
        OPERATION = "operation", "opération"
        DISPOSITIF = "dispositif", "dispositif"

    class Compte(models.TextChoices):
        OPERATIONS = "operations", "les opérations présentées"
        REFERENCES = "references", "les références de dispositif"

    rapport = models.ForeignKey(
        "deliberations.Rapport", on_delete=models.PROTECT, related_name="thematiques", verbose_name="rapport"
    )
    thematique = models.ForeignKey(
        Thematique, on_delete=models.PROTECT, related_name="presentations", verbose_name="thématique de l’appel"
    )
    numero = models.PositiveSmallIntegerField("numéro")
    titre = models.CharField("titre", max_length=250)
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    texte = models.TextField("présentation", blank=True)
    mot = models.CharField("mot employé", max_length=10, choices=Mot.choices, default=Mot.OPERATION)
    compte = models.CharField(
        "ce que l’on compte", max_length=10, choices=Compte.choices, default=Compte.OPERATIONS,
        help_text="Une opération peut couvrir plusieurs références de dispositif : 1.1 et 1.1 bis.",
    )  # fmt: skip
    bloc = models.ForeignKey(
        "deliberations.BlocDeVote", on_delete=models.PROTECT, null=True, blank=True, related_name="thematiques",
        verbose_name="bloc de vote", help_text="Vide : le premier.",
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        verbose_name = "thématique présentée"
        verbose_name_plural = "thématiques présentées"
        ordering = ["ordre", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rapport", "thematique"], name="thematique_une_fois_par_rapport")
        ]

    def __str__(self):
        return f"Thématique {self.numero} : {self.titre}"


class OperationPresentee(PartieDeRapport):
    """How a rapport prints one or several dispositifs: number, title, short label, texts, order."""

    CHEMIN_RAPPORT = "thematique__rapport"

    thematique = models.ForeignKey(
        ThematiquePresentee, on_delete=models.PROTECT, related_name="operations", verbose_name="thématique présentée"
    )
    numero = models.CharField("numéro", max_length=20)
    titre = models.CharField("titre", max_length=250)
    libelle_court = models.CharField("libellé court", max_length=100, help_text="Imprimé dans l’annexe : CLLAJ.")
    dispositifs = models.ManyToManyField(
        Dispositif,
        related_name="presentations",
        verbose_name="dispositifs",
        blank=True,
        through="deliberations.OperationDispositif",
    )
    descriptif = models.TextField("descriptif", blank=True)
    bilan = models.TextField("bilan de l’année précédente", blank=True)
    proposition = models.TextField("proposition", blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "opération présentée"
        verbose_name_plural = "opérations présentées"
        ordering = ["ordre", "pk"]

    def __str__(self):
        return f"Opération {self.numero} : {self.titre}"

    @property
    def le_rapport(self):
        return self.thematique.rapport


class Proposition(PartieDeRapport):
    """Places one dossier line in one rapport. It has no amount of its own."""

    CHEMIN_RAPPORT = "operation__thematique__rapport"

    operation = models.ForeignKey(
        OperationPresentee, on_delete=models.PROTECT, related_name="propositions", verbose_name="opération présentée"
    )
    ligne = models.ForeignKey(
        LigneDossier, on_delete=models.PROTECT, related_name="propositions", verbose_name="ligne de dossier"
    )
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    annexe = models.ForeignKey(
        "deliberations.AnnexePresentee", on_delete=models.SET_NULL, null=True, blank=True, related_name="propositions",
        verbose_name="annexe du projet d’acte",
    )  # fmt: skip
    recette = models.ForeignKey(
        Inscription, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="compensée par la recette",
    )  # fmt: skip
    formule_acte = models.CharField(
        "libellé imprimé de l’acte",
        max_length=200,
        blank=True,
        help_text="Vide : libellé usuel. {annexe}, {numero}, {date} et {avenant} sont remplacés par leur valeur.",
    )
    est_active = models.BooleanField("active", default=True, editable=False)

    class Meta:
        verbose_name = "proposition"
        ordering = ["ordre", "pk"]
        constraints = [
            # A line stands in one living rapport at a time; a rejected or withdrawn one frees it.
            models.UniqueConstraint(
                fields=["ligne"],
                condition=models.Q(est_active=True),
                name="ligne_dans_un_seul_rapport",
                violation_error_message="Cette ligne est déjà inscrite à un rapport.",
            )
        ]

    def __str__(self):
        return f"{self.ligne} au rapport {self.le_rapport}"

    @property
    def le_rapport(self):
        return self.operation.thematique.rapport
