"""What is typed about scenarios. Labels and help come from the models."""

from django import forms

from budget.models import AutorisationEngagement
from deliberations.arbitrage import reliquat
from deliberations.models import MontantDeScenario, Rapport, Scenario, Seance
from dpid.forms import AvecVersionForm
from dpid.montants import MontantFormField
from programmes.models import AppelAProjets, Dispositif, LigneDossier

DEPARTS = {
    "retenu": "Ce que les lignes retiennent aujourd’hui",
    "demande": "Ce qui est demandé",
    "regle": "Ce que donne la règle de la fiche",
    "n1": "Ce qui a été voté l’année précédente",
    "zero": "Zéro partout",
}
NOM_PRIS = "Un scénario de cet appel porte déjà ce nom."


class ScenarioForm(AvecVersionForm):
    """Rename, annotate."""

    class Meta:
        model = Scenario
        fields = ["nom", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def clean_nom(self):
        nom = self.cleaned_data["nom"]
        if Scenario.objects.filter(appel=self.instance.appel_id, nom=nom).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(NOM_PRIS)
        return nom


class NouveauScenarioForm(forms.Form):
    """`depart`: where the first amounts come from, one of DEPARTS or a scenario to copy (`s12`)."""

    appel = forms.ModelChoiceField(AppelAProjets.objects.all(), label="Appel à projets", empty_label=None)
    nom = forms.CharField(label="Nom", max_length=80, help_text="Par exemple : Enveloppe maintenue.")
    depart = forms.ChoiceField(label="Montants de départ")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, copiables, **kwargs):
        super().__init__(*args, **kwargs)
        self.copiables = {f"s{s.pk}": s for s in copiables}
        copies = [(cle, f"{s.nom} ({s.appel})") for cle, s in self.copiables.items()]
        self.fields["depart"].choices = [*DEPARTS.items(), ("Copie d’un scénario", copies)] if copies else [
            *DEPARTS.items()
        ]  # fmt: skip

    def clean(self):
        donnees = super().clean()
        appel, copie = donnees.get("appel"), self.copiables.get(donnees.get("depart"))
        if appel and copie and copie.appel_id != appel.pk:
            self.add_error("depart", f"Ce scénario est celui de l’{copie.appel} : choisissez le même appel.")
        if appel and Scenario.objects.filter(appel=appel, nom=donnees.get("nom", "")).exists():
            self.add_error("nom", NOM_PRIS)
        return donnees


class PrecisionForm(forms.ModelForm):
    """One line of a scenario: its amount and what goes with it."""

    lu = MontantFormField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = MontantDeScenario
        fields = ["montant", "motif_zero", "autorisation", "commentaire"]

    def __init__(self, *args, exercice: int, **kwargs):
        super().__init__(*args, **kwargs)
        ouvertes = AutorisationEngagement.objects.de_l_exercice(exercice).avec_ligne()
        self.fields["autorisation"].queryset = ouvertes
        self.fields["autorisation"].label_from_instance = lambda ae: f"{ae.ligne.code} {ae.intitule} ({ae.millesime})"

    def clean(self):
        donnees = super().clean()
        if donnees.get("motif_zero") and donnees.get("montant"):
            self.add_error("motif_zero", "Un motif ne va qu’avec une ligne à 0 €.")
        return donnees


class MotifScenarioForm(forms.Form):
    motif = forms.CharField(
        label="Motif", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Facultatif ; conservé dans l’historique.",
    )  # fmt: skip


class ReliquatForm(forms.Form):
    """What to share, over which lines. `lignes`: those ticked in the grid, all those of the dispositif when none."""

    SOURCES = {
        reliquat.ENVELOPPE: "Ce qui reste de l’enveloppe du dispositif",
        reliquat.AE: "Ce qui reste d’une AE",
        reliquat.MONTANT: "Un montant saisi",
    }
    dispositif = forms.ModelChoiceField(Dispositif.objects.none(), label="Dispositif")
    source = forms.ChoiceField(label="Montant à répartir", choices=list(SOURCES.items()))
    autorisation = forms.TypedChoiceField(label="AE", required=False, coerce=int, empty_value=None)
    montant = MontantFormField(label="Montant saisi", required=False)
    lignes = forms.CharField(required=False, widget=forms.HiddenInput)
    empreinte = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, lecture, soldes, **kwargs):
        super().__init__(*args, **kwargs)
        visibles = {ligne.dispositif_id for ligne in lecture.visibles if ligne.est_arbitrable}
        self.fields["dispositif"].queryset = Dispositif.objects.filter(pk__in=visibles).select_related("thematique")
        self.fields["autorisation"].choices = [("", "—"), *((s.pk, f"{s.code} {s.intitule}") for s in soldes)]

    def clean_lignes(self):
        return {int(m) for m in self.cleaned_data["lignes"].split() if m.isascii() and m.isdigit() and len(m) < 18}

    def clean(self):
        donnees = super().clean()
        if donnees.get("source") == reliquat.MONTANT and not donnees.get("montant") and "montant" not in self.errors:
            self.add_error("montant", "Saisissez le montant à répartir.")
        if donnees.get("source") == reliquat.AE and not donnees.get("autorisation"):
            self.add_error("autorisation", "Choisissez l’AE dont le reste est à répartir.")
        return donnees

    def options(self) -> dict:
        """What `reliquat.preparer` and `appliquer` take."""
        d = self.cleaned_data
        return {
            "source": d["source"], "montant": d["montant"], "autorisation_id": d["autorisation"],
            "choisies": d["lignes"],
        }  # fmt: skip


class RetenirForm(forms.Form):
    """Where the scenario goes, and what becomes of its lines at 0 € and of the other scenarios."""

    rapport = forms.ModelChoiceField(
        Rapport.objects.none(), label="Rapport en préparation", required=False, empty_label="— Ouvrir un rapport —"
    )
    seance = forms.ModelChoiceField(
        Seance.objects.none(), label="Séance du nouveau rapport", required=False,
        help_text="Seulement pour ouvrir un rapport : il reçoit un numéro provisoire.",
    )  # fmt: skip
    titre = forms.CharField(label="Titre du nouveau rapport", max_length=250, required=False)
    inscrire_zeros = forms.BooleanField(
        label="Inscrire aussi les lignes à 0 €, avec leur motif", required=False,
        help_text="Sinon elles restent à l’instruction, hors du rapport.",
    )  # fmt: skip
    motif_zero = forms.ChoiceField(
        label="Motif des lignes à 0 € qui n’en portent pas", required=False,
        choices=[("", "—"), *LigneDossier.MotifZero.choices],
    )  # fmt: skip
    ecarter_les_autres = forms.BooleanField(
        label="Écarter les autres scénarios ouverts de l’appel", required=False, initial=True,
        help_text="Ils restent lisibles et se copient ; sinon ils restent ouverts.",
    )  # fmt: skip
    empreinte = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, agent, **kwargs):
        super().__init__(*args, **kwargs)
        visibles = Rapport.objects.visibles_par(agent).filter(etat=Rapport.Etat.PREPARATION)
        self.fields["rapport"].queryset = visibles.select_related("seance__instance")
        self.fields["rapport"].label_from_instance = lambda r: f"{r.reference} — {r.titre}"
        self.fields["seance"].queryset = Seance.objects.select_related("instance")

    def clean(self):
        donnees = super().clean()
        if donnees.get("rapport"):
            donnees["seance"] = None  # the séance is that of the rapport
        elif not donnees.get("seance") and not self.errors:
            self.add_error("rapport", "Choisissez un rapport en préparation, ou la séance d’un nouveau rapport.")
        return donnees
