"""Pieces of a bundle: each template rendered as a section of one page of HTML."""

import re
from collections.abc import Callable
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

# A text typed by an agent is escaped: what looks like a tag or an attribute is always the template's.
_ID = re.compile(r'\sid="([^"]*)"')
_APPEL = re.compile(r'<a\b([^<>]*?)\shref="#([^"]*)"([^<>]*)>(.*?)</a>', re.DOTALL)
_TITRE = re.compile(r"<(/?)h([1-5])\b")


class Piece(NamedTuple):
    """`gabarit` extends `documents/base.html`, exactly as when it is printed alone.

    `paysage` turns the pages of a template that does not say so itself; `ancre` is the name by which other pieces
    call this one.
    """

    titre: str
    gabarit: str
    contexte: dict
    paysage: bool = False
    ancre: str = ""


def lier(pieces: list[Piece], *, projet: bool, piece_faite: Callable[[], None] | None = None) -> list[dict]:
    """`[{"titre", "ancre", "html"}]`. Raises ValueError when two pieces answer to one name."""
    ancres = [piece.ancre or f"piece-{rang}" for rang, piece in enumerate(pieces, 1)]
    if len(set(ancres)) < len(ancres):
        raise ValueError("Deux pièces portent la même ancre.")
    liees = []
    for piece, ancre in zip(pieces, ancres, strict=True):
        section = {"cadre": "documents/_piece.html", "titre_document": piece.titre, "est_projet": projet}
        html = render_to_string(
            piece.gabarit, {**piece.contexte, **section, "ancre": ancre, "est_paysage": piece.paysage}
        )
        liees.append({"titre": piece.titre, "ancre": ancre, "html": mark_safe(_inserer(html, ancre, set(ancres)))})  # noqa: S308
        if piece_faite:
            piece_faite()
    return liees


def detacher(html: str) -> str:
    """A document printed alone: the links that lead to another piece keep their words only."""
    return _relier(html, "", set())


def _inserer(html: str, ancre: str, ancres: set[str]) -> str:
    """Headings one level down (their rank alone is kept for the eye), ids of its own."""
    debut = html.index(">") + 1
    corps = _TITRE.sub(_descendre, html[debut:])
    return html[:debut] + _relier(corps, f"{ancre}--", ancres)


def _descendre(balise: re.Match) -> str:
    rang = int(balise[2])
    return f"</h{rang + 1}" if balise[1] else f'<h{rang + 1} data-rang="{rang}"'


def _relier(html: str, prefixe: str, ancres: set[str]) -> str:
    """Prefix the ids and the links to them; keep the links to `ancres`; undo the others, which PDF/UA refuses."""
    siens = set(_ID.findall(html))

    def lien(appel: re.Match) -> str:
        avant, cible, apres, mots = appel.groups()
        if cible not in siens and cible not in ancres:
            return mots
        return f'<a{avant} href="#{prefixe if cible in siens else ""}{cible}"{apres}>{mots}</a>'

    html = _APPEL.sub(lien, html)
    return _ID.sub(rf' id="{prefixe}\1"', html) if prefixe and siens else html
