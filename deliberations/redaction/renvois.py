"""Symbolic references in the texts of a rapport: `{montant}`, `{structures}`, `{annexe:repartition}`…

A figure, a count or the number of an annexe is never typed in a sentence: it is a reference, resolved when the document
is made. Text typed by an agent is never a template: the references are a closed list of values given by the place where
the text stands, replaced by this module alone.
"""

import re

from dpid.erreurs import ActeRefuse

RENVOI = re.compile(r"\{([a-z_]+(?::[a-z0-9-]+)?)\}")


class RenvoiInconnu(ActeRefuse):
    """A text refers to what does not exist; `renvois` are their names."""

    def __init__(self, renvois: list[str]):
        self.renvois = renvois
        noms = ", ".join(f"{{{nom}}}" for nom in renvois)
        super().__init__(f"Renvoi sans valeur : {noms}. Choisissez dans la liste des renvois, ou retirez-le du texte.")


def cites(texte: str) -> list[str]:
    """Names of the references of a text, each once, in their order."""
    return list(dict.fromkeys(RENVOI.findall(texte or "")))


def manquants(texte: str, valeurs: dict) -> list[str]:
    """References that have no value, or an empty one."""
    return [nom for nom in cites(texte) if not valeurs.get(nom)]


def remplacer(texte: str, valeurs: dict) -> str:
    """The text with its references resolved. Raises RenvoiInconnu when one has no value."""
    if sans := manquants(texte, valeurs):
        raise RenvoiInconnu(sans)
    return RENVOI.sub(lambda m: str(valeurs[m.group(1)]), texte or "")


def remplacer_projet(texte: str, valeurs: dict) -> str:
    """The same for a draft: a reference without a value is shown as it was typed, for the check to name it."""
    return RENVOI.sub(lambda m: str(valeurs.get(m.group(1)) or m.group(0)), texte or "")
