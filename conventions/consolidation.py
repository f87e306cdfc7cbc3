"""The convention as it stands on a day: its initial act, then each signed avenant replayed by date of effect.

The amount is a replay too: the new money of each act, by exercice of AE, never a sum of printed totals.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone

from conventions import en_vigueur
from conventions.composition import dire
from conventions.delta import ClauseConsolidee
from conventions.lecture import ActeLu, lire
from conventions.models import Acte
from conventions.periode import fin_apres
from dpid.montants import ZERO


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
    a_venir: list[Acte] = field(default_factory=list)  # signed, not in effect yet

    @property
    def montant(self) -> Decimal:
        return sum(self.montants.values(), ZERO)

    def de(self, nature: str) -> list[ClauseConsolidee]:
        return [c for c in self.clauses if c.nature == nature]


def consolider(convention, au: date | None = None) -> Consolidee:
    """What binds the parties on `au` (default today): acts in effect by then, the initial one even as a project."""
    au = au or timezone.localdate()
    actes = convention.actes.exclude(etat=Acte.Etat.ABANDONNE).prefetch_related("convention__clauses")
    resultat = Consolidee(convention, au)
    for lu in sorted(lire(actes, avec_precedents=False), key=lambda lu: en_vigueur.ordre(lu.acte)):
        if lu.acte.rang == 0:
            resultat.clauses = en_vigueur.initiales(lu, dire)
        if lu.acte.signe_le is None or lu.acte.signe_le > au:
            continue
        if en_vigueur.effet(lu.acte) > au:
            resultat.a_venir.append(lu.acte)
            continue
        if lu.acte.rang:
            resultat.clauses, anomalies = en_vigueur.appliquer(resultat.clauses, lu, dire)
            resultat.anomalies += anomalies
        resultat.actes.append(lu.acte)
        resultat.lus.append(lu)
        resultat.debut, resultat.fin = _periode(resultat, lu)
        for exercice, montant in _par_exercice(lu).items():
            resultat.montants[exercice] = resultat.montants.get(exercice, ZERO) + montant
    resultat.montants = dict(sorted(resultat.montants.items()))
    return resultat


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
