"""Geometry of the stacked bar of an AE: whole units only, so that no template formats a decimal."""

from dataclasses import dataclass

from dpid.montants import euros

LARGEUR = 200


@dataclass(frozen=True)
class Segment:
    """`x` and `largeur` in units of the drawing; the class gives colour and hatching, the words say the rest."""

    classe: str
    libelle: str
    x: int
    largeur: int


def segments(situation) -> list[Segment]:
    """Engagé, affecté not engaged, réservé, free: in the order in which the money goes, over the AE votée."""
    parts = (
        ("engage", "dont engagé", situation.engage),
        ("affecte", "affecté non engagé", situation.affecte - situation.engage),
        ("reserve", "réservé", situation.reserve),
        ("libre", "disponible après", situation.disponible_apres),
    )
    base = max(situation.vote, situation.affecte + situation.reserve)
    if base <= 0:
        return []
    dessines, cumul, x = [], 0, 0
    for classe, libelle, montant in parts:
        cumul += max(montant, 0)
        fin = min(LARGEUR, round(LARGEUR * cumul / base))
        if montant > 0:
            # A tiny amount still shows: one unit at least, taken from its neighbour.
            largeur = max(1, fin - x)
            dessines.append(Segment(classe, f"{libelle} {euros(montant, True)}", min(x, LARGEUR - largeur), largeur))
            x = min(LARGEUR, x + largeur)
    return dessines


def dessin(situation) -> dict:
    """The bar, and the same in words for who cannot see it."""
    parts = segments(situation)
    mots = ", ".join(s.libelle for s in parts)
    return {"segments": parts, "legende": f"AE {euros(situation.vote, True)} : {mots}" if parts else "AE sans crédit"}
