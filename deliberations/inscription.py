"""Placing lines in a rapport: one act for a line or for a whole scenario; its queries do not depend on their number."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from deliberations.models.presentation import OperationPresentee, Proposition
from dpid.erreurs import LotRefuse
from programmes.models import Dossier, LigneDossier

LOT = 1000


@dataclass(frozen=True)
class Placement:
    """`ordre`: rank in the opération, None for the end. `options`: other fields of the Proposition."""

    ligne: LigneDossier
    operation: OperationPresentee
    ordre: int | None = None
    options: dict = field(default_factory=dict)


@transaction.atomic
def inscrire(rapport, placements: Iterable[Placement], *, par) -> list[Proposition]:
    """Place every line in `rapport`, or none; their dossiers, proposed, become « inscrits » (one journal row each).

    Raises LotRefuse, which names each line refused; ActeFige when the rapport has been sent.
    """
    rapport.verrouiller_ouvert()
    par_ligne = {p.ligne.pk: p for p in placements}
    lignes = [p.ligne for p in par_ligne.values()]
    etats = {d.pk: d for d in Dossier.verrouiller_lot(ligne.dossier_id for ligne in lignes)}
    deja = Proposition.objects.filter(ligne__in=par_ligne, est_active=True).order_by()
    refus = dict.fromkeys(deja.values_list("ligne_id", flat=True), "Cette ligne est déjà inscrite à un rapport.")
    for ligne in lignes:
        dossier = etats[ligne.dossier_id]
        if dossier.etat not in (Dossier.Etat.PROPOSE, Dossier.Etat.INSCRIT):
            refus[ligne.pk] = f"Seul un dossier proposé s’inscrit à un rapport : {dossier} ne l’est pas."
    if refus:
        raise LotRefuse(refus)
    Dossier.inscrire.en_lot([li.dossier for li in lignes if etats[li.dossier_id].etat == Dossier.Etat.PROPOSE], par=par)
    propositions = Proposition.objects.bulk_create(_propositions(par_ligne.values()), batch_size=LOT)
    rapport.annuler_visas(
        motif="Une ligne a été inscrite au rapport."
        if len(lignes) == 1
        else "Des lignes ont été inscrites au rapport.",
        par=par,
    )
    return propositions


def _propositions(placements) -> list[Proposition]:
    rangs: dict[int, int] = {}
    creees = []
    for p in placements:
        if p.ordre is None and p.operation.pk not in rangs:
            rangs[p.operation.pk] = p.operation.propositions.count()
        rang = p.ordre
        if rang is None:
            rangs[p.operation.pk] += 1
            rang = rangs[p.operation.pk]
        creees.append(Proposition(operation=p.operation, ligne=p.ligne, ordre=rang, **p.options))
    return creees
