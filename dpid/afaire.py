"""« À faire »: what awaits an agent, told by each room for its own objects.

The kernel knows no dossier and no rapport: rooms register functions when Django starts (`apps.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tache:
    """One thing to do: where it is, and how many days late (0 when it is not)."""

    titre: str
    url: str
    detail: str = ""
    retard: int = 0


@dataclass(frozen=True)
class Groupe:
    """Things of the same act. `nombre` counts all of them, `items` shows the first; `url` leads to the whole list."""

    titre: str
    nombre: int
    url: str
    items: list[Tache] = field(default_factory=list)
    retard: int = 0
    attente: bool = False  # what others must do first


@dataclass(frozen=True)
class Bloc:
    titre: str
    gabarit: str
    contexte: Callable


_fonctions: list[Callable] = []
_blocs: list[Bloc] = []


def inscrire(fonction: Callable) -> None:
    """`fonction(agent)` → list of Groupe (or of dicts with the same keys)."""
    if fonction not in _fonctions:
        _fonctions.append(fonction)


def inscrire_bloc(bloc: Bloc) -> None:
    """Free block of the page: `contexte(request)` → dict for `gabarit`, or None to show nothing."""
    if bloc not in _blocs:
        _blocs.append(bloc)


def groupes(agent) -> list[Groupe]:
    """What awaits this agent, late first, then what others hold."""
    tous = []
    for fonction in _fonctions:
        tous += [g if isinstance(g, Groupe) else Groupe(**g) for g in fonction(agent)]
    return sorted((g for g in tous if g.nombre), key=lambda g: (g.attente, -g.retard))


def blocs(request) -> list[dict]:
    """Free blocks that have something to say to this agent."""
    lus = ((b, b.contexte(request)) for b in _blocs)
    return [{"titre": b.titre, "gabarit": b.gabarit, **contexte} for b, contexte in lus if contexte is not None]
