"""What was voted: the délibération, its imputations as adopted, its frozen documents."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from budget.models import AutorisationEngagement, Inscription
from deliberations.models.rapport import Rapport
from dpid.figeage import AjoutSeul, FigeableQuerySet
from dpid.models import Document
from dpid.montants import MontantField

NUMERO = RegexValidator(r"^20\d{2}-\d{1,4}$", "Un numéro de délibération s’écrit 2023-604.")


class DeliberationQuerySet(FigeableQuerySet):
    def visibles_par(self, agent):
        """Délibérations are public: every agent who holds a role reads them."""
        return self if agent.is_active and agent.roles else self.none()

    def a_transmettre(self):
        """Adopted acts: a rejected rapport is not transmitted."""
        return self.filter(resultat__in=Deliberation.TRANSMISES)

    def executoires(self):
        """Received by the préfecture and published (CGCT, L. 3131-1)."""
        return self.a_transmettre().filter(transmission__recue_le__isnull=False, transmission__publiee_le__isnull=False)


class Deliberation(AjoutSeul):
    """Born from the vote, never edited: a correction is a new délibération."""

    class Resultat(models.TextChoices):
        ADOPTE = "adopte", "Adoptée"
        PARTIEL = "partiel", "Adoptée en partie"
        REJETE = "rejete", "Rejetée"

    TRANSMISES = (Resultat.ADOPTE, Resultat.PARTIEL)

    rapport = models.OneToOneField(
        Rapport, on_delete=models.PROTECT, related_name="deliberation", verbose_name="rapport"
    )
    numero = models.CharField("numéro", max_length=12, unique=True, validators=[NUMERO])
    date = models.DateField("date")
    titre = models.CharField("titre", max_length=250)
    remplace = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="remplacee_par",
        verbose_name="remplace la délibération",
    )  # fmt: skip
    resultat = models.CharField("résultat", max_length=8, choices=Resultat.choices)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="enregistrée par"
    )
    enregistree_le = models.DateTimeField("enregistrée le", auto_now_add=True)

    objects = DeliberationQuerySet.as_manager()

    class Meta:
        verbose_name = "délibération"
        ordering = ["-date", "-numero"]

    def __str__(self):
        return f"délibération n°\u00a0{self.numero}"

    def get_absolute_url(self):
        return reverse("rapport", args=[self.rapport_id])

    @property
    def est_a_transmettre(self) -> bool:
        return self.resultat in self.TRANSMISES

    @property
    def executoire_le(self):
        """The day from which it may be carried out, None while it is not. Join `transmission` before a list."""
        transmission = getattr(self, "transmission", None)
        return transmission.executoire_le if transmission and self.est_a_transmettre else None

    @property
    def est_executoire(self) -> bool:
        """True once received and published: no act that it authorises is signed before."""
        return self.executoire_le is not None

    def raison_du_gel(self):
        return f"La {self} est adoptée : elle se corrige par une nouvelle délibération, pas par une modification."


class ImputationVotee(AjoutSeul):
    """A row of the imputation table as it was adopted (amounts in euros)."""

    deliberation = models.ForeignKey(
        Deliberation, on_delete=models.PROTECT, related_name="imputations", verbose_name="délibération"
    )
    autorisation = models.ForeignKey(
        AutorisationEngagement, on_delete=models.PROTECT, related_name="imputations_votees", verbose_name="AE"
    )
    ordre = models.PositiveSmallIntegerField("ordre")
    code = models.CharField("code opération", max_length=10)
    imputation = models.CharField("imputation", max_length=15)
    libelle = models.CharField("libellé", max_length=150)
    ae = MontantField("AE")
    disponible = MontantField("disponible")
    proposition = MontantField("proposition")
    solde = MontantField("solde")

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "imputation votée"
        verbose_name_plural = "imputations votées"
        ordering = ["deliberation", "ordre"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(disponible=models.F("solde") + models.F("proposition")),
                name="imputation_solde_exact",
            )
        ]

    def __str__(self):
        return f"{self.code} — {self.deliberation}"


class RecetteVotee(AjoutSeul):
    """A row of the table of revenue as it was adopted (amounts in euros)."""

    deliberation = models.ForeignKey(
        Deliberation, on_delete=models.PROTECT, related_name="recettes", verbose_name="délibération"
    )
    inscription = models.ForeignKey(
        Inscription, on_delete=models.PROTECT, related_name="recettes_votees", verbose_name="recette inscrite"
    )
    ordre = models.PositiveSmallIntegerField("ordre")
    section = models.CharField("section", max_length=20)
    code = models.CharField("code opération", max_length=10)
    imputation = models.CharField("imputation", max_length=15)
    libelle = models.CharField("libellé", max_length=150)
    inscrit = MontantField("inscrit")
    proposition = MontantField("proposition d’inscription")

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "recette votée"
        verbose_name_plural = "recettes votées"
        ordering = ["deliberation", "ordre"]

    def __str__(self):
        return f"{self.code} — {self.deliberation}"


class DocumentDeDeliberation(AjoutSeul):
    """A document frozen by the vote."""

    deliberation = models.ForeignKey(
        Deliberation, on_delete=models.PROTECT, related_name="documents", verbose_name="délibération"
    )
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+", verbose_name="document")
    nature = models.CharField("nature", max_length=40)

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "document de délibération"
        verbose_name_plural = "documents de délibération"
        ordering = ["deliberation", "pk"]
        constraints = [models.UniqueConstraint(fields=["deliberation", "nature"], name="document_unique_par_nature")]

    def __str__(self):
        return f"{self.nature} — {self.deliberation}"
