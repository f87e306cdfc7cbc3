"""Remarks anchored to a field or a section: open → answered → closed; one journal row per act."""

import pytest
from django.urls import reverse

from dpid.erreurs import ActeRefuse
from dpid.models import Journal, Role
from programmes.models import Dossier, Remarque
from tests.factories import AgentFactory, DossierFactory, LigneFactory, ServiceFactory, TerritoireFactory
from tests.programmes.pages import html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Remarque.Etat


@pytest.fixture
def ligne():
    return LigneFactory(dossier__dispositif__service=ServiceFactory())


def agent_de(ligne, **traits):
    services, lieux = [ligne.dossier.dispositif.service], list(ligne.territoires.all())
    return AgentFactory(**traits, services=services, territoires=lieux)


def test_ouverte_repondue_close_rouverte(ligne, connecter):
    du_territoire, instructeur = agent_de(ligne, territoire=True), agent_de(ligne, instruction=True)
    dossier = ligne.dossier
    adresse = reverse("remarque_nouvelle", args=[dossier.pk])
    client = connecter(du_territoire)
    assert 'value="quantites" selected' in html(client.get(f"{adresse}?champ=quantites"))
    champs = {"champ": "quantites", "texte": "Trop de jeunes ?", "jeton": "abc"}
    for _ in range(2):
        assert client.post(adresse, champs).url == f"{dossier.get_absolute_url()}#remarques"
    remarque = Remarque.objects.get()
    assert (remarque.champ, remarque.par, remarque.etat) == ("quantites", du_territoire, Etat.OUVERTE)
    client = connecter(instructeur)
    repondre = reverse("remarque_repondre", args=[remarque.pk])
    assert "Trop de jeunes" in html(client.get(repondre))
    assert "Rien n’est enregistré" in html(client.post(repondre, {"reponse": " "}))
    client.post(repondre, {"reponse": "Vérifié"})
    client.post(reverse("remarque_acte", args=[remarque.pk, "clore"]))
    client.post(reverse("remarque_acte", args=[remarque.pk, "clore"]))  # refused: already closed
    remarque.refresh_from_db()
    assert (remarque.etat, remarque.reponse, remarque.repondue_par) == (Etat.CLOSE, "Vérifié", instructeur)
    client.post(reverse("remarque_acte", args=[remarque.pk, "rouvrir"]))
    actes = Journal.objects.de_l_objet(remarque).order_by("pk").values_list("verbe", flat=True)
    assert list(actes) == ["creer", "repondre", "clore", "rouvrir"]
    page = html(client.get(reverse("dossier_section", args=[dossier.pk, "historique"])))
    assert "Poser une remarque" in page and "Ouverte" in page


def test_ce_qui_est_demande_a_la_structure_va_dans_il_vous_manque(ligne, connecter):
    """Open and written for the structure: told. Between officers, answered, closed or of a refused dossier: never."""
    agent, dossier = agent_de(ligne, instruction=True), ligne.dossier
    client, adresse = connecter(agent), reverse("remarque_nouvelle", args=[dossier.pk])
    client.post(adresse, {"champ": "budget", "texte": "Préciser les\ncofinanceurs.", "est_pour_structure": "on"})
    client.post(adresse, {"champ": "budget", "texte": "Structure fragile, à surveiller"})
    voulue = Remarque.objects.get(est_pour_structure=True)
    page = reverse("structure_manques", args=[dossier.structure_id])
    corps = html(client.get(page)).replace("\u00a0", " ")
    assert "- Budget prévisionnel : Préciser les cofinanceurs\n" in corps and "fragile" not in corps
    assert "À demander à la structure" in html(client.get(reverse("dossier_section", args=[dossier.pk, "remarques"])))
    voulue.repondre(par=agent, reponse="Reçu")
    assert "cofinanceurs" not in html(client.get(page))
    voulue.clore(par=agent)
    voulue.rouvrir(par=agent)
    assert "cofinanceurs" in html(client.get(page))
    dossier.refuser(par=agent, motif="Hors sujet")
    assert "cofinanceurs" not in html(client.get(page))


@pytest.mark.parametrize("role", list(Role))
def test_qui_remarque(role, ligne, connecter):
    agent = AgentFactory(
        roles=[role.value], services=[ligne.dossier.dispositif.service], territoires=list(ligne.territoires.all())
    )
    permis = role in {Role.INSTRUCTION, Role.TERRITOIRE, Role.DIRECTION, Role.BUDGET, Role.ADMINISTRATION}
    reponse = connecter(agent).post(reverse("remarque_nouvelle", args=[ligne.dossier_id]), {"texte": "x"})
    assert reponse.status_code == (302 if permis else 403)
    assert Remarque.objects.count() == int(permis)


@pytest.mark.parametrize(
    "champs", [{"texte": ""}, {"texte": " \n"}, {"texte": "x", "champ": "<script>"}, {"texte": "x" * 20_001}]
)
def test_remarque_refusee(champs, ligne, connecter):
    page = html(connecter(agent_de(ligne, instruction=True)).post(
        reverse("remarque_nouvelle", args=[ligne.dossier_id]), champs
    ))  # fmt: skip
    assert "Rien n’est enregistré" in page and not Remarque.objects.exists()


def test_le_texte_hostile_est_montre_tel_quel(ligne, connecter):
    Remarque.poser(ligne.dossier, par=agent_de(ligne, territoire=True), texte="<script>alert(1)</script> & suite")
    adresse = reverse("dossier_section", args=[ligne.dossier_id, "remarques"])
    page = html(connecter(agent_de(ligne, instruction=True)).get(adresse))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; suite" in page and "<script>alert" not in page


def test_remarque_d_un_dossier_qu_on_ne_voit_pas(ligne, connecter):
    remarque = Remarque.poser(ligne.dossier, par=agent_de(ligne, instruction=True), texte="x")
    client = connecter(AgentFactory(territoire=True, territoires=[TerritoireFactory()]))
    assert client.get(reverse("remarque_repondre", args=[remarque.pk])).status_code == 404
    for verbe in ("clore", "rouvrir"):
        assert client.post(reverse("remarque_acte", args=[remarque.pk, verbe])).status_code == 404
    client = connecter(agent_de(ligne, instruction=True))
    assert client.post(reverse("remarque_acte", args=[remarque.pk, "delete"])).status_code == 404
    assert client.get(reverse("remarque_acte", args=[remarque.pk, "clore"])).status_code == 405
    remarque.refresh_from_db()
    assert remarque.etat == Etat.OUVERTE


def test_un_dossier_vote_ne_recoit_plus_de_remarque(ligne, connecter):
    Dossier.objects.filter(pk=ligne.dossier_id).update(etat="vote", vote_le="2024-06-17")
    client = connecter(agent_de(ligne, instruction=True))
    client.post(reverse("remarque_nouvelle", args=[ligne.dossier_id]), {"texte": "x"})
    assert not Remarque.objects.exists()


def test_une_reponse_vide_est_refusee_par_le_modele():
    remarque = Remarque.poser(DossierFactory(), par=AgentFactory(), texte="x")
    with pytest.raises(ActeRefuse, match="porte sa réponse"):
        remarque.repondre(par=AgentFactory(), reponse="")
    assert Journal.objects.de_l_objet(remarque).count() == 1
