"""What an act is about, in a line: as typed, else what the convention is about and, for an avenant, what it changes."""

from textwrap import shorten

from conventions.models.modele import Cible
from dpid.montants import euros
from dpid.typographie import date_longue, enumerer

LONGUEUR = 250  # characters


def objet(lu) -> str:
    """Never empty when the convention has its own; never queries."""
    acte = lu.acte
    if acte.objet or not acte.est_avenant:
        return acte.objet or lu.convention.objet
    change = _ce_qui_change(lu)
    return f"{lu.convention.objet} : {', '.join(change)}" if change else lu.convention.objet


def _ce_qui_change(lu) -> list[str]:
    """Amount, period, then the articles and annexes that the avenant rewrites."""
    dits = []
    if lu.montant and lu.nouveau_total not in (None, lu.montant):
        dits.append(f"montant porté à {euros(lu.nouveau_total, symbole=True)}")
    elif lu.montant:
        dits.append(f"complément de {euros(lu.montant, symbole=True)}")
    if lu.acte.fin:
        dits.append(f"période portée au {date_longue(lu.acte.fin)}")
    for cible in (Cible.ARTICLE, Cible.ANNEXE):
        numeros = list(dict.fromkeys(str(m.numero) for m in lu.modifications if m.cible == cible))
        if numeros:
            dits.append(f"{cible.label.lower()}{'s' if len(numeros) > 1 else ''}\u00a0{enumerer(numeros)}")
    return dits


def abreger(texte: str, longueur: int = LONGUEUR) -> str:
    """Cut at a word, without a mark that would read as a blank left to fill; a single word too long is cut short."""
    return shorten(texte, longueur, placeholder="").rstrip(" ;,:") or texte[:longueur]
