"""The machine stops in the middle of an act: nothing acknowledged is lost, nothing is doubled, nothing half done."""

import pytest

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer

pytestmark = [SUR_UNE_COPIE, pytest.mark.lent]
# The import of a trial names its thématique by the number of the trial, and a thématique has two digits.
ESSAIS = 95 if EPREUVES else 5
# A bundle is rendered for good, twice per trial: by the worker that is killed, then by the one that takes it up. Some
# workers finish just before: eighty trials give the fifty kills that are wanted.
ESSAIS_DOSSIER = 80 if EPREUVES else 3


@pytest.fixture
def base(tmp_path):
    with base_isolee(tmp_path) as adresse:
        yield adresse


@pytest.mark.parametrize("acte", ["adoption", "adoption_amendee", "envoi", "import", "mouvement", "travail"])
def test_une_coupure_en_plein_acte_ne_perd_ni_ne_double_rien(base, acte):
    bilan = lancer("interruptions", base, delai=1800, acte=acte, essais=ESSAIS)
    print(acte, bilan)
    assert bilan["interrompus"] >= ESSAIS // 4, f"trop peu de coupures en plein acte : {bilan}"
    assert (bilan["perdus"], bilan["a_moitie"], bilan["doubles"]) == (0, 0, 0), bilan["exemples"]
    assert bilan["ecarts"] == []


@pytest.mark.parametrize("acte", ["dossier", "dossier_conserve"])
def test_un_travailleur_tue_en_plein_dossier_le_laisse_a_un_autre_qui_le_fait_une_fois(base, acte):
    """One kept bundle in two editions, each the file of its SHA-256; no file that nothing holds, in the base or on
    disk; how far it was can be read until it is taken up."""
    bilan = lancer("interruptions", base, delai=6000, acte=acte, essais=ESSAIS_DOSSIER)
    print(acte, bilan)
    assert bilan["interrompus"] >= max(1, ESSAIS_DOSSIER // 4), f"trop peu de coupures en plein travail : {bilan}"
    assert (bilan["perdus"], bilan["a_moitie"], bilan["doubles"]) == (0, 0, 0), bilan["exemples"]
    assert (bilan["orphelins"], bilan["restes"], bilan["ecarts"]) == (0, [], [])
    if acte == "dossier":
        assert bilan["avec un avancement"] > 0, bilan


@pytest.mark.parametrize("acte", ["adoption", "adoption_amendee", "dossier_conserve", "envoi", "import"])
def test_temoin_sans_transaction_la_coupure_laisse_un_acte_a_moitie(base, acte):
    bilan = lancer("interruptions", base, delai=1800, acte=acte, essais=8, sans_transaction=True)
    assert bilan["a_moitie"] > 0, bilan
