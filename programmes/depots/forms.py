"""Forms of a deposit: when and how a dossier came, made again from an older one, moved to a later session."""

from django import forms
from django.utils import timezone

from dpid.erreurs import ActeRefuse
from programmes.depots import depot
from programmes.depots.importation.colonnes import COLONNES, IGNORER, Correspondance
from programmes.models import AppelAProjets, Dispositif, Dossier, SessionDepot


class InstantInput(forms.DateTimeInput):
    """The browser's picker of a day and an hour, which wants ISO."""

    input_type = "datetime-local"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class ChampInstant(forms.DateTimeField):
    """To the minute: the seconds of a portal are not typed, nor changed by who only opens the form."""

    widget = InstantInput
    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%d/%m/%Y"]

    def has_changed(self, initial, data):
        try:
            lu = self.to_python(data)
        except forms.ValidationError:
            return True
        return (initial and _minute(initial)) != (lu and _minute(lu))


def _minute(instant):
    return instant.replace(second=0, microsecond=0)


class AvecDepot(forms.Form):
    """When and how a dossier came; a late one is refused, or moved to the next session with a reason."""

    canal = forms.ChoiceField(label="Reçu par", choices=Dossier.Canal.choices, initial=Dossier.Canal.SAISIE)
    depose_le = ChampInstant(
        label="Déposé le",
        required=False,
        help_text="Heure de Paris ; vide : maintenant. Pour un envoi postal, le jour du cachet de la poste.",
    )
    reporter = forms.BooleanField(required=False, widget=forms.HiddenInput, label="Reporter à la session suivante")
    motif_report = forms.CharField(label="Motif du report", required=False, widget=forms.HiddenInput, max_length=1000)

    def clean_depose_le(self):
        depose_le = self.cleaned_data["depose_le"]
        if depose_le:
            try:
                depot.refuser_le_futur(depose_le)
            except ActeRefuse as refus:
                raise forms.ValidationError(str(refus)) from refus
        return depose_le

    def placer(self, dispositif, depose_le) -> tuple:
        """(session, has the deposit been moved to it). A refusal becomes an error and offers the move."""
        try:
            return depot.placer(depot.sessions_de(dispositif), depose_le or timezone.now()), False
        except depot.HorsSession as hors:
            if hors.suivante is None:
                self.add_error("depose_le", str(hors))
                return None, False
            self._proposer_report(hors)
            if not self.cleaned_data.get("reporter"):
                self.add_error("depose_le", f"{hors} Corrigez la date, ou cochez « Reporter à la session suivante ».")
            elif not self.cleaned_data.get("motif_report", "").strip():
                self.add_error("motif_report", "Dites pourquoi ce dépôt est reporté.")
            return hors.suivante, True

    def _proposer_report(self, hors):
        self.fields["reporter"].widget = forms.CheckboxInput()
        self.fields["motif_report"].widget = forms.Textarea(attrs={"rows": 2})


class ReconductionForm(AvecDepot):
    """Last year's dossier, deposited again on the dispositif that continues its own."""

    dispositif = forms.ModelChoiceField(Dispositif.objects.none(), label="Dispositif", empty_label=None)
    field_order = ["dispositif", "canal", "depose_le", "reporter", "motif_report"]

    def __init__(self, *args, dispositifs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["dispositif"].queryset = dispositifs.select_related("thematique__appel").order_by(
            "-thematique__appel__annee", "reference"
        )
        self.fields["dispositif"].label_from_instance = lambda d: f"{d.thematique.appel.annee} – {d}"

    def clean(self):
        donnees = super().clean()
        if not self.errors:
            self.placer(donnees["dispositif"], donnees["depose_le"])
        return donnees

    def depot(self) -> dict:
        donnees = self.cleaned_data
        champs = ("dispositif", "canal", "depose_le", "reporter")
        return {c: donnees[c] for c in champs} | {"motif": donnees["motif_report"]}


class ReportForm(forms.Form):
    session = forms.ModelChoiceField(SessionDepot.objects.none(), label="Session", empty_label=None)
    motif = forms.CharField(
        label="Motif", widget=forms.Textarea(attrs={"rows": 3}), help_text="Conservé dans l’historique du dossier."
    )

    def __init__(self, *args, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = SessionDepot.objects.filter(pk__in=[s.pk for s in sessions])


class AvenantForm(AvecDepot):
    """An avenant has no window: only when and how it was asked."""

    field_order = ["canal", "depose_le"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["reporter"], self.fields["motif_report"]

    def depot(self) -> dict:
        return {c: self.cleaned_data[c] for c in ("canal", "depose_le")}


class ExtraitForm(forms.Form):
    """The file that the portal exported."""

    appel = forms.ModelChoiceField(AppelAProjets.objects.all(), label="Appel à projets", empty_label=None)
    fichier = forms.FileField(label="Fichier CSV, XLSX ou ODS", help_text="10 Mo et 100 000 lignes au plus.")


class CorrespondanceForm(forms.Form):
    """One list per column of the file: the field that it holds."""

    def __init__(self, *args, colonnes: list[tuple[str, str]], exemples: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.titres = [titre for titre, _ in colonnes]
        choix = [("", "À désigner"), (IGNORER, "Ne pas importer"), *((c.code, c.titre) for c in COLONNES)]
        for rang, (titre, code) in enumerate(colonnes):
            aide = f"Par exemple : {exemples[titre]}" if exemples.get(titre) else "Colonne vide"
            self.fields[f"colonne-{rang}"] = forms.ChoiceField(
                label=titre, choices=choix, initial=code, required=False, help_text=aide
            )

    def clean(self):
        donnees = super().clean()
        correspondance = self.correspondance()
        for colonne in correspondance.doubles:
            self.add_error(None, f"« {colonne.titre} » est désigné deux fois : gardez une seule colonne.")
        if correspondance.manquantes:
            noms = ", ".join(f"« {c.titre} »" for c in correspondance.manquantes)
            self.add_error(None, f"Dites quelle colonne porte : {noms}.")
        return donnees

    def correspondance(self) -> Correspondance:
        return Correspondance(
            {titre: self.cleaned_data.get(f"colonne-{rang}", "") for rang, titre in enumerate(self.titres)}
        )
