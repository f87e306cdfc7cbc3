"""What is left on each AE that a call concerns, today, if a scenario became a rapport."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from deliberations.arbitrage.lecture import ARBITRES, Lecture
from deliberations.models import Rapport, VisaRapport
from dpid.montants import ZERO
from programmes.models import Financement


@dataclass(frozen=True)
class Solde:
    """Amounts in euros. `inscrit`: in open rapports that finances has not visé, so not reserved yet."""

    pk: int
    code: str
    intitule: str
    vote: Decimal
    disponible: Decimal
    reserve: Decimal
    inscrit: Decimal
    scenario: Decimal

    @property
    def libre(self) -> Decimal:
        """Before the scenario."""
        return self.disponible - self.reserve - self.inscrit

    @property
    def reste(self) -> Decimal:
        return self.libre - self.scenario

    @property
    def est_depassee(self) -> bool:
        return self.reste < 0

    @property
    def manque(self) -> Decimal:
        return max(-self.reste, ZERO)


def inscrits_non_reserves(autorisations, *, sauf=None) -> dict[int, Decimal]:
    """{AE: euros of the lines of open rapports (but `sauf`) without an active visa of finances}; one query."""
    reserves = VisaRapport.objects.filter(annule_le__isnull=True, etape=VisaRapport.Etape.FINANCES).values("rapport")
    ouverts = Rapport.objects.ouverts().exclude(pk__in=reserves).exclude(pk=sauf.pk if sauf else None)
    finances = Financement.objects.filter(
        autorisation__in=list(autorisations),
        ligne__propositions__est_active=True,
        ligne__propositions__operation__thematique__rapport__in=ouverts.order_by().values("pk"),
    )
    return dict(finances.order_by().values_list("autorisation_id").annotate(Sum("montant")))


def charges(lecture: Lecture, scenario_id=None) -> dict[int | None, Decimal]:
    """{AE, or None for what is still to be charged: euros of the lines that are arbitrated}; every line counts, shown
    or not."""
    totaux: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for ligne in lecture.lignes:
        if ligne.etat not in ARBITRES:
            continue
        for autorisation, source, montant in lecture.charges(ligne, scenario_id):
            if not source:
                totaux[autorisation] += montant
    return totaux


def soldes(lecture: Lecture, scenario_id=None, par_ae=None) -> list[Solde]:
    """One row per AE of the call, in the order of the budget. Two queries, none when already read.

    `par_ae`: what `charges` says, when the caller already has it.
    """
    par_ae = charges(lecture, scenario_id) if par_ae is None else par_ae
    if not hasattr(lecture, "_inscrits"):
        lecture._inscrits = inscrits_non_reserves(lecture.autorisations)
    return [
        Solde(
            ae.pk, ae.ligne.code, ae.intitule, ae.vote, ae.disponible, ZERO if ae.caduque_le else ae.reserve,
            lecture._inscrits.get(ae.pk, ZERO), par_ae.get(ae.pk, ZERO),
        )
        for ae in lecture.autorisations.values()
    ]  # fmt: skip
