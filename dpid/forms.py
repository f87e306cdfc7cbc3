"""Forms of the kernel: the current exercice and séance."""

from django import forms

from dpid import contexte
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


class AvecVersionForm(forms.ModelForm):
    """Form of an `AvecVersion` model: it carries the version it was opened on, and knows how to compare.

    A subclass whose form has more than fields (formsets) completes `comparer`.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version

    def sur(self, instance):
        """The same form, not typed, on another instance."""
        return type(self)(instance=instance)

    def verrouiller(self) -> None:
        """Lock the row and raise VersionPerimee when somebody saved it meanwhile. Call inside the transaction."""
        modele = type(self.instance)
        modele._base_manager.select_for_update().filter(pk=self.instance.pk).first()
        self.instance.verifier_version(self.cleaned_data["version"])

    def comparer(self, actuel) -> list[dict]:
        """What differs between what was typed and what is stored now; the next save is made on what is shown."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(actuel.version)
        vierge, ecarts = self.sur(actuel), []
        for nom, champ in self.fields.items():
            if nom == "version":
                continue
            stocke = vierge.get_initial_for_field(champ, nom)
            if champ.has_changed(stocke, self[nom].data):
                ecarts.append(ecart(champ.label, _lisible(champ, self[nom].data), _lisible(champ, stocke)))
        return ecarts


def ecart(libelle, saisi, actuel) -> dict:
    """One row of « votre saisie / la valeur actuelle »."""
    return {"libelle": libelle, "saisi": saisi or "vide", "actuel": actuel or "vide"}


def _lisible(champ, valeur) -> str:
    """A value as a person reads it: the label of a choice, an amount, a date."""
    if valeur in (None, ""):
        return ""
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
