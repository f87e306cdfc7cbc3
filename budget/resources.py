"""Imports and exports of the budget."""

import hashlib

from django.core.exceptions import ValidationError
from django.utils import timezone

from budget import actes
from budget.models import AutorisationEngagement, LigneBudgetaire, Mouvement
from dpid.acteur import acteur_courant
from dpid.echanges import Choix, Colonne, Echange, Entier, Jour, Montant, ParCle, Texte
from dpid.montants import chaine, euros


class Code(Texte):
    """`C02-581 E04` and `c02-581e04` are the same code."""

    def clean(self, value, row=None, **kwargs):
        code = LigneBudgetaire.normaliser_code(super().clean(value))
        if not code:
            raise ValueError("le code opération est vide.")
        return code


class Predecesseur(Texte):
    """A line of the table, or of the rows above in the file."""

    def clean(self, value, row=None, **kwargs):
        code = LigneBudgetaire.normaliser_code(super().clean(value))
        if not code:
            return None
        ligne = LigneBudgetaire.objects.filter(code=code).first()
        if ligne is None:
            raise ValueError(f"aucune ligne ne porte le code « {code[:20]} » : placez-la plus haut dans le fichier.")
        return ligne

    def render(self, value, obj=None, **kwargs):
        return value.code if value else ""


class LigneResource(Echange):
    titre = "Lignes budgétaires"
    code = Colonne("code", "Code opération", Code())
    nature = Colonne("nature", "Nature")
    fonction = Colonne("fonction", "Fonction")
    libelle = Colonne("libelle", "Libellé")
    sens = Colonne("sens", "Sens", Choix(LigneBudgetaire.Sens))
    rang_ = Colonne("rang", "Rang", Entier(), default=100)
    predecesseur = Colonne("predecesseur", "Prédécesseur", Predecesseur())

    class Meta:
        model = LigneBudgetaire
        fields = ("code", "nature", "fonction", "libelle", "sens", "rang_", "predecesseur")
        import_id_fields = ("code",)

    def get_queryset(self):
        return super().get_queryset().select_related("predecesseur")

    def cle_de(self, objet):
        return objet.code

    def cle_lue(self, row):
        return Code().clean(row["Code opération"])


class AutorisationResource(Echange):
    """Totals move with the ledger only: this table is written out, never read."""

    titre = "Autorisations d’engagement"
    code = Colonne("ligne__code", "Code opération", readonly=True)
    intitule = Colonne("intitule", "Libellé", readonly=True)
    millesime = Colonne("millesime", "Millésime", Entier(), readonly=True)
    vote = Colonne("vote", "AE votée", Montant(), readonly=True)
    affecte = Colonne("affecte", "Affecté", Montant(), readonly=True)
    engage = Colonne("engage", "Dont engagé", Montant(), readonly=True)
    disponible = Colonne("disponible", "Disponible", Montant(), readonly=True)
    reserve = Colonne("reserve", "Réservé", Montant(), readonly=True)
    apres = Colonne("disponible_apres_reserve", "Disponible après", Montant(), readonly=True)

    class Meta:
        model = AutorisationEngagement
        fields = (
            "code", "intitule", "millesime", "vote", "affecte", "engage", "disponible", "reserve", "apres",
        )  # fmt: skip


class MouvementResource(Echange):
    titre = "Mouvements"
    date_effet = Colonne("date_effet", "Date d’effet", Jour(), readonly=True)
    code = Colonne("autorisation__ligne__code", "Code opération", readonly=True)
    millesime = Colonne("autorisation__millesime", "Millésime", Entier(), readonly=True)
    nature = Colonne("nature", "Nature", Choix(Mouvement.Nature), readonly=True)
    compteur = Colonne("compteur", "Compteur", Choix(Mouvement.Compteur), readonly=True)
    montant = Colonne("montant", "Montant", Montant(), readonly=True)
    piece = Colonne("piece", "Pièce", readonly=True)
    motif = Colonne("motif", "Motif", readonly=True)
    par = Colonne("par", "Par", readonly=True)

    class Meta:
        model = Mouvement
        fields = ("date_effet", "code", "millesime", "nature", "compteur", "montant", "piece", "motif", "par")


