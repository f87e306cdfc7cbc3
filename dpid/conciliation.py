"""Two officers on one form: what each changed since it was opened, field by field.

A form carries, hidden, the text of every field as it was opened on. On a stale save three values are known: opened on,
stored now, typed. What only one side changed is kept; what both changed is shown with its three values, its author and
its date, and the person chooses. Nothing is overwritten without having been seen.
"""

import json
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.utils import timezone

from dpid.erreurs import VersionPerimee
from dpid.gestes import signaler_peremption
from dpid.typographie import date_courte

GARDER, CONFLIT = "garder-", "conflit-"
MIENNE, ACTUELLE = "mienne", "actuelle"
HISTORIQUE_LU = 50
CACHES = ("libelle", "saisi", "actuel", "ouvert", "auteur", "leur")


@dataclass
class Ecart:
    """One field that both sides changed. Texts are written as people read them; `leur` is what the form would send."""

    libelle: str
    saisi: str
    actuel: str
    nom: str = ""
    ouvert: str | None = None
    auteur: str = ""
    leur: object = ""
    choix: str = ""

    @property
    def cache(self) -> str:
        """What the hidden input of the field carries from one display to the next."""
        return json.dumps({c: getattr(self, c) for c in CACHES})


def texte(champ, valeur):
    """A value in one writing, whether it was stored or typed: a text, or a sorted list for a multiple choice."""
    if isinstance(champ, forms.BooleanField):
        return "oui" if champ.to_python(valeur) else ""
    if isinstance(champ, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return sorted(str(champ.prepare_value(v)) for v in valeur or [])
    if isinstance(champ, forms.ChoiceField | forms.ModelChoiceField):
        return str(vide_si_rien(champ.prepare_value(valeur)))
    if isinstance(valeur, str):
        try:
            valeur = champ.to_python(valeur)
        except forms.ValidationError:
            pass  # an unreadable text is compared as it was typed
    ecrit = champ.widget.format_value(champ.prepare_value(valeur))
    return str(vide_si_rien(ecrit)).replace("\r\n", "\n").strip()


def vide_si_rien(valeur):
    return "" if valeur is None else valeur


def saisi(form, nom):
    """What was typed in a field, in the writing of `texte`."""
    champ = form.fields[nom]
    return texte(champ, champ.widget.value_from_datadict(form.data, form.files, form.add_prefix(nom)))


def stockes(form) -> dict:
    """Texts of what an unbound form shows: what it is opened on."""
    return {
        nom: texte(champ, form.get_initial_for_field(champ, nom))
        for nom, champ in form.fields.items()
        if not champ.widget.is_hidden
    }


def poser(donnees, champ, nom: str, valeur) -> None:
    """Write in the data of a form (a mutable QueryDict) what a browser would send for `valeur`."""
    if isinstance(valeur, list):
        donnees.setlist(nom, valeur)
    elif isinstance(champ, forms.BooleanField):
        donnees.pop(nom, None)
        if valeur:
            donnees[nom] = "on"
    else:
        donnees[nom] = valeur


def lire_ouverture(brut: str | None) -> dict:
    """The hidden JSON, {} when it is absent or was tampered with: every difference is then shown."""
    try:
        lu = json.loads(brut or "{}")
    except ValueError:
        return {}
    return lu if isinstance(lu, dict) else {}


def appliquer_choix(donnees, champs: dict, prefixe=lambda nom: nom):
    """(data with the choices made, conflicts posted): « la valeur actuelle » replaces what was typed."""
    poses = []
    for cle in [c for c in donnees if c.startswith(CONFLIT)]:
        nom = cle.removeprefix(CONFLIT)
        lu = lire_ouverture(donnees.get(cle))
        lu = {c: lu[c] for c in CACHES if c in lu}
        if len(lu) < len(CACHES) or not isinstance(lu["leur"], str | list):
            continue
        choix = donnees.get(f"{GARDER}{nom}", "")
        poses.append(Ecart(**lu, nom=nom, choix=choix if choix in (MIENNE, ACTUELLE) else ""))
        if choix == ACTUELLE and nom in champs:
            if not getattr(donnees, "_mutable", True):
                donnees = donnees.copy()
            poser(donnees, champs[nom], prefixe(nom), lu["leur"])
    return donnees, poses


def auteur(objet, nom: str) -> str:
    """« Claire Dupont, le 21/11/2026 à 10 h 05 »: who last changed this field, from the history of the row."""
    historique = getattr(objet, "history", None)
    if historique is None:
        return "une autre personne"
    rangs = list(historique.select_related("history_user")[:HISTORIQUE_LU])
    champ = next((c.attname for c in objet._meta.concrete_fields if c.name == nom), None)
    paires = zip(rangs, rangs[1:], strict=False)
    trouve = next((r for r, avant in paires if _differe(r, avant, champ)), rangs[0] if rangs else None)
    if trouve is None:
        return "une autre personne"
    quand = timezone.localtime(trouve.history_date)
    return f"{trouve.history_user or 'une autre personne'}, le {date_courte(quand)} à {quand:%H} h {quand:%M}"


def _differe(rang, avant, champ) -> bool:
    return champ is None or getattr(rang, champ, None) != getattr(avant, champ, None)


def enregistrer(request, saisie, ecrire, relire):
    """Save; on a stale version merge field by field, and save the merge when nobody contradicts anybody.

    `saisie` has `comparer(actuel)` → list of Ecart and `adopter(actuel)` → bool (the merge is valid). Returns
    (object saved or None, ecarts to show).
    """
    try:
        return ecrire(), []
    except VersionPerimee:
        actuel = relire()
    ecarts = saisie.comparer(actuel)
    if not ecarts and saisie.adopter(actuel):
        try:
            enregistre = ecrire()
        except VersionPerimee:  # a third person, in the same instant: the form is shown again, on what is stored now
            ecarts = saisie.comparer(relire())
        else:
            messages.info(request, _phrase_de_fusion(saisie.repris))
            return enregistre, []
    signaler_peremption(request)
    return None, ecarts


def _phrase_de_fusion(repris: list[str]) -> str:
    if not repris:
        return "Une autre personne a agi sur cette fiche pendant votre saisie, sans toucher à ce que vous avez modifié."
    noms = ", ".join(f"« {nom} »" for nom in repris)
    return f"Une autre personne a modifié {noms} pendant votre saisie : ses valeurs et les vôtres sont gardées."
