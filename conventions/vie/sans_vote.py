"""What an avenant that goes without a rapport may not say: money that nobody voted."""

from conventions.composition import composer
from conventions.consolidation import consolider
from deliberations.controle.textes import montants_ecrits


def montants_sans_vote(acte, lu) -> list[str]:
    """Amounts that this avenant would write in the convention, that its text in force does not say; [] when a rapport
    carries it. Reads the convention only when the avenant speaks of money."""
    if acte.rapport_id or not acte.est_avenant:
        return []
    dits = montants_ecrits(" ".join(_nouveaux(lu)))
    if not dits:
        return []
    en_vigueur = consolider(acte.convention)
    textes = [a.texte for c in en_vigueur.clauses for a in c.alineas]
    textes += [r["texte"] for c in en_vigueur.clauses if c.fiche for r in c.fiche["rubriques"]]
    connus = {montant for _, montant in montants_ecrits(" ".join(textes))}
    nouveaux = {montant: dit for dit, montant in reversed(dits) if montant not in connus}
    return list(reversed(nouveaux.values()))


def _nouveaux(lu):
    texte = composer(lu)
    for changement in texte.changements:
        yield changement.texte
    for clause in texte.clauses:
        if clause.fiche:
            yield from (r["texte"] for r in clause.fiche["rubriques"])
