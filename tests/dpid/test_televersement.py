"""Files that people bring to the admin: read with their right values, or refused fast and in French."""

import io
import time
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from dpid import tableaux
from dpid.echanges import Jour, Montant, OuiNon, Siret, Texte
from dpid.televersement import TAILLE_MAX, FichierIllisible, lire


def archive(pieces: dict) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as zip_:
        for nom, contenu in pieces.items():
            zip_.writestr(nom, contenu)
    return sortie.getvalue()


def classeur(*rangees, feuilles=1) -> bytes:
    livre = openpyxl.Workbook()
    for _ in range(feuilles - 1):
        livre.create_sheet().append(["autre"])
    for rangee in rangees:
        livre.active.append(rangee)
    sortie = io.BytesIO()
    livre.save(sortie)
    return sortie.getvalue()


def ods(rangees: str) -> bytes:
    ns = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    )
    return archive({"mimetype": "x", "content.xml": f"<r {ns}><table:table>{rangees}</table:table></r>"})


CASE = '<table:table-cell office:value-type="string"><text:p>A</text:p></table:table-cell>'
RANGEE = f"<table:table-row>{CASE}</table:table-row>"
DTD = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
VIDE = '<table:table-row table:number-rows-repeated="{}"><table:table-cell/></table:table-row>'


@pytest.mark.parametrize("ecrire", [tableaux.en_xlsx, tableaux.en_ods, tableaux.en_csv])
def test_ce_que_nous_ecrivons_se_relit(ecrire):
    colonnes = [
        tableaux.Colonne("Texte"), tableaux.Colonne("Montant", tableaux.MONTANT), tableaux.Colonne("Le", tableaux.DATE),
    ]  # fmt: skip
    lignes = [("=1+1", Decimal("6193643.05"), date(2024, 2, 29)), ("a\nb", Decimal("-0.10"), None)]
    lu = lire(ecrire([tableaux.Tableau("T", colonnes, lignes)]))
    relues = [(Texte().clean(t), Montant().clean(m), Jour().clean(d)) for t, m, d in lu]
    assert relues == lignes


@pytest.mark.parametrize(
    "contenu",
    [
        b"",
        b"x" * (TAILLE_MAX + 1),
        b"PK\x03\x04" + b"\0" * 100,
        archive({"xl/workbook.xml": "<a>" + " " * 60_000_000}),
        archive({"content.xml": "<a>" + "\0" * 5_000_000}),
        archive({f"f{i}": "" for i in range(300)}),
        archive({"xl/workbook.xml": DTD}),
        archive({"content.xml": DTD}),
        archive({"content.xml": DTD.encode("utf-16")}),
        archive({"autre.txt": "x"}),
        archive({"xl/workbook.xml": "<mal forme"}),
        ods(RANGEE + VIDE.format(10**9) + RANGEE),
        ods(RANGEE.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="1000000000">')),
        ods(RANGEE.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"')),
        ods('<table:table-row><table:table-cell table:formula="of:=1" office:value-type="float"/></table:table-row>'),
        classeur(["A"], ["=1+1"]),
        classeur(["A"], *[["x"]] * 5001),
        classeur(["A"], ["x", "depasse"]),
        classeur(["A"], ["x"], feuilles=2),
        b"\xd0\xcf\x11\xe0 ancien xls",
        "A;B\n1;2\n".encode("utf-16"),
        b'A;B\n"jamais ferme',
    ],
    ids=range(22),
)
def test_fichier_hostile_refuse_vite(contenu):
    debut = time.process_time()
    try:
        lire(contenu)
    except FichierIllisible as refus:
        assert str(refus)[-1] in ".:" or "colonne" in str(refus)
    else:
        assert contenu.startswith(b"A;B"), "accepted"  # an unclosed quote reads as one cell: nothing is lost
    assert time.process_time() - debut < 2


def test_lignes_fantomes_d_un_ods_ne_coutent_rien():
    assert len(lire(ods(RANGEE + RANGEE + VIDE.format(10**9)))) == 1


@pytest.mark.parametrize(
    ("texte", "valeur"),
    [
        ("1 234,56 €", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        (1234.56, "1234.56"),
        (12, "12.00"),
    ],
)
def test_montants_lus(texte, valeur):
    assert Montant().clean(texte) == Decimal(valeur)


@pytest.mark.parametrize("valeur", ["12,345", "1e5", "inf", 1.005, 10**14, "=1"])
def test_montants_refuses(valeur):
    with pytest.raises(ValueError):
        Montant().clean(valeur)


def test_cases_ambigues_refusees():
    for widget, valeur in (
        (OuiNon(), "peut-être"),
        (Jour(), "29/02/2025"),
        (Texte(), date(2024, 1, 1)),
        (Siret(), 4805439820002),
    ):
        with pytest.raises(ValueError):
            widget.clean(valeur)
