"""Who may do what with the budget."""

from dpid.models import Role
from dpid.permissions import TOUS, modele

FINANCES = frozenset({Role.BUDGET, Role.ADMINISTRATION})
TABLE = {
    **modele("budget", "lignebudgetaire", modifier=FINANCES),
    **modele("budget", "volet", modifier=FINANCES),
    **modele("budget", "inscription", modifier=FINANCES),
    **modele("budget", "autorisationengagement", modifier=FINANCES),
    **modele("budget", "mouvement", modifier=()),
    **modele("budget", "disponibleconstate", modifier=()),
    # Acts on the ledger: vote of an AE, affectation made outside the application.
    "budget.saisir_mouvement": frozenset({Role.BUDGET}),
    "budget.voir_situation": TOUS,
}
