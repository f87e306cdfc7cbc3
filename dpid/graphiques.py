"""Bar charts drawn as inline SVG: geometry in whole units, so that no template computes and no style is inline.

A chart never stands alone: it says again what the table beside it says, and its description names that table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from textwrap import wrap

from dpid.montants import INSECABLE, arrondir
from dpid.typographie import nombre

LARGEUR, PLACE_DU_CHIFFRE = 400, 96
HAUTEUR_TEXTE, HAUTEUR_BARRE, PAS_DE_BARRE, ECART = 17, 9, 14, 10
CARACTERES = 54  # of a label on one line


@dataclass(frozen=True)
class Serie:
    """One measure drawn on every row. `classe` (g-demande, g-vote…) gives the fill, `titre` the word."""

    classe: str
    titre: str


@dataclass(frozen=True)
class Texte:
    y: int
    texte: str


@dataclass(frozen=True)
class Barre:
    """`texte` is written at its end, at (`x_texte`, `y_texte`)."""

    classe: str
    y: int
    largeur: int
    texte: str
    x_texte: int
    y_texte: int


@dataclass
class Rangee:
    libelles: list[Texte] = field(default_factory=list)
    barres: list[Barre] = field(default_factory=list)


@dataclass(frozen=True)
class Graphique:
    """`description` is read by who cannot see the bars."""

    cle: str
    titre: str
    description: str
    series: Sequence[Serie]
    rangees: list[Rangee]
    hauteur: int
    largeur: int = LARGEUR
    hauteur_barre: int = HAUTEUR_BARRE


def euros_ronds(montant: Decimal) -> str:
    """`156 236 €`: whole euros, for the end of a bar; the table beside keeps the centimes."""
    return f"{nombre(int(arrondir(montant).to_integral_value()))}{INSECABLE}€"


def barres(cle: str, titre: str, series: Sequence[Serie], donnees) -> Graphique | None:
    """`donnees`: [(label, [euros or None per series])]. None when there is nothing to draw.

    `cle` makes the ids of the page unique. Nothing is drawn for a zero: the table says it.
    """
    donnees = [(libelle, list(montants)) for libelle, montants in donnees]
    plafond = max((m for _, montants in donnees for m in montants if m is not None), default=Decimal(0))
    if plafond <= 0:
        return None
    rangees, y = [], 0
    for libelle, montants in donnees:
        rangee = Rangee()
        for ligne in wrap(libelle, CARACTERES) or [""]:
            y += HAUTEUR_TEXTE
            rangee.libelles.append(Texte(y - 4, ligne))
        for serie, valeur in zip(series, montants, strict=True):
            if valeur:
                rangee.barres.append(_barre(serie, valeur, plafond, y))
                y += PAS_DE_BARRE
        y += ECART
        rangees.append(rangee)
    description = " ; ".join(_phrase(libelle, series, montants) for libelle, montants in donnees)
    return Graphique(cle, titre, f"{description}.", series, rangees, y)


def _barre(serie: Serie, valeur: Decimal, plafond: Decimal, y: int) -> Barre:
    positif = max(valeur, Decimal(0))
    # A small amount still shows: one unit at least.
    largeur = max(2, round((LARGEUR - PLACE_DU_CHIFFRE) * positif / plafond))
    return Barre(serie.classe, y, largeur, euros_ronds(valeur), largeur + 4, y + HAUTEUR_BARRE)


def _phrase(libelle: str, series, montants) -> str:
    parts = [f"{s.titre.lower()} {euros_ronds(m)}" for s, m in zip(series, montants, strict=True) if m is not None]
    return f"{libelle}{INSECABLE}: {', '.join(parts)}"
