"""Avis: asked in working days, reminded, given by those asked alone, and what becomes of those that never come."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from dpid import tasks
from dpid.calendrier import ajouter_jours_ouvres
from dpid.erreurs import ActeRefuse
from dpid.models import Agent, Journal
from programmes.instruction.actes import echoir_avis
from programmes.models import Avis, Dossier
from tests.factories import (
    AgentFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    TerritoireFactory,
)
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Avis.Etat


@pytest.fixture
def instructeur():
    return AgentFactory(instruction=True)


@pytest.fixture
def ligne(instructeur):
    ligne = LigneFactory(dossier__dispositif__service=ServiceFactory())
    instructeur.services.set([ligne.dossier.dispositif.service])
    return ligne


@pytest.fixture
def lieu(ligne):
    return ligne.territoires.get()


def demander(ligne, par, **options):
    ligne.dossier.demander_avis(par=par, **({"territoires": [ligne.territoires.get()]} | options))
    return Avis.objects.latest("pk")


def echu(avis, jours=1):
    Avis.objects.filter(pk=avis.pk).update(echeance_le=timezone.localdate() - timedelta(jours))
    avis.refresh_from_db()
    return avis


# --- Asking


def test_la_demande_propose_les_territoires_des_lignes_et_les_jours_ouvres(ligne, lieu, instructeur, connecter):
    client, adresse = connecter(instructeur), reverse("dossier_acte", args=[ligne.dossier_id, "demander_avis"])
    form = client.get(adresse).context["form"]
    attendue = ajouter_jours_ouvres(timezone.localdate(), 10)
    assert form.fields["territoires"].initial == [lieu.pk] and form.fields["echeance_le"].initial == attendue
    client.post(adresse, {"territoires": [lieu.pk], "question": "Utile ?", "echeance_le": attendue.isoformat()})
    avis = Avis.objects.get()
    assert (avis.territoire, avis.question, avis.echeance_le, avis.demande_par) == (
        lieu,
        "Utile ?",
        attendue,
        instructeur,
    )
    assert client.get(adresse).context["form"].fields["territoires"].initial == [], "déjà demandé"


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({}, "choisissez au moins un territoire ou un service"),
        ({"echeance_le": "2020-01-01", "services": "1"}, "n’est pas dans le passé"),
        ({"territoires": "999999"}, "pas"),
        ({"echeance_le": "31/02/2026"}, "date"),
    ],
)
def test_demande_refusee(champs, phrase, ligne, instructeur, connecter):
    if "services" in champs:
        champs = champs | {"services": [ligne.dossier.dispositif.service_id]}
    adresse = reverse("dossier_acte", args=[ligne.dossier_id, "demander_avis"])
    page = html(connecter(instructeur).post(adresse, champs))
    assert phrase in page and not Avis.objects.exists()
    assert Dossier.objects.get(pk=ligne.dossier_id).etat == Dossier.Etat.EN_INSTRUCTION


def test_on_ne_demande_pas_deux_fois_au_meme(ligne, instructeur):
    demander(ligne, instructeur)
    with pytest.raises(ActeRefuse, match="Relancez-le plutôt"):
        demander(ligne, instructeur)
    assert Avis.objects.count() == 1


# --- Giving


def test_rendre_son_avis(ligne, lieu, instructeur, connecter):
    avis, agent = demander(ligne, instructeur), AgentFactory(territoire=True, territoires=[lieu])
    client, adresse = connecter(agent), reverse("avis_rendre", args=[avis.pk])
    assert adresse in html(client.get(reverse("avis")))
    assert "se motive" in html(client.post(adresse, {"sens": "reserve"}))
    assert "pas un montant" in html(client.post(adresse, {"sens": "favorable", "montant": "mille"}))
    assert "négatif" in html(client.post(adresse, {"sens": "favorable", "montant": "-1"}))
    assert "Rien n’est enregistré" in html(client.post(adresse, {}))
    champs = {"sens": "reserve", "texte": "Prudence", "montant": "1 234,56", "quantite": "3,5"}
    assert client.post(adresse, champs).status_code == 302
    avis.refresh_from_db()
    assert (avis.etat, avis.sens, avis.texte) == (Etat.RENDU, "reserve", "Prudence")
    assert (avis.montant, avis.quantite, avis.rendu_par) == (Decimal("1234.56"), Decimal("3.5"), agent)
    acte = Journal.objects.de_l_objet(avis).get()
    assert (acte.verbe, acte.par, acte.vers) == ("rendre", agent, "rendu")
    assert client.post(adresse, champs | {"sens": "favorable"}).status_code == 302  # the second click
    assert Journal.objects.de_l_objet(avis).count() == 1 and Avis.objects.get().sens == "reserve"
    assert adresse not in html(client.get(reverse("avis")))


def test_un_service_rend_le_sien(ligne, instructeur, connecter):
    service = ServiceFactory()
    avis = demander(ligne, instructeur, territoires=[], services=[service])
    agent = AgentFactory(instruction=True, services=[service, ligne.dossier.dispositif.service])
    assert connecter(agent).post(reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}).status_code == 302
    assert Avis.objects.get().rendu_par == agent


def test_un_regroupement_se_rend_par_chacun_des_siens(ligne, instructeur, connecter):
    lens = TerritoireFactory()
    groupe = TerritoireFactory(inclus=[lens])
    avis = demander(ligne, instructeur, territoires=[groupe])
    agent = AgentFactory(territoire=True, territoires=[lens])
    assert connecter(agent).post(reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}).status_code == 302


def test_personne_d_autre_ne_rend_l_avis(ligne, lieu, instructeur, connecter):
    avis = demander(ligne, instructeur)
    adresse, champs = reverse("avis_rendre", args=[avis.pk]), {"sens": "favorable"}
    ailleurs = AgentFactory(territoire=True, territoires=[TerritoireFactory()])
    assert connecter(ailleurs).post(adresse, champs).status_code == 404
    for traits in ({"direction": True}, {"budget": True}, {"consultation": True}, {"administration": True}):
        assert connecter(AgentFactory(**traits, territoires=[lieu])).post(adresse, champs).status_code == 403, traits
    assert connecter(instructeur).post(adresse, champs).status_code == 403, "il l’a demandé, il ne le rend pas"
    assert connecter(AgentFactory()).post(adresse, champs).status_code == 403
    assert Avis.objects.get().etat == Etat.DEMANDE


def test_l_agent_interroge_voit_le_dossier_d_un_autre_territoire(ligne, instructeur, connecter):
    """Asked for an avis, a territoire sees the dossier, whose lines are elsewhere."""
    lieu = TerritoireFactory()
    client = connecter(AgentFactory(territoire=True, territoires=[lieu]))
    assert client.get(ligne.dossier.get_absolute_url()).status_code == 404
    demander(ligne, instructeur, territoires=[lieu])
    assert client.get(ligne.dossier.get_absolute_url()).status_code == 200


def test_un_avis_tardif_vaut_tant_que_rien_n_est_decide(ligne, lieu, instructeur):
    avis, agent = demander(ligne, instructeur), AgentFactory(territoire=True, territoires=[lieu])
    echu(avis).echoir(par=instructeur)
    assert list(Avis.objects.rendables_par(agent)) == [avis] and not Avis.objects.a_rendre_par(agent)
    avis.rendre(par=agent, sens="favorable")
    assert avis.etat == Etat.RENDU
    autre = demander(ligne, instructeur)
    ligne.dossier.refuser(par=instructeur, motif="Hors critères")
    autre.refresh_from_db()
    assert autre.etat == Etat.SANS_OBJET and not Avis.objects.rendables_par(agent)
    with pytest.raises(ActeRefuse):
        autre.rendre(par=agent, sens="favorable")


# --- Reminding


def test_relancer(ligne, lieu, instructeur, connecter):
    avis, client = demander(ligne, instructeur), connecter(instructeur)
    adresse = reverse("avis_relancer", args=[avis.pk])
    assert "dans le passé" in html(client.post(adresse, {"echeance_le": "2020-01-01"}))
    nouvelle = timezone.localdate() + timedelta(20)
    for envoi in (nouvelle - timedelta(1), nouvelle, nouvelle, ""):  # the same reminder, twice in a day, is one
        client.post(adresse, {"echeance_le": envoi and envoi.isoformat()})
    avis.refresh_from_db()
    assert (avis.nb_relances, avis.echeance_le, avis.relance_le) == (2, nouvelle, timezone.localdate())
    assert Journal.objects.de_l_objet(avis).filter(verbe="relancer").count() == 2
    territoire = connecter(AgentFactory(territoire=True, territoires=[lieu]))
    assert territoire.post(adresse).status_code == 403


# --- Past the deadline


@pytest.mark.parametrize(("regle", "etat"), [("favorable", Etat.REPUTE_FAVORABLE), ("non_rendu", Etat.NON_RENDU)])
def test_echeance_selon_le_dispositif(regle, etat, ligne, instructeur, connecter):
    ligne.dossier.dispositif.avis_echu = regle
    ligne.dossier.dispositif.save()
    avis, futur = echu(demander(ligne, instructeur)), demander(ligne, instructeur, territoires=[TerritoireFactory()])
    assert echoir_avis() == 1 and echoir_avis() == 0, "deux fois, un seul effet"
    avis.refresh_from_db()
    futur.refresh_from_db()
    assert avis.etat == etat and futur.etat == Etat.DEMANDE
    acte = Journal.objects.de_l_objet(avis).get()
    assert acte.par.est_systeme and acte.vers == etat
    adresse = reverse("dossier_section", args=[ligne.dossier_id, "avis"])
    assert etat.label in html(connecter(instructeur).get(adresse))
    assert "Échéance passée sans réponse" in html(connecter(instructeur).get(adresse))


def test_le_dernier_jour_est_encore_un_jour(ligne, instructeur):
    avis = echu(demander(ligne, instructeur), jours=0)
    assert echoir_avis() == 0
    with pytest.raises(ActeRefuse, match="peut encore être rendu"):
        avis.echoir(par=instructeur)
    with pytest.raises(ActeRefuse, match="peuvent encore être rendus"):
        ligne.dossier.proposer(par=instructeur)
    echu(avis)
    ligne.dossier.proposer(par=instructeur)


def test_commande_et_veille_du_travailleur(ligne, instructeur):
    Agent.objects.filter(username=Agent.SYSTEME).delete()
    echu(demander(ligne, instructeur))
    sortie = StringIO()
    call_command("echoir_avis", stdout=sortie)
    assert sortie.getvalue().startswith("1\u00a0avis échu constaté")
    assert echoir_avis in tasks._veilles


def test_la_veille_survit_a_une_veille_qui_echoue(monkeypatch, ligne, instructeur):
    """One failing watch neither stops the others nor the worker."""
    import threading

    faits = []

    def casse():
        raise RuntimeError

    def suivante():
        faits.append(1)

    monkeypatch.setattr(tasks, "_veilles", [casse, suivante])
    monkeypatch.setattr(tasks.connection, "close", lambda: None)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    arret = threading.Event()
    arret.set()
    tasks.veiller(arret, 0)
    assert faits == [1]


# --- The list


def test_mes_avis_au_meme_cout(connecter, instructeur):
    lieu = TerritoireFactory()
    agent, dispositif = AgentFactory(territoire=True, territoires=[lieu]), DispositifFactory(service=ServiceFactory())
    instructeur.services.set([dispositif.service])
    couts = {}
    for cible in (1, 20, 100):
        for _ in range(cible - Avis.objects.count()):
            DossierFactory(dispositif=dispositif).demander_avis(
                par=instructeur, territoires=[lieu], echeance_le=date(2099, 1, 1)
            )
        couts[cible] = compter(connecter(agent), reverse("avis"))
    assert len(set(couts.values())) == 1 and couts[100] <= 8, couts
    demandes = f"{reverse('avis')}?de=demandes"
    assert compter(connecter(instructeur), demandes) <= 8
    assert "100\u00a0avis" in html(connecter(instructeur).get(demandes))
    assert "Mes avis à rendre" in html(connecter(agent).get(demandes)), "réservé à qui instruit"


def test_le_retard_se_compte(ligne, lieu, instructeur, connecter):
    echu(demander(ligne, instructeur), jours=3)
    page = html(connecter(AgentFactory(territoire=True, territoires=[lieu])).get(reverse("avis")))
    assert "3\u00a0jours de retard" in page
