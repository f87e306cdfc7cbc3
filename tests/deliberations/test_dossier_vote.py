"""The bundle after the vote: made from what was frozen, kept once by the worker in its two editions."""

import csv
import hashlib
import io
import re
import zipfile

import pytest

from deliberations import documents, dossier_de_seance
from tests import maquette
from tests.pdf import texte

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


def est_un_projet(pdf: bytes) -> bool:
    """The watermark, not the words « appel à projets »."""
    return bool(re.search(r"\bPROJET\b", texte(pdf)))


@pytest.fixture
def adopte(db):
    monde = maquette.monde()
    monde.mener_au_vote()
    monde.adopter()
    return monde.rapport


def test_le_zip_donne_chaque_fichier_avec_son_empreinte(adopte):
    contenu, nom = dossier_de_seance.editer(adopte, "dossier_de_seance", "zip")
    assert nom == "2024-100_dossier-de-seance.zip"
    with zipfile.ZipFile(io.BytesIO(contenu)) as lu:
        fichiers = {n: lu.read(n) for n in lu.namelist()}
    index = list(csv.DictReader(io.StringIO(fichiers.pop("index.csv").decode("utf-8-sig")), delimiter=";"))
    assert list(fichiers) == [ligne["FICHIER"] for ligne in index] == [
        "2024-06-17-64_rapport.pdf", "2024-100_deliberation.pdf", "2024-100_annexe-1_repartition.pdf",
        "2024-100_imputations.pdf",
    ]  # fmt: skip
    for ligne in index:
        octets = fichiers[ligne["FICHIER"]]
        assert (ligne["SHA-256"], ligne["OCTETS"]) == (hashlib.sha256(octets).hexdigest(), str(len(octets)))
    assert {bytes(d.pdf) for d in documents.figes(adopte).values()} == set(fichiers.values()), "the frozen files"
    assert contenu == dossier_de_seance.editer(adopte, "dossier_de_seance", "zip")[0]


def test_apres_le_vote_le_dossier_ne_change_plus(adopte):
    avant, nom = dossier_de_seance.editer(adopte, "dossier_de_seance", "pdf")
    assert nom == "2024-100_dossier-de-seance.pdf" and not est_un_projet(avant)
    structure = adopte.propositions.first().ligne.dossier.structure
    structure.raison_sociale = "RENOMMÉE DEPUIS"
    structure.save()
    assert dossier_de_seance.editer(adopte, "dossier_de_seance", "pdf")[0] == avant


def test_le_rapport_envoye_n_est_plus_un_projet(adopte):
    pdf, nom = dossier_de_seance.editer(adopte, "rapport", "pdf")
    assert nom == "2024-06-17-64_rapport.pdf" and not est_un_projet(pdf)
