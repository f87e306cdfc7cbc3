"""Several pieces bound in one PDF, judged on the real file."""

import datetime
import io
import logging
import re
import zlib

import pikepdf
import pydyf
import pytest
from django.template import engines
from django.template.loaders.locmem import Loader

from dpid import documents
from dpid.documents import DONNEES, SOURCE, Jointe, Piece
from dpid.documents.archives import flux_bien_delimites
from tests.pdf import (
    balises,
    fautes_d_accessibilite,
    fautes_de_typographie,
    formats,
    jointes,
    pages,
    plat,
    signets,
    texte,
)

pytestmark = pytest.mark.neutre

IMPUTATIONS, REPARTITION = "documents/imputations.html", "documents/repartition.html"
TETE = {
    "date": "2023-12-11",
    "pied": "Rapport n° 64",
    "collectivite": "Département",
    "collectivite_capitales": "DÉPARTEMENT",
    "instance_capitales": "COMMISSION PERMANENTE",
    "reunion_capitales": "RÉUNION DU 11 DÉCEMBRE 2023",
    "titre_h1": "Imputations budgétaires",
    "titre": "Jeunesse",
    "total_propositions": "5,00",
}
LIGNE = {
    "code": "C02-446A05", "imputation": "65/1", "libelle": "Insertion", "ae": "12345.00", "disponible": "10.00",
    "proposition": "5.00", "solde": "5.00",
}  # fmt: skip


def imputations(**autres) -> dict:
    return {**TETE, "imputations": [LIGNE], **autres}


def repartition(nombre: int = 60, **autres) -> dict:
    sommes = {"total": "60.00", "nouveau": "60.00", "budget": "60.00", "a_complement": False}
    ligne = {
        "territoires": "Tous", "structure": "Structure de démonstration", "description": "Aide aux jeunes",
        "montant": "1.00", "nouveau": "1.00", "motif_zero": "", "instrument": "Convention",
    }  # fmt: skip
    operation = {"libelle_court": "FAJ", "suite": "FAJ (suite)", "lignes": [ligne] * nombre, **sommes}
    groupe = {"numero": 4, "titre": "Jeunes", "operations": [operation], **sommes}
    return {
        **TETE, "pied": "Annexe 2", "titre_h1": "Annexe 2", "thematiques": [groupe], "sources": [], "budget": "60.00",
        **autres,
    }  # fmt: skip


def pieces() -> list:
    return [
        Piece("Rapport n° 64", IMPUTATIONS, imputations()),
        ("Annexe 2 : répartition", REPARTITION, repartition()),
        Piece("Annexe 3", IMPUTATIONS, imputations(pied="Annexe 3"), paysage=True, ancre="annexe-3"),
        ("Projet de délibération", IMPUTATIONS, imputations(pied="Projet")),
    ]


def assembler(liste=None, **options) -> bytes:
    return documents.assembler(
        liste or pieces(), **{"titre": "Dossier du 11 décembre", "date": "2023-12-11", **options}
    )


@pytest.fixture(scope="module")
def pdf():
    return assembler(pied="Dossier")


def test_conforme_avec_un_seul_titre_de_premier_rang_et_des_rangs_qui_se_suivent(pdf):
    assert fautes_d_accessibilite(pdf) == []
    etiquettes = balises(pdf)
    rangs = [int(e[1]) for e in etiquettes if len(e) == 2 and e[0] == "H" and e[1].isdigit()]
    assert rangs[0] == 1 and rangs.count(1) == 1 and rangs.count(2) == 4
    assert {"Sect", "Link", "L", "LI", "Table", "Caption", "TH"} <= set(etiquettes)


def test_signets_un_par_piece_et_ses_titres_dessous(pdf):
    assert signets(pdf) == [
        ("Rapport n° 64", [("Imputations sur le budget du Département", [])]),
        ("Annexe 2 : répartition", [("Thématique 4\u00a0: Jeunes", [])]),
        ("Annexe 3", [("Imputations sur le budget du Département", [])]),
        ("Projet de délibération", [("Imputations sur le budget du Département", [])]),
    ]


