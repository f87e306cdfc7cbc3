"""Certificate of the exécutoire character: what the conventions, the payments and the judge ask for."""

from django.conf import settings

from deliberations import documents
from deliberations.dossier_de_seance import transmission
from deliberations.models import Deliberation
from dpid.erreurs import ActeRefuse
from dpid.montants import INSECABLE
from dpid.typographie import composer, date_longue


def contexte(rapport) -> dict:
    """Raises ActeRefuse while the act is not exécutoire (CGCT, L. 3131-1)."""
    deliberation = Deliberation.objects.filter(rapport=rapport).select_related("transmission").first()
    if deliberation is None or not deliberation.est_executoire:
        manque = transmission.ce_qui_manque(deliberation)
        raise ActeRefuse(f"Le certificat s’établit quand la délibération est exécutoire : {manque}.")
    fige = documents.contexte_actuel(rapport, "deliberation")
    numero = f"n°{INSECABLE}{deliberation.numero}"
    return {
        "titre_h1": f"Certificat de caractère exécutoire, délibération {numero}",
        "reference_fichier": deliberation.numero,
        "date": deliberation.executoire_le.isoformat(),
        "projet": False,
        "pied": f"Délibération {numero}",
        "nature": "deliberation",
        "collectivite": settings.DPID["collectivite"],
        "collectivite_capitales": settings.DPID["collectivite"].upper(),
        "ville": settings.DPID["ville"],
        "seance": fige["seance"],
        "numero": deliberation.numero,
        "titre": deliberation.titre,
        "instance": rapport.seance.instance.libelle,
        "le_long": date_longue(deliberation.executoire_le),
        "signe_pour_le_president": True,
        "lignes": [
            {"cle": "Objet", "valeur": composer(deliberation.titre)},
            {"cle": "Séance", "valeur": f"{rapport.seance.instance.libelle} du {date_longue(deliberation.date)}"},
            *transmission.mentions(deliberation),
        ],
    }
