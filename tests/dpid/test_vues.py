"""Saved views of a list: apply, save, rename, share, choose by default, delete; others’ views are read only."""

import pytest
from django.urls import reverse

from dpid import vues
from dpid.erreurs import ActeRefuse
from dpid.models import VueDeListe
from tests.factories import AgentFactory, LigneFactory
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def agent():
    return AgentFactory(administration=True)


def enregistrer(client, nom="À proposer", parametres="annee=2024&etat=propose&page=3", **champs):
    champs = {"nom": nom, "parametres": parametres, **champs}
    return client.post(reverse("vue_enregistrer", args=["dossiers"]), champs)


def test_enregistrer_puis_appliquer_d_un_geste(agent, connecter):
    client = connecter(agent)
    reponse = enregistrer(client, parametres="annee=2024&etat=propose&etat=avis&col=etat.demande&tri=-demande&page=3")
    vue = VueDeListe.objects.get()
    assert vue.parametres == "annee=2024&etat=propose&etat=avis&col=etat.demande&tri=-demande"
    assert reponse.url == f"{reverse('dossiers')}?{vue.parametres}"
    page = html(client.get(reponse.url))
    lien = page[page.index('class="vue"') : page.index("Enregistrer cette vue")]
    assert 'aria-current="true"' in lien and "À proposer" in lien
    autre = html(client.get(f"{reverse('dossiers')}?annee="))
    assert 'class="vue"\n' in autre and 'aria-current="true">À proposer' not in autre


def test_le_meme_nom_remplace(agent, connecter):
    client = connecter(agent)
    enregistrer(client, parametres="annee=2023")
    enregistrer(client, parametres="annee=2024")
    assert VueDeListe.objects.get().parametres == "annee=2024"


@pytest.mark.parametrize(
    ("nom", "parametres"),
    [("", "annee=2024"), ("n" * 81, "annee=2024"), ("Longue", "structure=" + "a" * 2100)],
)
def test_une_vue_impossible_se_dit(nom, parametres, agent, connecter):
    client = connecter(agent)
    reponse = enregistrer(client, nom, parametres)
    assert reponse.status_code == 302 and not VueDeListe.objects.exists()
    assert "message-error" in html(client.get(reponse.url))


@pytest.mark.parametrize(
    "parametres",
    ["inconnu=1&csrfmiddlewaretoken=x", "javascript:alert(1)", "//ailleurs.example", "%00=%00", "\r\nX: y"],
)
def test_rien_d_etranger_n_entre_dans_une_vue(parametres, agent, connecter):
    client = connecter(agent)
    reponse = enregistrer(client, parametres=parametres)
    assert VueDeListe.objects.get().parametres == ""
    assert reponse.url == f"{reverse('dossiers')}?"
    assert client.get(f"{reverse('dossiers')}?annee=").status_code == 200


def test_une_liste_inconnue_n_existe_pas(agent, connecter):
    client = connecter(agent)
    assert client.get(reverse("vues", args=["autre"])).status_code == 404
    assert client.post(reverse("vue_enregistrer", args=["autre"]), {"nom": "x"}).status_code == 404
    assert connecter(AgentFactory()).get(reverse("vues", args=["dossiers"])).status_code == 403


def test_partager_n_est_pas_donner(agent, connecter):
    sienne = VueDeListe.objects.create(agent=agent, liste="dossiers", nom="Secrète", parametres="annee=2024")
    partagee = VueDeListe.objects.create(
        agent=agent, liste="dossiers", nom="Partagée", parametres="annee=2023", est_partagee=True
    )
    collegue = connecter(AgentFactory(consultation=True))
    page = html(collegue.get(f"{reverse('dossiers')}?annee="))
    assert "Partagée" in page and "Secrète" not in page and agent.last_name in page
    gestion = html(collegue.get(reverse("vues", args=["dossiers"])))
    assert "Partagée" in gestion and "Secrète" not in gestion and f"vue-{partagee.pk}-nom" not in gestion
    for vue in (sienne, partagee):
        assert collegue.post(reverse("vue_supprimer", args=[vue.pk])).status_code == 404
        modif = {f"vue-{vue.pk}-nom": "Volée"}
        assert collegue.post(reverse("vue_modifier", args=[vue.pk]), modif).status_code == 404
    assert set(VueDeListe.objects.values_list("nom", flat=True)) == {"Secrète", "Partagée"}


def test_renommer_partager_choisir_par_defaut(agent, connecter):
    client = connecter(agent)
    un, deux = (
        VueDeListe.objects.create(agent=agent, liste="dossiers", nom=nom, parametres=p, est_par_defaut=defaut)
        for nom, p, defaut in (("Un", "annee=2023", True), ("Deux", "annee=2024", False))
    )
    champs = {
        f"vue-{deux.pk}-nom": "Deux bis",
        f"vue-{deux.pk}-est_partagee": "on",
        f"vue-{deux.pk}-est_par_defaut": "on",
    }
    client.post(reverse("vue_modifier", args=[deux.pk]), champs)
    un.refresh_from_db()
    deux.refresh_from_db()
    assert (deux.nom, deux.est_partagee, deux.est_par_defaut, un.est_par_defaut) == ("Deux bis", True, True, False)
    assert vues.par_defaut(agent, "dossiers") == "annee=2024"
    page = html(client.post(reverse("vue_modifier", args=[deux.pk]), {f"vue-{deux.pk}-nom": "Un"}, follow=True))
    assert "Vous avez déjà une vue « Un »" in page
    deux.refresh_from_db()
    assert deux.nom == "Deux bis"


def test_supprimer(agent, connecter):
    vue = VueDeListe.objects.create(agent=agent, liste="dossiers", nom="Un")
    client = connecter(agent)
    assert client.get(reverse("vue_supprimer", args=[vue.pk])).status_code == 405
    client.post(reverse("vue_supprimer", args=[vue.pk]))
    assert not VueDeListe.objects.exists()


def test_l_ordre_et_les_vides_ne_font_pas_une_autre_vue():
    assert vues.cle_de_requete("a=1&b=&col=x.y&page=4") == vues.cle_de_requete("col=y.x&a=1")
    assert vues.cle_de_requete("a=1") != vues.cle_de_requete("a=2")


def test_trop_long_est_refuse(agent):
    liste = vues.la_liste("dossiers")
    with pytest.raises(ActeRefuse, match="trop longs"):
        vues.nettoyer_parametres(liste, "structure=" + "é" * 1000)


def test_la_gestion_ne_coute_pas_par_vue(agent, connecter):
    client = connecter(agent)
    LigneFactory()
    couts = set()
    for cible in (1, 12):
        for n in range(VueDeListe.objects.count(), cible):
            proprietaire = agent if n % 2 else AgentFactory(consultation=True)
            VueDeListe.objects.create(agent=proprietaire, liste="dossiers", nom=f"Vue {n}", est_partagee=True)
        couts.add(compter(client, reverse("vues", args=["dossiers"])))
    assert len(couts) == 1 and max(couts) <= 8
