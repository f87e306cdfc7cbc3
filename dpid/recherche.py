"""Global search: each room answers for its own objects, starting from what the agent may see."""

from collections.abc import Callable
from dataclasses import dataclass

MINIMUM = 2
PAR_GROUPE = 20


@dataclass(frozen=True)
class Resultat:
    titre: str
    url: str
    detail: str = ""


@dataclass(frozen=True)
class Moteur:
    titre: str
    fonction: Callable
    rang: int


_moteurs: list[Moteur] = []


def inscrire(titre: str, fonction: Callable, rang: int = 100) -> None:
    """`fonction(agent, texte, limite)` → list of Resultat, `limite` of them at most."""
    moteur = Moteur(titre, fonction, rang)
    if moteur not in _moteurs:
        _moteurs.append(moteur)


def chercher(agent, texte: str) -> list[dict]:
    """Groups of results that are not empty; `suite` says that there are more than shown."""
    groupes = []
    for moteur in sorted(_moteurs, key=lambda m: m.rang):
        resultats = moteur.fonction(agent, texte, PAR_GROUPE + 1)
        if resultats:
            groupes.append(
                {
                    "titre": moteur.titre,
                    "resultats": resultats[:PAR_GROUPE],
                    "suite": len(resultats) > PAR_GROUPE,
                }
            )
    return groupes
