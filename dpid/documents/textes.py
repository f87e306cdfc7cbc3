"""Texts and dates as a document needs them."""

import re
from datetime import date

from dpid.typographie import composer

# What XML and PDF cannot carry: control characters other than tab and line breaks, lone surrogates, non-characters.
_ILLISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def nettoyer(texte: str) -> str:
    """Drop the characters that neither XML nor PDF can carry; a pasted text sometimes holds some."""
    return _ILLISIBLES.sub("", texte)


def jour_iso(valeur) -> str:
    """`2023-12-11` from a date or its ISO text, empty for anything else: the date of the metadata."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    return valeur if isinstance(valeur, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", valeur) else ""


def blocs(texte: str) -> list[dict]:
    """Paragraphs and lists of a text typed by an agent, with French spacing.

    A blank line separates two paragraphs, a line that starts with « - » or « • » is an item of a list; another line
    break stays a line break. `[{"genre": "p", "texte": …}, {"genre": "ul", "puces": […]}]`.
    """
    resultat: list[dict] = []
    suite = None
    for ligne in (texte or "").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        ligne = ligne.strip()
        if not ligne:
            suite = None
        elif puce := re.match(r"[-•–]\s+(.*)", ligne):
            if not resultat or resultat[-1]["genre"] != "ul" or suite == "p":
                resultat.append({"genre": "ul", "puces": []})
            resultat[-1]["puces"].append(composer(puce[1]))
            suite = "ul"
        elif suite == "ul":
            resultat[-1]["puces"][-1] += f" {composer(ligne)}"
        elif suite == "p":
            resultat[-1]["texte"] += f"\n{composer(ligne)}"
        else:
            resultat.append({"genre": "p", "texte": composer(ligne)})
            suite = "p"
    return resultat
