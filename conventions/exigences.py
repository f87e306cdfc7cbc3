"""What the law wants in the acts of a body of private law that receives more than 23 000 € in the year.

The threshold counts the whole year, all acts together (loi n° 2000-321, art. 10; décret n° 2001-495, art. 1). A clause
is looked for in the words that the act prints: a model says it in an article of its own or within another.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from conventions.models import Acte
from dpid.models import Document
from dpid.montants import ZERO, euros
from programmes.models import Structure
from programmes.models.structure import SEUIL_CONVENTION


@dataclass(frozen=True)
class Exigence:
    """`vise(structure)`: whom it binds; `dite(text, lu)`: whether the act says it."""

    libelle: str
    loi: str
    vise: Callable
    dite: Callable

    @property
    def remede(self) -> str:
        return f"Au-dessus de 23 000 € reçus dans l’année, {self.loi} l’exige : ajoutez cette clause au modèle."


def est_association(structure) -> bool:
    """Associations and fondations (INSEE catégories 92 and 93): they sign the contrat d’engagement républicain."""
    if structure.categorie_juridique:
        return structure.categorie_juridique[:2] in ("92", "93")
    return structure.type == Structure.Type.ASSOCIATION


def est_de_droit_prive(structure) -> bool:
    return structure.est_de_droit_prive


def _mots(motif: str) -> Callable:
    trouver = re.compile(motif, re.IGNORECASE).search
    return lambda texte, lu: trouver(texte) is not None


def _montant_dit(texte: str, lu) -> bool:
    dits = (lu.montant, lu.nouveau_total)
    return any(_simple(euros(m, symbole=True)) in texte for m in dits if m is not None)


CER = Exigence("Contrat d’engagement républicain", "l’article 10-1 de la loi n° 2000-321", est_association,
               _mots(r"contrat d.engagement républicain"))  # fmt: skip
COMPTE_RENDU = Exigence("Compte rendu financier", "l’article 10 de la loi n° 2000-321", est_de_droit_prive,
                        _mots(r"comptes?[ -]rendus? financiers?"))  # fmt: skip
MONTANT = Exigence("Montant de la participation", "l’article 10 de la loi n° 2000-321", est_de_droit_prive,
                   _montant_dit)  # fmt: skip
EXIGENCES = (CER, COMPTE_RENDU, MONTANT)


def depasse_le_seuil(lu) -> bool:
    return lu.structure.est_de_droit_prive and lu.recu_dans_l_annee > SEUIL_CONVENTION


def absentes(lu, clauses) -> list[Exigence]:
    """What the act should say and does not, with the acts already signed of its convention. Never queries.

    A convention born before the application is not read here: its signed copy is.
    """
    if not depasse_le_seuil(lu) or (lu.acte.est_avenant and lu.convention.est_reprise):
        return []
    if lu.acte.est_avenant and not lu.montant:
        return []  # it grants nothing
    texte = _texte([c.en_donnees() for c in clauses])
    deja = " ".join(_texte(c.get("clauses", ())) for c in lu.contextes_signes)
    return [e for e in EXIGENCES if e.vise(lu.structure) and not (e.dite(texte, lu) or e.dite(deja, lu))]


def _texte(clauses) -> str:
    morceaux = []
    for c in clauses:
        morceaux += [c["titre"], c["texte"]]
        morceaux += [r["texte"] for r in (c["fiche"] or {}).get("rubriques", ())]
    return _simple(" ".join(morceaux))


def _simple(texte: str) -> str:
    return re.sub(r"\s+", " ", texte)


def completer(lus) -> None:
    """Give each act what its structure receives in the year by its other acts, and the texts signed before it.

    Two queries at most, whatever the number of acts.
    """
    rangs = defaultdict(dict)
    structures = {lu.convention.structure_id for lu in lus}
    actes = Acte.objects.filter(convention__structure__in=structures).exclude(etat=Acte.Etat.ABANDONNE).avec_montant()
    for pk, structure, signe_le, seance_le, montant in actes.order_by().values_list(
        "pk", "convention__structure", "signe_le", "rapport__seance__date", "montant"
    ):
        if jour := signe_le or seance_le:
            rangs[structure, jour.year][pk] = (montant, signe_le is not None)
    for lu in lus:
        autres = [m for pk, m in rangs[lu.convention.structure_id, lu.le.year].items() if pk != lu.acte.pk]
        lu.autres_signes = sum((m for m, est_signe in autres if est_signe), ZERO)
        lu.autres_prevus = sum((m for m, est_signe in autres if not est_signe), ZERO)
    _textes_signes([lu for lu in lus if lu.acte.est_avenant and lu.montant and depasse_le_seuil(lu)])


def _textes_signes(lus) -> None:
    documents = {a.document_id for lu in lus for a in lu.anterieurs if a.document_id and a.signe_le}
    contextes = dict(Document.objects.filter(pk__in=documents).values_list("pk", "contexte")) if documents else {}
    for lu in lus:
        lu.contextes_signes = [contextes[a.document_id] for a in lu.anterieurs if a.document_id in contextes]
