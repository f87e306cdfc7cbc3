"""Deliberating bodies and their meetings."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords


class Instance(models.Model):
    """Commission permanente (CP) or Conseil départemental (CD)."""

    code = models.CharField("code", max_length=5, unique=True)
    libelle = models.CharField("libellé", max_length=150)

    class Meta:
        verbose_name = "instance"
        ordering = ["code"]

    def __str__(self):
        return self.libelle


class Seance(models.Model):
    """A meeting: what a rapport is submitted to."""

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="seances", verbose_name="instance")
    date = models.DateField("date")
    president = models.CharField("présidence", max_length=150, blank=True)
    secretaire = models.CharField("secrétaire", max_length=150, blank=True)
    signataire = models.CharField("signataire", max_length=150, blank=True)
    qualite_signataire = models.CharField("qualité du signataire", max_length=150, blank=True)
    # simple-history keeps the name « instance » for itself.
    history = HistoricalRecords(excluded_fields=["instance"])

    class Meta:
        verbose_name = "séance"
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["instance", "date"], name="seance_unique")]

    def __str__(self):
        return f"{self.instance} du {self.date:%d/%m/%Y}"

    def get_absolute_url(self):
        return reverse("seance", args=[self.pk])

    def clean(self):
        if self.date and not 2000 <= self.date.year <= 2100:
            raise ValidationError({"date": "Cette date de séance n’est pas plausible."})

    @property
    def exercice(self) -> int:
        """Budget year on which the séance affects credits."""
        return self.date.year
