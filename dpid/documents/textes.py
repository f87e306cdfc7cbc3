"""Texts and dates as a document needs them."""

import re
from datetime import date

from dpid.typographie import composer

# What XML and PDF cannot carry: control characters other than tab and line breaks, lone surrogates, non-characters.
# Then those that reverse the order of what follows: an amount is never printed backwards.
_ILLISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_RANGEE = re.compile(r"\|.*\|")
_FILET = re.compile(r"[|\s:-]+")  # the line of dashes that some people draw under the header
_NOMBRE = re.compile(r"-?\d[\d\s.,\u00a0\u202f]*(?:[€%]|euros)?")


def nettoyer(texte: str) -> str:
    """Drop the characters that neither XML nor PDF can carry, or that reverse a line; pasted texts have some."""
    return _ILLISIBLES.sub("", texte)


def jour_iso(valeur) -> str:
    """`2023-12-11` from a date or its ISO text, empty for anything else: the date of the metadata."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    return valeur if isinstance(valeur, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", valeur) else ""


def blocs(texte: str) -> list[dict]:
    """Paragraphs, lists and tables of a text typed by an agent, with French spacing.

    A blank line separates two paragraphs, a line that starts with « - » or « • » is an item of a list; another line
    break stays a line break. Lines `| a | b |` are the rows of a table: the first one is its header, the line just
    above it its caption. `[{"genre": "p", "texte": …}, {"genre": "ul", "puces": […]}, {"genre": "table", "legende": …,
    "entetes": […], "rangees": [[…]]}]`, a cell being `{"texte": …, "nombre": bool}`.
    """
    resultat: list[dict] = []
    suite = None  # genre of the block that the next line goes on with
    for ligne in (texte or "").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        ligne = ligne.strip()
        if not ligne:
            suite = None
        elif _RANGEE.fullmatch(ligne):
            suite = _ajouter_rangee(resultat, suite, ligne)
        elif puce := re.match(r"[-•–]\s+(.*)", ligne):
            suite = _ajouter_puce(resultat, suite, composer(puce[1]))
        elif suite == "ul":
            resultat[-1]["puces"][-1] += f" {composer(ligne)}"
        elif suite == "p":
            resultat[-1]["texte"] += f"\n{composer(ligne)}"
        else:
            resultat.append({"genre": "p", "texte": composer(ligne)})
            suite = "p"
    return [_tableau(bloc) if bloc["genre"] == "table" else bloc for bloc in resultat]


def _ajouter_puce(resultat, suite, texte) -> str:
    if not resultat or resultat[-1]["genre"] != "ul" or suite in ("p", "table"):
        resultat.append({"genre": "ul", "puces": []})
    resultat[-1]["puces"].append(texte)
    return "ul"


def _ajouter_rangee(resultat, suite, ligne) -> str:
    if suite != "table":
        resultat.append({"genre": "table", "legende": _prendre_legende(resultat, suite), "lignes": []})
    if not _FILET.fullmatch(ligne):
        resultat[-1]["lignes"].append([composer(cellule.strip()) for cellule in ligne.strip("|").split("|")])
    return "table"


def _prendre_legende(resultat, suite) -> str:
    """The line just above a table leaves its paragraph."""
    if suite != "p":
        return ""
    reste, _, legende = resultat[-1]["texte"].rpartition("\n")
    if reste:
        resultat[-1]["texte"] = reste
    else:
        resultat.pop()
    return legende


def _tableau(bloc: dict) -> dict:
    """Every row has as many cells as the header: what is missing is empty, what exceeds goes in the last one."""
    entetes, *rangees = bloc["lignes"] or [[""]]
    largeur = len(entetes)
    rangees = [[*r[: largeur - 1], " ".join(r[largeur - 1 :]), *[""] * (largeur - len(r))][:largeur] for r in rangees]
    return tableau(bloc["legende"], entetes, rangees)


def tableau(legende: str, entetes: list[str], rangees: list[list[str]], *, total: bool = False) -> dict:
    """A block « table »; a column whose cells are all numbers is aligned as such. `total`: the last row is one."""
    colonnes = list(zip(*rangees, strict=True)) or [()] * len(entetes)
    nombres = [any(c) and all(not v or _NOMBRE.fullmatch(v) for v in c) for c in colonnes]
    return {
        "genre": "table",
        "legende": legende,
        "entetes": [{"texte": t, "nombre": n} for t, n in zip(entetes, nombres, strict=True)],
        "rangees": [[{"texte": t, "nombre": n} for t, n in zip(r, nombres, strict=True)] for r in rangees],
        "total": total,
    }
