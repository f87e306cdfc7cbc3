"""The bundle of a rapport, judged on the real files: order, bookmarks, links, attached data, archives of files."""

import json

import pytest
from django.core.management import CommandError, call_command, load_command_class

from deliberations import documents, dossier_de_seance
from deliberations.dossier_de_seance import Edition, assemblage
from dpid import bureautique
from dpid.erreurs import ActeRefuse
from tests.deliberations import donnees
from tests.pdf import (
    balises,
    fautes_d_accessibilite,
    fautes_de_typographie,
    jointes,
    pages,
    plat,
    signets,
)

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
# What is typed in the data of the test is not judged.
SAISIS = ("apostrophe et guillemets",)


@pytest.fixture(scope="module")
def projet(django_db_setup, django_db_blocker):
    """The draft bundle of the published rapport, made once."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        rapport = donnees.rapport()
        yield rapport, dossier_de_seance.editer(rapport, "dossier_de_seance", "pdf")
        transaction.set_rollback(True)


def test_le_dossier_de_seance_lie_toutes_les_pieces_dans_leur_ordre(projet):
    rapport, (pdf, nom) = projet
    assert nom == "2023-12-11-64_projet_dossier-de-seance.pdf"
    titres = [titre.replace("\u00a0", " ") for titre, _ in signets(pdf)]
    assert titres == [
        "Rapport n° 64", "Projet de délibération", "Annexe 1 : Présentation des opérations",
        "Annexe 2 : Appel à projets DPID 2023 — Répartition financière des opérations", "Annexe 3 : Projet d’acte",
        "Annexe 4 : Projet d’acte", "Imputations budgétaires",
    ]  # fmt: skip
    lues = pages(pdf)
    assert [f"page {n}/{len(lues)}" in plat(page) for n, page in enumerate(lues, 1)] == [True] * len(lues)
    assert all("PROJET" in page for page in lues)
    assert "Dossier de séance — rapport n° 64" in plat(lues[0])


def test_le_dossier_est_accessible_et_bien_compose(projet):
    _, (pdf, _) = projet
    assert fautes_d_accessibilite(pdf) == []
    assert balises(pdf).count("H1") == 1
    assert fautes_de_typographie(pdf, sauf=SAISIS) == []


def test_l_archive_porte_les_donnees_de_la_repartition_et_des_imputations(projet):
    rapport, _ = projet
    pdf, nom = dossier_de_seance.editer(rapport, "dossier_de_seance", "archive")
    assert nom.endswith("_dossier-de-seance_archive.pdf")
    assert fautes_d_accessibilite(pdf, "pdfa3a") == []
    fichiers = jointes(pdf)
    attendus = {f"2023-12-11-64_{cle}.{f}" for cle in ("repartition", "imputations") for f in ("xlsx", "csv", "json")}
    assert set(fichiers) == attendus
    lignes = json.loads(fichiers["2023-12-11-64_repartition.json"])
    assert len(lignes) == 10 and fichiers["2023-12-11-64_repartition.xlsx"].startswith(b"PK")
    assert fichiers["2023-12-11-64_imputations.json"] == documents.editer(rapport, "imputations", "json")[0]


@pytest.mark.parametrize(("cle", "noms"), [("repartition", 3), ("imputations", 3), ("deliberation", 1)])
def test_chaque_piece_a_son_archive(projet, cle, noms):
    rapport, _ = projet
    pdf, nom = dossier_de_seance.editer(rapport, cle, "archive")
    assert nom.endswith(f"_{cle}_archive.pdf") and len(jointes(pdf)) == noms


def test_les_annexes_seules(projet):
    rapport, _ = projet
    pdf, nom = dossier_de_seance.editer(rapport, "annexes", "pdf")
    assert nom == "2023-12-11-64_projet_annexes.pdf"
    assert [t[:8] for t, _ in signets(pdf)] == ["Annexe\u00a01", "Annexe\u00a02", "Annexe\u00a03", "Annexe\u00a04"]
    sans = donnees.rapport([], numero="9")
    sans.annexes.all().delete()
    with pytest.raises(ActeRefuse, match="pas d’annexe"):
        dossier_de_seance.editer(sans, "annexes", "pdf")


def test_les_copies_modifiables_se_refusent_sans_l_extension(projet, monkeypatch):
    rapport, _ = projet
    monkeypatch.setattr(bureautique, "est_disponible", lambda: False)
    assert "odt" not in dossier_de_seance.formats(rapport, "rapport")
    with pytest.raises(ActeRefuse, match="extension qui n’est pas installée"):
        dossier_de_seance.editer(rapport, "rapport", "docx")


def test_les_copies_modifiables_viennent_de_la_meme_page(projet, monkeypatch):
    rapport, _ = projet
    monkeypatch.setattr(bureautique, "est_disponible", lambda: True)
    recus = []
    monkeypatch.setattr(bureautique, "convertir", lambda html, f, le=None: recus.append((html, f, le)) or b"PK")
    assert dossier_de_seance.editer(rapport, "deliberation", "odt")[1].endswith("_projet_deliberation.odt")
    assert "Article 1" in recus[0][0] and recus[0][1:] == ("odt", donnees.JOUR)
    assert "odt" not in dossier_de_seance.formats(rapport, "repartition")

    def echouer(*args, **options):
        raise bureautique.ConversionImpossible("délai")

    monkeypatch.setattr(bureautique, "convertir", echouer)
    with pytest.raises(ActeRefuse, match="n’a pas pu être faite"):
        dossier_de_seance.editer(rapport, "deliberation", "odt")


def test_l_aide_de_la_commande_nomme_chaque_document():
    aide = load_command_class("deliberations", "editer").create_parser("manage.py", "editer").format_help()
    for cle in ("rapport", "deliberation", "annexes", "dossier_de_seance", "extrait", "conducteur"):
        assert cle in aide


def test_la_commande_nomme_ce_qui_existe(projet, tmp_path):
    rapport, (pdf, _) = projet
    sortie = tmp_path / "dossier.pdf"
    call_command("editer", "dossier_de_seance", rapport.reference, format="pdf", sortie=str(sortie))
    assert sortie.read_bytes() == pdf
    with pytest.raises(CommandError, match="annexe-presentation.*dossier_de_seance, annexes, extrait"):
        call_command("editer", "inconnu", rapport.reference, format="pdf", sortie=str(sortie))
    with pytest.raises(CommandError, match="n’existe pas au format « csv »"):
        call_command("editer", "annexes", rapport.reference, format="csv", sortie=str(sortie))
    with pytest.raises(CommandError, match="après le vote"):
        call_command(
            "editer", "deliberation", rapport.reference, format="pdf", sortie=str(sortie), edition="publication"
        )


def test_deux_pieces_ne_font_pas_deux_lectures(projet, django_assert_max_num_queries):
    rapport, _ = projet
    with django_assert_max_num_queries(60):
        lus = documents.contextes_actuels(rapport)
    assert [c["cle"] for c in lus] == [p.cle for p in documents.pieces(rapport)]
    assert assemblage.titre(lus, "annexes", Edition.PUBLICATION).endswith("édition de publication")
