"""Forms of a dossier and of its lines. Labels, help and validators live on the models."""

from django import forms
from django.db.models import Q
from django.urls import reverse_lazy

from budget.models import AutorisationEngagement, Volet
from dpid.forms import AvecVersionForm
from dpid.models import Territoire
from dpid.montants import MontantFormField, euros
from dpid.textes import cle_numerique, cle_texte
from programmes.depots.depot import proposables
from programmes.depots.forms import AvecDepot
from programmes.models import (
    Dossier,
    LigneDossier,
    SourceFinancement,
    Structure,
)


class JourInput(forms.DateInput):
    """The browser's own date picker, which wants ISO dates."""

    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class ChampStructure(forms.CharField):
    """A structure typed by name, sigle, alias or SIRET: a list of thousands is not a select."""

    def __init__(self, **kwargs):
        attrs = {
            "list": "structures-trouvees",
            "autocomplete": "off",
            "hx-get": reverse_lazy("structures_choix"),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#structures-trouvees",
            "hx-params": "structure",
        }
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def prepare_value(self, value):
        if isinstance(value, int):
            value = Structure.objects.filter(pk=value).first()
        return designation(value) if isinstance(value, Structure) else value

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "") != (data or "")

    def clean(self, value):
        texte = super().clean(value)
        if not texte:  # not required: nothing names every structure, and the only one of a search
            return None
        trouvees = list(reconnaitre(texte)[:6])
        if len(trouvees) == 1:
            return trouvees[0]
        if not trouvees:
            raise forms.ValidationError("Aucune structure ne porte ce nom : créez-la d’abord, ou cherchez son sigle.")
        noms = " ; ".join(designation(s) for s in trouvees[:5])
        raise forms.ValidationError(f"Plusieurs structures répondent : choisissez parmi {noms}.")


def designation(structure) -> str:
    """`AUDASSE — n° 12`: readable, and never ambiguous."""
    return f"{structure.raison_sociale} — n°\u00a0{structure.pk}"


def reconnaitre(texte: str):
    """Structures that a typed text names: by its designation, exactly by its key, or by search."""
    _, separateur, numero = texte.rpartition("n°\u00a0")
    numero = cle_numerique(numero)
    if separateur and numero is not None:
        # Typed before a merge: the kept structure answers.
        return Structure.objects.actives().filter(Q(pk=numero) | Q(absorbees=numero)).distinct()
    actives = Structure.objects.actives()
    exactes = actives.filter(cle=cle_texte(texte))
    return exactes if exactes.exists() else actives.rechercher(texte)


class DossierForm(AvecDepot, AvecVersionForm):
    structure = ChampStructure(label="Structure", help_text="Nom, sigle, autre nom connu ou SIRET.")

    class Meta:
        model = Dossier
        fields = ["structure", "dispositif", "intitule", "origine", "canal", "depose_le", "contact_le", "contact_avec"]
        widgets = {"contact_le": JourInput()}

    field_order = [*Meta.fields, "reporter", "motif_report"]

    def __init__(self, *args, agent, **kwargs):
        super().__init__(*args, **kwargs)
        self.agent = agent
        self.est_reporte = False
        dispositifs = proposables(agent).select_related("thematique__appel").order_by(
            "-thematique__appel__annee", "thematique__numero", "reference"
        )  # fmt: skip
        self.fields["dispositif"].queryset = dispositifs
        groupes: dict[str, list] = {}
        for d in dispositifs:
            titre = f"{d.thematique.appel.annee} – {d.thematique}"
            groupes.setdefault(titre, []).append((d.pk, str(d)))
        self.fields["dispositif"].choices = [("", "Choisir un dispositif"), *groupes.items()]
        if self.instance.pk and not self.instance.depose_le:
            self.fields["depose_le"].help_text = "Heure de Paris ; vide : date inconnue."

    def sur(self, instance):
        return type(self)(instance=instance, agent=self.agent)

    def clean_depose_le(self):
        """The minute is what is shown: a deposit not touched keeps its seconds."""
        depose_le, ancien = super().clean_depose_le(), self.instance.depose_le
        return ancien if ancien and "depose_le" not in self.changed_data else depose_le

    def clean(self):
        donnees = super().clean()
        if not self.errors and (
            not self.instance.pk or {"dispositif", "origine", "depose_le"} & set(self.changed_data)
        ):
            self._replacer(donnees)
        return donnees

    def _replacer(self, donnees):
        """The session follows from the dispositif and the date of deposit."""
        session, reporte = None, False
        depose_le = donnees["depose_le"]
        if donnees["origine"] == Dossier.Origine.SESSION and (depose_le or not self.instance.pk):
            session, reporte = self.placer(donnees["dispositif"], depose_le)
        self.instance.session, self.instance.est_reporte = session, reporte
        self.est_reporte = reporte

    def depot(self) -> dict:
        """What `depot.deposer` needs."""
        donnees = self.cleaned_data
        return {c: donnees[c] for c in (*self._meta.fields, "reporter")} | {"motif": donnees["motif_report"]}


