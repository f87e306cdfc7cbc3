"""Columns that a list may show: what each reads, how it is written on screen and in a spreadsheet.

The screen and the exports are made from the same declarations: what one shows, the other holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

from django.utils import timezone

from dpid.montants import euros
from dpid.tableaux import DATE, MONTANT, TEXTE, Colonne
from dpid.typographie import date_courte

# Without the end tags and quotes that HTML lets out: a hundred rows of twenty columns stay under 100 kB.
CELLULE, COURTE, CHIFFREE = "<td>{}", "<td class=court>{}", "<td class=montant>{}"


def _seul(valeur):
    return (valeur,)


def _premiere(*valeurs):
    return valeurs[0]


def _en_euros(valeur):
    return (euros(valeur),)


def _date(instant):
    return (date_courte(_jour(instant)),)


@dataclass(frozen=True)
class ColonneDeListe:
    """`lus`: paths read; `ecrire(*values)` → the texts of `motif`; `exporter(*values)` → the cell of a spreadsheet."""

    cle: str
    titre: str
    lus: tuple[str, ...]
    ecrire: Callable = _seul
    exporter: Callable = _premiere
    motif: str = CELLULE
    genre: str = TEXTE
    largeur: float = 20
    tri: tuple[str, ...] = ()
    est_d_office: bool = False

    @property
    def est_montant(self) -> bool:
        return self.genre == MONTANT

    def en_tete(self) -> Colonne:
        return Colonne(self.titre, self.genre, self.largeur)


@dataclass(frozen=True)
class Catalogue:
    """The columns of a list. `premiere`: paths of its first column, the id first; `complements`: {path: function of
    the ids of the page} for what a join would multiply."""

    colonnes: dict[str, ColonneDeListe]
    premiere: tuple[str, ...]
    en_tetes: tuple[Colonne, ...]
    titre_premiere: str
    cle_premiere: str
    tri: tuple[str, ...]
    complements: dict[str, Callable] = field(default_factory=dict)

    def choisies(self, cles) -> list[ColonneDeListe]:
        """Columns named by `cles`, in the order of the screen; the usual ones when none of them exists."""
        voulues = set(cles) & set(self.colonnes) or {c.cle for c in self.colonnes.values() if c.est_d_office}
        return [c for c in self.colonnes.values() if c.cle in voulues]


def _jour(instant):
    return timezone.localtime(instant).date() if instant else None


def montant(cle: str, titre: str, est_d_office: bool = True) -> ColonneDeListe:
    return ColonneDeListe(
        cle, titre, (cle,), _en_euros, motif=CHIFFREE, genre=MONTANT, largeur=15, tri=(cle,), est_d_office=est_d_office
    )


def date(cle: str, titre: str) -> ColonneDeListe:
    return ColonneDeListe(cle, titre, (cle,), _date, _jour, COURTE, DATE, 13, tri=(cle,))


class Lecture:
    """Reads the chosen columns of a QuerySet: one query, and one more per complement shown (territoires)."""

    def __init__(self, catalogue: Catalogue, colonnes):
        self.colonnes = colonnes
        voulus = [p for c in colonnes for p in c.lus]
        self._complements = {p: lire for p, lire in catalogue.complements.items() if p in voulus}
        lus = [p for p in voulus if p not in self._complements]
        self.chemins = list(dict.fromkeys([*catalogue.premiere, *lus]))
        # Complements are appended to what is read.
        rangs = {chemin: rang for rang, chemin in enumerate([*self.chemins, *self._complements])}
        self._valeurs = [(c, _prendre([rangs[p] for p in c.lus])) for c in colonnes]

    def lire(self, objets) -> list[tuple]:
        """Tuples in the order of `chemins`, the complements at the end."""
        lus = list(objets.values_list(*self.chemins)) if hasattr(objets, "values_list") else list(objets)
        ajouts = [lire([lu[0] for lu in lus]) for lire in self._complements.values()]
        return [(*lu, *(ajout.get(lu[0], "") for ajout in ajouts)) for lu in lus] if ajouts else lus

    def textes(self, lu: tuple) -> list:
        """What fills the pattern of a row."""
        return [texte for c, prendre in self._valeurs for texte in c.ecrire(*prendre(lu))]

    def cellules(self, lu: tuple) -> list:
        """What the row of a spreadsheet holds."""
        return [c.exporter(*prendre(lu)) for c, prendre in self._valeurs]

    def motif(self) -> str:
        return "".join(c.motif for c in self.colonnes)


def _prendre(rangs: list[int]) -> Callable:
    if len(rangs) == 1:
        (rang,) = rangs
        return lambda lu: (lu[rang],)
    return itemgetter(*rangs)
