"""Pages of the séances and rapports: who may, what an amount moves, what happens twice, what stays constant."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budget.models import DisponibleConstate, Mouvement
from budget.mouvements import N
from deliberations.models import Rapport
from dpid.models import Journal
from programmes.models import Dossier, Financement
from tests.assemblee import mener_au_vote
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    presenter,
)
from tests.programmes.pages import compter, html

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


def saisie(proposition, montant, **autres):
    proposition.ligne.refresh_from_db()
    return {"montant": montant, "version": proposition.ligne.version, "partie": "tout"} | autres


def ecritures(requetes):
    return [q["sql"] for q in requetes if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


class TestHabilitations:
    ACTES = {
        "rapport_modifier": {"instruction", "administration"},
        "rapport_inscrire": {"instruction", "administration"},
        "thematique_nouvelle": {"instruction", "administration"},
        "rapport_importer": {"instruction", "administration"},
        "rapport_numeroter": {"assemblees", "administration"},
        "rapport_viser": {"instruction", "budget", "direction", "assemblees"},
        "rapport_adopter": {"assemblees", "administration"},
        "rapport_rejeter": {"assemblees", "administration"},
    }

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("vue", ACTES)
    def test_actes_du_rapport(self, connecter, rapport, role, vue):
        client = connecter(AgentFactory(**{role: True}))
        url = reverse(vue, args=[rapport.pk])
        permis = role in self.ACTES[vue]
        assert (client.get(url).status_code != 403) is permis
        assert (client.post(url, {}).status_code != 403) is permis
        rapport.refresh_from_db()
        assert rapport.etat == "preparation" and not rapport.visas.exists()

    @pytest.mark.parametrize("role", ROLES)
    def test_actes_sur_une_ligne(self, connecter, rapport, role):
        client = connecter(AgentFactory(**{role: True}))
        proposition = rapport.propositions.first()
        permis = role in {"instruction", "administration"}
        urls = [
            reverse("proposition_montant", args=[proposition.pk]),
            reverse("proposition_retirer", args=[proposition.pk]),
            reverse("proposition_deplacer", args=[proposition.pk, "monter"]),
            reverse("financement_imputer", args=[proposition.ligne.financements.get().pk]),
            reverse("partie_deplacer", args=["operation", proposition.operation_id, "monter"]),
            reverse("partie_supprimer", args=["operation", proposition.operation_id]),
        ]
        for url in urls:
            assert (client.post(url, {}).status_code != 403) is permis, url
        assert rapport.propositions.count() == 2

    @pytest.mark.parametrize("role", ROLES)
    def test_tous_lisent_et_rien_ne_s_ecrit(self, connecter, rapport, role):
        client = connecter(AgentFactory(**{role: True}))
        client.get(reverse("seances"))
        vues = ["rapport", "rapport_totaux", "rapport_historique"]
        urls = [reverse(v, args=[rapport.pk]) for v in vues] + [
            reverse("rapports"), reverse("seances"), reverse("seance", args=[rapport.seance_id]),
            reverse("rapport_document", args=[rapport.pk, "imputations", "csv"]),
        ]  # fmt: skip
        with CaptureQueriesContext(connection) as requetes:
            for url in urls:
                assert client.get(url).status_code == 200, url
        assert not ecritures(requetes)

    def test_formulaires_lus_sans_rien_ecrire(self, connecter, rapport):
        agent = AgentFactory(roles=["instruction", "assemblees", "budget", "direction"], est_chef_de_service=True)
        client, proposition = connecter(agent), rapport.propositions.first()
        client.get(reverse("seances"))
        with CaptureQueriesContext(connection) as requetes:
            for vue in self.ACTES:
                assert client.get(reverse(vue, args=[rapport.pk])).status_code == 200, vue
            client.get(reverse("operation_modifier", args=[proposition.operation_id]))
            client.get(reverse("thematique_modifier", args=[proposition.operation.thematique_id]))
            client.get(reverse("seance_importer", args=[rapport.seance_id]))
        assert not ecritures(requetes)

    def test_sans_role_et_inconnu(self, connecter, rapport):
        client = connecter(AgentFactory())
        assert client.get(reverse("rapport", args=[rapport.pk])).status_code == 403
        client = connecter(AgentFactory(roles=["instruction", "assemblees"]))
        vues = [
            *self.ACTES, "rapport", "rapport_totaux", "seance", "seance_modifier", "rapport_nouveau", "seance_importer",
            "operation_modifier", "thematique_modifier", "operation_nouvelle", "proposition_modifier",
        ]  # fmt: skip
        for vue in vues:
            assert client.get(reverse(vue, args=[9999])).status_code == 404, vue
        for vue in ("proposition_montant", "financement_imputer"):
            assert client.post(reverse(vue, args=[9999]), {}).status_code == 404, vue

    def test_apercu_seul_encadrable(self, connecter, rapport):
        client = connecter(AgentFactory(consultation=True))
        page = client.get(reverse("rapport", args=[rapport.pk]))
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"] and page["X-Frame-Options"] == "DENY"
        pdf = client.get(reverse("rapport_apercu", args=[rapport.pk, "imputations"]))
        assert pdf.content[:4] == b"%PDF" and "frame-ancestors 'self'" in pdf["Content-Security-Policy"]
        assert pdf["X-Frame-Options"] == "SAMEORIGIN"


class TestRequetes:
    def test_constantes_de_1_a_100_lignes(self, connecter, redactrice, ae):
        dispositif = DispositifFactory()
        client = connecter(redactrice)
        comptes = []
        rapport = RapportFactory(par=redactrice)
        for nombre in (1, 20, 100):
            while rapport.propositions.count() < nombre:
                dossier = DossierFactory(dispositif=dispositif)
                presenter(rapport, LigneFactory(dossier=dossier, finance=ae, finance__montant="1.00"))
            comptes.append(compter(client, reverse("rapport", args=[rapport.pk]) + "?partie=tout"))
        assert comptes[0] == comptes[1] == comptes[2] <= 15

    def test_listes(self, connecter, redactrice, rapport):
        client = connecter(redactrice)
        urls = [reverse("rapports"), reverse("seances"), reverse("seance", args=[rapport.seance_id])]
        avant = [compter(client, u) for u in urls]
        for _ in range(20):
            RapportFactory(par=redactrice)
        assert [compter(client, u) for u in urls] == avant


class TestMontant:
    def test_un_montant_bouge_le_solde(self, connecter, redactrice, rapport):
        client, proposition = connecter(redactrice), rapport.propositions.first()
        url = reverse("proposition_montant", args=[proposition.pk])
        assert "400,00" in html(client.get(reverse("rapport", args=[rapport.pk])))
        corps = html(client.post(url, saisie(proposition, "450,50"), headers=HTMX))
        assert (
            "249,50" in corps
            and 'id="soldes"' in corps
            and 'id="pied"' in corps
            and "450,50 €" in corps.replace("\u00a0", " ")
        )
        assert Financement.objects.get(ligne=proposition.ligne).montant == Decimal("450.50")
        assert Journal.objects.filter(verbe="arbitrer").count() == 1

    def test_sans_javascript(self, connecter, redactrice, rapport):
        client, proposition = connecter(redactrice), rapport.propositions.first()
        url = reverse("proposition_montant", args=[proposition.pk])
        reponse = client.post(url, saisie(proposition, "10"))
        assert reponse.status_code == 302 and f"#proposition-{proposition.pk}" in reponse.url
        refus = client.post(url, saisie(proposition, "douze"))
        assert refus.status_code == 422 and 'value="douze"' in html(refus) and "n’est pas un montant" in html(refus)

    def test_saisie_perimee_montre_les_deux_valeurs(self, connecter, redactrice, rapport):
        client, proposition = connecter(redactrice), rapport.propositions.first()
        url, ancienne = reverse("proposition_montant", args=[proposition.pk]), saisie(proposition, "111,00")
        client.post(url, saisie(proposition, "222,00"), headers=HTMX)
        corps = html(client.post(url, ancienne, headers=HTMX))
        assert "222,00" in corps and 'value="111,00"' in corps
        assert Financement.objects.get(ligne=proposition.ligne).montant == Decimal("222.00")
        client.post(url, saisie(proposition, "111,00"), headers=HTMX)
        assert Financement.objects.get(ligne=proposition.ligne).montant == Decimal("111.00")

    def test_zero_demande_son_motif(self, connecter, redactrice, rapport):
        client, proposition = connecter(redactrice), rapport.propositions.first()
        url = reverse("proposition_montant", args=[proposition.pk])
        corps = html(client.post(url, saisie(proposition, "0"), headers=HTMX))
        assert "porte son motif" in corps and 'name="motif_zero"' in corps
        client.post(url, saisie(proposition, "0", motif_zero="refuse"), headers=HTMX)
        proposition.ligne.refresh_from_db()
        assert proposition.ligne.motif_zero == "refuse"

    def test_inchange_n_ecrit_rien(self, connecter, redactrice, rapport):
        viser_tout(rapport)
        client, proposition = connecter(redactrice), rapport.propositions.first()
        client.post(reverse("proposition_montant", args=[proposition.pk]), saisie(proposition, "300,00"), headers=HTMX)
        assert rapport.visas_actifs().count() == 3 and not Journal.objects.filter(verbe="arbitrer").exists()

    def test_apres_visa_tout_est_rendu_et_dit(self, connecter, redactrice, rapport, ae):
        viser_tout(rapport, jusqu_a="finances")
        client, proposition = connecter(redactrice), rapport.propositions.first()
        url = reverse("proposition_montant", args=[proposition.pk])
        corps = html(client.post(url, saisie(proposition, "299,00"), headers=HTMX))
        assert "Visas annulés" in corps and "En préparation" in corps
        ae.refresh_from_db()
        assert ae.reserve == 0 and not rapport.visas_actifs().exists()

    def test_depassement_montre_en_toutes_lettres(self, connecter, redactrice, rapport):
        client, proposition = connecter(redactrice), rapport.propositions.first()
        url = reverse("proposition_montant", args=[proposition.pk])
        corps = html(client.post(url, saisie(proposition, "701,00"), headers=HTMX))
        assert "dépassé de 1,00\u00a0€" in corps

    def test_rapport_adopte_ne_bouge_plus(self, connecter, redactrice, rapport):
        viser_tout(rapport).adopter(par=AgentFactory(assemblees=True), numero="2024-100", le=rapport.seance.date)
        client, proposition = connecter(redactrice), rapport.propositions.first()
        client.post(reverse("proposition_montant", args=[proposition.pk]), saisie(proposition, "1"), headers=HTMX)
        client.post(reverse("proposition_retirer", args=[proposition.pk]), {"motif": "x"})
        client.post(reverse("rapport_modifier", args=[rapport.pk]), {"titre": "Autre"})
        client.post(reverse("partie_deplacer", args=["operation", proposition.operation_id, "monter"]))
        assert Financement.objects.get(ligne=proposition.ligne).montant == Decimal("300.00")
        assert rapport.propositions.count() == 2 and Rapport.objects.get(pk=rapport.pk).titre != "Autre"


class TestImputer:
    def test_financement_a_imputer(self, connecter, redactrice, ae):
        rapport = RapportFactory(par=redactrice, propositions=[LigneFactory(finance="à imputer")])
        client = connecter(redactrice)
        assert "à imputer" in html(client.get(reverse("rapport", args=[rapport.pk])))
        financement = Financement.objects.get()
        for _ in range(2):
            client.post(reverse("financement_imputer", args=[financement.pk]), {"autorisation": ae.pk})
        financement.refresh_from_db()
        assert financement.autorisation == ae and Journal.objects.filter(verbe="imputer").count() == 1

    def test_ae_d_un_autre_exercice_refusee(self, connecter, redactrice):
        RapportFactory(par=redactrice, propositions=[LigneFactory(finance="à imputer")])
        autre, financement = AutorisationFactory(millesime=2022, vote=0), Financement.objects.get()
        connecter(redactrice).post(reverse("financement_imputer", args=[financement.pk]), {"autorisation": autre.pk})
        financement.refresh_from_db()
        assert financement.autorisation is None


class TestVisa:
    def test_double_clic_un_seul_visa(self, connecter, rapport):
        chef = AgentFactory(instruction=True, est_chef_de_service=True)
        client, url = connecter(chef), reverse("rapport_viser", args=[rapport.pk])
        form = client.get(url).context["form"]
        donnees = {nom: form[nom].value() for nom in ("etape", "empreinte")}
        client.post(url, donnees)
        reponse = client.post(url, donnees, follow=True)
        assert "déjà donné par vous-même" in html(reponse)
        assert rapport.visas.count() == 1 and Journal.objects.filter(verbe="viser").count() == 1

    def test_pas_son_tour(self, connecter, rapport):
        reponse = connecter(AgentFactory(direction=True)).get(reverse("rapport_viser", args=[rapport.pk]), follow=True)
        assert "n’entre pas dans vos attributions" in html(reponse)

    def test_finances_reservent_et_constatent(self, connecter, rapport, ae):
        viser_tout(rapport, jusqu_a="direction")
        client, url = connecter(AgentFactory(budget=True)), reverse("rapport_viser", args=[rapport.pk])
        page = client.get(url)
        phrase = html(page).replace("\u00a0", " ").replace("<strong>", "").replace("</strong>", "")
        assert "600,00 € seront réservés sur C02-446A05" in phrase and "il restera 400,00 €" in phrase
        form = page.context["form"]
        donnees = {nom: form[nom].value() for nom in ("etape", "empreinte")} | {f"constat_{ae.pk}": "990,00"}
        assert "expliquez l’écart" in html(client.post(url, donnees))
        for _ in range(2):
            client.post(url, donnees | {"commentaire": "DM non reprise"})
        ae.refresh_from_db()
        assert ae.reserve == Decimal("600.00") and DisponibleConstate.objects.get().ecart == Decimal("-10.00")

    def test_depassement_refuse_avec_ce_qui_manque(self, connecter, redactrice, rapport, ae):
        proposition = rapport.propositions.first()
        proposition.ligne.arbitrer(Decimal("701.00"), par=redactrice)
        viser_tout(rapport, jusqu_a="direction")
        client, url = connecter(AgentFactory(budget=True)), reverse("rapport_viser", args=[rapport.pk])
        form = client.get(url).context["form"]
        donnees = {nom: form[nom].value() for nom in ("etape", "empreinte")} | {f"constat_{ae.pk}": "1000,00"}
        reponse = client.post(url, donnees)
        assert "il manque 1,00\u00a0€" in html(reponse)
        assert not Mouvement.objects.filter(nature=N.RESERVATION).exists()

    def test_montants_changes_depuis_l_ouverture(self, connecter, redactrice, rapport):
        chef = AgentFactory(instruction=True, est_chef_de_service=True)
        client, url = connecter(chef), reverse("rapport_viser", args=[rapport.pk])
        form = client.get(url).context["form"]
        donnees = {nom: form[nom].value() for nom in ("etape", "empreinte")}
        rapport.propositions.first().ligne.arbitrer(Decimal("1.00"), par=redactrice)
        assert "ont changé depuis l’ouverture" in html(client.post(url, donnees))
        assert not rapport.visas.exists()


class TestVote:
    def test_adopter_de_bout_en_bout(self, connecter, rapport, ae):
        viser_tout(rapport)
        client = connecter(AgentFactory(assemblees=True))
        url = reverse("rapport_adopter", args=[rapport.pk])
        assert "seront affectés sur C02-446A05" in html(client.get(url))
        donnees = {"numero": "2024-100", "le": "2024-06-17"}
        page = html(client.post(url, donnees, follow=True))
        assert "2024-100" in page and "Imputations votées" in page
        ae.refresh_from_db()
        assert (ae.affecte, ae.reserve) == (Decimal("600.00"), 0)
        assert set(Dossier.objects.values_list("etat", flat=True)) == {"vote"}
        deliberation = Rapport.objects.get(pk=rapport.pk).deliberation
        for lien in deliberation.documents.select_related("document"):
            assert lien.document.sha256 in page
            fichier = client.get(reverse("rapport_document", args=[rapport.pk, lien.nature, "pdf"]))
            assert fichier.content == bytes(lien.document.pdf)
        assert "déjà adopté" in html(client.post(url, donnees, follow=True))
        assert Mouvement.objects.filter(nature=N.AFFECTATION).count() == 1

    def test_l_auteur_n_adopte_pas(self, connecter, ae):
        double = AgentFactory(roles=["instruction", "assemblees"])
        rapport = RapportFactory(par=double, propositions=[LigneFactory(finance=ae, finance__montant="1.00")])
        viser_tout(rapport)
        reponse = connecter(double).post(
            reverse("rapport_adopter", args=[rapport.pk]), {"numero": "2024-1", "le": "2024-06-17"}
        )
        assert "un autre compte doit le faire" in html(reponse)

    def test_rejeter_rend_les_credits(self, connecter, rapport, ae):
        viser_tout(rapport)
        client, url = connecter(AgentFactory(assemblees=True)), reverse("rapport_rejeter", args=[rapport.pk])
        assert "seront libérés" in html(client.get(url))
        donnees = {"motif": "Retrait en séance", "le": "2024-06-17", "numero": ""}
        client.post(url, donnees)
        assert "déjà rejeté" in html(client.post(url, donnees, follow=True))
        ae.refresh_from_db()
        assert ae.reserve == 0 and set(Dossier.objects.values_list("etat", flat=True)) == {"en_instruction"}

    def test_numeroter(self, connecter, rapport):
        client, url = connecter(AgentFactory(assemblees=True)), reverse("rapport_numeroter", args=[rapport.pk])
        assert "s’écrit 64" in html(client.post(url, {"numero": "soixante"}))
        client.post(url, {"numero": "64"})
        assert Rapport.objects.get(pk=rapport.pk).numero == "64"
