"""What every rapport of the demo data stands on, without its 890 communes: what takes long and nobody reads here."""

import pytest

from deliberations import demonstration as demo
from dpid.models import Agent


def charger_le_socle() -> None:
    """Referentials, accounts, budget, structures, assembly; call it in the transaction that the module keeps open."""
    with pytest.MonkeyPatch.context() as sans_communes:
        sans_communes.setattr(demo.referentiels, "_charger_communes", lambda territoires: None)
        demo.charger_referentiels()
    demo.charger_comptes()
    demo.charger_budget(Agent.objects.get(username="budget"))
    demo.charger_structures()
    demo.charger_assemblee()
