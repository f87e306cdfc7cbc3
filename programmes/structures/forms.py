"""Forms of the register: a structure, what it holds from a date to another, its pièces, its messages, its merges."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.urls import reverse_lazy
from django.utils import timezone

from dpid.admin_base import empreinte
from dpid.erreurs import VersionPerimee
from dpid.forms import AvecVersionForm
from dpid.models import Commune
from dpid.textes import cle_texte
from programmes.forms import ChampStructure, JourInput, designation
from programmes.models import (
    Agrement,
    AliasStructure,
    CompteBancaire,
    Contact,
    Dossier,
    Piece,
    Representant,
    Structure,
    TypePiece,
)
from programmes.structures import pieces


def sans_longueur(champ) -> None:
    """Pasted numbers carry spaces: they go before the length is judged."""
    champ.max_length = None
    champ.widget.attrs.pop("maxlength", None)
    champ.validators = [v for v in champ.validators if getattr(v, "code", "") != "max_length"]


class ChampCommune(forms.CharField):
    """A commune typed by name, « Arras (62041) »: a list of nine hundred is not a select."""

    def __init__(self, **kwargs):
        attrs = {
            "list": "communes-trouvees", "autocomplete": "off", "hx-get": reverse_lazy("communes_choix"),
            "hx-trigger": "input changed delay:250ms", "hx-target": "#communes-trouvees", "hx-params": "commune",
        }  # fmt: skip
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def prepare_value(self, value):
        if isinstance(value, int):
            value = Commune.objects.filter(pk=value).first()
        return designer_commune(value) if isinstance(value, Commune) else value

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "") != (data or "")

    def clean(self, value):
        texte = super().clean(value).strip()
        if not texte:
            return None
        nom, _, code = texte.rstrip(")").rpartition("(")
        trouvees = list(Commune.objects.filter(code=code)) if nom else []
        trouvees = trouvees or [c for c in Commune.objects.all() if cle_texte(c.nom) == cle_texte(texte)]
        if len(trouvees) == 1:
            return trouvees[0]
        if trouvees:
            noms = ", ".join(designer_commune(c) for c in trouvees[:5])
            raise forms.ValidationError(f"Plusieurs communes portent ce nom : choisissez parmi {noms}.")
        raise forms.ValidationError("Aucune commune du Pas-de-Calais ne porte ce nom : vérifiez-le, ou laissez vide.")


def designer_commune(commune) -> str:
    return f"{commune.nom} ({commune.code})"


class StructureForm(AvecVersionForm):
    """A duplicate is announced, then accepted when the agent insists."""

    commune = ChampCommune(label="Commune", required=False)
    alias = forms.CharField(
        label="Autres noms connus",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Un par ligne. Ils aident à reconnaître la structure dans les fichiers reçus, sans s’imprimer.",
    )
    malgre_doublon = forms.BooleanField(
        label="Enregistrer malgré la ressemblance", required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Structure
        fields = [
            "raison_sociale", "sigle", "type", "siret", "rna", "categorie_juridique", "adresse", "commune", "courriel",
            "telephone", "est_a_completer",
        ]  # fmt: skip
        widgets = {"adresse": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        sans_longueur(self.fields["siret"])
        if self.instance.pk:
            textes = self.instance.alias.values_list("texte", flat=True)
            self.fields["alias"].initial = "\n".join(textes)

    def clean_siret(self):
        siret = "".join((self.cleaned_data["siret"] or "").split()) or None
        absorbee = Structure.objects.filter(siret=siret, fusionnee_dans__isnull=False).first() if siret else None
        if absorbee is not None:
            raise forms.ValidationError(
                f"Ce SIRET est celui de {absorbee}, fusionnée dans {absorbee.fusionnee_dans} : ouvrez cette fiche."
            )
        return siret

    def clean_rna(self):
        return (self.cleaned_data["rna"] or "").strip().upper()

    def clean_alias(self):
        """One alias per key; none that already names another structure."""
        lus = {cle_texte(t): t.strip()[:200] for t in self.cleaned_data["alias"].splitlines() if cle_texte(t)}
        pris = AliasStructure.objects.filter(cle__in=lus).exclude(structure=self.instance.pk)
        for alias in pris.select_related("structure"):
            raise forms.ValidationError(
                f"« {alias.texte} » désigne déjà {alias.structure} : retirez-le d’ici ou de là."
            )
        return lus

    def clean(self):
        donnees = super().clean()
        semblables = self.semblables(donnees) if not donnees.get("malgre_doublon") else []
        if semblables:
            self.fields["malgre_doublon"].widget = forms.CheckboxInput()
            noms = ", ".join(designation(s) for s in semblables)
            self.add_error(
                NON_FIELD_ERRORS,
                f"Ce nom est déjà celui de {noms}. Si c’est une autre structure, cochez « Enregistrer malgré la "
                "ressemblance » et enregistrez.",
            )
        return donnees

    def semblables(self, donnees):
        """Other structures that carry this name, as theirs or as an alias, but for its other establishments."""
        nom, siren = donnees.get("raison_sociale", ""), (donnees.get("siret") or "")[:9]
        cles = {cle_texte(nom), cle_texte(f"{nom} {donnees.get('sigle', '')}")} - {""}
        autres = Structure.objects.actives().exclude(pk=self.instance.pk)
        if siren:
            autres = autres.exclude(siret__startswith=siren)
        return (autres.filter(cle__in=cles) | autres.filter(alias__cle__in=cles)).distinct()[:5]


# --- What a structure holds, dated


class ElementForm(AvecVersionForm):
    """Models without a version column: the form carries a print of the row that it was opened on."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, instance, **kwargs):
        instance.version = empreinte(instance) if instance.pk else ""
        super().__init__(*args, instance=instance, **kwargs)

    def verrouiller(self):
        modele = type(self.instance)
        actuel = modele._base_manager.select_for_update().get(pk=self.instance.pk)
        if empreinte(actuel) != self.cleaned_data["version"]:
            raise VersionPerimee("Cette fiche a été modifiée pendant votre saisie : comparez avant d’enregistrer.")

    def comparer(self, actuel):
        actuel.version = empreinte(actuel)
        return super().comparer(actuel)


