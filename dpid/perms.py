"""Who may do what in the kernel."""

from dpid.models import Role
from dpid.permissions import ADMINISTRATION, TOUS, modele

REFERENTIEL = ADMINISTRATION
TABLE = {
    **modele("dpid", "agent", voir=ADMINISTRATION, modifier=ADMINISTRATION, supprimer=()),
    **modele("dpid", "service", modifier=REFERENTIEL),
    **modele("dpid", "territoire", modifier=REFERENTIEL),
    **modele("dpid", "aliasterritoire", modifier=REFERENTIEL),
    **modele("dpid", "canton", modifier=REFERENTIEL),
    **modele("dpid", "epci", modifier=REFERENTIEL),
    **modele("dpid", "commune", modifier=REFERENTIEL),
    **modele("dpid", "journal", voir={Role.DIRECTION, Role.ADMINISTRATION}, modifier=()),
    **modele("dpid", "document", voir=TOUS, modifier=()),
    **modele("dpid", "vuedeliste", modifier=TOUS),
    **modele("dpid", "travail", voir=ADMINISTRATION, modifier=()),
}
