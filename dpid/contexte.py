"""The current exercice, the current séance…: chosen once, in the header, and followed by every page.

The kernel does not know what can be chosen: higher rooms register a choice when Django starts. What is chosen lives in
the session, the value under its own name (`session["exercice"]`) and its label beside it, so that the header costs no
query.
"""

from collections.abc import Callable
from dataclasses import dataclass

LIBELLES = "contexte_libelles"


@dataclass(frozen=True)
class Choix:
    nom: str
    titre: str
    options: Callable
    rang: int


_choix: dict[str, Choix] = {}


def inscrire_choix(nom: str, fonction: Callable, titre: str = "", rang: int = 100) -> None:
    """`fonction(agent)` → [(value, label)…], the one to take at login first. Values are JSON scalars."""
    _choix[nom] = Choix(nom, titre or nom.capitalize(), fonction, rang)


def les_choix() -> list[Choix]:
    return sorted(_choix.values(), key=lambda c: c.rang)


def retenir(session, choix: Choix, valeur, libelle: str) -> None:
    """Keep one choice in the session."""
    session[choix.nom] = valeur
    session[LIBELLES] = {**session.get(LIBELLES, {}), choix.nom: libelle}


def initialiser(session, agent) -> None:
    """At login: the first option of each choice."""
    for choix in les_choix():
        options = choix.options(agent)
        if options:
            retenir(session, choix, *options[0])


def choisis(session) -> list[dict]:
    """What the header shows, without a query."""
    libelles = session.get(LIBELLES, {})
    return [{"titre": c.titre, "libelle": libelles[c.nom]} for c in les_choix() if c.nom in libelles]
