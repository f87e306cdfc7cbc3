"""The machine stops in the middle of a bulk act, an import, an adoption, a merge: all of it or nothing, then once."""

import pytest

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer
from tests.banc.coupures import ACTES

pytestmark = [SUR_UNE_COPIE, pytest.mark.lent]
ESSAIS = 100 if EPREUVES else 5


@pytest.mark.parametrize("acte", ACTES)
def test_une_coupure_ne_perd_ni_ne_double_rien(tmp_path, acte):
    with base_isolee(tmp_path) as base:
        bilan = lancer("coupures", base, delai=1800, acte=acte, essais=ESSAIS)
    assert bilan["interrompus"] >= ESSAIS // 4, f"trop peu de coupures en plein acte : {bilan}"
    assert (bilan["perdus"], bilan["a_moitie"], bilan["doubles"]) == (0, 0, 0), bilan["exemples"]
    assert bilan["ecarts"] == []
