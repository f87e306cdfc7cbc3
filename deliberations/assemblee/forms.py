"""What is typed during a séance. Members are named as one types them: « DUBOIS Carole »."""

from django import forms
from django.core.exceptions import ValidationError

from deliberations.assemblee.chiffres import CATEGORIES
from deliberations.assemblee.composition import Assistance, Etat, Membre
from deliberations.assemblee.saisie import Saisi, anomalies, appliquer, dire, empreinte
from deliberations.assemblee.vote import LIBELLES
from deliberations.models import BlocDeVote
from dpid.montants import MontantFormField
from dpid.textes import cle_texte

ETATS = [(Etat.PRESENT, "Présent"), (Etat.EXCUSE, "Excusé"), (Etat.ABSENT, "Absent")]
NON_CONVIE = ("", "Non convié")


def trouver(assistance: Assistance, texte: str) -> Membre:
    """The member whose name was typed, either way round, whatever the accents. Raises ValidationError."""
    cle = cle_texte(texte)
    trouves = [
        m for m in assistance.membres
        if cle in (cle_texte(m.nom_a_taper), cle_texte(f"{m.prenom} {m.nom}"), cle_texte(str(m)))
    ]  # fmt: skip
    trouves = trouves or [m for m in assistance.membres if cle and cle == cle_texte(m.nom)]
    if len(trouves) != 1:
        pourquoi = "plusieurs membres portent ce nom" if trouves else "aucun membre de ce nom ne siège à cette date"
        raise ValidationError(f"« {texte[:80]} » : {pourquoi}. Choisissez dans la liste proposée.")
    return trouves[0]


class FeuilleForm(forms.Form):
    """The whole sheet of a séance: a state per member, the holder of each delegation, chair and secretary."""

    empreinte = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, seance, assistance: Assistance, **kwargs):
        super().__init__(*args, **kwargs)
        self.seance, self.assistance = seance, assistance
        self.initial["empreinte"] = empreinte(seance, assistance)
        noms = {m.elu_id: m.nom_a_taper for m in assistance.membres}
        for m in assistance.membres:
            choix = ETATS if m.a_voix else [*ETATS, NON_CONVIE]
            self.fields[f"etat_{m.elu_id}"] = forms.ChoiceField(
                label=str(m), choices=choix, required=False, widget=forms.RadioSelect, initial=m.etat or ""
            )
            self.fields[f"mandataire_{m.elu_id}"] = forms.CharField(
                label=f"Délégation de {m} donnée à", required=False, max_length=170,
                initial=noms.get(m.mandataire_id, ""),
            )  # fmt: skip
        votants = [("", "Non saisi"), *((m.elu_id, m.nom_a_taper) for m in assistance.votants)]
        for nom, label in (("president", "Préside la séance"), ("secretaire", "Secrétaire")):
            self.fields[nom] = forms.TypedChoiceField(
                label=label, choices=votants, required=False, coerce=int, empty_value=None,
                initial=getattr(seance, f"{nom}_id") or "", widget=forms.Select(attrs={"class": "form-select"}),
            )  # fmt: skip

    def rangees(self) -> list[dict]:
        """Each member beside its two fields; `avant`: what is stored, when the sheet changed meanwhile."""
        perime = self.is_bound and self.data.get("empreinte") != self.initial["empreinte"]
        rangees = []
        for m in self.assistance.membres:
            etat, mandataire = self[f"etat_{m.elu_id}"], self[f"mandataire_{m.elu_id}"]
            valeur = etat.value() or ""
            differe = perime and valeur != (m.etat or "")
            erreurs = [*etat.errors, *mandataire.errors]
            if differe:
                erreurs.append(f"Enregistré entre-temps : {dire(m)}.")
            rangees.append({"membre": m, "etat": etat, "mandataire": mandataire, "valeur": valeur, "erreurs": erreurs})
        return rangees

    def clean(self):
        donnees = super().clean()
        saisis = {}
        for m in self.assistance.membres:
            etat = donnees.get(f"etat_{m.elu_id}") or None
            if etat is None and m.a_voix:
                etat = m.etat  # a sheet cut on its way empties nobody's attendance
            saisis[m.elu_id] = Saisi(etat, self._mandataire(m, etat, donnees))
        self.saisis = saisis
        for elu_id, faute in anomalies(appliquer(self.assistance, saisis), self.seance).items():
            self.add_error(f"mandataire_{elu_id}", faute)
        return donnees

    def _mandataire(self, membre, etat, donnees) -> int | None:
        """A name left beside a member who is no longer excused is forgotten: the page hides it."""
        texte = (donnees.get(f"mandataire_{membre.elu_id}") or "").strip()
        if not texte or etat != Etat.EXCUSE or not membre.a_voix:
            return None
        try:
            return trouver(self.assistance, texte).elu_id
        except ValidationError as erreur:
            self.add_error(f"mandataire_{membre.elu_id}", erreur)
            return None


