"""Somebody changes a rapport at the instant when it is signed, sent or voted: what is kept is what was read."""

import pytest

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer

pytestmark = [SUR_UNE_COPIE, pytest.mark.lent]
ESSAIS = 400 if EPREUVES else 24


@pytest.fixture
def base(tmp_path):
    with base_isolee(tmp_path) as adresse:
        yield adresse


def eprouver(base, scenario, **options):
    return lancer("simultane", base, delai=1800, scenario=scenario, **{"essais": ESSAIS, **options})


@pytest.mark.parametrize("scenario", ["vote", "envoi", "visa"])
def test_un_changement_a_l_instant_du_vote_de_l_envoi_ou_du_visa(base, scenario):
    bilan = eprouver(base, scenario)
    assert bilan["erreurs"] == [] and bilan["desaccords"] == [] and bilan["ecarts"] == [], bilan


def test_deux_votes_au_meme_instant_un_seul_gagne(base):
    bilan = eprouver(base, "deux_votes", essais=ESSAIS // 2)
    assert set(bilan["issues"]) <= {"oui / refus", "refus / oui"}, bilan
    assert bilan["deliberations"] == ESSAIS // 2 and bilan["ecarts"] == []


@pytest.mark.postgres
def test_temoin_sans_gardien_ni_gel_le_document_et_les_lignes_divergent(base):
    bilan = eprouver(base, "envoi", essais=40, sans_verrou=True)
    assert bilan["desaccords"] or bilan["ecarts"]
