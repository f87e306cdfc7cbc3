"""What a lower page owes to a higher room, without importing it.

Registries, filled by the `apps.py` of the higher rooms when Django starts:
- panels: a title, a template and a function giving its context, shown on the page of a lower object;
- guards of what leaves a rapport: a dossier that one presents does not leave it by itself;
- guards: called in the same transaction when instructed lines change (a rapport then loses its visas, or refuses
  when it has been sent).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Panneau:
    titre: str
    gabarit: str
    contexte: Callable


_panneaux: dict[str, list[Panneau]] = defaultdict(list)
_gardiens: list[Callable] = []
_verrous: list[Callable] = []
_retenues: list[Callable] = []


def inscrire_panneau(modele: str, panneau: Panneau) -> None:
    """Show `panneau` on the page of `modele` (« programmes.dossier »)."""
    if panneau not in _panneaux[modele]:
        _panneaux[modele].append(panneau)


def panneaux_de(objet, agent) -> list[dict]:
    """Panels of an object, ready for the template: title, template, context."""
    return [
        {"titre": p.titre, "gabarit": p.gabarit, **p.contexte(objet, agent)} for p in _panneaux[objet._meta.label_lower]
    ]


def surveiller_montants(gardien: Callable, verrou: Callable) -> None:
    """`gardien(ids)` is told the ids of the dossier lines whose financing is about to change; `verrou(ids)` locks what
    the guard would lock, for lines of which anything else changes. Both raise ActeFige when the lines are closed."""
    if gardien not in _gardiens:
        _gardiens.append(gardien)
        _verrous.append(verrou)


def verrouiller_montants(ids_lignes) -> None:
    """Lock what the guards lock, to be called before a line is locked: a vote locks in this order (no deadlock).

    Raises ActeFige when a line stands in a rapport that has been sent.
    """
    ids = set(ids_lignes)
    if ids:
        for verrou in _verrous:
            verrou(ids)


def retenir_les_inscrites(gardien: Callable) -> None:
    """`gardien(ids)` raises ActeRefuse when a rapport still presents one of these dossier lines."""
    if gardien not in _retenues:
        _retenues.append(gardien)


def refuser_si_inscrites(ids_lignes) -> None:
    """Raises ActeRefuse, with the act by which these lines leave what presents them."""
    ids = set(ids_lignes)
    for gardien in _retenues:
        gardien(ids)


def prevenir_montants(ids_lignes) -> None:
    """Tell every guard; called by the models of `programmes`, inside their transaction."""
    ids = set(ids_lignes)
    if ids:
        for gardien in _gardiens:
            gardien(ids)
