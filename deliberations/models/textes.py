"""What a délibération refers to: texts in force, avis of the commissions; and how its articles are worded."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from deliberations.models.assemblee import Commission
from deliberations.models.presentation import PartieDeRapport
from deliberations.models.rapport import Rapport
from dpid.figeage import Figeable, FigeableQuerySet


class TexteJuridique(models.Model):
    """A text that délibérations cite (« Vu… »), with the days between which it is in force."""

    class Nature(models.TextChoices):
        CODE = "code", "Code"
        LOI = "loi", "Loi"
        DECRET = "decret", "Décret"
        DELIBERATION = "deliberation", "Délibération"
        REGLEMENT = "reglement", "Règlement"
        AUTRE = "autre", "Autre texte"

    code = models.SlugField("code", max_length=60, unique=True)
    nature = models.CharField("nature", max_length=12, choices=Nature.choices)
    texte = models.TextField("texte du visa", help_text="Sans « Vu » : le code du travail, notamment son article…")
    numero = models.CharField("numéro de délibération", max_length=12, blank=True)
    en_vigueur_du = models.DateField("en vigueur depuis le", null=True, blank=True)
    en_vigueur_au = models.DateField("jusqu’au", null=True, blank=True, help_text="Vide : toujours en vigueur.")
    source = models.CharField("source", max_length=250, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "texte visé"
        verbose_name_plural = "textes visés"
        ordering = ["nature", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(en_vigueur_au__isnull=True)
                | Q(en_vigueur_du__isnull=True)
                | Q(en_vigueur_au__gte=models.F("en_vigueur_du")),
                name="texte_finit_apres_son_debut",
                violation_error_message="La fin de la vigueur précède son début.",
            )
        ]

    def __str__(self):
        return self.texte if len(self.texte) <= 100 else f"{self.texte[:99]}…"

    def est_en_vigueur(self, jour) -> bool:
        debut = self.en_vigueur_du is None or self.en_vigueur_du <= jour
        return debut and (self.en_vigueur_au is None or jour <= self.en_vigueur_au)


class VisaJuridique(PartieDeRapport):
    """A text of the library, at its rank among the visas of a rapport."""

    rapport = models.ForeignKey(
        Rapport, on_delete=models.PROTECT, related_name="visas_juridiques", verbose_name="rapport"
    )
    texte = models.ForeignKey(TexteJuridique, on_delete=models.PROTECT, related_name="visas", verbose_name="texte")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)

    class Meta:
        verbose_name = "visa juridique"
        verbose_name_plural = "visas juridiques"
        ordering = ["ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["rapport", "texte"], name="texte_vise_une_fois")]

    def __str__(self):
        return f"Vu {self.texte}"


class AvisDeCommission(Figeable):
    """What a commission said of a rapport: the members read it with the rapport, from then on it no longer changes.

    Typed once the rapport is sent to the commissions (`recoit_les_avis`); an act already voted brings its own.
    """

    class Sens(models.TextChoices):
        FAVORABLE = "favorable", "favorable"
        RESERVE = "reserve", "favorable avec réserves"
        DEFAVORABLE = "defavorable", "défavorable"

    rapport = models.ForeignKey(
        Rapport, on_delete=models.PROTECT, related_name="avis_commissions", verbose_name="rapport"
    )
    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="avis", verbose_name="commission")
    date = models.DateField("réunie le")
    sens = models.CharField("avis", max_length=12, choices=Sens.choices, default=Sens.FAVORABLE)
    observations = models.CharField("observations", max_length=250, blank=True)
    history = HistoricalRecords()

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "avis de commission"
        verbose_name_plural = "avis des commissions"
        ordering = ["commission__numero"]
        constraints = [models.UniqueConstraint(fields=["rapport", "commission"], name="avis_unique_par_commission")]

    def __str__(self):
        return f"{self.commission} : avis {self.get_sens_display()}"

    @classmethod
    def filtre_fige(cls):
        return Q(rapport__etat__in=Rapport.LUS)

    @classmethod
    def refuser_ajouts(cls, objs):
        for pk in sorted({o.rapport_id for o in objs}):
            Rapport.verrouiller(pk).refuser_si_lu()

    def decideur(self):
        """The rapport, locked; its `refuser_si_lu` says why the avis no longer changes."""
        Rapport.verrouiller(self.rapport_id).refuser_si_lu()

    @property
    def le_rapport(self):
        return self.rapport


class ArticleRedige(PartieDeRapport):
    """The wording that an officer gives to a generated article; its figures stay references ({montant}…).

    `cle` is the one of the generated article (`financement-t12`): gone from the content, the wording is ignored.
    """

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="articles", verbose_name="rapport")
    cle = models.CharField("article", max_length=80)
    texte = models.TextField("texte")
    history = HistoricalRecords()

    class Meta:
        verbose_name = "article rédigé"
        verbose_name_plural = "articles rédigés"
        ordering = ["rapport", "cle"]
        constraints = [models.UniqueConstraint(fields=["rapport", "cle"], name="article_redige_unique")]

    def __str__(self):
        return f"{self.cle} – {self.rapport}"
