"""What the forms of this room share: dates, and the print of what was in the database when they were opened."""

import hashlib
import json

from django import forms
from django.core.serializers.json import DjangoJSONEncoder


def champ_date(**options):
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class AvecEmpreinte(forms.ModelForm):
    """Carries a print of what was in the database when the form was opened: a stale save shows both values.

    After a refusal the form holds what was typed and the new print: sending it again is then a choice, not an accident.
    """

    empreinte = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ouverte_sur = self._empreinte()
        self.initial["empreinte"] = self.ouverte_sur

    def _valeurs(self) -> dict:
        """{field: text} of what the database holds now."""
        valeurs = {}
        for nom in self._meta.fields:
            valeur = self.initial.get(nom)
            valeurs[nom] = sorted(str(v) for v in valeur) if isinstance(valeur, list) else valeur
        return valeurs

    def _empreinte(self) -> str:
        texte = json.dumps(self._valeurs(), cls=DjangoJSONEncoder, sort_keys=True, default=str)
        return hashlib.sha256(texte.encode()).hexdigest()[:20]

    def clean(self):
        donnees = super().clean()
        if self.instance.pk and self.data.get(self.add_prefix("empreinte")) != self.ouverte_sur:
            self._dire_les_deux_versions()
        return donnees

    def _dire_les_deux_versions(self):
        self.data = self.data.copy()
        self.data[self.add_prefix("empreinte")] = self.ouverte_sur
        for nom in self.changed_data:
            if nom in self._meta.fields and nom not in self.errors:
                self.add_error(
                    nom, f"Enregistré entre-temps : « {self._en_clair(nom)} ». Gardez ou corrigez votre saisie."
                )
        self.add_error(
            None, "Cette fiche a été modifiée pendant votre saisie : comparez les valeurs, puis enregistrez de nouveau."
        )

    def _en_clair(self, nom) -> str:
        valeur = self.initial.get(nom)
        if isinstance(valeur, list):
            return ", ".join(str(v) for v in valeur) or "vide"
        choix = dict(getattr(self.fields[nom], "choices", None) or ())
        return str(choix.get(valeur, valeur) if valeur not in (None, "") else "vide")[:200]


class Redige(forms.Textarea):
    """A text with live references: what it will print is shown under it as it is typed (see `_palette.html`)."""

    template_name = "deliberations/widgets/redige.html"

    def __init__(self, rows=6):
        super().__init__(attrs={"rows": rows, "data-redige": True})
