"""How one rapport presents the programme: thématiques, opérations, propositions, in its own order and numbers."""

from django.db import models
from simple_history.models import HistoricalRecords

from dpid.figeage import Figeable, FigeableQuerySet
from programmes.models import Dispositif, LigneDossier, Thematique


class PartieDeRapport(Figeable):
    """Base of the parts of a rapport: frozen once it is adopted or rejected."""

    CHEMIN_RAPPORT = "rapport"

    objects = FigeableQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def filtre_fige(cls):
        return models.Q(**{f"{cls.CHEMIN_RAPPORT}__etat__in": ["adopte", "rejete"]})

    @classmethod
    def refuser_ajouts(cls, objs):
        for rapport in {o.le_rapport for o in objs}:
            type(rapport).verrouiller(rapport.pk).refuser_si_vote()

    def decideur(self):
        return type(self.le_rapport).verrouiller(self.le_rapport.pk)


class ThematiquePresentee(PartieDeRapport):
    """A thématique as this rapport prints it; number and title may differ from the call's."""

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

    @property
    def le_rapport(self):
        return self.rapport


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
        Dispositif, related_name="presentations", verbose_name="dispositifs", blank=True
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
    annexe_acte = models.PositiveSmallIntegerField("annexe du projet d’acte", null=True, blank=True)
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

    def texte_acte(self) -> str | None:
        """Printed text of the act: « Avenant annexe 3 (convention initiale en date du 7 septembre 2022) »."""
        from deliberations.actes import texte_acte

        return texte_acte(self)
