"""Dates that come back from the préfecture and from the publication."""

from django import forms

from deliberations.dossier_de_seance import transmission
from deliberations.forms.base import champ_date


class DatesForm(forms.Form):
    """Carries the dates that it was opened on: a stale save is refused, what was typed is kept."""

    transmise_le = champ_date(label="Transmise au représentant de l’État le", required=False)
    recue_le = champ_date(label="Accusé de réception du", required=False)
    publiee_le = champ_date(
        label="Publiée le", required=False, help_text="Jour de la mise en ligne sur le site du Département."
    )
    motif = forms.CharField(
        label="Motif de la correction", required=False, max_length=250,
        help_text="Pour changer une date déjà enregistrée.",
    )  # fmt: skip
    connues = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, deliberation, **kwargs):
        self.deliberation, etat = deliberation, transmission.etat(deliberation)
        super().__init__(*args, initial={**etat, "connues": transmission.signature(etat)}, **kwargs)

    def valeurs(self) -> dict:
        """What `transmission.dater` is given."""
        donnees = self.cleaned_data
        dates = {champ: donnees[champ] for champ in transmission.DATES}
        return {"dates": dates, "connues": donnees["connues"], "motif": donnees["motif"]}

    def refuser(self, motif: str) -> None:
        """Show the refusal beside what was typed; sent again, the form is on the dates as they now are."""
        self.add_error(None, motif)
        self.data = self.data.copy()
        self.data["connues"] = self.initial["connues"]
