"""The door to WeasyPrint and the writers of tables: nothing fetched, same bytes, texts that stay texts."""

import ast
import datetime
import gc
import hashlib
import http.server
import io
import re
import subprocess
import sys
import threading
from decimal import Decimal

import openpyxl
import pydyf
import pypdf
import pytest
from django.conf import settings
from odf import opendocument
from odf.table import CoveredTableCell, Table, TableCell

from dpid import documents
from dpid.documents import moteur
from dpid.memoire import ramasse_miettes_au_repos
from dpid.tableaux import (
    DATE,
    IDEM,
    MONTANT,
    NOMBRE,
    Colonne,
    Tableau,
    Total,
    en_csv,
    en_ods,
    en_xlsx,
    noms_de_feuilles,
)

pytestmark = pytest.mark.neutre

GABARIT = "documents/imputations.html"


@pytest.fixture
def serveur():
    """A real HTTP server on 127.0.0.1 that remembers what it was asked."""
    demandes = []

    class Repond(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            demandes.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    ecoute = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repond)
    fil = threading.Thread(target=ecoute.serve_forever, daemon=True)
    fil.start()
    yield f"http://127.0.0.1:{ecoute.server_port}", demandes
    ecoute.shutdown()
    ecoute.server_close()
    fil.join()


def page_hostile(base: str, secret: str) -> str:
    """Every way that HTML and CSS have to read something, written as if the escaping had failed."""
    return f"""<!DOCTYPE html><html lang="fr"><head><title>Piège</title><base href="{base}/base/">
      <link rel="stylesheet" href="{base}/feuille.css"><link rel="attachment" href="file://{secret}">
      <link rel="attachment" href="{base}/piece"><link rel="stylesheet" href="file://{secret}">
      <style>@import url("{base}/import.css"); @import url("statique:../dpid/settings.py");
      @font-face {{ font-family: X; src: url("{base}/police.woff2") }}
      body {{ background: url("{base}/fond.png"); font-family: X }} li {{ list-style-image: url(relatif.png) }}
      </style></head>
      <body><h1>Titre</h1><p>Le document est rendu.</p><ul><li>Puce</li></ul>
      <img alt="a" src="{base}/image.png"><img alt="b" src="file://{secret}"><img alt="c" src="relatif.png">
      <img alt="d" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E%3Cimage
      href='{base}/svg.png' width='9' height='9'/%3E%3C/svg%3E"><object data="{base}/objet"></object>
      <embed src="{base}/embed"><iframe src="{base}/cadre"></iframe>
      <svg width="9" height="9"><image href="{base}/svg2.png" width="9" height="9"/><use href="{base}/u.svg#a"/></svg>
      <a rel="attachment" href="file://{secret}">lien</a><a rel="attachment" href="{base}/piece2">lien</a>
      </body></html>"""


def texte(pdf: bytes) -> str:
    return "\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_rien_n_est_lu_ni_appele(serveur, tmp_path):
    base, demandes = serveur
    secret = tmp_path / "secret.txt"
    secret.write_text("CONTENU-SECRET")
    pdf = documents.rendre_html(page_hostile(base, str(secret)))
    assert demandes == []
    assert "Le document est rendu." in texte(pdf)
    lu = pypdf.PdfReader(io.BytesIO(pdf))
    assert not lu.attachments and b"CONTENU-SECRET" not in pdf
    # Negative control: the default fetcher of the library calls the server and attaches the file.
    import weasyprint

    temoin = weasyprint.HTML(string=page_hostile(base, str(secret))).write_pdf()
    assert "/image.png" in demandes and "/piece" in demandes
    pieces = [c for contenus in pypdf.PdfReader(io.BytesIO(temoin)).attachments.values() for c in contenus]
    assert b"CONTENU-SECRET" in pieces


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "FILE:///etc/passwd", "http://127.0.0.1:1/", "https://127.0.0.1:1/", "ftp://127.0.0.1/",
        "relatif.png", "//127.0.0.1/x", "statique:../dpid/settings.py", "statique:/etc/passwd", "statique:absent.css",
        "data:image/svg+xml,<svg/>", "data:text/html,x", "data:text/css,*{}", "statique:fonts", "javascript:1", "",
    ],
)  # fmt: skip
def test_le_recuperateur_refuse_tout_le_reste(url):
    recuperateur = moteur._moteur()[1]
    for porte in (recuperateur.fetch, recuperateur, recuperateur.open):
        with pytest.raises(ValueError, match="refusée"):
            porte(url)