def test_chaque_piece_a_ses_pages_son_format_et_son_pied(pdf):
    feuilles = [plat(feuille) for feuille in pages(pdf)]
    assert formats(pdf) == ["portrait", "portrait", "paysage", "paysage", "paysage", "paysage", "portrait"]
    pieds = ["Dossier", "Rapport n° 64", "Annexe 2", "Annexe 2", "Annexe 2", "Annexe 3", "Projet"]
    for numero, (feuille, pied) in enumerate(zip(feuilles, pieds, strict=True), 1):
        assert f"{pied} page {numero}/7" in feuille
    for titre, numero in (("Rapport n° 64", 2), ("répartition", 3), ("Annexe 3", 6), ("délibération", 7)):
        assert f" {numero} " in feuilles[0][feuilles[0].index(titre) :]


def test_une_piece_a_le_texte_du_document_seul(pdf):
    seul = documents.rendre_pdf(REPARTITION, repartition(), titre="Annexe 2")
    sans_pied = [re.sub(r"page \d+/\d+", "", feuille) for feuille in pages(pdf)[2:5]]
    assert sans_pied == [re.sub(r"page \d+/\d+", "", feuille) for feuille in pages(seul)]
    assert balises(seul).count("H1") == 1


def test_typographie_de_ce_que_la_porte_ecrit(pdf):
    assert fautes_de_typographie(pdf) == []


def test_projet_imprime_le_filigrane_sur_chaque_page():
    assert all("PROJET" in re.sub(r"\s", "", feuille) for feuille in pages(assembler(projet=True)))
    assert "PROJET" not in re.sub(r"\s", "", texte(assembler()))


def test_sans_piece_ou_avec_deux_pieces_du_meme_nom_rien_n_est_imprime():
    with pytest.raises(ValueError, match="au moins une"):
        documents.assembler([], titre="T", date="2023-12-11")
    for jumelles in (("annexe", "annexe"), ("piece-2", "")):
        with pytest.raises(ValueError, match="même ancre"):
            assembler([Piece("A", IMPUTATIONS, imputations(), False, ancre) for ancre in jumelles])


# --- Links and running heads: templates that ours do not have yet, and will

LIENS = """{% extends "documents/base.html" %}{% block contenu %}
<h1 id="tete" class="x">{{ titre }}</h1><h2>Deux</h2><h3>Trois</h3><h4>Quatre</h4>
<p id="note">Ici, <a href="#note">plus haut</a>, <a class="y" href="#annexe-2">l’annexe 2</a>,
<a href="#nulle-part">l’annexe 9</a>, {{ saisi }}.</p>{% endblock contenu %}"""
COUPE = """{% extends "documents/base.html" %}{% block page %}paysage{% endblock page %}{% block contenu %}
{% if titre %}<h1>{{ titre }}</h1>{% endif %}<p>Texte</p>
{% if suite %}<table><caption>C</caption><tr><th scope="col">A</th></tr>
<tr><td class="op debut" data-suite="{{ suite }}">Op</td></tr>{% for _ in lignes %}<tr><td>x</td></tr>{% endfor %}
</table>{% else %}{% for _ in lignes %}<p>Ligne</p>{% endfor %}{% endif %}{% endblock contenu %}"""


@pytest.fixture
def gabarits(monkeypatch):
    moteur = engines["django"].engine
    textes = {"liens.html": LIENS, "coupe.html": COUPE}
    monkeypatch.setattr(moteur, "template_loaders", [Loader(moteur, textes), *moteur.template_loaders])


def destinations(pdf: bytes) -> list[tuple[int, int]]:
    """(page of the link, page where it leads), from 1."""
    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        noms = fichier.Root.get("/Names", {}).get("/Dests", {}).get("/Names", [])
        cibles = {str(noms[rang]): noms[rang + 1][0].objgen for rang in range(0, len(noms), 2)}
        rangs = {feuille.objgen: numero for numero, feuille in enumerate(fichier.pages, 1)}
        return [
            (numero, rangs[cibles[str(lien.Dest)]])
            for numero, feuille in enumerate(fichier.pages, 1)
            for lien in feuille.get("/Annots", [])
        ]


