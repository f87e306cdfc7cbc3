"""Forms of a fiche: its fields, those of its dispositif, and one row of each of its lists."""

import json

from django import forms

from dpid import conciliation
from dpid.forms import AvecVersionForm, ChampCache
from dpid.models import Service, Territoire
from programmes.forms import JourInput
from programmes.models import (
    CadreStrategique,
    ContactDispositif,
    CoutUnitaire,
    Critere,
    Dispositif,
    Fiche,
    Indicateur,
    PieceExigee,
    ResultatAttendu,
    SessionDepot,
    Structure,
    Suivi,
    TypePiece,
    VersementPrevu,
)


class ChoixDeTypes(forms.MultipleChoiceField):
    """Types of structure, kept as a list in a JSON column."""

    def __init__(self, **kwargs):
        super().__init__(**{"choices": Structure.Type.choices, "required": False, **kwargs})

    def prepare_value(self, value):
        return value or []


class FicheForm(AvecVersionForm):
    types_eligibles = ChoixDeTypes(
        label="Types de structure éligibles", widget=forms.CheckboxSelectMultiple, help_text="Rien de coché : tous."
    )

    # What each list showed when the form was opened: who changed which list is known on a stale save.
    listes_ouvertes = ChampCache(required=False)

    class Meta:
        model = Fiche
        exclude = ["dispositif", "relue_le"]
        widgets = {
            "territoires": forms.CheckboxSelectMultiple,
            "agrements_exiges": forms.CheckboxSelectMultiple,
            "cadres": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            # Somebody who creates the same fiche meanwhile makes it version 1: a stale save, not an overwrite.
            self.fields["version"].initial = 0
        self.fields["cadres"].queryset = CadreStrategique.objects.select_related("parent")
        for champ in self.fields.values():
            if isinstance(champ.widget, forms.Textarea):
                champ.widget.attrs["rows"] = 4


class DispositifForm(forms.ModelForm):
    """What the fiche needs of its dispositif; the reference and the thématique are changed in the referentials."""

    ouverte_sur = ChampCache(required=False)  # the row carries no version: what was shown stands for it

    class Meta:
        model = Dispositif
        fields = [
            "titre", "libelle_court", "service", "service_local", "ligne_par_defaut", "sources_par_defaut",
            "instance_externe", "delai_avis", "avis_echu", "condition_suspensive", "condition_levee_le",
        ]  # fmt: skip
        widgets = {"condition_levee_le": JourInput, "sources_par_defaut": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.fields["ouverte_sur"].initial = json.dumps(conciliation.stockes(self))

    def est_perime(self) -> bool:
        """Somebody changed the dispositif since the form was opened; asked on the locked row."""
        actuel = Dispositif.objects.select_for_update().get(pk=self.instance.pk)
        ouverts = conciliation.lire_ouverture(self.data.get(self.add_prefix("ouverte_sur")))
        return ouverts != conciliation.stockes(type(self)(instance=actuel))


class RangForm(forms.ModelForm):
    """A row of a list of the fiche; it keeps the identity of the stored row, to which dossiers and notes are tied."""

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # Choices of related rows, read once for the whole list: field → QuerySet.
    REFERENTIELS: dict = {}

    def __init__(self, *args, choix=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ordre"].required = False
        self.initial.setdefault("pk", None)
        if "initial" not in kwargs or kwargs["initial"] is None:
            self.initial["ordre"] = None
        for nom, options in (choix or {}).items():
            self.fields[nom].choices = options

    @classmethod
    def lire_choix(cls) -> dict:
        return {nom: [("", "—"), *((o.pk, str(o)) for o in lire())] for nom, lire in cls.REFERENTIELS.items()}

    @classmethod
    def champs(cls) -> list[str]:
        return [nom for nom in cls.base_fields if nom != "pk"]


class SessionForm(RangForm):
    class Meta:
        model = SessionDepot
        fields = [
            "ordre", "ouverture", "cloture", "action_debut", "action_fin", "demarrage_debut", "demarrage_fin",
        ]  # fmt: skip
        widgets = {nom: JourInput for nom in fields if nom != "ordre"}


class CritereForm(RangForm):
    class Meta:
        model = Critere
        fields = ["ordre", "libelle", "note_max", "est_obligatoire"]


class CoutForm(RangForm):
    class Meta:
        model = CoutUnitaire
        fields = ["ordre", "montant", "unite"]


class CibleForm(RangForm):
    class Meta:
        model = ResultatAttendu
        fields = ["ordre", "cible", "unite"]


class SuiviForm(RangForm):
    rythme = forms.TypedChoiceField(
        label="Rythme", required=False, coerce=int, empty_value=None,
        choices=[("", "sans rythme fixe"), *Suivi.Rythme.choices],
    )  # fmt: skip

    class Meta:
        model = Suivi
        fields = ["ordre", "type", "rythme", "precision"]
        widgets = {"precision": forms.Textarea({"rows": 2})}


class IndicateurForm(RangForm):
    class Meta:
        model = Indicateur
        fields = ["ordre", "part", "type", "libelle", "choix"]


class VersementForm(RangForm):
    class Meta:
        model = VersementPrevu
        fields = ["ordre", "type", "pourcentage", "declencheur", "condition"]


class PieceForm(RangForm):
    REFERENTIELS = {"type": TypePiece.objects.all}
    types_structure = ChoixDeTypes(label="Types de structure (aucun : tous)", widget=forms.SelectMultiple({"size": 3}))

    class Meta:
        model = PieceExigee
        fields = ["ordre", "type", "types_structure"]


class ContactForm(RangForm):
    REFERENTIELS = {"territoire": Territoire.objects.all, "service": Service.objects.all}

    class Meta:
        model = ContactDispositif
        fields = ["ordre", "territoire", "service", "nom", "telephone", "courriel"]

    def clean(self):
        donnees = super().clean()
        if self.has_changed() and not any(donnees.get(c) for c in ("territoire", "service", "nom")):
            raise forms.ValidationError("Un contact dit au moins un territoire, un service ou un nom.")
        return donnees
