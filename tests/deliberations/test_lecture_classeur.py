"""Opening files: formats refused clearly, bombs refused within 2 s of CPU and 200 MB, nothing raised but a refusal."""

import io
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from deliberations.importation.annexe import lire_annexe
from dpid.classeurs import TAILLE_MAX, FichierRefuse, ouvrir_classeur

RACINE = Path(__file__).resolve().parents[2]
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ENTETES = ["OPERATION", "TERRITOIRE(S)", "STRUCTURE", "DESCRIPTION ACTION", "MONTANT RETENU", "Avenant/convention"]
LIGNE = ["CLLAJ", "ARTOIS", "4AJ", "Développement", 20000, "Avenant"]


def xlsx_brut(feuille: bytes, entete: bytes = b"", chaines: bytes = b"", fusions: bytes = b"", autres=()) -> bytes:
    """A minimal workbook whose one sheet is exactly `feuille`: what no library would write."""
    liens = f'<Relationship Id="r1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
    if chaines:
        liens += f'<Relationship Id="r2" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {NS} xmlns:r="{RELATION}"><sheets><sheet name="F" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{liens}</Relationships>")
        corps = b"<worksheet " + NS.encode() + b">" + b"<sheetData>" + feuille + b"</sheetData>" + fusions
        archive.writestr("xl/worksheets/sheet1.xml", entete + corps + b"</worksheet>")
        if chaines:
            archive.writestr("xl/sharedStrings.xml", chaines)
        for nom, contenu in autres:
            archive.writestr(nom, contenu)
    return tampon.getvalue()


def classeur(*lignes, fusions=(), titre="F") -> bytes:
    livre = openpyxl.Workbook()
    livre.active.title = titre
    for ligne in lignes:
        livre.active.append(ligne)
    for fusion in fusions:
        livre.active.merge_cells(fusion)
    tampon = io.BytesIO()
    livre.save(tampon)
    return tampon.getvalue()


def archive(**pieces) -> bytes:
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as sortie:
        for nom, contenu in pieces.items():
            sortie.writestr(nom.replace("__", "/").replace("_x_", "."), contenu)
    return tampon.getvalue()


def chiffre() -> bytes:
    octets = bytearray(classeur(ENTETES, LIGNE))
    for signature, decalage in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        position = octets.find(signature)
        while position >= 0:
            octets[position + decalage] |= 1
            position = octets.find(signature, position + 4)
    return bytes(octets)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("contenu", "nom", "message", "quoi_faire"),
    [
        (b"", "a.xlsx", "vide", "enregistrement"),
        (b"x" * (TAILLE_MAX + 1), "a.xlsx", "limite est de 10 Mo", "images"),
        (OLE, "a.xls", "ancien format Excel", "(.xlsx)"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "mot de passe", "Retirez"),
        (chiffre(), "a.xlsx", "mot de passe", "Retirez"),
        (archive(mimetype="application/vnd", content_x_xml="<a/>"), "a.ods", "aucune feuille", "XLSX"),
        (archive(xl__workbook_x_bin="x"), "a.xlsb", ".xlsb", "XLSX"),
        (archive(a_x_txt="x"), "a.xlsx", "archive zip", "XLSX"),
        (b"%PDF-1.7 ...", "a.xlsx", "PDF", "tableur"),
        (b"<html><table><tr><td>OPERATION", "a.xls", "page web", "(.xlsx)"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "a.xml", "XML", "(.xlsx)"),
        (b"PK\x03\x04n'importe quoi", "a.xlsx", "abîmé", "enregistrez-le à nouveau"),
        (b"OPERATION;STRUCTURE", "a.xlsx", "renommé", ".csv"),
        (b"\xff\xfeO\0P\0", "a.csv", "UTF-16", "CSV UTF-8"),
        (b"OPERATION;\0;STRUCTURE\n", "a.csv", "nul à la ligne 1", "CSV UTF-8"),
        (b"OPERATION\nlog\xe9 \x81\x8d\n", "a.csv", "octet illisible à la ligne 2", "CSV UTF-8"),
        (b'OPERATION;STRUCTURE;MONTANT\n"a;b;c\n', "a.csv", "guillemet", "XLSX"),
        (b'OPERATION;STRUCTURE;MONTANT\n"a"x;b;c\n', "a.csv", "guillemet", "XLSX"),
    ],
)
def test_formats_refuses(contenu, nom, message, quoi_faire):
    lue = lire_annexe(contenu, nom)
    assert not lue.est_valide and lue.thematiques == ()
    (constat,) = lue.constats
    assert message in constat.message and quoi_faire in constat.quoi_faire.replace("\u00a0", " ")
    assert "Traceback" not in str(constat)


