"""Projects of act and models that a rapport joins: written by the room of the conventions, carried by the annexes.

An annexe is a slot: this room knows its number, its title and the lines whose act it is. What it prints is given by the
`Redacteur` that a higher room registers when Django starts, as pure data, so that a sending freezes it with the rest.
Once the rapport is sent, its projects are those that the members hold, whatever becomes of the data since.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from dpid.montants import ZERO, chaine


@dataclass(frozen=True)
class Projet:
    """One act, or one model, of an annexe. `donnees`: what its page prints, as JSON data; `montant` in euros.

    `lignes`: ids of the dossier lines whose act it is (none for a model); `manques`: `(what is missing, address of the
    page that fills it)`: while there is one, the text is not printed.
    """

    cle: int
    titre: str
    donnees: dict
    lignes: tuple[int, ...] = ()
    montant: Decimal = ZERO
    manques: tuple[tuple[str, str], ...] = field(default=())

    def en_donnees(self) -> dict:
        return {
            "cle": self.cle,
            "titre": self.titre,
            "lignes": list(self.lignes),
            "montant": chaine(self.montant),
            "manques": [phrase for phrase, _ in self.manques],
            "donnees": {} if self.manques else self.donnees,
        }


@dataclass(frozen=True)
class Redacteur:
    """`lire(rapport)` → {key of the annexe: [Projet]}, in a constant number of queries; `page(donnees)` → the context
    of `documents/_acte.html`; `adresse(rapport)` → the page where its projects are made."""

    lire: Callable
    page: Callable
    adresse: Callable


# The one room that writes acts, once Django has started.
_inscrits: list[Redacteur] = []


def inscrire_redacteur(redacteur: Redacteur) -> None:
    _inscrits[:] = [redacteur]


def lire(rapport) -> dict[str, list[Projet]]:
    """{key of the annexe: its projects as they stand}."""
    return _inscrits[0].lire(rapport) if _inscrits else {}


def adresse(rapport) -> str:
    """Where the projects of this rapport are made; empty when no room makes any."""
    return _inscrits[0].adresse(rapport) if _inscrits else ""


def page(projet: dict) -> dict:
    """A project as data, with what its template needs."""
    return {**projet, "imprime": _inscrits[0].page(projet["donnees"]) if projet["donnees"] else None}


def retenus(projets: list[dict], nouveaux: dict[int, Decimal]) -> tuple[list[dict], list[str]]:
    """`(projects that the séance adopts as they were joined, titles of those whose amount it changed)`.

    `nouveaux`: {dossier line: euros of new money adopted}. A project of which nothing is adopted leaves the annexe.
    """
    gardes, changes = [], []
    for projet in projets:
        adoptes = [nouveaux[pk] for pk in projet["lignes"] if pk in nouveaux]
        if not projet["lignes"] or (adoptes and chaine(sum(adoptes, ZERO)) == projet["montant"]):
            gardes.append(projet)
        elif any(adoptes):
            changes.append(projet["titre"])
    return gardes, changes
