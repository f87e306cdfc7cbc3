"""Scenarios in the admin: amounts in rows and in a list, copies, states, adoption; same refusals as the pages."""
# ruff: noqa: F811 - fixtures are imported by their name

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliberations.models import Instance, MontantDeScenario, Rapport, Scenario, Seance
from dpid.models import Journal
from tests.deliberations.arbitrage_donnees import ligne, monde
from tests.dpid.pages_admin import admin_client, adresse, formulaire, saine  # noqa: F401
from tests.factories import AgentFactory, ServiceFactory
from tests.maquette import SEANCE_LE

pytestmark = pytest.mark.neutre


@pytest.fixture
def m(db):
    return monde()


def acte(scenario, nom):
    return reverse("admin:deliberations_scenario_acte", args=[scenario.pk, nom])


def test_creer_modifier_les_montants_en_rangs(m, admin_client):
    page = adresse(Scenario, "add")
    donnees = formulaire(admin_client.get(page)) | {"appel": str(m.appel.pk), "nom": "Admin"}
    assert admin_client.post(page, donnees).status_code == 302
    scenario = Scenario.objects.get()
    assert admin_client.post(page, donnees | {"nom": "Bis"}).status_code == 200 and Scenario.objects.count() == 1
    MontantDeScenario.objects.create(scenario=scenario, ligne=m.lignes["A1"], montant=D("5.00"))
    page = adresse(Scenario, "change", scenario.pk)
    assert saine(admin_client.get(page))
    donnees = formulaire(admin_client.get(page)) | {"montants-0-montant": "7,50"}
    assert admin_client.post(page, donnees).status_code == 302
    assert scenario.montants.get().montant == D("7.50")
    acte_ecrit = Journal.objects.get(verbe="chiffrer")
    assert acte_ecrit.donnees["montants"] == [{"ligne": m.lignes["A1"].pk, "de": "5.00", "vers": "7.50"}]
    admin_client.post(page, formulaire(admin_client.get(page)))  # saved without a change: nothing more
    assert Journal.objects.filter(verbe="chiffrer").count() == 1


def test_montants_en_liste_et_perimes(m, admin_client):
    scenario = m.scenario(A1="5.00", A2="6.00")
    page = adresse(MontantDeScenario, "changelist")
    assert saine(admin_client.get(page))
    donnees = formulaire(admin_client.get(page)) | {"_save": "Enregistrer"}
    cle = next(n for n, v in donnees.items() if n.endswith("-montant") and v == ["5,00"])
    assert admin_client.post(page, donnees | {cle: "8"}).status_code == 302
    assert scenario.montants.get(ligne=m.lignes["A1"]).montant == D("8.00")
    stale = admin_client.post(page, donnees | {cle: "9"})
    assert stale.status_code == 200 and "Enregistré entre-temps" in stale.content.decode()
    assert scenario.montants.get(ligne=m.lignes["A1"]).montant == D("8.00")
    scenario.ecarter(par=m.equipe.direction)
    admin_client.post(page, donnees | {cle: "10"})
    assert scenario.montants.get(ligne=m.lignes["A1"]).montant == D("8.00")


def test_actes_depuis_l_admin(m, admin_client):
    scenario = m.scenario(A1="600.00")
    corps, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
    seance = Seance.objects.create(instance=corps, date=SEANCE_LE)
    copie = formulaire(admin_client.get(acte(scenario, "copier")))
    assert admin_client.post(acte(scenario, "copier"), copie).status_code == 302
    autre = Scenario.objects.get(nom="Enveloppe maintenue (copie)")
    assert "porte déjà ce nom" in admin_client.post(acte(scenario, "copier"), copie).content.decode()
    for verbe, etat in (("ecarter", "ecarte"), ("rouvrir", "ouvert")):
        assert admin_client.post(acte(autre, verbe), {"motif": ""}).status_code == 302
        assert Scenario.objects.get(pk=autre.pk).etat == etat
    page = admin_client.get(acte(scenario, "retenir"))
    assert saine(page) and "600,00" in page.content.decode()
    donnees = formulaire(page) | {"seance": str(seance.pk)}
    assert admin_client.post(acte(scenario, "retenir"), donnees).status_code == 302
    assert Rapport.objects.get() == Scenario.objects.get(pk=scenario.pk).rapport
    assert Scenario.objects.get(pk=autre.pk).etat == "ecarte"
    assert "impossible" in admin_client.post(acte(scenario, "retenir"), donnees).content.decode()


def test_un_scenario_ferme_ne_se_modifie_pas_dans_l_admin(m, admin_client):
    scenario = m.scenario(A1="5.00")
    scenario.ecarter(par=m.equipe.direction)
    page = adresse(Scenario, "change", scenario.pk)
    assert "copiez-le" in admin_client.get(page).content.decode()
    admin_client.post(page, {"nom": "Autre"})
    assert Scenario.objects.get().nom == "Enveloppe maintenue"


def test_les_lignes_etrangeres_ne_se_montrent_pas(m, connecter):
    service = ServiceFactory()
    m.dispositifs["A"].service = service
    m.dispositifs["A"].save()
    client = connecter(AgentFactory(instruction=True, services=[service], is_staff=True))
    scenario = m.scenario(A1="5.00", B1="6.00")
    etranger = scenario.montants.get(ligne=m.lignes["B1"])
    assert "AMIE" not in client.get(adresse(MontantDeScenario, "changelist")).content.decode()
    assert "AMIE" not in client.get(adresse(Scenario, "change", scenario.pk)).content.decode()
    assert client.get(adresse(MontantDeScenario, "change", etranger.pk)).status_code == 302


def test_cout_constant(m, admin_client):
    scenario = m.scenario(A1="5.00")

    def cout(page):
        with CaptureQueriesContext(connection) as requetes:
            assert admin_client.get(page).status_code == 200
        return len(requetes)

    pages = [adresse(Scenario, "changelist"), adresse(MontantDeScenario, "changelist"),
             adresse(Scenario, "change", scenario.pk)]  # fmt: skip
    [cout(p) for p in pages]
    avant = [cout(p) for p in pages]
    for n in range(25):
        nouvelle = ligne(m.dispositifs["A"], f"S{n}", "10.00")
        MontantDeScenario.objects.create(scenario=scenario, ligne=nouvelle, montant=D("1.00"))
        m.scenario(f"Scénario {n}")
    assert [cout(p) for p in pages] == avant and max(avant) <= 15