def test_le_recuperateur_sert_nos_fichiers_et_les_images_en_donnees():
    recuperateur = moteur._moteur()[1]
    assert recuperateur.fetch("statique:fonts/SourceSans3-Regular.woff2").read()[:4] == b"wOF2"
    assert recuperateur.fetch("data:image/png;base64,AAAA").read() == b"\0\0\0"


def test_textes_hostiles_imprimes_tels_quels(serveur):
    base, demandes = serveur
    pieges = [
        f'<img src="{base}/x">', "{{ settings.SECRET_KEY }}", "{% load static %}", "</style><script>1</script>",
        f"@import url({base}/y)", "file:///etc/passwd", "A\x00\x08B\ud800C",
    ]  # fmt: skip
    contexte = {**_contexte(), "titre": " ~ ".join(pieges)}
    pdf = documents.rendre_pdf(GABARIT, contexte, titre="Pièges", projet=False)
    lu = texte(pdf).replace("\n", " ")
    assert demandes == []
    for attendu in ("{{ settings.SECRET_KEY }}", "{% load static %}", "<img src=", "file:///etc/passwd", "ABC"):
        assert attendu in lu
    assert settings.SECRET_KEY not in lu


def _contexte() -> dict:
    return {
        "date": "2023-12-11",
        "pied": "Rapport n° 64",
        "collectivite": "Département",
        "collectivite_capitales": "DÉPARTEMENT",
        "instance_capitales": "COMMISSION PERMANENTE",
        "reunion_capitales": "RÉUNION DU 11 DÉCEMBRE 2023",
        "titre_h1": "Imputations",
        "titre": "Objet",
        "imputations": [],
        "total_propositions": "0,00",
        "numero": "2023-604",
        "projet": False,
    }


def test_memes_octets_d_un_processus_a_l_autre():
    html = documents.html_seul(GABARIT, _contexte(), titre="Été", projet=True)
    ici = hashlib.sha256(documents.rendre_html(html)).hexdigest()
    programme = (
        "import django, hashlib, sys; django.setup(); from dpid.documents import rendre_html;"
        "print(hashlib.sha256(rendre_html(sys.stdin.read())).hexdigest())"
    )
    for graine in ("1", "2"):
        ailleurs = subprocess.run(
            [sys.executable, "-c", programme],
            input=html,
            capture_output=True,
            text=True,
            check=True,
            cwd=settings.BASE_DIR,
            env={
                "PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "dpid.settings", "PYTHONHASHSEED": graine,
                "DPID_TESTS": "true", "PYTHONUTF8": "1",
            },
        )  # fmt: skip
        assert ailleurs.stdout.strip() == ici


def test_la_date_du_contexte_date_les_metadonnees():
    pdf = documents.rendre_pdf(GABARIT, {**_contexte(), "date": "2024-06-17"}, titre="Titre")
    infos = pypdf.PdfReader(io.BytesIO(pdf)).metadata
    assert infos["/CreationDate"] == infos["/ModDate"] == "D:20240617"
    assert infos["/Title"] == "Titre"


