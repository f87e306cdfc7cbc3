"""Who may do what with calls, structures and dossiers."""

from dpid.models import Role
from dpid.permissions import ADMINISTRATION, modele

INSTRUCTION = frozenset({Role.INSTRUCTION, Role.ADMINISTRATION})
REGISTRE = INSTRUCTION | {Role.CONVENTIONS}
# A territorial officer reads and advises: nothing else.
AVISENT = INSTRUCTION | {Role.TERRITOIRE}
COMPTES = frozenset({Role.BUDGET, Role.CONVENTIONS, Role.ADMINISTRATION})

TABLE = {
    **modele("programmes", "appelaprojets", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "thematique", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "dispositif", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "fiche", modifier=INSTRUCTION),
    **modele("programmes", "sessiondepot", modifier=INSTRUCTION),
    **modele("programmes", "coutunitaire", modifier=INSTRUCTION),
    **modele("programmes", "critere", modifier=INSTRUCTION),
    **modele("programmes", "resultatattendu", modifier=INSTRUCTION),
    **modele("programmes", "indicateur", modifier=INSTRUCTION),
    **modele("programmes", "versementprevu", modifier=INSTRUCTION),
    **modele("programmes", "pieceexigee", modifier=INSTRUCTION),
    **modele("programmes", "contactdispositif", modifier=INSTRUCTION),
    **modele("programmes", "cadrestrategique", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "structure", modifier=REGISTRE, supprimer=ADMINISTRATION),
    **modele("programmes", "aliasstructure", modifier=INSTRUCTION),
    **modele("programmes", "representant", modifier=REGISTRE),
    **modele("programmes", "contact", modifier=REGISTRE),
    **modele("programmes", "agrement", modifier=REGISTRE),
    **modele("programmes", "comptebancaire", voir=COMPTES, modifier=COMPTES - {Role.BUDGET}),
    **modele("programmes", "typeagrement", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "typepiece", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "piece", modifier=REGISTRE, supprimer=ADMINISTRATION),
    **modele("programmes", "sourcefinancement", modifier=INSTRUCTION),
    **modele("programmes", "dossier", modifier=INSTRUCTION),
    **modele("programmes", "lignedossier", modifier=INSTRUCTION),
    **modele("programmes", "ligneterritoire", modifier=INSTRUCTION),
    **modele("programmes", "quantite", modifier=INSTRUCTION),
    **modele("programmes", "financement", modifier=INSTRUCTION),
    **modele("programmes", "ventilation", modifier=INSTRUCTION),
    **modele("programmes", "poste", modifier=INSTRUCTION),
    **modele("programmes", "importdepots", voir=INSTRUCTION, modifier=frozenset(), supprimer=ADMINISTRATION),
    **modele("programmes", "depotportail", voir=INSTRUCTION, modifier=frozenset(), supprimer=frozenset()),
    **modele("programmes", "avis", modifier=INSTRUCTION),
    **modele("programmes", "avisinstance", modifier=INSTRUCTION),
    **modele("programmes", "notecritere", modifier=INSTRUCTION),
    **modele("programmes", "remarque", modifier=AVISENT, supprimer=ADMINISTRATION),
    **modele("programmes", "courrier", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    # Acts of the yearly call.
    "programmes.ouvrir_appel": INSTRUCTION,
    # Acts of the instruction.
    "programmes.instruire": INSTRUCTION,
    "programmes.decider": INSTRUCTION | {Role.DIRECTION},
    "programmes.rendre_avis": AVISENT,
    "programmes.remarquer": AVISENT | {Role.DIRECTION, Role.BUDGET},
    "programmes.fusionner": INSTRUCTION,
    "programmes.importer_depots": INSTRUCTION,
    "programmes.voir_compte": COMPTES,
}


def peut_modifier_fiche(agent, dispositif) -> bool:
    """An instructor writes the fiches of the dispositifs of their services, and those that no service holds yet."""
    if not agent.has_perm("programmes.change_fiche"):
        return False
    if agent.a_role(Role.ADMINISTRATION) or dispositif.service_id is None:
        return True
    if hasattr(dispositif, "est_de_ses_services"):  # read with the dispositif, by a page that counts its queries
        return dispositif.est_de_ses_services
    return agent.services.filter(pk=dispositif.service_id).exists()
