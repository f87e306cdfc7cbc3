"""The thin path: a line of a rapport becomes an act, with its number, its text, its PDF."""

import io
import zipfile
from decimal import Decimal

import pypdf
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conventions import documents
from conventions.composition import composer
from conventions.lecture import lire, lire_un
from tests.conventions.donnees import (
    actes_de,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def acte():
    modele_publie()
    signataire()
    (fait,) = actes_de(rapport_de(ligne_retenue()))
    return fait


def test_un_acte_complet_nait_d_une_ligne(acte):
    assert acte.convention.numero == "2024-00001"
    texte = composer(lire_un(acte))
    assert texte.manques == []
    articles = [(c.numero, c.titre) for c in texte.de("article")]
    assert articles == [(1, "Objet"), (2, "Montant"), (3, "Versements"), (4, "Contrat d’engagement républicain")]
    assert "20\u202f000,00\u00a0€" in texte.de("article")[1].texte


def test_les_versements_font_le_montant(acte):
    montants = [v.montant for v in acte.versements.all()]
    assert montants == [Decimal("12000.00"), Decimal("8000.00")]


def test_le_pdf_dit_l_acte(acte):
    lu = pypdf.PdfReader(io.BytesIO(documents.rendre(documents.contexte(lire_un(acte)), projet=True)))
    texte = " ".join("".join(page.extract_text() for page in lu.pages).split())
    assert "CONVENTION N° 2024-00001" in texte.replace("\u00a0", " ")
    assert "Jeanne EXEMPLE" in texte and "Sabine DESPIERRE" in texte and "Nombre de jeunes logés" in texte


@pytest.mark.parametrize("format", ["odt", "docx"])
def test_la_commande_donne_une_copie_modifiable(acte, tmp_path, format):
    numero = acte.convention.numero
    for document, titre in (("convention", "Contrat d’engagement républicain"), ("consolidee", "texte consolidé")):
        call_command("editer", document, numero, format=format, sortie=str(tmp_path / f"{document}.{format}"))
        with zipfile.ZipFile(tmp_path / f"{document}.{format}") as copie:
            texte = copie.read("content.xml" if format == "odt" else "word/document.xml").decode()
        assert titre.lower() in texte.lower() and "Pictures/" not in texte


def test_lire_coute_autant_pour_un_que_pour_dix(acte, django_assert_num_queries):
    with CaptureQueriesContext(connection) as un:
        [composer(lu) for lu in lire([acte.pk])]
    autres = actes_de(rapport_de(*[ligne_retenue(structure=structure_signataire()) for _ in range(9)]))
    assert len(autres) == 9
    with django_assert_num_queries(len(un)):
        [composer(lu) for lu in lire([a.pk for a in (acte, *autres)])]
