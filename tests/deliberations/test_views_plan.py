"""Pages of the plan of a rapport, of the séances, and the panels shown on other pages."""

from datetime import date

import pytest
from django.urls import reverse

from deliberations.models import Proposition, Rapport, Seance
from dpid.models import Journal
from programmes.models import Dossier
from tests.assemblee import mener_au_vote
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    InstanceFactory,
    LigneFactory,
    RapportFactory,
    SeanceFactory,
    operation_de,
)
from tests.programmes.pages import html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
HTMX = {"HX-Request": "true"}
ROLES = [
    "territoire",
    "instruction",
    "budget",
    "direction",
    "assemblees",
    "conventions",
    "consultation",
    "administration",
]


@pytest.fixture
def redactrice():
    return AgentFactory(username="redactrice", instruction=True)


@pytest.fixture
def ae():
    return AutorisationFactory(ligne__code="C02-446A05", vote="1000.00")


@pytest.fixture
def rapport(redactrice, ae):
    dispositif = DispositifFactory()
    lignes = [
        LigneFactory(dossier=DossierFactory(dispositif=dispositif), finance=ae, finance__montant="300.00") for _ in "ab"
    ]
    return RapportFactory(par=redactrice, propositions=lignes)


def viser_tout(rapport, *, jusqu_a=""):
    for etape, agent in (
        ("chef_service", AgentFactory(instruction=True, est_chef_de_service=True)),
        ("direction", AgentFactory(direction=True)),
        ("finances", AgentFactory(budget=True)),
    ):
        rapport.viser(par=agent, etape=etape)
        if etape == jusqu_a:
            return rapport
    mener_au_vote(rapport, par=AgentFactory(assemblees=True))
    return rapport


class TestPlanEtSeance:
    def test_ouvrir_un_rapport_une_fois(self, connecter, redactrice):
        seance = SeanceFactory()
        client, url = connecter(redactrice), reverse("rapport_nouveau", args=[seance.pk])
        jeton = client.get(url).context["form"].initial["jeton"]
        for _ in range(2):
            client.post(url, {"titre": "Rapport d’essai", "service": "", "jeton": jeton})
        assert Rapport.objects.count() == 1 and Journal.objects.filter(verbe="ouvrir").count() == 1

    def test_seance_par_les_assemblees_seules(self, connecter):
        instance = InstanceFactory()
        donnees = {"instance": instance.pk, "date": "2025-03-10"}
        for role in ROLES:
            reponse = connecter(AgentFactory(**{role: True})).post(reverse("seance_nouvelle"), donnees)
            assert (reponse.status_code != 403) is (role in {"assemblees", "administration"}), role
        assert Seance.objects.filter(date=date(2025, 3, 10)).count() == 1

    def test_deplacer(self, connecter, redactrice, rapport):
        premiere = rapport.thematiques.get().operations.get()
        seconde = operation_de(rapport, DispositifFactory())
        client = connecter(redactrice)
        client.post(reverse("partie_deplacer", args=["operation", seconde.pk, "monter"]))
        assert list(rapport.thematiques.get().operations.all()) == [seconde, premiere]
        reponse = client.post(reverse("partie_deplacer", args=["operation", seconde.pk, "descendre"]), headers=HTMX)
        assert 'id="plan"' in html(reponse)
        assert list(rapport.thematiques.get().operations.all()) == [premiere, seconde]

    def test_supprimer_seulement_ce_qui_est_vide(self, connecter, redactrice, rapport):
        pleine, vide = rapport.thematiques.get().operations.get(), operation_de(rapport, DispositifFactory())
        client = connecter(redactrice)
        reponse = client.post(reverse("partie_supprimer", args=["operation", pleine.pk]), follow=True)
        assert "présente des lignes" in html(reponse)
        client.post(reverse("partie_supprimer", args=["operation", vide.pk]))
        assert list(rapport.thematiques.get().operations.all()) == [pleine]

    def test_operation_modifiee_entre_temps(self, connecter, redactrice, rapport):
        operation = rapport.thematiques.get().operations.get()
        client, url = connecter(redactrice), reverse("operation_modifier", args=[operation.pk])
        form = client.get(url).context["form"]
        donnees = {n: v for n, v in form.initial.items() if n != "dispositifs" and v is not None}
        donnees["dispositifs"] = [d.pk for d in operation.dispositifs.all()]
        client.post(url, donnees | {"titre": "Premier titre"})
        corps = html(client.post(url, donnees | {"titre": "Second titre"}))
        assert "Premier titre" in corps and "Second titre" in corps and "pendant votre saisie" in corps
        operation.refresh_from_db()
        assert operation.titre == "Premier titre"

    def test_inscrire_et_retirer(self, connecter, redactrice, rapport, ae):
        operation = rapport.thematiques.get().operations.get()
        dossier = DossierFactory(dispositif=operation.dispositifs.get())
        ligne = LigneFactory(dossier=dossier, finance=ae, finance__montant="10.00")
        dossier.proposer(par=redactrice)
        chef = AgentFactory(roles=["instruction", "administration"])
        client, url = connecter(chef), reverse("rapport_inscrire", args=[rapport.pk])
        assert str(dossier.structure) in html(client.get(url))
        assert "Cochez au moins une ligne" in html(client.post(url, {"operation": operation.pk}))
        client.post(url, {"operation": operation.pk, "lignes": [ligne.pk]})
        assert rapport.propositions.count() == 3
        corps = html(client.post(url, {"operation": operation.pk, "lignes": [ligne.pk]}))
        assert "n’est plus disponible" in corps
        proposition = Proposition.objects.get(ligne=ligne)
        client.post(reverse("proposition_retirer", args=[proposition.pk]), {"motif": "Dossier incomplet"})
        assert Dossier.objects.get(pk=dossier.pk).etat == "propose"


class TestPanneaux:
    def test_dossier_et_ae_montrent_leurs_rapports(self, connecter, rapport, ae):
        client = connecter(AgentFactory(consultation=True))
        dossier = rapport.propositions.first().ligne.dossier
        assert reverse("rapport", args=[rapport.pk]) in html(client.get(reverse("dossier", args=[dossier.pk])))
        page = html(client.get(reverse("mouvements", args=[ae.pk])))
        assert reverse("rapport", args=[rapport.pk]) in page and "600,00" in page

    def test_a_faire(self, connecter, rapport):
        chef = AgentFactory(instruction=True, est_chef_de_service=True)
        assert "Visas à donner" in html(connecter(chef).get(reverse("accueil")))
        viser_tout(rapport)
        assert "Votes à enregistrer" in html(connecter(AgentFactory(assemblees=True)).get(reverse("accueil")))


class TestApresLeVote:
    def test_la_page_garde_les_noms_du_vote(self, rapport, connecter, sans_pdf):
        viser_tout(rapport)
        rapport.adopter(par=AgentFactory(assemblees=True), numero="2024-77", le=rapport.seance.date)
        structure = rapport.propositions.first().ligne.dossier.structure
        avant, structure.raison_sociale = structure.raison_sociale, "Nouvelle raison sociale"
        structure.save()
        page = connecter(AgentFactory(consultation=True)).get(rapport.get_absolute_url()).content.decode()
        assert avant in page and "Nouvelle raison sociale" not in page
