"""Séances, rapports and their outline. Labels and help come from the models."""

import uuid

from django import forms
from django.core.exceptions import ValidationError

from deliberations.forms.base import AvecEmpreinte, Redige
from deliberations.models import Elu, OperationPresentee, Rapport, Seance, ThematiquePresentee
from programmes.models import Dispositif, Thematique


class SeanceForm(forms.ModelForm):
    class Meta:
        model = Seance
        fields = ["instance", "date", "president", "secretaire", "signataire"]
        widgets = {"date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A member is named by a mandate: read with the members, not once per choice.
        elus = Elu.objects.prefetch_related("mandats__elu")
        self.fields["president"].queryset = self.fields["secretaire"].queryset = elus


class NouveauRapportForm(forms.ModelForm):
    """Opens a rapport; a key drawn at the opening of the form makes a double click one rapport."""

    jeton = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Rapport
        fields = ["titre", "service"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("jeton", uuid.uuid4())


class RapportForm(AvecEmpreinte):
    class Meta:
        model = Rapport
        fields = [
            "titre", "service", "territoires", "cantons", "epci", "introduction", "remplace", "imprime_lignes_zero",
        ]  # fmt: skip
        widgets = {
            "introduction": Redige(),
            "territoires": forms.SelectMultiple(attrs={"size": 6}),
            "cantons": forms.SelectMultiple(attrs={"size": 6}),
            "epci": forms.SelectMultiple(attrs={"size": 6}),
        }

    def _en_clair(self, nom):
        if nom in ("territoires", "cantons", "epci"):
            return ", ".join(str(o) for o in getattr(self.instance, nom).all()) or "vide"
        return super()._en_clair(nom)


class ThematiqueForm(AvecEmpreinte):
    """A thématique of the call as this rapport prints it."""

    class Meta:
        model = ThematiquePresentee
        fields = ["thematique", "numero", "titre", "mot", "compte", "texte"]
        widgets = {"texte": Redige()}

    def __init__(self, *args, rapport, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.rapport = rapport
        self.fields["thematique"].queryset = Thematique.objects.select_related("appel").order_by(
            "-appel__annee", "numero"
        )
        self.fields["thematique"].label_from_instance = lambda t: f"{t.appel.annee} – {t}"

    def clean_thematique(self):
        choisie = self.cleaned_data["thematique"]
        autres = ThematiquePresentee.objects.filter(rapport=self.instance.rapport, thematique=choisie)
        if autres.exclude(pk=self.instance.pk).exists():
            raise ValidationError("Cette thématique est déjà présentée par le rapport.")
        return choisie


class OperationForm(AvecEmpreinte):
    class Meta:
        model = OperationPresentee
        fields = ["numero", "titre", "libelle_court", "dispositifs", "descriptif", "bilan", "proposition"]
        widgets = {nom: Redige(rows=5) for nom in ("descriptif", "bilan", "proposition")}

    def __init__(self, *args, thematique, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.thematique = thematique
        # A rapport may print under one thématique a dispositif of another one of the same call.
        self.fields["dispositifs"].queryset = Dispositif.objects.filter(
            thematique__appel=thematique.thematique.appel_id
        ).order_by("thematique__numero", "reference")


class NumeroForm(forms.ModelForm):
    class Meta:
        model = Rapport
        fields = ["numero"]
