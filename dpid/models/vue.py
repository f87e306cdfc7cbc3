"""Saved views of the lists: filters, order and columns under a name, kept for oneself or shared."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class VueDeListeQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        return self.filter(Q(agent=agent) | Q(est_partagee=True))


class VueDeListe(models.Model):
    """`parametres` is the query string of the list (filters, order, columns), without its page number."""

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="vues", verbose_name="agent"
    )
    liste = models.CharField("liste", max_length=30)
    nom = models.CharField("nom", max_length=80)
    parametres = models.TextField("paramètres", blank=True, max_length=2000)
    est_partagee = models.BooleanField("partagée", default=False, help_text="Visible de tous les agents.")
    est_par_defaut = models.BooleanField(
        "par défaut", default=False, help_text="Appliquée quand vous ouvrez la liste sans rien demander."
    )

    objects = VueDeListeQuerySet.as_manager()

    class Meta:
        verbose_name = "vue enregistrée"
        verbose_name_plural = "vues enregistrées"
        ordering = ["nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "liste", "nom"], name="vue_unique_par_agent",
                violation_error_message="Vous avez déjà une vue de ce nom.",
            ),
            models.UniqueConstraint(
                fields=["agent", "liste"], condition=Q(est_par_defaut=True), name="vue_une_seule_par_defaut",
                violation_error_message="Une seule vue est celle par défaut.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.nom
