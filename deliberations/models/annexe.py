"""Annexes of a rapport: numbered by their order, named elsewhere by their key alone."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from budget.models import Inscription
from deliberations.models.presentation import PartieDeRapport, ThematiquePresentee
from deliberations.models.rapport import Rapport
from deliberations.models.vote import BlocDeVote
from dpid.montants import MontantField, montant
from programmes.models import LigneDossier


class AnnexePresentee(PartieDeRapport):
    """One annexe. Its number is its rank: moving one renumbers every mention, since a mention holds the key."""

    class Nature(models.TextChoices):
        DESCRIPTIVE = "descriptive", "Présentation des opérations"
        REPARTITION = "repartition", "Répartition financière"
        PROJET_ACTE = "projet_acte", "Projet d’acte"
        MODELE = "modele", "Modèle d’acte à adopter"
        FINANCIERE = "financiere", "Tableau financier"

    # Filled by the room of the conventions (`redaction/projets.py`).
    ACTES = (Nature.PROJET_ACTE, Nature.MODELE)

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="annexes", verbose_name="rapport")
    cle = models.CharField(
        "clé", max_length=30, help_text="Écrite dans les textes : {annexe:repartition}.",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Une clé s’écrit en minuscules, chiffres et tirets.")],
    )  # fmt: skip
    nature = models.CharField("nature", max_length=12, choices=Nature.choices)
    titre = models.CharField("titre", max_length=250, blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    thematique = models.ForeignKey(
        ThematiquePresentee, on_delete=models.PROTECT, null=True, blank=True, related_name="annexes",
        verbose_name="thématique", help_text="Vide : toutes.",
    )  # fmt: skip
    texte = models.TextField("texte d’introduction", blank=True)
    # --- Act to sign
    nature_acte = models.CharField(
        "nature de l’acte", max_length=25, choices=LigneDossier.NatureActe.choices, blank=True
    )
    objet = models.CharField("objet de l’acte", max_length=250, blank=True)
    parties = models.CharField(
        "signé avec", max_length=250, blank=True,
        help_text="Quand aucune ligne ne nomme l’autre partie : l’État et le Département du Nord.",
    )  # fmt: skip
    regroupement = models.SlugField(
        "regroupement", max_length=30, blank=True,
        help_text="Les actes de même regroupement sont autorisés par un seul article.",
    )  # fmt: skip
    bloc = models.ForeignKey(
        BlocDeVote, on_delete=models.PROTECT, null=True, blank=True, related_name="annexes",
        verbose_name="bloc de vote", help_text="Vide : celui de la thématique de ses lignes.",
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        verbose_name = "annexe"
        ordering = ["ordre", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rapport", "cle"], name="annexe_cle_unique",
                violation_error_message="Une annexe de ce rapport porte déjà cette clé.",
            ),
            models.UniqueConstraint(
                fields=["rapport"], condition=models.Q(nature="repartition"), name="annexe_repartition_unique",
                violation_error_message="Un rapport a une seule annexe de répartition.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.intitule

    def clean(self):
        if self.thematique_id and self.thematique.rapport_id != self.rapport_id:
            raise ValidationError({"thematique": "Cette thématique est d’un autre rapport."})
        if self.bloc_id and self.bloc.rapport_id != self.rapport_id:
            raise ValidationError({"bloc": "Ce bloc est d’un autre rapport."})

    @property
    def intitule(self) -> str:
        """Its own title, else the usual one of its nature."""
        if self.titre:
            return self.titre
        if self.nature == self.Nature.REPARTITION:
            return "Répartition financière des opérations"
        return self.get_nature_display()

    @property
    def est_un_acte(self) -> bool:
        return self.nature in self.ACTES


class RecetteProposee(PartieDeRapport):
    """Revenue that a rapport proposes to enter (euros): within what the budget inscribes, without AE or reservation."""

    class Section(models.TextChoices):
        FONCTIONNEMENT = "fonctionnement", "Fonctionnement"
        INVESTISSEMENT = "investissement", "Investissement"

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="recettes", verbose_name="rapport")
    inscription = models.ForeignKey(
        Inscription, on_delete=models.PROTECT, related_name="recettes_proposees", verbose_name="recette inscrite"
    )
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    section = models.CharField("section", max_length=15, choices=Section.choices, default=Section.FONCTIONNEMENT)
    montant = MontantField("proposition d’inscription")
    objet = models.CharField("objet", max_length=250, blank=True)
    annexe = models.ForeignKey(
        AnnexePresentee, on_delete=models.PROTECT, null=True, blank=True, related_name="recettes",
        verbose_name="annexe de l’acte qui l’attribue",
    )  # fmt: skip
    bloc = models.ForeignKey(
        BlocDeVote, on_delete=models.PROTECT, null=True, blank=True, related_name="recettes",
        verbose_name="bloc de vote", help_text="Vide : le premier.",
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        verbose_name = "recette proposée"
        verbose_name_plural = "recettes proposées"
        ordering = ["ordre", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rapport", "inscription"], name="recette_une_fois_par_rapport",
                violation_error_message="Ce rapport propose déjà cette recette.",
            ),
            models.CheckConstraint(
                condition=models.Q(montant__gt=montant(0)), name="recette_proposee_positive",
                violation_error_message="Une recette proposée est positive.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.inscription} au rapport {self.rapport}"

    def clean(self):
        for champ in ("bloc", "annexe"):
            lie = getattr(self, champ)
            if lie is not None and lie.rapport_id != self.rapport_id:
                raise ValidationError({champ: "Choisissez parmi ceux de ce rapport."})