def test_deux_pieces_du_meme_gabarit_gardent_chacune_leurs_ancres(gabarits):
    contexte = {**TETE, "saisi": '<a href="#note"> id="note" <h1>'}
    liste = [
        Piece("A", "liens.html", contexte), Piece("B", "liens.html", contexte), Piece("C", "liens.html", contexte,
        ancre="annexe-2"),
    ]  # fmt: skip
    pdf = assembler(liste)
    assert fautes_d_accessibilite(pdf) == []
    sommaire, vers_soi, vers_annexe = [(1, 2), (1, 3), (1, 4)], [(2, 2), (3, 3), (4, 4)], [(2, 4), (3, 4), (4, 4)]
    assert sorted(set(destinations(pdf))) == sorted({*sommaire, *vers_soi, *vers_annexe})
    assert all("l’annexe 9" in plat(feuille) and contexte["saisi"] in plat(feuille) for feuille in pages(pdf)[1:])
    assert [e for e in balises(pdf) if re.fullmatch(r"H\d", e)] == ["H1", *["H2", "H3", "H4", "H5"] * 3]
    assert signets(pdf)[0] == ("A", [("Deux", [("Trois", [])])])


def test_imprime_seul_le_lien_vers_une_autre_piece_n_est_que_ses_mots(gabarits):
    seul = documents.rendre_pdf("liens.html", {**TETE, "saisi": ""}, titre="Seul")
    assert fautes_d_accessibilite(seul) == []
    assert destinations(seul) == [(1, 1)]
    assert "l’annexe 2, l’annexe 9" in plat(texte(seul))
    assert [e for e in balises(seul) if re.fullmatch(r"H\d", e)] == ["H1", "H2", "H3", "H4"]


def test_le_rappel_d_une_operation_ne_passe_pas_a_la_piece_suivante(gabarits):
    """A table cut short, its label never emptied by a subtotal: the next piece starts with a clean head."""
    coupee = {**TETE, "titre": "A", "suite": "FAJ (suite)", "lignes": range(40)}
    suivante = {**TETE, "titre": "B", "suite": "", "lignes": range(60)}
    feuilles = pages(assembler([Piece("A", "coupe.html", coupee), Piece("B", "coupe.html", suivante)]))
    rappels = [feuille.count("FAJ (suite)") for feuille in feuilles]
    premiere = next(rang for rang, feuille in enumerate(feuilles) if "Ligne" in feuille)
    assert sum(rappels[:premiere]) >= 1 and len(feuilles) > premiere + 1
    assert rappels[premiere:] == [0] * (len(feuilles) - premiere)


# --- Progress


def test_l_avancement_ne_recule_pas_et_finit_au_total():
    vus = []
    assembler(avancer=lambda fait, total: vus.append((fait, total)))
    faits = [fait for fait, _ in vus]
    assert faits == sorted(faits) and faits.count(100) == 1 and {total for _, total in vus} == {100}
    assert faits[:4] == [1, 2, 3, 4] and vus[-1] == (100, 100)
    # Each of the seven pages laid out, then drawn; the contents page is made again for the numbers that it gives.
    assert len([fait for fait in faits if 4 < fait <= 58]) >= 7
    assert len([fait for fait in faits if 58 < fait < 100]) == 7


@pytest.mark.parametrize("appel", [1, 6, 16])
def test_ce_que_l_avancement_leve_arrete_tout_et_laisse_le_moteur_propre(appel):
    progres = logging.getLogger("weasyprint.progress")
    avant = (list(progres.handlers), progres.level, progres.propagate)
    restants = iter(range(appel))

    def arreter(fait, total):
        if next(restants, None) is None:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        assembler(avancer=arreter)
    assert (progres.handlers, progres.level, progres.propagate) == avant
    assert assembler() == assembler(avancer=lambda fait, total: None)


