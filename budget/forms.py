"""What finances types. Every form that moves money carries a key drawn at its opening."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from budget.models import AutorisationEngagement, LigneBudgetaire
from dpid.montants import ZERO, MontantFormField


class ChampDate(forms.DateField):
    """A day picked or typed; the native picker wants the ISO format."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)


def pas_dans_le_futur(jour):
    if jour > timezone.localdate():
        raise ValidationError("Cette date est dans le futur : un mouvement prend effet au plus tard aujourd’hui.")


class SituationForm(forms.Form):
    """Filters of the situation: the exercice and the day at which it is read."""

    exercice = forms.TypedChoiceField(label="Exercice", coerce=int, required=False, empty_value=None)
    au = ChampDate(label="Situation au", required=False, help_text="Vide : aujourd’hui.")

    def __init__(self, *args, exercices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["exercice"].choices = [(e, str(e)) for e in exercices]


class MouvementForm(forms.Form):
    """Base: amount, date, document, reason, and the key that makes a double click one act."""

    montant = MontantFormField(label="Montant (€)", signe=True)
    le = ChampDate(label="Date d’effet", validators=[pas_dans_le_futur])
    piece = forms.CharField(label="Pièce", max_length=200)
    motif = forms.CharField(label="Motif", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    cle = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        kwargs["initial"] = {"cle": uuid.uuid4(), "le": timezone.localdate(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean_montant(self):
        if self.cleaned_data["montant"] == ZERO:
            raise ValidationError("Un mouvement de 0,00 € n’a pas d’objet : saisissez un montant.")
        return self.cleaned_data["montant"]


class VoteForm(MouvementForm):
    """Vote or décision modificative of an AE."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["montant"].help_text = "Positif pour augmenter l’AE, négatif pour la réduire."
        self.fields["piece"].help_text = "Délibération budgétaire : « BP 2024 », « DM n° 2 du 24/06/2024 »."


class AffectationForm(MouvementForm):
    """Affectation decided outside the application."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["montant"].help_text = "Positif pour affecter, négatif pour corriger une affectation déjà saisie."
        self.fields["piece"].help_text = "Délibération ou acte : « délibération n° 2023-412 »."
        self.fields["motif"].help_text = "Service ou programme qui a consommé ce crédit."


class NouvelleAEForm(VoteForm):
    """First vote of an AE: its line and its millésime."""

    ligne = forms.ModelChoiceField(
        label="Ligne budgétaire", queryset=LigneBudgetaire.objects.filter(sens=LigneBudgetaire.Sens.DEPENSE)
    )
    millesime = forms.IntegerField(label="Millésime", min_value=2000, max_value=2100)
    exercice_fin = forms.IntegerField(
        label="Dernier exercice", required=False, min_value=2000, max_value=2100, help_text="Pour une AE pluriannuelle."
    )
    field_order = ["ligne", "millesime", "exercice_fin", "montant", "le", "piece", "motif"]

    def clean_montant(self):
        montant = super().clean_montant()
        if montant < ZERO:
            raise ValidationError("Le premier vote d’une AE est positif.")
        return montant

    def clean(self):
        donnees = super().clean()
        fin, millesime = donnees.get("exercice_fin"), donnees.get("millesime")
        if fin and millesime and fin < millesime:
            self.add_error("exercice_fin", "Le dernier exercice précède le millésime.")
        return donnees


class ConstatForm(forms.Form):
    """What finance reads in its own software."""

    le = ChampDate(label="Constaté le", validators=[pas_dans_le_futur])
    montant = MontantFormField(
        label="Disponible constaté (€)", signe=True, help_text="Tel que le logiciel financier l’affiche."
    )
    explication = forms.CharField(
        label="Explication de l’écart", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Obligatoire quand le constat diffère du calcul.",
    )  # fmt: skip


def autorisations_ouvertes(exercice):
    """AE on which an amount of this exercice may be charged, in the order of the tables."""
    return AutorisationEngagement.objects.de_l_exercice(exercice).avec_ligne()
