"""First amounts of a new scenario."""

from decimal import Decimal

from deliberations.arbitrage import details
from deliberations.arbitrage.lecture import Lecture
from deliberations.models import Scenario
from dpid.montants import ZERO


def montants_de_depart(appel, depart: str, agent) -> dict[int, Decimal]:
    """{line: euros} for the lines that the agent arbitrates; empty for « retenu », which follows each line.

    `depart`: demande, regle, n1 or zero. Where the rule or N-1 says nothing, the line keeps what it retains.
    """
    if depart == "retenu":
        return {}
    lecture = Lecture(Scenario(appel=appel), agent)
    lignes = [ligne for ligne in lecture.visibles if ligne.est_arbitrable]
    if depart == "n1":
        lecture.lire_n1()
    if depart == "zero":
        return {ligne.pk: ZERO for ligne in lignes}
    if depart == "regle":
        calculs = {pk: d.regle for pk, d in details.lire(lecture, lignes).par_ligne.items()}
        return {pk: calcul.montant for pk, calcul in calculs.items() if calcul is not None}
    return {ligne.pk: valeur for ligne in lignes if (valeur := getattr(ligne, depart)) is not None}
