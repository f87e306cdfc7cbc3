"""The one reader of the files that people bring: XLSX, ODS or CSV in, typed cells or a French refusal out.

    ouvrir_classeur(bytes or Path, nom)  → [Feuille]: every sheet, sparse, with its merges; `Feuille.rangees()` gives
                                           its rows of `Case(feuille, ligne, colonne, valeur)`, `.lettre` the column
    lire_table(bytes or Path, nom)       → Table: one sheet under one row of titles, its rows read by title
    Collecteur, Constat                  → errors and warnings, each with its sheet, row, column, value, what to do

Values: `str`, `int`, `Decimal` (never a binary float), `bool`, `datetime` (`time` for a cell that has no day),
`ErreurTableur` (`#REF!`), `FormuleSansValeur` (formulas are never computed; their stored result is read). A CSV holds
texts only. Blank cells are None. The content decides of the format, not the name.

Caps: 10 MB, 100 MB once decompressed, 60 sheets, 101 000 rows, 60 columns, 32 767 characters a cell, 30 million in all.
Whatever the bytes, one exception: `FichierRefuse`, an `ActeRefuse` whose text is the sentence to show.
"""

from dpid.classeurs.constats import (
    Collecteur,
    Constat,
    ErreurTableur,
    FormuleSansValeur,
    Gravite,
    lettre_colonne,
)
from dpid.classeurs.feuille import Case, Feuille, FichierRefuse, Plage
from dpid.classeurs.ouverture import TAILLE_MAX, ouvrir_classeur
from dpid.classeurs.table import LIGNES_TABLE_MAX, LigneTable, Table, lire_table

__all__ = [
    "LIGNES_TABLE_MAX",
    "TAILLE_MAX",
    "Case",
    "Collecteur",
    "Constat",
    "ErreurTableur",
    "Feuille",
    "FichierRefuse",
    "FormuleSansValeur",
    "Gravite",
    "LigneTable",
    "Plage",
    "Table",
    "lettre_colonne",
    "lire_table",
    "ouvrir_classeur",
]