# --- Archive

LE = datetime.date(2023, 12, 11)
CSV = "Libellé;Montant\r\nAide;20000,00\r\n".encode("utf-8-sig")


def fichiers() -> list[Jointe]:
    return [
        Jointe("repartition.csv", CSV, "text/csv", LE, "Données de l’annexe"),
        Jointe("annexe-2.json", b'{"total": "60.00"}\n', "application/json", LE, relation=SOURCE),
        Jointe("imputations.ods", bytes(range(256)) * 9, "application/vnd.oasis.opendocument.spreadsheet", LE),
    ]


@pytest.mark.parametrize("profil", ["pdfa3a", "ua1"])
def test_l_archive_tient_les_deux_normes(profil):
    assert fautes_d_accessibilite(assembler(archive=fichiers()), profil) == []
    assert fautes_d_accessibilite(documents.rendre_pdf(REPARTITION, repartition(), titre="T", archive=[]), profil) == []


def test_les_fichiers_joints_ressortent_octet_pour_octet():
    archive = assembler(archive=fichiers())
    assert jointes(archive) == {jointe.nom: jointe.contenu for jointe in fichiers()}
    with pikepdf.open(io.BytesIO(archive)) as fichier:
        fiches = {str(fiche.UF): fiche for fiche in fichier.Root.AF}
        assert len(fichier.Root.AF) == len(fiches) == 3
        assert str(fiches["annexe-2.json"].AFRelationship) == f"/{SOURCE}"
        assert str(fiches["repartition.csv"].AFRelationship) == f"/{DONNEES}"
        assert str(fiches["repartition.csv"].Desc) == "Données de l’annexe"
        assert str(fiches["imputations.ods"].EF.F.Subtype) == "/application/vnd.oasis.opendocument.spreadsheet"
        assert str(fiches["imputations.ods"].EF.F.Params.ModDate) == "D:20231211000000Z"
        noms = [str(nom) for nom in list(fichier.Root.Names.EmbeddedFiles.Names)[::2]]
        assert noms == ["annexe-2.json", "imputations.ods", "repartition.csv"]


def contenu_fini_par(octet: int) -> bytes:
    """A file whose compressed form ends with `octet`: the low byte of its checksum."""
    return next(c for n in range(256) if zlib.compress(c := bytes([n, 1]))[-1] == octet)


def test_un_flux_fini_par_un_retour_chariot_reste_mesurable():
    jointe = Jointe("a.bin", contenu_fini_par(13), "application/octet-stream", LE)
    archive = assembler(archive=[jointe])
    assert b"\r\nendstream" not in archive and fautes_d_accessibilite(archive, "pdfa3a") == []
    assert jointes(archive) == {"a.bin": jointe.contenu}
    # An image keeps its own filter below: any length of text takes its turn of ending so.
    flux = pydyf.Stream([b"x\r"], {"Filter": "/DCTDecode", "DecodeParms": pydyf.Dictionary({"K": 1})})
    with flux_bien_delimites():
        assert flux.data == (
            b"<</Filter [/ASCIIHexDecode /DCTDecode]/DecodeParms [null <</K 1>>]/Length 5>>\nstream\n780d>\nendstream"
        )
    assert flux.data.endswith(b"x\r\nendstream")


def test_memes_donnees_memes_octets():
    assert assembler(archive=fichiers()) == assembler(archive=list(reversed(fichiers())))
    assert assembler() == assembler()


def test_une_archive_ne_prend_pas_deux_fichiers_du_meme_nom_et_le_pdf_servi_aucun():
    with pytest.raises(ValueError, match="même nom"):
        assembler(archive=[fichiers()[0]] * 2)
    for nom in ("été.csv", "../a.csv", "", ".a"):
        with pytest.raises(ValueError, match="Le nom d’un fichier joint"):
            assembler(archive=[Jointe(nom, b"", "text/csv", LE)])
    with pytest.raises(ValueError, match="Seule l’archive"):
        documents.rendre_html("<p>", jointes=fichiers())
