"""An act to sign: the convention itself (rang 0) or one of its avenants, and its parties."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_fsm import FSMField
from simple_history.models import HistoricalRecords

from conventions.models.convention import Convention
from conventions.models.modele import VersionDeModele
from deliberations.models import EditionDuRapport, Rapport, Signataire
from dpid.erreurs import ActeFige
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models import Document
from dpid.models.base import AvecVersion
from dpid.montants import MontantField, montant
from dpid.workflow import AvecEtat, acte
from programmes.models import Representant, Structure


def limite_de_signature(jour=None):
    """What was sent before that day should be back (`delai_de_signature`, calendar days)."""
    return (jour or timezone.localdate()) - timedelta(days=settings.DPID["delai_de_signature"])


class ActeQuerySet(FigeableQuerySet):
    def visibles_par(self, agent):
        return self.filter(convention__in=Convention.objects.visibles_par(agent).order_by().values("pk"))

    def avec_montant(self):
        """`montant` (euros): what the lines of the act retain, or what was typed for an act born elsewhere."""
        from conventions.models.contenu import LigneDActe

        retenu = (
            LigneDActe.objects.filter(fiche__acte=models.OuterRef("pk"))
            .order_by()
            .values("fiche__acte")
            .annotate(t=models.Sum("ligne__financements__montant"))
            .values("t")
        )
        return self.annotate(
            montant=models.functions.Coalesce(
                models.Subquery(retenu, output_field=MontantField()), "montant_repris", montant(0),
                output_field=MontantField(),
            )
        )  # fmt: skip

    def signature_en_retard(self, jour=None):
        """Sent to the structure and not back after the delay of the service."""
        return self.filter(etat=Acte.Etat.A_SIGNER, remis_le__lt=limite_de_signature(jour))

    def avec_relance_due(self, jour=None):
        """`a_relancer`: late, and not reminded since the same delay."""
        limite = limite_de_signature(jour)
        due = Q(etat=Acte.Etat.A_SIGNER, remis_le__lt=limite)
        due &= Q(relance_le__isnull=True) | Q(relance_le__lt=limite)
        return self.annotate(a_relancer=models.ExpressionWrapper(due, output_field=models.BooleanField()))

    def signes(self):
        return self.filter(signe_le__isnull=False).exclude(etat=Acte.Etat.ABANDONNE)


class Acte(AvecEtat, Figeable, AvecVersion):
    """Generated from the lines of a rapport, or born elsewhere. An avenant is a delta, never a copy.

    Its content is frozen with the sending of its rapport when it was prepared before, else when it is sent to signature
    (`fige_le`); afterwards only dates and signatures change, by verbs.
    """

    class Etat(models.TextChoices):
        PROJET = "projet", "Projet"
        A_SIGNER = "a_signer", "À signer par la structure"
        SIGNE_STRUCTURE = "signe_structure", "Signé par la structure"
        SIGNE = "signe", "Signé par le Département"
        NOTIFIE = "notifie", "Notifié"
        ABANDONNE = "abandonne", "Abandonné"

    EN_COURS = (Etat.PROJET, Etat.A_SIGNER, Etat.SIGNE_STRUCTURE)
    SIGNES = (Etat.SIGNE, Etat.NOTIFIE)
    A_FAIRE = {
        Etat.PROJET: "Vérifier le projet, puis le remettre à la signature de la structure.",
        Etat.A_SIGNER: "Attendre l’exemplaire signé par la structure, ou la relancer.",
        Etat.SIGNE_STRUCTURE: "Faire signer le Département.",
        Etat.SIGNE: "Notifier l’acte à la structure.",
        Etat.NOTIFIE: "Suivre les versements et les échéances.",
        Etat.ABANDONNE: "",
    }

    convention = models.ForeignKey(
        Convention, on_delete=models.PROTECT, related_name="actes", verbose_name="convention"
    )
    rang = models.PositiveSmallIntegerField("rang", default=0, help_text="0 : la convention ; n : l’avenant n°\u00a0n.")
    version_modele = models.ForeignKey(
        VersionDeModele, on_delete=models.PROTECT, null=True, blank=True, related_name="actes",
        verbose_name="version du modèle",
    )  # fmt: skip
    rapport = models.ForeignKey(
        Rapport, on_delete=models.PROTECT, null=True, blank=True, related_name="actes", verbose_name="rapport"
    )
    cle = models.CharField("clé de génération", max_length=120, unique=True, null=True, blank=True, editable=False)
    etat = FSMField("état", choices=Etat.choices, default=Etat.PROJET, protected=True)
    objet = models.CharField("objet", max_length=250, blank=True, help_text="Vide : dit d’après ce qui change.")
    debut = models.DateField("prend effet le", null=True, blank=True)
    fin = models.DateField("jusqu’au", null=True, blank=True)
    montant_repris = MontantField("montant de l’acte", null=True, blank=True, help_text="Acte né avant l’application.")
    exemplaires = models.PositiveSmallIntegerField("exemplaires originaux", default=2)
    signataire = models.ForeignKey(
        Signataire, on_delete=models.PROTECT, null=True, blank=True, related_name="actes",
        verbose_name="signataire du Département", help_text="Vide : celui dont la délégation vaut à la date de l’acte.",
    )  # fmt: skip
    fige_le = models.DateTimeField("figé le", null=True, blank=True, editable=False)
    remis_le = models.DateField("remis à la signature le", null=True, blank=True, editable=False)
    signe_structure_le = models.DateField("signé par la structure le", null=True, blank=True, editable=False)
    signe_le = models.DateField("signé par le Département le", null=True, blank=True, editable=False)
    notifie_le = models.DateField("notifié le", null=True, blank=True, editable=False)
    relance_le = models.DateField("relancé le", null=True, blank=True, editable=False)
    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name="texte remis à la signature",
    )  # fmt: skip
    scan = models.OneToOneField(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name="exemplaire signé",
    )  # fmt: skip
    cree_le = models.DateTimeField("préparé le", auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["etat", "version"])

    objects = ActeQuerySet.as_manager()

    class Meta:
        verbose_name = "acte"
        ordering = ["convention", "rang"]
        constraints = [
            models.UniqueConstraint(
                fields=["convention", "rang"], condition=~Q(etat="abandonne"), name="acte_rang_unique",
                violation_error_message="Cette convention a déjà un acte de ce rang.",
            ),
            models.CheckConstraint(
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(fin__gte=models.F("debut")),
                name="acte_fin_apres_debut",
                violation_error_message="La période se termine avant de commencer.",
            ),
            models.CheckConstraint(
                condition=~Q(etat__in=["signe", "notifie"]) | Q(signe_le__isnull=False),
                name="acte_signe_date",
                violation_error_message="Un acte signé porte la date de sa signature.",
            ),
            models.CheckConstraint(
                condition=~Q(etat="notifie") | Q(notifie_le__isnull=False),
                name="acte_notifie_date",
                violation_error_message="Un acte notifié porte la date de sa notification.",
            ),
        ]  # fmt: skip

    def __str__(self):
        if not self.rang:
            return str(self.convention)
        return f"avenant n°\u00a0{self.rang} à la {self.convention}"

    def get_absolute_url(self):
        return reverse("acte", args=[self.pk])

    # --- Freezing

    @classmethod
    def verrouiller(cls, pk):
        """With the vote that may have frozen it: one query for each row that hangs on it, not three."""
        actes = cls._base_manager.select_for_update(of=("self",)).select_related("rapport__deliberation")
        return actes.get(pk=pk)

    @classmethod
    def filtre_fige(cls, chemin=""):
        """`chemin`: path to the act, for the rows that hang on it (`fiche__acte__`)."""
        avant_le_vote = Q(**{f"{chemin}rapport__deliberation__enregistree_le__gt": models.F(f"{chemin}cree_le")})
        remis_ou_abandonne = Q(**{f"{chemin}fige_le__isnull": False}) | Q(**{f"{chemin}etat": cls.Etat.ABANDONNE})
        envois = EditionDuRapport.objects.filter(
            rapport=models.OuterRef(f"{chemin}rapport"), le__gt=models.OuterRef(f"{chemin}cree_le")
        ).exclude(rapport__etat__in=Rapport.OUVERTS)
        return remis_ou_abandonne | avant_le_vote | Q(models.Exists(envois))

    def retard_de_signature(self, jour=None) -> int:
        """Days beyond the delay, since it waits for its next signature; 0 when it is not late."""
        depuis = {self.Etat.A_SIGNER: self.remis_le, self.Etat.SIGNE_STRUCTURE: self.signe_structure_le}.get(self.etat)
        return max((limite_de_signature(jour) - depuis).days, 0) if depuis else 0

    @property
    def est_fige(self):
        if self.fige_le is not None or self.etat == self.Etat.ABANDONNE:
            return True
        deliberation = self.deliberation
        if deliberation is not None and deliberation.enregistree_le > self.cree_le:
            return True
        envoye = self.rapport_id is not None and not self.rapport.est_ouvert
        return envoye and self.rapport.editions.filter(le__gt=self.cree_le).exists()

    def raison_du_gel(self):
        if self.etat == self.Etat.ABANDONNE:
            return f"« {self} » est abandonné : préparez-en un autre."
        if self.fige_le:
            return f"« {self} » est remis à la signature : il se corrige par un avenant."
        if self.deliberation is None:
            return f"« {self} » est joint au rapport envoyé : préparez un rapport modificatif pour le corriger."
        return f"« {self} » est figé depuis le vote : abandonnez ce projet pour en préparer un autre."

    def _refuser_si_fige(self):
        # Verbs that only set dates and signatures write the frozen row: their arrow was checked.
        if not getattr(self, "_acte_en_cours", False):
            super()._refuser_si_fige()

    def save(self, *args, **kwargs):
        try:
            super().save(*args, **kwargs)
        finally:
            self.__dict__.pop("_acte_en_cours", None)

    @property
    def reference(self) -> str:
        """`2024-00012` or `2024-00012_avenant-2`: the start of every file name."""
        numero = self.convention.numero or f"convention-{self.convention_id}"
        return f"{numero}_avenant-{self.rang}" if self.rang else numero

    @property
    def est_avenant(self) -> bool:
        return self.rang > 0

    @property
    def deliberation(self):
        """That which authorises it, None while the rapport is not voted. Join `rapport__deliberation`."""
        return getattr(self.rapport, "deliberation", None) if self.rapport_id else None

    @property
    def prochaine_action(self) -> str:
        return self.A_FAIRE[self.etat]

    # --- Signature (rules and consequences: `conventions/vie/signature.py`)

    @acte(etat, "Reprendre un acte signé", source=[Etat.PROJET], cible=Etat.NOTIFIE)
    def reprendre(self, *, par, motif=""):
        """Signed and notified before the application: its dates are those that were typed, its credits elsewhere."""
        self.fige_le = timezone.now()

    @acte(etat, "Rattacher à la délibération qui remplace", source=[Etat.PROJET], cible=Etat.PROJET)
    def rattacher(self, *, par, motif=""):
        """A correcting délibération authorises it from now on: what it prints of it follows. Raises ActeRefuse."""
        from conventions.vie import signature

        signature.rattacher(self)
        self._acte_en_cours = True

    @acte(etat, "Remettre à la signature", source=[Etat.PROJET], cible=Etat.A_SIGNER)
    def remettre(self, *, par, motif="", le=None, edition):
        """Send to the structure, its text frozen. `edition`: what was rendered before (`documents.rendre_acte`).
        `motif` overrides what holds it back. Raises ActeRefuse."""
        from conventions.vie import signature

        signature.remettre(self, par=par, motif=motif, le=le or timezone.localdate(), edition=edition)
        self._acte_en_cours = True

    @acte(etat, "Enregistrer la signature de la structure", source=[Etat.A_SIGNER], cible=Etat.SIGNE_STRUCTURE)
    def signer_structure(self, *, par, motif="", le=None, scan=None, est_un_lot=False):
        """The copy that came back: `scan`, or its pages already read, or none yet. A lot (`est_un_lot`) overrides
        nothing: what it says of itself is no reason. Raises ActeRefuse."""
        from conventions.vie import signature

        raison = "" if est_un_lot else motif
        signature.signer_structure(self, par=par, motif=raison, le=le or timezone.localdate(), scan=scan)
        self._acte_en_cours = True

    @acte(etat, "Signer au nom du Département", source=[Etat.SIGNE_STRUCTURE], cible=Etat.SIGNE)
    def signer(self, *, par, motif="", le=None):
        """Engages the amount within the affectation. Raises ActeRefuse, CreditInsuffisant."""
        from conventions.vie import signature

        signature.signer(self, par=par, motif=motif, le=le or timezone.localdate())
        self._acte_en_cours = True

    @acte(etat, "Notifier", source=[Etat.SIGNE], cible=Etat.NOTIFIE)
    def notifier(self, *, par, motif="", le=None):
        """The act takes effect: its échéances are dated, its convention is in course. Raises ActeRefuse."""
        from conventions.vie import signature

        signature.notifier(self, par=par, motif=motif, le=le or timezone.localdate())
        self._acte_en_cours = True

    @acte(etat, "Abandonner", source=[*EN_COURS], cible=Etat.ABANDONNE)
    def abandonner(self, *, par, motif):
        """Never signed; its lines may enter another act."""
        from conventions.vie import signature

        signature.abandonner(self, par=par, motif=motif)
        self._acte_en_cours = True


class PartieDActe(Figeable):
    """Base of what an act says: frozen with it."""

    CHEMIN_ACTE = "acte"

    objects = FigeableQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def filtre_fige(cls):
        return Acte.filtre_fige(f"{cls.CHEMIN_ACTE}__")

    @classmethod
    def refuser_ajouts(cls, objs):
        for acte_ in {o.l_acte for o in objs}:
            decideur = Acte.verrouiller(acte_.pk)
            if decideur.est_fige:
                raise ActeFige(decideur.raison_du_gel())

    @property
    def l_acte(self):
        return self.acte

    def decideur(self):
        return Acte.verrouiller(self.l_acte.pk)


class Partie(PartieDActe):
    """One party of an act, in order. Without a structure it is the Département."""

    acte = models.ForeignKey(Acte, on_delete=models.CASCADE, related_name="parties", verbose_name="acte")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="structure",
        help_text="Vide : le Département.",
    )  # fmt: skip
    representant = models.ForeignKey(
        Representant, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="représentée par",
        help_text="Vide : la personne en fonction à la date de l’acte.",
    )  # fmt: skip
    designation = models.CharField(
        "ci-après désignée", max_length=80, blank=True, help_text="« l’organisme », « la CAF »…"
    )

    class Meta:
        verbose_name = "partie"
        ordering = ["ordre", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["acte", "structure"], name="partie_une_fois_par_acte",
                violation_error_message="Cette structure est déjà partie à l’acte.",
            )
        ]  # fmt: skip

    def __str__(self):
        return str(self.structure) if self.structure_id else "le Département"
