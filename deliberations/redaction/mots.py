"""Words shared by the sentences of the documents."""

from dpid.montants import INSECABLE
from dpid.typographie import composer


def guillemets(texte: str) -> str:
    return f"«{INSECABLE}{composer(texte)}{INSECABLE}»"


def enumerer(termes: list[str]) -> str:
    """`A`, `A et B`, `A, B et C`."""
    return termes[0] if len(termes) == 1 else f"{', '.join(termes[:-1])} et {termes[-1]}" if termes else ""
