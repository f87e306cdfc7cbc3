"""Annexe de répartition of a rapport: thématiques → opérations → lines, with every subtotal and total.

One fetch of the propositions with what they print; amounts are summed once, here, and every edition (page, PDF,
XLSX, ODS, CSV, JSON) reads the result.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Prefetch

from deliberations.models import OperationPresentee, Proposition, ThematiquePresentee
from dpid.montants import ZERO
from programmes.models import Financement, LigneDossier, LigneTerritoire

BUDGET_DEPARTEMENTAL = "Budget départemental"


@dataclass
class LigneRepartition:
    """A printed line; amounts in euros. `montant` is what is printed, `nouveau` what is voted (the new money)."""

    proposition: Proposition
    territoires: str
    structure: str
    description: str
    montant: Decimal
    nouveau: Decimal
    instrument: str | None
    codes: list[str]
    budget: Decimal
    sources: dict[str, Decimal]
    a_imputer: bool
    motif_zero: str = ""

    @property
    def origines(self) -> list[str]:
        """Budget codes, then outside sources: where the money of the line comes from."""
        return self.codes + [source for source in self.sources if source != BUDGET_DEPARTEMENTAL]


@dataclass
class OperationRepartition:
    operation: OperationPresentee
    lignes: list[LigneRepartition] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes), ZERO)

    @property
    def nouveau(self) -> Decimal:
        return sum((ligne.nouveau for ligne in self.lignes), ZERO)

    @property
    def budget(self) -> Decimal:
        return sum((ligne.budget for ligne in self.lignes), ZERO)

    @property
    def nombre_structures(self) -> int:
        """Distinct structures: the numbers of the report are computed, never typed."""
        return len({ligne.proposition.ligne.dossier.structure_id for ligne in self.lignes})


@dataclass
class ThematiqueRepartition:
    thematique: ThematiquePresentee
    operations: list[OperationRepartition] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((o.total for o in self.operations), ZERO)

    @property
    def nouveau(self) -> Decimal:
        return sum((o.nouveau for o in self.operations), ZERO)

    @property
    def budget(self) -> Decimal:
        """Part of the département's budget: the amount of the article (FSL and others are printed apart)."""
        return sum((o.budget for o in self.operations), ZERO)


@dataclass
class Repartition:
    thematiques: list[ThematiqueRepartition]

    @property
    def lignes(self) -> list[LigneRepartition]:
        return [ligne for t in self.thematiques for o in t.operations for ligne in o.lignes]

    @property
    def total(self) -> Decimal:
        return sum((t.total for t in self.thematiques), ZERO)

    @property
    def nouveau(self) -> Decimal:
        return sum((t.nouveau for t in self.thematiques), ZERO)

    @property
    def budget(self) -> Decimal:
        return sum((t.budget for t in self.thematiques), ZERO)

    def par_source(self) -> dict[str, Decimal]:
        """{« Budget départemental », « FSL »…: euros}: what is outside the budget never mixes with what is voted."""
        totaux = defaultdict(lambda: ZERO)
        for ligne in self.lignes:
            for source, total in ligne.sources.items():
                totaux[source] += total
        return dict(totaux)


def propositions_imprimees(rapport):
    """Propositions with everything that they print, in the order of the report (four queries in all)."""
    placements = LigneTerritoire.objects.select_related("territoire")
    financements = Financement.objects.select_related("autorisation__ligne", "source")
    return (
        rapport.propositions.select_related(
            "ligne__dossier__structure", "operation__thematique", "ligne__dossier__dispositif"
        )
        .prefetch_related(
            Prefetch("ligne__placements", placements),
            "ligne__quantites",
            Prefetch("ligne__financements", financements),
        )
        .defer("operation__descriptif", "operation__bilan", "operation__proposition", "operation__thematique__texte")
    )  # fmt: skip


def repartir_rapport(rapport, *, avec_zeros: bool | None = None) -> Repartition:
    """The whole annexe. Lines at 0 € are printed when the rapport says so (`avec_zeros` overrides)."""
    garder_zeros = rapport.imprime_lignes_zero if avec_zeros is None else avec_zeros
    thematiques: dict[int, ThematiqueRepartition] = {}
    operations: dict[int, OperationRepartition] = {}
    for proposition in propositions_imprimees(rapport):
        ligne = _ligne(proposition)
        if ligne.montant == 0 and not garder_zeros:
            continue
        presentee = proposition.operation
        if presentee.pk not in operations:
            operations[presentee.pk] = OperationRepartition(presentee)
            groupe = thematiques.setdefault(presentee.thematique_id, ThematiqueRepartition(presentee.thematique))
            groupe.operations.append(operations[presentee.pk])
        operations[presentee.pk].lignes.append(ligne)
    return Repartition(list(thematiques.values()))


def _ligne(proposition) -> LigneRepartition:
    ligne = proposition.ligne
    financements = list(ligne.financements.all())
    sources, codes, budget = defaultdict(lambda: ZERO), [], ZERO
    for f in financements:
        sources[f.source.libelle if f.source else BUDGET_DEPARTEMENTAL] += f.montant
        if f.source is None:
            budget += f.montant
        if f.autorisation and f.autorisation.ligne.code not in codes:
            codes.append(f.autorisation.ligne.code)
    nouveau = sum((f.montant for f in financements), ZERO)
    return LigneRepartition(
        proposition=proposition,
        territoires=ligne.libelles_territoires(),
        structure=ligne.dossier.structure.raison_sociale,
        description=description_imprimee(ligne),
        montant=ligne.montant_a_imprimer(nouveau),
        nouveau=nouveau,
        instrument=proposition.texte_acte(),
        codes=codes,
        budget=budget,
        sources=dict(sources),
        a_imputer=any(f.est_a_imputer and f.montant for f in financements),
        motif_zero=LigneDossier.MotifZero(ligne.motif_zero).label if ligne.motif_zero else "",
    )


def description_imprimee(ligne) -> str:
    """Description, then its quantities: « Accompagnement… (18 801 places d’accueil, 3,5 mesures) »."""
    quantites = ", ".join(str(q) for q in ligne.quantites.all())
    if ligne.description and quantites:
        return f"{ligne.description} ({quantites})"
    return ligne.description or quantites
