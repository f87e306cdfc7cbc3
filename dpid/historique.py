"""The history of an object in plain French: acts of the journal and edits of fields, merged, latest first."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dpid.montants import MontantField, euros

MEME_GESTE = timedelta(seconds=2)
VIDE = "vide"
TECHNIQUES = ("id", "cree_le")


@dataclass
class Changement:
    """One field: `ancien` is None when something was added."""

    libelle: str
    ancien: str | None
    nouveau: str | None


@dataclass
class Evenement:
    le: datetime
    par: str
    titre: str
    motif: str = ""
    est_acte: bool = False
    changements: list[Changement] = field(default_factory=list)


def modifications(historiques, designer, *, connus=None, sauf=(), saisies=True) -> list[Evenement]:
    """Field by field, each row against the previous one of the same object: one query, whatever the number.

    `designer(row)`: how the object is called. `connus`: {(model, pk): label} that the page has already loaded. `sauf`:
    fields not told. `saisies`: is the first row told, which is the typing of the object.
    """
    rangs = list(historiques.select_related("history_user").order_by("id", "history_date", "history_id"))
    suivis = [c for c in historiques.model.tracked_fields if c.name not in (*TECHNIQUES, *sauf)]
    libelles = (connus or {}) | _libelles_lies(rangs, suivis, connus or {})
    evenements, precedent = [], None
    for rang in rangs:
        if precedent is not None and precedent.id != rang.id:
            precedent = None
        evenement = Evenement(rang.history_date, str(rang.history_user or ""), "")
        nom = designer(rang)
        if rang.history_type == "-":
            evenement.titre, evenement.changements = "Suppression", [Changement(nom, "", None)]
        elif precedent or saisies:
            evenement.titre = "Modification" if precedent else "Saisie"
            evenement.changements = _ecarts(nom, precedent, rang, suivis, libelles)
        if evenement.changements:
            evenements.append(evenement)
        precedent = rang
    return evenements


def _ecarts(nom, avant, apres, champs, libelles) -> list[Changement]:
    ecarts = []
    for champ in champs:
        nouveau = getattr(apres, champ.attname)
        ancien = getattr(avant, champ.attname) if avant else None
        if ancien == nouveau or (avant is None and nouveau in (None, "", champ.get_default())):
            continue
        libelle = f"{nom}, {champ.verbose_name}" if nom else str(champ.verbose_name).capitalize()
        dits = [_ecrire(champ, valeur, libelles) for valeur in (ancien, nouveau)]
        ecarts.append(Changement(libelle, dits[0] if avant else None, dits[1]))
    return ecarts


def _ecrire(champ, valeur, libelles) -> str:
    if valeur in (None, ""):
        return VIDE
    if isinstance(champ, MontantField):
        return euros(valeur, symbole=True)
    if champ.is_relation:
        return libelles.get((champ.related_model, valeur), f"n° {valeur}")
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return str(dict(champ.flatchoices).get(valeur, valeur))


def _libelles_lies(rangs, champs, connus) -> dict:
    """Labels of the other objects named: one query per kind of object, none in the usual case."""
    libelles = {}
    for champ in champs:
        if not champ.is_relation:
            continue
        cles = {getattr(r, champ.attname) for r in rangs} - {None}
        cles = {c for c in cles if (champ.related_model, c) not in connus}
        if cles:
            objets = champ.related_model._base_manager.filter(pk__in=cles)
            if champ.name == "autorisation":
                objets = objets.select_related("ligne")
            libelles |= {(champ.related_model, o.pk): str(o) for o in objets}
    return libelles


def regrouper(evenements) -> list[Evenement]:
    """`evenements`, latest first: the edits that an act made, or that one person made in one gesture, are one entry."""
    groupes: list[Evenement] = []
    for evenement in evenements:
        dernier = groupes[-1] if groupes else None
        if dernier is None or not _meme_geste(dernier, evenement):
            groupes.append(evenement)
            continue
        if evenement.est_acte:
            dernier.titre, dernier.motif, dernier.est_acte = evenement.titre, evenement.motif, True
        deja = {(c.ancien, c.nouveau) for c in evenement.changements if evenement.est_acte}
        dernier.changements = evenement.changements + [
            c for c in dernier.changements if (c.ancien, c.nouveau) not in deja
        ]
    return groupes


def _meme_geste(recent, ancien) -> bool:
    """Two acts are always two entries; two edits, or an act and its edits, are one when close in time."""
    if recent.est_acte and ancien.est_acte or recent.le - ancien.le > MEME_GESTE:
        return False
    return recent.par == ancien.par
