"""Arbitrage: named scenarios over the same dossiers. A scenario moves no money until it is adopted into a rapport."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField

from budget.models import AutorisationEngagement
from deliberations.models.rapport import Rapport
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models import Role
from dpid.models.base import AvecVersion
from dpid.montants import MontantField, montant
from dpid.workflow import AvecEtat
from programmes.models import AppelAProjets, LigneDossier


class ScenarioQuerySet(FigeableQuerySet):
    def visibles_par(self, agent):
        """Scenarios prepare a decision: instruction, direction, finance and administration read them."""
        roles = (Role.INSTRUCTION, Role.DIRECTION, Role.BUDGET, Role.ADMINISTRATION)
        return self if agent.a_role(*roles) else self.none()


class Scenario(AvecEtat, Figeable, AvecVersion):
    """Amounts of one call, for one séance to come. Adopted or put aside, it is history: it no longer changes."""

    class Etat(models.TextChoices):
        OUVERT = "ouvert", "Ouvert"
        RETENU = "retenu", "Retenu"
        ECARTE = "ecarte", "Écarté"

    appel = models.ForeignKey(
        AppelAProjets, on_delete=models.PROTECT, related_name="scenarios", verbose_name="appel à projets"
    )
    nom = models.CharField("nom", max_length=80)
    note = models.TextField("note", blank=True)
    copie_de = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="copié de",
    )
    etat = FSMField("état", choices=Etat.choices, default=Etat.OUVERT, protected=True)
    rapport = models.ForeignKey(
        Rapport, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="scenarios",
        verbose_name="retenu dans le rapport",
    )  # fmt: skip
    cree_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name="créé par"
    )
    cree_le = models.DateTimeField("créé le", auto_now_add=True)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        verbose_name = "scénario"
        ordering = ["appel", "nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["appel", "nom"], name="scenario_nom_unique",
                violation_error_message="Un scénario de cet appel porte déjà ce nom.",
            ),
            models.CheckConstraint(
                condition=Q(etat="retenu", rapport__isnull=False) | (~Q(etat="retenu") & Q(rapport__isnull=True)),
                name="scenario_retenu_a_rapport",
                violation_error_message="Un scénario retenu l’est dans un rapport, et lui seul.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.nom

    def get_absolute_url(self):
        return reverse("scenario", args=[self.pk])

    @classmethod
    def filtre_fige(cls):
        return ~Q(etat=cls.Etat.OUVERT)

    @property
    def est_fige(self):
        return self.etat != self.Etat.OUVERT

    def raison_du_gel(self):
        return f"Le scénario « {self.nom} » est {self.get_etat_display().lower()} : copiez-le pour en tirer un autre."


class MontantDeScenario(Figeable):
    """What a scenario gives to one line (euros); a line without a row keeps what it retains today."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="montants", verbose_name="scénario")
    ligne = models.ForeignKey(LigneDossier, on_delete=models.PROTECT, related_name="+", verbose_name="ligne")
    montant = MontantField("montant")
    autorisation = models.ForeignKey(
        AutorisationEngagement, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="AE",
        help_text="Vide : celle de la ligne, ou la ligne budgétaire par défaut du dispositif.",
    )  # fmt: skip
    motif_zero = models.CharField(
        "motif d’une ligne à 0 €", max_length=20, choices=LigneDossier.MotifZero.choices, blank=True
    )
    commentaire = models.CharField("commentaire", max_length=250, blank=True)

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "montant de scénario"
        verbose_name_plural = "montants de scénario"
        ordering = ["scenario", "ligne"]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "ligne"], name="montant_de_scenario_unique"),
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="montant_de_scenario_positif",
                violation_error_message="Un montant de scénario n’est pas négatif.",
            ),
        ]

    def __str__(self):
        return f"{self.scenario} : {self.ligne}"

    @classmethod
    def filtre_fige(cls):
        return ~Q(scenario__etat=Scenario.Etat.OUVERT)

    @classmethod
    def refuser_ajouts(cls, objs):
        for scenario in (
            Scenario.objects.filter(pk__in={o.scenario_id for o in objs}).order_by("pk").select_for_update()
        ):
            scenario._refuser_si_fige()

    def decideur(self):
        return Scenario.verrouiller(self.scenario_id)
