"""Many officers at once on one line: no overdraw, nothing lost, no needless refusal, no error page.

Each protection is removed in turn (negative control): the same measures must then show the damage.
"""

from decimal import Decimal

import pytest
from django.db import connection

from tests.banc import EPREUVES, SUR_UNE_COPIE, base_isolee, lancer

VOTE = "40000.00"
pytestmark = SUR_UNE_COPIE


@pytest.fixture
def base(tmp_path):
    with base_isolee(tmp_path) as adresse:
        yield adresse


def assaillir(base, **options):
    """32 clients on PostgreSQL, 8 processes on SQLite (which serialises writers anyway)."""
    if connection.vendor == "sqlite":
        moyens = {"clients": 32 if EPREUVES else 8, "processus": 32 if EPREUVES else 8, "lire_avant": True}
    else:
        moyens = {"clients": 32, "processus": 4}
    essais = 100 if EPREUVES else 50
    return lancer("reservations", base, **{"vote": VOTE, "essais": essais, **moyens, **options})


def tient(bilan) -> None:
    """The promises, each on its own line so that the failing one is named."""
    (ae,) = bilan["finales"]
    accepte, reserve = Decimal(bilan["accepte"]), Decimal(ae["reserve"])
    assert not set(bilan["issues"]) - {"oui", "refus"}, bilan["messages"]
    assert accepte <= Decimal(VOTE), "dépassement"
    assert reserve == accepte, "mise à jour perdue"
    assert bilan["mouvements"] == bilan["issues"]["oui"], "mouvement sans acte"
    assert Decimal(bilan["plus_petit_refus"]) > Decimal(VOTE) - accepte, "refus inutile"
    assert bilan["ecarts"] == []


def test_assaut_sur_une_ligne(base):
    bilan = assaillir(base, scenario="assaut")
    assert Decimal(bilan["demande"]) > 3 * Decimal(VOTE) and bilan["issues"]["refus"] > 100
    tient(bilan)
    # How little is left depends on the order of arrival; that nothing refused would have fitted is said by `tient`.
    assert Decimal(bilan["accepte"]) > Decimal(VOTE) * 99 / 100, "presque tout le crédit a trouvé preneur"


@pytest.mark.postgres
def test_temoin_sans_update_conditionnel_ni_contrainte_le_credit_est_depasse(base):
    bilan = assaillir(base, scenario="assaut", sans="verrou")
    with pytest.raises(AssertionError):
        tient(bilan)
    assert Decimal(bilan["accepte"]) > Decimal(VOTE), "le témoin doit dépasser"
    assert Decimal(bilan["finales"][0]["reserve"]) != Decimal(bilan["accepte"]), "le témoin doit perdre des écritures"
    assert bilan["ecarts"], "verifier_comptes doit voir l’écart"


def test_temoin_sans_transaction_immediate_sqlite_se_verrouille(base):
    if connection.vendor != "sqlite":
        pytest.skip("réglage propre à SQLite")
    bilan = assaillir(base, scenario="assaut", sans="immediate")
    assert bilan["issues"].get("erreur", 0) > 0 and any("database is locked" in m for m in bilan["messages"])


def test_actes_a_plusieurs_lignes_en_ordre_oppose_sans_interblocage(base):
    bilan = assaillir(base, scenario="croises", nb_ae=5, vote="1000000.00", essais=50 if EPREUVES else 12)
    assert set(bilan["issues"]) == {"oui"}, bilan["messages"]
    assert sum(Decimal(ae["affecte"]) for ae in bilan["finales"]) == Decimal(bilan["accepte"])
    assert bilan["ecarts"] == []


@pytest.mark.postgres
def test_temoin_sans_ordre_des_lignes_il_y_a_interblocage(base):
    # Few clients: PostgreSQL takes one second to see each deadlock.
    bilan = assaillir(base, scenario="croises", nb_ae=5, vote="1000000.00", sans="ordre", clients=4, essais=8)
    assert bilan["issues"].get("erreur", 0) > 0 and any("deadlock" in m for m in bilan["messages"])


def test_la_meme_cle_de_seize_clients_un_seul_effet(base):
    bilan = assaillir(base, scenario="meme_cle", clients=16, processus=4 if connection.vendor != "sqlite" else 16,
                      essais=3)  # fmt: skip
    assert bilan["issues"] == {"oui": 1, "deja": 47}, bilan["messages"]
    assert (bilan["mouvements"], Decimal(bilan["finales"][0]["reserve"])) == (1, 1)


@pytest.mark.postgres
def test_temoin_sans_cle_unique_plusieurs_effets(base):
    bilan = assaillir(base, scenario="meme_cle", clients=16, essais=3, sans="cle")
    assert bilan["issues"]["oui"] > 1


def test_qui_est_refuse_l_est_faute_de_credit(base):
    """Credits are taken and given back all the time: no other refusal than « Crédit insuffisant », and none wrong."""
    bilan = assaillir(base, scenario="rendus", essais=50 if EPREUVES else 15)
    assert not set(bilan["issues"]) - {"oui", "refus"}, bilan["messages"]
    assert Decimal(bilan["finales"][0]["reserve"]) == Decimal(bilan["accepte"]) == 0
    assert bilan["ecarts"] == []
