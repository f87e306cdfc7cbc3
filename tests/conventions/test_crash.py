"""The worker dies in the middle of a batch of acts: each is made exactly once, each text kept is that of its hash."""

import pytest

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer

pytestmark = [SUR_UNE_COPIE, pytest.mark.lent]
# Some workers finish just before they are killed: more trials than the fifty real cuts that are wanted.
ESSAIS, COUPURES = (65, 50) if EPREUVES else (3, 1)


def test_un_travailleur_tue_en_plein_lot_laisse_chaque_acte_fait_une_fois(tmp_path):
    with base_isolee(tmp_path) as base:
        bilan = lancer("interruptions", base, delai=3000, acte="actes", essais=ESSAIS)
    print(bilan)
    assert bilan["interrompus"] >= COUPURES, f"trop peu de coupures en plein lot : {bilan}"
    assert (bilan["perdus"], bilan["a_moitie"], bilan["doubles"]) == (0, 0, 0), bilan["exemples"]
    assert (bilan["orphelins"], bilan["numéros perdus"], bilan["ecarts"]) == (0, 0, [])


@pytest.mark.skipif(not EPREUVES, reason="long : script/epreuves")
def test_temoin_sans_transaction_la_coupure_laisse_un_acte_a_moitie(tmp_path):
    with base_isolee(tmp_path) as base:
        bilan = lancer("interruptions", base, delai=3000, acte="actes", essais=8, sans_transaction=True)
    assert bilan["a_moitie"] > 0, bilan