class MembreForm(forms.Form):
    """One member of the assembly, named or designated."""

    qui = forms.CharField(label="Membre", max_length=170, error_messages={"required": "Écrivez le nom d’un membre."})

    def __init__(self, *args, assistance: Assistance, **kwargs):
        super().__init__(*args, **kwargs)
        self.assistance = assistance

    def clean_qui(self) -> Membre:
        return trouver(self.assistance, self.cleaned_data["qui"])


class AmenderForm(MembreForm):
    """How a member attends one rapport; an empty state goes back to the sheet of the séance."""

    etat = forms.ChoiceField(choices=[("", "Comme à la séance"), *Etat.choices], required=False)
    mandataire = forms.CharField(required=False, max_length=170)
    vu = forms.CharField(required=False)

    def clean(self):
        donnees = super().clean()
        texte = (donnees.get("mandataire") or "").strip()
        if texte and donnees.get("etat") != Etat.EXCUSE:
            self.add_error("mandataire", "Seul un membre excusé donne délégation.")
        elif texte:
            try:
                donnees["mandataire"] = trouver(self.assistance, texte)
            except ValidationError as erreur:
                self.add_error("mandataire", erreur)
        return donnees

    @property
    def saisi(self) -> Saisi:
        mandataire = self.cleaned_data["mandataire"]
        return Saisi(self.cleaned_data["etat"] or None, mandataire.elu_id if mandataire else None)


class ResultatForm(forms.Form):
    resultat = forms.ChoiceField(choices=BlocDeVote.Resultat.choices)
    motif = forms.CharField(required=False, max_length=250)
    vu = forms.CharField(required=False)


class PresidenceForm(forms.Form):
    """Who replaces the chair or the secretary for one block; empty: nobody."""

    vu = forms.CharField(required=False)

    def __init__(self, *args, assistance: Assistance, **kwargs):
        super().__init__(*args, **kwargs)
        choix = [("", ""), *((m.elu_id, str(m)) for m in assistance.votants)]
        for nom in ("president", "secretaire"):
            self.fields[nom] = forms.TypedChoiceField(choices=choix, required=False, coerce=int, empty_value=None)


class FiguresForm(forms.Form):
    """Figures printed by a published act."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for categorie in CATEGORIES:
            self.fields[categorie] = forms.IntegerField(label=LIBELLES[categorie], min_value=0, max_value=999)


class AmendementForm(forms.Form):
    """A line withdrawn, or given another amount, in session."""

    montant = MontantFormField(label="Crédits votés", required=False)
    motif = forms.CharField(label="Motif", max_length=250)
    vu = forms.CharField(required=False, widget=forms.HiddenInput)


class BlocsForm(forms.Form):
    """Title of each block, and the block of each thématique, annexe to sign and recette."""

    def __init__(self, *args, blocs, parties, **kwargs):
        """`parties`: [(« thematique » | « annexe » | « recette », object)]."""
        super().__init__(*args, **kwargs)
        self.blocs, self.parties = blocs, parties
        choix = [(b.pk, str(b)) for b in blocs]
        for bloc in blocs:
            self.fields[f"titre_{bloc.pk}"] = forms.CharField(
                label=f"Intitulé du bloc {bloc.ordre}", required=False, max_length=250, initial=bloc.titre
            )
        for quoi, objet in parties:
            vide = "Celui de ses lignes" if quoi == "annexe" else "Le premier"
            self.fields[f"{quoi}_{objet.pk}"] = forms.TypedChoiceField(
                label=str(objet), choices=[("", vide), *choix], required=False, coerce=int, empty_value=None,
                initial=objet.bloc_id or "",
            )  # fmt: skip

    @property
    def titres(self) -> dict[int, str]:
        return {b.pk: self.cleaned_data[f"titre_{b.pk}"].strip() for b in self.blocs}

    @property
    def attributions(self) -> dict:
        return {(quoi, objet.pk): self.cleaned_data[f"{quoi}_{objet.pk}"] for quoi, objet in self.parties}
