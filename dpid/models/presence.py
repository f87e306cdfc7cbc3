"""Who has a file open now: told to the others, so that two officers do not work on the same one unknowingly."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

DELAI = timedelta(seconds=75)  # pages say « I am here » every 30 seconds


class PresenceQuerySet(models.QuerySet):
    def sur(self, objet, *, sauf=None):
        """Agents seen on `objet` in the last moments, latest first."""
        presents = self.filter(objet=objet._meta.label_lower, objet_id=objet.pk, vu_le__gte=timezone.now() - DELAI)
        return (presents.exclude(agent=sauf) if sauf else presents).select_related("agent").order_by("-vu_le")


class Presence(models.Model):
    """One row per agent and object; not an act: nothing of it is kept in the journal."""

    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    objet = models.CharField(max_length=60)
    objet_id = models.BigIntegerField()
    vu_le = models.DateTimeField()
    est_en_saisie = models.BooleanField(default=False)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = "présence"
        constraints = [models.UniqueConstraint(fields=["objet", "objet_id", "agent"], name="presence_unique")]

    def __str__(self):
        return f"{self.agent} sur {self.objet} {self.objet_id}"

    @classmethod
    def signaler(cls, objet, agent, *, est_en_saisie=False):
        cls.objects.update_or_create(
            agent=agent, objet=objet._meta.label_lower, objet_id=objet.pk,
            defaults={"vu_le": timezone.now(), "est_en_saisie": est_en_saisie},
        )  # fmt: skip
