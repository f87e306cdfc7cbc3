"""What the page of a dossier shows at once, read in a constant number of queries; the rest is in `sections.py`."""

from django.db.models import Prefetch

from budget.models import AutorisationEngagement
from dpid.montants import ZERO, somme
from programmes.models import Dossier, Financement, LigneDossier, LigneTerritoire, Ventilation

ANNEES_MONTREES = 3


def contexte(dossier) -> dict:
    """Everything but the acts and the panels."""
    lignes = lire_lignes(dossier)
    return {
        "dossier": dossier,
        "lignes": lignes,
        "totaux": totaux(lignes),
        "alertes": alertes_du_dossier(dossier, lignes),
    }


def lire_lignes(dossier, *, ventilees=True) -> list[LigneDossier]:
    """The lines of a dossier with everything that hangs on them, in five queries; four without the ventilations."""
    financements = Financement.objects.select_related("autorisation__ligne", "source")
    if ventilees:
        ventilations = Ventilation.objects.select_related("territoire", "volet")
        financements = financements.prefetch_related(Prefetch("ventilations", ventilations))
    return list(
        LigneDossier.objects.filter(dossier=dossier).prefetch_related(
            Prefetch("placements", LigneTerritoire.objects.select_related("territoire")),
            "quantites",
            Prefetch("financements", financements),
        )
    )


def totaux(lignes) -> dict:
    """Demandé, proposé, retenu, and what is paid by the budget or by others (euros)."""
    financements = [f for ligne in lignes for f in ligne.financements.all()]
    for ligne in lignes:
        ligne.retenu = sum((f.montant for f in ligne.financements.all()), ZERO)
    return {
        "demande": sum((ligne.demande or ZERO for ligne in lignes), ZERO),
        "propose": sum((ligne.propose or ZERO for ligne in lignes), ZERO),
        "retenu": sum((f.montant for f in financements), ZERO),
        "hors_budget": sum((f.montant for f in financements if f.source_id), ZERO),
        "a_imputer": sum((f.montant for f in financements if f.est_a_imputer), ZERO),
    }


def credits_de(dossier, lignes) -> list[AutorisationEngagement]:
    """The AE on which the dossier is charged; before that, the one of its dispositif."""
    utilisees = {f.autorisation_id: f.autorisation for ligne in lignes for f in ligne.financements.all()}
    utilisees.pop(None, None)
    if utilisees or not dossier.dispositif.ligne_par_defaut_id:
        return list(utilisees.values())
    ouvertes = AutorisationEngagement.objects.de_l_exercice(dossier.dispositif.thematique.appel.annee)
    par_defaut = ouvertes.filter(ligne=dossier.dispositif.ligne_par_defaut_id).avec_ligne()
    return list(par_defaut)[-1:]


def passe(dossier, agent) -> list[dict]:
    """What the structure asked and received for the previous years (euros), latest first: one query."""
    autres = Dossier.objects.visibles_par(agent).filter(structure=dossier.structure_id).exclude(pk=dossier.pk)
    annees = (
        autres.avec_totaux()
        .order_by()
        .values("dispositif__thematique__appel__annee")
        .annotate(demande_total=somme("demande"), retenu_total=somme("retenu"))
        .order_by("-dispositif__thematique__appel__annee")
    )
    return [
        {"annee": a["dispositif__thematique__appel__annee"], "demande": a["demande_total"], "retenu": a["retenu_total"]}
        for a in annees[:ANNEES_MONTREES]
    ]


def alertes_du_dossier(dossier, lignes) -> list[str]:
    """Sentences that prevent a sound decision, each with what to do."""
    alertes = alertes_structure(dossier.structure)
    if not lignes:
        alertes.append("Le dossier n’a pas encore de ligne : ajoutez le montant et le territoire.")
    if any(f.est_a_imputer for ligne in lignes for f in ligne.financements.all()):
        alertes.append("Un financement reste à imputer : choisissez sa ligne budgétaire avant le visa des finances.")
    if any(not ligne.placements.all() for ligne in lignes):
        alertes.append("Une ligne n’a pas de territoire : elle ne sera visible d’aucun service local.")
    return alertes


def alertes_structure(structure) -> list[str]:
    alertes = []
    if structure.est_a_completer:
        alertes.append("La structure est à compléter : elle a été créée par un import.")
    if not structure.siret:
        alertes.append("Le SIRET de la structure manque : il est demandé avant toute convention.")
    return alertes
