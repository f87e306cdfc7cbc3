"""Import page: dry run writes nothing, confirmation once, a deposit belongs to its agent and its target."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliberations.models import Rapport
from dpid.models import Agent
from programmes.models import Dossier, Financement, Structure
from tests.deliberations.donnees import rapport as rapport_publie
from tests.factories import AgentFactory
from tests.programmes.pages import html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
# The amount, its opération's total, its thématique's and the rapport's: a file adds up.
DE_5121_A_5122 = {"5121": 5122, "15121": 15122, "155121": 155122, "311357": 311358}


@pytest.fixture
def rapport(db):
    publie = rapport_publie()
    # These data place their lines by hand: their dossiers are inscribed as the act would have done.
    Dossier.objects.update(etat=Dossier.Etat.INSCRIT)
    return publie


@pytest.fixture
def redactrice(rapport):
    return Agent.objects.get(pk=rapport.cree_par_id)


def exporter(client, rapport, **remplacements) -> bytes:
    """Our own XLSX of the annexe, with some cells typed over: `exporter(…, CAPSO="Autre")`."""
    contenu = client.get(reverse("rapport_document", args=[rapport.pk, "repartition", "xlsx"])).content
    classeur = openpyxl.load_workbook(io.BytesIO(contenu))
    for feuille in classeur:
        for cellule in (c for rangee in feuille.iter_rows() for c in rangee):
            if str(cellule.value) in remplacements:
                cellule.value = remplacements[str(cellule.value)]
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def deposer(client, url, contenu, nom="annexe.xlsx"):
    return client.post(url, {"fichier": SimpleUploadedFile(nom, contenu)})


def confirmer(client, url, page, **champs):
    return client.post(url, {"depot": page.context["depot"], "acte": "importer"} | champs, follow=True)


def test_reimporter_l_export_ne_change_rien(connecter, rapport, redactrice):
    client, url = connecter(redactrice), reverse("rapport_importer", args=[rapport.pk])
    page = deposer(client, url, exporter(client, rapport))
    assert page.context["bilan"].est_applicable, [str(c) for c in page.context["bilan"].constats]
    assert "déjà conforme" in html(page)


def test_a_blanc_puis_confirmation_une_fois(connecter, rapport, redactrice):
    client, url = connecter(redactrice), reverse("rapport_importer", args=[rapport.pk])
    contenu = exporter(client, rapport, **DE_5121_A_5122)
    client.get(url)
    with CaptureQueriesContext(connection) as requetes:
        page = deposer(client, url, contenu)
    assert not [q for q in requetes if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(page.context["bilan"].changements) == 1 and "Importer (" in html(page)
    assert "1 changement" in html(confirmer(client, url, page))
    assert "déjà conforme" in html(confirmer(client, url, page))
    assert Financement.objects.filter(montant="5122.00").count() == 1
    assert rapport.propositions.count() == 10


def test_structure_inconnue_puis_creation_demandee(connecter, rapport, redactrice):
    client, url = connecter(redactrice), reverse("rapport_importer", args=[rapport.pk])
    contenu = exporter(client, rapport, CAPSO="Zébulon Insertion")
    page = deposer(client, url, contenu)
    assert "structure inconnue" in html(page).lower() and "Importer (" not in html(page)
    refus = confirmer(client, url, page)
    assert "Rien n’a été enregistré" in html(refus) and not Structure.objects.filter(cle="zebulon insertion").exists()
    page = client.post(url, {"depot": page.context["depot"], "acte": "verifier", "creer_manquants": "on"})
    assert page.context["bilan"].est_applicable
    confirmer(client, url, page, creer_manquants="on")
    assert Structure.objects.get(cle="zebulon insertion").est_a_completer


def test_nom_proche_a_choisir(connecter, rapport, redactrice):
    client, url = connecter(redactrice), reverse("rapport_importer", args=[rapport.pk])
    contenu = exporter(client, rapport, **{"Habitat Insertion": "Habitats Insertions"})
    page = deposer(client, url, contenu)
    connue = Structure.objects.get(raison_sociale="Habitat Insertion")
    assert "proche de" in html(page) and f'<option value="{connue.pk}"' in html(page)
    page = client.post(
        url, {"depot": page.context["depot"], "acte": "verifier", "choix:habitats insertions": str(connue.pk)}
    )
    assert page.context["bilan"].est_applicable and f'value="{connue.pk}" selected' in " ".join(html(page).split())


def test_depot_d_un_autre_refuse(connecter, rapport, redactrice):
    client, url = connecter(redactrice), reverse("rapport_importer", args=[rapport.pk])
    page = deposer(client, url, exporter(client, rapport, **DE_5121_A_5122))
    voleur = connecter(AgentFactory(instruction=True))
    assert "a expiré" in html(confirmer(voleur, url, page))
    truque = voleur.post(url, {"depot": page.context["depot"][:-3] + "AAA", "acte": "importer"})
    assert "a expiré" in html(truque)


@pytest.mark.parametrize("contenu", [b"", b"PK\x03\x04n'importe quoi", b"\x00\x01\x02", b"a;b\n1;2\n"])
def test_fichier_illisible(connecter, rapport, redactrice, contenu):
    client, url = connecter(redactrice), reverse("rapport_importer", args=[rapport.pk])
    page = deposer(client, url, contenu, "fichier.xlsx")
    assert page.status_code == 200 and "Importer (" not in html(page)


def test_fichier_trop_gros(connecter, rapport, redactrice, monkeypatch):
    monkeypatch.setattr("deliberations.forms.imports.TAILLE_MAXIMALE", 10)
    url = reverse("rapport_importer", args=[rapport.pk])
    assert "dépasse 8 Mo" in html(deposer(connecter(redactrice), url, b"x" * 11))


def test_nouveau_rapport_depuis_la_seance(connecter, rapport, redactrice):
    client, url = connecter(redactrice), reverse("seance_importer", args=[rapport.seance_id])
    page = deposer(client, url, exporter(client, rapport))
    assert Rapport.objects.count() == 1
    reponse = confirmer(client, url, page, creer_manquants="on")
    confirmer(client, url, page, creer_manquants="on")
    assert Rapport.objects.count() == 2 and reponse.status_code == 200
    nouveau = Rapport.objects.exclude(pk=rapport.pk).get()
    assert nouveau.est_provisoire and nouveau.propositions.count() == 10
