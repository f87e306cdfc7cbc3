"""Arbitrage: named scenarios over the same dossiers. A scenario moves no money until it is adopted into a rapport."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField

from budget.models import AutorisationEngagement
from deliberations.models.rapport import Rapport
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models import Journal, Role
from dpid.models.base import AvecVersion
from dpid.montants import MontantField, montant
from dpid.workflow import AvecEtat, acte
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

    def _refuser_si_fige(self):
        # `rouvrir` alone writes on a scenario put aside; its arrow was checked under the lock.
        if not getattr(self, "_se_rouvre", False):
            super()._refuser_si_fige()

    @classmethod
    @transaction.atomic
    def ouvrir(cls, *, appel, nom, par, note="", copie_de=None, montants=None, jeton=""):
        """A new scenario: a copy, or `montants` ({line id: euros}), or nothing written (every line keeps its amount).

        `jeton`: key of the form that asked for it, kept in the journal so that a second click finds this scenario.
        Raises ValidationError when the name is taken.
        """
        scenario = cls(appel=appel, nom=nom, note=note, cree_par=par, copie_de=copie_de)
        scenario.full_clean()
        scenario.save()
        if copie_de is not None:
            repris = [
                MontantDeScenario(
                    scenario=scenario, ligne_id=m.ligne_id, montant=m.montant, autorisation_id=m.autorisation_id,
                    motif_zero=m.motif_zero, commentaire=m.commentaire,
                )
                for m in copie_de.montants.all()
            ]  # fmt: skip
        else:
            repris = [
                MontantDeScenario(scenario=scenario, ligne_id=pk, montant=m) for pk, m in (montants or {}).items()
            ]
        MontantDeScenario.objects.bulk_create(repris, batch_size=1000)
        donnees = {"jeton": jeton, "copie_de": copie_de.pk if copie_de else None, "montants": len(repris)}
        Journal.noter(scenario, "creer", "Créer le scénario", par=par, vers=scenario.etat, donnees=donnees)
        return scenario

    @acte(etat, "Écarter", source=[Etat.OUVERT], cible=Etat.ECARTE)
    def ecarter(self, *, par, motif=""):
        """Put aside: every amount is written down, so that it shows later what it said today."""
        from deliberations.arbitrage.lecture import figer_montants

        figer_montants(self)

    @acte(etat, "Rouvrir", source=[Etat.ECARTE], cible=Etat.OUVERT)
    def rouvrir(self, *, par, motif=""):
        self._se_rouvre = True

    @transaction.atomic
    def retenir(self, *, par, empreinte="", ecarter_les_autres=False, **options):
        """Adopt into a rapport, in one transaction: see `arbitrage.retenue.ecrire`, whose `options` it takes.

        Every adoption of the call queues on its row, then on its open scenarios: two at once follow one another.
        Raises ActeRefuse (RetenueRefusee lists every reason), VersionPerimee when `empreinte` is no longer true.
        """
        AppelAProjets.objects.select_for_update().get(pk=self.appel_id)
        autres = Scenario.objects.filter(appel=self.appel_id, etat=self.Etat.OUVERT).exclude(pk=self.pk)
        autres = list(autres.order_by("pk").select_for_update())
        self._retenir(par=par, empreinte=empreinte, **options)
        for autre in autres if ecarter_les_autres else ():
            autre.ecarter(par=par, motif=f"Le scénario « {self.nom} » a été retenu.")
        # The caller's instance may hold in memory that it had no rapport.
        self.refresh_from_db(fields=["rapport"])
        return self.rapport

    @acte(etat, "Retenir", source=[Etat.OUVERT], cible=Etat.RETENU)
    def _retenir(self, *, par, motif="", **options):
        from deliberations.arbitrage import retenue

        self.rapport = retenue.ecrire(self, par=par, **options)

    def noter_montants(self, changements: list[dict], *, par, acte_fait="Modifier les montants", verbe="chiffrer"):
        """One journal row for a change of amounts: `changements` = [{"ligne", "de", "vers"}] (euros as strings)."""
        Journal.noter(
            self, verbe, acte_fait, par=par, de=changements[0]["de"] if len(changements) == 1 else "",
            vers=changements[0]["vers"] if len(changements) == 1 else f"{len(changements)} montants",
            donnees={"montants": changements},
        )  # fmt: skip


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
