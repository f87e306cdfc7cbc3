"""What is typed about séances and rapports. Labels and help come from the models."""

import hashlib
import json
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder

from budget.models import AutorisationEngagement, Inscription
from deliberations.models import (
    AnnexePresentee,
    OperationPresentee,
    Proposition,
    Rapport,
    Seance,
    ThematiquePresentee,
)
from dpid.montants import MontantFormField
from programmes.models import Dispositif, LigneDossier, Thematique


def champ_date(**options):
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class AvecEmpreinte(forms.ModelForm):
    """Carries a print of what was in the database when the form was opened: a stale save shows both values.

    After a refusal the form holds what was typed and the new print: sending it again is then a choice, not an accident.
    """

    empreinte = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ouverte_sur = self._empreinte()
        self.initial["empreinte"] = self.ouverte_sur

    def _valeurs(self) -> dict:
        """{field: text} of what the database holds now."""
        valeurs = {}
        for nom in self._meta.fields:
            valeur = self.initial.get(nom)
            valeurs[nom] = sorted(str(v) for v in valeur) if isinstance(valeur, list) else valeur
        return valeurs

    def _empreinte(self) -> str:
        texte = json.dumps(self._valeurs(), cls=DjangoJSONEncoder, sort_keys=True, default=str)
        return hashlib.sha256(texte.encode()).hexdigest()[:20]

    def clean(self):
        donnees = super().clean()
        if self.instance.pk and self.data.get(self.add_prefix("empreinte")) != self.ouverte_sur:
            self._dire_les_deux_versions()
        return donnees

    def _dire_les_deux_versions(self):
        self.data = self.data.copy()
        self.data[self.add_prefix("empreinte")] = self.ouverte_sur
        for nom in self.changed_data:
            if nom in self._meta.fields and nom not in self.errors:
                self.add_error(
                    nom, f"Enregistré entre-temps : « {self._en_clair(nom)} ». Gardez ou corrigez votre saisie."
                )
        self.add_error(
            None, "Cette fiche a été modifiée pendant votre saisie : comparez les valeurs, puis enregistrez de nouveau."
        )

    def _en_clair(self, nom) -> str:
        valeur = self.initial.get(nom)
        if isinstance(valeur, list):
            return ", ".join(str(v) for v in valeur) or "vide"
        choix = dict(getattr(self.fields[nom], "choices", None) or ())
        return str(choix.get(valeur, valeur) if valeur not in (None, "") else "vide")[:200]


