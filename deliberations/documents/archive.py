"""Files attached to an archive (PDF/A-3a): the figures that its pages print, in forms that a machine reads again."""

from datetime import date

from deliberations.documents import pdf, tableurs
from dpid.documents import DONNEES, SOURCE, Jointe

TABLEAUX = {"repartition": "Répartition financière", "imputations": "Imputations budgétaires"}
MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "json": "application/json",
}


def jointes(contextes: list[dict]) -> list[Jointe]:
    """XLSX, CSV and JSON of the répartition and of the imputations; the data of a text that stands alone."""
    joints = [jointe for contexte in contextes if contexte["nature"] in TABLEAUX for jointe in _tableaux(contexte)]
    if joints or len(contextes) != 1:
        return joints
    return [_jointe(contextes[0], "json", tableurs.en_json(contextes[0]), "Données du document", SOURCE)]


def _tableaux(contexte: dict) -> list[Jointe]:
    intitule = pdf.titre(contexte)
    contenus = {format: tableurs.rendre(contexte, intitule, format) for format in ("xlsx", "csv")}
    contenus["json"] = tableurs.en_json(contexte)
    return [_jointe(contexte, f, contenu, TABLEAUX[contexte["nature"]], DONNEES) for f, contenu in contenus.items()]


def _jointe(contexte, format, contenu, description, relation) -> Jointe:
    acte = tableurs.nom_sur(contexte["numero"] or contexte["reference"])
    nom = f"{acte}_{tableurs.nom_sur(contexte['cle'])}.{format}"
    return Jointe(nom, contenu, MIMES[format], date.fromisoformat(contexte["date"]), description, relation)
