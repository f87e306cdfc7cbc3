"""Lines, AE, what was affected before the rapports of the demo, revenue inscribed."""

from datetime import date
from decimal import Decimal

from budget.models import AutorisationEngagement, Inscription, LigneBudgetaire, Volet
from budget.mouvements import Ecriture, N, enregistrer
from deliberations.demonstration.fichiers import jour, lire_json


def charger_budget(par):
    """Lines of 2022-2024, AE voted, outside affectations such that the disponible is the published one."""
    donnees = lire_json("budget.json")
    for ligne in donnees["lignes"]:
        predecesseur = LigneBudgetaire.objects.filter(code=ligne.pop("predecesseur")).first()
        LigneBudgetaire.objects.get_or_create(code=ligne["code"], defaults={**ligne, "predecesseur": predecesseur})
    lignes = {ligne.code: ligne for ligne in LigneBudgetaire.objects.all()}
    for v in donnees["volets"]:
        Volet.objects.get_or_create(ligne=lignes[v["ligne"]], libelle=v["libelle"])
    for r in donnees["recettes"]:
        Inscription.objects.get_or_create(
            ligne=lignes[r["ligne"]],
            exercice=r["exercice"],
            defaults={"montant": Decimal(r["montant"]), "source": r["source"]},
        )
    for a in donnees["autorisations"]:
        _charger_autorisation(a, lignes[a["ligne"]], par)


def _charger_autorisation(a, ligne, par):
    annee, ae = a["millesime"], Decimal(a["ae"])
    note = "" if "disponible" in a else "Disponible de l’année non publié : affectations antérieures non reprises."
    autorisation, _ = AutorisationEngagement.objects.get_or_create(
        ligne=ligne,
        millesime=annee,
        defaults={"exercice_fin": a.get("fin"), "libelle": a.get("libelle", ""), "note": note},
    )
    cle = f"demo-{ligne.code}-{annee}"
    enregistrer(
        [Ecriture(autorisation.pk, N.VOTE, ae)],
        par=par,
        piece=f"Budget {annee}",
        cle=f"{cle}-vote",
        le=date(annee, 1, 1),
    )
    if "disponible" in a:
        enregistrer(
            [Ecriture(autorisation.pk, N.HORS_APPLICATION, ae - Decimal(a["disponible"]))],
            par=par,
            piece=f"Reprise des affectations {annee} antérieures",
            motif="Différence entre l’AE et le disponible publiés au rapport.",
            cle=f"{cle}-reprise",
            le=jour(a["au"]),
        )
