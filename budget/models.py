"""Budget lines, autorisations d'engagement (AE) and the ledger of the acts that consume them.

The words are the law's (CGCT L.3312-4): AE *votée* by the assembly, *réservée* by a rapport visé, *affectée* by the
commission permanente, *engagée* by the signed convention. The ledger is the truth; the AE row carries its current
totals, changed only with it (`mouvements.enregistrer`), under database constraints.
"""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from dpid.figeage import AjoutSeul, FigeableQuerySet
from dpid.montants import ZERO, MontantField, montant

EXERCICE = [MinValueValidator(2000), MaxValueValidator(2100)]


class LigneBudgetaire(models.Model):
    """A budget line, named by its operation code (`C02-446A05`) and charged to `nature/fonction` (M57)."""

    class Sens(models.TextChoices):
        DEPENSE = "depense", "Dépense"
        RECETTE = "recette", "Recette"

    code = models.CharField(
        "code opération",
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^C\d{2}-\d{3}[A-Z]\d{2}$", "Un code opération s’écrit C02-446A05.")],
    )
    nature = models.CharField(
        "nature", max_length=6, validators=[RegexValidator(r"^\d{4,6}$", "La nature compte de 4 à 6 chiffres.")]
    )
    fonction = models.CharField(
        "fonction", max_length=6, validators=[RegexValidator(r"^9[03]\d{1,4}$", "La fonction commence par 93 ou 90.")]
    )
    libelle = models.CharField("libellé", max_length=150)
    sens = models.CharField("sens", max_length=8, choices=Sens.choices, default=Sens.DEPENSE)
    rang = models.PositiveSmallIntegerField(
        "rang", default=100, help_text="Ordre de la ligne dans les tableaux d’imputation."
    )
    predecesseur = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successeurs",
        verbose_name="prédécesseur",
        help_text="Ligne que celle-ci remplace depuis un changement de nomenclature.",
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = "ligne budgétaire"
        verbose_name_plural = "lignes budgétaires"
        ordering = ["rang", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(predecesseur=F("id")),
                name="ligne_predecesseur_autre",
                violation_error_message="Une ligne ne se succède pas à elle-même.",
            )
        ]

    def __str__(self):
        return f"{self.code} {self.libelle}"

    def clean(self):
        self.code = self.normaliser_code(self.code)

    @staticmethod
    def normaliser_code(code: str) -> str:
        """`C02-581 E04` (printed once with a space) → `C02-581E04`."""
        return re.sub(r"\s+", "", code or "").upper()

    @property
    def imputation(self) -> str:
        return f"{self.nature}/{self.fonction}"


class Volet(models.Model):
    """Analytic label under a budget line (ERBM, initiative départementale, contrepartie FSE…)."""

    ligne = models.ForeignKey(
        LigneBudgetaire, on_delete=models.PROTECT, related_name="volets", verbose_name="ligne budgétaire"
    )
    libelle = models.CharField("libellé", max_length=100)

    class Meta:
        verbose_name = "volet"
        ordering = ["ligne", "libelle"]
        constraints = [models.UniqueConstraint(fields=["ligne", "libelle"], name="volet_unique_par_ligne")]

    def __str__(self):
        return self.libelle


class Inscription(models.Model):
    """Revenue entered in the budget of an exercice: a recette has « inscrit » and no AE."""

    ligne = models.ForeignKey(
        LigneBudgetaire,
        on_delete=models.PROTECT,
        related_name="inscriptions",
        verbose_name="ligne de recette",
        limit_choices_to={"sens": LigneBudgetaire.Sens.RECETTE},
    )
    exercice = models.PositiveSmallIntegerField("exercice", validators=EXERCICE)
    montant = MontantField("montant inscrit", default=ZERO)
    source = models.CharField("source", max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "recette inscrite"
        verbose_name_plural = "recettes inscrites"
        ordering = ["-exercice", "ligne"]
        constraints = [
            models.UniqueConstraint(fields=["ligne", "exercice"], name="recette_unique_par_exercice"),
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="recette_positive",
                violation_error_message="Une recette inscrite n’est pas négative.",
            ),
        ]

    def __str__(self):
        return f"{self.ligne.code} {self.exercice}"


class AutorisationQuerySet(models.QuerySet):
    def de_l_exercice(self, exercice: int):
        """AE open in a budget year: the annual ones of that millésime, the multi-annual ones that cover it."""
        return self.filter(
            Q(millesime=exercice) | Q(millesime__lt=exercice, exercice_fin__gte=exercice),
            ligne__sens=LigneBudgetaire.Sens.DEPENSE,
        )

    def avec_ligne(self):
        return self.select_related("ligne").order_by("ligne__rang", "ligne__code", "millesime")

    def pour_code(self, code: str, exercice: int):
        """The AE on which a dossier of `exercice` naming `code` is charged, or None."""
        code = LigneBudgetaire.normaliser_code(code)
        return self.de_l_exercice(exercice).filter(ligne__code=code).order_by("-millesime").first()


