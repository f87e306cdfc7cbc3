"""Annexe de répartition of a rapport: thématiques → opérations → lines, with every subtotal and total.

One fetch of the propositions with what they print; amounts are summed once, here, and every edition (page, PDF,
XLSX, ODS, CSV, JSON) reads the result.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Prefetch

from deliberations.actes import texte_acte
from deliberations.models import OperationPresentee, Proposition, ThematiquePresentee
from dpid.montants import ZERO, repartir
from programmes.models import Financement, LigneDossier, LigneTerritoire

BUDGET_DEPARTEMENTAL = "Budget départemental"


@dataclass(frozen=True)
class Lecture:
    """How a répartition is read: as presented, or as the séance adopts it (blocks and amendments applied)."""

    numeros: dict
    adoptee: bool
    amendements: dict
    ecartees: frozenset

    @classmethod
    def de(cls, rapport, *, adoptee: bool):
        from deliberations.redaction.annexes import numeros

        amendements, ecartees = {}, frozenset()
        if adoptee:
            amendements = {a.proposition_id: a for a in rapport.amendements.all()}
            ecartees = frozenset(thematiques_ecartees(rapport))
        return cls(numeros(rapport), adoptee, amendements, ecartees)

    def retient(self, proposition) -> bool:
        """False for a line withdrawn in session, or of a block that is not adopted."""
        amendement = self.amendements.get(proposition.pk)
        retiree = amendement is not None and amendement.montant is None
        return not retiree and proposition.operation.thematique_id not in self.ecartees

    def montants(self, proposition, financements) -> list[Decimal]:
        """Euros of each financing: an amended amount is split as the one proposed was, to the cent."""
        amendement = self.amendements.get(proposition.pk)
        proposes = [f.montant for f in financements]
        if amendement is None:
            return proposes
        return partager(amendement.montant, proposes)


def partager(montant: Decimal, proposes: list[Decimal]) -> list[Decimal]:
    """An amended amount over the financings proposed, to the cent; a line proposed at 0 € charges the first of them."""
    return repartir(montant, proposes if any(proposes) else [1, *proposes[1:]])


def thematiques_ecartees(rapport) -> list[int]:
    """Ids of the thématiques whose block is not adopted."""
    refuses = [b for b in rapport.blocs.all() if not b.est_adopte]
    if not refuses:
        return []
    premier = rapport.blocs.first()
    thematiques = rapport.thematiques.values_list("pk", "bloc")
    ids = {b.pk for b in refuses}
    return [pk for pk, bloc in thematiques if (bloc or premier.pk) in ids]


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
    par_ae: dict[int, Decimal] = field(default_factory=dict)
    parts: list[Decimal] = field(default_factory=list)

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

    @property
    def deja_accorde_ailleurs(self) -> Decimal:
        """What the acts that are amended already give, for the lines that another source pays alone: the reports print
        the new total of these (2024-273: 62 004,80 € more, 111 229,40 € in all)."""
        lignes = [ligne for o in self.operations for ligne in o.lignes]
        return sum((ligne.montant - ligne.nouveau for ligne in lignes if ligne.nouveau and not ligne.budget), ZERO)


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

    def sans_zeros(self) -> "Repartition":
        """The same without the lines printed at 0 €, and without what they leave empty."""
        thematiques = []
        for t in self.thematiques:
            operations = [
                OperationRepartition(o.operation, lignes)
                for o in t.operations
                if (lignes := [ligne for ligne in o.lignes if ligne.montant])
            ]
            if operations:
                thematiques.append(ThematiqueRepartition(t.thematique, operations))
        return Repartition(thematiques)

    def par_ae(self) -> dict[int, Decimal]:
        """{AE id: euros of new money}."""
        totaux = defaultdict(lambda: ZERO)
        for ligne in self.lignes:
            for pk, total in ligne.par_ae.items():
                totaux[pk] += total
        return {pk: total for pk, total in totaux.items() if total}

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
            "ligne__dossier__structure", "operation__thematique", "ligne__dossier__dispositif", "recette__ligne"
        )
        .prefetch_related(
            Prefetch("ligne__placements", placements),
            "ligne__quantites",
            Prefetch("ligne__financements", financements),
        )
        .defer("operation__descriptif", "operation__bilan", "operation__proposition", "operation__thematique__texte")
    )  # fmt: skip


def repartir_rapport(rapport, *, avec_zeros: bool | None = None, adoptee: bool = False) -> Repartition:
    """The whole annexe. Lines at 0 € are printed when the rapport says so (`avec_zeros` overrides).

    `adoptee`: what the séance retains, amendments and blocks applied; else what the rapport presents.
    """
    lecture = Lecture.de(rapport, adoptee=adoptee)
    garder_zeros = rapport.imprime_lignes_zero if avec_zeros is None else avec_zeros
    thematiques: dict[int, ThematiqueRepartition] = {}
    operations: dict[int, OperationRepartition] = {}
    for proposition in propositions_imprimees(rapport):
        if not lecture.retient(proposition):
            continue
        ligne = _ligne(proposition, lecture)
        if ligne.montant == 0 and not garder_zeros:
            continue
        presentee = proposition.operation
        if presentee.pk not in operations:
            operations[presentee.pk] = OperationRepartition(presentee)
            groupe = thematiques.setdefault(presentee.thematique_id, ThematiqueRepartition(presentee.thematique))
            groupe.operations.append(operations[presentee.pk])
        operations[presentee.pk].lignes.append(ligne)
    return Repartition(list(thematiques.values()))


def _ligne(proposition, lecture) -> LigneRepartition:
    ligne = proposition.ligne
    financements = list(ligne.financements.all())
    montants = lecture.montants(proposition, financements)
    sources, codes, budget = defaultdict(lambda: ZERO), [], ZERO
    par_ae = defaultdict(lambda: ZERO)
    for f, part in zip(financements, montants, strict=True):
        sources[f.source.libelle if f.source else BUDGET_DEPARTEMENTAL] += part
        if f.source is None:
            budget += part
        if f.autorisation_id:
            par_ae[f.autorisation_id] += part
        if f.autorisation and f.autorisation.ligne.code not in codes:
            codes.append(f.autorisation.ligne.code)
    nouveau = sum(montants, ZERO)
    return LigneRepartition(
        proposition=proposition,
        territoires=ligne.libelles_territoires(),
        structure=ligne.dossier.structure.raison_sociale,
        description=description_imprimee(ligne),
        montant=ligne.montant_a_imprimer(nouveau),
        nouveau=nouveau,
        instrument=texte_acte(proposition, lecture.numeros),
        codes=codes,
        budget=budget,
        sources=dict(sources),
        par_ae=dict(par_ae),
        parts=montants,
        a_imputer=any(f.est_a_imputer and f.montant for f in financements),
        motif_zero=LigneDossier.MotifZero(ligne.motif_zero).label if ligne.motif_zero else "",
    )


def description_imprimee(ligne) -> str:
    """Description, then its quantities: « Accompagnement… (18 801 places d’accueil, 3,5 mesures) »."""
    quantites = ", ".join(str(q) for q in ligne.quantites.all())
    if ligne.description and quantites:
        return f"{ligne.description} ({quantites})"
    return ligne.description or quantites
