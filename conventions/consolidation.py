"""The convention as it stands on a day: the clauses of its initial act, then each signed avenant replayed in order.

The amount is a replay too: the new money of each act, by exercice of AE, never a sum of printed totals.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone

from conventions.composition import composer
from conventions.delta import INITIAL_ABSENT, Changement, CibleAbsente, ClauseConsolidee, alineas, rejouer
from conventions.documents import contexte
from conventions.lecture import ActeLu, lire
from conventions.models import Acte, ClauseInitiale
from conventions.periode import fin_apres
from dpid.montants import ZERO
from dpid.typographie import date_longue

NUMEROTEES = ("article", "annexe")


@dataclass
class Consolidee:
    """`montants`: {exercice of AE: euros}; `anomalies`: operations that could not be replayed, in words."""

    convention: object
    au: date
    clauses: list[ClauseConsolidee] = field(default_factory=list)
    actes: list[Acte] = field(default_factory=list)
    montants: dict[int, Decimal] = field(default_factory=dict)
    anomalies: list[str] = field(default_factory=list)
    debut: date | None = None
    fin: date | None = None
    lus: list[ActeLu] = field(default_factory=list)  # acts in force, as they were read

    @property
    def montant(self) -> Decimal:
        return sum(self.montants.values(), ZERO)

    def de(self, nature: str) -> list[ClauseConsolidee]:
        return [c for c in self.clauses if c.nature == nature]


def consolider(convention, au: date | None = None) -> Consolidee:
    """What binds the parties on `au` (default today): acts signed by then, the initial one even as a project."""
    au = au or timezone.localdate()
    actes = convention.actes.exclude(etat=Acte.Etat.ABANDONNE)
    lus = sorted(lire(actes), key=lambda lu: lu.acte.rang)
    resultat = Consolidee(convention, au)
    for lu in lus:
        signe = lu.acte.signe_le is not None and lu.acte.signe_le <= au
        if lu.acte.rang == 0:
            resultat.clauses = _initiales(convention, lu)
        if not signe:
            continue
        if lu.acte.rang:
            _appliquer(resultat, lu)
        resultat.actes.append(lu.acte)
        resultat.lus.append(lu)
        resultat.debut, resultat.fin = _periode(resultat, lu)
        for exercice, montant in _par_exercice(lu).items():
            resultat.montants[exercice] = resultat.montants.get(exercice, ZERO) + montant
    resultat.montants = dict(sorted(resultat.montants.items()))
    return resultat


def origine(acte: Acte) -> str:
    """« convention initiale », « avenant n° 2 du 11 décembre 2023 »."""
    if not acte.rang:
        return "convention initiale"
    jour = f" du {date_longue(acte.signe_le)}" if acte.signe_le else ""
    return f"avenant n°\u00a0{acte.rang}{jour}"


def _donnees(lu: ActeLu) -> dict:
    """What the act says: as it was frozen, else as it is composed now."""
    return lu.acte.document.contexte if lu.acte.document_id else contexte(lu, composer(lu))


def _initiales(convention, lu) -> list[ClauseConsolidee]:
    dit = origine(lu.acte)
    if convention.est_reprise:
        ordre = {ClauseInitiale.Nature.ARTICLE: 0, ClauseInitiale.Nature.ANNEXE: 1}
        saisies = sorted(convention.clauses.all(), key=lambda c: (ordre[c.nature], c.numero))
        return [
            ClauseConsolidee(c.nature, str(c.numero), c.titre, alineas(c.texte or INITIAL_ABSENT, dit), origine=dit)
            for c in saisies
        ]
    return [
        ClauseConsolidee(
            c["nature"], str(c["numero"]), c["titre"], alineas(c["texte"], dit), origine=dit, fiche=c["fiche"]
        )
        for c in _donnees(lu)["clauses"]
        if c["nature"] in NUMEROTEES
    ]


def _appliquer(resultat, lu) -> None:
    """A wrong operation of an old act does not hide the text: it is told beside it."""
    if not lu.acte.version_modele_id:
        return  # signed elsewhere: nothing of its text is known
    donnees = _donnees(lu)
    fiches = {c["fiche"]["titre"]: c["fiche"] for c in donnees["clauses"] if c["fiche"]}
    for c in donnees["changements"]:
        try:
            resultat.clauses = rejouer(resultat.clauses, [Changement(**c)], origine(lu.acte), fiches)
        except CibleAbsente as absente:
            resultat.anomalies.append(f"{origine(lu.acte).capitalize()} — {absente}")


def _periode(resultat, lu) -> tuple:
    debuts = [d for d in (resultat.debut, lu.debut) if d]
    des_lignes = max((f.fin for f in lu.fiches if f.fin), default=None)
    return min(debuts, default=None), fin_apres(resultat.fin, lu.acte.fin, des_lignes)


def _par_exercice(lu) -> dict[int, Decimal]:
    """New money of the act by exercice of AE (euros); an act born elsewhere counts in the year of its signature."""
    sommes = defaultdict(lambda: ZERO)
    for f in lu.financements:
        sommes[f.autorisation.millesime if f.autorisation_id else lu.le.year] += f.montant
    if not sommes and lu.montant:
        sommes[lu.le.year] = lu.montant
    return dict(sommes)
