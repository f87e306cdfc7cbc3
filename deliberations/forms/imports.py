"""A table brought by an officer, and its confirmation."""

from django import forms
from django.core.exceptions import ValidationError

TAILLE_MAXIMALE = 8 * 1024 * 1024


class ImportForm(forms.Form):
    """The officer's file. Kept under the limit of what a confirmation may send back."""

    fichier = forms.FileField(label="Fichier XLSX, ODS ou CSV", help_text="Annexe de répartition, 8 Mo au plus.")

    def clean_fichier(self):
        fichier = self.cleaned_data["fichier"]
        if fichier.size > TAILLE_MAXIMALE:
            raise ValidationError("Ce fichier dépasse 8 Mo : gardez la seule annexe de répartition.")
        return fichier


class ConfirmationForm(forms.Form):
    depot = forms.CharField(widget=forms.HiddenInput)
    creer_manquants = forms.BooleanField(label="Créer ce qui manque", required=False)
