"""Rapports in the admin: acts with their figures, outline edited under the freeze, votes only read."""
# ruff: noqa: F811 - fixtures are imported by their name

import datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliberations.models import Deliberation, OperationPresentee, Proposition, Rapport, ThematiquePresentee
from dpid.models import Journal
from programmes.models import Dossier
from tests.assemblee import mener_au_vote
from tests.dpid.pages_admin import admin_client, adresse, agent, formulaire, premier_rapport, saine  # noqa: F401
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    LigneFactory,
    RapportFactory,
    SeanceFactory,
    operation_de,
    presenter,
)

pytestmark = pytest.mark.neutre


def acte(rapport, nom):
    return reverse("admin:deliberations_rapport_acte", args=[rapport.pk, nom])


@pytest.fixture
def rapport(db):
    ae = AutorisationFactory(vote="1000.00", ligne__code="C02-446A05")
    return RapportFactory(propositions=[LigneFactory(finance=ae)])


def viser_tout(rapport, *, jusqu_au_vote=True):
    comptes = {
        "chef_service": AgentFactory(instruction=True, est_chef_de_service=True),
        "direction": AgentFactory(direction=True),
        "finances": AgentFactory(budget=True),
    }
    for etape in settings.DPID["circuit_visas"]:
        rapport.viser(par=comptes[etape], etape=etape)
    if jusqu_au_vote:
        mener_au_vote(rapport, par=AgentFactory(assemblees=True))
    return rapport


def test_viser_dans_l_ordre_et_une_fois(rapport, connecter):
    chef = connecter(AgentFactory(instruction=True, est_chef_de_service=True, is_staff=True))
    page = chef.get(acte(rapport, "viser"))
    assert saine(page) and "800,00" in page.content.decode() and "C02-446A05" in page.content.decode()
    donnees = formulaire(page) | {"commentaire": ""}
    assert chef.post(acte(rapport, "viser"), donnees).status_code == 302
    assert "ne se donne pas deux fois" in chef.post(acte(rapport, "viser"), donnees).content.decode()
    assert rapport.visas_actifs().count() == 1
    budget = connecter(AgentFactory(budget=True, is_staff=True))
    assert budget.get(acte(rapport, "viser")).status_code == 302  # not yet its turn


def test_visa_sur_des_montants_qui_ont_change(rapport, connecter):
    chef = connecter(AgentFactory(instruction=True, est_chef_de_service=True, is_staff=True))
    donnees = formulaire(chef.get(acte(rapport, "viser")))
    financement = rapport.propositions.get().ligne.financements.get()
    financement.montant = 5
    financement.save()
    assert "ont changé" in chef.post(acte(rapport, "viser"), donnees).content.decode()
    assert not rapport.visas_actifs().exists()


def test_annuler_les_visas_libere_les_credits(rapport, admin_client):
    viser_tout(rapport, jusqu_au_vote=False)
    reponse = admin_client.post(acte(rapport, "annuler_visas"), {"motif": "Erreur d’imputation"})
    assert reponse.status_code == 302
    rapport = Rapport.objects.get(pk=rapport.pk)
    assert rapport.etat == Rapport.Etat.PREPARATION and not rapport.visas_actifs().exists()
    assert "Aucun visa" in admin_client.post(acte(rapport, "annuler_visas"), {"motif": "x"}).content.decode()


def test_numeroter(rapport, admin_client):
    assert admin_client.post(acte(rapport, "numeroter"), {"numero": "64"}).status_code == 302
    assert Rapport.objects.get(pk=rapport.pk).numero == "64"
    faux = admin_client.post(acte(rapport, "numeroter"), {"numero": "soixante"}).content.decode()
    assert "s’écrit 64" in faux
    assert "déjà le numéro 64" in admin_client.post(acte(rapport, "numeroter"), {"numero": "64"}).content.decode()
    assert Journal.objects.filter(verbe="numeroter").count() == 1


def test_rejeter_rend_les_dossiers(rapport, admin_client):
    viser_tout(rapport)
    donnees = {"motif": "Ajourné par la commission", "le": "2024-06-17", "numero": ""}
    assert admin_client.post(acte(rapport, "rejeter"), donnees).status_code == 302
    assert Dossier.objects.get().etat == Dossier.Etat.EN_INSTRUCTION
    assert "ne se modifie plus" in admin_client.get(adresse(Rapport, "change", rapport.pk)).content.decode()


@pytest.mark.lent
def test_adopter(rapport, admin_client):
    viser_tout(rapport)
    page = admin_client.get(acte(rapport, "adopter"))
    assert saine(page) and "il restera 200,00" in page.content.decode()
    refus = admin_client.post(acte(rapport, "adopter"), {"numero": "604", "le": "2024-06-17"})
    assert "écrivez par exemple 2023-604" in refus.content.decode()
    donnees = {"numero": "2024-604", "le": "2024-06-17"}
    assert admin_client.post(acte(rapport, "adopter"), donnees).status_code == 302
    assert Deliberation.objects.get().documents.count() == 3  # the rapport was frozen when it was sent
    assert "déjà adopté" in admin_client.post(acte(rapport, "adopter"), donnees).content.decode()
    assert Deliberation.objects.count() == 1
    deliberation = Deliberation.objects.get()
    assert "Télécharger" in admin_client.get(adresse(Deliberation, "change", deliberation.pk)).content.decode()


