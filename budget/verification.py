"""What must always be true of the accounts; `manage.py verifier_comptes` prints the gaps."""

from django.db.models import Sum

from budget.models import AutorisationEngagement, Mouvement
from dpid.montants import ZERO, euros


def ecarts() -> list[str]:
    """One French sentence per gap between the maintained totals of the AE and the ledger."""
    calcule: dict[int, dict] = {}
    for pk, compteur, total in (
        Mouvement.objects.order_by().values_list("autorisation_id", "compteur").annotate(Sum("montant"))
    ):
        calcule.setdefault(pk, {})[compteur] = total
    trouves = []
    for ae in AutorisationEngagement.objects.select_related("ligne"):
        for compteur in AutorisationEngagement.COMPTEURS:
            tenu, attendu = getattr(ae, compteur), calcule.get(ae.pk, {}).get(compteur, ZERO)
            if tenu != attendu:
                trouves.append(
                    f"{ae} : {Mouvement.Compteur(compteur).label.lower()} tenu à {euros(tenu, True)}, "
                    f"les mouvements donnent {euros(attendu, True)}."
                )
        if ae.affecte + ae.reserve > ae.vote:
            trouves.append(f"{ae} : affecté et réservé dépassent l’AE votée.")
    return trouves
