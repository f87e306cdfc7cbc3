"""Files that people bring: read with their right values, said where they are, or refused fast and in French."""

import io
import random
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from dpid import tableaux
from dpid.classeurs import (
    TAILLE_MAX,
    Collecteur,
    ErreurTableur,
    FichierRefuse,
    FormuleSansValeur,
    Plage,
    lire_table,
    ouvrir_classeur,
)
from dpid.echanges import XLSX, Jour, Montant, OuiNon, Siret, Texte
from dpid.erreurs import ActeRefuse


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
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:calcext="urn:x"'
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
    lu = XLSX().create_dataset(ecrire([tableaux.Tableau("T", colonnes, lignes)]))
    relues = [(Texte().clean(t), Montant().clean(m), Jour().clean(d)) for t, m, d in lu]
    assert relues == lignes


@pytest.mark.parametrize("ecrire", [tableaux.en_xlsx, tableaux.en_ods, tableaux.en_csv])
def test_un_export_tres_repetitif_n_est_pas_pris_pour_une_bombe(ecrire):
    colonnes = [tableaux.Colonne(f"C{n}") for n in range(10)]
    assert len(lire_table(ecrire([tableaux.Tableau("T", colonnes, [["oui"] * 10] * 4_000)])).lignes) == 4_000


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
        lire_table(contenu)
    except FichierRefuse as refus:
        assert str(refus)[-1] == "." and isinstance(refus, ActeRefuse)
    else:
        pytest.fail("accepted")
    assert time.process_time() - debut < 2


def test_lignes_fantomes_d_un_ods_ne_coutent_rien():
    (ligne,) = lire_table(ods(RANGEE + RANGEE + VIDE.format(10**9))).lignes
    assert (ligne.numero, ligne["A"]) == (2, "A")


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


# --- ODS


def case(contenu="", **attributs) -> str:
    noms = {"value": "office:value", "date": "office:date-value", "genre": "office:value-type"}
    texte = "".join(f' {noms.get(n, n.replace("__", ":").replace("_", "-"))}="{v}"' for n, v in attributs.items())
    return f"<table:table-cell{texte}>{contenu}</table:table-cell>"


def test_valeurs_d_un_ods():
    note = "<office:annotation><text:p>une note</text:p></office:annotation>"
    texte = f"{note}<text:p>a<text:s text:c='2'/>b<text:span>c</text:span><text:tab/></text:p><text:p>d</text:p>"
    rangees = (
        "<table:table-header-rows><table:table-row>"
        + case(texte, genre="string")
        + case(genre="float", value="0.1")
        + case(genre="currency", value="6193643.05")
        + case(genre="percentage", value="20")
        + case(genre="date", date="2024-02-29")
        + case("<text:p>#DIV/0!</text:p>", genre="string", calcext__value_type="error")
        + case(table__formula="of:=[.B1]", genre="float", value="3")
        + case(table__formula="of:=1+1", genre="float")
        + case(genre="boolean", office__boolean_value="true")
        + case(genre="float", value="douze")
        + "</table:table-row></table:table-header-rows>"
        + VIDE.format(3)
        + '<table:table-row table:visibility="collapse">'
        + case("<text:p>x</text:p>", table__number_rows_spanned=2, table__number_columns_repeated=2)
        + "</table:table-row><table:table-row><table:covered-table-cell><text:p>cache</text:p>"
        + "</table:covered-table-cell></table:table-row>"
    )
    (feuille,) = ouvrir_classeur(ods(rangees), "a.ods")
    assert feuille.cellules[1] == [
        "a  bc\t\nd", Decimal("0.1"), Decimal("6193643.05"), 20, datetime(2024, 2, 29), ErreurTableur("#DIV/0!"), 3,
        FormuleSansValeur("1+1"), True, ErreurTableur("douze"),
    ]  # fmt: skip
    assert type(feuille.cellules[1][3]) is int and (feuille.nom, feuille.format) == ("Feuille 1", "ods")
    assert feuille.cellules[5] == ["x", "x"] and feuille.numeros == [1, 5] and feuille.lignes_masquees == [5]
    assert feuille.fusions == [Plage(5, 1, 6, 1)]
    (_, (premiere, seconde)) = feuille.rangees()
    assert (premiere.lettre, seconde.lettre, seconde.feuille, seconde.ligne) == ("A", "B", "Feuille 1", 5)


