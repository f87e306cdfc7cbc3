"""What a fiche expects of the action that it finances: results, follow-up, indicators of the bilan."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from programmes.models.fiche import EnfantDeFiche, Fiche


class ResultatAttendu(EnfantDeFiche):
    """A numeric target of the fiche: « 30 jeunes ayant accédé au logement »."""

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="cibles", verbose_name="fiche")
    cible = models.DecimalField("cible", max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    unite = models.CharField("unité", max_length=120)

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "résultat attendu"
        verbose_name_plural = "résultats attendus"

    def __str__(self):
        return f"{self.cible.normalize():f} {self.unite}"


class Suivi(EnfantDeFiche):
    """What is owed while the action runs: a comité, a tableau de bord, a bilan intermédiaire, each with its rhythm."""

    class Type(models.TextChoices):
        COMITE = "comite", "Comité de suivi"
        TABLEAU = "tableau", "Tableau de bord"
        BILAN = "bilan", "Bilan intermédiaire"

    class Rythme(models.IntegerChoices):
        """In months; none: it is asked for when needed."""

        MOIS = 1, "chaque mois"
        BIMESTRE = 2, "tous les deux mois"
        TRIMESTRE = 3, "chaque trimestre"
        SEMESTRE = 6, "chaque semestre"
        ANNEE = 12, "chaque année"

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="suivis", verbose_name="fiche")
    type = models.CharField("type", max_length=8, choices=Type.choices)
    rythme = models.PositiveSmallIntegerField(
        "rythme", choices=Rythme.choices, null=True, blank=True, help_text="Vide : sans rythme fixe."
    )
    precision = models.TextField("précision", blank=True, help_text="Avec qui, sur quoi, remis quand.")

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "obligation de suivi"
        verbose_name_plural = "obligations de suivi"

    def __str__(self):
        return self.phrase

    @property
    def phrase(self) -> str:
        """« Comité de suivi chaque trimestre : avec le service local. »"""
        rythme = f" {self.get_rythme_display()}" if self.rythme else ""
        suite = f" : {self.precision.rstrip('. ')}" if self.precision else ""
        return f"{self.get_type_display()}{rythme}{suite}."


class Indicateur(EnfantDeFiche):
    class Part(models.TextChoices):
        QUANTITATIVE = "quantitative", "Quantitative"
        QUALITATIVE = "qualitative", "Qualitative"

    class Type(models.TextChoices):
        NOMBRE = "nombre", "Nombre"
        MONTANT = "montant", "Montant"
        TEXTE = "texte", "Texte"
        CHOIX = "choix", "Répartition entre des choix"

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="indicateurs", verbose_name="fiche")
    part = models.CharField("part", max_length=12, choices=Part.choices, default=Part.QUANTITATIVE)
    type = models.CharField("type", max_length=8, choices=Type.choices, default=Type.NOMBRE)
    libelle = models.CharField("indicateur", max_length=250)
    choix = models.CharField("choix", max_length=500, blank=True, help_text="Séparés par des points-virgules.")

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "indicateur"

    def __str__(self):
        return self.libelle

    def clean(self):
        if (self.type == self.Type.CHOIX) != bool(self.choix):
            raise ValidationError({"choix": "Les choix se disent pour une répartition, et pour elle seule."})
