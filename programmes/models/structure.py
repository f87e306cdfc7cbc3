"""Register of the structures that the Département finances."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords
from stdnum.exceptions import ValidationError as SiretInvalide
from stdnum.fr import siret as siret_fr

from dpid.models import Commune
from dpid.models.base import AvecVersion
from dpid.montants import FINE_INSECABLE
from dpid.textes import cle_texte


def valider_siret(valeur: str):
    """Luhn with the La Poste exception; a SIRET ending in 00000 was ruined by a spreadsheet, even when Luhn passes."""
    if valeur.endswith("00000"):
        raise ValidationError("Ce SIRET se termine par 00000 : il a été abîmé par un tableur, reprenez l’original.")
    try:
        siret_fr.validate(valeur)
    except SiretInvalide as erreur:
        raise ValidationError("Ce SIRET n’est pas valide : vérifiez ses 14 chiffres.") from erreur


# Euros a year. Above it a body of private law signs a convention: loi 2000-321, art. 10, and décret 2001-495, art. 1.
SEUIL_CONVENTION = Decimal("23000.00")
RECHERCHE_MAX = 200  # characters


def imprimer_siret(siret: str | None) -> str:
    """`480 543 982 00023`, with the narrow no-break spaces of numbers; empty without one."""
    s = siret or ""
    return FINE_INSECABLE.join(filter(None, (s[:3], s[3:6], s[6:9], s[9:])))


class StructureQuerySet(models.QuerySet):
    def actives(self):
        """Those that were not merged into another."""
        return self.filter(fusionnee_dans__isnull=True)

    def rechercher(self, texte: str):
        """Search by name, sigle, alias or SIRET, without accents or case."""
        cle = cle_texte(texte[:RECHERCHE_MAX])  # a pattern of thousands of characters is an error of the database
        chiffres = cle.replace(" ", "")
        trouvees = Q(cle__contains=cle) | Q(alias__cle__contains=cle) | Q(siret__startswith=chiffres)
        if chiffres.isdigit() and len(chiffres) > 8:
            # The SIRET of a merged establishment leads to the structure that was kept.
            trouvees |= Q(absorbees__siret__startswith=chiffres)
        return self.filter(trouvees).distinct()


class Structure(AvecVersion):
    """An association, CCAS, EPCI, mission locale, bailleur… One establishment, one SIRET."""

    class Type(models.TextChoices):
        ASSOCIATION = "association", "Association"
        CCAS = "ccas", "CCAS ou CIAS"
        EPCI = "epci", "EPCI"
        COMMUNE = "commune", "Commune"
        BAILLEUR = "bailleur", "Bailleur"
        MISSION_LOCALE = "mission_locale", "Mission locale"
        PLIE = "plie", "PLIE"
        FORMATION = "formation", "Organisme de formation"
        CAF = "caf", "CAF"
        ETABLISSEMENT_PUBLIC = "etablissement_public", "Établissement public"
        ETAT = "etat", "État"
        AUTRE = "autre", "Autre"

    raison_sociale = models.CharField("raison sociale", max_length=200)
    sigle = models.CharField("sigle", max_length=40, blank=True)
    type = models.CharField("type", max_length=20, choices=Type.choices, default=Type.ASSOCIATION)
    categorie_juridique = models.CharField(
        "catégorie juridique INSEE",
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"^\d{4}$", "La catégorie juridique compte 4 chiffres.")],
    )
    siret = models.CharField(
        "SIRET", max_length=14, null=True, blank=True, unique=True, default=None, validators=[valider_siret]
    )
    rna = models.CharField(
        "RNA",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^W\d[A-Z\d]\d{7}$", "Un RNA s’écrit W621000000.")],
    )
    adresse = models.TextField("adresse", blank=True)
    commune = models.ForeignKey(
        Commune, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="commune"
    )
    courriel = models.EmailField("courriel", blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    est_a_completer = models.BooleanField("à compléter", default=False, help_text="Créée par un import.")
    fusionnee_dans = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="absorbees",
        verbose_name="fusionnée dans",
    )  # fmt: skip
    cle = models.CharField("clé de recherche", max_length=250, editable=False, db_index=True)
    history = HistoricalRecords(excluded_fields=["cle"])

    objects = StructureQuerySet.as_manager()

    class Meta:
        verbose_name = "structure"
        ordering = ["raison_sociale"]

    def __str__(self):
        return self.raison_sociale

    def save(self, *args, **kwargs):
        self.cle = cle_texte(f"{self.raison_sociale} {self.sigle}")
        super().save(*args, **kwargs)

    def clean(self):
        self.siret = "".join((self.siret or "").split()) or None

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("structure", args=[self.pk])

    def fusionner(self, autre, *, par, motif="", versions=None):
        """Merge `autre` into this one, with all that points to it. Raises ActeRefuse (see `structures/fusion.py`)."""
        from programmes.structures.fusion import fusionner

        return fusionner(self, autre, par=par, motif=motif, versions=versions)

    @property
    def siren(self) -> str:
        """Several establishments share it without being duplicates."""
        return (self.siret or "")[:9]

    @property
    def est_de_droit_prive(self) -> bool:
        """Bound by loi 2000-321 art. 10: INSEE catégorie juridique 5, 6 or 9; without one, by type."""
        if self.categorie_juridique:
            return self.categorie_juridique[0] in "569"
        return self.type in (self.Type.ASSOCIATION, self.Type.FORMATION)

    @property
    def adresse_imprimee(self) -> str:
        """On one line, with the commune when the address does not name it already. Join `commune` before a list."""
        adresse = " ".join(self.adresse.split())
        commune = self.commune.nom if self.commune_id else ""
        return adresse if commune.lower() in adresse.lower() else f"{adresse} {commune}".strip()

    @property
    def siret_imprime(self) -> str:
        """`480 543 982 00023`."""
        return imprimer_siret(self.siret)


class AliasStructure(models.Model):
    """Another way the same structure is written; recognised by imports, never printed."""

    structure = models.ForeignKey(Structure, on_delete=models.CASCADE, related_name="alias", verbose_name="structure")
    texte = models.CharField("écriture", max_length=200)
    cle = models.CharField("clé", max_length=200, unique=True, editable=False)

    class Meta:
        verbose_name = "alias de structure"
        verbose_name_plural = "alias de structures"
        ordering = ["texte"]

    def __str__(self):
        return self.texte

    def save(self, *args, **kwargs):
        self.cle = cle_texte(self.texte)
        super().save(*args, **kwargs)
