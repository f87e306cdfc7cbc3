"""The yearly call for projects: thématiques, dispositifs."""

from django.db import models
from simple_history.models import HistoricalRecords

from budget.models import EXERCICE, LigneBudgetaire
from dpid.models import Service


class AppelAProjets(models.Model):
    annee = models.PositiveSmallIntegerField("année", unique=True, validators=EXERCICE)
    titre = models.CharField("titre", max_length=200)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "appel à projets"
        verbose_name_plural = "appels à projets"
        ordering = ["-annee"]

    def __str__(self):
        return f"{self.titre} {self.annee}" if str(self.annee) not in self.titre else self.titre


class Thematique(models.Model):
    """A theme of one call. Order and titles change every year: never identified by its number alone."""

    appel = models.ForeignKey(
        AppelAProjets, on_delete=models.PROTECT, related_name="thematiques", verbose_name="appel à projets"
    )
    numero = models.PositiveSmallIntegerField("numéro")
    titre = models.CharField("titre", max_length=250)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "thématique"
        ordering = ["appel", "numero"]
        constraints = [models.UniqueConstraint(fields=["appel", "numero"], name="thematique_unique_par_appel")]

    def __str__(self):
        return f"Thématique {self.numero} : {self.titre}"


class Dispositif(models.Model):
    """What a dossier answers: a reference in the call (`1.1 bis`), its default budget line, its service."""

    thematique = models.ForeignKey(
        Thematique, on_delete=models.PROTECT, related_name="dispositifs", verbose_name="thématique"
    )
    reference = models.CharField("référence", max_length=12)
    titre = models.CharField("titre", max_length=250)
    libelle_court = models.CharField(
        "libellé court", max_length=100, blank=True, help_text="Tel qu’il s’imprime dans les tableaux : CLLAJ."
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, blank=True, verbose_name="service instructeur"
    )
    ligne_par_defaut = models.ForeignKey(
        LigneBudgetaire,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dispositifs",
        verbose_name="ligne budgétaire par défaut",
        limit_choices_to={"sens": LigneBudgetaire.Sens.DEPENSE},
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = "dispositif"
        ordering = ["thematique", "reference"]
        constraints = [models.UniqueConstraint(fields=["thematique", "reference"], name="dispositif_unique")]

    def __str__(self):
        return f"{self.reference} {self.titre}"

    @property
    def libelle_imprime(self) -> str:
        return self.libelle_court or self.titre