class AE(ParCle):
    """The AE of a code and a millésime, two columns of the row."""

    def __init__(self):
        super().__init__(
            lambda: AutorisationEngagement.objects.select_related("ligne"),
            lambda ae: f"{ae.ligne.code} {ae.millesime}",
            "AE",
        )

    def clean(self, value, row=None, **kwargs):
        code, millesime = Code().clean(value), Entier().clean((row or {}).get("Millésime"))
        if millesime is None:
            raise ValueError("le millésime de l’AE est vide.")
        return super().clean(f"{code} {millesime}")

    def render(self, value, obj=None, **kwargs):
        return str(value) if value else ""


class AffectationHorsResource(Echange):
    """« Affectations hors application »: each row is one movement and its journal row, through the ledger's door.

    The key of a row is its « Référence » when it has one, else what it says: the same file imported twice counts once.
    """

    titre = "Affectations hors application"
    COLONNES = ("Code opération", "Millésime", "Montant", "Date d’effet", "Pièce", "Motif", "Référence")
    autorisation = Colonne("autorisation", "Code opération", AE())
    montant = Colonne("montant", "Montant", Montant())
    date_effet = Colonne("date_effet", "Date d’effet", Jour())
    piece = Colonne("piece", "Pièce")
    motif = Colonne("motif", "Motif")

    class Meta:
        model = Mouvement
        fields = ("autorisation", "montant", "date_effet", "piece", "motif")
        import_id_fields = ("autorisation", "montant", "date_effet", "piece")

    def get_user_visible_fields(self):
        return [Colonne(None, titre) for titre in self.COLONNES]

    def _check_import_id_fields(self, headers):
        connues = {f.column_name for f in self.fields.values()}
        super()._check_import_id_fields([h for h in headers if h in connues or h not in self.COLONNES])

    def before_import(self, dataset, **kwargs):
        """Rows of AE are locked in one order, whatever the order of the file: no deadlock with another act."""
        list(AutorisationEngagement.objects.order_by("pk").select_for_update().values_list("pk"))

    def get_instance(self, instance_loader, row):
        return None

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        erreurs = {**(import_validation_errors or {})}
        for champ in ("autorisation_id", "montant", "date_effet", "piece"):
            nom = champ.removesuffix("_id")
            if nom not in erreurs and not getattr(instance, champ):
                erreurs[nom] = [ValidationError("cette cellule est vide ou nulle.")]
        if not erreurs and instance.date_effet > timezone.localdate():
            erreurs["date_effet"] = [ValidationError("cette date est dans le futur.")]
        if erreurs:
            raise ValidationError(erreurs)
        instance.clean_fields(exclude=["compteur", "nature", "cle", "par"])

    def skip_row(self, instance, original, row, import_validation_errors=None):
        """Already recorded: nothing is written twice. The same reference with other figures is a mistake to settle."""
        if import_validation_errors or not instance.autorisation_id or instance.montant is None:
            return False
        if not instance.date_effet:
            return False
        reference = Texte().clean(row.get("Référence"))
        instance.cle = _cle(instance, reference)
        if instance.cle in self._lues:
            raise ValidationError(
                f"identique à la ligne {self._lues[instance.cle] + 1} : si ce sont deux affectations, "
                "donnez à chacune une référence."
            )
        self._lues[instance.cle] = self.rang
        deja = Mouvement.objects.filter(cle=f"hors-{instance.cle}:0").first()
        if deja and (deja.montant, deja.date_effet) != (instance.montant, instance.date_effet):
            raise ValidationError(
                f"la référence « {reference[:40]} » est déjà enregistrée pour {euros(deja.montant, True)} au "
                f"{deja.date_effet:%d/%m/%Y} : corrigez par une nouvelle ligne, de sens contraire."
            )
        return deja is not None

    def do_instance_save(self, instance, is_create):
        actes.affecter_hors_application(
            instance.autorisation,
            par=acteur_courant(),
            montant=instance.montant,
            le=instance.date_effet,
            piece=instance.piece,
            motif=instance.motif,
            cle=instance.cle,
        )


def _cle(mouvement, reference: str) -> str:
    """Idempotency key of a row, under the 120 characters of the ledger."""
    parties = [str(mouvement.autorisation_id), reference] if reference else [
        str(mouvement.autorisation_id), chaine(mouvement.montant), mouvement.date_effet.isoformat(), mouvement.piece,
    ]  # fmt: skip
    return f"import-{hashlib.sha256(chr(31).join(parties).encode()).hexdigest()[:40]}"
