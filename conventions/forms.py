"""Forms of the acts."""

import re
from datetime import datetime
from itertools import chain, count

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from conventions.models import BlocDeModele, ClauseInitiale, Modele, TraitementDeDonnees, VersionDeModele
from conventions.models.convention import NUMERO
from conventions.numeros import NUMERO_DE_CLAUSE, comparer, ranger
from conventions.reprise import NATURES
from deliberations.forms.base import Redige
from dpid.forms import AvecVersionForm
from dpid.montants import MontantFormField, euros
from programmes.forms import ChampStructure, JourInput
from programmes.models import Dispositif

# « Article 4 : titre », « Article 4 bis : titre », « Article 4-1 : titre ».
CLAUSE = re.compile(r"\s*(article|annexe)\s+([^:–]{1,20}?)\s*(?:[:–]|\s-\s)\s*(.*)", re.IGNORECASE)
MODELE_DE_CLAUSE = "écrivez « Article 4 : titre » ou « Annexe 1 : titre »."
AVENANT = re.compile(r"\s*(?:avenant\s*)?(?:n°\s*)?(\d{1,3})\s*;\s*(\d\d/\d\d/\d{4})\s*(?:;\s*(.*?)\s*)?")


def _avenant_lu(ligne: str) -> tuple:
    """Raises ValidationError naming the line."""
    lue = AVENANT.fullmatch(ligne)
    if lue is None or int(lue[1]) == 0:
        raise forms.ValidationError(f"« {ligne.strip()} » : écrivez « 1 ; 05/01/2023 ; 5 000,00 ».")
    try:
        le = datetime.strptime(lue[2], "%d/%m/%Y").date()
        montant = MontantFormField(required=False).clean(lue[3] or "")
    except (ValueError, forms.ValidationError):
        raise forms.ValidationError(f"« {ligne.strip()} » : cette date ou ce montant n’existe pas.") from None
    return int(lue[1]), le, montant


class RepriseForm(forms.Form):
    """A convention signed before the application."""

    structure = ChampStructure(label="Structure")
    numero = forms.CharField(label="Numéro", required=False, validators=[NUMERO], help_text="Vide : elle n’en a pas.")
    objet = forms.CharField(label="Objet", max_length=250)
    signee_le = forms.DateField(label="Signée le", widget=JourInput())
    debut = forms.DateField(label="Du", required=False, widget=JourInput())
    fin = forms.DateField(label="Au", required=False, widget=JourInput())
    montant = MontantFormField(label="Montant accordé", required=False)
    avenants = forms.CharField(
        label="Avenants déjà signés", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Un par ligne : « 1 ; 05/01/2023 ; 5 000,00 ». Le montant nouveau n’est pas obligatoire.",
    )  # fmt: skip
    clauses = forms.CharField(
        label="Articles et annexes", required=False, widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Un par ligne : « Article 4 : Coût de l’opération ». Le texte n’est pas nécessaire.",
    )  # fmt: skip

    def clean(self):
        donnees = super().clean()
        debut, fin = donnees.get("debut"), donnees.get("fin")
        if debut and fin and fin < debut:
            self.add_error("fin", "La période se termine avant de commencer.")
        return donnees

    def clean_avenants(self):
        """`(number, day, euros or None)` of each line."""
        avenants = []
        for ligne in self.cleaned_data["avenants"].splitlines():
            if ligne.strip():
                avenants.append(_avenant_lu(ligne))
        if len({rang for rang, _, _ in avenants}) < len(avenants):
            raise forms.ValidationError("Deux lignes portent le même numéro.")
        return avenants

    def clean_clauses(self):
        clauses = lire_clauses(self.cleaned_data["clauses"])
        if avec_texte := next((c for c in clauses if c[3]), None):
            ligne = avec_texte[3].splitlines()[0]
            raise forms.ValidationError(f"« {ligne} » : {MODELE_DE_CLAUSE} Le texte se saisit ensuite, depuis sa page.")
        return clauses


