"""Documents of a rapport: their typed contexts, and their editions in each format.

Until the vote an edition shows the live data, marked « PROJET ». Afterwards it serves the stored PDF and derives the
other formats from the stored context: a structure renamed later changes nothing that was voted.
"""

import json

from django.core.exceptions import ValidationError

from deliberations.documents import contextes, pdf, tableurs
from deliberations.models import DocumentDeDeliberation
from dpid import tableaux
from dpid.erreurs import ActeRefuse

NATURES = ("rapport", "deliberation", "repartition", "imputations")
_TABLEAU = ("pdf", "xlsx", "ods", "csv", "json")
_TEXTE = ("pdf", "json")
FORMATS = {"rapport": _TEXTE, "deliberation": _TEXTE, "repartition": _TABLEAU, "imputations": _TABLEAU}


def contexte(rapport, nature: str, *, numero: str | None = None, le=None) -> dict:
    """Everything that the document prints, as JSON data; a draft (`projet`) as long as `numero` is None."""
    _verifier(nature)
    return contextes.construire(rapport, nature, numero=numero, le=le)


def contexte_actuel(rapport, nature: str) -> dict:
    """The frozen context once voted, the live one before."""
    _verifier(nature)
    fige = _fige(rapport, nature, avec_pdf=False)
    return fige.contexte if fige else contexte(rapport, nature)


def rendre(contexte: dict, format: str) -> bytes:
    """The document in `format`, from its context alone. Raises ActeRefuse when that format does not exist."""
    _verifier(contexte["nature"], format)
    if format == "pdf":
        return pdf.rendre(contexte)
    if format == "json":
        return _json(contexte)
    return _tableur(contexte, format)


def editer(rapport, nature: str, format: str) -> tuple[bytes, str]:
    """(bytes, file name). Raises ActeRefuse."""
    _verifier(nature, format)
    fige = _fige(rapport, nature, avec_pdf=format == "pdf")
    if fige is None:
        vivant = contexte(rapport, nature)
        return rendre(vivant, format), nom_fichier(vivant, format)
    if format != "pdf":
        return rendre(fige.contexte, format), nom_fichier(fige.contexte, format)
    try:
        fige.verifier()
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur
    return bytes(fige.pdf), fige.nom_fichier


def titre(contexte: dict) -> str:
    """Title of the document, as its metadata and the lists show it (250 characters at most)."""
    texte = pdf.titre(contexte)
    return texte if len(texte) <= 250 else f"{texte[:249]}…"


def nom_fichier(contexte: dict, format: str) -> str:
    """`2023-604_annexe-2_repartition.pdf`, `2023-12-11-64_projet_imputations.xlsx`."""
    parties = [tableurs.nom_sur(contexte["numero"] or contexte["reference"])]
    if contexte["projet"]:
        parties.append("projet")
    if contexte["nature"] == "repartition":
        parties.append(f"annexe-{contexte['annexe']}")
    return f"{'_'.join([*parties, contexte['nature']])}.{format}"


def _verifier(nature: str, format: str | None = None):
    if nature not in FORMATS:
        raise ActeRefuse(f"« {nature} » n’est pas un document : choisissez parmi {', '.join(NATURES)}.")
    if format is not None and format not in FORMATS[nature]:
        raise ActeRefuse(
            f"Le document « {nature} » n’existe pas au format « {format} » : choisissez parmi "
            f"{', '.join(FORMATS[nature])}."
        )


def _fige(rapport, nature, *, avec_pdf: bool):
    """The frozen Document, its PDF bytes read only when they are served."""
    lien = DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport, nature=nature)
    lien = lien.select_related("document") if avec_pdf else lien.select_related("document").defer("document__pdf")
    trouve = lien.first()
    return trouve.document if trouve else None


def _json(contexte: dict) -> bytes:
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


def _tableur(contexte: dict, format: str) -> bytes:
    if contexte["nature"] == "imputations":
        feuilles = tableurs.imputations(contexte, titre(contexte))
        plates, colonne_titre = feuilles, ""
    else:
        feuilles = tableurs.repartition(contexte, titre(contexte))
        plates, colonne_titre = tableurs.repartition_plate(contexte), "THEMATIQUE"
    if format == "csv":
        return tableaux.en_csv(plates, colonne_titre=colonne_titre)
    if format == "ods":
        return tableaux.en_ods(feuilles)
    return tableaux.en_xlsx(feuilles, le=pdf.jour(contexte["date"]))
