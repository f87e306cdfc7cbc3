"""What the rapports add to the pages below: on a dossier, where its lines stand; on an AE, who charges it."""

from django.db.models import F, OuterRef, Subquery, Sum

from deliberations.models import Proposition, Rapport
from dpid.montants import MontantField
from programmes.models import Financement


def du_dossier(dossier, agent) -> dict:
    """Propositions of the lines of a dossier, latest rapport first, with their délibération."""
    visibles = Rapport.objects.visibles_par(agent)
    propositions = Proposition.objects.filter(ligne__dossier=dossier, operation__thematique__rapport__in=visibles)
    propositions = propositions.select_related(
        "ligne__dossier", "operation__thematique__rapport__seance__instance"
    ).annotate(acte=F("operation__thematique__rapport__deliberation__numero"))
    return {"propositions": list(propositions.order_by("-operation__thematique__rapport", "ligne__ordre"))}


def de_l_ae(autorisation, agent) -> dict:
    """Rapports whose lines are charged on an AE, with the amount (euros)."""
    imputes = (
        Financement.objects.filter(
            autorisation=autorisation,
            ligne__propositions__est_active=True,
            ligne__propositions__operation__thematique__rapport=OuterRef("pk"),
        )
        .order_by()
        .values("ligne__propositions__operation__thematique__rapport")
        .annotate(t=Sum("montant"))
        .values("t")
    )
    rapports = (
        Rapport.objects.visibles_par(agent)
        .annotate(acte=F("deliberation__numero"), impute=Subquery(imputes, output_field=MontantField()))
        .filter(impute__isnull=False)
        .select_related("seance__instance")
    )
    return {"rapports": list(rapports)}
