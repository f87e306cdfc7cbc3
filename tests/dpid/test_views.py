"""The shell: login, current context, search, jobs, errors, and what every page must have."""

import re

import pytest
from django.urls import reverse

from dpid.models import Travail
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DossierFactory,
    LigneFactory,
    SeanceFactory,
    StructureFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
MOT_DE_PASSE = "Demonstration-62"


@pytest.fixture
def agent():
    cree = AgentFactory(instruction=True)
    cree.set_password(MOT_DE_PASSE)
    cree.save()
    return cree


def titres(reponse) -> int:
    return len(re.findall(r"<h1[ >]", reponse.content.decode()))


@pytest.mark.parametrize("nom", ["accueil", "recherche", "contexte", "travaux", "mot_de_passe"])
def test_page_ordinaire(nom, agent, connecter, client):
    anonyme = client.get(reverse(nom))
    assert (anonyme.status_code, anonyme.url) == (302, f"{reverse('connexion')}?next={reverse(nom)}")
    reponse = connecter(agent).get(reverse(nom))
    assert reponse.status_code == 200
    assert titres(reponse) == 1
    assert "default-src 'self'" in reponse["Content-Security-Policy"]
    assert "unsafe" not in reponse["Content-Security-Policy"]
    assert "no-store" in reponse["Cache-Control"]
    html = reponse.content.decode()
    assert '<html lang="fr">' in html and 'href="#contenu"' in html
    assert not re.search(r'\sstyle="|\son\w+="|hx-on|<script(?![^>]*src=)', html)


def test_connexion_pose_l_exercice_et_la_seance(agent, client):
    AutorisationFactory(millesime=2023)
    AutorisationFactory(millesime=2024)
    seance = SeanceFactory()
    reponse = client.post(reverse("connexion"), {"username": agent.username, "password": MOT_DE_PASSE}, follow=True)
    assert (client.session["exercice"], client.session["seance"]) == (2024, seance.pk)
    assert "CP du 17/06/2024" in reponse.content.decode()


def test_contexte_change_et_revient(agent, connecter):
    AutorisationFactory(millesime=2023)
    AutorisationFactory(millesime=2024)
    client = connecter(agent)
    suite = reverse("dossiers")
    reponse = client.post(reverse("contexte"), {"exercice": "2023", "suite": suite})
    assert reponse.url == suite
    assert client.session["exercice"] == 2023


def test_contexte_refuse_une_valeur_inconnue_et_un_autre_site(agent, connecter):
    AutorisationFactory(millesime=2024)
    client = connecter(agent)
    client.post(reverse("contexte"), {"exercice": "1999"})
    assert "exercice" not in client.session
    ailleurs = client.post(reverse("contexte"), {"exercice": "2024", "suite": "https://ailleurs.example/"})
    assert ailleurs.url == reverse("accueil")


def test_verrouillage_apres_cinq_echecs(agent, client):
    for _ in range(5):
        reponse = client.post(reverse("connexion"), {"username": agent.username, "password": "faux"})
    assert reponse.status_code == 429
    assert "suspendu" in reponse.content.decode()
    juste = client.post(reverse("connexion"), {"username": agent.username, "password": MOT_DE_PASSE})
    assert juste.status_code == 429


def test_deconnexion_par_post(agent, connecter):
    client = connecter(agent)
    assert client.get(reverse("deconnexion")).status_code == 405
    assert client.post(reverse("deconnexion")).url == reverse("connexion")


def test_admin_renvoie_a_notre_connexion(agent, client, connecter):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(reverse("connexion"))
    assert connecter(agent).get("/admin/", follow=True).status_code == 403


def test_portes(agent, connecter):
    html = connecter(agent).get(reverse("accueil")).content.decode()
    for porte in ("À faire", "Appels et dossiers", "Arbitrage", "Commission", "Budget", "Conventions", "Structures"):
        assert porte in html
    assert "à venir" not in html
    assert 'href="/conventions/"' in html
    assert "Référentiels" not in html
    admin = connecter(AgentFactory(administration=True)).get(reverse("accueil")).content.decode()
    assert "Référentiels" in admin


def test_agent_sans_role_ne_voit_que_des_portes_fermees(connecter):
    html = connecter(AgentFactory()).get(reverse("accueil")).content.decode()
    assert "hors de vos attributions" in html


def test_a_faire_dit_ce_qui_attend(agent, connecter):
    admin = AgentFactory(administration=True)
    DossierFactory.create_batch(8, lignes=1)
    html = connecter(admin).get(reverse("accueil")).content.decode()
    assert "Dossiers à instruire et à proposer" in html
    assert '<span class="groupe-nombre">8</span>' in html


