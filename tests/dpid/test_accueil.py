"""« À faire » per role: what is mine and late, by how many days, who holds it; nothing of the others; few queries."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from budget import accueil as budget
from budget.situation import situation
from deliberations.models import Scenario
from dpid import afaire
from programmes.models import Avis, Courrier, Dossier, Remarque
from tests import maquette
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    StructureFactory,
    TerritoireFactory,
    financer,
)
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Dossier.Etat


@pytest.fixture
def service():
    return ServiceFactory()


@pytest.fixture
def dispositif(service):
    return DispositifFactory(service=service)


@pytest.fixture
def instructeur(service):
    return AgentFactory(instruction=True, services=[service], first_name="Inès", last_name="Martel")


def depuis(dossier, jours, etat=None, **champs):
    """As if its state dated from `jours` days ago, in Paris (the clock alone is forced, around the verbs).

    Counted in days and not in hours: twice a year one of them has 23 hours or 25.
    """
    champs |= {"etat": etat} if etat else {}
    midi = datetime.combine(timezone.localdate() - timedelta(jours), time(12))
    Dossier.objects.filter(pk=dossier.pk).update(etat_le=timezone.make_aware(midi), **champs)
    return dossier


def groupes(agent) -> dict:
    return {g.titre: g for g in afaire.groupes(agent)}


# --- Dossiers


@pytest.mark.parametrize(
    ("etat", "titre", "delai"),
    [
        (Etat.DEPOSE, "Dossiers déposés à vérifier", 15),
        (Etat.INCOMPLET, "Dossiers incomplets à relancer", 30),
        (Etat.COMPLET, "Recevabilité à prononcer", 10),
        (Etat.RECEVABLE, "Instructions à ouvrir", 10),
        (Etat.EN_INSTRUCTION, "Dossiers à instruire et à proposer", 30),
        (Etat.PROPOSE, "Dossiers proposés à inscrire à un rapport", 30),
        (Etat.AJOURNE, "Dossiers ajournés à reprendre", 60),
    ],
)
def test_chaque_etat_dit_son_acte_et_son_retard(etat, titre, delai, instructeur, dispositif):
    motif = {"motif": "x"} if etat in Dossier.MOTIVES else {}
    depuis(DossierFactory(dispositif=dispositif), delai, etat, **motif)
    depuis(DossierFactory(dispositif=dispositif), delai + 3, etat, **motif)
    groupe = groupes(instructeur)[titre]
    assert (groupe.nombre, groupe.retard) == (2, 1)
    assert [(t.depuis, t.retard) for t in groupe.items] == [(delai + 3, 3), (delai, 0)]
    assert f"etat={etat}" in groupe.url


def test_les_groupes_en_retard_viennent_d_abord(instructeur, dispositif):
    depuis(DossierFactory(dispositif=dispositif), 1, Etat.DEPOSE)
    depuis(DossierFactory(dispositif=dispositif), 45, Etat.COMPLET)
    assert [g.titre for g in afaire.groupes(instructeur)] == ["Recevabilité à prononcer", "Dossiers déposés à vérifier"]


def test_les_dossiers_d_un_collegue_ne_sont_pas_les_miens(instructeur, dispositif, service):
    autre = AgentFactory(instruction=True, services=[service], first_name="Paul", last_name="Duval")
    DossierFactory(dispositif=dispositif, instructeur=autre)
    DossierFactory(dispositif=dispositif, instructeur=instructeur)
    libre = DossierFactory(dispositif=dispositif)
    groupe = groupes(instructeur)["Dossiers à instruire et à proposer"]
    assert sorted(t.tenu_par for t in groupe.items) == ["Inès Martel", "sans instructeur"]
    assert str(libre.structure) in {t.titre for t in groupe.items}
    chef = AgentFactory(instruction=True, services=[service], est_chef_de_service=True)
    tenus = {t.tenu_par for t in groupes(chef)["Dossiers à instruire et à proposer"].items}
    assert tenus == {"Paul Duval", "Inès Martel", "sans instructeur"}


def test_un_autre_service_ne_me_concerne_pas(instructeur):
    DossierFactory(dispositif=DispositifFactory(service=ServiceFactory()))
    assert groupes(instructeur) == {}


def test_le_compte_dit_tout_la_liste_les_premiers(instructeur, dispositif, connecter):
    for n in range(afaire.MONTRES + 3):
        depuis(DossierFactory(dispositif=dispositif), n)
    groupe = groupes(instructeur)["Dossiers à instruire et à proposer"]
    assert (groupe.nombre, len(groupe.items)) == (afaire.MONTRES + 3, afaire.MONTRES)
    assert groupe.items[0].depuis == afaire.MONTRES + 2
    page = html(connecter(instructeur).get(reverse("accueil")))
    assert f"Voir les {afaire.MONTRES + 3}" in page and "sans instructeur" in page


def test_refus_a_notifier_jusqu_a_l_envoi_du_courrier(instructeur, dispositif):
    dossier = depuis(DossierFactory(dispositif=dispositif), 12, Etat.REFUSE, motif="Hors champ")
    depuis(DossierFactory(dispositif=dispositif), 12, Etat.REFUSE, motif="Repris", origine="reprise")
    titre = "Refus et irrecevabilités à notifier"
    assert (groupes(instructeur)[titre].nombre, groupes(instructeur)[titre].items[0].retard) == (1, 2)
    courrier = Courrier.objects.create(
        structure=dossier.structure, dossier=dossier, nature="refus", objet="Refus", corps="…", etabli_par=instructeur
    )
    assert titre in groupes(instructeur)
    Courrier.objects.filter(pk=courrier.pk).update(envoye_le=date(2024, 5, 1))
    assert titre not in groupes(instructeur)


def test_financement_a_imputer(instructeur, dispositif):
    financer(LigneFactory(dossier__dispositif=dispositif), "10.00")
    assert groupes(instructeur)["Dossiers dont un financement reste à imputer"].nombre == 1


# --- Avis and remarks


@pytest.fixture
def demande(dispositif, instructeur):
    """A dossier with an avis asked of one territoire, another of a second one."""
    lieux = TerritoireFactory.create_batch(2)
    dossier = DossierFactory(dispositif=dispositif, instructeur=instructeur, lignes=1, lignes__territoires=lieux)
    dossier.demander_avis(par=instructeur, territoires=lieux)
    return dossier, lieux


def test_avis_a_rendre_par_le_territoire_seul(demande, instructeur):
    _, lieux = demande
    agent = AgentFactory(territoire=True, territoires=lieux[:1])
    groupe = groupes(agent)["Avis à rendre"]
    assert (groupe.nombre, groupe.retard, groupe.attente) == (1, 0, False)
    assert groupe.items[0].tenu_par == lieux[0].libelle
    assert groupe.avant == Avis.objects.first().echeance_le
    assert "Avis à rendre" not in groupes(AgentFactory(territoire=True, territoires=[TerritoireFactory()]))
    attendus = groupes(instructeur)["Avis attendus sur mes dossiers"]
    assert (attendus.nombre, attendus.attente) == (2, True)
    assert {t.tenu_par for t in attendus.items} == {lieu.libelle for lieu in lieux}


def test_avis_en_retard_relances_et_comptes(demande, instructeur):
    dossier, lieux = demande
    hier = timezone.localdate() - timedelta(4)
    Avis.objects.filter(territoire=lieux[0]).update(echeance_le=hier)
    relancer = groupes(instructeur)["Avis en retard à relancer"]
    assert (relancer.nombre, relancer.retard, relancer.items[0].retard) == (1, 1, 4)
    assert relancer.items[0].tenu_par == lieux[0].libelle
    mien = groupes(AgentFactory(territoire=True, territoires=lieux[:1]))["Avis à rendre"]
    assert (mien.retard, mien.items[0].retard) == (1, 4)


def test_dossier_dont_les_avis_sont_tous_la(demande, instructeur):
    titre = "Avis rendus ou échus : dossiers à proposer"
    assert titre not in groupes(instructeur)
    for avis in Avis.objects.all():
        avis.rendre(par=AgentFactory(territoire=True, territoires=[avis.territoire]), sens="favorable")
    assert groupes(instructeur)[titre].nombre == 1
    assert "Avis attendus sur mes dossiers" not in groupes(instructeur)


def test_avis_demande_a_un_service(dispositif, instructeur):
    autre = ServiceFactory()
    dossier = DossierFactory(dispositif=dispositif, instructeur=instructeur, lignes=1)
    dossier.demander_avis(par=instructeur, services=[autre])
    agent = AgentFactory(instruction=True, services=[autre])
    assert groupes(agent)["Avis à rendre"].items[0].tenu_par == autre.libelle


def test_remarque_a_repondre_puis_reponse_a_lire(demande, instructeur):
    dossier, lieux = demande
    agent = AgentFactory(territoire=True, territoires=lieux[:1], first_name="Léa", last_name="Roux")
    remarque = Remarque.poser(dossier, par=agent, texte="Le budget compte deux fois le loyer. " * 5)
    tache = groupes(instructeur)["Remarques à répondre"].items[0]
    assert tache.tenu_par == "Léa Roux" and tache.detail.endswith("…") and len(tache.detail) <= 91
    assert "Remarques à répondre" not in groupes(agent)
    remarque.repondre(par=instructeur, reponse="Corrigé.")
    assert groupes(agent)["Réponses à vos remarques, à clore"].nombre == 1
    remarque.clore(par=agent)
    assert "Réponses à vos remarques, à clore" not in groupes(agent)


# --- Direction, budget, conventions


def test_direction_arbitre_et_suit_les_scenarios():
    direction = AgentFactory(direction=True)
    DossierFactory(propose=True)
    appel = Dossier.objects.get().dispositif.thematique.appel
    Scenario.ouvrir(appel=appel, nom="Hypothèse basse", par=direction)
    lus = groupes(direction)
    assert lus["Dossiers proposés à arbitrer"].nombre == 1
    assert lus["Scénarios d’arbitrage ouverts"].items[0].titre == "Hypothèse basse"
    assert "Scénarios d’arbitrage ouverts" not in groupes(AgentFactory(consultation=True))


@pytest.mark.parametrize(
    ("affecte", "signal", "taux"), [("899.99", "", 89), ("900.00", "surveiller", 90), ("1000.00", "bloque", 100)]
)
def test_ae_a_quatre_vingt_dix_pour_cent(affecte, signal, taux):
    ae = maquette.autorisation(1, "1000.00")
    maquette.ecrire(ae, maquette.N.AFFECTATION, affecte)
    lu = budget.niveau(situation(2024)[0])
    assert (lu["signal"], lu["taux"]) == (signal, taux)


def test_l_accueil_du_budget_signale_les_ae_presque_epuisees(connecter):
    ae = maquette.autorisation(1, "1000.00")
    maquette.autorisation(2, "1000.00")
    maquette.ecrire(ae, maquette.N.AFFECTATION, "950.00")
    page = html(connecter(AgentFactory(budget=True)).get(reverse("accueil")))
    assert "95\u00a0% pris" in page and "1\u00a0AE" in page
    assert page.index(ae.ligne.code) < page.index(maquette.code(2))


# --- The page


@pytest.mark.parametrize(
    "role",
    ["territoire", "instruction", "budget", "direction", "assemblees", "conventions", "consultation", "administration"],
)
def test_page_de_chaque_role(role, connecter, demande, service):
    _, lieux = demande
    agent = AgentFactory(**{role: True}, services=[service], territoires=lieux)
    page = html(connecter(agent).get(reverse("accueil")))
    assert len(re.findall("<h1", page)) == 1 and "style=" not in page.split("<main")[1]


@pytest.mark.parametrize("combien", [1, 12])
def test_au_plus_quinze_requetes_avec_tous_les_roles(combien, connecter):
    """The heaviest agent: administration, with something in every group and block."""
    service = ServiceFactory()
    agent = AgentFactory(administration=True, services=[service])
    ae = AutorisationFactory()
    for n in range(combien):
        dispositif = DispositifFactory(service=service)
        for etat in (Etat.DEPOSE, Etat.COMPLET, Etat.RECEVABLE):
            depuis(DossierFactory(dispositif=dispositif), 20, etat)
        dossier = DossierFactory(dispositif=dispositif, lignes=1, structure=StructureFactory())
        financer(dossier.lignes.get(), Decimal("1.00"))
        dossier.demander_avis(par=agent, services=[service, ServiceFactory()])
        Remarque.poser(dossier, par=AgentFactory(direction=True), texte="?")
        Scenario.ouvrir(appel=dispositif.thematique.appel, nom=f"S{n}", par=agent)
        maquette.rapport(agent, numero=str(n + 1), le=date(2030, 6, 17))
    client = connecter(agent)
    session = client.session
    session["exercice"] = ae.millesime
    session.save()
    assert compter(client, reverse("accueil")) <= 15


def test_l_accueil_montre_les_ae_les_plus_consommees_et_dit_combien(connecter, monkeypatch):
    monkeypatch.setattr(budget, "MONTREES", 2)
    for n in range(3):
        maquette.autorisation(n + 1, "1000.00")
    maquette.ecrire(maquette.AutorisationEngagement.objects.last(), maquette.N.AFFECTATION, "500.00")
    page = html(connecter(AgentFactory(budget=True)).get(reverse("accueil")))
    assert "Voir les 3 AE" in page and maquette.code(3) in page and maquette.code(2) not in page
