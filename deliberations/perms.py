"""Who may do what with séances, rapports and délibérations."""

from dpid.models import Role
from dpid.permissions import ADMINISTRATION, TOUS, modele

PREPARATION = frozenset({Role.INSTRUCTION, Role.ADMINISTRATION})
ARBITRAGE = frozenset({Role.INSTRUCTION, Role.DIRECTION, Role.ADMINISTRATION})
ASSEMBLEES = frozenset({Role.ASSEMBLEES, Role.ADMINISTRATION})
TABLE = {
    **modele("deliberations", "instance", modifier=ADMINISTRATION),
    **modele("deliberations", "seance", modifier=ASSEMBLEES),
    **modele("deliberations", "rapport", modifier=PREPARATION),
    **modele("deliberations", "thematiquepresentee", modifier=PREPARATION),
    **modele("deliberations", "operationpresentee", modifier=PREPARATION),
    **modele("deliberations", "proposition", modifier=PREPARATION),
    **modele("deliberations", "scenario", voir={Role.BUDGET}, modifier=ARBITRAGE),
    **modele("deliberations", "montantdescenario", voir={Role.BUDGET}, modifier=ARBITRAGE),
    **modele("deliberations", "visarapport", modifier=()),
    **modele("deliberations", "deliberation", modifier=()),
    **modele("deliberations", "imputationvotee", modifier=()),
    **modele("deliberations", "documentdedeliberation", modifier=()),
    # Acts on a rapport. Each visa also asks for the role of its step (visas.peut_viser).
    "deliberations.preparer": PREPARATION,
    "deliberations.arbitrer": ARBITRAGE,
    "deliberations.importer": PREPARATION,
    "deliberations.viser": frozenset({Role.INSTRUCTION, Role.DIRECTION, Role.BUDGET, Role.ASSEMBLEES}),
    "deliberations.numeroter": ASSEMBLEES,
    "deliberations.adopter": frozenset({Role.ASSEMBLEES, Role.ADMINISTRATION}),
    "deliberations.editer": TOUS,
}
