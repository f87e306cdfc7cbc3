"""Visas of the circuit; the one of finances carries what it reads in the finance software."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from deliberations.models.rapport import Rapport
from dpid.models import Role


class VisaRapport(models.Model):
    """One visa; cancelled (never deleted) when an amount changes afterwards."""

    class Etape(models.TextChoices):
        CHEF_SERVICE = "chef_service", "Chef de service"
        DIRECTION = "direction", "Direction"
        FINANCES = "finances", "Finances"
        ASSEMBLEES = "assemblees", "Assemblées"

    # Role that gives each visa; the head of service is an instructor marked as such.
    ROLES = {
        Etape.CHEF_SERVICE: Role.INSTRUCTION,
        Etape.DIRECTION: Role.DIRECTION,
        Etape.FINANCES: Role.BUDGET,
        Etape.ASSEMBLEES: Role.ASSEMBLEES,
    }

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="visas", verbose_name="rapport")
    etape = models.CharField("étape", max_length=15, choices=Etape.choices)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="par")
    le = models.DateTimeField("le", auto_now_add=True)
    commentaire = models.TextField("commentaire", blank=True)
    annule_le = models.DateTimeField("annulé le", null=True, blank=True)
    motif_annulation = models.CharField("motif de l’annulation", max_length=250, blank=True)

    class Meta:
        verbose_name = "visa"
        ordering = ["le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rapport", "etape"], condition=Q(annule_le__isnull=True), name="visa_actif_unique"
            ),
            models.CheckConstraint(
                condition=Q(annule_le__isnull=True) | ~Q(motif_annulation=""), name="visa_annule_motive"
            ),
        ]

    def __str__(self):
        return f"visa {self.get_etape_display()} du rapport {self.rapport_id}"
