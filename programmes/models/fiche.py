"""The fiche of a dispositif: what the call publishes, as data. Amounts, dates and alerts are computed from it
(`programmes/regles.py`); its prose is only read and printed."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from dpid.models import Service, Territoire
from dpid.models.base import AvecVersion, Nomme
from dpid.montants import MontantField, euros, montant
from programmes.models.appel import Dispositif
from programmes.models.structure import Structure

PARIS = ZoneInfo("Europe/Paris")
POURCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


def valider_types(valeur):
    """A list of known types of structure."""
    if not isinstance(valeur, list) or set(valeur) - set(Structure.Type.values):
        raise ValidationError("Types de structure inconnus.")


class CadreStrategique(Nomme):
    """Dated referential: Pacte and its ambitions, schéma and its engagements, PDALHPD, Contrat local, ERBM."""

    code = models.SlugField("code", max_length=40, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="elements", verbose_name="cadre"
    )
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField("fin", null=True, blank=True)

    class Meta(Nomme.Meta):
        verbose_name = "cadre stratégique"
        verbose_name_plural = "cadres stratégiques"

    def __str__(self):
        return f"{self.parent.libelle} — {self.libelle}" if self.parent_id else self.libelle

    def couvre(self, annee: int) -> bool:
        return (self.debut is None or self.debut.year <= annee) and (self.fin is None or self.fin.year >= annee)


class Fiche(AvecVersion):
    """What the call says of one dispositif. A rule left empty is a rule that does not exist."""

    dispositif = models.OneToOneField(
        Dispositif, on_delete=models.CASCADE, related_name="fiche", verbose_name="dispositif"
    )
    # Prose, in the order in which the call publishes it.
    contexte = models.TextField("contexte", blank=True)
    public = models.TextField("public visé", blank=True)
    age_min = models.PositiveSmallIntegerField("âge minimal", null=True, blank=True)
    age_max = models.PositiveSmallIntegerField("âge maximal", null=True, blank=True, help_text="Âge révolu, inclus.")
    age_min_etendu = models.PositiveSmallIntegerField("âge minimal sous conditions", null=True, blank=True)
    objectifs = models.TextField("objectifs", blank=True)
    phasage = models.TextField("phasage", blank=True)
    modalites_accueil = models.TextField("modalités d’accueil et de suivi", blank=True)
    profil_professionnel = models.TextField("profil du professionnel", blank=True)
    resultats_attendus = models.TextField("résultats attendus", blank=True)
    # Who, where.
    territoires = models.ManyToManyField(
        Territoire, blank=True, related_name="+", verbose_name="territoires", help_text="Vide : tout le Département."
    )
    porteurs = models.TextField("porteurs éligibles", blank=True)
    types_eligibles = models.JSONField(
        "types de structure éligibles", default=list, blank=True, validators=[valider_types]
    )
    agrements_exiges = models.ManyToManyField(
        "programmes.TypeAgrement", blank=True, related_name="+", verbose_name="agréments exigés"
    )
    est_contact_obligatoire = models.BooleanField("contact préalable obligatoire", default=False)
    contact_prealable = models.CharField("contact préalable", max_length=250, blank=True)
    depot = models.CharField("mode de dépôt", max_length=200, blank=True)
    # Duration of the conventions.
    duree_mois = models.PositiveSmallIntegerField("durée fixée (mois)", null=True, blank=True)
    duree_max_mois = models.PositiveSmallIntegerField("durée maximale (mois)", null=True, blank=True)
    duree_max_annees = models.PositiveSmallIntegerField(
        "années de soutien au plus", null=True, blank=True, help_text="Pour une même action d’une même structure."
    )
    # Financing rules. The amount of a line is computed from the first that applies (see `regles.py`).
    cout_unitaire = MontantField("coût unitaire", null=True, blank=True)
    unite = models.CharField(
        "unité", max_length=60, blank=True, help_text="Telle que les quantités la portent : places."
    )
    cout_pour_mois = models.PositiveSmallIntegerField(
        "coût donné pour (mois)", default=12, null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Une autre durée se paie au prorata. Vide : le coût ne dépend pas de la durée.",
    )  # fmt: skip
    forfait = MontantField("forfait par structure", null=True, blank=True)
    taux_plafond = models.DecimalField(
        "part maximale du budget prévisionnel (%)", max_digits=5, decimal_places=2, null=True, blank=True,
        validators=POURCENTAGE,
    )  # fmt: skip
    taux_indirect_max = models.DecimalField(
        "charges indirectes au plus (% des autres dépenses)", max_digits=5, decimal_places=2, null=True, blank=True,
        validators=POURCENTAGE,
    )  # fmt: skip
    enveloppe = MontantField("enveloppe annuelle", null=True, blank=True)
    est_poste_finance = models.BooleanField("postes finançables", default=True)
    # Follow-up.
    bilan = models.TextField("bilan final", blank=True)
    bilan_delai_mois = models.PositiveSmallIntegerField(
        "bilan dans les (mois)", null=True, blank=True, help_text="Après la fin de la convention."
    )
    bilan_jour = models.PositiveSmallIntegerField(
        "bilan le (jour)", null=True, blank=True, validators=[MaxValueValidator(31)]
    )
    bilan_mois = models.PositiveSmallIntegerField(
        "bilan le (mois de N+1)", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    cadres = models.ManyToManyField(
        CadreStrategique, blank=True, related_name="fiches", verbose_name="cadres stratégiques"
    )
    relue_le = models.DateField("relue le", null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = "fiche de dispositif"
        verbose_name_plural = "fiches de dispositif"
        ordering = ["dispositif"]
        constraints = [
            models.CheckConstraint(
                condition=Q(age_min__isnull=True) | Q(age_max__isnull=True) | Q(age_max__gte=F("age_min")),
                name="fiche_ages_ordonnes",
                violation_error_message="L’âge maximal est inférieur à l’âge minimal.",
            ),
            models.CheckConstraint(
                condition=Q(cout_unitaire__isnull=True) | (Q(cout_unitaire__gte=montant(0)) & ~Q(unite="")),
                name="fiche_cout_a_unite",
                violation_error_message="Un coût unitaire est positif et dit son unité.",
            ),
            models.CheckConstraint(
                condition=Q(bilan_jour__isnull=True, bilan_mois__isnull=True)
                | Q(bilan_jour__isnull=False, bilan_mois__isnull=False, bilan_delai_mois__isnull=True),
                name="fiche_une_regle_de_bilan",
                violation_error_message="Le bilan est dû à une date fixe (jour et mois) ou dans un délai.",
            ),
        ]

    def __str__(self):
        return f"fiche {self.dispositif}"

    def prix(self) -> list[tuple]:
        """(euros, unit) of each unit price, the main one first; none without it. Prefetch `autres_couts` for many."""
        if self.cout_unitaire is None:
            return []
        autres = self.autres_couts.all() if self.pk else ()
        return [(self.cout_unitaire, self.unite), *((c.montant, c.unite) for c in autres)]

    def get_absolute_url(self):
        return self.dispositif.get_absolute_url()


class EnfantDeFiche(models.Model):
    """Base of the ordered rows of a fiche."""

    ordre = models.PositiveSmallIntegerField("ordre", default=1)

    class Meta:
        abstract = True
        ordering = ["ordre", "pk"]


class SessionDepotQuerySet(models.QuerySet):
    def ouvertes(self, le=None):
        """Windows open on that day (default today, Europe/Paris)."""
        le = le or timezone.localdate(timezone=PARIS)
        return self.filter(ouverture__lte=le, cloture__gte=le)


class SessionDepot(EnfantDeFiche):
    """A window of deposit: it closes at 23:59 in Paris, and fixes when the action may take place."""

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="sessions", verbose_name="fiche")
    ouverture = models.DateField("ouverture")
    cloture = models.DateField("clôture", help_text="Jour inclus, jusqu’à 23 h 59, heure de Paris.")
    action_debut = models.DateField("mise en œuvre à partir du", null=True, blank=True)
    action_fin = models.DateField("mise en œuvre jusqu’au", null=True, blank=True)
    demarrage_debut = models.DateField("démarrage à partir du", null=True, blank=True)
    demarrage_fin = models.DateField("démarrage au plus tard le", null=True, blank=True)

    objects = SessionDepotQuerySet.as_manager()

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "session de dépôt"
        verbose_name_plural = "sessions de dépôt"
        constraints = [
            models.CheckConstraint(
                condition=Q(cloture__gte=F("ouverture")),
                name="session_cloture_apres_ouverture",
                violation_error_message="La session se clôt avant d’ouvrir.",
            ),
            models.CheckConstraint(
                condition=Q(action_fin__isnull=True)
                | Q(action_debut__isnull=True)
                | Q(action_fin__gte=F("action_debut")),
                name="session_action_ordonnee",
                violation_error_message="La mise en œuvre se termine avant de commencer.",
            ),
        ]

    def __str__(self):
        return f"session {self.ordre} (du {self.ouverture:%d/%m/%Y} au {self.cloture:%d/%m/%Y})"

    @property
    def instant_de_cloture(self) -> datetime:
        return datetime.combine(self.cloture, time(23, 59, 59), tzinfo=PARIS)

    def accueille(self, depose_le: datetime) -> bool:
        """True when a deposit at that instant (aware) falls inside the window."""
        ouverture = datetime.combine(self.ouverture, time.min, tzinfo=PARIS)
        return ouverture <= depose_le <= self.instant_de_cloture.replace(microsecond=999_999)


class Critere(EnfantDeFiche):
    """A criterion of selection: its note, on a scale, carries a reason."""

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="criteres", verbose_name="fiche")
    libelle = models.CharField("critère", max_length=250)
    note_max = models.PositiveSmallIntegerField("note sur", default=5, validators=[MinValueValidator(1)])
    est_obligatoire = models.BooleanField(
        "exigé pour proposer", default=False, help_text="Le dossier ne se propose pas sans cette note."
    )

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "critère de sélection"
        verbose_name_plural = "critères de sélection"

    def __str__(self):
        return self.libelle


class CoutUnitaire(EnfantDeFiche):
    """A further unit price, for another unit: 4.6 pays a « mesure renforcée » twice a « mesure simple »."""

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="autres_couts", verbose_name="fiche")
    montant = MontantField("coût unitaire")
    unite = models.CharField("unité", max_length=60, help_text="Telle que les quantités la portent.")

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "autre coût unitaire"
        verbose_name_plural = "autres coûts unitaires"
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="cout_unitaire_positif",
                violation_error_message="Un coût unitaire est positif.",
            ),
        ]

    def __str__(self):
        return f"{euros(self.montant, symbole=True)} par unité ({self.unite})"


class VersementPrevu(EnfantDeFiche):
    """One instalment of the rule of payment; percentages of the fiche never exceed 100."""

    class Type(models.TextChoices):
        AVANCE = "avance", "Avance"
        ACOMPTE = "acompte", "Acompte"
        INTERMEDIAIRE = "intermediaire", "Versement intermédiaire"
        SOLDE = "solde", "Solde"
        UNIQUE = "unique", "Versement unique"

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="versements", verbose_name="fiche")
    type = models.CharField("type", max_length=14, choices=Type.choices)
    pourcentage = models.DecimalField(
        "part (%)", max_digits=5, decimal_places=2, null=True, blank=True, validators=POURCENTAGE,
        help_text="Vide : non fixée par la fiche, ou le reste pour un solde.",
    )  # fmt: skip
    declencheur = models.CharField("déclencheur", max_length=250, blank=True)
    condition = models.CharField("condition", max_length=300, blank=True)

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "versement prévu"
        verbose_name_plural = "versements prévus"

    def __str__(self):
        return self.get_type_display()


class PieceExigee(EnfantDeFiche):
    """A pièce that the fiche asks for besides those asked of every structure of that type (`TypePiece`)."""

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="pieces", verbose_name="fiche")
    type = models.ForeignKey("programmes.TypePiece", on_delete=models.PROTECT, related_name="+", verbose_name="pièce")
    types_structure = models.JSONField(
        "types de structure", default=list, blank=True, validators=[valider_types], help_text="Vide : tous."
    )

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "pièce exigée"
        verbose_name_plural = "pièces exigées"
        constraints = [models.UniqueConstraint(fields=["fiche", "type"], name="piece_exigee_une_fois")]

    def __str__(self):
        return str(self.type)


class ContactDispositif(EnfantDeFiche):
    """Whom to call, per territoire or for the whole département."""

    fiche = models.ForeignKey(Fiche, on_delete=models.CASCADE, related_name="contacts", verbose_name="fiche")
    territoire = models.ForeignKey(
        Territoire, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="territoire"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="service"
    )
    nom = models.CharField("nom", max_length=150, blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    courriel = models.EmailField("courriel", blank=True)

    class Meta(EnfantDeFiche.Meta):
        verbose_name = "contact"

    def __str__(self):
        return " — ".join(str(x) for x in (self.territoire or self.service, self.nom) if x) or "contact"