class SeanceForm(forms.ModelForm):
    class Meta:
        model = Seance
        fields = ["instance", "date", "president", "secretaire", "signataire"]
        widgets = {"date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}


class NouveauRapportForm(forms.ModelForm):
    """Opens a rapport; a key drawn at the opening of the form makes a double click one rapport."""

    jeton = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Rapport
        fields = ["titre", "service"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("jeton", uuid.uuid4())


class RapportForm(AvecEmpreinte):
    class Meta:
        model = Rapport
        fields = [
            "titre", "service", "territoires", "cantons", "epci", "introduction", "remplace", "imprime_lignes_zero",
        ]  # fmt: skip
        widgets = {
            "introduction": forms.Textarea(attrs={"rows": 6}),
            "territoires": forms.SelectMultiple(attrs={"size": 6}),
            "cantons": forms.SelectMultiple(attrs={"size": 6}),
            "epci": forms.SelectMultiple(attrs={"size": 6}),
        }

    def _en_clair(self, nom):
        if nom in ("territoires", "cantons", "epci"):
            return ", ".join(str(o) for o in getattr(self.instance, nom).all()) or "vide"
        return super()._en_clair(nom)


class ThematiqueForm(AvecEmpreinte):
    """A thématique of the call as this rapport prints it."""

    class Meta:
        model = ThematiquePresentee
        fields = ["thematique", "numero", "titre", "texte"]
        widgets = {"texte": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args, rapport, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.rapport = rapport
        self.fields["thematique"].queryset = Thematique.objects.select_related("appel").order_by(
            "-appel__annee", "numero"
        )
        self.fields["thematique"].label_from_instance = lambda t: f"{t.appel.annee} – {t}"

    def clean_thematique(self):
        choisie = self.cleaned_data["thematique"]
        autres = ThematiquePresentee.objects.filter(rapport=self.instance.rapport, thematique=choisie)
        if autres.exclude(pk=self.instance.pk).exists():
            raise ValidationError("Cette thématique est déjà présentée par le rapport.")
        return choisie


class OperationForm(AvecEmpreinte):
    class Meta:
        model = OperationPresentee
        fields = ["numero", "titre", "libelle_court", "dispositifs", "descriptif", "bilan", "proposition"]
        widgets = {nom: forms.Textarea(attrs={"rows": 5}) for nom in ("descriptif", "bilan", "proposition")}

    def __init__(self, *args, thematique, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.thematique = thematique
        # A rapport may print under one thématique a dispositif of another one of the same call.
        self.fields["dispositifs"].queryset = Dispositif.objects.filter(
            thematique__appel=thematique.thematique.appel_id
        ).order_by("thematique__numero", "reference")


class MontantForm(forms.Form):
    """Amount of one line, edited in place: the version travels with it."""

    montant = MontantFormField(label="Montant retenu")
    motif_zero = forms.ChoiceField(
        label="Motif du 0 €", required=False, choices=[("", "Motif du 0 €…"), *LigneDossier.MotifZero.choices]
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ImputerForm(forms.Form):
    """AE on which a financing « à imputer » is charged: those open in the exercice of the séance."""

    autorisation = forms.ModelChoiceField(label="Ligne budgétaire", queryset=AutorisationEngagement.objects.none())

    def __init__(self, *args, exercice, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["autorisation"].queryset = AutorisationEngagement.objects.de_l_exercice(exercice).avec_ligne()


class PropositionForm(forms.ModelForm):
    class Meta:
        model = Proposition
        fields = ["annexe", "formule_acte", "recette"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rapport = self.instance.le_rapport
        self.fields["annexe"].queryset = rapport.annexes.exclude(nature=AnnexePresentee.Nature.REPARTITION)
        recettes = Inscription.objects.filter(exercice=rapport.seance.exercice).select_related("ligne")
        self.fields["recette"].queryset = recettes


class RetraitForm(forms.Form):
    motif = forms.CharField(label="Motif du retrait", max_length=250)


class NumeroForm(forms.ModelForm):
    class Meta:
        model = Rapport
        fields = ["numero"]


class VisaForm(forms.Form):
    """A visa. Finances also gives, for each AE, the disponible that it reads in its own software."""

    etape = forms.CharField(widget=forms.HiddenInput)
    empreinte = forms.CharField(widget=forms.HiddenInput)
    commentaire = forms.CharField(label="Commentaire", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, imputations=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.imputations = list(imputations)
        for ligne in self.imputations:
            self.fields[self._nom(ligne)] = MontantFormField(
                label=f"Disponible constaté sur {ligne.code}", signe=True, initial=ligne.disponible
            )

    @staticmethod
    def _nom(ligne) -> str:
        return f"constat_{ligne.autorisation.pk}"

    def lignes(self):
        """Each imputation beside its field, for the table of the page."""
        return [(ligne, self[self._nom(ligne)]) for ligne in self.imputations]

    def constats(self) -> dict:
        return {ligne.autorisation.pk: self.cleaned_data[self._nom(ligne)] for ligne in self.imputations}

    def clean(self):
        donnees = super().clean()
        ecarts = [
            ligne.code for ligne in self.imputations if donnees.get(self._nom(ligne)) not in (None, ligne.disponible)
        ]
        if ecarts and not (donnees.get("commentaire") or "").strip():
            self.add_error("commentaire", f"Le constat diffère du calcul sur {', '.join(ecarts)} : expliquez l’écart.")
        return donnees


class AdoptionForm(forms.Form):
    numero = forms.CharField(
        label="Numéro de la délibération", max_length=12, help_text="Donné par le secrétariat : 2023-604."
    )
    le = champ_date(label="Date de la séance")


class RejetForm(forms.Form):
    motif = forms.CharField(label="Motif du rejet", widget=forms.Textarea(attrs={"rows": 2}))
    le = champ_date(label="Date de la séance")
    numero = forms.CharField(
        label="Numéro de la délibération", required=False, max_length=12, help_text="S’il en est dressé une."
    )


class InscriptionForm(forms.Form):
    """Opération in which lines are placed. Lines are read apart: one taken meanwhile tells its own result."""

    operation = forms.ModelChoiceField(
        label="Opération du rapport", queryset=OperationPresentee.objects.none(), empty_label="Choisir une opération…"
    )

    def __init__(self, *args, rapport, **kwargs):
        super().__init__(*args, **kwargs)
        operations = OperationPresentee.objects.filter(thematique__rapport=rapport).select_related("thematique")
        self.fields["operation"].queryset = operations.order_by("thematique__ordre", "ordre", "pk")
        self.fields["operation"].label_from_instance = lambda o: f"T{o.thematique.numero} – {o}"

    def clean(self):
        if not self.data.getlist("lignes"):
            raise ValidationError("Cochez au moins une ligne.")
        return super().clean()


TAILLE_MAXIMALE = 8 * 1024 * 1024


class ImportForm(forms.Form):
    """The officer's file. Kept under the limit of what a confirmation may send back."""

    fichier = forms.FileField(label="Fichier XLSX, ODS ou CSV", help_text="Annexe de répartition, 8 Mo au plus.")

    def clean_fichier(self):
        fichier = self.cleaned_data["fichier"]
        if fichier.size > TAILLE_MAXIMALE:
            raise ValidationError("Ce fichier dépasse 8 Mo : gardez la seule annexe de répartition.")
        return fichier


class ConfirmationForm(forms.Form):
    depot = forms.CharField(widget=forms.HiddenInput)
    creer_manquants = forms.BooleanField(label="Créer ce qui manque", required=False)
