"""The yearly call for projects: thématiques, dispositifs. What each fiche says is in `fiche.py`."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from budget.models import EXERCICE, LigneBudgetaire
from dpid.models import Service


class AppelAProjets(models.Model):
    annee = models.PositiveSmallIntegerField("année", unique=True, validators=EXERCICE)
    titre = models.CharField("titre", max_length=200)
    debut = models.DateField("début", null=True, blank=True, help_text="Premier jour couvert par l’appel.")
    fin = models.DateField("fin", null=True, blank=True)
    copie_de = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name="ouvert à partir de",
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        verbose_name = "appel à projets"
        verbose_name_plural = "appels à projets"
        ordering = ["-annee"]
        constraints = [
            models.CheckConstraint(
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(fin__gte=models.F("debut")),
                name="appel_fin_apres_debut",
                violation_error_message="L’appel se termine avant de commencer.",
            )
        ]

    def __str__(self):
        return f"{self.titre} {self.annee}" if str(self.annee) not in self.titre else self.titre

    def get_absolute_url(self):
        return reverse("appel", args=[self.pk])


class Thematique(models.Model):
    """A theme of one call. Order and titles change every year: never identified by its number alone."""

    appel = models.ForeignKey(
        AppelAProjets, on_delete=models.PROTECT, related_name="thematiques", verbose_name="appel à projets"
    )
    numero = models.PositiveSmallIntegerField("numéro")
    titre = models.CharField("titre", max_length=250)
    titre_axe = models.CharField(
        "titre de l’axe", max_length=250, blank=True, help_text="Tel que l’appel le publie, s’il diffère du titre voté."
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = "thématique"
        ordering = ["appel", "numero"]
        constraints = [models.UniqueConstraint(fields=["appel", "numero"], name="thematique_unique_par_appel")]

    def __str__(self):
        return f"Thématique {self.numero} : {self.titre}"

    @property
    def libelle_axe(self) -> str:
        return self.titre_axe or self.titre


class Dispositif(models.Model):
    """What a dossier answers: a reference in the call (`1.1 bis`), its default budget line, its services."""

    class ServiceLocal(models.TextChoices):
        SLAI = "slai", "SLAI (allocation insertion)"
        SLISL = "slisl", "SLISL (inclusion sociale et logement)"

    class InstanceExterne(models.TextChoices):
        FSL = "fsl", "Comité technique FSL"
        CCAPEX = "ccapex", "CCAPEX"

    class AvisEchu(models.TextChoices):
        FAVORABLE = "favorable", "Réputé favorable"
        NON_RENDU = "non_rendu", "Non rendu"

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
    service_local = models.CharField("service local", max_length=5, choices=ServiceLocal.choices, blank=True)
    ligne_par_defaut = models.ForeignKey(
        LigneBudgetaire,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dispositifs",
        verbose_name="ligne budgétaire par défaut",
        limit_choices_to={"sens": LigneBudgetaire.Sens.DEPENSE},
    )
    sources_par_defaut = models.ManyToManyField(
        "programmes.SourceFinancement", blank=True, related_name="+", verbose_name="sources hors budget habituelles"
    )
    instance_externe = models.CharField(
        "avis d’instance exigé", max_length=6, choices=InstanceExterne.choices, blank=True,
        help_text="Sans cet avis, le dossier ne peut pas être proposé.",
    )  # fmt: skip
    delai_avis = models.PositiveSmallIntegerField("délai des avis", default=10, help_text="En jours ouvrés.")
    avis_echu = models.CharField(
        "avis non rendu à l’échéance", max_length=10, choices=AvisEchu.choices, default=AvisEchu.NON_RENDU
    )
    condition_suspensive = models.CharField(
        "condition suspensive", max_length=200, blank=True,
        help_text="Le dossier se propose ; sa convention ne se signe qu’une fois la condition levée.",
    )  # fmt: skip
    condition_levee_le = models.DateField("condition levée le", null=True, blank=True)
    precedent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="suivants",
        verbose_name="dispositif de l’année précédente",
        help_text="Relie les montants N-1, même quand tout est renuméroté.",
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        verbose_name = "dispositif"
        ordering = ["thematique", "reference"]
        constraints = [models.UniqueConstraint(fields=["thematique", "reference"], name="dispositif_unique")]

    def __str__(self):
        return f"{self.reference} {self.titre}"

    def get_absolute_url(self):
        return reverse("fiche", args=[self.pk])

    def clean(self):
        if self.condition_levee_le and not self.condition_suspensive:
            raise ValidationError({"condition_levee_le": "Aucune condition suspensive n’est dite."})

    @property
    def libelle_imprime(self) -> str:
        return self.libelle_court or self.titre

    @property
    def est_suspendu(self) -> bool:
        """A condition holds back the signature of the conventions."""
        return bool(self.condition_suspensive) and self.condition_levee_le is None
