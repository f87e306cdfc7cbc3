"""Saving what was typed: a dossier and its first journal row, a line and everything that hangs on it, a structure.

One transaction each; a stale version, a frozen line or a broken rule leaves everything as it was.
"""

from django.db import transaction
from django.db.models import ProtectedError
from django.forms import BaseFormSet, formset_factory

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import ZERO, euros
from dpid.panneaux import verrouiller_montants
from programmes.depots import depot
from programmes.forms import (
    FinancementForm,
    QuantiteForm,
    TerritoireForm,
    VentilationForm,
    choix_des_rangs,
    imputation_de,
)
from programmes.instruction.concurrence import ListesConciliables
from programmes.models import Financement, LigneTerritoire, Quantite, Ventilation


@transaction.atomic
def creer_dossier(form, *, par, jeton: str):
    """The dossier of this form; the one already created when the same form is sent twice."""
    return depot.deposer(par=par, jeton=jeton, **form.depot())


@transaction.atomic
def modifier(form):
    """Save the form of an existing object. Raises VersionPerimee."""
    form.verrouiller()
    objet = form.save()
    if getattr(form, "est_reporte", False):
        depot.noter_report(objet, par=form.agent, motif=form.cleaned_data["motif_report"])
    return objet


class Rangs(BaseFormSet):
    """Rows of a line: empty ones are ignored, ticked ones are removed."""

    def retenus(self) -> list[dict]:
        return [f.cleaned_data for f in self.forms if f.cleaned_data and not self._should_delete_form(f)]


def formset(formulaire, extra=0):
    return formset_factory(formulaire, formset=Rangs, extra=extra, can_delete=True, max_num=200)


# prefix → (title, form, rows offered on a new line)
LISTES = {
    "territoires": ("Territoires, dans l’ordre d’impression", TerritoireForm, 1),
    "quantites": ("Quantités", QuantiteForm, 0),
    "financements": ("Financements", FinancementForm, 1),
    "ventilations": ("Ventilation des financements", VentilationForm, 0),
}


class SaisieLigne(ListesConciliables):
    """The whole form of a line: its fields and its four lists."""

    def __init__(self, form, donnees=None):
        self.form = form
        self.ligne = form.instance
        self.suivre_les_listes()
        self.ouvrir_listes(None if donnees is None else form.data)

    def ouvrir_listes(self, donnees):
        options = {"choix": self._choix()}
        # What was typed stands alone: compared with what is stored, a row that happens to be equal would be dropped.
        initiales = _initiales(self.ligne) if donnees is None else dict.fromkeys(LISTES)
        self.listes = {
            nom: formset(classe, extra=0 if initiales[nom] else extra)(
                donnees, prefix=nom, initial=initiales[nom], form_kwargs=options
            )
            for nom, (_, classe, extra) in LISTES.items()
        }

    def _choix(self):
        dossier = self.ligne.dossier
        deja = self.ligne.financements.select_related("autorisation__ligne") if self.ligne.pk else []
        return choix_des_rangs(dossier.dispositif.thematique.appel.annee, deja)

    def is_valid(self) -> bool:
        valides = [self.form.is_valid(), *(liste.is_valid() for liste in self.listes.values())]
        return all(valides) and self._coherente()

    def _coherente(self) -> bool:
        """A territoire once; the parts of a financement add up to it or are absent."""
        territoires = [r["territoire"] for r in self.listes["territoires"].retenus()]
        if len(set(territoires)) < len(territoires):
            self.form.add_error(None, "Un même territoire est indiqué deux fois : retirez-en un.")
        financements = self._financements()
        parts: dict[int, list] = {}
        for part in self.listes["ventilations"].retenus():
            parts.setdefault(part["rang"], []).append(part["montant"])
        for rang, montants in sorted(parts.items()):
            if rang > len(financements):
                self.form.add_error(None, f"La ventilation nomme un financement n° {rang} qui n’existe pas.")
            elif sum(montants, ZERO) != financements[rang - 1]["montant"]:
                total, attendu = euros(sum(montants, ZERO), True), euros(financements[rang - 1]["montant"], True)
                self.form.add_error(
                    None,
                    f"Les parts du financement n° {rang} font {total}, il est de {attendu} : corrigez l’un des deux.",
                )
        return not self.form.errors

    def _financements(self) -> list[dict]:
        return self.listes["financements"].retenus()

    @transaction.atomic
    def enregistrer(self):
        """Write everything. Raises VersionPerimee, ActeFige, ActeRefuse."""
        if self.ligne.pk:
            verrouiller_montants([self.ligne.pk])
            self.form.verrouiller()
        else:
            self.ligne.ordre = self.ligne.dossier.lignes.count() + 1
        ligne = self.form.save()
        self._remplacer(ligne.placements, [
            LigneTerritoire(ligne=ligne, territoire=r["territoire"], ordre=rang)
            for rang, r in enumerate(self.listes["territoires"].retenus(), 1)
        ], ("territoire_id", "ordre"))  # fmt: skip
        self._remplacer(ligne.quantites, [
            Quantite(ligne=ligne, valeur=r["valeur"], unite=r["unite"]) for r in self.listes["quantites"].retenus()
        ], ("valeur", "unite"))  # fmt: skip
        self._ventiler(self._financer(ligne))
        return ligne

    def _remplacer(self, relation, voulus, champs):
        """Rewrite a list that has no memory of its own, only when it differs."""
        actuels = [tuple(getattr(o, c) for c in champs) for o in relation.all()]
        if actuels != [tuple(getattr(o, c) for c in champs) for o in voulus]:
            relation.all().delete()
            for objet in voulus:
                objet.save()

    def _financer(self, ligne) -> list[Financement]:
        """Financements keep their identity and history: changed, added, removed one by one."""
        existants = {f.pk: f for f in ligne.financements.all()}
        gardes = []
        for rang in self._financements():
            financement = existants.pop(rang["pk"], None) or Financement(ligne=ligne)
            avant = (financement.autorisation_id, financement.source_id, financement.montant)
            genre, _, cle = rang["imputation"].partition("-")
            financement.autorisation_id = int(cle) if genre == "ae" else None
            financement.source_id = int(cle) if genre == "source" else None
            financement.montant = rang["montant"]
            if avant != (financement.autorisation_id, financement.source_id, financement.montant):
                financement.save()
            gardes.append(financement)
        for financement in existants.values():
            financement.delete()
        return gardes

    def _ventiler(self, financements):
        parts: dict[int, list] = {}
        for r in self.listes["ventilations"].retenus():
            part = Ventilation(territoire=r["territoire"], volet=r["volet"], montant=r["montant"])
            parts.setdefault(r["rang"], []).append(part)
        for rang, financement in enumerate(financements, 1):
            voulues = parts.get(rang, [])
            for part in voulues:
                part.financement = financement
            self._remplacer(financement.ventilations, voulues, ("territoire_id", "volet_id", "montant"))

    def adopter(self, actuelle) -> bool:
        actuelle.dossier = self.ligne.dossier
        self.ligne = actuelle
        return super().adopter(actuelle)

    @staticmethod
    def titres() -> dict[str, str]:
        return {nom: titre for nom, (titre, *_) in LISTES.items()}

    @staticmethod
    def initiales(ligne):
        return _initiales(ligne)

    @staticmethod
    def phrase(formulaire, rang):
        return _phrase(formulaire, rang)


