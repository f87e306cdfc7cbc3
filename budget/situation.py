"""Situation budgétaire: the columns of the chain for every AE of an exercice, today or at any past date."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Expression, Field, Sum

from budget.models import AutorisationEngagement, Inscription, Mouvement
from dpid.montants import CENTIME, ZERO

# What the table prints of an AE and of its line: rows, not model objects, which would cost as much as the sums.
IDENTITE = (
    "pk", "millesime", "exercice_fin", "libelle", "caduque_le", "ligne__code", "ligne__libelle", "ligne__nature",
    "ligne__fonction",
)  # fmt: skip


class Cumul(Expression):
    """Annotation of AE: centimes of the movements of one counter in effect on a day, NULL when there is none.

    A range of the covering index per AE and counter: what took effect later is not even read, where a GROUP BY reads
    the whole ledger. No field converts the result: the engines return an int or an integral Decimal.
    """

    SQL = (
        "(SELECT SUM(m.montant) FROM budget_mouvement m WHERE m.autorisation_id = budget_autorisationengagement.id "
        "AND m.compteur = %s AND m.date_effet <= %s)"
    )

    def __init__(self, compteur: str, au: date):
        super().__init__(output_field=Field())
        self.compteur, self.au = compteur, au

    def as_sql(self, compiler, connection):
        return self.SQL, [self.compteur, connection.ops.adapt_datefield_value(self.au)]


class SituationAE(NamedTuple):
    """A row of the table; amounts in euros. `disponible` = AE − affecté; `disponible_apres` also deducts what the open
    rapports reserve."""

    pk: int
    millesime: int
    exercice_fin: int | None
    code: str
    nature: str
    fonction: str
    intitule: str
    caduque: bool
    vote: Decimal
    reserve: Decimal
    affecte: Decimal
    engage: Decimal

    @property
    def imputation(self) -> str:
        return f"{self.nature}/{self.fonction}"

    @property
    def disponible(self) -> Decimal:
        return ZERO if self.caduque else self.vote - self.affecte

    @property
    def disponible_apres(self) -> Decimal:
        return ZERO if self.caduque else self.vote - self.affecte - self.reserve


def soldes_au(au: date, autorisations=None, *, hors_reserve: str = "") -> dict[int, dict[str, Decimal]]:
    """{AE id: {counter: euros}} in effect on `au`: one GROUP BY over the ledger.

    `hors_reserve`: prefix of the keys of the reservations that are left out, those of one rapport.
    """
    mouvements = Mouvement.objects.filter(date_effet__lte=au).order_by()
    if hors_reserve:
        mouvements = mouvements.exclude(compteur=Mouvement.Compteur.RESERVE, cle__startswith=hors_reserve)
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
    compteurs, n = AutorisationEngagement.COMPTEURS, -len(AutorisationEngagement.COMPTEURS)
    lignes = autorisations.order_by("ligne__rang", "ligne__code", "millesime")
    if au is None:
        return [_ligne(None, r[:n], r[n:]) for r in lignes.values_list(*IDENTITE, *compteurs)]
    lignes = lignes.annotate(**{f"{c}_au": Cumul(c, au) for c in compteurs})
    rangs = lignes.values_list(*IDENTITE, *(f"{c}_au" for c in compteurs))
    return [_ligne(au, r[:n], [ZERO if c is None else CENTIME * c for c in r[n:]]) for r in rangs]


def _ligne(au, identite, totaux) -> SituationAE:
    pk, millesime, fin, libelle, caduque_le, code, libelle_ligne, nature, fonction = identite
    caduque = caduque_le is not None and (au is None or caduque_le <= au)
    return SituationAE(pk, millesime, fin, code, nature, fonction, libelle or libelle_ligne, caduque, *totaux)


def recettes(exercice: int) -> list[Inscription]:
    """Revenue lines of the exercice, apart: they have « inscrit » and no AE."""
    return list(Inscription.objects.filter(exercice=exercice).select_related("ligne").order_by("ligne__rang"))


def exercices() -> list[int]:
    """Budget years that have at least one AE or one revenue, latest first: one query, every page asks."""
    votees = AutorisationEngagement.objects.order_by().values_list("millesime", flat=True)
    return sorted(votees.union(Inscription.objects.order_by().values_list("exercice", flat=True)), reverse=True)
