"""Spreadsheet editions of a rapport: typed numbers, merges, frozen header, no live formula, round trip."""

import csv
import io
import json
import re
from decimal import Decimal

import openpyxl
import pikepdf
import pypdf
import pytest
from odf import opendocument
from odf.table import CoveredTableCell, Table, TableCell, TableRow

from deliberations import documents
from deliberations.importation.annexe import lire_annexe
from tests.deliberations import donnees

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
NATURES = documents.NATURES
FINE, INS = "\u202f", "\u00a0"


@pytest.fixture
def rapport():
    return donnees.rapport()


def texte(pdf: bytes) -> str:
    return "\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def plat(chaine: str) -> str:
    """One space for any run of spaces and line breaks: where a line is cut does not matter."""
    return re.sub(r"[ \n]+", " ", chaine)


def imprime(chaine: str) -> str:
    """As extracted: the font has one glyph for U+0020 and U+00A0, which comes out as a plain space."""
    return chaine.replace(INS, " ")


def balises(pdf: bytes) -> list[str]:
    """Every tag of the structure tree, in order."""
    resultat = []

    def descendre(noeud):
        if isinstance(noeud, pikepdf.Array):
            for enfant in noeud:
                descendre(enfant)
        elif isinstance(noeud, pikepdf.Dictionary):
            if "/S" in noeud:
                resultat.append(str(noeud.S).lstrip("/"))
            if "/K" in noeud:
                descendre(noeud.K)

    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        descendre(fichier.Root.StructTreeRoot.K)
    return resultat


def test_json_exact(rapport):
    contenu = documents.rendre(documents.contexte(rapport, "imputations"), "json")
    assert contenu.endswith(b"]\n")
    lignes = json.loads(contenu)
    assert list(lignes[0]) == ["code", "imputation", "libelle", "ae", "disponible", "proposition", "solde"]
    assert lignes[0]["ae"] == "6193643.00"
    annexe = documents.rendre(documents.contexte(rapport, "repartition"), "json")
    assert "Accès".encode() in annexe
    premiere = json.loads(annexe)[0]
    assert list(premiere) == [
        "thematique", "operation", "territoires", "structure", "description", "montant", "instrument",
    ]  # fmt: skip
    assert premiere["montant"] == "156236.00"
    assert premiere["instrument"] == f"Avenant n°{INS}4 annexe 4"


def test_xlsx_types_fusions_et_impression(rapport):
    contenu = documents.rendre(documents.contexte(rapport, "repartition"), "xlsx")
    classeur = openpyxl.load_workbook(io.BytesIO(contenu))
    assert classeur.sheetnames == ["Thématique 3", "Thématique 4"]
    feuille = classeur["Thématique 4"]
    assert feuille["A2"].value == "Thématique 4 : Autonomie et inclusion des jeunes"
    assert [c.value for c in feuille[3]] == [
        "OPERATION", "TERRITOIRE(S)", "STRUCTURE", "DESCRIPTION ACTION / COMPLEMENT D'INFORMATION",
        "MONTANT RETENU", "Avenant/convention", "CODE OPERATION", "SIRET",
    ]  # fmt: skip
    assert (feuille["A4"].value, feuille["E4"].value) == ("CLLAJ", 20000)
    assert feuille["E4"].number_format == '#,##0.00 "€"'
    assert (feuille["A11"].value, feuille["E11"].value) == ("TOTAL CLLAJ", 140000)
    assert (feuille["A14"].value, feuille["E14"].value) == ("TOTAL FAJ collectif", 15121)
    assert (feuille["A15"].value, feuille["E15"].value) == ("TOTAL thématique 4", 155121)
    assert "A4:A10" in {str(f) for f in feuille.merged_cells.ranges}
    assert feuille.freeze_panes == "A4"
    assert feuille.print_title_rows == "$3:$3"
    assert feuille.page_setup.orientation == "landscape" and feuille.page_setup.fitToHeight == 0


def test_xlsx_se_reimporte_a_l_identique(rapport):
    contexte = documents.contexte(rapport, "repartition")
    lue = lire_annexe(documents.rendre(contexte, "xlsx"), "annexe.xlsx")
    assert lue.constats == ()
    assert [(t.numero, t.titre) for t in lue.thematiques] == [
        (t["numero"], t["titre"]) for t in contexte["thematiques"]
    ]
    lus = [
        (o.libelle, ligne.structure, ligne.montant) for t in lue.thematiques for o in t.operations for ligne in o.lignes
    ]
    assert lus == [
        (o["libelle_court"], ligne["structure"], Decimal(ligne["montant"]))
        for t in contexte["thematiques"]
        for o in t["operations"]
        for ligne in o["lignes"]
    ]


def test_ods_types_et_fusions(rapport):
    contenu = documents.rendre(documents.contexte(rapport, "repartition"), "ods")
    tables = opendocument.load(io.BytesIO(contenu)).getElementsByType(Table)
    assert [t.getAttribute("name") for t in tables] == ["Thématique 3", "Thématique 4"]
    rangees = tables[1].getElementsByType(TableRow)
    premiere = rangees[3].getElementsByType(TableCell)
    assert str(premiere[0]) == "CLLAJ"
    assert int(premiere[0].getAttribute("numberrowsspanned")) == 7
    assert (premiere[4].getAttribute("valuetype"), premiere[4].getAttribute("value")) == ("currency", "20000.00")
    assert len(rangees[4].getElementsByType(CoveredTableCell)) == 1
    total = rangees[-1].getElementsByType(TableCell)
    assert (str(total[0]), total[4].getAttribute("value")) == ("TOTAL thématique 4", "155121.00")


def test_csv_plat(rapport):
    contenu = documents.rendre(documents.contexte(rapport, "repartition"), "csv")
    assert contenu.startswith(b"\xef\xbb\xbf") and contenu.count(b"\r\n") == 11
    lignes = list(csv.DictReader(io.StringIO(contenu.decode("utf-8-sig")), delimiter=";"))
    assert len(lignes) == 10
    assert {ligne["OPERATION"] for ligne in lignes[1:8]} == {"CLLAJ"}
    assert lignes[1]["MONTANT RETENU"] == "20000,00"
    assert lignes[1]["THEMATIQUE"] == "Thématique 4 : Autonomie et inclusion des jeunes"


@pytest.mark.parametrize("debut", ["=1+1", "+33", "-A", "@SUM(A1)", "\tx", "\rx"])
def test_texte_hostile_reste_du_texte(debut):
    piege = f"{debut}&cmd|' /C calc'!A0"
    prepare = donnees.rapport([(4, "Jeunes", [("FAJ", [{**donnees.FAJ[0], "structure": piege}])])])
    contexte = documents.contexte(prepare, "repartition")
    feuille = openpyxl.load_workbook(io.BytesIO(documents.rendre(contexte, "xlsx"))).worksheets[0]
    assert feuille["C4"].data_type == "s"
    assert not any(c.data_type == "f" for rangee in feuille.iter_rows() for c in rangee)
    cellules = next(
        csv.reader(io.StringIO(documents.rendre(contexte, "csv").decode("utf-8-sig"), newline=""), delimiter=";")
    )
    assert cellules[0] == "THEMATIQUE"
    lignes = list(
        csv.reader(io.StringIO(documents.rendre(contexte, "csv").decode("utf-8-sig"), newline=""), delimiter=";")
    )
    assert lignes[1][3] == f"'{piege}"
