"""The life after signature: dated échéances, scans that come back."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from conventions.models.acte import Acte
from conventions.models.convention import Convention
from dpid.models import Document


class EcheanceQuerySet(models.QuerySet):
    def attendues(self):
        """Not received nor done. The end of a convention is awaited until its day; then it has come by itself."""
        finie = Q(nature=Echeance.Nature.FIN, le__lt=timezone.localdate())
        return self.filter(faite_le__isnull=True).exclude(finie)

    def en_retard(self, jour=None):
        return self.attendues().filter(le__lt=jour or timezone.localdate())


class Echeance(models.Model):
    """What is due on a day: a bilan, a comité, a report. Born from the fiche when the act is notified."""

    class Nature(models.TextChoices):
        BILAN = "bilan", "Bilan"
        COMITE = "comite", "Comité de suivi"
        TABLEAU = "tableau", "Tableau de bord"
        INTERMEDIAIRE = "intermediaire", "Bilan intermédiaire"
        VERSEMENT = "versement", "Versement"
        COMPTE_RENDU = "compte_rendu", "Compte rendu financier"
        PUBLICATION = "publication", "Publication des données essentielles"
        FIN = "fin", "Fin de la convention"

    convention = models.ForeignKey(
        Convention, on_delete=models.PROTECT, related_name="echeances", verbose_name="convention"
    )
    acte = models.ForeignKey(Acte, on_delete=models.PROTECT, related_name="echeances", verbose_name="acte")
    nature = models.CharField("nature", max_length=15, choices=Nature.choices)
    libelle = models.CharField("libellé", max_length=250)
    le = models.DateField("attendu le")
    regle = models.CharField("d’où vient la date", max_length=250, blank=True)
    faite_le = models.DateField("reçu ou fait le", null=True, blank=True)
    faite_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    relance_le = models.DateField("relancé le", null=True, blank=True)

    objects = EcheanceQuerySet.as_manager()

    class Meta:
        verbose_name = "échéance"
        ordering = ["le", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["acte", "nature", "libelle"], name="echeance_une_fois_par_acte"),
            models.CheckConstraint(
                condition=Q(faite_le__isnull=True) | Q(faite_par__isnull=False), name="echeance_faite_par_quelqu_un"
            ),
        ]

    def __str__(self):
        return f"{self.libelle} ({self.le:%d/%m/%Y})"


class LotDeNumerisation(models.Model):
    """A file of scanned pages, in whatever order the copier gave them."""

    nom_fichier = models.CharField("fichier", max_length=150)
    contenu = models.BinaryField("contenu", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    nombre_pages = models.PositiveIntegerField("pages", default=0)
    signe_le = models.DateField("signés par la structure le", null=True, blank=True)
    depose_le = models.DateTimeField("déposé le", auto_now_add=True)
    depose_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="déposé par"
    )

    class Meta:
        verbose_name = "lot numérisé"
        verbose_name_plural = "lots numérisés"
        ordering = ["-depose_le"]

    def __str__(self):
        return self.nom_fichier

    def poser(self, contenu: bytes):
        """Set the bytes and what is derived from them: the same file twice is the same lot."""
        self.contenu, self.sha256 = contenu, hashlib.sha256(contenu).hexdigest()


class PageNumeriseeQuerySet(models.QuerySet):
    def retenues(self):
        """Those that may make a signed copy, not yet in one."""
        return self.filter(document__isnull=True, est_ecartee=False)

    def a_trier(self):
        """Pages without a code, or that their act does not take: they wait in the sorting tray."""
        return self.filter(acte__isnull=True, est_ecartee=False)


class PageNumerisee(models.Model):
    """One page of a lot: the act that its QR code names, or the sorting tray."""

    lot = models.ForeignKey(LotDeNumerisation, on_delete=models.CASCADE, related_name="pages", verbose_name="lot")
    rang = models.PositiveIntegerField("page du lot")
    code = models.CharField("code lu", max_length=80, blank=True)
    acte = models.ForeignKey(
        Acte, on_delete=models.PROTECT, null=True, blank=True, related_name="pages", verbose_name="acte"
    )
    page = models.PositiveIntegerField("page de l’acte", null=True, blank=True)
    est_ecartee = models.BooleanField("écartée", default=False, help_text="Page blanche, page d’un autre envoi.")
    motif = models.CharField("pourquoi elle n’est pas rangée", max_length=250, blank=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="exemplaire formé"
    )

    objects = PageNumeriseeQuerySet.as_manager()

    class Meta:
        verbose_name = "page numérisée"
        verbose_name_plural = "pages numérisées"
        ordering = ["lot", "rang"]
        constraints = [models.UniqueConstraint(fields=["lot", "rang"], name="page_numerisee_unique")]

    def __str__(self):
        return f"page {self.rang} de {self.lot}"
