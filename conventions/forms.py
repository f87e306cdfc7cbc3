"""Forms of the acts."""

import re

from django import forms

from conventions.models import BlocDeModele, FicheAction, Modele
from conventions.models.convention import NUMERO
from conventions.reprise import NATURES
from dpid.montants import MontantFormField
from programmes.models import Structure

CLAUSE = re.compile(r"\s*(article|annexe)\s+(\d{1,3})\s*[:–-]\s*(.*)", re.IGNORECASE)


class RepriseForm(forms.Form):
    """A convention signed before the application."""

    structure = forms.ModelChoiceField(Structure.objects.actives(), label="Structure")
    numero = forms.CharField(label="Numéro", required=False, validators=[NUMERO], help_text="Vide : elle n’en a pas.")
    objet = forms.CharField(label="Objet", max_length=250)
    signee_le = forms.DateField(label="Signée le", widget=forms.DateInput(attrs={"type": "date"}))
    debut = forms.DateField(label="Du", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    fin = forms.DateField(label="Au", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    montant = MontantFormField(label="Montant accordé", required=False)
    clauses = forms.CharField(
        label="Articles et annexes", required=False, widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Un par ligne : « Article 4 : Coût de l’opération ». Le texte n’est pas nécessaire.",
    )  # fmt: skip

    def clean_clauses(self):
        clauses = []
        for ligne in self.cleaned_data["clauses"].splitlines():
            if not ligne.strip():
                continue
            lue = CLAUSE.fullmatch(ligne)
            if lue is None:
                modele = "écrivez « Article 4 : titre » ou « Annexe 1 : titre »"
                raise forms.ValidationError(f"« {ligne.strip()} » : {modele}.")
            clauses.append((NATURES[lue[1].lower()], int(lue[2]), lue[3].strip()[:200], ""))
        if len({c[:2] for c in clauses}) < len(clauses):
            raise forms.ValidationError("Deux lignes portent le même numéro.")
        return clauses


class FicheForm(forms.ModelForm):
    """What this act says of an opération; an empty text is inherited."""

    class Meta:
        model = FicheAction
        fields = ["titre", *FicheAction.LIBELLES, "bilan_le"]

    def enregistrer(self, *, par):
        self.save()


class ModeleForm(forms.ModelForm):
    class Meta:
        model = Modele
        fields = ["titre", "code", "nature", "dispositifs"]


class BlocForm(forms.ModelForm):
    """One block of a draft; its text takes the references of the palette."""

    class Meta:
        model = BlocDeModele
        fields = [
            "nature", "titre", "cle", "texte", "contenu", "condition", "operation", "cible", "numero", "alinea",
            "avec_fiche", "note",
        ]  # fmt: skip
        widgets = {"texte": forms.Textarea(attrs={"rows": 10, "data-redige": ""})}
