"""Short documents that go with a vote: each is a context, a template, and a name in the table below."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from deliberations.documents import pdf, tableurs
from deliberations.dossier_de_seance import certificat, decisions, extrait
from dpid.documents import rendre_pdf
from dpid.erreurs import ActeRefuse

FORMATS = ("pdf", "json")


@dataclass(frozen=True)
class Feuille:
    """`contexte(rapport)` gives `titre_h1`, `date`, `pied`, `projet`, `reference_fichier` and what `gabarit` prints;
    it raises ActeRefuse as long as there is nothing to print. `page` adds what only the printed page needs."""

    titre: str
    gabarit: str
    contexte: Callable
    page: Callable = dict


FEUILLES = {
    "extrait": Feuille("Extrait du registre des délibérations", "documents/extrait.html", extrait.contexte, pdf.page),
    "certificat": Feuille("Certificat de caractère exécutoire", "documents/certificat.html", certificat.contexte),
    "liste_decisions": Feuille(
        "Liste des décisions de la séance", "documents/liste_decisions.html",
        lambda rapport: decisions.contexte(rapport.seance),
    ),
}  # fmt: skip


def editer(rapport, cle: str, format: str) -> tuple[bytes, str]:
    """(bytes, file name). Raises ActeRefuse."""
    return rendre(cle, FEUILLES[cle].contexte(rapport), format)


def rendre(cle: str, contexte: dict, format: str) -> tuple[bytes, str]:
    """The sheet from its context: that of a séance has no rapport."""
    if format not in FORMATS:
        raise ActeRefuse(
            f"Le document « {cle} » n’existe pas au format « {format} » : choisissez parmi {', '.join(FORMATS)}."
        )
    nom = f"{tableurs.nom_sur(contexte['reference_fichier'])}_{tableurs.nom_sur(cle)}.{format}"
    if format == "json":
        return (json.dumps(contexte, ensure_ascii=False, indent=2) + "\n").encode(), nom
    feuille = FEUILLES[cle]
    page = {**feuille.page(contexte), "titre_h1": contexte["titre_h1"]}
    return rendre_pdf(feuille.gabarit, page, titre=contexte["titre_h1"], projet=contexte["projet"]), nom
