"""What leaves with the acts of a rapport: the three bordereaux, the files to print by group, the index."""

import io
import re
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pypdfium2
import pytest

from conventions.generation import bordereaux, envoi, groupes
from conventions.models import Acte
from dpid.documents import ateliers
from dpid.documents.moteur import rendre_html
from tests.conventions.donnees import (
    actes_de,
    dispositif_a_fiche,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
    voter,
)
from tests.conventions.test_lot import lire
from tests.factories import AgentFactory, AutorisationFactory, TerritoireFactory
from tests.pdf import fautes_d_accessibilite, fautes_de_typographie

pytestmark = pytest.mark.django_db
JOUR = date(2024, 6, 17)


@pytest.fixture
def agent():
    modele_publie()
    signataire()
    return AgentFactory(conventions=True)


@pytest.fixture
def en_html(monkeypatch):
    """Bordereaux as their HTML; acts as small PDFs, one page each."""
    monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())
    monkeypatch.setattr("conventions.documents.rendre", lambda donnees, projet: feuilles(1))


def feuilles(nombre: int) -> bytes:
    sortie, pdf = io.BytesIO(), pypdfium2.PdfDocument.new()
    for _ in range(nombre):
        pdf.new_page(595, 842)
    pdf.save(sortie)
    return sortie.getvalue()


def sur_territoires(ligne, *territoires):
    ligne.placements.all().delete()
    for territoire in territoires:
        ligne.placements.create(territoire=territoire)
    return ligne


def composer(rapport, rangement, agent):
    return lire(envoi.composer_archive(rapport, rangement, agent=agent, processus=1))


def texte(html: bytes) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html.decode()))


# --- Bordereaux


@pytest.mark.neutre
def test_chaque_structure_recoit_le_sien_avec_ce_qu_elle_retourne_et_quand(agent, en_html, settings):
    settings.DPID = {**settings.DPID, "delai_de_signature": 30}
    une, autre = (structure_signataire(raison_sociale=nom) for nom in ("Une", "Autre"))
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    rapport = rapport_de(*(ligne_retenue(structure=s, dispositif=dispositif, ae=ae) for s in (une, autre)))
    remis, projet = sorted(actes_de(rapport), key=lambda a: a.convention.structure.raison_sociale)
    Acte.objects.filter(pk=projet.pk).update(exemplaires=3)
    voter(rapport)
    remettre(remis, date(2024, 9, 2))
    fichiers, _ = composer(rapport, "aucun", agent)
    lu = texte(fichiers["bordereaux/structures/autre.pdf"])
    assert remis.reference in lu and "le 02/10/2024" in lu and "Jeanne EXEMPLE, Présidente" in lu and " Une " not in lu
    lu = texte(fichiers["bordereaux/structures/une.pdf"])
    assert "3\u00a0exemplaires à retourner" in lu and "30\u00a0jours après la remise" in lu and " Autre " not in lu


def remettre(acte, le):
    acte = Acte.objects.get(pk=acte.pk)
    edition = edition_sans_pdf(acte, le)
    acte.remettre(par=AgentFactory(conventions=True), le=le, edition=type(edition)(edition.contexte, feuilles(3)))
    return acte


def test_ce_qui_est_revenu_est_date_puis_n_est_plus_demande(agent, en_html):
    rapport = rapport_de(ligne_retenue(structure=structure_signataire(raison_sociale="Une")))
    (acte,) = actes_de(rapport)
    voter(rapport)
    acte = remettre(acte, date(2024, 9, 2))
    acte.signer_structure(par=agent, le=date(2024, 9, 12))
    fichiers, _ = composer(rapport, "aucun", agent)
    assert "bordereaux/structures/une.pdf" not in fichiers
    assert "12/09/2024" in texte(fichiers["bordereaux/finances.pdf"])
    assert acte.reference in texte(fichiers["bordereaux/signataire-sabine-despierre.pdf"])


