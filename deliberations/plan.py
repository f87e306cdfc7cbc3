"""Outline of a rapport: its thématiques and opérations, their order, what is empty and may go."""

from django.db import transaction
from django.db.models import Max

from deliberations.models import OperationPresentee, Proposition, ThematiquePresentee
from dpid.erreurs import ActeRefuse

MONTER, DESCENDRE = "monter", "descendre"


def fratrie(objet):
    """Everything that is ordered with `objet`, in order."""
    if isinstance(objet, ThematiquePresentee):
        return ThematiquePresentee.objects.filter(rapport=objet.rapport_id)
    if isinstance(objet, OperationPresentee):
        return OperationPresentee.objects.filter(thematique=objet.thematique_id)
    return Proposition.objects.filter(operation=objet.operation_id, est_active=True)


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
    """Take an empty part out of the outline. Raises ActeRefuse while it still holds something."""
    objet.le_rapport.verrouiller_ouvert()
    if isinstance(objet, ThematiquePresentee) and objet.operations.exists():
        raise ActeRefuse(f"« {objet} » contient des opérations : supprimez-les d’abord.")
    if isinstance(objet, OperationPresentee) and objet.propositions.exists():
        raise ActeRefuse(f"« {objet} » présente des lignes : retirez-les du rapport ou déplacez-les d’abord.")
    objet.delete()
