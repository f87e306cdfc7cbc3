"""Territoires of the département (nine, plus groupings), cantons, EPCI, communes."""

from collections import defaultdict

from django.db import models

from dpid.textes import cle_texte


class Territoire(models.Model):
    """A territoire of action, or a grouping: those it includes, those it excludes (« Département hors Calaisis »)."""

    class Type(models.TextChoices):
        TERRITOIRE = "territoire", "Territoire"
        REGROUPEMENT = "regroupement", "Regroupement"
        PORTEE = "portee", "Portée"

    code = models.CharField("code", max_length=10, unique=True)
    libelle = models.CharField("libellé", max_length=100, unique=True)
    type = models.CharField("type", max_length=12, choices=Type.choices, default=Type.TERRITOIRE)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)
    inclus = models.ManyToManyField("self", verbose_name="inclus", symmetrical=False, blank=True, related_name="+")
    exclus = models.ManyToManyField("self", verbose_name="exclus", symmetrical=False, blank=True, related_name="+")

    class Meta:
        verbose_name = "territoire"
        ordering = ["ordre", "libelle"]

    def __str__(self):
        return self.libelle

    def codes_couverts(self) -> set[str]:
        """Codes of the elementary territoires covered, groupings unfolded, exclusions removed."""
        inclus = list(self.inclus.all())
        if not inclus:
            return {self.code}
        couverts = set().union(*(t.codes_couverts() for t in inclus))
        return couverts.difference(*(t.codes_couverts() for t in self.exclus.all()))

    @staticmethod
    def avec_leurs_codes(requete, *marques: str) -> tuple:
        """For each boolean annotation of `marques`, the territoires of `requete` that bear it; then {id: what
        `codes_couverts` says}. One query whatever their number: `requete` holds every territoire."""
        territoires, inclus, exclus = {}, defaultdict(set), defaultdict(set)
        for t in requete.annotate(un_inclus=models.F("inclus"), un_exclu=models.F("exclus")):
            territoires.setdefault(t.pk, t)
            inclus[t.pk].add(t.un_inclus)
            exclus[t.pk].add(t.un_exclu)

        def couverts(pk) -> set[str]:
            parts = inclus[pk] - {None}
            if not parts:
                return {territoires[pk].code}
            codes = set().union(*(couverts(i) for i in parts))
            return codes.difference(*(couverts(i) for i in exclus[pk] - {None}))

        marques_lues = [[t for t in territoires.values() if getattr(t, marque)] for marque in marques]
        return *marques_lues, {pk: couverts(pk) for pk in territoires}


class AliasTerritoire(models.Model):
    """Another way the same territoire is written (« HENIN CARVIN »); recognised by imports, never printed."""

    territoire = models.ForeignKey(
        Territoire, on_delete=models.CASCADE, related_name="alias", verbose_name="territoire"
    )
    texte = models.CharField("écriture", max_length=100)
    cle = models.CharField("clé", max_length=100, unique=True, editable=False)

    class Meta:
        verbose_name = "alias de territoire"
        verbose_name_plural = "alias de territoires"
        ordering = ["texte"]

    def __str__(self):
        return self.texte

    def save(self, *args, **kwargs):
        self.cle = cle_texte(self.texte)
        super().save(*args, **kwargs)


class Canton(models.Model):
    code = models.CharField("code INSEE", max_length=5, unique=True)
    nom = models.CharField("nom", max_length=100)

    class Meta:
        verbose_name = "canton"
        ordering = ["code"]

    def __str__(self):
        return self.nom


class Epci(models.Model):
    siren = models.CharField("SIREN", max_length=9, unique=True)
    nom = models.CharField("nom", max_length=150)
    nature = models.CharField("nature", max_length=5)
    territoires = models.ManyToManyField(Territoire, verbose_name="territoires", blank=True, related_name="epci")

    class Meta:
        verbose_name = "EPCI"
        verbose_name_plural = "EPCI"
        ordering = ["nom"]

    def __str__(self):
        return self.nom


class Commune(models.Model):
    code = models.CharField("code INSEE", max_length=5, unique=True)
    nom = models.CharField("nom", max_length=100)
    canton = models.ForeignKey(Canton, on_delete=models.PROTECT, null=True, blank=True, verbose_name="canton")
    epci = models.ForeignKey(Epci, on_delete=models.PROTECT, null=True, blank=True, verbose_name="EPCI")

    class Meta:
        verbose_name = "commune"
        ordering = ["nom"]

    def __str__(self):
        return self.nom
