"""Symbolic references in the texts of a rapport: `{montant}`, `{structures}`, `{annexe:repartition}`…

A figure, a count or the number of an annexe is never typed in a sentence: it is a reference, resolved when the document
is made. Text typed by an agent is never a template: the references are a closed list of values given by the place where
the text stands, replaced by this module alone.
"""

import re

RENVOI = re.compile(r"\{([a-z_]+(?::[a-z0-9-]+)?)\}")


def cites(texte: str) -> list[str]:
    """Names of the references of a text, each once, in their order."""
    return list(dict.fromkeys(RENVOI.findall(texte or "")))


def manquants(texte: str, valeurs: dict) -> list[str]:
    """References that have no value, or an empty one."""
    return [nom for nom in cites(texte) if not valeurs.get(nom)]


def remplacer(texte: str, valeurs: dict) -> str:
    """The text with its references resolved; one without a value is shown as it was typed, for the check to name it
    and stop the sending."""
    return RENVOI.sub(lambda m: str(valeurs.get(m.group(1)) or m.group(0)), texte or "")
