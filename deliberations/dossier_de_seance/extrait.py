"""Extract from the register of délibérations: the act as it was frozen, and what followed it."""

from deliberations import documents
from deliberations.dossier_de_seance import transmission
from dpid.erreurs import ActeRefuse
from dpid.montants import INSECABLE


def contexte(rapport) -> dict:
    """Raises ActeRefuse before the vote."""
    fige = documents.contexte_actuel(rapport, "deliberation")
    if not fige["numero"]:
        raise ActeRefuse("L’extrait du registre s’établit après le vote : le rapport n’est pas adopté.")
    numero = fige["numero"]
    return {
        **fige,
        "titre_h1": f"Extrait du registre des délibérations, délibération n°{INSECABLE}{numero}",
        "reference_fichier": numero,
        "mentions": transmission.mentions(rapport.deliberation),
    }
