"""What was sent and what follows the vote: editions of a rapport, transmission of the délibération, justifications."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from deliberations.models.deliberation import Deliberation
from deliberations.models.rapport import Rapport
from dpid.figeage import AjoutSeul, FigeableQuerySet
from dpid.models import Document


class EditionDuRapport(AjoutSeul):
    """The rapport as it was sent, frozen. A later one names what it changes (`differences`, lines of text)."""

    class Destinataires(models.TextChoices):
        COMMISSIONS = "commissions", "aux commissions"
        ELUS = "elus", "aux élus"

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="editions", verbose_name="rapport")
    rang = models.PositiveSmallIntegerField("rang")
    destinataires = models.CharField("envoyée", max_length=11, choices=Destinataires.choices)
    motif = models.CharField("motif du rapport modificatif", max_length=250, blank=True)
    differences = models.JSONField("différences avec l’édition précédente", default=list, blank=True)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="envoyée par"
    )
    le = models.DateTimeField("envoyée le", auto_now_add=True)

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "édition du rapport"
        verbose_name_plural = "éditions du rapport"
        ordering = ["rapport", "rang"]
        constraints = [models.UniqueConstraint(fields=["rapport", "rang"], name="edition_rang_unique")]

    def __str__(self):
        return f"édition {self.rang} du rapport {self.rapport}"


class DocumentDEdition(AjoutSeul):
    """A document frozen by a sending."""

    edition = models.ForeignKey(
        EditionDuRapport, on_delete=models.PROTECT, related_name="documents", verbose_name="édition"
    )
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+", verbose_name="document")
    nature = models.CharField("nature", max_length=40)

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "document d’édition"
        verbose_name_plural = "documents d’édition"
        ordering = ["edition", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "nature"], name="document_unique_par_edition_et_nature")
        ]

    def __str__(self):
        return f"{self.nature} – {self.edition}"


class Transmission(models.Model):
    """Sending of a délibération to the préfecture and its publication: both make it exécutoire (CGCT, L. 3131-1)."""

    deliberation = models.OneToOneField(
        Deliberation, on_delete=models.PROTECT, related_name="transmission", verbose_name="délibération"
    )
    transmise_le = models.DateField("transmise le", null=True, blank=True)
    recue_le = models.DateField("accusé de réception du", null=True, blank=True)
    publiee_le = models.DateField("publiée le", null=True, blank=True)

    class Meta:
        verbose_name = "transmission"
        constraints = [
            models.CheckConstraint(
                condition=Q(recue_le__isnull=True)
                | Q(transmise_le__isnull=False, recue_le__gte=models.F("transmise_le")),
                name="transmission_recue_apres_envoi",
                violation_error_message="L’accusé de réception suit la transmission.",
            )
        ]

    def __str__(self):
        return f"transmission de la {self.deliberation}"

    @property
    def executoire_le(self):
        """The later of reception and publication; None while one is missing."""
        return max(self.recue_le, self.publiee_le) if self.recue_le and self.publiee_le else None


class Justification(models.Model):
    """Why the findings of a rule on a place are accepted; falls when their data change (`empreinte`)."""

    rapport = models.ForeignKey(
        Rapport, on_delete=models.PROTECT, related_name="justifications", verbose_name="rapport"
    )
    regle = models.SlugField("règle", max_length=40)
    lieu = models.CharField("lieu", max_length=80, blank=True)
    empreinte = models.CharField("empreinte des données", max_length=64)
    motif = models.CharField("justification", max_length=400)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="par")
    le = models.DateTimeField("le", auto_now_add=True)

    class Meta:
        verbose_name = "justification"
        ordering = ["rapport", "-le"]
        constraints = [
            models.UniqueConstraint(fields=["rapport", "regle", "lieu", "empreinte"], name="justification_unique")
        ]

    def __str__(self):
        return f"{self.regle} – {self.rapport}"
