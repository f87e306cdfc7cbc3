"""What a rapport says beside its lines: annexes, texts cited, revenue, articles."""

from django import forms

from budget.models import Inscription, LigneBudgetaire
from deliberations.forms.base import AvecEmpreinte, Redige
from deliberations.models import AnnexePresentee, ArticleRedige, RecetteProposee, TexteJuridique
from deliberations.redaction.renvois import RENVOI, manquants

Nature = AnnexePresentee.Nature
# What is asked of each nature of annexe.
CHAMPS = {
    Nature.DESCRIPTIVE: ("titre", "thematique", "texte"),
    Nature.REPARTITION: ("titre",),
    Nature.PROJET_ACTE: ("titre", "nature_acte", "objet", "parties", "regroupement", "bloc", "texte"),
    Nature.MODELE: ("titre", "objet", "bloc", "texte"),
    Nature.FINANCIERE: ("titre", "texte"),
}


class AnnexeForm(AvecEmpreinte):
    """The fields of its nature, chosen before; the key is made once and never typed."""

    jeton = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = AnnexePresentee
        fields = ["titre", "thematique", "nature_acte", "objet", "parties", "regroupement", "bloc", "texte"]
        widgets = {"texte": Redige()}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rapport, gardes = self.instance.rapport, CHAMPS[self.instance.nature]
        for nom in set(self._meta.fields) - set(gardes):
            del self.fields[nom]
        if "thematique" in self.fields:
            self.fields["thematique"].queryset = rapport.thematiques.all()
            self.fields["thematique"].empty_label = "Toutes les thématiques"
        if "bloc" in self.fields:
            self.fields["bloc"].queryset = rapport.blocs.all()
            if not rapport.blocs.exists():
                del self.fields["bloc"]
        if self.instance.nature in (Nature.PROJET_ACTE, Nature.MODELE):
            self.fields["titre"].required = True


class RattachementForm(forms.Form):
    """Lines whose act the annexe carries, chosen by opération and nature of act."""

    groupes = forms.MultipleChoiceField(
        label="Lignes à rattacher",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez un groupe."},
    )

    def __init__(self, *args, groupes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["groupes"].choices = [(g["cle"], self._libelle(g)) for g in groupes]

    @staticmethod
    def _libelle(groupe) -> str:
        ou = f", aujourd’hui {', '.join(groupe['annexes'])}" if groupe["annexes"] else ""
        lignes = "ligne" if groupe["nombre"] == 1 else "lignes"
        return f"{groupe['operation']} : {groupe['nature'].lower()}, {groupe['nombre']} {lignes}{ou}"


class TexteForm(forms.ModelForm):
    """A text added to the library while citing it."""

    class Meta:
        model = TexteJuridique
        fields = ["nature", "texte", "numero", "en_vigueur_du", "en_vigueur_au", "source"]
        widgets = {
            "texte": forms.Textarea(attrs={"rows": 3}),
            **{
                nom: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
                for nom in ("en_vigueur_du", "en_vigueur_au")
            },
        }

    def clean_texte(self):
        """« Vu » is written by the délibération."""
        texte = " ".join(self.cleaned_data["texte"].split()).rstrip(" ;.")
        if texte.lower().startswith("vu "):
            texte = texte[3:]
        if TexteJuridique.objects.filter(texte=texte).exists():
            raise forms.ValidationError("Ce texte est déjà dans la bibliothèque : cherchez-le, puis visez-le.")
        return texte


class RecetteForm(AvecEmpreinte):
    class Meta:
        model = RecetteProposee
        fields = ["inscription", "section", "montant", "objet", "annexe", "bloc"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rapport = self.instance.rapport
        inscrites = Inscription.objects.filter(
            exercice=rapport.seance.exercice, ligne__sens=LigneBudgetaire.Sens.RECETTE
        )
        self.fields["inscription"].queryset = inscrites.select_related("ligne").order_by("ligne__code")
        self.fields["inscription"].label_from_instance = lambda i: f"{i.ligne.code} – {i.ligne.libelle}"
        self.fields["annexe"].queryset = rapport.annexes.filter(nature=Nature.PROJET_ACTE)
        self.fields["bloc"].queryset = rapport.blocs.all()
        if not rapport.blocs.exists():
            del self.fields["bloc"]


class ArticleForm(AvecEmpreinte):
    """Around the live figures of the article: a reference that it does not know is refused."""

    class Meta:
        model = ArticleRedige
        fields = ["texte"]
        widgets = {"texte": Redige(rows=5)}

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, **kwargs)
        self.article = article

    def clean_texte(self):
        texte = self.cleaned_data["texte"].strip()
        if sans := manquants(texte, self.article.valeurs):
            noms = ", ".join(f"{{{nom}}}" for nom in sans)
            raise forms.ValidationError(f"Renvoi sans valeur : {noms}. Choisissez dans la liste des renvois.")
        if any(c in RENVOI.sub("", texte) for c in "{}"):
            raise forms.ValidationError("Une accolade ne sert qu’à un renvoi : {montant}.")
        return texte
