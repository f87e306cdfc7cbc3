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
    **modele("deliberations", "groupe", modifier=ASSEMBLEES),
    **modele("deliberations", "elu", modifier=ASSEMBLEES),
    **modele("deliberations", "mandat", modifier=ASSEMBLEES),
    **modele("deliberations", "commission", modifier=ASSEMBLEES),
    **modele("deliberations", "regleassemblee", modifier=ASSEMBLEES),
    **modele("deliberations", "signataire", modifier=ASSEMBLEES),
    **modele("deliberations", "interet", voir={Role.ASSEMBLEES}, modifier={Role.ASSEMBLEES}),
    **modele("deliberations", "textejuridique", modifier=PREPARATION | ASSEMBLEES),
    **modele("deliberations", "visajuridique", modifier=PREPARATION),
    **modele("deliberations", "avisdecommission", modifier=PREPARATION | ASSEMBLEES),
    **modele("deliberations", "annexepresentee", modifier=PREPARATION),
    **modele("deliberations", "recetteproposee", modifier=PREPARATION),
    **modele("deliberations", "articleredige", modifier=PREPARATION | ASSEMBLEES),
    **modele("deliberations", "presence", modifier=ASSEMBLEES),
    **modele("deliberations", "blocdevote", modifier=ASSEMBLEES),
    **modele("deliberations", "deport", modifier=ASSEMBLEES),
    **modele("deliberations", "voixdissidente", modifier=ASSEMBLEES),
    **modele("deliberations", "amendementdeseance", modifier=ASSEMBLEES),
    **modele("deliberations", "editiondurapport", modifier=()),
    **modele("deliberations", "documentdedition", modifier=()),
    **modele("deliberations", "transmission", modifier=()),
    **modele("deliberations", "justification", modifier=()),
    **modele("deliberations", "recettevotee", modifier=()),
    **modele("deliberations", "visarapport", modifier=()),
    **modele("deliberations", "deliberation", modifier=()),
    **modele("deliberations", "imputationvotee", modifier=()),
    **modele("deliberations", "documentdedeliberation", modifier=()),
    # Acts on a rapport. Each visa also asks for the role of its step (visas.peut_viser).
    "deliberations.preparer": PREPARATION,
    "deliberations.arbitrer": ARBITRAGE,
    "deliberations.importer": PREPARATION,
    "deliberations.envoyer": ASSEMBLEES,
    "deliberations.tenir_seance": ASSEMBLEES,
    "deliberations.lire_conducteur": ASSEMBLEES | {Role.DIRECTION},
    "deliberations.transmettre": ASSEMBLEES,
    "deliberations.justifier": PREPARATION | ASSEMBLEES,
    "deliberations.viser": frozenset({Role.INSTRUCTION, Role.DIRECTION, Role.BUDGET, Role.ASSEMBLEES}),
    "deliberations.numeroter": ASSEMBLEES,
    "deliberations.adopter": frozenset({Role.ASSEMBLEES, Role.ADMINISTRATION}),
    "deliberations.editer": TOUS,
}
