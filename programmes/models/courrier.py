"""Letters and messages, kept as they were sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dpid.models.base import AvecVersion
from programmes.models.dossier import Dossier


class CourrierQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        """Letters of the dossiers that the agent sees; those of a structure alone are read by all roles."""
        vus = Dossier.objects.visibles_par(agent).order_by().values("pk")
        return self.filter(Q(dossier__isnull=True) | Q(dossier__in=vus)) if agent.roles else self.none()


class Courrier(AvecVersion):
    """A letter or message produced from a dossier or for a structure; kept as it was sent."""

    class Nature(models.TextChoices):
        INCOMPLETUDE = "incompletude", "Pièces manquantes"
        IRRECEVABILITE = "irrecevabilite", "Irrecevabilité"
        RELANCE = "relance", "Relance"
        REFUS = "refus", "Refus"
        AJOURNEMENT = "ajournement", "Ajournement"
        IL_VOUS_MANQUE = "il_vous_manque", "Il vous manque"
        NOTIFICATION = "notification", "Notification"
        AUTRE = "autre", "Autre"

    # Written with what they accompany, never by hand from a dossier.
    PREPARES = (Nature.IL_VOUS_MANQUE, Nature.NOTIFICATION)

    structure = models.ForeignKey(
        "programmes.Structure", on_delete=models.PROTECT, related_name="courriers", verbose_name="structure"
    )
    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, null=True, blank=True, related_name="courriers", verbose_name="dossier"
    )
    nature = models.CharField("nature", max_length=15, choices=Nature.choices)
    destinataire = models.CharField("destinataire", max_length=250, blank=True)
    objet = models.CharField("objet", max_length=250)
    corps = models.TextField("texte")
    etabli_le = models.DateTimeField("établi le", auto_now_add=True)
    etabli_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="établi par", editable=False
    )
    envoye_le = models.DateField("envoyé le", null=True, blank=True)

    objects = CourrierQuerySet.as_manager()

    class Meta:
        verbose_name = "courrier"
        ordering = ["-etabli_le", "-pk"]

    def __str__(self):
        return f"{self.get_nature_display()} — {self.structure}"
