"""Many workers number conventions at once: every number once, none skipped. Without the lock, the same measure shows
the damage."""

import pytest
from django.db import connection

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer

pytestmark = SUR_UNE_COPIE


def numeroter(tmp_path, **options):
    if EPREUVES:
        moyens = {"travailleurs": 16, "combien": 200}
    else:
        moyens = {"travailleurs": 4 if connection.vendor == "sqlite" else 8, "combien": 10}
    with base_isolee(tmp_path) as base:
        bilan = lancer("numerotation", base, delai=1800, **moyens, **options)
    bilan["voulus"] = moyens["travailleurs"] * moyens["combien"]
    print({nom: valeur for nom, valeur in bilan.items() if nom != "numeros"})
    return bilan


def test_seize_travailleurs_ne_donnent_jamais_deux_fois_un_numero(tmp_path):
    bilan = numeroter(tmp_path)
    assert bilan["erreurs"] == 0, bilan["exemples"]
    # All of those wanted, from the first, but the one that was taken by hand: none twice, none skipped.
    suite = [n for n in range(1, bilan["voulus"] + 2) if n != bilan["pris"]]
    assert bilan["numeros"] == suite and bilan["dernier"] == suite[-1]


@pytest.mark.postgres
def test_temoin_sans_verrou_des_travailleurs_prennent_le_meme_numero(tmp_path):
    bilan = numeroter(tmp_path, sans_verrou=True)
    assert bilan["erreurs"] > 0 and "numero" in bilan["exemples"][0], "the base refuses the second: its act is not made"