class LigneForm(AvecVersionForm):
    class Meta:
        model = LigneDossier
        fields = [
            "description", "debut", "fin", "demande", "propose", "motif_zero", "nature_acte", "acte_initial_numero",
            "acte_initial_le", "numero_avenant", "ancien_montant", "montant_imprime",
        ]  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "debut": JourInput(),
            "fin": JourInput(),
            "acte_initial_le": JourInput(),
        }


class ChampObjet(forms.ChoiceField):
    """An object among a list read once for all the rows of a form; `ModelChoiceField` would query at each row."""

    def proposer(self, objets):
        self.objets = {str(o.pk): o for o in objets}
        self.choices = [
            ("", "Choisir" if self.required else "Aucun"),
            *((cle, str(o)) for cle, o in self.objets.items()),
        ]

    def prepare_value(self, value):
        return getattr(value, "pk", value)

    def clean(self, value):
        return self.objets.get(super().clean(value))


class RangForm(forms.Form):
    """Row of a list; `choix` gives the objects or choices of its fields."""

    def __init__(self, *args, choix, **kwargs):
        super().__init__(*args, **kwargs)
        for nom, champ in self.fields.items():
            if isinstance(champ, ChampObjet):
                champ.proposer(choix[nom])
            elif nom in choix:
                champ.choices = choix[nom]


class TerritoireForm(RangForm):
    territoire = ChampObjet(label="Territoire")


class QuantiteForm(RangForm):
    valeur = forms.DecimalField(label="Quantité", max_digits=12, decimal_places=2, min_value=0, localize=True)
    unite = forms.CharField(label="Unité", max_length=60)


class FinancementForm(RangForm):
    """Where the money comes from is one choice: an AE, a source outside the budget, or nothing yet."""

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    imputation = forms.ChoiceField(label="Imputation", required=False)
    montant = MontantFormField(label="Montant retenu")


class VentilationForm(RangForm):
    """Part of a financement, named by its rank in the list above."""

    rang = forms.IntegerField(label="Financement n°", min_value=1)
    territoire = ChampObjet(label="Territoire", required=False)
    volet = ChampObjet(label="Volet", required=False)
    montant = MontantFormField(label="Part")


def choix_des_rangs(exercice: int, deja) -> dict:
    """What the rows of a line may choose: territoires, volets, imputations; one query each."""
    return {
        "territoire": Territoire.objects.all(),
        "volet": Volet.objects.all(),
        "imputation": imputations(exercice, deja),
    }


def imputations(exercice: int, deja) -> list:
    """Choices of a financement: the AE open in `exercice` with what is left, the outside sources, and those in use."""
    ouvertes = list(AutorisationEngagement.objects.de_l_exercice(exercice).avec_ligne())
    connues = {a.pk for a in ouvertes}
    ouvertes += [f.autorisation for f in deja if f.autorisation_id and f.autorisation_id not in connues]
    autorisations = [
        (
            f"ae-{a.pk}",
            f"{a.ligne.code} {a.intitule} (AE {a.millesime}, reste {euros(a.disponible_apres_reserve, True)})",
        )
        for a in ouvertes
    ]
    sources = [(f"source-{s.pk}", s.libelle) for s in SourceFinancement.objects.all()]
    return [("", "À imputer"), ("Budget départemental", autorisations), ("Hors budget", sources)]


def imputation_de(financement) -> str:
    """`ae-12`, `source-3`, or nothing when it is still to be charged."""
    if financement.autorisation_id:
        return f"ae-{financement.autorisation_id}"
    return f"source-{financement.source_id}" if financement.source_id else ""


class MotifForm(forms.Form):
    motif = forms.CharField(
        label="Motif",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Lu par la structure et conservé dans l’historique.",
    )
