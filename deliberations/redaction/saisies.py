"""Amounts and counts typed in clear that the data know: a text must refer to them, not copy them."""

import re
from decimal import Decimal, InvalidOperation

from deliberations.redaction.renvois import RENVOI

_ESPACES = "[ \u00a0\u202f]"
_MONTANT = re.compile(
    rf"\d{{1,3}}(?:{_ESPACES}?\d{{3}})*(?:[.,]\d{{1,2}})?(?={_ESPACES}*(?:€|euros?\b))", re.IGNORECASE
)
_COMPTE = re.compile(rf"(\d+){_ESPACES}+([^\W\d_]{{3,}})")


def montants_saisis(texte: str, valeurs: dict) -> list[str]:
    """The amounts (« 155 121,00 € ») and counts (« 7 structures ») of `texte` that are the value of a reference.

    `valeurs`: {reference: value as printed}. Each is returned as it was typed, once, in the order of the text.
    """
    libre = RENVOI.sub(" ", texte or "")
    connus = {m for v in valeurs.values() for m in map(_euros, _MONTANT.findall(str(v))) if m}
    comptes = {_compte(m) for v in valeurs.values() for m in _COMPTE.finditer(str(v))}
    trouves = [(m.start(), m[0]) for m in _MONTANT.finditer(libre) if _euros(m[0]) in connus]
    trouves += [(m.start(), m[0]) for m in _COMPTE.finditer(libre) if _compte(m) in comptes]
    return list(dict.fromkeys(saisi for _, saisi in sorted(trouves)))


def _euros(texte: str) -> Decimal | None:
    try:
        return Decimal(re.sub(_ESPACES, "", texte).replace(",", "."))
    except InvalidOperation:
        return None


def _compte(trouve) -> tuple[int, str]:
    """A count and its word, without the mark of the plural."""
    return int(trouve[1]), trouve[2].lower().rstrip("s")
