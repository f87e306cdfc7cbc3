"""Situation budgétaire: the columns of the chain for every AE of an exercice, today or at any past date."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from budget.models import AutorisationEngagement, Inscription, Mouvement
from dpid.montants import ZERO

# What the table prints of an AE and of its line: rows, not model objects, which would cost as much as the sums.
IDENTITE = (
    "pk", "millesime", "exercice_fin", "libelle", "caduque_le", "ligne__code", "ligne__libelle", "ligne__nature",
    "ligne__fonction",
)  # fmt: skip


class SituationAE(NamedTuple):
    """A row of the table; amounts in euros. `disponible` = AE − affecté; `disponible_apres` also deducts what the open
    rapports reserve."""

    pk: int
    millesime: int
    exercice_fin: int | None
    code: str
    imputation: str
    intitule: str
    caduque: bool
    vote: Decimal
    reserve: Decimal
    affecte: Decimal
    engage: Decimal

    @property
    def disponible(self) -> Decimal:
        return ZERO if self.caduque else self.vote - self.affecte

    @property
    def disponible_apres(self) -> Decimal:
        return ZERO if self.caduque else self.vote - self.affecte - self.reserve


def soldes_au(au: date, autorisations=None) -> dict[int, dict[str, Decimal]]:
    """{AE id: {counter: euros}} in effect on `au`: one GROUP BY over the ledger."""
    mouvements = Mouvement.objects.filter(date_effet__lte=au).order_by()
    if autorisations is not None:
        mouvements = mouvements.filter(autorisation__in=autorisations)
    soldes: dict[int, dict[str, Decimal]] = {}
    for pk, compteur, total in mouvements.values_list("autorisation_id", "compteur").annotate(Sum("montant")):
        if pk not in soldes:
            soldes[pk] = dict.fromkeys(AutorisationEngagement.COMPTEURS, ZERO)
        soldes[pk][compteur] = total
    return soldes


def situation(exercice: int, au: date | None = None) -> list[SituationAE]:
    """Every AE open in `exercice`, in the order of the tables. Without `au`, the maintained totals (no aggregate)."""
    return _lignes(AutorisationEngagement.objects.de_l_exercice(exercice), au)


def situation_de(ae: AutorisationEngagement, au: date | None = None) -> SituationAE:
    """The row of one AE."""
    return _lignes(AutorisationEngagement.objects.filter(pk=ae.pk), au)[0]


def _lignes(autorisations, au) -> list[SituationAE]:
    compteurs = AutorisationEngagement.COMPTEURS
    lignes = autorisations.order_by("ligne__rang", "ligne__code", "millesime")
    if au is None:
        return [_ligne(r[: len(IDENTITE)], None, r[len(IDENTITE) :]) for r in lignes.values_list(*IDENTITE, *compteurs)]
    rangs = list(lignes.values_list(*IDENTITE))
    soldes = soldes_au(au, autorisations.order_by().values("pk"))
    vide = (ZERO,) * len(compteurs)
    return [_ligne(r, au, soldes[r[0]].values() if r[0] in soldes else vide) for r in rangs]


def _ligne(identite, au, totaux) -> SituationAE:
    pk, millesime, fin, libelle, caduque_le, code, libelle_ligne, nature, fonction = identite
    caduque = caduque_le is not None and (au is None or caduque_le <= au)
    return SituationAE(pk, millesime, fin, code, f"{nature}/{fonction}", libelle or libelle_ligne, caduque, *totaux)


def recettes(exercice: int) -> list[Inscription]:
    """Revenue lines of the exercice, apart: they have « inscrit » and no AE."""
    return list(Inscription.objects.filter(exercice=exercice).select_related("ligne").order_by("ligne__rang"))


def exercices() -> list[int]:
    """Budget years that have at least one AE, latest first."""
    annees = set(AutorisationEngagement.objects.order_by().values_list("millesime", flat=True).distinct())
    annees |= set(Inscription.objects.order_by().values_list("exercice", flat=True).distinct())
    return sorted(annees, reverse=True)
