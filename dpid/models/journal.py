"""The memory of every act: who, when, from, to, why."""

from django.conf import settings
from django.db import models

from dpid.figeage import AjoutSeul, FigeableQuerySet


class JournalQuerySet(FigeableQuerySet):
    def de_l_objet(self, objet):
        """Acts on one object, latest first."""
        return self.filter(objet=objet._meta.label_lower, objet_id=objet.pk).select_related("par")


class Journal(AjoutSeul):
    """Exactly one row per act on a state, an amount, a right or a document; never changed, never deleted."""

    objet = models.CharField("objet", max_length=60)
    objet_id = models.BigIntegerField("identifiant")
    libelle = models.CharField("désignation", max_length=250)
    verbe = models.CharField("verbe", max_length=40)
    acte = models.CharField("acte", max_length=120)
    de = models.CharField("de", max_length=60, blank=True)
    vers = models.CharField("vers", max_length=60, blank=True)
    motif = models.TextField("motif", blank=True)
    donnees = models.JSONField("données", default=dict, blank=True)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    le = models.DateTimeField("le", auto_now_add=True)

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = "acte du journal"
        verbose_name_plural = "journal des actes"
        ordering = ["-le", "-pk"]
        indexes = [models.Index(fields=["objet", "objet_id", "-le"], name="journal_par_objet")]

    def __str__(self):
        return f"{self.acte} — {self.libelle}"

    @classmethod
    def ligne(cls, objet, verbe, acte, *, par, de="", vers="", motif="", donnees=None):
        """An unsaved row, for acts done in bulk (`bulk_create`)."""
        return cls(
            objet=objet._meta.label_lower,
            objet_id=objet.pk,
            libelle=str(objet)[:250],
            verbe=verbe,
            acte=acte,
            par=par,
            de=de,
            vers=vers,
            motif=motif or "",
            donnees=donnees or {},
        )

    @classmethod
    def noter(cls, objet, verbe, acte, **options):
        """Write one act; call it inside the act's own transaction."""
        rang = cls.ligne(objet, verbe, acte, **options)
        rang.save(force_insert=True)
        return rang
