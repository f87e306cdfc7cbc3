"""Who may do what with models, conventions and avenants."""

from dpid.models import Role
from dpid.permissions import ADMINISTRATION, TOUS, modele

CONVENTIONS = frozenset({Role.CONVENTIONS, Role.ADMINISTRATION})
PREPARATION = CONVENTIONS | {Role.INSTRUCTION}
TABLE = {
    **modele("conventions", "modele", modifier=PREPARATION),
    **modele("conventions", "versiondemodele", modifier=PREPARATION),
    **modele("conventions", "blocdemodele", modifier=PREPARATION),
    **modele("conventions", "modelepresente", modifier=PREPARATION),
    **modele("conventions", "traitementdedonnees", modifier=PREPARATION),
    **modele("conventions", "convention", modifier=PREPARATION, supprimer=()),
    **modele("conventions", "clauseinitiale", modifier=PREPARATION),
    **modele("conventions", "acte", modifier=PREPARATION, creer=(), supprimer=()),
    **modele("conventions", "partie", modifier=PREPARATION),
    **modele("conventions", "ficheaction", modifier=PREPARATION),
    **modele("conventions", "lignedacte", modifier=PREPARATION),
    **modele("conventions", "partdefinancement", modifier=PREPARATION),
    **modele("conventions", "versement", modifier=PREPARATION),
    **modele("conventions", "modification", modifier=PREPARATION),
    **modele("conventions", "regroupement", modifier=PREPARATION),
    **modele("conventions", "echeance", modifier=CONVENTIONS),
    **modele("conventions", "lotdenumerisation", voir=CONVENTIONS, modifier=CONVENTIONS, supprimer=()),
    **modele("conventions", "pagenumerisee", voir=CONVENTIONS, modifier=CONVENTIONS, supprimer=()),
    **modele("conventions", "numerotation", voir=ADMINISTRATION, modifier=()),
    # Acts of the trade.
    "conventions.publier_modele": CONVENTIONS | {Role.DIRECTION},
    "conventions.generer": PREPARATION,
    "conventions.signer": CONVENTIONS,
    "conventions.relancer": PREPARATION,
    "conventions.passer_outre": frozenset({Role.DIRECTION, Role.ADMINISTRATION}),
    "conventions.editer": TOUS,
    "conventions.exporter": TOUS,
}
