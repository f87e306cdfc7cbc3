"""Lines presented by a rapport: their amount, their imputation, their act."""

from django import forms
from django.core.exceptions import ValidationError

from budget.models import AutorisationEngagement, Inscription
from deliberations.models import AnnexePresentee, OperationPresentee, Proposition
from dpid.montants import MontantFormField
from programmes.models import LigneDossier


class MontantForm(forms.Form):
    """Amount of one line, edited in place: the version travels with it."""

    montant = MontantFormField(label="Montant retenu")
    motif_zero = forms.ChoiceField(
        label="Motif du 0 €", required=False, choices=[("", "Motif du 0 €…"), *LigneDossier.MotifZero.choices]
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ImputerForm(forms.Form):
    """AE on which a financing « à imputer » is charged: those open in the exercice of the séance."""

    autorisation = forms.ModelChoiceField(label="Ligne budgétaire", queryset=AutorisationEngagement.objects.none())

    def __init__(self, *args, exercice, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["autorisation"].queryset = AutorisationEngagement.objects.de_l_exercice(exercice).avec_ligne()


class PropositionForm(forms.ModelForm):
    class Meta:
        model = Proposition
        fields = ["annexe", "formule_acte", "recette"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rapport = self.instance.le_rapport
        self.fields["annexe"].queryset = rapport.annexes.exclude(nature=AnnexePresentee.Nature.REPARTITION)
        recettes = Inscription.objects.filter(exercice=rapport.seance.exercice).select_related("ligne")
        self.fields["recette"].queryset = recettes


class RetraitForm(forms.Form):
    motif = forms.CharField(label="Motif du retrait", max_length=250)


class InscriptionForm(forms.Form):
    """Opération in which lines are placed. Lines are read apart: one taken meanwhile tells its own result."""

    operation = forms.ModelChoiceField(
        label="Opération du rapport", queryset=OperationPresentee.objects.none(), empty_label="Choisir une opération…"
    )

    def __init__(self, *args, rapport, **kwargs):
        super().__init__(*args, **kwargs)
        operations = OperationPresentee.objects.filter(thematique__rapport=rapport).select_related("thematique")
        self.fields["operation"].queryset = operations.order_by("thematique__ordre", "ordre", "pk")
        self.fields["operation"].label_from_instance = lambda o: f"T{o.thematique.numero} – {o}"

    def clean(self):
        if not self.data.getlist("lignes"):
            raise ValidationError("Cochez au moins une ligne.")
        return super().clean()
