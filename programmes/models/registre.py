"""What the register keeps of a structure, dated: representatives, agréments, bank accounts, pièces."""

import hashlib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords
from stdnum import bic as bic_std
from stdnum import iban as iban_std
from stdnum.exceptions import ValidationError as NumeroInvalide

from dpid.models.base import Nomme
from programmes.models.structure import Structure


def valider_iban(valeur: str):
    """ISO 13616; French accounts also carry a RIB key, checked by the library."""
    try:
        iban_std.validate(valeur)
    except NumeroInvalide as erreur:
        raise ValidationError("Cet IBAN n’est pas valide : vérifiez-le sur le RIB.") from erreur


def valider_bic(valeur: str):
    try:
        bic_std.validate(valeur)
    except NumeroInvalide as erreur:
        raise ValidationError("Ce BIC n’est pas valide : 8 ou 11 caractères.") from erreur


class DateQuerySet(models.QuerySet):
    def au(self, jour=None):
        """Rows in force on that day (default today)."""
        jour = jour or timezone.localdate()
        return self.filter(Q(debut__isnull=True) | Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gte=jour))


class ElementDate(models.Model):
    """Base of what holds from a date to another; an empty bound is open."""

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name="structure"
    )
    debut = models.DateField("depuis le", null=True, blank=True)
    fin = models.DateField("jusqu’au", null=True, blank=True)

    objects = DateQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = [F("debut").desc(nulls_last=True), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                name="%(class)s_dates_ordonnees",
                violation_error_message="La date de fin précède la date de début.",
            )
        ]

    def est_en_vigueur(self, jour=None) -> bool:
        jour = jour or timezone.localdate()
        return (self.debut is None or self.debut <= jour) and (self.fin is None or self.fin >= jour)


class Representant(ElementDate):
    """Who signs for the structure, in what quality, by virtue of what."""

    civilite = models.CharField("civilité", max_length=5, choices=[("Mme", "Mme"), ("M.", "M.")], blank=True)
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField("nom", max_length=80)
    qualite = models.CharField("qualité", max_length=120, help_text="Présidente, maire, directeur général…")
    habilitation = models.CharField(
        "habilitation",
        max_length=250,
        blank=True,
        help_text="Délibération, pouvoir ou statuts qui l’habilitent, avec leur date.",
    )
    history = HistoricalRecords()

    class Meta(ElementDate.Meta):
        verbose_name = "représentant"

    def __str__(self):
        nom = " ".join(filter(None, (self.prenom, self.nom)))
        return f"{self.civilite}\u00a0{nom}" if self.civilite else nom


class Contact(models.Model):
    """A person to write to about the dossiers."""

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="contacts", verbose_name="structure"
    )
    nom = models.CharField("nom", max_length=150)
    fonction = models.CharField("fonction", max_length=120, blank=True)
    courriel = models.EmailField("courriel", blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)

    class Meta:
        verbose_name = "contact de la structure"
        verbose_name_plural = "contacts de la structure"
        ordering = ["nom"]

    def __str__(self):
        return self.nom


class TypeAgrement(Nomme):
    code = models.SlugField("code", max_length=30, unique=True)

    class Meta(Nomme.Meta):
        verbose_name = "type d’agrément"
        verbose_name_plural = "types d’agrément"


class Agrement(ElementDate):
    """An agrément held by the structure, with the authority that gave it."""

    type = models.ForeignKey(TypeAgrement, on_delete=models.PROTECT, related_name="agrements", verbose_name="type")
    autorite = models.CharField("autorité", max_length=150)
    numero = models.CharField("numéro", max_length=60, blank=True)
    history = HistoricalRecords()

    class Meta(ElementDate.Meta):
        verbose_name = "agrément"

    def __str__(self):
        return f"{self.type} ({self.autorite})"


