"""Budget pages: every figure is explained, every entry counts once, and only finances types."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budget.models import AutorisationEngagement, DisponibleConstate, Mouvement
from budget.mouvements import Ecriture, N, enregistrer
from dpid.models import Journal
from tests.factories import AgentFactory, AutorisationFactory, LigneBudgetaireFactory
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
CLE = "6f1f1c8e-2f5d-4a30-9d55-0a1f5f1c8e2f"
SAISIES = ["ae_ouvrir", "ae_voter", "ae_affecter", "ae_constater"]
AUTRES_ROLES = ["territoire", "instruction", "direction", "assemblees", "conventions", "consultation", "administration"]


@pytest.fixture
def finances():
    return AgentFactory(username="finances", budget=True)


@pytest.fixture
def ae(finances):
    return AutorisationFactory(ligne__code="C02-446A05", vote="1000.00")


def affectation(**valeurs):
    saisie = {"montant": "250,10", "le": "2024-03-01", "piece": "délibération n° 2024-12", "motif": "", "cle": CLE}
    return saisie | valeurs


def adresse(vue, ae):
    return reverse(vue) if vue == "ae_ouvrir" else reverse(vue, args=[ae.pk])


class TestHabilitations:
    @pytest.mark.parametrize("role", AUTRES_ROLES)
    @pytest.mark.parametrize("vue", SAISIES)
    def test_seul_le_budget_saisit(self, connecter, ae, role, vue):
        client = connecter(AgentFactory(**{role: True}))
        avant = Mouvement.objects.count()
        assert client.get(adresse(vue, ae)).status_code == 403
        assert client.post(adresse(vue, ae), affectation()).status_code == 403
        assert Mouvement.objects.count() == avant

    @pytest.mark.parametrize("role", [*AUTRES_ROLES, "budget"])
    def test_tous_les_roles_lisent(self, connecter, ae, role):
        client = connecter(AgentFactory(**{role: True}))
        assert client.get(reverse("situation")).status_code == 200
        assert client.get(reverse("mouvements", args=[ae.pk])).status_code == 200

    def test_sans_role_rien(self, connecter, ae):
        client = connecter(AgentFactory())
        assert client.get(reverse("situation")).status_code == 403
        assert client.get(reverse("mouvements", args=[ae.pk])).status_code == 403

    def test_ae_inconnue(self, connecter, finances):
        client = connecter(finances)
        for vue in ("mouvements", "ae_voter", "ae_affecter", "ae_constater"):
            assert client.get(reverse(vue, args=[9999])).status_code == 404


class TestSituation:
    def test_chaque_chiffre_mene_a_ses_mouvements(self, connecter, finances, ae):
        ecritures = [
            Ecriture(ae.pk, N.HORS_APPLICATION, Decimal("300.00")),
            Ecriture(ae.pk, N.ENGAGEMENT, Decimal("50")),
        ]
        enregistrer(ecritures, par=finances, piece="p", cle="a", le=date(2024, 2, 1))
        enregistrer(
            [Ecriture(ae.pk, N.RESERVATION, Decimal("100.00"))], par=finances, piece="p", cle="r", le=date(2024, 2, 2)
        )
        client = connecter(finances)
        page = client.get(reverse("situation"))
        attendus = {
            "vote": "1\u202f000,00", "affecte": "300,00", "engage": "50,00", "disponible": "700,00",
            "reserve": "100,00", "disponible_apres": "600,00",
        }  # fmt: skip
        for compteur, texte in attendus.items():
            lien = f"{reverse('mouvements', args=[ae.pk])}?compteur={compteur}"
            assert f'href="{lien}">{texte}</a>' in html(page)
            detail = client.get(lien)
            assert detail.context["chiffre"].total == getattr(page.context["lignes"][0]["s"], compteur)
            rangs = list(detail.context["page"].object_list)
            assert rangs[-1].cumul == detail.context["chiffre"].total
            assert sum(r.signe for r in rangs) == detail.context["chiffre"].total

    def test_les_liens_gardent_la_date(self, connecter, finances, ae):
        """A figure of the past leads to the movements of the past, on the rows as on the total."""
        page = html(connecter(finances).get(reverse("situation"), {"exercice": 2024, "au": "2024-05-01"}))
        lien = reverse("mouvements", args=[ae.pk])
        assert f'href="{lien}?au=2024-05-01">{ae.ligne.code}</a>' in page
        total = reverse("mouvements_exercice")
        for compteur in ("vote", "affecte", "engage", "disponible", "reserve", "disponible_apres"):
            assert f'href="{lien}?compteur={compteur}&amp;au=2024-05-01"' in page
            assert f'href="{total}?compteur={compteur}&amp;au=2024-05-01&amp;exercice=2024"' in page

    def test_a_une_date_passee(self, connecter, finances, ae):
        enregistrer(
            [Ecriture(ae.pk, N.HORS_APPLICATION, Decimal("300"))], par=finances, piece="p", cle="a", le=date(2024, 5, 2)
        )
        client = connecter(finances)
        avant = client.get(reverse("situation"), {"exercice": 2024, "au": "2024-05-01"})
        apres = client.get(reverse("situation"), {"exercice": 2024, "au": "2024-05-02"})
        assert avant.context["totaux"]["disponible"] == Decimal("1000.00")
        assert apres.context["totaux"]["disponible"] == Decimal("700.00")
        lien = f"{reverse('mouvements_exercice')}?compteur=disponible&au=2024-05-01&exercice=2024"
        assert lien.replace("&", "&amp;") in html(avant)
        assert client.get(lien).context["chiffre"].total == Decimal("1000.00")

    def test_date_illisible_dite_et_ignoree(self, connecter, finances, ae):
        page = connecter(finances).get(reverse("situation"), {"au": "29/02/2025"})
        assert page.status_code == 200 and page.context["au"] is None
        assert "aria-invalid" in html(page)

    def test_export_de_ce_qui_est_a_l_ecran(self, connecter, finances, ae):
        client = connecter(finances)
        texte = client.get(reverse("situation_export", args=["csv"]), {"exercice": 2024}).content.decode("utf-8-sig")
        assert "C02-446A05" in texte and "1000,00" in texte
        assert client.get(reverse("situation_export", args=["xlsx"])).content[:2] == b"PK"
        assert client.get(reverse("situation_export", args=["exe"])).status_code == 404

    def test_requetes_constantes(self, connecter, finances, ae):
        client = connecter(finances)
        une = compter(client, reverse("situation"))
        for _ in range(49):
            AutorisationFactory()
        assert compter(client, reverse("situation")) == une <= 8
        assert compter(client, reverse("situation") + "?au=2024-06-01") <= 8

    def test_lire_n_ecrit_rien(self, connecter, finances, ae):
        client = connecter(finances)
        client.get(reverse("situation"))
        with CaptureQueriesContext(connection) as requetes:
            for vue in ("situation", "mouvements_exercice", "ae_ouvrir"):
                client.get(reverse(vue))
            for vue in ("mouvements", "ae_voter", "ae_affecter", "ae_constater"):
                client.get(reverse(vue, args=[ae.pk]))
        assert not [q["sql"] for q in requetes if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


class TestAffectation:
    def test_double_clic_un_seul_effet(self, connecter, finances, ae):
        client = connecter(finances)
        for _ in range(2):
            reponse = client.post(reverse("ae_affecter", args=[ae.pk]), affectation(), follow=True)
        assert "une fois" in html(reponse)
        assert Mouvement.objects.filter(nature=N.HORS_APPLICATION).count() == 1
        assert Journal.objects.filter(verbe="hors_application", par=finances).count() == 1
        ae.refresh_from_db()
        assert ae.affecte == Decimal("250.10")

    def test_depassement_refuse_avec_ce_qui_manque(self, connecter, finances, ae):
        page = connecter(finances).post(reverse("ae_affecter", args=[ae.pk]), affectation(montant="1 000,01"))
        assert page.status_code == 200
        assert "il manque 0,01\u00a0€" in html(page) and "délibération n° 2024-12" in html(page)
        assert not Mouvement.objects.filter(nature=N.HORS_APPLICATION).exists()

    def test_correction_negative(self, connecter, finances, ae):
        client = connecter(finances)
        client.post(reverse("ae_affecter", args=[ae.pk]), affectation())
        autre = "6f1f1c8e-2f5d-4a30-9d55-0a1f5f1c8e30"
        client.post(reverse("ae_affecter", args=[ae.pk]), affectation(montant="−250,10", cle=autre))
        ae.refresh_from_db()
        assert ae.affecte == 0 and Mouvement.objects.filter(nature=N.HORS_APPLICATION).count() == 2

    @pytest.mark.parametrize(
        "faux", [{"montant": "0"}, {"montant": "abc"}, {"le": "2999-01-01"}, {"piece": ""}, {"cle": "x"}]
    )
    def test_saisie_fausse(self, connecter, finances, ae, faux):
        page = connecter(finances).post(reverse("ae_affecter", args=[ae.pk]), affectation(**faux))
        assert page.status_code == 200 and "Rien n’est enregistré" in html(page)
        assert not Mouvement.objects.filter(nature=N.HORS_APPLICATION).exists()


class TestVote:
    def test_ouvrir_une_ae_et_la_voter(self, connecter, finances):
        ligne = LigneBudgetaireFactory(code="C02-428B02")
        saisie = affectation(montant="600 000,00", piece="BP 2025", ligne=ligne.pk, millesime=2025, exercice_fin="")
        client = connecter(finances)
        for _ in range(2):
            client.post(reverse("ae_ouvrir"), saisie)
        ae = AutorisationEngagement.objects.get(ligne=ligne)
        assert (ae.millesime, ae.vote) == (2025, Decimal("600000.00"))
        assert ae.mouvements.count() == 1

    def test_ae_existante_renvoyee_a_la_decision_modificative(self, connecter, finances, ae):
        saisie = affectation(ligne=ae.ligne_id, millesime=ae.millesime, exercice_fin="")
        page = connecter(finances).post(reverse("ae_ouvrir"), saisie)
        assert "décision modificative" in html(page)

    def test_decision_modificative_sous_l_affecte_refusee(self, connecter, finances, ae):
        client = connecter(finances)
        client.post(reverse("ae_affecter", args=[ae.pk]), affectation(montant="900,00"))
        autre = "6f1f1c8e-2f5d-4a30-9d55-0a1f5f1c8e31"
        page = client.post(reverse("ae_voter", args=[ae.pk]), affectation(montant="-200,00", cle=autre))
        assert "il manque 100,00\u00a0€" in html(page)
        ae.refresh_from_db()
        assert ae.vote == Decimal("1000.00")


class TestConstat:
    def test_ecart_a_expliquer(self, connecter, finances, ae):
        client = connecter(finances)
        saisie = {"le": "2024-06-01", "montant": "990,00", "explication": ""}
        page = client.post(reverse("ae_constater", args=[ae.pk]), saisie)
        assert "expliquez l’écart" in html(page) and not DisponibleConstate.objects.exists()
        for _ in range(2):
            reponse = client.post(
                reverse("ae_constater", args=[ae.pk]), saisie | {"explication": "DM non reprise"}, follow=True
            )
        assert "−10,00" in html(reponse)
        constat = DisponibleConstate.objects.get()
        assert (constat.calcule, constat.ecart) == (Decimal("1000.00"), Decimal("-10.00"))
        assert Mouvement.objects.count() == 1
