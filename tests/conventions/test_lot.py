"""The batch of acts and its archive: what they read does not grow with it, what goes wrong is told."""

import csv
import hashlib
import io
import zipfile

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from conventions.generation import envoi, lot
from conventions.models import Acte
from dpid.documents import ateliers
from dpid.models import Document
from dpid.tasks import executer_ici, par_centieme
from tests.banc.ateliers import rendre_ou_mourir
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
from tests.factories import AgentFactory, AutorisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return AgentFactory(conventions=True)


@pytest.fixture
def modele():
    modele_publie()
    signataire()


@pytest.fixture
def sans_pdf(monkeypatch):
    monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())


def rapport_a(*noms):
    """A rapport that calls for one act by structure."""
    dispositif, ae = dispositif_a_fiche(), AutorisationFactory()
    return rapport_de(
        *(ligne_retenue(structure=structure_signataire(raison_sociale=n), dispositif=dispositif, ae=ae) for n in noms)
    )


def lire(contenu: bytes):
    """`({name: bytes}, rows of the index)`."""
    with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
        fichiers = {nom: archive.read(nom) for nom in archive.namelist()}
    index = csv.DictReader(io.StringIO(fichiers["index.csv"].decode("utf-8-sig")), delimiter=";")
    return fichiers, list(index)


def requetes(fonction) -> int:
    with CaptureQueriesContext(connection) as faites:
        fonction()
    return len(faites)


def test_generer_lit_une_fois_pour_tout_le_lot(modele, agent):
    actes_de(rapport_a("La première de l’année"))  # which opens the numbering
    couts = []
    for nombre in (1, 2, 5):
        rapport = rapport_a(*(f"Structure {nombre} {rang}" for rang in range(nombre)))
        couts.append(requetes(lambda r=rapport: executer_ici(lot.demander_generation(r, par=agent))))
    un, deux, cinq = couts
    par_acte = deux - un
    assert cinq - deux == 3 * par_acte and par_acte <= 40


@pytest.mark.neutre
def test_ce_qui_manque_se_dit_une_fois_le_lot_fait(modele, agent):
    rapport = rapport_a("Complète", "Sans adresse")
    structure = rapport.propositions.get(
        ligne__dossier__structure__raison_sociale="Sans adresse"
    ).ligne.dossier.structure
    structure.adresse = ""
    structure.save()
    travail = executer_ici(lot.demander_generation(rapport, par=agent))
    assert travail.message == "1\u00a0acte prêt, 1\u00a0à compléter."
    arrete = travail.elements.get(est_fait=False).phrase
    assert (
        arrete.startswith("Projet préparé : convention n°") and "Il ne peut pas partir" in arrete and "Siège" in arrete
    )
    lot.relire(travail, lot.prevoir(rapport))  # its worker had died in it
    assert travail.elements.get(est_fait=False).phrase == arrete


def test_l_archive_coute_autant_de_requetes_pour_deux_actes_que_pour_six(modele, sans_pdf, agent):
    couts = []
    for nombre in (2, 6):
        rapport = rapport_a(*(f"Structure {nombre} {rang}" for rang in range(nombre)))
        remettre(actes_de(rapport)[::2], rapport)
        couts.append(requetes(lambda r=rapport: envoi.composer_archive(r, "structure", agent=agent)))
    assert couts[0] == couts[1]


def remettre(actes, rapport):
    """Their text kept, of which the file says who it is."""
    le = voter(rapport).transmission.executoire_le
    for acte in Acte.objects.filter(pk__in=[a.pk for a in actes]):
        acte.remettre(par=AgentFactory(conventions=True), le=le, edition=edition_sans_pdf(acte))


def test_un_texte_conserve_part_tel_quel_ou_pas_du_tout(modele, sans_pdf, agent):
    rapport = rapport_a("Abîmée", "Bonne")
    abime, bon = actes_de(rapport)
    remettre([abime, bon], rapport)
    faux = Document.objects.create(
        nature="convention", titre="Faux", nom_fichier="faux.pdf", contexte={}, pdf=b"%PDF autre", sha256="0" * 64,
        cree_par=agent,
    )  # fmt: skip
    QuerySet(Acte).filter(pk=abime.pk).update(document=faux)
    fichiers, index = lire(envoi.composer_archive(rapport, "aucun", agent=agent))
    assert [rang["fichier"] for rang in index] == ["", f"actes/{bon.reference}.pdf"]
    assert "n’est plus celui qui a été remis" in index[0]["manque"] and index[1]["manque"] == ""
    garde = Acte.objects.get(pk=bon.pk).document
    assert hashlib.sha256(fichiers[index[1]["fichier"]]).hexdigest() == garde.sha256


@pytest.mark.neutre
def test_un_acte_impossible_ou_un_atelier_tue_est_nomme_dans_l_index(modele, sans_pdf, agent, monkeypatch):
    monkeypatch.setattr(ateliers, "PETIT_LOT", 2)
    monkeypatch.setattr("conventions.documents.rendre", rendre_ou_mourir)
    rapport = rapport_a("Bonne", "Fatale", "Impossible", "Meilleure")
    actes_de(rapport)
    fichiers, index = lire(envoi.composer_archive(rapport, "aucun", agent=agent, processus=2))
    dits = {rang["structure"]: (bool(rang["fichier"]), rang["manque"].partition(" : ")[2]) for rang in index}
    assert dits == {
        "Bonne": (True, ""),
        "Fatale": (False, ateliers.ARRET.phrase),
        "Impossible": (False, ateliers.ERREUR.phrase),
        "Meilleure": (True, ""),
    }
    assert all(fichiers[r["fichier"]] == f"{r['structure']} True".encode() for r in index if r["fichier"])
    assert fichiers["bordereaux/finances.pdf"].startswith(b"%PDF")  # rendered by a child, for good


@pytest.mark.neutre
def test_un_acte_qui_ne_se_compose_pas_est_nomme(modele, sans_pdf, agent, monkeypatch):
    rapport = rapport_a("Bonne", "Impossible")
    actes_de(rapport)
    origine = envoi.composer

    def composer(lu):
        if str(lu.structure) == "Impossible":
            raise ZeroDivisionError
        return origine(lu)

    monkeypatch.setattr(envoi, "composer", composer)
    _, index = lire(envoi.composer_archive(rapport, "aucun", agent=agent))
    assert [(bool(r["fichier"]), r["manque"]) for r in index] == [(True, ""), (False, envoi.NON_COMPOSE)]


@pytest.mark.lent
@pytest.mark.neutre
def test_deux_processus_donnent_les_memes_octets_qu_un(modele, agent, monkeypatch):
    monkeypatch.setattr(ateliers, "PETIT_LOT", 2)
    modele_publie("notification", blocs=[("corps", "corps", "", "Vous recevez {montant}.", {})])
    rapport = rapport_a("Une", "Autre")
    actes_de(rapport)
    un, deux = (envoi.composer_archive(rapport, "structure", agent=agent, processus=n) for n in (1, 2))
    assert un == deux
    fichiers, _ = lire(un)
    assert len(fichiers) == 9 and all(f.startswith(b"%PDF") for nom, f in fichiers.items() if nom.endswith(".pdf"))


@pytest.mark.neutre
def test_l_avancement_s_ecrit_au_plus_cent_fois():
    dits = []
    avancer = par_centieme(lambda fait, total: dits.append((fait, total)))
    for fait in range(1001):
        avancer(fait, 1000)
        avancer(fait, 1000)
    assert len(dits) == 101 and dits[0] == (0, 1000) and dits[-1] == (1000, 1000)
