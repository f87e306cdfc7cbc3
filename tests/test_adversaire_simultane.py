"""Two officers at the same instant: one wins, the other is told in French; what is written is what one of them said."""

import pytest

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer
from tests.banc.adversaires import DUELS

pytestmark = [SUR_UNE_COPIE, pytest.mark.lent]
ESSAIS = 100 if EPREUVES else 4


@pytest.mark.parametrize("duel", DUELS)
def test_deux_agents_au_meme_instant(tmp_path, duel):
    with base_isolee(tmp_path) as base:
        bilan = lancer("adversaires", base, delai=1800, duel=duel, essais=ESSAIS)
    assert (bilan["erreurs"], bilan["desaccords"], bilan["ecarts"]) == ([], [], []), bilan
