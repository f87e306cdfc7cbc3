"""A sheet as read, before any meaning: sparse rows of raw values, merged ranges, and the refusal of a whole file."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from dpid.classeurs.constats import INSECABLE, Gravite, constat, lettre_colonne
from dpid.erreurs import ActeRefuse

# 100 000 lines of data, and room for the titles, headers and totals around them.
LIGNES_MAX = 101_000
COLONNES_MAX = 60
FEUILLES_MAX = 60
FUSIONS_MAX = 200_000
TEXTE_CELLULE_MAX = 32_767  # the limit of a spreadsheet cell
TEXTE_TOTAL_MAX = 30_000_000  # characters over the whole file: a shared string may be referenced a million times


class FichierRefuse(ActeRefuse):
    """The file cannot be read at all, or not safely. `str()` is the whole French sentence; `constat` its parts."""

    def __init__(self, message, quoi_faire, *, feuille="", ligne=None, colonne=0, valeur=None):
        self.arguments = (message, quoi_faire, feuille, ligne, colonne, valeur)
        phrase = str(self.constat("")).removeprefix(f"Fichier{INSECABLE}: ")
        super().__init__(phrase[:1].upper() + phrase[1:])

    def constat(self, nom: str):
        message, quoi_faire, feuille, ligne, colonne, valeur = self.arguments
        return constat(
            Gravite.ERREUR,
            message,
            quoi_faire,
            feuille,
            ligne,
            colonne,
            valeur if feuille else (valeur or nom),
        )


@dataclass(frozen=True, slots=True)
class Plage:
    """A merged range, 1-based and inclusive."""

    ligne_min: int
    colonne_min: int
    ligne_max: int
    colonne_max: int

    @property
    def est_verticale(self) -> bool:
        return self.ligne_max > self.ligne_min

    def contient(self, ligne: int) -> bool:
        return self.ligne_min <= ligne <= self.ligne_max


@dataclass(frozen=True, slots=True)
class Case:
    """A filled cell: where a person finds it, and its value (see `dpid.classeurs` for the types)."""

    feuille: str
    ligne: int
    colonne: int
    valeur: object

    @property
    def lettre(self) -> str:
        return lettre_colonne(self.colonne)


@dataclass
class Feuille:
    """One sheet. `cellules[ligne][colonne - 1]` is the raw value; rows without any value are absent."""

    nom: str
    format: str = "xlsx"
    cellules: dict[int, list] = field(default_factory=dict)
    fusions: list[Plage] = field(default_factory=list)
    est_masquee: bool = False
    lignes_masquees: list[int] = field(default_factory=list)
    _par_colonne: dict[int, list[Plage]] | None = None

    @property
    def numeros(self) -> list[int]:
        return sorted(self.cellules)

    def rangees(self) -> Iterator[list[Case]]:
        """Filled cells, row after row; a row without any is left out. Merged cells: the top left one alone."""
        for ligne in self.numeros:
            valeurs = ((c, self.valeur(ligne, c)) for c in range(1, len(self.cellules[ligne]) + 1))
            cases = [Case(self.nom, ligne, c, v) for c, v in valeurs if v is not None and str(v).strip()]
            if cases:
                yield cases

    @property
    def est_vide(self) -> bool:
        return not any(
            valeur is not None and str(valeur).strip() for rangee in self.cellules.values() for valeur in rangee
        )

    def valeur(self, ligne: int, colonne: int):
        """Raw value, or None. A cell hidden under a merge has no value of its own, whatever the file stores there."""
        rangee = self.cellules.get(ligne)
        if rangee is None or colonne > len(rangee):
            return None
        valeur = rangee[colonne - 1]
        if valeur is None or valeur == "":
            return None
        plage = self.fusion(ligne, colonne)
        if plage and (plage.ligne_min, plage.colonne_min) != (ligne, colonne):
            return None
        return valeur

    def fusion(self, ligne: int, colonne: int) -> Plage | None:
        if not self.fusions:
            return None
        if self._par_colonne is None:
            self._par_colonne = self._indexer()
        plages = self._par_colonne.get(colonne, [])
        rang = bisect_right(plages, ligne, key=lambda p: p.ligne_min) - 1
        return plages[rang] if rang >= 0 and plages[rang].contient(ligne) else None

    def _indexer(self):
        index: dict[int, list[Plage]] = {}
        for plage in sorted(self.fusions, key=lambda p: (p.ligne_min, p.colonne_min)):
            for colonne in range(plage.colonne_min, min(plage.colonne_max, COLONNES_MAX) + 1):
                index.setdefault(colonne, []).append(plage)
        return index
