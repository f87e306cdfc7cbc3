"""Forms of the acts."""

import re

from django import forms

from conventions.models import BlocDeModele, Modele
from conventions.models.convention import NUMERO
from conventions.reprise import NATURES
from dpid.montants import MontantFormField
from programmes.forms import ChampStructure, JourInput

CLAUSE = re.compile(r"\s*(article|annexe)\s+(\d{1,3})\s*[:–-]\s*(.*)", re.IGNORECASE)


class RepriseForm(forms.Form):
    """A convention signed before the application."""

    structure = ChampStructure(label="Structure")
    numero = forms.CharField(label="Numéro", required=False, validators=[NUMERO], help_text="Vide : elle n’en a pas.")
    objet = forms.CharField(label="Objet", max_length=250)
    signee_le = forms.DateField(label="Signée le", widget=JourInput())
    debut = forms.DateField(label="Du", required=False, widget=JourInput())
    fin = forms.DateField(label="Au", required=False, widget=JourInput())
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
            "numero_donne", "avec_fiche", "note",
        ]  # fmt: skip
        widgets = {"texte": forms.Textarea(attrs={"rows": 10, "data-redige": ""})}


class LotForm(forms.Form):
    fichier = forms.FileField(label="Fichier PDF", help_text="Les pages, dans n’importe quel ordre ; 60 Mo au plus.")


class TriForm(forms.Form):
    """Where a page goes: a page of an act that waits for its signed copy. `actes`: {id: act}, read once for a tray."""

    acte = forms.TypedChoiceField(label="Acte", empty_value=None)
    numero = forms.IntegerField(label="Page de l’acte", min_value=1, max_value=999)

    def __init__(self, *args, page, actes, **kwargs):
        super().__init__(*args, prefix=f"page{page.pk}", **kwargs)
        choix = [(pk, f"{str(acte).capitalize()} — {acte.convention.structure}") for pk, acte in actes.items()]
        self.fields["acte"].choices = [("", "Choisir l’acte"), *choix]
        self.fields["acte"].coerce = lambda pk: actes[int(pk)]
