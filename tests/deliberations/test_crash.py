"""The machine stops in the middle of an act: nothing acknowledged is lost, nothing is doubled, nothing half done."""

import pytest

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer

pytestmark = [SUR_UNE_COPIE, pytest.mark.lent]
ESSAIS = 100 if EPREUVES else 8


@pytest.fixture
def base(tmp_path):
    with base_isolee(tmp_path) as adresse:
        yield adresse


@pytest.mark.parametrize("acte", ["adoption", "adoption_amendee", "envoi", "import", "mouvement", "travail"])
def test_une_coupure_en_plein_acte_ne_perd_ni_ne_double_rien(base, acte):
    bilan = lancer("interruptions", base, delai=1800, acte=acte, essais=ESSAIS)
    assert bilan["interrompus"] >= ESSAIS // 4, f"trop peu de coupures en plein acte : {bilan}"
    assert (bilan["perdus"], bilan["a_moitie"], bilan["doubles"]) == (0, 0, 0), bilan["exemples"]
    assert bilan["ecarts"] == []


@pytest.mark.parametrize("acte", ["adoption", "adoption_amendee", "envoi", "import"])
def test_temoin_sans_transaction_la_coupure_laisse_un_acte_a_moitie(base, acte):
    bilan = lancer("interruptions", base, delai=1800, acte=acte, essais=8, sans_transaction=True)
    assert bilan["a_moitie"] > 0, bilan
