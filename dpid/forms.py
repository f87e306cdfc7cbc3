"""Forms of the kernel: the current exercice and séance."""

import json

from django import forms

from dpid import conciliation, contexte
from dpid.typographie import date_courte


class ContexteForm(forms.Form):
    """One list per registered choice; values come back as they were given (an id stays an integer)."""

    def __init__(self, *args, agent, session, **kwargs):
        super().__init__(*args, **kwargs)
        self.session = session
        self.options = {}
        for choix in contexte.les_choix():
            options = choix.options(agent)
            self.options[choix.nom] = {str(valeur): (valeur, libelle) for valeur, libelle in options}
            self.fields[choix.nom] = forms.ChoiceField(
                label=choix.titre,
                choices=[(str(valeur), libelle) for valeur, libelle in options],
                initial=str(session.get(choix.nom, "")),
                required=bool(options),
            )

    def enregistrer(self):
        for choix in contexte.les_choix():
            retenu = self.options[choix.nom].get(self.cleaned_data.get(choix.nom, ""))
            if retenu:
                contexte.retenir(self.session, choix, *retenu)


class ChampCache(forms.CharField):
    """Hidden, and never « changed »: it is not data."""

    widget = forms.HiddenInput

    def has_changed(self, initial, data):
        return False


class AvecVersionForm(forms.ModelForm):
    """Form of an `AvecVersion` model: it carries the version and the values it was opened on, and merges a stale save
    field by field (see `dpid.conciliation`).

    A subclass whose form has more than fields (formsets) completes `comparer`.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    ouverte_sur = ChampCache(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        # Called when the field is shown: subclasses have then chosen their fields.
        self.fields["ouverte_sur"].initial = self._ouverture
        self.ecarts, self.repris = [], []
        if self.is_bound:
            self.data, self.ecarts = conciliation.appliquer_choix(self.data, self.fields, self.add_prefix)

    def _ouverture(self) -> str:
        if self.instance._state.adding:
            return ""
        vierge = self if not self.is_bound else self.sur(type(self.instance)._base_manager.get(pk=self.instance.pk))
        return json.dumps(conciliation.stockes(vierge))

    def clean(self):
        donnees = super().clean()
        for e in self.ecarts:
            if not e.choix:
                self.add_error(None, f"Deux personnes ont modifié « {e.libelle} » : dites quelle valeur garder.")
        return donnees

    def sur(self, instance):
        """The same form, not typed, on another instance."""
        return type(self)(instance=instance)

    def verrouiller(self) -> None:
        """Lock the row and raise VersionPerimee when somebody saved it meanwhile. Call inside the transaction."""
        modele = type(self.instance)
        modele._base_manager.select_for_update().order_by("pk").filter(pk=self.instance.pk).first()
        self.instance.verifier_version(self.cleaned_data["version"])

    def comparer(self, actuel) -> list:
        """What both sides changed; what they alone changed is taken over. The next save is made on what is shown."""
        ouverts = conciliation.lire_ouverture(self.data.get(self.add_prefix("ouverte_sur")))
        vierge, self.data, self.ecarts, self.repris = self.sur(actuel), self.data.copy(), [], []
        stockes = conciliation.stockes(vierge)
        for nom, leur in stockes.items():
            champ, mien, ouvert = self.fields[nom], conciliation.saisi(self, nom), ouverts.get(nom)
            if mien == leur or (nom in ouverts and leur == ouvert):
                continue
            if nom in ouverts and mien == ouvert:
                conciliation.poser(self.data, champ, self.add_prefix(nom), leur)
                self.repris.append(str(champ.label))
                continue
            self.ecarts.append(self._ecart(nom, mien, leur, ouvert, conciliation.auteur(actuel, nom)))
        self.data[self.add_prefix("version")] = str(actuel.version)
        self.data[self.add_prefix("ouverte_sur")] = json.dumps(stockes)
        return self.ecarts

    def _ecart(self, nom, mien, leur, ouvert, auteur):
        champ = self.fields[nom]
        montres = {"saisi": mien, "actuel": leur, "ouvert": ouvert}
        lisibles = {cle: _lisible(champ, valeur) or "vide" for cle, valeur in montres.items()}
        if ouvert is None:
            lisibles["ouvert"] = None
        return conciliation.Ecart(str(champ.label), nom=nom, auteur=auteur, leur=leur, **lisibles)

    def adopter(self, actuel) -> bool:
        """Take the merge of `comparer` over the row as it is now; False when together the values are not valid."""
        self.instance = actuel
        self.initial = {**self.initial, **forms.model_to_dict(actuel, self._meta.fields, self._meta.exclude)}
        self._errors = None
        return self.is_valid()


def ecart(libelle, saisi, actuel):
    """One row of « votre saisie / la valeur actuelle », for what is not a field."""
    return conciliation.Ecart(libelle, saisi or "vide", actuel or "vide")


def _lisible(champ, valeur) -> str:
    """A value as a person reads it: the label of a choice, an amount, a date."""
    if valeur in (None, "", []):
        return ""
    if isinstance(valeur, list):
        return ", ".join(_lisible(champ, v) for v in valeur)
    if isinstance(champ, forms.BooleanField):
        return "oui" if champ.clean(valeur) else "non"
    if isinstance(champ, forms.ModelChoiceField):
        objet = champ.queryset.filter(pk=valeur).first()
        return str(objet or valeur)
    if isinstance(champ, forms.ChoiceField):
        return str(dict(champ.choices).get(valeur, valeur))
    if isinstance(champ, forms.DateField):
        try:
            return date_courte(champ.to_python(valeur))
        except forms.ValidationError:
            return str(valeur)
    return str(champ.widget.format_value(champ.prepare_value(valeur)))
