"""The situation budgétaire in files, and the command that writes them."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from budget.documents import situation_en
from budget.models import AutorisationEngagement, Inscription, LigneBudgetaire
from budget.mouvements import Ecriture, N, enregistrer
from dpid.erreurs import ActeRefuse
from dpid.models import Agent

pytestmark = pytest.mark.django_db
AU = date(2023, 12, 10)


@pytest.fixture
def exercice():
    par = Agent.objects.create(username="budget", roles=["budget"])
    ligne = LigneBudgetaire.objects.create(code="C02-446A05", nature="6568", fonction="93446", libelle="Référents")
    ae = AutorisationEngagement.objects.create(ligne=ligne, millesime=2023)
    for nature, montant, le in (
        (N.VOTE, "6193643.00", date(2023, 1, 1)),
        (N.HORS_APPLICATION, "5310991.23", date(2023, 6, 1)),
        (N.AFFECTATION, "156236.00", date(2023, 12, 11)),
    ):
        enregistrer([Ecriture(ae.pk, nature, Decimal(montant))], par=par, piece="p", cle=f"t-{nature}", le=le)
    recette = LigneBudgetaire.objects.create(
        code="C02-428N01", nature="74713", fonction="93428", libelle="État", sens="recette"
    )
    Inscription.objects.create(ligne=recette, exercice=2023, montant=Decimal("100.00"), source="Pacte")


def test_json_a_une_date_et_aujourd_hui(exercice):
    avant = json.loads(situation_en(2023, AU, "json"))
    assert avant["lignes"] == [
        {
            "code": "C02-446A05", "imputation": "6568/93446", "libelle": "Référents", "millesime": 2023,
            "ae": "6193643.00", "affecte": "5310991.23", "engage": "0.00", "disponible": "882651.77",
            "reserve": "0.00", "disponible_apres": "882651.77",
        }
    ]  # fmt: skip
    assert (avant["exercice"], avant["au"]) == (2023, "2023-12-10")
    assert avant["recettes"][0]["inscrit"] == "100.00"
    ensuite = json.loads(situation_en(2023, None, "json"))
    assert (ensuite["au"], ensuite["lignes"][0]["disponible"]) == (None, "726415.77")


def test_csv_et_xlsx(exercice):
    lignes = list(csv.reader(io.StringIO(situation_en(2023, AU, "csv").decode("utf-8-sig")), delimiter=";"))
    assert lignes[1][4:8] == ["6193643,00", "5310991,23", "0,00", "882651,77"]
    assert len(lignes) == 3, "pas de total : les colonnes s’additionnent"
    classeur = openpyxl.load_workbook(io.BytesIO(situation_en(2023, AU, "xlsx")))
    assert classeur.sheetnames == ["Situation 2023", "Recettes"]
    assert classeur["Situation 2023"]["A1"].value == "Situation budgétaire 2023 au 10/12/2023"
    assert [c.value for c in classeur["Situation 2023"][4]][:8:7] == ["TOTAL", 882651.77]
    with pytest.raises(ActeRefuse, match="json, csv, xlsx"):
        situation_en(2023, None, "pdf")


def test_le_csv_porte_les_recettes_comme_le_json_et_l_ecran(exercice):
    rangees = list(csv.DictReader(io.StringIO(situation_en(2023, AU, "csv").decode("utf-8-sig")), delimiter=";"))
    assert [r["Sens"] for r in rangees] == ["depense", "recette"]
    depense, recette = rangees
    assert (depense["Inscrit"], depense["Source"], depense["Millésime"]) == ("", "", "2023")
    donnees = json.loads(situation_en(2023, AU, "json"))["recettes"][0]
    titres = {"Code opération": "code", "Imputation": "imputation", "Libellé": "libelle", "Source": "source"}
    assert {cle: recette[titre] for titre, cle in titres.items()} == {cle: donnees[cle] for cle in titres.values()}
    assert (recette["Inscrit"], donnees["inscrit"], recette["Millésime"]) == ("100,00", "100.00", "2023")
    assert not any(recette[t] for t in ("AE votée", "Affecté", "dont engagé", "Disponible", "Réservé"))


def test_commande(exercice, tmp_path):
    sortie = tmp_path / "s.json"
    call_command("situation_budgetaire", "--exercice=2023", "--au=2023-12-10", "--format=json", f"--sortie={sortie}")
    assert json.loads(sortie.read_text())["lignes"][0]["disponible"] == "882651.77"
    for arguments, message in (
        (["--exercice=2031", "--format=json"], "2031"),
        (["--exercice=2023", "--format=pdf"], "choisissez parmi"),
        (["--exercice=2023", "--au=2023-02-30", "--format=json"], "n’est pas une date"),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("situation_budgetaire", *arguments, f"--sortie={sortie}")
    with pytest.raises(CommandError, match="c’est un dossier|refuse l’écriture"):
        call_command("situation_budgetaire", "--exercice=2023", "--format=json", f"--sortie={tmp_path}")
    assert [f.name for f in tmp_path.iterdir()] == ["s.json"]
