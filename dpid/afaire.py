"""« À faire »: what awaits an agent, told by each room for its own objects.

The kernel knows no dossier and no rapport: rooms register functions when Django starts (`apps.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When, Window
from django.db.models.functions import RowNumber

MONTRES = 6


@dataclass(frozen=True)
class Tache:
    """One thing to do: where it is, for how many days it has waited, how many days late (0 when it is not), who holds
    it."""

    titre: str
    url: str
    detail: str = ""
    retard: int = 0
    depuis: int = 0
    tenu_par: str = ""


@dataclass(frozen=True)
class Groupe:
    """Things of the same act. `nombre` counts all of them, `items` shows the first; `url` leads to the whole list.

    `retard`: how many of them are late. `avant`: the day by which the first must be done.
    """

    titre: str
    nombre: int
    url: str
    items: list[Tache] = field(default_factory=list)
    retard: int = 0
    attente: bool = False  # what others must do first
    avant: date | None = None


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


def premiers(queryset, groupe, *, ordre, en_retard=None):
    """The first rows of each group of a QuerySet, in one query whatever the number of groups and of rows.

    `groupe` is an expression naming the group of a row, empty for « none ». Each row carries `groupe`, `nombre` (rows
    of its group) and `nb_retards` (those that `en_retard`, a Q, holds late).
    """
    tard = Case(When(en_retard or Q(pk__in=[]), then=Value(1)), default=Value(0), output_field=IntegerField())
    par = [F("groupe")]
    lus = queryset.order_by().annotate(groupe=groupe).exclude(groupe="")
    lus = lus.annotate(
        nombre=Window(Count("pk"), partition_by=par),
        nb_retards=Window(Sum(tard), partition_by=par),
        place=Window(RowNumber(), partition_by=par, order_by=[*ordre, "pk"]),
    )
    return lus.filter(place__lte=MONTRES).order_by("groupe", "place")


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