def _bombes():
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    milliards = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">{lol}]>'.encode()
    externe = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    cellule = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;&x;</t></is></c></row>'
    gros = b"<x>" + b"0" * 300
    return {
        "zip": xlsx_brut(b"<row/>", autres=[("xl/media/a.bin", b"\0" * 101_000_000)]),
        "ratio": xlsx_brut(b"<row/>" * 10_000_000),
        "milliard de rires": xlsx_brut(cellule, entete=milliards),
        "entite externe": xlsx_brut(cellule, entete=externe),
        "dtd externe": xlsx_brut(b"", entete=b'<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "utf-16": xlsx_brut(b"", entete='<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16")),
        "encodage exotique": xlsx_brut(b"", entete=b'<?xml version="1.0" encoding="utf-7"?>'),
        "derniere cellule": xlsx_brut(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "ligne lointaine": xlsx_brut(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        "colonne lointaine": xlsx_brut(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'),
        "coordonnees folles": xlsx_brut(b'<row r="1"><c r="ZZZZZZ99999999999"><v>1</v></c></row>'),
        "ligne folle": xlsx_brut(b'<row r="99999999999999999999"/>'),
        "emboitement": xlsx_brut(b"".join(b"<a%d>" % n for n in range(100_000))),
        "attribut geant": xlsx_brut(b'<row r="' + random.Random(1).randbytes(4_000_000).hex().encode() + b'"/>'),
        "texte geant": xlsx_brut(b'<row><c t="inlineStr"><is><t>' + b"ab" * 400_000 + b"</t></is></c></row>"),
        "milliers de pieces": xlsx_brut(b"", autres=[(f"x/{n}", b"") for n in range(3_000)]),
        "texte partage un million de fois": xlsx_brut(
            b"".join(b'<row r="%d"><c t="s"><v>0</v></c></row>' % n for n in range(1, 100_000)),
            chaines=b"<sst><si><t>" + random.Random(2).randbytes(16_000).hex().encode() + b"</t></si></sst>",
        ),
        "fusions par milliers": xlsx_brut(
            b'<row r="1"><c><v>1</v></c></row>',
            fusions=b"<mergeCells>"
            + b"".join(b'<mergeCell ref="A%d:XFD%d"/>' % (n, n) for n in range(1, 60_000))
            + b"</mergeCells>",
        ),
        "feuilles par milliers": xlsx_brut(
            b"",
            autres=[
                (
                    "_rels/.rels",
                    f'<Relationships><Relationship Id="a" Type="{RELATION}/officeDocument" Target="b.xml"/>'
                    "</Relationships>",
                ),
                (
                    "b.xml",
                    "<workbook>" + "".join(f'<sheet name="{n}" id="r{n}"/>' for n in range(9000)) + "</workbook>",
                ),
            ],
        ),
        "cellules par millions": xlsx_brut(
            b"".join(
                b'<row r="%d">%s</row>'
                % (n, b"".join(b'<c r="%c%d" s="%d"/>' % (65 + c, n, (n * 7 + c) % 97) for c in range(26)))
                for n in range(1, 90_000)
            )
        ),
        "balise geante": xlsx_brut(gros),
    }


BOMBES = _bombes()
EPREUVE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (4, 4))
from deliberations.importation.annexe import lire_annexe
contenu = sys.stdin.buffer.read()
depart = resource.getrusage(resource.RUSAGE_SELF)
lue = lire_annexe(contenu, sys.argv[1])
fin = resource.getrusage(resource.RUSAGE_SELF)
print(lue.est_valide, int((fin.ru_utime - depart.ru_utime) * 1000), fin.ru_maxrss // 1024)
print(*lue.constats, sep=chr(10))
"""


def eprouver(contenu: bytes, nom: str, memoire_mo: int, cpu_s: int = 4):
    """Read in a process of its own, under limits of memory and CPU; (is valid, ms of CPU, peak MB, messages)."""
    limite = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({memoire_mo << 20},) * 2)\n"
    code = limite + EPREUVE.replace("(4, 4)", f"({cpu_s}, {cpu_s})")
    fini = subprocess.run(
        [sys.executable, "-c", code, nom], input=contenu, capture_output=True, cwd=RACINE, timeout=120, check=False
    )
    assert fini.returncode == 0, fini.stderr.decode()[-2000:]
    premiere, _, messages = fini.stdout.decode().partition("\n")
    est_valide, ms, mo = premiere.split()
    return est_valide == "True", int(ms), int(mo), messages


# The guard that must speak: were it removed, another might still stop the file, but not with these words.
RAISONS = {
    "zip": "dizaines de mégaoctets",
    "ratio": "dizaines de mégaoctets",
    "milliard de rires": "DTD ou entité",
    "entite externe": "DTD ou entité",
    "dtd externe": "DTD ou entité",
    "utf-16": "encodage XML inattendu",
    "encodage exotique": "encodage XML inattendu",
    "derniere cellule": "ligne 1048576, colonne XFD",
    "ligne lointaine": "ligne 1048576, colonne A",
    "colonne lointaine": "ligne 1, colonne XFD",
    "coordonnees folles": "coordonnées de cellule incohérentes",
    "ligne folle": "nombre interne",
    "emboitement": "emboîtés sans fin",
    "attribut geant": "élément démesuré",
    "texte geant": "dépasse 32767 caractères",
    "milliers de pieces": "milliers de pièces",
    "texte partage un million de fois": "trop de texte",
    "fusions par milliers": "milliers de cellules fusionnées",
    "feuilles par milliers": "la limite est de 60",
    "cellules par millions": "cellules vides mises en forme",
    "balise geante": "XML mal formé",
}


@pytest.mark.parametrize("bombe", BOMBES)
def test_bombe_refusee_sous_limites(bombe):
    """CPU ≤ 4 s with the start of Python, addresses ≤ 200 MB: beyond, the process dies and the test is red."""
    assert len(BOMBES[bombe]) <= TAILLE_MAX
    est_valide, _, _, messages = eprouver(BOMBES[bombe], "bombe.xlsx", memoire_mo=200)
    assert not est_valide
    assert RAISONS[bombe] in messages
    assert "root:" not in messages


def test_la_limite_de_memoire_mord():
    """Negative control: the same limits kill a process that takes 250 MB, so the test above can fail."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (200 << 20,) * 2); bytearray(250 << 20)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize(
    "contenu",
    [
        xlsx_brut(
            b'<row r="1">'
            + b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % e.encode() for e in ENTETES)
            + b'</row><row r="2"><c t="inlineStr"><is><t>CLLAJ</t></is></c>'
            + b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % e for e in (b"ARTOIS", b"4AJ", b"Dev"))
            + b"<c><v>20000</v></c></row>"
            + b"".join(b'<row r="%d" s="1"><c s="1"/></row>' % n for n in range(3, 1_048_577, 6)),
            fusions=b'<dimension ref="A1:XFD1048576"/><mergeCells><mergeCell ref="A2:A1048576"/>'
            b'<mergeCell ref="H1:XFD1048576"/></mergeCells>',
        ),
    ],
    ids=["dimension, fusion et lignes fantomes geantes"],
)
def test_geant_mais_lisible(contenu):
    est_valide, _, mo, messages = eprouver(contenu, "fantomes.xlsx", memoire_mo=200, cpu_s=8)
    assert est_valide, messages


def test_cent_mille_lignes_csv_sous_400_mo():
    lignes = [";".join(ENTETES)]
    lignes += [
        f"{'CLLAJ' if n == 0 else ''};ARTOIS;Structure numéro {n};Développement des actions {n};1 000,01;Avenant {n}"
        for n in range(100_000)
    ]
    lignes += ["TOTAL;;;;100 001 000,00;"]
    contenu = "\r\n".join(lignes).encode()
    assert len(contenu) <= TAILLE_MAX
    est_valide, _, _, messages = eprouver(contenu, "gros.csv", memoire_mo=400, cpu_s=60)
    assert est_valide, messages[:2000]


def test_cent_mille_lignes_xlsx():
    tampon = io.BytesIO()
    livre = xlsxwriter.Workbook(tampon, {"constant_memory": True})
    feuille = livre.add_worksheet("T1")
    feuille.write_row(0, 0, ENTETES)
    for n in range(1, 100_001):
        feuille.write_row(n, 0, ["CLLAJ" if n == 1 else "", "ARTOIS", f"Structure {n}", "Actions", 1000.01, "Avenant"])
    livre.close()
    est_valide, _, _, messages = eprouver(tampon.getvalue(), "gros.xlsx", memoire_mo=400, cpu_s=60)
    assert est_valide, messages[:2000]


def test_chemin_et_octets_donnent_la_meme_chose(tmp_path):
    contenu = classeur(ENTETES, LIGNE)
    chemin = tmp_path / "annexe.xlsx"
    chemin.write_bytes(contenu)
    assert ouvrir_classeur(chemin)[0].cellules == ouvrir_classeur(contenu, "annexe.xlsx")[0].cellules


def test_valeurs_brutes():
    import datetime

    contenu = classeur(
        ["texte", 12, 12.5, datetime.datetime(2024, 2, 29), True, None, "_x0041_b"],
        [],
        ["=SUM(B1:C1)", "1er"],
        fusions=["B3:C4"],
    )
    (feuille,) = ouvrir_classeur(contenu)
    assert feuille.cellules[1][:5] == ["texte", 12, 12.5, datetime.datetime(2024, 2, 29), True]
    assert feuille.cellules[1][6] == "Ab" and 2 not in feuille.cellules
    assert feuille.valeur(3, 1).formule == "SUM(B1:C1)"
    assert (feuille.fusion(4, 3).ligne_min, feuille.fusion(4, 3).colonne_max) == (3, 3)
    assert feuille.valeur(4, 3) is None and feuille.valeur(3, 2) == "1er"


def test_formule_avec_resultat_et_erreur_de_cellule():
    contenu = xlsx_brut(
        b'<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>A1</f><v></v></c>'
        b'<c r="C1" t="e"><v>#REF!</v></c><c r="D1"><f>X1</f><v/></c><c r="E1"><v>abc</v></c></row>'
    )
    (feuille,) = ouvrir_classeur(contenu)
    assert feuille.cellules[1][0] == 2 and feuille.valeur(1, 2) is None
    assert feuille.valeur(1, 3).code == "#REF!" and feuille.valeur(1, 4).formule == "X1"
    assert feuille.valeur(1, 5).code == "abc"


@pytest.mark.parametrize("graine", range(150))
def test_fichier_abime_n_importe_ou(graine):
    """Random damage in zip, deflate or XML ends as a refusal or a reading, never as an exception."""
    hasard = random.Random(graine)
    contenu = bytearray(
        classeur(["Thématique 3"], ENTETES, LIGNE, ["TOTAL", None, None, None, 20000], fusions=["A3:A3"])
    )
    for _ in range(hasard.choice((1, 3, 20))):
        contenu[hasard.randrange(4, len(contenu))] = hasard.randrange(256)
    if graine % 3 == 0:
        del contenu[hasard.randrange(4, len(contenu)) :]
    for constat in lire_annexe(bytes(contenu), "abime.xlsx").constats:
        assert str(constat)


@pytest.mark.parametrize("graine", range(200))
def test_xml_abime_n_importe_ou(graine):
    """The same, inside parts that decompress well: each part damaged in turn, tokens swapped or repeated."""
    hasard = random.Random(graine)
    source = zipfile.ZipFile(io.BytesIO(classeur(ENTETES, LIGNE, fusions=["A2:A5"])))
    noms = [n for n in source.namelist() if "theme" not in n and "docProps" not in n]
    cible, tampon = hasard.choice(noms), io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as sortie:
        for nom in source.namelist():
            octets = source.read(nom)
            if nom == cible:
                coupe = octets.split(b'"')
                for _ in range(3):
                    coupe[hasard.randrange(len(coupe))] = hasard.choice(
                        (b"", b"-1", b"A0", b"99999999999", b"1e400", b"\xff", "é".encode(), b"<", b"&amp;", b"s")
                    )
                octets = b'"'.join(coupe)
            sortie.writestr(nom, octets)
    for constat in lire_annexe(tampon.getvalue(), "abime.xlsx").constats:
        assert str(constat)


@pytest.mark.parametrize("graine", range(100))
def test_csv_au_hasard(graine):
    hasard = random.Random(graine)
    texte = ";".join(ENTETES) + "\r\n" + "".join(hasard.choices('abé€;,\t"\n\r =1 0,', k=400))
    for encodage in ("utf-8", "cp1252"):
        for constat in lire_annexe(texte.encode(encodage), "a.csv").constats:
            assert str(constat)


def test_cellule_hors_limites_nommee():
    contenu = xlsx_brut(b'<row r="200000"><c r="C200000"><v>7</v></c></row>')
    with pytest.raises(FichierRefuse) as refus:
        ouvrir_classeur(contenu)
    constat = refus.value.constat("a.xlsx")
    assert (constat.feuille, constat.ligne, constat.colonne, constat.valeur) == ("F", 200000, "C", "7")
