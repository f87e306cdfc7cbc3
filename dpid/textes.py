"""Comparing texts typed by people: one key, blind to case, accents, spaces and punctuation."""

import re
import unicodedata
from functools import lru_cache

COURT = 200
_SEPARATEURS = re.compile(r"[\W_]+")


def cle_texte(texte: str) -> str:
    """`L'ARRAGEOIS` → `l arrageois`, « Hénin–Carvin » → `henin carvin`."""
    texte = str(texte)
    return _cle_courte(texte) if len(texte) <= COURT else _cle(texte)


def cle_numerique(texte: str) -> int | None:
    """The id written in `texte`, None for anything else: « ² » is a digit too, and no id has twenty of them."""
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 18 else None


def _cle(texte: str) -> str:
    if not texte.isascii():
        texte = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("Œ", "OE"))
        texte = "".join(c for c in texte if not unicodedata.combining(c))
    return _SEPARATEURS.sub(" ", texte.casefold()).strip()


# The same names come back on thousands of rows; long texts are not kept, they would fill the memory.
_cle_courte = lru_cache(maxsize=8192)(_cle)
