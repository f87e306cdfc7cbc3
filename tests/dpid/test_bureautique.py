"""Editable copies, read back in the files themselves."""

import datetime
import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from dpid import bureautique, documents
from tests.dpid.test_documents import page_hostile, serveur  # noqa: F401
from tests.dpid.test_documents_assembles import IMPUTATIONS, imputations

pytestmark = pytest.mark.neutre

LE = datetime.date(2023, 12, 11)
FORMATS = ("odt", "docx")
CORPS = {"odt": "content.xml", "docx": "word/document.xml"}
STYLES = {"odt": "styles.xml", "docx": "word/styles.xml"}
ODT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def partie(fichier: bytes, nom: str) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(fichier)) as archive:
        assert archive.testzip() is None
        return ET.fromstring(archive.read(nom))  # noqa: S314


def paragraphes(fichier: bytes, format: str) -> list[str]:
    """The text of each paragraph and heading, « | » where a line breaks."""
    paragraphe, saut = ((f"{ODT}p", f"{ODT}h"), f"{ODT}line-break") if format == "odt" else ((f"{W}p",), f"{W}br")
    corps = partie(fichier, CORPS[format])
    for element in corps.iter(saut):
        element.text = "|"
    return [re.sub(r"\s*\|\s*", "|", "".join(e.itertext())).strip() for e in corps.iter() if e.tag in paragraphe]


def convertir(format: str, contexte=None, gabarit=IMPUTATIONS) -> bytes:
    html = documents.html_seul(gabarit, contexte or imputations(), titre="Délibération n° 2023-604")
    return bureautique.convertir(html, format, le=LE)


@pytest.mark.parametrize("format", FORMATS)
def test_titres_tableaux_et_textes_sont_gardes_le_titre_du_fichier_n_est_pas_imprime(format):
    fichier = convertir(format)
    lus = paragraphes(fichier, format)
    assert lus[:2] == ["DÉPARTEMENT", "COMMISSION PERMANENTE"]
    assert {"Imputations budgétaires", "Imputations sur le budget du Département", "12\u202f345,00", "TOTAL"} <= set(
        lus
    )
    assert "Délibération n° 2023-604" not in lus
    proprietes = partie(fichier, "meta.xml" if format == "odt" else "docProps/core.xml")
    assert "Délibération n° 2023-604" in "".join(proprietes.itertext())
    corps = partie(fichier, CORPS[format])
    rangees = f"{TABLE}table-row" if format == "odt" else f"{W}tr"
    assert len(list(corps.iter(rangees))) == 3
    titres = [e.get(f"{ODT}outline-level") for e in corps.iter(f"{ODT}h")] or [
        e.get(f"{W}val") for e in corps.iter(f"{W}pStyle") if e.get(f"{W}val").startswith("Heading")
    ]
    assert titres in (["1"], ["Heading1"])


def test_odt_a4_francais_montants_a_droite_et_acte_centre():
    fichier = convertir("odt")
    styles, corps = partie(fichier, STYLES["odt"]), partie(fichier, CORPS["odt"])
    page = next(styles.iter(f"{STYLE}page-layout-properties"))
    assert (page.get(f"{FO}page-width"), page.get(f"{FO}page-height")) == ("210mm", "297mm")
    langues = {(e.get(f"{FO}language"), e.get(f"{FO}country")) for e in styles.iter(f"{STYLE}text-properties")}
    assert langues - {(None, None)} <= {("fr", "FR"), ("fr", None)}
    alignes = {
        style.get(f"{STYLE}name"): proprietes.get(f"{FO}text-align")
        for racine in (styles, corps)
        for style in racine.iter(f"{STYLE}style")
        for proprietes in style.iter(f"{STYLE}paragraph-properties")
    }
    par_texte = {"".join(p.itertext()): alignes.get(p.get(f"{ODT}style-name")) for p in corps.iter(f"{ODT}p")}
    assert par_texte["12\u202f345,00"] == "end" and par_texte["Insertion"] is None
    assert par_texte["DÉPARTEMENT"] == par_texte["Jeunesse"] == "center"
    bords = {p.get(f"{FO}border") for p in corps.iter(f"{STYLE}table-cell-properties")}
    assert bords == {"0.5pt solid #555555"}


