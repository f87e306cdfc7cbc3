"""The annexe and the imputations as typed tables, laid out so that our own importer reads them back."""

import json
import re
from datetime import date
from decimal import Decimal

from dpid import tableaux
from dpid.tableaux import IDEM, MONTANT, Colonne, Tableau, Total

COLONNES_REPARTITION = [
    Colonne("OPERATION", largeur=22),
    Colonne("TERRITOIRE(S)", largeur=20),
    Colonne("STRUCTURE", largeur=34),
    Colonne("DESCRIPTION ACTION / COMPLEMENT D'INFORMATION", largeur=46),
    Colonne("MONTANT RETENU", MONTANT, 18),
    Colonne("Avenant/convention", largeur=34),
    Colonne("CODE OPERATION", largeur=14),
    Colonne("SIRET", largeur=18),
]
COLONNE_COMPLEMENT = Colonne("DONT CREDITS NOUVEAUX", MONTANT, 18)
COLONNES_IMPUTATIONS = [
    Colonne("Code opération", largeur=16),
    Colonne("Imputation budgétaire", largeur=18),
    Colonne("Libellé opération", largeur=44),
    Colonne("AE €", MONTANT, 18),
    Colonne("Disponible €", MONTANT, 18),
    Colonne("Proposition €", MONTANT, 18),
    Colonne("Solde €", MONTANT, 18),
]


def rendre(contexte: dict, intitule: str, format: str) -> bytes:
    """The répartition or the imputations of a context, as `xlsx`, `ods` or `csv`."""
    if contexte["nature"] == "imputations":
        feuilles = imputations(contexte, intitule)
        plates, colonne_titre = feuilles, ""
    else:
        feuilles = repartition(contexte, intitule)
        plates, colonne_titre = repartition_plate(contexte), "THEMATIQUE"
    if format == "csv":
        return tableaux.en_csv(plates, colonne_titre=colonne_titre)
    if format == "ods":
        return tableaux.en_ods(feuilles)
    return tableaux.en_xlsx(feuilles, le=date.fromisoformat(contexte["date"]))


def en_json(contexte: dict) -> bytes:
    """The rows of a table, flat; the whole context of a text."""
    donnees = contexte
    if contexte["nature"] == "imputations":
        donnees = contexte["imputations"]
    elif contexte["nature"] == "repartition":
        donnees = [
            {
                "thematique": groupe["titre"],
                "operation": operation["libelle_court"],
                "territoires": ligne["territoires"],
                "structure": ligne["structure"],
                "description": ligne["description"],
                "montant": ligne["montant"],
                "instrument": ligne["instrument"],
            }
            for groupe in contexte["thematiques"]
            for operation in groupe["operations"]
            for ligne in operation["lignes"]
        ]
    return (json.dumps(donnees, ensure_ascii=False, indent=2) + "\n").encode()


def repartition(contexte: dict, intitule: str) -> list[Tableau]:
    """One table per thématique: its title above the header, labels merged over their lines, totals."""
    complement = imprime_un_total(contexte)
    colonnes = COLONNES_REPARTITION + ([COLONNE_COMPLEMENT] if complement else [])
    feuilles = []
    for groupe in contexte["thematiques"]:
        titre = f"Thématique {groupe['numero']} : {groupe['titre']}"
        lignes: list = []
        for operation in groupe["operations"]:
            lignes += _lignes(operation, complement)
            lignes.append(_total(f"TOTAL {operation['libelle_court']}", operation, complement))
        lignes.append(_total(f"TOTAL thématique {groupe['numero']}", groupe, complement))
        feuilles.append(Tableau(f"Thématique {groupe['numero']}", colonnes, lignes, [intitule, titre]))
    return feuilles or [Tableau("Répartition", colonnes, [], [intitule])]


def repartition_plate(contexte: dict) -> list[Tableau]:
    """The same for a CSV: the full title of the thématique on each row."""
    feuilles = repartition(contexte, "")
    for feuille, groupe in zip(feuilles, contexte["thematiques"], strict=False):
        feuille.titre = f"Thématique {groupe['numero']} : {groupe['titre']}"
    return feuilles


def imprime_un_total(contexte: dict) -> bool:
    """True when a line prints a new total: what is voted is then less than what is printed."""
    return contexte["total"] != contexte["nouveau"]


def _lignes(operation, complement) -> list[list]:
    lignes = []
    for rang, ligne in enumerate(operation["lignes"]):
        valeurs = [
            operation["libelle_court"] if rang == 0 else IDEM,
            ligne["territoires"],
            ligne["structure"],
            ligne["description"],
            Decimal(ligne["montant"]),
            ligne["instrument"] or ligne["motif_zero"],
            ", ".join(ligne["codes"]),
            ligne["siret"],
        ]
        lignes.append(valeurs + ([Decimal(ligne["nouveau"])] if complement else []))
    return lignes


def _total(libelle, groupe, complement) -> Total:
    valeurs = [libelle, "", "", "", Decimal(groupe["total"]), "", "", ""]
    return Total(valeurs + ([Decimal(groupe["nouveau"])] if complement else []))


def imputations(contexte: dict, intitule: str) -> list[Tableau]:
    cles = ("ae", "disponible", "proposition", "solde")
    lignes: list = [
        [r["code"], r["imputation"], r["libelle"], *(Decimal(r[cle]) for cle in cles)] for r in contexte["imputations"]
    ]
    lignes.append(Total(["TOTAL", "", "", "", "", Decimal(contexte["total"]), ""]))
    return [Tableau("Imputations", COLONNES_IMPUTATIONS, lignes, [intitule])]


def nom_sur(texte: str) -> str:
    """A part of a file name: letters, digits, dot, dash."""
    return re.sub(r"[^0-9A-Za-z.]+", "-", texte).strip("-")
