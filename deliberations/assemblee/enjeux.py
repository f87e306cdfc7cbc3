"""What is at stake in each block: euros presented, euros that the séance retains, and who would receive them."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum

from deliberations.repartition import partager
from dpid.montants import ZERO
from programmes.models import Financement


@dataclass
class Enjeu:
    """Amounts of new money, in euros. `adopte` applies the amendments and the result of the block;
    `budget` is the part of it that the département pays, the amount of the article."""

    presente: Decimal = ZERO
    adopte: Decimal = ZERO
    budget: Decimal = ZERO
    lignes: int = 0
    retirees: int = 0
    amendees: int = 0
    thematiques: list = field(default_factory=list)

    @property
    def hors_budget(self) -> Decimal:
        return self.adopte - self.budget


@dataclass(frozen=True)
class Enjeux:
    """`par_bloc`: {block id, None for a rapport without block: Enjeu}; `structures`: {structure id: block ids}."""

    par_bloc: dict
    structures: dict


def lire(rapport, blocs) -> Enjeux:
    """Four queries, whatever the number of lines."""
    premier = blocs[0].pk
    refuses = {b.pk for b in blocs if not b.est_adopte}
    enjeux = {bloc.pk: Enjeu() for bloc in blocs}
    for thematique in rapport.thematiques.defer("texte"):
        enjeux[thematique.bloc_id or premier].thematiques.append(thematique)
    amendements = {a.proposition_id: a for a in rapport.amendements.all()}
    finances = _financements(amendements)
    structures = defaultdict(set)
    lignes = rapport.propositions.order_by().values_list(
        "pk", "operation__thematique__bloc", "ligne__dossier__structure"
    )
    montants = {
        "total": Sum("ligne__financements__montant"),
        "budget": Sum("ligne__financements__montant", filter=Q(ligne__financements__source__isnull=True)),
    }
    for pk, bloc, structure, total, budget in lignes.annotate(**montants):
        bloc = bloc or premier
        _compter(
            enjeux[bloc], total or ZERO, budget or ZERO, amendements.get(pk), finances.get(pk),
            adopte=bloc not in refuses,
        )  # fmt: skip
        structures[structure].add(bloc)
    return Enjeux(enjeux, dict(structures))


def _financements(amendements) -> dict[int, list]:
    """{proposition id: [(euros, est_du_budget)]} of the lines whose amount is amended, in their order."""
    amendees = [pk for pk, a in amendements.items() if a.montant is not None]
    lus = Financement.objects.filter(ligne__propositions__in=amendees)
    rangees = defaultdict(list)
    for pk, montant, source in lus.values_list("ligne__propositions", "montant", "source"):
        rangees[pk].append((montant, source is None))
    return rangees


def _compter(enjeu, total, budget, amendement, financements, *, adopte):
    enjeu.lignes += 1
    enjeu.presente += total
    if amendement is not None and amendement.montant is None:
        enjeu.retirees += 1
        return
    if amendement is not None:
        enjeu.amendees += 1
        total = amendement.montant
        parts = partager(total, [montant for montant, _ in financements])
        budget = sum((p for p, (_, du_budget) in zip(parts, financements, strict=True) if du_budget), ZERO)
    if adopte:
        enjeu.adopte += total
        enjeu.budget += budget
