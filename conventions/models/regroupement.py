"""How the opérations of a structure go to its acts, before they are generated."""

from django.core.validators import MinValueValidator
from django.db import models

from deliberations.models import Rapport
from programmes.models import Dossier


class RegroupementQuerySet(models.QuerySet):
    def du_rapport(self, rapport) -> dict[int, int]:
        """{dossier: number of its act}; a dossier of which nobody chose goes to the first."""
        return dict(self.filter(rapport=rapport).values_list("dossier", "groupe"))


class Regroupement(models.Model):
    """The act of its structure, of those of a rapport, that takes the lines of a dossier. Without a row: the first.

    Kept by dossier, so that it follows a structure that is merged and a line added later.
    """

    rapport = models.ForeignKey(Rapport, on_delete=models.CASCADE, related_name="+", verbose_name="rapport")
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="+", verbose_name="dossier")
    groupe = models.PositiveSmallIntegerField("acte", validators=[MinValueValidator(1)])

    objects = RegroupementQuerySet.as_manager()

    class Meta:
        verbose_name = "regroupement"
        ordering = ["rapport", "dossier"]
        constraints = [models.UniqueConstraint(fields=["rapport", "dossier"], name="regroupement_unique")]

    def __str__(self):
        return f"{self.dossier} : acte {self.groupe}"
