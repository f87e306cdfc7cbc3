"""Who may do what with calls, structures and dossiers."""

from dpid.models import Role
from dpid.permissions import ADMINISTRATION, modele

INSTRUCTION = frozenset({Role.INSTRUCTION, Role.ADMINISTRATION})
TABLE = {
    **modele("programmes", "appelaprojets", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "thematique", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "dispositif", modifier=INSTRUCTION, supprimer=ADMINISTRATION),
    **modele("programmes", "structure", modifier=INSTRUCTION | {Role.CONVENTIONS}, supprimer=ADMINISTRATION),
    **modele("programmes", "aliasstructure", modifier=INSTRUCTION),
    **modele("programmes", "sourcefinancement", modifier=INSTRUCTION),
    **modele("programmes", "dossier", modifier=INSTRUCTION),
    **modele("programmes", "lignedossier", modifier=INSTRUCTION),
    **modele("programmes", "ligneterritoire", modifier=INSTRUCTION),
    **modele("programmes", "quantite", modifier=INSTRUCTION),
    **modele("programmes", "financement", modifier=INSTRUCTION),
    **modele("programmes", "ventilation", modifier=INSTRUCTION),
    # Acts of the instruction.
    "programmes.instruire": INSTRUCTION,
    "programmes.decider": INSTRUCTION | {Role.DIRECTION},
}
