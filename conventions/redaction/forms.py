"""Forms of what an act says of its own, and one row of each of its lists."""

from django import forms
from django.db import transaction
from django.utils.html import format_html
from django.utils.text import Truncator

from conventions.forms import ecrire_clauses, lire_clauses
from conventions.models import (
    Acte,
    Convention,
    FicheAction,
    Modification,
    PartDeFinancement,
    Partie,
    Versement,
    VersionDeModele,
)
from conventions.reprise import saisir_articles
from deliberations.forms.base import Redige
from dpid.forms import AvecVersionForm
from programmes.appels.forms import RangForm
from programmes.forms import ChampObjet, ChampStructure, JourInput


class ActeForm(AvecVersionForm):
    """What is decided of an act before it is sent to signature."""

    class Meta:
        model = Acte
        fields = ["objet", "debut", "fin", "exemplaires", "signataire"]
        widgets = {"debut": JourInput(), "fin": JourInput()}


class ConventionForm(AvecVersionForm):
    """What every act of a convention may print of it. Its objet is that of its initial act, once that one is frozen;
    that of a convention signed before the application was typed here, and is corrected here."""

    class Meta:
        model = Convention
        fields = ["objet", "conservation_jusqu_au"]
        widgets = {"conservation_jusqu_au": JourInput()}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        initial = self.instance.actes.filter(rang=0).exclude(etat=Acte.Etat.ABANDONNE).first()
        if initial and initial.est_fige and not self.instance.est_reprise:
            del self.fields["objet"]

    @transaction.atomic
    def enregistrer(self):
        """Raises VersionPerimee."""
        self.verrouiller()
        return self.save()


class ArticlesForm(AvecVersionForm):
    """Articles and annexes of a convention signed before the application, entered or corrected after it."""

    articles = forms.CharField(
        label="Articles et annexes", required=False, widget=forms.Textarea(attrs={"rows": 24}),
        help_text="« Article 4 : Coût de l’opération », puis son texte sur les lignes qui suivent. Le texte n’est pas "
        "nécessaire : sans lui, le texte consolidé renvoie à la pièce signée.",
    )  # fmt: skip

    class Meta:
        model = Convention
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["articles"].initial = ecrire_clauses(self.instance.clauses.all())

    def clean_articles(self):
        """As typed: what it says is in `clauses`."""
        self.clauses = lire_clauses(self.cleaned_data["articles"])
        return self.cleaned_data["articles"]

    @transaction.atomic
    def enregistrer(self, *, par):
        """Raises VersionPerimee, ActeRefuse, ActeFige."""
        self.verrouiller()
        saisir_articles(self.instance, self.clauses, par=par)
        return self.save()


class SansChampForm(AvecVersionForm):
    """The act as the holder of a list: its version, and nothing to type."""

    class Meta:
        model = Acte
        fields = []


class FicheForm(AvecVersionForm):
    """What this act says of an opération; an empty text is inherited."""

    class Meta:
        model = FicheAction
        fields = ["titre", "participation", *FicheAction.LIBELLES, "bilan_le"]
        widgets = {"bilan_le": JourInput(), **{nom: forms.Textarea(attrs={"rows": 3}) for nom in FicheAction.LIBELLES}}

    def annoncer(self, heritages: dict) -> None:
        """Say under each text what it prints when it is left empty (`fiches.heritages`)."""
        for nom, (texte, origine) in heritages.items():
            dit = (
                f"{Truncator(_d_un_trait(texte)).chars(300)} ({origine})"
                if texte
                else "rien, et l’acte ne peut pas partir"
            )
            self.fields[nom].help_text = format_html("Vide : {}", dit)


def _d_un_trait(texte: str) -> str:
    """A text of several lines in one: what its dashes list is set after semicolons."""
    trait = ""
    for ligne in filter(None, (ligne.strip() for ligne in texte.splitlines())):
        trait += (" " if trait.endswith((":", ";", ".")) else " ; ") + ligne.removeprefix("- ")
    return trait.removeprefix(" ; ")


class ModificationForm(AvecVersionForm):
    """One operation of an avenant on the text in force."""

    class Meta:
        model = Modification
        fields = ["operation", "cible", "numero", "alinea", "numero_donne", "texte", "fiche", "titre", "ordre"]
        widgets = {"texte": Redige(rows=8)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fiches = self.instance.acte.fiches.select_related("dispositif")
        if fiches:
            self.fields["fiche"].queryset = fiches
        else:
            del self.fields["fiche"]


class PartieForm(RangForm):
    """An empty structure is the Département."""

    structure = ChampStructure(label="Structure (vide : le Département)", required=False)
    representant = ChampObjet(label="Représentée par", required=False)

    class Meta:
        model = Partie
        fields = ["ordre", "structure", "representant", "designation"]

    def __init__(self, *args, choix, **kwargs):
        super().__init__(*args, **kwargs)
        champ = self.fields["representant"]
        champ.proposer(choix["representant"])
        champ.choices = [("", "La personne en fonction"), *champ.choices[1:]]

    def clean(self):
        donnees = super().clean()
        structure, representant = donnees.get("structure"), donnees.get("representant")
        if representant and "structure" not in self.errors and representant.structure_id != getattr(
            structure, "pk", None
        ):  # fmt: skip
            self.add_error("representant", f"{representant} ne représente pas cette partie : laissez vide, ou changez.")
        return donnees


class VersementForm(RangForm):
    fiche = ChampObjet(label="Fiche action")

    class Meta:
        model = Versement
        fields = [
            "ordre", "fiche", "type", "pourcentage", "montant", "declencheur", "condition", "exercice_ae",
            "exercice_cp", "prevu_le", "est_verse",
        ]  # fmt: skip
        widgets = {"prevu_le": JourInput()}
        localized_fields = ["pourcentage"]

    def __init__(self, *args, choix, **kwargs):
        """`choix["fiche"]`: the fiches of the act, when there are several to choose among."""
        super().__init__(*args, **kwargs)
        if choix["fiche"]:
            self.fields["fiche"].proposer(choix["fiche"])
        else:
            del self.fields["fiche"]


class PartForm(RangForm):
    class Meta:
        model = PartDeFinancement
        fields = ["ordre", "nature", "pourcentage", "libelle"]
        localized_fields = ["pourcentage"]


class AvenantForm(forms.Form):
    """What an avenant without money is about, and the model that it is printed with."""

    NATURES = {
        "representant": "Changement de représentant",
        "denomination": "Changement de dénomination",
        "texte": "Modification du texte de la convention",
    }

    nature = forms.ChoiceField(label="Nature du changement", choices=NATURES.items(), widget=forms.RadioSelect)
    version = forms.ModelChoiceField(label="Modèle", queryset=VersionDeModele.objects.none(), empty_label=None)
    objet = forms.CharField(
        label="Objet de l’avenant", max_length=250, required=False, help_text="Vide : la nature du changement."
    )

    def __init__(self, *args, versions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = versions

    def ouverture(self) -> dict:
        """What `ouverture.preparer_avenant` needs."""
        lus = self.cleaned_data
        return {"version": lus["version"], "objet": lus["objet"] or self.NATURES[lus["nature"]]}
