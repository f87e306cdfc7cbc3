"""Numbers of articles and annexes, as acts write them: 4, 4 bis, 4-1."""

import re

from django.core.validators import RegexValidator

SUFFIXES = ("bis", "ter", "quater", "quinquies", "sexies", "septies", "octies")
SUITE = re.compile(rf"(.+?)\s+({'|'.join(SUFFIXES)})")
NUMERO_DE_CLAUSE = RegexValidator(
    rf"^(1er|[1-9]\d{{0,2}}([.-]\d{{1,2}})*(\s({'|'.join(SUFFIXES)}))?)$",
    "Écrivez le numéro comme l’acte l’écrit : 4, 4 bis, 4-1.", flags=re.IGNORECASE,
)  # fmt: skip


def comparer(numero) -> str:
    """« 4 Bis » and « 4 bis », whatever their spaces, are one number; « 1er » is 1."""
    lu = re.sub(r"\s+", " ", str(numero)).strip().lower()
    return "1" if lu == "1er" else lu


def ranger(numero) -> tuple:
    """Sort key: 4, 4 bis, 4 ter, 4-1, 5, 10."""
    morceaux = re.findall(r"\d+|[^\W\d]+", comparer(numero))
    return tuple((1, int(m)) if m.isdigit() else (0, SUFFIXES.index(m) if m in SUFFIXES else 99) for m in morceaux)