def test_le_ramasse_miettes_est_remis_en_place(monkeypatch):
    avant = gc.get_threshold()
    documents.rendre_pdf(GABARIT, _contexte(), titre="Titre")
    assert gc.get_threshold() == avant and gc.get_freeze_count() == 0
    monkeypatch.setattr(moteur, "_moteur", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        documents.rendre_html("<p>")
    assert gc.get_threshold() == avant and gc.get_freeze_count() == 0


def test_le_ramasse_miettes_attend_le_dernier_sorti():
    avant = gc.get_threshold()
    premier, second = ramasse_miettes_au_repos(), ramasse_miettes_au_repos()
    premier.__enter__()
    second.__enter__()
    premier.__exit__(None, None, None)
    assert gc.get_threshold() != avant and gc.get_freeze_count() > 0
    second.__exit__(None, None, None)
    assert gc.get_threshold() == avant and gc.get_freeze_count() == 0


def test_les_references_de_pages_sont_retenues_le_temps_d_un_rendu():
    origine = pydyf.PDF.page_references
    with moteur._references_de_pages_retenues():
        pdf = pydyf.PDF()
        for _ in range(3):
            pdf.add_page(pydyf.Dictionary({"Type": "/Page"}))
            references = pdf.page_references
            assert references == origine.fget(pdf) and pdf.page_references is references
        assert len(references) == 3
    assert pydyf.PDF.page_references is origine


def test_la_feuille_du_navigateur_ne_donne_de_styles_qu_a_ce_qui_s_imprime(monkeypatch):
    """Left as it is, WeasyPrint's own sheet gives six pseudo-elements to every cell; without them, the same bytes."""
    import weasyprint
    from weasyprint.html import UA, UA_STYLESHEET

    assert len(re.findall("^::", UA, re.MULTILINE)) == 6
    reste = moteur._sans_notes(UA)
    assert not re.findall("^::", reste, re.MULTILINE) and "\nli::marker {" in reste
    liste = "<ul><li>Puce<ol><li>Rang</li></ol></li></ul><table><tr><th>Tête</th><td>Cellule</td></tr></table>"
    page = f'<html lang="fr"><title>T</title><h1>Titre</h1><p>Texte <b>gras</b></p>{liste}</html>'
    allege = documents.rendre_html(page)
    assert {"•", "1."} <= set(texte(allege).split())
    monkeypatch.setattr(moteur._moteur()[0], "_ua_stylesheets", lambda self, forms=False: [UA_STYLESHEET])
    assert documents.rendre_html(page) == allege
    assert issubclass(moteur._moteur()[0], weasyprint.HTML)


def test_plusieurs_fils_rendent_en_meme_temps():
    resultats = []
    fils = [
        threading.Thread(target=lambda: resultats.append(documents.rendre_pdf(GABARIT, _contexte(), titre="T")))
        for _ in range(4)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len(resultats) == 4 and len(set(resultats)) == 1


def test_weasyprint_n_a_qu_une_porte():
    """Only `dpid/documents/moteur.py` imports it, inside a function: loading the project costs nothing."""
    importateurs = set()
    for chemin in settings.BASE_DIR.glob("*/**/*.py"):
        relatif = chemin.relative_to(settings.BASE_DIR)
        if relatif.parts[0] in ("tests", "script", ".venv", "var", "staticfiles"):
            continue
        for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
            noms = [a.name for a in noeud.names] if isinstance(noeud, ast.Import) else []
            noms += [noeud.module or ""] if isinstance(noeud, ast.ImportFrom) else []
            if any(n.split(".")[0] == "weasyprint" for n in noms):
                importateurs.add(str(relatif))
    assert importateurs == {"dpid/documents/moteur.py"}
    programme = "import django, sys; django.setup(); import dpid.documents; print('weasyprint' in sys.modules)"
    sorti = subprocess.run(
        [sys.executable, "-c", programme],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "dpid.settings", "DPID_TESTS": "true"},
    )
    assert sorti.stdout.strip() == "False"


def test_feuille_de_style_sous_cent_regles():
    import tinycss2

    css = (settings.BASE_DIR / "static" / moteur.FEUILLE_DE_STYLE).read_text(encoding="utf-8")
    regles = tinycss2.parse_stylesheet(css, skip_whitespace=True, skip_comments=True)
    assert len(regles) < 100
    assert not any(r.type == "error" for r in regles)


def test_blocs():
    lus = documents.blocs("Voici :\n- un ;\n- deux\nsuite\n\nFin !\nencore\n\n\n• trois")
    assert lus == [
        {"genre": "p", "texte": "Voici\u00a0:"},
        {"genre": "ul", "puces": ["un\u202f;", "deux suite"]},
        {"genre": "p", "texte": "Fin\u202f!\nencore"},
        {"genre": "ul", "puces": ["trois"]},
    ]
    assert documents.blocs("") == documents.blocs(None) == []
    assert documents.blocs("-5 degrés")[0]["genre"] == "p"


def test_jour_iso():
    assert documents.jour_iso(datetime.date(2024, 1, 1)) == documents.jour_iso("2024-01-01") == "2024-01-01"
    assert documents.jour_iso("hier") == documents.jour_iso(None) == ""


# --- Tables

COLONNES = [Colonne("Libellé"), Colonne("Montant", MONTANT), Colonne("Nombre", NOMBRE), Colonne("Jour", DATE)]
LIGNES = [
    ["=1+1", Decimal("20000.00"), 3, datetime.date(2023, 12, 11)],
    [IDEM, Decimal("-0.05"), Decimal("3.5"), None],
    ["https://exemple.fr", Decimal("99999999999.99"), None, None],
    Total(["TOTAL", Decimal("1.00"), "", ""]),
]


def test_csv():
    lignes = en_csv([Tableau("T", COLONNES, LIGNES)]).decode("utf-8-sig").split("\r\n")
    assert lignes == [
        "Libellé;Montant;Nombre;Jour",
        "'=1+1;20000,00;3;11/12/2023",
        "'=1+1;-0,05;3,5;",
        "https://exemple.fr;99999999999,99;;",
        "",
    ]


def test_xlsx():
    contenu = en_xlsx([Tableau("T", COLONNES, LIGNES, ["Titre"])])
    feuille = openpyxl.load_workbook(io.BytesIO(contenu))["T"]
    assert (feuille["A3"].value, feuille["A3"].data_type) == ("=1+1", "s")
    assert [feuille[f"B{n}"].value for n in (3, 4, 5, 6)] == [20000, -0.05, 99999999999.99, 1]
    assert feuille["C4"].value == 3.5
    assert feuille["D3"].value == datetime.datetime(2023, 12, 11) and feuille["D3"].number_format == "dd/mm/yyyy"
    assert [str(f) for f in feuille.merged_cells.ranges] == ["A3:A4"]
    assert feuille["A5"].hyperlink is None and feuille["A6"].font.b
    assert feuille.print_title_rows == "$2:$2" and feuille.freeze_panes == "A3"
    assert contenu == en_xlsx([Tableau("T", COLONNES, LIGNES, ["Titre"])])


def test_ods():
    contenu = en_ods([Tableau("T", COLONNES, LIGNES, ["Titre"]), Tableau("T", COLONNES, [])])
    tables = opendocument.load(io.BytesIO(contenu)).getElementsByType(Table)
    assert [t.getAttribute("name") for t in tables] == ["T", "T (2)"]
    cellules = tables[0].getElementsByType(TableCell)
    fusionnee = next(c for c in cellules if c.getAttribute("numberrowsspanned"))
    assert (str(fusionnee), fusionnee.getAttribute("formula")) == ("=1+1", None)
    assert len(tables[0].getElementsByType(CoveredTableCell)) == 1
    types = {c.getAttribute("valuetype") for c in cellules}
    assert types == {"string", "currency", "float", "date", None}
    assert "99999999999.99" in {c.getAttribute("value") for c in cellules}
    assert "2023-12-11" in {c.getAttribute("datevalue") for c in cellules}


def test_noms_de_feuilles():
    titres = ["A/B:C*?[x]", "a b c   x", "", "Thématique " + "é" * 40, "Thématique " + "é" * 41, "'cité'"]
    noms = noms_de_feuilles([Tableau(t, []) for t in titres])
    assert len({n.casefold() for n in noms}) == len(noms)
    assert all(0 < len(n) <= 31 and not set(n) & set("[]:*?/\\") and n.strip("'") == n for n in noms)
    en_xlsx([Tableau(t, COLONNES, []) for t in titres])
    en_ods([Tableau(t, COLONNES, []) for t in titres])


def test_caracteres_de_controle_et_textes_trop_longs():
    lignes = [["A\x00\x0bB\ud800", None, None, None], ["é" * 40_000, None, None, None]]
    feuille = openpyxl.load_workbook(io.BytesIO(en_xlsx([Tableau("T", COLONNES, lignes)])))["T"]
    assert feuille["A2"].value == "AB" and len(feuille["A3"].value) == 32_767
    en_ods([Tableau("T", COLONNES, lignes)])
    assert en_csv([Tableau("T", COLONNES, lignes[:1])]).decode("utf-8-sig").split("\r\n")[1] == "AB;;;"
