"""Small bases shared by the models of every room."""

from django.db import models

from dpid.erreurs import VersionPerimee


class AvecVersion(models.Model):
    """Edit forms carry the version they were opened on: a stale save is refused and loses nothing."""

    version = models.PositiveIntegerField("version", default=1, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding and not kwargs.get("update_fields"):
            self.version += 1
        super().save(*args, **kwargs)

    def verifier_version(self, ouverte_sur: int):
        """Raise VersionPerimee when somebody saved since `ouverte_sur`."""
        actuelle = type(self)._base_manager.values_list("version", flat=True).get(pk=self.pk)
        if actuelle != ouverte_sur:
            raise VersionPerimee(
                f"{self} a été modifié pendant votre saisie : comparez les deux versions avant d’enregistrer."
            )


class Nomme(models.Model):
    """Reference data with an order and a label."""

    libelle = models.CharField("libellé", max_length=200)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        abstract = True
        ordering = ["ordre", "libelle"]

    def __str__(self):
        return self.libelle