def test_ods_chiffre_et_texte_opendocument_sont_nommes():
    for pieces, phrase in (
        ({"content.xml": "x", "META-INF/manifest.xml": "<m:encryption-data/>"}, "mot de passe"),
        ({"content.xml": "<x/>", "mimetype": "application/vnd.oasis.opendocument.text"}, "pas un classeur"),
    ):
        with pytest.raises(FichierRefuse, match=phrase):
            ouvrir_classeur(archive(pieces))


def test_feuille_masquee_d_un_ods():
    contenu = archive(
        {
            "content.xml": '<r xmlns:style="s" xmlns:table="t" xmlns:text="x"><style:style style:name="ta1">'
            '<style:table-properties table:display="false"/></style:style>'
            f'<table:table table:name="Listes" table:style-name="ta1">{RANGEE}</table:table>'
            f'<table:table table:name="Dossiers">{RANGEE}{RANGEE}</table:table></r>'.replace("office:", "table:")
        }
    )
    assert [(f.nom, f.est_masquee) for f in ouvrir_classeur(contenu)] == [("Listes", True), ("Dossiers", False)]
    assert lire_table(contenu).feuille == "Dossiers" and lire_table(contenu, feuille="Listes").lignes == []
    with pytest.raises(FichierRefuse, match="manque"):
        lire_table(contenu, feuille="Autre")


@pytest.mark.parametrize("graine", range(150))
def test_ods_abime_n_importe_ou(graine):
    """Random damage ends as a refusal or a reading, never as another exception."""
    hasard = random.Random(graine)
    tableau = tableaux.Tableau("T", [tableaux.Colonne("A"), tableaux.Colonne("M", tableaux.MONTANT)], [["x", 1]] * 3)
    source = zipfile.ZipFile(io.BytesIO(tableaux.en_ods([tableau])))
    coupe = source.read("content.xml").split(b'"')
    for _ in range(3):
        coupe[hasard.randrange(len(coupe))] = hasard.choice(
            (b"", b"-1", b"99999999999", b"1e400", b"\xff", "é".encode(), b"<", b"&amp;", b"float", b"date", b"0")
        )
    try:
        ouvrir_classeur(archive({"content.xml": b'"'.join(coupe)}))
    except FichierRefuse as refus:
        assert str(refus)


# --- Tables


def test_table_lue_par_titre_et_situee():
    contenu = classeur(
        ["Extraction du 1er mars"], [], ["N°", "Montant  demandé"], [12, 0.1], [], ["x", None], [None, 3]
    )
    table = lire_table(contenu, "extrait.xlsx", reconnaitre={"N°": 1, "Montant  demandé": 2}.get)
    assert (table.entete, table.titres) == (3, ["N°", "Montant demandé"])
    assert [(li.numero, li["N°"], li["Montant demandé"]) for li in table.lignes] == [
        (4, 12, Decimal("0.1")), (6, "x", None), (7, None, 3),
    ]  # fmt: skip
    assert table.lignes[0].lieu("Montant demandé") == {
        "feuille": "Sheet", "ligne": 4, "colonne": 2, "valeur": Decimal("0.1"),
    }  # fmt: skip


def test_le_separateur_est_celui_des_titres_connus():
    contenu = "Liste, au 1er mars, provisoire\r\nN°;Nom\r\n1;'=A, B, C\r\n".encode()
    table = lire_table(contenu, "a.csv", reconnaitre={"N°": 1, "Nom": 2}.get)
    assert [li.valeurs for li in table.lignes] == [{"N°": "1", "Nom": "=A, B, C"}]


def test_refus_situe_ou_tous_les_constats():
    contenu = classeur(["A", "B"], ["x", "=1+1"], ["y", 1, "dehors"])
    with pytest.raises(FichierRefuse, match="ligne 2, colonne B, valeur «.=1.1.».: la cellule contient une formule"):
        lire_table(contenu)
    constats = Collecteur()
    table = lire_table(contenu, constats=constats)
    assert [li["B"] for li in table.lignes] == [None, 1]
    assert [(c.ligne, c.colonne) for c in constats.tous()] == [(2, "B"), (3, "C")]


def test_lignes_comptees():
    with pytest.raises(FichierRefuse, match="plus de 2 lignes"):
        lire_table(b"A\n1\n2\n3\n", lignes_max=2)