DATES = {"debut": JourInput(), "fin": JourInput()}


class RepresentantForm(ElementForm):
    class Meta:
        model = Representant
        fields = ["civilite", "prenom", "nom", "qualite", "habilitation", "debut", "fin"]
        widgets = DATES


class ContactForm(ElementForm):
    class Meta:
        model = Contact
        fields = ["nom", "fonction", "courriel", "telephone"]


class AgrementForm(ElementForm):
    class Meta:
        model = Agrement
        fields = ["type", "autorite", "numero", "debut", "fin"]
        widgets = DATES


class CompteForm(ElementForm):
    class Meta:
        model = CompteBancaire
        fields = ["titulaire", "iban", "bic", "domiciliation", "debut", "fin"]
        widgets = DATES

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for nom in ("iban", "bic"):
            sans_longueur(self.fields[nom])
            self.fields[nom].widget.attrs["autocomplete"] = "off"

    def clean_iban(self):
        return "".join(self.cleaned_data["iban"].split()).upper()

    def clean_bic(self):
        return "".join(self.cleaned_data["bic"].split()).upper()


class FinForm(forms.Form):
    """Last day in force."""

    fin = forms.DateField(label="Jusqu’au", widget=JourInput(), initial=timezone.localdate, help_text="Jour inclus.")


# --- Pièces


