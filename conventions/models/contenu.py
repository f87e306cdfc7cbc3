"""What an act says of its own: fiches action and their lines, shares, instalments, modifications of an avenant."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from budget.models import EXERCICE
from conventions.models.acte import Acte, PartieDActe
from conventions.models.modele import NUMERO_DONNE, BlocDeModele, Cible, Operation
from conventions.numeros import NUMERO_DE_CLAUSE
from dpid.models.base import AvecVersion
from dpid.montants import MontantField, montant
from programmes.models import Dispositif, LigneDossier, VersementPrevu

AE_APRES_CP = "L’exercice d’AE ne suit pas celui de CP : on n’engage pas après avoir payé."
POURCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


class FicheAction(PartieDActe, AvecVersion):
    """One opération of an act, on its own annexe. An empty text is inherited from the fiche of the dispositif."""

    acte = models.ForeignKey(Acte, on_delete=models.CASCADE, related_name="fiches", verbose_name="acte")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    dispositif = models.ForeignKey(
        Dispositif, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dispositif"
    )
    titre = models.CharField("titre", max_length=250, blank=True, help_text="Vide : celui du dispositif.")
    participation = MontantField(
        "participation totale", null=True, blank=True,
        help_text="Vide : celle des lignes, avec ce qui fut accordé avant cet avenant.",
    )  # fmt: skip
    duree = models.TextField("durée", blank=True)
    cout = models.TextField("coût", blank=True)
    public = models.TextField("public", blank=True)
    objectifs = models.TextField("objectifs", blank=True)
    deroulement = models.TextField("déroulement", blank=True)
    territoire = models.TextField("territoire", blank=True)
    profil = models.TextField("profil du professionnel", blank=True)
    financement = models.TextField("modalités de financement", blank=True)
    versement = models.TextField("modalités de versement", blank=True)
    imputation = models.TextField("imputation", blank=True)
    bilan = models.TextField("bilan", blank=True)
    bilan_le = models.DateField("bilan attendu le", null=True, blank=True, help_text="Vide : selon la fiche.")
    history = HistoricalRecords(excluded_fields=["version"])

    # The labels and their order are those of the published fiches.
    LIBELLES = {
        "duree": "Durée",
        "cout": "Coût",
        "public": "Public",
        "objectifs": "Objectifs",
        "deroulement": "Déroulement",
        "territoire": "Territoire",
        "profil": "Profil du professionnel",
        "financement": "Modalités de financement",
        "versement": "Modalités de versement",
        "imputation": "Imputation",
        "bilan": "Bilan",
    }

    class Meta:
        verbose_name = "fiche action"
        verbose_name_plural = "fiches action"
        ordering = ["ordre", "pk"]

    def __str__(self):
        return self.intitule

    @property
    def intitule(self) -> str:
        return self.titre or (self.dispositif.titre if self.dispositif_id else "Fiche action")


class LigneDActe(PartieDActe):
    """Places a dossier line under a fiche of an act: one line, one act. Its amount stays on the line."""

    CHEMIN_ACTE = "fiche__acte"

    fiche = models.ForeignKey(FicheAction, on_delete=models.CASCADE, related_name="lignes", verbose_name="fiche action")
    ligne = models.OneToOneField(
        LigneDossier, on_delete=models.PROTECT, related_name="ligne_d_acte", verbose_name="ligne de dossier"
    )
    ordre = models.PositiveSmallIntegerField("ordre", default=1)

    class Meta:
        verbose_name = "ligne d’acte"
        verbose_name_plural = "lignes d’acte"
        ordering = ["ordre", "pk"]

    def __str__(self):
        return f"{self.ligne} dans {self.fiche}"

    @property
    def l_acte(self):
        return self.fiche.acte


class PartDeFinancement(PartieDActe):
    """A share of the amount of a fiche (%), with what earns it; shares of one fiche add up to 100."""

    class Nature(models.TextChoices):
        QUANTITATIVE = "quantitative", "Part quantitative"
        QUALITATIVE = "qualitative", "Part qualitative"

    CHEMIN_ACTE = "fiche__acte"

    fiche = models.ForeignKey(FicheAction, on_delete=models.CASCADE, related_name="parts", verbose_name="fiche action")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    nature = models.CharField("nature", max_length=12, choices=Nature.choices)
    pourcentage = models.DecimalField("part (%)", max_digits=5, decimal_places=2, validators=POURCENTAGE)
    libelle = models.CharField("ce qui la justifie", max_length=300, blank=True)

    class Meta:
        verbose_name = "part de financement"
        verbose_name_plural = "parts de financement"
        ordering = ["ordre", "pk"]

    def __str__(self):
        return f"{self.get_nature_display()} : {self.pourcentage} %"

    @property
    def l_acte(self):
        return self.fiche.acte


class Versement(PartieDActe):
    """An instalment of an act (euros). Paying in N on an AE of N-1 is normal; an AE after the CP is an error."""

    acte = models.ForeignKey(Acte, on_delete=models.CASCADE, related_name="versements", verbose_name="acte")
    fiche = models.ForeignKey(
        FicheAction, on_delete=models.CASCADE, null=True, blank=True, related_name="versements",
        verbose_name="fiche action",
    )  # fmt: skip
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    type = models.CharField("type", max_length=14, choices=VersementPrevu.Type.choices)
    pourcentage = models.DecimalField(
        "part (%)", max_digits=5, decimal_places=2, null=True, blank=True, validators=POURCENTAGE
    )
    montant = MontantField("montant")
    declencheur = models.CharField("déclencheur", max_length=250, blank=True)
    condition = models.CharField("condition", max_length=300, blank=True)
    exercice_ae = models.PositiveSmallIntegerField("exercice d’AE", null=True, blank=True, validators=EXERCICE)
    exercice_cp = models.PositiveSmallIntegerField("exercice de CP", validators=EXERCICE)
    prevu_le = models.DateField("prévu le", null=True, blank=True)
    est_verse = models.BooleanField("déjà versé", default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "versement"
        ordering = ["acte", "ordre", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="versement_positif",
                violation_error_message="Un versement n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(exercice_ae__isnull=True) | Q(exercice_ae__lte=models.F("exercice_cp")),
                name="versement_ae_avant_cp",
                violation_error_message=AE_APRES_CP,
            ),
        ]

    def __str__(self):
        return f"{self.get_type_display()} {self.exercice_cp}"

    def clean(self):
        # The constraint, beside the field that is wrong.
        if self.exercice_ae and self.exercice_cp and self.exercice_ae > self.exercice_cp:
            raise ValidationError({"exercice_ae": AE_APRES_CP})


class Modification(PartieDActe, AvecVersion):
    """One operation of an avenant on the text in force: the sentences and the consolidated text are made from it.

    It comes from a block of the model (its fields are resolved with the act) or is written for this avenant alone.
    """

    Operation, Cible = Operation, Cible

    bloc = models.ForeignKey(
        BlocDeModele, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name="article du modèle",
    )  # fmt: skip
    acte = models.ForeignKey(Acte, on_delete=models.CASCADE, related_name="modifications", verbose_name="avenant")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    operation = models.CharField("opération", max_length=15, choices=Operation.choices, default=Operation.REMPLACER)
    cible = models.CharField("porte sur", max_length=10, choices=Cible.choices, default=Cible.ARTICLE)
    numero = models.CharField(
        "numéro", max_length=20, validators=[NUMERO_DE_CLAUSE], help_text="Comme la convention l’écrit : 4, 4 bis, 4-1."
    )
    alinea = models.PositiveSmallIntegerField(
        "alinéa", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Vide : l’article ou l’annexe entière.",
    )  # fmt: skip
    numero_donne = models.CharField("numéro donné", max_length=12, blank=True, help_text=NUMERO_DONNE)
    titre = models.CharField("titre", max_length=200, blank=True, help_text="De l’article de l’avenant.")
    texte = models.TextField("texte nouveau", blank=True)
    fiche = models.ForeignKey(
        FicheAction, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="fiche action", help_text="L’annexe nouvelle est cette fiche.",
    )  # fmt: skip
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = "modification"
        ordering = ["ordre", "pk"]

    def __str__(self):
        alinea = f", alinéa {self.alinea}" if self.alinea else ""
        return f"{self.get_operation_display()} {self.get_cible_display().lower()} {self.numero}{alinea}"

    def clean(self):
        if self.acte_id and not self.acte.est_avenant:
            raise ValidationError("Seul un avenant modifie la convention : corrigez plutôt le texte de cet acte.")
        if self.operation == self.Operation.SUPPRIMER:
            if self.texte or self.fiche_id:
                raise ValidationError({"texte": "Une suppression n’a pas de texte nouveau."})
        elif not (self.texte or self.fiche_id):
            raise ValidationError({"texte": "Écrivez le texte nouveau."})
        if self.fiche_id and self.cible != self.Cible.ANNEXE:
            raise ValidationError({"fiche": "Une fiche action tient lieu d’annexe."})
