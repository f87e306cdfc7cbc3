"""Background jobs: progress, heartbeat, result."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

BATTEMENT_MAXIMAL = timedelta(minutes=2)


class TravailQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        return self.filter(par=agent)

    def abandonnes(self):
        """Jobs whose worker died: started, no heartbeat for two minutes; or waiting, their message lost with it."""
        limite = timezone.now() - BATTEMENT_MAXIMAL
        dernier_signe = Coalesce("battement_le", "demande_le")
        return (
            self.filter(etat__in=[Travail.Etat.EN_ATTENTE, Travail.Etat.EN_COURS])
            .alias(signe=dernier_signe)
            .filter(signe__lt=limite)
        )


class Travail(models.Model):
    """One job asked by an agent; the same key twice is the same job."""

    class Etat(models.TextChoices):
        EN_ATTENTE = "en_attente", "En attente"
        EN_COURS = "en_cours", "En cours"
        TERMINE = "termine", "Terminé"
        ECHOUE = "echoue", "Échoué"

    cle = models.CharField("clé", max_length=120, unique=True)
    nature = models.CharField("nature", max_length=40)
    titre = models.CharField("titre", max_length=200)
    parametres = models.JSONField("paramètres", default=dict)
    etat = models.CharField("état", max_length=12, choices=Etat.choices, default=Etat.EN_ATTENTE)
    total = models.PositiveIntegerField("total", default=0)
    fait = models.PositiveIntegerField("fait", default=0)
    message = models.TextField("message", blank=True)
    nom_fichier = models.CharField("nom de fichier", max_length=150, blank=True)
    resultat = models.BinaryField("résultat", null=True, editable=False)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="travaux", verbose_name="demandé par"
    )
    demande_le = models.DateTimeField("demandé le", auto_now_add=True)
    battement_le = models.DateTimeField("battement", null=True, blank=True)
    termine_le = models.DateTimeField("terminé le", null=True, blank=True)

    objects = TravailQuerySet.as_manager()

    class Meta:
        verbose_name = "travail"
        verbose_name_plural = "travaux"
        ordering = ["-demande_le"]

    def __str__(self):
        return self.titre

    @property
    def pourcentage(self) -> int:
        return min(100, 100 * self.fait // self.total) if self.total else 0

    @property
    def est_vivant(self) -> bool:
        return self.etat in (self.Etat.EN_ATTENTE, self.Etat.EN_COURS)

    def avancer(self, fait: int, total: int):
        """Record progress and the heartbeat."""
        self.fait, self.total, self.battement_le = fait, total, timezone.now()
        self.save(update_fields=["fait", "total", "battement_le"])


class ElementTravail(models.Model):
    """What became of one object of a job, written in the transaction of its act.

    A job taken up again after a crash neither repeats what is here nor forgets what is not.
    """

    travail = models.ForeignKey(Travail, on_delete=models.CASCADE, related_name="elements", verbose_name="travail")
    objet_id = models.BigIntegerField("identifiant")
    libelle = models.CharField("désignation", max_length=250)
    est_fait = models.BooleanField("fait")
    phrase = models.TextField("résultat")

    class Meta:
        verbose_name = "élément d’un travail"
        verbose_name_plural = "éléments d’un travail"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["travail", "objet_id"], name="element_unique_par_travail")]

    def __str__(self):
        return self.libelle
