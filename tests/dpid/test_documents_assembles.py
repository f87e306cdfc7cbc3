"""Several pieces bound in one PDF, judged on the real file."""

import pytest

from dpid import documents
from dpid.documents import Piece
from tests.pdf import balises, fautes_d_accessibilite, formats, pages, plat, signets

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