class CompteBancaire(ElementDate):
    """Bank details: read only by those who hold `programmes.voir_compte`."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="comptes", verbose_name="structure")
    titulaire = models.CharField("titulaire", max_length=150)
    iban = models.CharField("IBAN", max_length=34, validators=[valider_iban])
    bic = models.CharField("BIC", max_length=11, blank=True, validators=[valider_bic])
    domiciliation = models.CharField("domiciliation", max_length=150, blank=True)
    history = HistoricalRecords()

    class Meta(ElementDate.Meta):
        verbose_name = "compte bancaire"
        verbose_name_plural = "comptes bancaires"

    def __str__(self):
        return f"compte de {self.titulaire}"

    def clean(self):
        self.iban = "".join(self.iban.split()).upper()
        self.bic = "".join(self.bic.split()).upper()

    @property
    def iban_masque(self) -> str:
        """Country and last four characters: enough to recognise it, not to pay on it."""
        return f"{self.iban[:4]} … {self.iban[-4:]}"


class TypePiece(Nomme):
    """Statuts, RIB, comptes… `exigee_pour`: types of structure that must give it with every dossier."""

    code = models.SlugField("code", max_length=30, unique=True)
    exigee_pour = models.JSONField("exigée des", default=list, blank=True, help_text="Types de structure.")
    est_du_dossier = models.BooleanField(
        "propre à chaque dossier", default=False, help_text="Sinon la pièce de la structure sert à tous ses dossiers."
    )
    validite_mois = models.PositiveSmallIntegerField("valable (mois)", null=True, blank=True)
    est_confidentielle = models.BooleanField(
        "coordonnées bancaires", default=False, help_text="Lue par les seuls agents qui voient les comptes bancaires."
    )

    class Meta(Nomme.Meta):
        verbose_name = "type de pièce"
        verbose_name_plural = "types de pièce"


class PieceQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        """Those of the structures, or of the dossiers that the agent sees; bank details for those who may."""
        from programmes.models.dossier import Dossier

        if not agent.has_perm("programmes.view_piece"):
            return self.none()
        vus = Dossier.objects.visibles_par(agent).order_by().values("pk")
        pieces = self.filter(Q(dossier__isnull=True) | Q(dossier__in=vus))
        return pieces if agent.has_perm("programmes.voir_compte") else pieces.filter(type__est_confidentielle=False)

    def valables(self, jour=None):
        jour = jour or timezone.localdate()
        return self.filter(est_retiree=False).filter(Q(valable_jusqu_au__isnull=True) | Q(valable_jusqu_au__gte=jour))

    def sans_contenu(self):
        """Never read the bytes for a list."""
        return self.defer("contenu")


class Piece(models.Model):
    """An uploaded pièce. Its bytes live in the row, like frozen documents: one backup, no orphan file."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="pieces", verbose_name="structure")
    dossier = models.ForeignKey(
        "programmes.Dossier",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="pieces",
        verbose_name="dossier",
    )
    type = models.ForeignKey(TypePiece, on_delete=models.PROTECT, related_name="pieces", verbose_name="type")
    nom_fichier = models.CharField("fichier", max_length=150)
    nature = models.CharField("nature du fichier", max_length=80, editable=False)
    contenu = models.BinaryField("contenu", editable=False)
    taille = models.PositiveIntegerField("taille (octets)", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    datee_le = models.DateField("datée du", null=True, blank=True)
    valable_jusqu_au = models.DateField("valable jusqu’au", null=True, blank=True)
    est_retiree = models.BooleanField("retirée", default=False, editable=False)
    deposee_le = models.DateTimeField("déposée le", auto_now_add=True)
    deposee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="déposée par", editable=False
    )

    objects = PieceQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce"
        ordering = ["-deposee_le", "-pk"]
        indexes = [models.Index(fields=["structure", "type"], name="piece_par_structure")]

    def __str__(self):
        return f"{self.type} — {self.nom_fichier}"

    def get_absolute_url(self):
        return reverse("piece", args=[self.pk])

    def poser(self, contenu: bytes):
        """Set the bytes and what is derived from them."""
        self.contenu, self.taille = contenu, len(contenu)
        self.sha256 = hashlib.sha256(contenu).hexdigest()

    def est_valable(self, jour=None) -> bool:
        jour = jour or timezone.localdate()
        return not self.est_retiree and (self.valable_jusqu_au is None or self.valable_jusqu_au >= jour)