class AutorisationEngagement(models.Model):
    """AE of a line and millésime. Totals (euros) move only with the ledger: see `mouvements.enregistrer`."""

    COMPTEURS = ("vote", "reserve", "affecte", "engage")

    ligne = models.ForeignKey(
        LigneBudgetaire, on_delete=models.PROTECT, related_name="autorisations", verbose_name="ligne budgétaire"
    )
    millesime = models.PositiveSmallIntegerField("millésime", validators=EXERCICE)
    exercice_fin = models.PositiveSmallIntegerField(
        "dernier exercice", null=True, blank=True, validators=EXERCICE, help_text="Pour une AE pluriannuelle."
    )
    libelle = models.CharField("libellé de l’année", max_length=150, blank=True, help_text="S’il diffère de la ligne.")
    vote = MontantField("AE votée", default=ZERO, editable=False)
    reserve = MontantField("réservé", default=ZERO, editable=False)
    affecte = MontantField("affecté", default=ZERO, editable=False)
    engage = MontantField("dont engagé", default=ZERO, editable=False)
    caduque_le = models.DateField("caduque le", null=True, blank=True)
    note = models.TextField("note", blank=True)
    history = HistoricalRecords(excluded_fields=["vote", "reserve", "affecte", "engage"])

    objects = AutorisationQuerySet.as_manager()

    class Meta:
        verbose_name = "autorisation d’engagement"
        verbose_name_plural = "autorisations d’engagement"
        ordering = ["-millesime", "ligne__rang"]
        constraints = [
            models.UniqueConstraint(fields=["ligne", "millesime"], name="ae_unique_par_millesime"),
            models.CheckConstraint(
                condition=Q(vote__gte=F("affecte") + F("reserve")),
                name="ae_affecte_et_reserve_dans_vote",
                violation_error_message="L’affecté et le réservé dépassent l’AE votée.",
            ),
            models.CheckConstraint(
                condition=Q(affecte__gte=F("engage")),
                name="ae_engage_dans_affecte",
                violation_error_message="L’engagé dépasse l’affecté.",
            ),
            models.CheckConstraint(
                condition=Q(reserve__gte=montant(0)) & Q(engage__gte=montant(0)),
                name="ae_totaux_positifs",
                violation_error_message="Un total d’AE n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(exercice_fin__isnull=True) | Q(exercice_fin__gte=F("millesime")),
                name="ae_fin_apres_millesime",
                violation_error_message="Le dernier exercice précède le millésime.",
            ),
        ]

    def __str__(self):
        return f"{self.ligne.code} — AE {self.millesime}"

    def clean(self):
        if self.ligne_id and self.ligne.sens != LigneBudgetaire.Sens.DEPENSE:
            raise ValidationError({"ligne": "Une ligne de recette n’a pas d’AE : saisissez une recette inscrite."})

    @property
    def intitule(self) -> str:
        return self.libelle or self.ligne.libelle

    @property
    def disponible(self):
        """AE − affecté, in euros; 0 once caduque."""
        return ZERO if self.caduque_le else self.vote - self.affecte

    @property
    def disponible_apres_reserve(self):
        """What is left once the open rapports are deducted, in euros."""
        return ZERO if self.caduque_le else self.vote - self.affecte - self.reserve


class MouvementQuerySet(FigeableQuerySet):
    def au(self, date):
        """Movements in effect on `date` (all of them when None)."""
        return self.filter(date_effet__lte=date) if date else self


class Mouvement(AjoutSeul):
    """One signed amount on one counter of an AE. Append-only: a correction is a new row."""

    class Compteur(models.TextChoices):
        VOTE = "vote", "AE votée"
        RESERVE = "reserve", "Réservé"
        AFFECTE = "affecte", "Affecté"
        ENGAGE = "engage", "Engagé"

    class Nature(models.TextChoices):
        VOTE = "vote", "Vote de l’AE"
        RESERVATION = "reservation", "Réservation"
        LEVEE = "levee", "Levée de réservation"
        AFFECTATION = "affectation", "Affectation"
        HORS_APPLICATION = "hors_application", "Affectation hors application"
        DESAFFECTATION = "desaffectation", "Désaffectation"
        ENGAGEMENT = "engagement", "Engagement"
        DEGAGEMENT = "degagement", "Dégagement"

    autorisation = models.ForeignKey(
        AutorisationEngagement, on_delete=models.PROTECT, related_name="mouvements", verbose_name="AE"
    )
    compteur = models.CharField("compteur", max_length=8, choices=Compteur.choices)
    nature = models.CharField("nature", max_length=17, choices=Nature.choices)
    montant = MontantField("montant")
    date_effet = models.DateField("date d’effet")
    enregistre_le = models.DateTimeField("enregistré le", auto_now_add=True)
    piece = models.CharField("pièce", max_length=200)
    motif = models.TextField("motif", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="par")
    cle = models.CharField("clé", max_length=120, unique=True, editable=False)

    objects = MouvementQuerySet.as_manager()

    class Meta:
        verbose_name = "mouvement"
        ordering = ["-date_effet", "-pk"]
        indexes = [
            # Covering: the situation at a date sums ranges of the index and never reads the ledger itself.
            models.Index(fields=["autorisation", "compteur", "date_effet", "montant"], name="mouvement_situation"),
        ]

    def __str__(self):
        return f"{self.get_nature_display()} — {self.piece}"


class DisponibleConstate(models.Model):
    """What finance reads in its own software on a given day; the gap with ours is to be explained."""

    autorisation = models.ForeignKey(
        AutorisationEngagement, on_delete=models.PROTECT, related_name="constats", verbose_name="AE"
    )
    le = models.DateField("constaté le")
    montant = MontantField("disponible constaté")
    calcule = MontantField("disponible calculé")
    explication = models.TextField("explication de l’écart", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="par")
    enregistre_le = models.DateTimeField("enregistré le", auto_now_add=True)

    class Meta:
        verbose_name = "disponible constaté"
        verbose_name_plural = "disponibles constatés"
        ordering = ["-le", "-pk"]

    def __str__(self):
        return f"{self.autorisation} au {self.le:%d/%m/%Y}"

    @property
    def ecart(self):
        """Constaté − calculé, in euros."""
        return self.montant - self.calcule
