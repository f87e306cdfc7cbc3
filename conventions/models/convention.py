"""The convention: its number, its structure, its life. What it says and what it grants is in its acts."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F
from django.urls import reverse
from django_fsm import FSMField
from simple_history.models import HistoricalRecords

from conventions.numeros import NUMERO_DE_CLAUSE
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models.base import AvecVersion
from dpid.workflow import AvecEtat, acte
from programmes.models import Dossier, Structure

NUMERO = RegexValidator(r"^20\d{2}-\d{5}$", "Un numéro de convention s’écrit 2023-04512.")


class Numerotation(models.Model):
    """Last number given in a year. One locked row a year: two acts never take the same number."""

    annee = models.PositiveSmallIntegerField("année", primary_key=True)
    dernier = models.PositiveIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "numérotation"
        verbose_name_plural = "numérotations"

    def __str__(self):
        return f"{self.annee} : {self.dernier}"

    @classmethod
    def suivant(cls, annee: int) -> str:
        """The next free number « AAAA-NNNNN »; one taken by hand (an act born elsewhere) is passed over."""
        with transaction.atomic():
            cls.objects.get_or_create(annee=annee)
            while True:
                cls.objects.filter(annee=annee).update(dernier=F("dernier") + 1)
                numero = f"{annee}-{cls.objects.values_list('dernier', flat=True).get(annee=annee):05d}"
                if not Convention.objects.filter(numero=numero).exists():
                    return numero


class ConventionQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        """Those that carry a line of a dossier that the agent sees, or none (born before the application)."""
        if not agent.has_perm("conventions.view_convention"):
            return self.none()
        vus = Dossier.objects.visibles_par(agent)
        if not vus.query.where:
            return self
        from conventions.models.contenu import LigneDActe

        rangs = LigneDActe.objects.filter(fiche__acte__convention=models.OuterRef("pk"))
        siens = rangs.filter(ligne__dossier__in=vus.order_by().values("pk"))
        return self.filter(models.Exists(siens) | ~models.Exists(rangs))


class Convention(AvecEtat, AvecVersion):
    """A contract: an initial act (rang 0), then its avenants. Born elsewhere, it is a « reprise »."""

    class Etat(models.TextChoices):
        PROJET = "projet", "En projet"
        EN_COURS = "en_cours", "En cours"
        ECHUE = "echue", "Échue"
        RESILIEE = "resiliee", "Résiliée"
        DENONCEE = "denoncee", "Dénoncée"
        ABANDONNEE = "abandonnee", "Abandonnée"

    VIVANTES = (Etat.PROJET, Etat.EN_COURS)

    numero = models.CharField("numéro", max_length=10, unique=True, null=True, blank=True, validators=[NUMERO])
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="conventions", verbose_name="structure"
    )
    objet = models.CharField("objet", max_length=250)
    etat = FSMField("état", choices=Etat.choices, default=Etat.PROJET, protected=True)
    est_reprise = models.BooleanField("née avant l’application", default=False, editable=False)
    terminee_le = models.DateField("terminée le", null=True, blank=True, editable=False)
    motif_fin = models.TextField("motif de la fin", blank=True, editable=False)
    conservation_jusqu_au = models.DateField("pièces à conserver jusqu’au", null=True, blank=True)
    cree_le = models.DateTimeField("enregistrée le", auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["etat", "version"])

    objects = ConventionQuerySet.as_manager()

    class Meta:
        verbose_name = "convention"
        ordering = ["-numero", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(etat__in=["projet", "abandonnee"])
                | models.Q(numero__isnull=False)
                | models.Q(est_reprise=True),
                name="convention_en_cours_numerotee",
                violation_error_message="Une convention en cours porte son numéro.",
            ),
            models.CheckConstraint(
                condition=models.Q(etat__in=["projet", "en_cours", "abandonnee"]) | models.Q(terminee_le__isnull=False),
                name="convention_terminee_datee",
                violation_error_message="Une convention terminée porte la date de sa fin.",
            ),
        ]

    def __str__(self):
        if self.numero:
            return f"convention n°\u00a0{self.numero}"
        return f"{'convention' if self.est_reprise else 'projet de convention'} ({self.objet})"

    def get_absolute_url(self):
        return reverse("convention", args=[self.pk])

    @acte(etat, "Mettre en cours", source=[Etat.PROJET], cible=Etat.EN_COURS)
    def mettre_en_cours(self, *, par, motif=""):
        """Its initial act is notified (or it was born elsewhere, signed)."""

    @acte(etat, "Constater l’échéance", source=[Etat.EN_COURS], cible=Etat.ECHUE)
    def echoir(self, *, par, motif="", le):
        self._terminer(le, motif)

    @acte(etat, "Résilier", source=[Etat.EN_COURS], cible=Etat.RESILIEE)
    def resilier(self, *, par, motif, le, degagements=None):
        """The Département ends it. `degagements`: {id of an AE: euros given back} (`vie/fin.py`). Raises ActeRefuse."""
        self._rompre("Résiliation", par=par, motif=motif, le=le, degagements=degagements)

    @acte(etat, "Dénoncer", source=[Etat.EN_COURS], cible=Etat.DENONCEE)
    def denoncer(self, *, par, motif, le, degagements=None):
        """The structure ends it. Same options."""
        self._rompre("Dénonciation", par=par, motif=motif, le=le, degagements=degagements)

    @acte(etat, "Rouvrir", source=[Etat.ECHUE], cible=Etat.EN_COURS)
    def rouvrir(self, *, par, motif=""):
        """An avenant signed before its end, notified after, prolongs it."""
        self._terminer(None, "")

    @acte(etat, "Abandonner", source=[Etat.PROJET], cible=Etat.ABANDONNEE)
    def abandonner(self, *, par, motif):
        """Nothing was signed."""

    def _rompre(self, titre, *, par, motif, le, degagements):
        from conventions.vie import fin

        fin.terminer(self, par=par, motif=motif, le=le, titre=titre, degagements=degagements)
        self._terminer(le, motif)

    def _terminer(self, le, motif):
        self.terminee_le, self.motif_fin = le, motif


class ClauseInitiale(Figeable):
    """An article or an annexe of a convention born elsewhere: its number and title; its text only when it was typed."""

    class Nature(models.TextChoices):
        ARTICLE = "article", "Article"
        ANNEXE = "annexe", "Annexe"

    convention = models.ForeignKey(
        Convention, on_delete=models.PROTECT, related_name="clauses", verbose_name="convention"
    )
    nature = models.CharField("nature", max_length=10, choices=Nature.choices, default=Nature.ARTICLE)
    numero = models.CharField("numéro", max_length=20, validators=[NUMERO_DE_CLAUSE])
    titre = models.CharField("titre", max_length=200, blank=True)
    texte = models.TextField("texte", blank=True, help_text="Vide : « voir la pièce signée ».")

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "clause initiale"
        verbose_name_plural = "clauses initiales"
        ordering = ["nature", "numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["convention", "nature", "numero"], name="clause_initiale_unique",
                violation_error_message="Cette clause est déjà saisie.",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_nature_display().lower()} {self.numero}"

    def clean(self):
        if self.convention_id and not self.convention.est_reprise:
            raise ValidationError("Les clauses de cette convention sont celles de son modèle.")

    @classmethod
    def filtre_fige(cls):
        # An avenant written here was written against these clauses, from the day it was sent to signature.
        return models.Q(convention__actes__in=ClauseInitiale._avenants())

    @staticmethod
    def _avenants():
        """Avenants that leave with a text of ours."""
        from conventions.models.acte import Acte

        partis = Acte.objects.filter(rang__gt=0, version_modele__isnull=False, fige_le__isnull=False)
        return partis.exclude(etat=Acte.Etat.ABANDONNE).order_by()

    @property
    def est_fige(self):
        return self._avenants().filter(convention=self.convention_id).exists()
