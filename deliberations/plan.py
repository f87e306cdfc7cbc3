"""Outline of a rapport: thématiques, opérations, annexes, visas, revenue; their order, what may go."""

from django.db import transaction
from django.db.models import Max

from deliberations.models import AnnexePresentee, OperationPresentee, Proposition, ThematiquePresentee
from deliberations.redaction.annexes import refuser_si_citee
from dpid.erreurs import ActeRefuse

MONTER, DESCENDRE = "monter", "descendre"


def fratrie(objet):
    """Everything that is ordered with `objet`, in order."""
    if isinstance(objet, OperationPresentee):
        return OperationPresentee.objects.filter(thematique=objet.thematique_id)
    if isinstance(objet, Proposition):
        return Proposition.objects.filter(operation=objet.operation_id, est_active=True)
    return type(objet).objects.filter(rapport=objet.rapport_id)


@transaction.atomic
def deplacer(objet, sens: str):
    """Move `objet` one place up or down. At the end of the list nothing moves: asking again is harmless."""
    objet.le_rapport.verrouiller_ouvert()
    rangs = list(fratrie(objet))
    place = rangs.index(objet)
    voisine = place + (-1 if sens == MONTER else 1)
    if 0 <= voisine < len(rangs):
        rangs[place], rangs[voisine] = rangs[voisine], rangs[place]
    for ordre, rang in enumerate(rangs, start=1):
        if rang.ordre != ordre:
            rang.ordre = ordre
            rang.save(update_fields=["ordre"])


def rang_suivant(freres) -> int:
    """Order of what is added at the end."""
    return (freres.aggregate(m=Max("ordre"))["m"] or 0) + 1


@transaction.atomic
def supprimer(objet):
    """Take a part out of the outline. Raises ActeRefuse while it holds something, or while something refers to it."""
    objet.le_rapport.verrouiller_ouvert()
    if isinstance(objet, ThematiquePresentee) and objet.operations.exists():
        raise ActeRefuse(f"« {objet} » contient des opérations : supprimez-les d’abord.")
    if isinstance(objet, OperationPresentee) and objet.propositions.exists():
        raise ActeRefuse(f"« {objet} » présente des lignes : retirez-les du rapport ou déplacez-les d’abord.")
    if isinstance(objet, ThematiquePresentee) and objet.annexes.exists():
        raise ActeRefuse(f"« {objet} » a son annexe de présentation : supprimez-la d’abord.")
    if isinstance(objet, AnnexePresentee):
        refuser_si_citee(objet)
    objet.delete()