def test_l_auteur_n_adopte_pas(rapport, connecter):
    viser_tout(rapport)
    auteur = rapport.cree_par
    auteur.roles = ["administration"]
    auteur.is_staff = True
    auteur.save()
    donnees = {"numero": "2024-604", "le": "2024-06-17"}
    assert "un autre compte" in connecter(auteur).post(acte(rapport, "adopter"), donnees).content.decode()


@pytest.mark.parametrize("nom", ["viser", "numeroter", "adopter", "rejeter", "annuler_visas"])
def test_actes_interdits_a_la_consultation(rapport, connecter, nom):
    client = connecter(AgentFactory(consultation=True, is_staff=True))
    assert client.post(acte(rapport, nom), {"motif": "x", "numero": "2024-1", "le": "2024-06-17"}).status_code == 403


def test_ouvrir_un_rapport_une_fois(admin_client, db):
    page = adresse(Rapport, "add")
    donnees = formulaire(admin_client.get(page)) | {"seance": SeanceFactory().pk, "titre": "Neuf", "service": ""}
    assert admin_client.post(page, donnees).status_code == 302
    assert "qu’une fois" in admin_client.post(page, donnees).content.decode()
    rapport = Rapport.objects.get()
    assert rapport.numero == "P1" and rapport.cree_par is not None and rapport.etat == Rapport.Etat.PREPARATION


def test_plan_edite_puis_gele(rapport, admin_client):
    operation = OperationPresentee.objects.get()
    page = adresse(OperationPresentee, "change", operation.pk)
    donnees = formulaire(admin_client.get(page)) | {"titre": "Titre imprimé"}
    assert admin_client.post(page, donnees).status_code == 302
    operation.refresh_from_db()
    assert operation.titre == "Titre imprimé" and operation.propositions.count() == 1
    rapport.rejeter(par=AgentFactory(assemblees=True), motif="x", le=datetime.date(2024, 6, 17))
    for modele in (Rapport, ThematiquePresentee, OperationPresentee, Proposition):
        objet = modele.objects.first()
        page = adresse(modele, "change", objet.pk)
        texte = admin_client.post(page, donnees | {"titre": "Autre"}, follow=True).content.decode()
        assert "soumis au vote" in texte, modele
        texte = admin_client.post(adresse(modele, "delete", objet.pk), {"post": "yes"}, follow=True).content.decode()
        assert "soumis au vote" in texte and modele.objects.filter(pk=objet.pk).exists()
    operation.refresh_from_db()
    assert operation.titre == "Titre imprimé"


def test_inscrire_et_retirer_passent_par_le_rapport(rapport, admin_client):
    operation = OperationPresentee.objects.get()
    page = adresse(OperationPresentee, "change", operation.pk)
    nouvelle = LigneFactory(finance=AutorisationFactory())
    donnees = formulaire(admin_client.get(page)) | {"propositions-2-0-ligne": nouvelle.pk}
    refus = admin_client.post(page, donnees)
    assert refus.status_code == 200 and "Seul un dossier proposé" in refus.content.decode()
    nouvelle.dossier.proposer(par=AgentFactory())
    assert admin_client.post(page, donnees).status_code == 302
    assert Dossier.objects.get(pk=nouvelle.dossier_id).etat == Dossier.Etat.INSCRIT
    proposition = Proposition.objects.get(ligne=nouvelle)
    assert admin_client.post(adresse(Proposition, "delete", proposition.pk), {"post": "yes"}).status_code == 302
    assert Dossier.objects.get(pk=nouvelle.dossier_id).etat == Dossier.Etat.PROPOSE


def test_saisie_perimee_d_un_rapport(rapport, admin_client):
    page = adresse(Rapport, "change", rapport.pk)
    donnees = formulaire(admin_client.get(page)) | {"titre": "Le mien"}
    autre = Rapport.objects.get(pk=rapport.pk)
    autre.titre = "Celui d’un autre"
    autre.save()
    texte = admin_client.post(page, donnees).content.decode()
    assert "Celui d’un autre" in texte and "Le mien" in texte
    assert Rapport.objects.get(pk=rapport.pk).titre == "Celui d’un autre"


@pytest.mark.parametrize("modele", [Rapport, OperationPresentee, Proposition, ThematiquePresentee])
def test_liste_au_meme_cout(admin_client, db, modele):
    def cout():
        with CaptureQueriesContext(connection) as requetes:
            assert admin_client.get(adresse(modele, "changelist")).status_code == 200
        return len(requetes)

    rapport = RapportFactory()
    presenter(rapport, LigneFactory(finance=AutorisationFactory()))
    cout()
    un = cout()
    for _ in range(10):
        autre = RapportFactory(seance=rapport.seance)
        ligne = LigneFactory(finance=AutorisationFactory())
        operation_de(autre, ligne.dossier.dispositif)
        presenter(autre, ligne)
    assert un == cout() <= 8 + 3
