"""Logos of the annexe « publicité »: static files of the project, chosen by what finances the act."""

import pytest
from django.contrib.staticfiles import finders

from conventions import documents
from conventions.composition import composer
from conventions.lecture import lire_un
from programmes.models import Financement, SourceFinancement
from programmes.models.financement import Logo
from tests.conventions.donnees import actes_de, ligne_retenue, modele_publie, rapport_de, signataire

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
BLOCS = [
    ("article", "o", "Objet", "Objet.", {}),
    ("annexe", "pub", "Publicité", "Les logos :", {"contenu": "publicite"}),
    ("annexe", "f", "Fiche", "", {"contenu": "fiches"}),
]


@pytest.fixture
def acte():
    modele_publie(blocs=BLOCS)
    signataire()
    return actes_de(rapport_de(ligne_retenue()))[0]


def logos(acte) -> list[tuple]:
    (annexe, _) = composer(lire_un(acte)).de("annexe")
    return [(x["fichier"], x["nom"]) for x in annexe.logos]


def test_celui_du_departement_puis_ceux_des_sources(acte):
    assert [f for f, _ in logos(acte)] == ["img/logo.svg"]
    ligne = lire_un(acte).lignes[0]
    for code, logo in (("fse", "europe"), ("etat", "etat"), ("sans", "")):
        source = SourceFinancement.objects.create(code=code, libelle=f"Source {code}", logo=logo)
        Financement.objects.create(ligne=ligne, source=source, montant=100)
    assert logos(acte)[1:] == [("img/logos/etat.svg", "Source etat"), ("img/logos/europe.svg", "Source fse")]


@pytest.mark.parametrize("logo", Logo)
def test_chacun_est_un_fichier_du_projet(logo):
    assert finders.find(logo.fichier)


def test_le_document_ne_lit_que_ces_fichiers(acte):
    source = SourceFinancement.objects.create(code="etat", libelle='Source "><script>', logo="etat")
    Financement.objects.create(ligne=lire_un(acte).lignes[0], source=source, montant=100)
    html = documents.en_html(documents.contexte(lire_un(acte)))
    assert '<img src="statique:img/logos/etat.svg" alt="Logo : Source &quot;&gt;&lt;script&gt;">' in html
    assert "<script>" not in html and "file:" not in html


def test_le_pdf_porte_les_logos(acte):
    import pypdfium2

    source = SourceFinancement.objects.create(code="etat", libelle="État", logo="etat")
    Financement.objects.create(ligne=lire_un(acte).lignes[0], source=source, montant=100)
    pdf, _ = documents.editer(acte)
    assert len(pypdfium2.PdfDocument(pdf)) >= 3


def test_un_texte_fige_avant_les_logos_s_imprime_encore(acte):
    donnees = documents.contexte(lire_un(acte))
    for clause in donnees["clauses"]:
        del clause["logos"]
    assert "statique:img/logo" not in documents.en_html(donnees)