def lire_clauses(texte: str) -> list[tuple]:
    """`(nature, number, title, text)`: « Article 4 : titre », then its text on the lines that follow, if any.

    Raises ValidationError for a line before the first article, a number that is not one, or twice the same.
    """
    clauses: list[list] = []
    for ligne in texte.splitlines():
        lue = CLAUSE.fullmatch(ligne)
        if lue:
            try:
                NUMERO_DE_CLAUSE(lue[2])
            except forms.ValidationError as faute:
                raise forms.ValidationError(f"« {ligne.strip()} » : {faute.message}") from None
            clauses.append([NATURES[lue[1].lower()], comparer(lue[2]), lue[3].strip()[:200], []])
        elif clauses:
            clauses[-1][3].append(ligne.rstrip())
        elif ligne.strip():
            raise forms.ValidationError(f"« {ligne.strip()} » : {MODELE_DE_CLAUSE}")
    if len({(c[0], c[1]) for c in clauses}) < len(clauses):
        raise forms.ValidationError("Deux lignes portent le même numéro.")
    return [(nature, numero, titre, "\n".join(lignes).strip()) for nature, numero, titre, lignes in clauses]


def ecrire_clauses(clauses) -> str:
    """What `lire_clauses` reads back, in the order of the convention."""
    rangees = sorted(clauses, key=lambda c: (c.nature != ClauseInitiale.Nature.ARTICLE, ranger(c.numero)))
    return "\n\n".join(
        "\n".join(filter(None, (f"{c.get_nature_display()} {c.numero} : {c.titre}", c.texte))) for c in rangees
    )


class FinDeConventionForm(forms.Form):
    """The end of a convention before its term. `restes`: what it engages by AE; the amount given back is proposed, and
    typed: what was paid is known by finance first."""

    GESTES = [("resilier", "Le Département résilie"), ("denoncer", "La structure dénonce")]

    geste = forms.ChoiceField(label="Qui y met fin", choices=GESTES, widget=forms.RadioSelect)
    le = forms.DateField(label="Prend fin le", widget=JourInput())
    motif = forms.CharField(label="Motif de la fin", max_length=250)

    def __init__(self, *args, restes, **kwargs):
        super().__init__(*args, **kwargs)
        self.restes = {f"ae{r.autorisation.pk}": r for r in restes}
        for nom, reste in self.restes.items():
            verse = f", {euros(reste.verse, True)} versés" if reste.verse else ""
            self.fields[nom] = MontantFormField(
                label=f"À dégager sur {reste.autorisation.ligne.code}, AE {reste.autorisation.millesime}",
                initial=reste.montant, help_text=f"Engagé : {euros(reste.engage, True)}{verse}.",
            )  # fmt: skip

    def clean(self):
        donnees = super().clean()
        for nom, reste in self.restes.items():
            if (donnees.get(nom) or 0) > reste.engage:
                self.add_error(nom, f"On ne dégage pas plus que ce qui est engagé : {euros(reste.engage, True)}.")
        return donnees

    @property
    def options(self) -> dict:
        """What the verb takes."""
        degagements = {reste.autorisation.pk: self.cleaned_data[nom] for nom, reste in self.restes.items()}
        return {"le": self.cleaned_data["le"], "motif": self.cleaned_data["motif"], "degagements": degagements}


