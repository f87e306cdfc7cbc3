"""Frozen documents: the typed context, the PDF and its SHA-256, kept in the database with the act they belong to."""

import hashlib
import json

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from dpid.figeage import AjoutSeul, FigeableQuerySet


class Document(AjoutSeul):
    """Bytes live in the row itself: the vote and its documents are one transaction, there is no orphan file."""

    nature = models.CharField("nature", max_length=40)
    titre = models.CharField("titre", max_length=250)
    nom_fichier = models.CharField("nom de fichier", max_length=150)
    contexte = models.JSONField("données", encoder=DjangoJSONEncoder)
    pdf = models.BinaryField("PDF", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    cree_le = models.DateTimeField("figé le", auto_now_add=True)
    cree_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="figé par"
    )

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "document figé"
        verbose_name_plural = "documents figés"
        ordering = ["-cree_le"]

    def __str__(self):
        return self.titre

    @classmethod
    def figer(cls, *, nature, titre, nom_fichier, contexte, pdf: bytes, par):
        """Store a document for good; the context goes through JSON so that what is kept is what is re-read."""
        contexte = json.loads(json.dumps(contexte, cls=DjangoJSONEncoder))
        return cls.objects.create(
            nature=nature,
            titre=titre,
            nom_fichier=nom_fichier,
            contexte=contexte,
            pdf=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
            cree_par=par,
        )

    def verifier(self):
        """Raise ValidationError when the stored bytes are no longer those that were signed off."""
        if hashlib.sha256(bytes(self.pdf)).hexdigest() != self.sha256:
            raise ValidationError(f"L’empreinte du document « {self.titre} » ne correspond plus à son contenu.")
