"""Acts on a rapport: visa, adoption, rejection."""

from django import forms

from deliberations.forms.base import AvecEmpreinte, champ_date
from deliberations.models import AvisDeCommission
from dpid.montants import MontantFormField


class VisaForm(forms.Form):
    """A visa. Finances also gives, for each AE, the disponible that it reads in its own software."""

    etape = forms.CharField(widget=forms.HiddenInput)
    empreinte = forms.CharField(widget=forms.HiddenInput)
    commentaire = forms.CharField(label="Commentaire", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, imputations=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.imputations = list(imputations)
        for ligne in self.imputations:
            self.fields[self._nom(ligne)] = MontantFormField(
                label=f"Disponible constaté sur {ligne.code}", signe=True, initial=ligne.disponible
            )

    @staticmethod
    def _nom(ligne) -> str:
        return f"constat_{ligne.autorisation.pk}"

    def lignes(self):
        """Each imputation beside its field, for the table of the page."""
        return [(ligne, self[self._nom(ligne)]) for ligne in self.imputations]

    def constats(self) -> dict:
        return {ligne.autorisation.pk: self.cleaned_data[self._nom(ligne)] for ligne in self.imputations}

    def clean(self):
        donnees = super().clean()
        ecarts = [
            ligne.code for ligne in self.imputations if donnees.get(self._nom(ligne)) not in (None, ligne.disponible)
        ]
        if ecarts and not (donnees.get("commentaire") or "").strip():
            self.add_error("commentaire", f"Le constat diffère du calcul sur {', '.join(ecarts)} : expliquez l’écart.")
        return donnees


class AdoptionForm(forms.Form):
    numero = forms.CharField(
        label="Numéro de la délibération", max_length=12, help_text="Donné par le secrétariat : 2023-604."
    )
    le = champ_date(label="Date de la séance")


class RejetForm(forms.Form):
    motif = forms.CharField(label="Motif du rejet", widget=forms.Textarea(attrs={"rows": 2}))
    le = champ_date(label="Date de la séance")
    numero = forms.CharField(
        label="Numéro de la délibération", required=False, max_length=12, help_text="S’il en est dressé une."
    )


class EnvoiForm(forms.Form):
    """A sending is confirmed on the figures that the page showed, not on others."""

    empreinte = forms.CharField(widget=forms.HiddenInput)


class ModificatifForm(forms.Form):
    motif = forms.CharField(
        label="Motif du rapport modificatif", max_length=250, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Gardé avec l’édition qui sera envoyée.",
    )  # fmt: skip


class AvisForm(AvecEmpreinte):
    class Meta:
        model = AvisDeCommission
        fields = ["commission", "date", "sens", "observations"]
        widgets = {"date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