class ModeleForm(forms.ModelForm):
    """A new model; its code, which no document prints, is made from its title when nobody chooses it."""

    class Meta:
        model = Modele
        fields = ["titre", "nature", "dispositifs", "code"]
        widgets = {"dispositifs": forms.SelectMultiple(attrs={"size": 10})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        self.fields["code"].help_text = "Vide : tiré du titre."
        dispositifs = self.fields["dispositifs"]
        dispositifs.queryset = Dispositif.objects.select_related("thematique__appel").order_by(
            "-thematique__appel__annee", "thematique__numero", "reference"
        )
        dispositifs.label_from_instance = lambda d: f"{d.thematique.appel.annee} – {d}"

    def clean(self):
        donnees = super().clean()
        if not donnees.get("code") and donnees.get("titre"):
            donnees["code"] = _libre(slugify(donnees["titre"])[:36] or "modele", Modele.objects, "code")
        return donnees


def _libre(voulu: str, objets, champ: str) -> str:
    """`voulu`, or with the first number that no other row bears."""
    pris = set(objets.filter(**{f"{champ}__startswith": voulu}).values_list(champ, flat=True))
    essais = chain([voulu], (f"{voulu}-{n}" for n in count(2)))
    return next(essai for essai in essais if essai not in pris)


class VersionForm(AvecVersionForm):
    """What a draft says besides its blocks."""

    class Meta:
        model = VersionDeModele
        fields = ["exemplaires", "designation", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}


class BlocForm(AvecVersionForm):
    """One block of a draft; its text takes the references of the palette. A letter has only its body, and what changes
    a convention is asked of an avenant alone."""

    DE_L_AVENANT = ("operation", "cible", "numero", "alinea", "numero_donne", "avec_fiche")

    class Meta:
        model = BlocDeModele
        fields = [
            "nature", "titre", "texte", "contenu", "rangee", "condition", "operation", "cible", "numero", "alinea",
            "numero_donne", "avec_fiche", "note", "cle",
        ]  # fmt: skip
        widgets = {"texte": Redige(rows=10), "rangee": Redige(rows=2)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        modele, corps = self.instance.version_modele.modele, BlocDeModele.Nature.CORPS
        self.fields["cle"].required = False
        self.fields[
            "cle"
        ].help_text = "Écrite dans les renvois : {article:cout}, {annexe:donnees}. Vide : tirée du titre."
        self.fields["nature"].choices = [
            c for c in BlocDeModele.Nature.choices if (c[0] == corps) != modele.est_un_acte
        ]
        if modele.nature != Modele.Nature.AVENANT:
            for nom in self.DE_L_AVENANT:
                del self.fields[nom]

    def clean(self):
        donnees = super().clean()
        if not donnees.get("cle"):
            voulue = slugify(donnees.get("titre", ""))[:26] or donnees.get("nature") or "bloc"
            autres = self.instance.version_modele.blocs.exclude(pk=self.instance.pk).filter(
                nature=donnees.get("nature", "")
            )
            donnees["cle"] = _libre(voulue.strip("-"), autres, "cle")
        return donnees


class TraitementForm(AvecVersionForm):
    """What every act of a dispositif says of personal data."""

    class Meta:
        model = TraitementDeDonnees
        fields = ["sans_donnees", "objet", "finalites", "donnees", "personnes", "duree", "sous_traitance", "sort"]
        widgets = dict.fromkeys(
            ["objet", "finalites", "donnees", "personnes"], forms.Textarea(attrs={"rows": 3})
        )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            # Whoever fills it meanwhile saves version 1: this page was opened before.
            self.fields["version"].initial = 0


class LotForm(forms.Form):
    fichier = forms.FileField(label="Fichier PDF", help_text="Les pages, dans n’importe quel ordre ; 60 Mo au plus.")
    signe_le = forms.DateField(
        label="Signés par la structure le", required=False, initial=timezone.localdate, widget=JourInput(),
        help_text="La date que prendront les actes que ce fichier complète.",
    )  # fmt: skip

    def clean_signe_le(self):
        le = self.cleaned_data["signe_le"] or timezone.localdate()
        if le > timezone.localdate():
            raise forms.ValidationError("Cette date est dans le futur.")
        return le


class TriForm(forms.Form):
    """Where a page goes: a page of an act that waits for its signed copy. `actes`: {id: act}, read once for a tray."""

    acte = forms.TypedChoiceField(label="Acte", empty_value=None)
    numero = forms.IntegerField(label="Page de l’acte", min_value=1, max_value=999)

    def __init__(self, *args, page, actes, **kwargs):
        super().__init__(*args, prefix=f"page{page.pk}", **kwargs)
        choix = [(pk, f"{str(acte).capitalize()} — {acte.convention.structure}") for pk, acte in actes.items()]
        self.fields["acte"].choices = [("", "Choisir l’acte"), *choix]
        self.fields["acte"].coerce = lambda pk: actes[int(pk)]
