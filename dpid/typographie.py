"""French typography: dates, counts, no-break spaces (field rules: U+202F before ; ! ?, U+00A0 before « : », «, »)."""

import re
from datetime import date

from dpid.montants import FINE_INSECABLE, INSECABLE

MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip


def date_longue(jour: date | None) -> str:
    """`1er janvier 2024`, `11 décembre 2023`; empty for None."""
    if jour is None:
        return ""
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme} {MOIS[jour.month - 1]} {jour.year}"


def date_courte(jour: date | None) -> str:
    """`11/12/2023`; empty for None."""
    return "" if jour is None else f"{jour:%d/%m/%Y}"


def nombre(valeur) -> str:
    """A count or a quantity: U+202F groups, decimal comma, no useless zero (`18 801`, `3,5`)."""
    texte = f"{valeur:,.2f}".rstrip("0").rstrip(".")
    return texte.replace(",", FINE_INSECABLE).replace(".", ",")


def accorder(n: int, singulier: str, pluriel: str | None = None) -> str:
    """`1 ligne`, `10 lignes`, `0 ligne`: the plural starts at two."""
    return f"{nombre(n)}{INSECABLE}{singulier if abs(n) < 2 else pluriel or singulier + 's'}"


def enumerer(mots: list[str]) -> str:
    """`a`, `a et b`, `a, b et c`; empty when there is nothing."""
    return " et ".join(filter(None, (", ".join(mots[:-1]), *mots[-1:])))


def avec_majuscule(texte: str) -> str:
    """A designation at the head of a line; what follows keeps its case."""
    return texte[:1].upper() + texte[1:]


def sans_majuscule(texte: str) -> str:
    """A title or a label as it stands in the middle of a sentence."""
    return texte[:1].lower() + texte[1:]


def entre_guillemets(texte: str) -> str:
    """`« … »`; what is quoted inside takes “ ”, so that nobody wonders where the title ends."""
    dedans = re.sub(r"«[ \u00a0\u202f]*", "“", texte)
    dedans = re.sub(r"(?<![ \u00a0\u202f])[ \u00a0\u202f]*»", "”", dedans)
    return f"«{INSECABLE}{dedans}{INSECABLE}»"


def composer(texte: str) -> str:
    """Put the no-break spaces and the apostrophes of French typography in a text typed by an agent.

    A run of spaces is looked at from its first one only: ten thousand of them would otherwise take seconds.
    """
    texte = re.sub(r"(?<=\w)'(?=\w)", "’", texte or "")
    texte = re.sub(r"(?<![ \u00a0\u202f])[ \u00a0\u202f]*([;!?])(?=\s|$|»)", FINE_INSECABLE + r"\1", texte)
    texte = re.sub(r"(?<![ \u00a0\u202f])[ \u00a0\u202f]+(:|»|%|€)", INSECABLE + r"\1", texte)
    texte = re.sub(r"«[ \u00a0\u202f]*", f"«{INSECABLE}", texte)
    # « L. 3121-14 »: the letter of an article of a code never ends a line.
    texte = re.sub(r"\b([LRD])\.[ \u00a0]?(?=\d)", rf"\1.{INSECABLE}", texte)
    texte = re.sub(r"(?<!\w)(MM?\.|Mmes?) (?=[A-ZÀ-Ý])", rf"\1{INSECABLE}", texte)
    return re.sub(r"(\d)[ \u00a0](?=\d{3}\b)", r"\1" + FINE_INSECABLE, re.sub(r"n° ?(?=\d)", f"n°{INSECABLE}", texte))
