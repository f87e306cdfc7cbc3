"""Breakdowns of a rapport: each adds up to its total, and says where the money goes as precisely as the data do."""

from decimal import Decimal

import pytest

from budget.models import Volet
from deliberations.repartition import repartir_rapport
from deliberations.totaux import par_territoire, tableaux
from dpid.models import Territoire
from programmes.models import Financement, LigneDossier, Ventilation
from tests.deliberations import donnees

pytestmark = pytest.mark.django_db
LIGNES = [
    {"structure": "A", "montant": "1000.00", "code": "C02-446A05", "territoires": ["Artois", "Ternois"]},
    {"structure": "B", "montant": "500.00", "code": "C02-446A05", "territoires": ["Artois", "Ternois"]},
    {"structure": "C", "montant": "20.00", "code": "C02-446A05"},
    {"structure": "D", "montant": "3.00", "code": "C02-446A05", "territoires": []},
]


def ventiler(structure, **parts):
    financement = Financement.objects.get(ligne__dossier__structure__raison_sociale=structure)
    for libelle, part in parts.items():
        territoire = Territoire.objects.filter(libelle=libelle).first()
        volet = (
            None if territoire else Volet.objects.get_or_create(ligne=financement.autorisation.ligne, libelle="E")[0]
        )
        Ventilation.objects.create(financement=financement, territoire=territoire, volet=volet, montant=Decimal(part))


def lieux(rapport):
    return par_territoire(rapport, repartir_rapport(rapport))


@pytest.fixture
def rapport():
    return donnees.rapport([(1, "Jeunes", [("FAJ", LIGNES)])])


def test_sans_ventilation_le_regroupement_garde_son_nom(rapport):
    euros = {"Artois, Ternois": Decimal(1500), "Artois": Decimal(20), "Non précisé": Decimal(3)}
    assert lieux(rapport) == euros


def test_la_ventilation_place_les_montants(rapport):
    ventiler("A", Artois="999.99", Ternois="0.01")
    assert lieux(rapport) == {
        "Artois": Decimal("1019.99"), "Ternois": Decimal("0.01"), "Artois, Ternois": Decimal(500),
        "Non précisé": Decimal(3),
    }  # fmt: skip
    ventiler("B", Ternois="500")
    assert "Artois, Ternois" not in lieux(rapport)


def test_ventilation_par_volet_ou_incomplete_le_total_tient(rapport):
    """Split by volet only, nothing says where; a split still incomplete leaves its remainder under the grouping."""
    ventiler("A", volet="1000")
    assert lieux(rapport)["Artois, Ternois"] == Decimal(1500)
    ventiler("B", Ternois="400")
    assert lieux(rapport)["Artois, Ternois"] == Decimal(1100)
    total = repartir_rapport(rapport).nouveau
    assert sum(lieux(rapport).values()) == total == Decimal(1523)
    for tableau in tableaux(rapport, repartir_rapport(rapport)):
        assert tableau["titre"] == "Par volet" or tableau["total"] == total, tableau["titre"]


def test_les_territoires_en_une_requete(rapport, django_assert_num_queries):
    ventiler("A", Artois="1000")
    repartition = repartir_rapport(rapport)
    assert LigneDossier.objects.count() == 4
    with django_assert_num_queries(1):
        par_territoire(rapport, repartition)
