"""What an act is about when nobody typed it; a long line is cut at a word."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from conventions.models import Acte, Modification
from conventions.objet import abreger, objet


def lire(rang=1, *, montant="0", total=None, modifications=(), **options):
    return SimpleNamespace(
        acte=Acte(rang=rang, **options), convention=SimpleNamespace(objet="Référent solidarité"),
        montant=Decimal(montant), nouveau_total=total and Decimal(total),
        modifications=[Modification(numero=n, cible=cible) for cible, n in modifications],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lu", "attendu"),
    [
        (lire(0, montant="5000"), "Référent solidarité"),
        (lire(objet="Report du bilan", montant="5000"), "Report du bilan"),
        (lire(), "Référent solidarité"),
        (lire(montant="5000"), "Référent solidarité : complément de 5\u202f000,00\u00a0€"),
        (lire(montant="156236", total="656236"), "Référent solidarité : montant porté à 656\u202f236,00\u00a0€"),
        (lire(fin=date(2025, 12, 31)), "Référent solidarité : période portée au 31 décembre 2025"),
        (
            lire(modifications=[("article", "4"), ("annexe", "2"), ("article", "12"), ("article", "4")]),
            "Référent solidarité : articles\u00a04 et 12, annexe\u00a02",
        ),
    ],
)
def test_l_objet_dit_ce_qui_change(lu, attendu):
    assert objet(lu) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("Court", "Court"), ("Un titre ; puis un autre", "Un titre"), ("x" * 30, "x" * 12), ("abc " * 3, "abc abc abc")],
)
def test_un_objet_trop_long_s_arrete_a_un_mot(texte, attendu):
    assert abreger(texte, 12) == attendu