def _initiales(ligne) -> dict[str, list[dict]]:
    """What each list shows for a stored line; nothing for a new one."""
    if not ligne.pk:
        return {nom: [] for nom in LISTES}
    financements = list(ligne.financements.prefetch_related("ventilations__territoire", "ventilations__volet"))
    return {
        "territoires": [{"territoire": p.territoire} for p in ligne.placements.select_related("territoire")],
        "quantites": [{"valeur": q.valeur, "unite": q.unite} for q in ligne.quantites.all()],
        "financements": [
            {"pk": f.pk, "imputation": imputation_de(f), "montant": f.montant} for f in financements
        ],
        "ventilations": [
            {"rang": rang, "territoire": v.territoire, "volet": v.volet, "montant": v.montant}
            for rang, f in enumerate(financements, 1)
            for v in f.ventilations.all()
        ],
    }  # fmt: skip


def _phrase(formulaire, rang: dict) -> str:
    """`C02-446A05…, 300,00`: a row of a list as a person reads it."""
    mots = []
    for nom, champ in formulaire.fields.items():
        valeur = rang.get(nom)
        if nom in ("pk", "DELETE") or valeur in (None, ""):
            continue
        if nom == "imputation":
            plats = {c: t for groupe in champ.choices if isinstance(groupe[1], list) for c, t in groupe[1]}
            mots.append(plats.get(valeur, valeur).partition(" (")[0])
        else:
            mots.append(str(champ.prepare_value(valeur)) if nom == "montant" else str(valeur))
    return ", ".join(mots)


@transaction.atomic
def supprimer_ligne(ligne, *, par, motif=""):
    """Delete a line that no rapport presents. Raises ActeFige, ActeRefuse."""
    dossier, designation = ligne.dossier, str(ligne)
    try:
        ligne.delete()
    except ProtectedError as erreur:
        raise ActeRefuse(
            "Cette ligne est inscrite à un rapport : retirez-la du rapport avant de la supprimer."
        ) from erreur
    Journal.noter(dossier, "supprimer_ligne", f"Supprimer la {designation}", par=par)
