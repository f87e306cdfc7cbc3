"""What an avenant that goes without a rapport may not say: money that nobody voted."""

import re

from conventions.composition import composer
from conventions.consolidation import consolider

# « 90 000 € », « 1 234,50 euros »: with any of the spaces that a person or our typography puts between groups.
MONTANT = re.compile(r"\d[\d\s]*(?:,\d{1,2})?\s*(?:€|euros?\b)", re.IGNORECASE)


def montants_sans_vote(acte, lu) -> list[str]:
    """Amounts that this avenant would write in the convention, that its text in force does not say; [] when a rapport
    carries it. Reads the convention only when the avenant speaks of money."""
    if acte.rapport_id or not acte.est_avenant:
        return []
    dits = _montants(" ".join(_nouveaux(lu)))
    if not dits:
        return []
    en_vigueur = consolider(acte.convention)
    connus = _montants(" ".join(a.texte for c in en_vigueur.clauses for a in c.alineas))
    connus |= _montants(" ".join(r["texte"] for c in en_vigueur.clauses if c.fiche for r in c.fiche["rubriques"]))
    return [dit for cle, dit in dits.items() if cle not in connus]


def _nouveaux(lu):
    texte = composer(lu)
    for changement in texte.changements:
        yield changement.texte
    for clause in texte.clauses:
        if clause.fiche:
            yield from (r["texte"] for r in clause.fiche["rubriques"])


def _montants(texte: str) -> dict[str, str]:
    """{digits and cents: as written}."""
    trouves = {}
    for lu in MONTANT.findall(texte):
        entier, _, centimes = re.sub(r"[^\d,]", "", lu).partition(",")
        trouves.setdefault(f"{int(entier)},{centimes.ljust(2, '0')}", re.sub(r"\s+", "\u00a0", lu.strip()))
    return trouves
