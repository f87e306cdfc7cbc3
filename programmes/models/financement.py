"""Where the money of a line comes from, what it buys, how it splits."""

from django.db import models, transaction
from django.db.models import Q
from simple_history.models import HistoricalRecords

from budget.models import AutorisationEngagement, Volet
from dpid.models import Territoire
from dpid.montants import MontantField, montant
from dpid.panneaux import prevenir_montants
from dpid.typographie import nombre
from programmes.models.dossier import Dossier
from programmes.models.ligne import ContenuQuerySet, EnfantDeLigne, LigneDossier


class Logo(models.TextChoices):
    """Static assets of the project (`static/img/logos/`), plain stand-ins: no agent gives a file nor an address."""

    ETAT = "etat", "État"
    EUROPE = "europe", "Fonds européens"
    LOGEMENT = "logement", "Fonds de solidarité logement"

    @property
    def fichier(self) -> str:
        """Path under `static/`."""
        return f"img/logos/{self.value}.svg"


class SourceFinancement(models.Model):
    """A source outside the budget: FSL, État, FSE+… Its amounts never consume an AE."""

    code = models.SlugField("code", max_length=20, unique=True)
    libelle = models.CharField("libellé", max_length=100)
    logo = models.CharField(
        "logo", max_length=20, choices=Logo.choices, blank=True,
        help_text="Imprimé dans l’annexe « publicité » des actes qu’elle finance.",
    )  # fmt: skip

    class Meta:
        verbose_name = "source de financement"
        verbose_name_plural = "sources de financement"
        ordering = ["libelle"]

    def __str__(self):
        return self.libelle


class FinancementQuerySet(ContenuQuerySet):
    """Every write first tells the guards of amounts (a rapport loses its visas), in the same transaction."""

    def _prevenir(self, ids):
        prevenir_montants(ids)

    def bulk_create(self, objs, **kwargs):
        objs = list(objs)
        with transaction.atomic():
            prevenir_montants(o.ligne_id for o in objs)
            return super().bulk_create(objs, **kwargs)


class Financement(EnfantDeLigne):
    """An amount (euros) on an AE, on a source outside the budget, or « à imputer » when neither is known yet."""

    ligne = models.ForeignKey(LigneDossier, on_delete=models.CASCADE, related_name="financements", verbose_name="ligne")
    autorisation = models.ForeignKey(
        AutorisationEngagement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="financements",
        verbose_name="AE",
    )
    source = models.ForeignKey(
        SourceFinancement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="financements",
        verbose_name="source hors budget",
    )
    montant = MontantField("montant")
    history = HistoricalRecords()

    objects = FinancementQuerySet.as_manager()

    class Meta:
        verbose_name = "financement"
        ordering = ["ligne", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="financement_positif",
                violation_error_message="Un financement n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(autorisation__isnull=True) | Q(source__isnull=True),
                name="financement_ae_ou_source",
                violation_error_message="Un financement vient d’une AE ou d’une source hors budget, pas des deux.",
            ),
        ]

    def __str__(self):
        return f"{self.autorisation or self.source or 'à imputer'}"

    def save(self, *args, **kwargs):
        with transaction.atomic():
            prevenir_montants([self.ligne_id])
            Dossier.objects.get(lignes=self.ligne_id).refuser_de_retenir(self.montant)
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            prevenir_montants([self.ligne_id])
            return super().delete(*args, **kwargs)

    @property
    def est_a_imputer(self) -> bool:
        return self.autorisation_id is None and self.source_id is None


class Quantite(EnfantDeLigne):
    """A quantity and its unit (decimals exist: 3,5 mesures). Different units are never summed."""

    ligne = models.ForeignKey(LigneDossier, on_delete=models.CASCADE, related_name="quantites", verbose_name="ligne")
    valeur = models.DecimalField("quantité", max_digits=12, decimal_places=2)
    unite = models.CharField("unité", max_length=60)

    class Meta:
        verbose_name = "quantité"
        ordering = ["ligne", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valeur__gte=0),
                name="quantite_positive",
                violation_error_message="Une quantité n’est pas négative.",
            )
        ]

    def __str__(self):
        return f"{nombre(self.valeur)} {self.unite}"


class Ventilation(EnfantDeLigne):
    """Split of a financing by territoire and volet; the parts of a financing add up to it or are absent."""

    CHEMIN_LIGNE = "financement__ligne"

    financement = models.ForeignKey(
        Financement, on_delete=models.CASCADE, related_name="ventilations", verbose_name="financement"
    )
    territoire = models.ForeignKey(
        Territoire, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="territoire"
    )
    volet = models.ForeignKey(
        Volet, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="volet"
    )
    montant = MontantField("montant")

    class Meta:
        verbose_name = "ventilation"
        ordering = ["financement", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="ventilation_positive",
                violation_error_message="Une ventilation n’est pas négative.",
            )
        ]

    def __str__(self):
        return f"{self.territoire or ''} {self.volet or ''}".strip() or "ventilation"

    @classmethod
    def filtre_fige(cls):
        return Q(financement__ligne__votee_le__isnull=False)

    @property
    def ligne(self):
        return self.financement.ligne

    @property
    def ligne_id(self):
        return self.financement.ligne_id
