"""Documents rendered by child processes: whatever becomes of one, the others are made, in order, and nothing waits."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings

from dpid.documents import ateliers
from dpid.documents.ateliers import ARRET, ERREUR, produire
from tests.banc import ateliers as banc

pytestmark = pytest.mark.neutre


@pytest.fixture(autouse=True)
def deux_ateliers(monkeypatch):
    monkeypatch.setattr(ateliers, "PETIT_LOT", 2)
    yield
    assert multiprocessing.active_children() == []


def suite(*noms):
    return [(nom, partial(banc.dire, nom)) for nom in noms]


def test_chacun_a_son_rang_et_ce_qui_ne_se_fait_pas_est_dit(tmp_path, caplog):
    commandes = [
        *suite("un", "deux"),
        ("échec", banc.echouer),
        ("mort", banc.mourir),
        *suite("trois"),
        ("mort une fois", partial(banc.mourir_une_fois, str(tmp_path / "temoin"))),
        ("base", banc.lire_la_base),
        *suite("quatre"),
    ]
    assert list(produire(commandes, processus=2)) == [
        ("un", b"un"), ("deux", b"deux"), ("échec", ERREUR), ("mort", ARRET), ("trois", b"trois"),
        ("mort une fois", b"fait au second essai"), ("base", ERREUR), ("quatre", b"quatre"),
    ]  # fmt: skip
    assert "a arrêté 2 ateliers" in caplog.text


def test_un_document_sans_fin_est_laisse_et_un_atelier_use_est_remplace(monkeypatch):
    monkeypatch.setattr(ateliers, "DELAI", 2)
    monkeypatch.setattr(ateliers, "PAR_ENFANT", 2)
    commandes = [("sans fin", banc.s_attarder), *suite(*"abcd")]
    assert dict(produire(commandes, processus=2)) == {"sans fin": ARRET, **{c: c.encode() for c in "abcd"}}


def test_les_commandes_se_lisent_au_fil_du_travail():
    lues = []

    def commandes():
        for rang in range(40):
            lues.append(rang)
            yield rang, partial(banc.dire, str(rang))

    produits = produire(commandes(), processus=2)
    assert [next(produits)[0] for _ in range(3)] == [0, 1, 2]
    assert len(lues) <= 3 + 2 * ateliers.AVANCE + 1
    produits.close()


def test_sans_atelier_qui_demarre_tout_se_fait_ici(monkeypatch):
    monkeypatch.setattr(ateliers, "_travailler", banc.ne_pas_demarrer)
    assert list(produire(suite("un", "deux", "trois"), processus=2)) == [
        ("un", b"un"), ("deux", b"deux"), ("trois", b"trois"),
    ]  # fmt: skip


def test_les_ateliers_ne_survivent_pas_au_travailleur_tue(tmp_path):
    commande = [sys.executable, "-m", "tests.banc.ateliers", str(tmp_path)]
    environnement = {**os.environ, "DJANGO_SETTINGS_MODULE": "dpid.settings"}
    with subprocess.Popen(commande, cwd=settings.BASE_DIR, env=environnement, stdout=subprocess.PIPE) as travailleur:
        pids = json.loads(travailleur.stdout.readline())
        travailleur.kill()
    limite = time.monotonic() + 30
    while vivants := [pid for pid in pids if est_vivant(pid)]:
        assert time.monotonic() < limite, f"encore là : {vivants}"
        time.sleep(0.1)


def est_vivant(pid: int) -> bool:
    """One that nobody has buried has no command line any more."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("options", [{"processus": 1}, {"processus": 8, "petit": 9}])
def test_un_seul_processus_ou_peu_de_documents_rien_ne_demarre(options, monkeypatch):
    monkeypatch.setattr(ateliers, "PETIT_LOT", options.pop("petit", 2))
    monkeypatch.setattr(ateliers, "_Enfant", None)
    commandes = [*suite("un"), ("échec", banc.echouer), *suite("deux")]
    assert list(produire(commandes, **options)) == [("un", b"un"), ("échec", ERREUR), ("deux", b"deux")]
