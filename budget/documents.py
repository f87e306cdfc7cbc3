"""Editions of the situation budgétaire: JSON, CSV, XLSX, today or at any past date."""

import json
from datetime import date
from decimal import Decimal

from budget.models import LigneBudgetaire
from budget.situation import recettes, situation
from dpid.erreurs import ActeRefuse
from dpid.montants import chaine
from dpid.tableaux import MONTANT, NOMBRE, Colonne, Tableau, Total, en_csv, en_xlsx

FORMATS = ("json", "csv", "xlsx")
MONTANTS = ("ae", "affecte", "engage", "disponible", "reserve", "disponible_apres")
COLONNES = [
    Colonne("Code opération", largeur=16),
    Colonne("Imputation", largeur=14),
    Colonne("Libellé", largeur=44),
    Colonne("Millésime", NOMBRE, 11),
    Colonne("AE votée", MONTANT, 18),
    Colonne("Affecté", MONTANT, 18),
    Colonne("dont engagé", MONTANT, 18),
    Colonne("Disponible", MONTANT, 18),
    Colonne("Réservé", MONTANT, 18),
    Colonne("Disponible après réservations", MONTANT, 20),
]
COLONNES_RECETTES = [*COLONNES[:4], Colonne("Inscrit", MONTANT, 18), Colonne("Source", largeur=40)]
COLONNES_PLATES = [*COLONNES, *COLONNES_RECETTES[4:], Colonne("Sens")]


def situation_en_donnees(exercice: int, au: date | None = None) -> dict:
    """`{exercice, au, lignes, recettes}`; amounts as strings with two decimals, `au` None for today's totals."""
    return {
        "exercice": exercice,
        "au": au.isoformat() if au else None,
        "lignes": [_ligne(ae) for ae in situation(exercice, au)],
        "recettes": [
            {
                "code": r.ligne.code,
                "imputation": r.ligne.imputation,
                "libelle": r.ligne.libelle,
                "exercice": r.exercice,
                "inscrit": chaine(r.montant),
                "source": r.source,
            }
            for r in recettes(exercice)
        ],
    }


def situation_en(exercice: int, au: date | None, format: str) -> bytes:
    """The situation in one of FORMATS. Raises ActeRefuse for another."""
    if format not in FORMATS:
        raise ActeRefuse(
            f"La situation budgétaire n’existe pas au format « {format} » : choisissez parmi {', '.join(FORMATS)}."
        )
    donnees = situation_en_donnees(exercice, au)
    if format == "json":
        return (json.dumps(donnees, ensure_ascii=False, indent=2) + "\n").encode()
    if format == "csv":
        return en_csv([_tableau_plat(donnees)])
    return en_xlsx([_tableau_depenses(donnees, au), *_tableau_recettes(donnees)], le=au)


def _ligne(ae) -> dict:
    return {
        "code": ae.code,
        "imputation": ae.imputation,
        "libelle": ae.intitule,
        "millesime": ae.millesime,
        "ae": chaine(ae.vote),
        **{cle: chaine(getattr(ae, cle)) for cle in MONTANTS[1:]},
    }


def _tableau_depenses(donnees, au) -> Tableau:
    exercice = donnees["exercice"]
    intitule = f"Situation budgétaire {exercice}" + (f" au {au:%d/%m/%Y}" if au else "")
    lignes: list = [
        [r["code"], r["imputation"], r["libelle"], r["millesime"], *(Decimal(r[cle]) for cle in MONTANTS)]
        for r in donnees["lignes"]
    ]
    totaux = (sum((Decimal(r[cle]) for r in donnees["lignes"]), Decimal(0)) for cle in MONTANTS)
    return Tableau(f"Situation {exercice}", COLONNES, [*lignes, Total(["TOTAL", "", "", "", *totaux])], [intitule])


def _tableau_recettes(donnees) -> list[Tableau]:
    lignes = [
        [r["code"], r["imputation"], r["libelle"], r["exercice"], Decimal(r["inscrit"]), r["source"]]
        for r in donnees["recettes"]
    ]
    if not lignes:
        return []
    return [Tableau("Recettes", COLONNES_RECETTES, lignes, [f"Recettes inscrites {donnees['exercice']}"])]


def _tableau_plat(donnees) -> Tableau:
    """Dépenses, then recettes, in one table whose last column says which: no column adds one to the other.

    « Millésime » is the exercice of a recette, which has no AE; what a row does not have is blank, never 0.
    """
    sens = LigneBudgetaire.Sens
    depenses = [
        [r["code"], r["imputation"], r["libelle"], r["millesime"], *(Decimal(r[c]) for c in MONTANTS), "", "",
         sens.DEPENSE.value]
        for r in donnees["lignes"]
    ]  # fmt: skip
    recettes_ = [
        [r["code"], r["imputation"], r["libelle"], r["exercice"], *("" for _ in MONTANTS), Decimal(r["inscrit"]),
         r["source"], sens.RECETTE.value]
        for r in donnees["recettes"]
    ]  # fmt: skip
    return Tableau(f"Situation {donnees['exercice']}", COLONNES_PLATES, depenses + recettes_)