def test_consommation_pour_la_direction_seule(connecter):
    ae = AutorisationFactory(vote="1000.00")
    assert ae.ligne.code in connecter(AgentFactory(direction=True)).get(reverse("accueil")).content.decode()
    assert ae.ligne.code not in connecter(AgentFactory(consultation=True)).get(reverse("accueil")).content.decode()


def test_recherche_sans_accents_dans_chaque_salle(connecter):
    ae = AutorisationFactory(ligne__libelle="Insertion des étudiants")
    structure = StructureFactory(raison_sociale="Les Étudiants solidaires")
    dossier = DossierFactory(structure=structure, lignes=1)
    client = connecter(AgentFactory(consultation=True))
    html = client.get(reverse("recherche"), {"q": "etudiants SOLID"}).content.decode()
    assert structure.get_absolute_url() in html and dossier.get_absolute_url() in html
    html = client.get(reverse("recherche"), {"q": ae.ligne.code.lower()}).content.decode()
    assert ae.ligne.libelle in html
    assert "Rien ne répond" in client.get(reverse("recherche"), {"q": "zzzz"}).content.decode()


def test_recherche_ne_montre_pas_le_dossier_d_un_autre_territoire(connecter):
    ligne = LigneFactory()
    ailleurs = AgentFactory(territoire=True)
    html = connecter(ailleurs).get(reverse("recherche"), {"q": ligne.dossier.intitule}).content.decode()
    assert ligne.dossier.get_absolute_url() not in html


def test_travaux_s_actualisent_tant_qu_il_en_court(agent, connecter):
    client = connecter(agent)
    travail = Travail.objects.create(cle="a", nature="rapport", titre="Rapport 64", par=agent, total=10, fait=4)
    html = client.get(reverse("travaux")).content.decode()
    assert 'hx-trigger="every 2s"' in html and '<progress value="4"' in html
    partiel = client.get(reverse("travaux"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in partiel and "Rapport 64" in partiel
    Travail.objects.filter(pk=travail.pk).update(etat="termine", nom_fichier="rapport.pdf", resultat=b"%PDF-")
    html = client.get(reverse("travaux")).content.decode()
    assert "hx-trigger" not in html and "rapport.pdf" in html
    reponse = client.get(reverse("travail_telecharger", args=[travail.pk]))
    assert (reponse.content, reponse["Content-Type"]) == (b"%PDF-", "application/pdf")


def test_travail_d_un_autre_est_introuvable(agent, connecter):
    travail = Travail.objects.create(cle="b", nature="rapport", titre="Le sien", par=agent, resultat=b"x")
    client = connecter(AgentFactory(administration=True))
    assert client.get(reverse("travail_telecharger", args=[travail.pk])).status_code == 404


def test_sante(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get(reverse("sante")).json() == {"etat": "en service"}


def test_page_introuvable_en_francais(agent, connecter):
    reponse = connecter(agent).get("/rien/")
    assert reponse.status_code == 404
    assert titres(reponse) == 1
    assert "Page introuvable" in reponse.content.decode()


def test_erreur_500_sans_base_ni_session(agent, connecter, monkeypatch, settings):
    def casser(agent):
        raise RuntimeError

    monkeypatch.setattr("dpid.afaire.groupes", casser)
    client = connecter(agent)
    client.raise_request_exception = False
    reponse = client.get(reverse("accueil"))
    assert reponse.status_code == 500
    assert settings.DPID["application"] in reponse.content.decode()
    assert "default-src 'self'" in reponse["Content-Security-Policy"]


def test_formulaire_sans_jeton_csrf(agent):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(agent, backend="dpid.permissions.HabilitationsBackend")
    reponse = client.post(reverse("contexte"), {"exercice": "2024"})
    assert reponse.status_code == 403
    assert "Rien n’a été enregistré" in reponse.content.decode()


def test_base_indisponible(agent, connecter, monkeypatch):
    from django.db import OperationalError

    def panne(agent):
        raise OperationalError("database is locked")

    monkeypatch.setattr("dpid.afaire.groupes", panne)
    reponse = connecter(agent).get(reverse("accueil"))
    assert reponse.status_code == 503
    assert "Rien n’a été enregistré" in reponse.content.decode()


def test_mot_de_passe_change(agent, connecter):
    champs = {
        "old_password": MOT_DE_PASSE,
        "new_password1": "Ternois-et-Artois-62",
        "new_password2": "Ternois-et-Artois-62",
    }
    reponse = connecter(agent).post(reverse("mot_de_passe"), champs)
    assert reponse.url == reverse("accueil")
    agent.refresh_from_db()
    assert agent.check_password("Ternois-et-Artois-62")


def test_temoin_une_variable_inconnue_fait_echouer(rf):
    from django.template import engines

    from tests.conftest import VariableInconnue

    gabarit = engines["django"].get_template("programmes/_chiffre.html")
    with pytest.raises(VariableInconnue, match="valeur"):
        gabarit.render({"titre": "Demandé"})