def test_les_finances_lisent_par_imputation_et_le_total_est_celui_des_actes(agent, en_html):
    dispositif, structure = dispositif_a_fiche(), structure_signataire()
    une, autre = AutorisationFactory(), AutorisationFactory()
    lignes = [
        ligne_retenue(montant, structure=structure, dispositif=dispositif, ae=ae)
        for montant, ae in (("9333.33", une), ("9333.34", autre), ("9333.33", une))
    ]
    rapport = rapport_de(*lignes)
    actes_de(rapport)
    lu = texte(composer(rapport, "aucun", agent)[0]["bordereaux/finances.pdf"])
    assert f"Sous-total {une.ligne.code}" in lu and "18\u202f666,66" in lu and "9\u202f333,34" in lu
    assert "28\u202f000,00" in lu.rpartition("TOTAL")[2]


@pytest.mark.parametrize(
    ("montant", "libelle"), [(Decimal(0), bordereaux.SANS_INCIDENCE), (Decimal(5), bordereaux.A_IMPUTER)]
)
def test_un_acte_sans_financement_a_sa_place_aux_finances(montant, libelle):
    lu = SimpleNamespace(financements=[], montant=montant)
    assert [(cle[-1], somme) for cle, somme in bordereaux._imputations(lu)] == [(libelle, montant)]


@pytest.mark.neutre
def test_un_bordereau_n_annonce_que_ce_qui_part(agent, en_html, monkeypatch):
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    noms = ("Bonne", "Retenue", "Tombée")
    structures = {nom: structure_signataire(raison_sociale=nom) for nom in noms}
    rapport = rapport_de(*(ligne_retenue(structure=s, dispositif=dispositif, ae=ae) for s in structures.values()))
    actes = {a.convention.structure.raison_sociale: a for a in actes_de(rapport)}
    structures["Retenue"].representants.all().delete()

    def rendre(donnees, projet):
        if donnees["reference"] == actes["Tombée"].reference:
            raise ZeroDivisionError
        return feuilles(1)

    monkeypatch.setattr("conventions.documents.rendre", rendre)
    fichiers, index = composer(rapport, "signataire", agent)
    assert {r["structure"] for r in index if r["manque"]} == {"Retenue", "Tombée"}
    assert [nom for nom in fichiers if nom.startswith("bordereaux/structures/")] == ["bordereaux/structures/bonne.pdf"]
    lu = texte(fichiers["bordereaux/finances.pdf"])
    assert "Bonne" in lu and "Tombée" not in lu and "2\u00a0actes du même rapport ne partent pas encore" in lu


# --- Files to print


@pytest.mark.neutre
def test_par_territoire_plusieurs_vont_a_part_et_chaque_dossier_a_son_fichier_a_imprimer(agent, en_html):
    artois, ternois = (TerritoireFactory(libelle=nom) for nom in ("Artois", "Ternois"))
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    lignes = [
        sur_territoires(ligne_retenue(dispositif=dispositif, ae=ae, structure=structure_signataire()), *places)
        for places in ([artois], [artois], [artois, ternois], [ternois], [ternois, artois])
    ]
    rapport = rapport_de(*lignes)
    actes_de(rapport)
    fichiers, index = composer(rapport, "territoire", agent)
    reunis = {nom: len(pypdfium2.PdfDocument(fichiers[nom])) for nom in fichiers if nom.endswith("_a-imprimer.pdf")}
    assert reunis == {
        "actes/artois/artois_a-imprimer.pdf": 3,
        "actes/plusieurs-territoires/plusieurs-territoires_a-imprimer.pdf": 3,
    }
    assert all(r["fichier"] in fichiers for r in index)
    assert [r["fichier"].split("/")[1] for r in index if not r["a_imprimer"]] == ["ternois"]