def test_docx_a4_francais_montants_a_droite_et_acte_centre():
    fichier = convertir("docx")
    styles, corps = partie(fichier, STYLES["docx"]), partie(fichier, CORPS["docx"])
    page = next(corps.iter(f"{W}pgSz"))
    assert (page.get(f"{W}w"), page.get(f"{W}h")) == ("11906", "16838")
    assert {e.get(f"{W}val") for e in styles.iter(f"{W}lang")} == {"fr-FR"}
    alignes = {}
    for p in corps.iter(f"{W}p"):
        jc = p.find(f"{W}pPr/{W}jc")
        alignes["".join(t.text or "" for t in p.iter(f"{W}t"))] = None if jc is None else jc.get(f"{W}val")
    assert alignes["12\u202f345,00"] == "right" and alignes["Insertion"] is None
    identifiants = [s.get(f"{W}styleId") for s in styles.iter(f"{W}style")]
    assert len(identifiants) == len(set(identifiants))
    tableau = next(s for s in styles.iter(f"{W}style") if s.get(f"{W}styleId") == "Table")
    assert [e.tag.removeprefix(W) for e in tableau.find(f"{W}tblPr")] == ["tblInd", "tblBorders", "tblCellMar"]
    acte = next(s for s in styles.iter(f"{W}style") if s.get(f"{W}styleId") == bureautique.CENTRE)
    assert acte.find(f"{W}pPr/{W}jc").get(f"{W}val") == "center"


@pytest.mark.parametrize("format", FORMATS)
def test_les_listes_et_les_lignes_tapees_par_un_agent_restent(format):
    blocs = documents.blocs("Première\nseconde\n\n- un ;\n- deux <b>&\x07</b>")
    contexte = {
        **imputations(), "service": "Mission", "destinataire": "Mme X", "adresse": "", "ville": "Arras", "le": LE,
        "objet": "Objet", "blocs": blocs,
    }  # fmt: skip
    lus = paragraphes(convertir(format, contexte, "documents/courrier.html"), format)
    assert "Première|seconde" in lus
    assert {"un\u202f;", "deux <b>&</b>"} <= set(lus)


@pytest.mark.parametrize("format", FORMATS)
def test_memes_donnees_memes_octets(format):
    assert convertir(format) == convertir(format)


@pytest.mark.parametrize("format", FORMATS)
def test_rien_n_est_lu_ni_appele(format, serveur, tmp_path):  # noqa: F811
    base, demandes = serveur
    secret = tmp_path / "secret.txt"
    secret.write_text("CONTENU-SECRET")
    fichier = bureautique.convertir(page_hostile(base, str(secret)), format)
    assert demandes == []
    assert "Le document est rendu." in paragraphes(fichier, format)
    with zipfile.ZipFile(io.BytesIO(fichier)) as archive:
        assert not any(b"CONTENU-SECRET" in archive.read(nom) for nom in archive.namelist())
    # Negative control: out of its sandbox, the same library calls the server.
    import pypandoc

    pypandoc.convert_text(page_hostile(base, str(secret)), format, "html", outputfile=tmp_path / f"temoin.{format}")
    assert "/image.png" in demandes


def test_sans_l_extra_aucun_format_n_est_propose(monkeypatch):
    assert bureautique.est_disponible() and bureautique.formats() == FORMATS
    monkeypatch.setattr(bureautique, "_pandoc", lambda: None)
    assert not bureautique.est_disponible() and bureautique.formats() == ()
    with pytest.raises(ValueError, match="n’est pas proposé"):
        bureautique.convertir("<p>", "odt")


def test_un_format_inconnu_est_refuse():
    with pytest.raises(ValueError, match="« html »"):
        bureautique.convertir("<p>", "html")


def test_une_conversion_trop_longue_s_arrete(monkeypatch):
    monkeypatch.setattr(bureautique, "DELAI", 0.001)
    with pytest.raises(bureautique.ConversionImpossible, match="dépassé"):
        convertir("docx")


def test_une_conversion_trop_grosse_s_arrete(monkeypatch):
    monkeypatch.setattr(bureautique, "MEMOIRE", "-M64m")
    with pytest.raises(bureautique.ConversionImpossible, match="Heap exhausted"):
        bureautique.convertir(f"<p>{'mot ' * 200}</p>\n" * 10_000, "docx")
