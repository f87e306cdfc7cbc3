"""The « Avenant/convention » cell: what it says of the act, kept as data, with a formula that prints it back."""

import re
from dataclasses import dataclass
from datetime import date

from deliberations.actes import CHAMPS
from dpid.typographie import MOIS, date_longue
from programmes.models import LigneDossier

Nature = LigneDossier.NatureActe
_DATE_LONGUE = re.compile(rf"(\d{{1,2}})(?:er)? ({'|'.join(MOIS)}) (\d{{4}})", re.IGNORECASE)
_DATE_COURTE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ANNEXE = re.compile(r"annexe (\d{1,3})", re.IGNORECASE)
_NUMERO = re.compile(r"n° ?(\d{4}-\d{5})")
_AVENANT = re.compile(r"avenant n° ?(\d{1,2})\b", re.IGNORECASE)


@dataclass(frozen=True)
class ActeLu:
    """`formule` prints the text back; the data beside it are what it names."""

    nature: str = ""
    annexe: int | None = None
    numero: str = ""
    initial_le: date | None = None
    avenant: int | None = None
    formule: str = ""


def lire_acte(texte: str) -> ActeLu:
    """Read the cell; raises ValueError (French) when it names a date that does not exist."""
    texte = " ".join((texte or "").replace("\u00a0", " ").split())
    if not texte:
        return ActeLu()
    formule = texte
    annexe, formule = _extraire(_ANNEXE, formule, "annexe")
    numero, formule = _extraire(_NUMERO, formule, "numero")
    avenant, formule = _extraire(_AVENANT, formule, "avenant")
    initial_le, formule = _extraire_date(formule)
    return ActeLu(
        nature=_nature(texte),
        annexe=int(annexe) if annexe else None,
        numero=numero or "",
        initial_le=initial_le,
        avenant=int(avenant) if avenant else None,
        formule=formule[:200],
    )


def _nature(texte: str) -> str:
    bas = texte.lower()
    if bas.startswith("avenant"):
        return Nature.AVENANT
    if "convention type" in bas:
        return Nature.CONVENTION_TYPE
    return Nature.CONVENTION_SPECIFIQUE if "convention" in bas else ""


def _extraire(motif, texte, champ):
    """(value, text with the value replaced by its field); nothing is extracted from a text that holds fields."""
    trouve = None if CHAMPS.search(texte) and champ == "annexe" else motif.search(texte)
    if not trouve:
        return None, texte
    debut, fin = trouve.span(1)
    return trouve[1], f"{texte[:debut]}{{{champ}}}{texte[fin:]}"


def _extraire_date(texte):
    longue = _DATE_LONGUE.search(texte)
    if longue:
        lue = _date(int(longue[3]), [m for m in MOIS].index(longue[2].lower()) + 1, int(longue[1]), longue[0])
        # Only a date written as we print it is replaced: the cell must come out as it came in.
        return lue, texte.replace(longue[0], "{date}", 1) if longue[0] == date_longue(lue) else texte
    courte = _DATE_COURTE.search(texte)
    if courte:
        return _date(int(courte[3]), int(courte[2]), int(courte[1]), courte[0]), texte
    return None, texte


def _date(annee, mois, jour, texte):
    try:
        return date(annee, mois, jour)
    except ValueError as erreur:
        raise ValueError(f"« {texte} » n’est pas une date qui existe.") from erreur