class DepotPieceForm(forms.ModelForm):
    """The file, what it is, and for what. `valable_jusqu_au` is computed from the type when left empty."""

    fichier = forms.FileField(
        label="Fichier",
        max_length=None,
        help_text=f"{pieces.FORMATS} ; 10 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": pieces.ACCEPT}),
    )

    class Meta:
        model = Piece
        fields = ["type", "dossier", "datee_le", "valable_jusqu_au"]
        widgets = {"datee_le": JourInput(), "valable_jusqu_au": JourInput()}

    field_order = ["fichier", *Meta.fields]

    def __init__(self, *args, structure, agent, **kwargs):
        super().__init__(*args, **kwargs)
        self.structure, self.agent = structure, agent
        visibles = Dossier.objects.visibles_par(agent).filter(structure=structure)
        champ = self.fields["dossier"]
        champ.queryset = visibles.select_related("structure", "dispositif__thematique__appel")
        champ.choices = [("", "Tous les dossiers de la structure"), *((d.pk, _dossier(d)) for d in champ.queryset)]
        champ.help_text = "Une pièce de la structure sert à tous ses dossiers."
        self.fields["valable_jusqu_au"].help_text = "Vide : calculé d’après le type et la date de la pièce."

    def clean_fichier(self):
        fichier = self.cleaned_data["fichier"]
        if fichier.size > pieces.TAILLE_MAX:
            raise forms.ValidationError("Ce fichier dépasse 10 Mo : réduisez sa définition, ou séparez-le en deux.")
        return fichier

    def clean(self):
        donnees = super().clean()
        type_, dossier = donnees.get("type"), donnees.get("dossier")
        if type_ and type_.est_du_dossier and dossier is None and "dossier" not in self.errors:
            self.add_error("dossier", f"« {type_} » est propre à un dossier : dites lequel.")
        return donnees

    def deposer(self):
        """(pièce, is it new). Raises ActeRefuse."""
        fichier, donnees = self.cleaned_data["fichier"], self.cleaned_data
        return pieces.deposer(
            self.structure, par=self.agent, nom=fichier.name, contenu=fichier.read(), type=donnees["type"],
            dossier=donnees["dossier"], datee_le=donnees["datee_le"], valable_jusqu_au=donnees["valable_jusqu_au"],
        )  # fmt: skip


def _dossier(dossier) -> str:
    appel = dossier.dispositif.thematique.appel
    return f"n°\u00a0{dossier.pk} – {appel.annee} – {dossier.dispositif.reference} {dossier.intitule}"[:110]


class PieceForm(ElementForm):
    """What is said of a pièce; its content never changes."""

    class Meta:
        model = Piece
        fields = ["type", "datee_le", "valable_jusqu_au"]
        widgets = {"datee_le": JourInput(), "valable_jusqu_au": JourInput()}

    def __init__(self, *args, agent, **kwargs):
        self.agent = agent
        super().__init__(*args, **kwargs)
        if not agent.has_perm("programmes.voir_compte"):
            # Otherwise a pièce would disappear from the eyes of the very person who names it.
            self.fields["type"].queryset = TypePiece.objects.filter(est_confidentielle=False)

    def sur(self, instance):
        return type(self)(instance=instance, agent=self.agent)


# --- Messages and merges


class MessageForm(forms.Form):
    destinataire = forms.CharField(label="Destinataire", max_length=250, required=False)
    objet = forms.CharField(label="Objet", max_length=250)
    corps = forms.CharField(label="Message", max_length=20_000, widget=forms.Textarea(attrs={"rows": 18}))
    envoye_le = forms.DateField(label="Envoyé le", widget=JourInput(), initial=timezone.localdate)

    def clean_envoye_le(self):
        jour = self.cleaned_data["envoye_le"]
        if jour > timezone.localdate():
            raise forms.ValidationError("Un envoi ne se date pas dans le futur.")
        return jour


class ChoixFusionForm(forms.Form):
    """The other structure, typed by name, sigle or SIRET."""

    structure = ChampStructure(label="Structure à fusionner dans celle-ci")

    def __init__(self, *args, gardee, **kwargs):
        super().__init__(*args, **kwargs)
        self.gardee = gardee

    def clean_structure(self):
        autre = self.cleaned_data["structure"]
        if autre.pk == self.gardee.pk:
            raise forms.ValidationError("C’est la structure elle-même : choisissez l’autre.")
        return autre


class FusionForm(forms.Form):
    """`versions`: what the person compared."""

    versions = forms.RegexField(r"^\d{1,9}-\d{1,9}$", widget=forms.HiddenInput)
    motif = forms.CharField(
        label="Motif", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000,
        help_text="Conservé dans l’historique des deux fiches.",
    )  # fmt: skip

    def lues(self) -> tuple[int, int]:
        une, autre = self.cleaned_data["versions"].split("-")
        return int(une), int(autre)