@pytest.mark.neutre
def test_deux_structures_de_meme_nom_ne_melangent_pas_leurs_actes(agent, en_html):
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    structures = [structure_signataire(raison_sociale="Amicale", sigle=sigle) for sigle in "AB"]
    rapport = rapport_de(*(ligne_retenue(structure=s, dispositif=dispositif, ae=ae) for s in structures))
    actes_de(rapport)
    fichiers, index = composer(rapport, "structure", agent)
    assert {r["fichier"].split("/")[1] for r in index} == {"amicale", "amicale-2"}
    assert {"bordereaux/structures/amicale.pdf", "bordereaux/structures/amicale-2.pdf"} <= set(fichiers)


def test_deux_noms_de_dossier_ne_se_confondent_jamais():
    noms = groupes.nommer([(1, "Été"), (2, "Été 2"), (3, "été"), (1, "Été"), (4, "日本"), (5, "e" * 90), (6, "Œuvre")])
    assert noms == {1: "ete", 2: "ete-2", 3: "ete-3", 4: "sans-nom", 5: "e" * 60, 6: "oeuvre"}


def test_chaque_acte_commence_au_recto_et_les_octets_ne_changent_pas(monkeypatch):
    actes = [rendre_html(f'<html lang="fr"><title>a</title><p>Acte {n}</p>') for n in (1, 2)] + [feuilles(2)]
    un = groupes.fusionner(actes, JOUR)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert un == groupes.fusionner(iter(actes), JOUR)
    assert b"/CreationDate(D:20240617000000" in un
    with pypdfium2.PdfDocument(un) as pdf:
        lus = [page.get_textpage().get_text_bounded() for page in pdf]
        assert [bool(lu) for lu in lus] == [True, False, True, False, False, False]
        assert len({page.get_size() for page in list(pdf)[:4]}) == 1
    assert groupes.fusionner(actes[:1], JOUR)[-120:] != un[-120:]


@pytest.mark.neutre
def test_un_pdf_illisible_n_arrete_pas_l_archive(agent, en_html, monkeypatch):
    monkeypatch.setattr("conventions.documents.rendre", lambda donnees, projet: b"%PDF")
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    rapport = rapport_de(*(ligne_retenue(structure=structure_signataire(), dispositif=dispositif, ae=ae) for _ in "ab"))
    actes_de(rapport)
    fichiers, index = composer(rapport, "signataire", agent)
    assert all(r["fichier"] in fichiers for r in index[:2])
    assert index[2]["manque"].endswith(groupes.NON_GROUPE)


# --- Index


@pytest.mark.neutre
def test_l_index_ne_porte_aucune_formule(agent, en_html):
    structure = structure_signataire(raison_sociale='=HYPERLINK("https://exemple.invalid";"Cliquez")')
    rapport = rapport_de(ligne_retenue(structure=structure))
    actes_de(rapport)
    _, (rang,) = composer(rapport, "aucun", agent)
    assert rang["structure"].startswith("'=") and rang["montant"] == "20000,00"


@pytest.mark.lent
@pytest.mark.neutre
def test_les_fichiers_a_imprimer_sont_les_memes_a_deux_processus(agent, monkeypatch):
    monkeypatch.setattr(ateliers, "PETIT_LOT", 2)
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    rapport = rapport_de(*(ligne_retenue(structure=structure_signataire(), dispositif=dispositif, ae=ae) for _ in "ab"))
    actes_de(rapport)
    un, deux = (envoi.composer_archive(rapport, "signataire", agent=agent, processus=n) for n in (1, 2))
    assert un == deux
    fichiers, _ = lire(un)
    assert "actes/sabine-despierre/sabine-despierre_a-imprimer.pdf" in fichiers
    lisibles = [pdf for nom, pdf in fichiers.items() if nom.endswith(".pdf") and "a-imprimer" not in nom]
    assert len(lisibles) == 6 and [f for pdf in lisibles for f in fautes_d_accessibilite(pdf)] == []
    assert [f for nom in fichiers if nom.startswith("bordereaux/") for f in fautes_de_typographie(fichiers[nom])] == []
