"""Until when a convention runs, what ends it before its term, the days of its échéances."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from budget.models import Mouvement
from budget.mouvements import N
from budget.verification import ecarts
from conventions.consolidation import consolider
from conventions.models import Convention, Echeance
from conventions.reprise import reprendre
from conventions.vie import fin
from conventions.vie.echeances import constater, echoir_conventions
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from tests.conventions.donnees import acte_signe, edition_sans_pdf, signer, structure_signataire
from tests.conventions.saisies import page_lue
from tests.conventions.test_vie_obstacles import avenant_libre, lu, revenir_signe
from tests.factories import AgentFactory

pytestmark = pytest.mark.django_db
LE = date(2024, 7, 2)
Etat, Nature = Convention.Etat, Echeance.Nature


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def convention():
    """From 1 July 2024 to 30 June 2025, 20 000 € engaged."""
    return relue(acte_signe(le=LE).convention)


def relue(convention) -> Convention:
    return Convention.objects.get(pk=convention.pk)


def fins(convention) -> list[date]:
    return list(convention.echeances.filter(nature=Nature.FIN).values_list("le", flat=True))


class TestPeriode:
    def test_l_avenant_qui_prolonge_l_emporte(self, convention, par):
        signer(avenant_libre(convention, par, debut=LE, fin=date(2026, 12, 31)), le=date(2025, 6, 1))
        assert consolider(convention, date(2025, 8, 1)).fin == date(2026, 12, 31) and fins(convention) == [
            date(2026, 12, 31)
        ]
        assert echoir_conventions(jour=date(2025, 7, 1)) == 0

    def test_l_avenant_qui_abrege_aussi(self, convention, par):
        signer(avenant_libre(convention, par, debut=LE, fin=date(2024, 12, 31)), le=date(2024, 9, 1))
        assert consolider(convention, date(2024, 10, 1)).fin == date(2024, 12, 31)
        assert fins(convention) == [date(2024, 12, 31)]
        assert (echoir_conventions(jour=date(2025, 1, 1)), echoir_conventions(jour=date(2025, 1, 1))) == (1, 0)
        assert (relue(convention).etat, relue(convention).terminee_le) == (Etat.ECHUE, date(2024, 12, 31))

    def test_un_avenant_qui_ne_dit_pas_de_periode_n_y_change_rien(self, convention, par):
        signer(avenant_libre(convention, par), le=date(2024, 9, 1))
        assert consolider(convention, date(2024, 10, 1)).fin == date(2025, 6, 30)
        assert fins(convention) == [date(2025, 6, 30)]

    def test_signe_avant_la_fin_notifie_apres_il_rouvre(self, convention, par, connecter):
        avenant = revenir_signe(
            avenant_libre(convention, par, debut=LE, fin=date(2026, 12, 31)), par, date(2025, 6, 20)
        )
        echoir_conventions(jour=date(2025, 7, 1))
        assert relue(convention).etat == Etat.ECHUE
        with pytest.raises(ActeRefuse, match="échue depuis le 30/06/2025"):
            lu(avenant).signer(par=par, le=date(2025, 7, 1))
        page = page_lue(connecter(par).get(avenant.get_absolute_url()))
        assert "seule une signature de ce jour ou d’avant" in page and 'max="2025-06-30"' in page
        lu(avenant).signer(par=par, le=date(2025, 6, 30))
        lu(avenant).notifier(par=par, le=date(2025, 7, 3))
        assert (relue(convention).etat, relue(convention).terminee_le) == (Etat.EN_COURS, None)
        assert Journal.objects.de_l_objet(convention).filter(verbe="rouvrir").count() == 1

    def test_un_projet_ne_part_pas_apres_la_fin(self, convention, par):
        avenant = avenant_libre(convention, par)
        echoir_conventions(jour=date(2025, 7, 1))
        with pytest.raises(ActeRefuse, match="est échue"):
            lu(avenant).remettre(
                par=AgentFactory(direction=True),
                motif="Urgence",
                le=date(2025, 6, 1),
                edition=edition_sans_pdf(avenant),
            )

    def test_une_reprise_a_ses_echeances_et_echoit(self, par):
        def reprise(**dates):
            return reprendre(
                par=par, structure=structure_signataire(), objet="Référent", montant=Decimal(30000), **dates
            )

        passee = reprise(signee_le=date(2020, 1, 1), debut=date(2020, 1, 1), fin=date(2020, 12, 31))
        aujourd_hui = timezone.localdate()
        courante = reprise(signee_le=aujourd_hui - timedelta(days=300), fin=aujourd_hui + timedelta(days=60))
        sans_fin = reprise(signee_le=date(2020, 1, 1))
        # What was due before it is entered here was followed elsewhere.
        assert set(passee.echeances.values_list("nature", flat=True)) == {Nature.FIN}
        assert set(courante.echeances.values_list("nature", flat=True)) == {Nature.FIN, Nature.COMPTE_RENDU}
        assert echoir_conventions() == 1
        assert [relue(c).etat for c in (passee, courante, sans_fin)] == [Etat.ECHUE, Etat.EN_COURS, Etat.EN_COURS]


class TestFinAvantLeTerme:
    def test_resilier_degage_et_clot_les_echeances(self, convention, par):
        convention.resilier(par=par, motif="Action abandonnée", le=date(2024, 10, 1))
        (mouvement,) = Mouvement.objects.filter(nature=N.DEGAGEMENT)
        ae = mouvement.autorisation
        assert (mouvement.montant, ae.engage, ae.affecte) == (Decimal(-20000), Decimal(0), Decimal(20000))
        assert ecarts() == [] and fin.restes(relue(convention)) == []
        restantes = set(convention.echeances.values_list("nature", "le"))
        assert restantes == {
            (Nature.FIN, date(2024, 10, 1)), (Nature.BILAN, date(2025, 9, 30)),
            (Nature.COMPTE_RENDU, date(2026, 6, 30)),
        }  # fmt: skip

    def test_ce_qui_est_verse_reste_engage(self, convention, par):
        acte = convention.actes.get()
        v = acte.versements.order_by("ordre").first()
        type(v)._base_manager.filter(pk=v.pk).update(est_verse=True)
        (reste,) = fin.restes(convention)
        assert (reste.engage, reste.verse, reste.montant) == (Decimal(20000), Decimal(12000), Decimal(8000))
        convention.denoncer(par=par, motif="Activité arrêtée", le=date(2024, 10, 1))
        assert Mouvement.objects.get(nature=N.DEGAGEMENT).montant == Decimal(-8000)

    @pytest.mark.parametrize(("motif", "le", "dit"), [
        (" ", date(2024, 10, 1), "Dites pourquoi"),
        ("Fin", date(2999, 1, 1), "dans le futur"),
        ("Fin", date(2024, 7, 1), "précède la signature"),
    ])  # fmt: skip
    def test_ce_qui_se_refuse(self, motif, le, dit, convention, par):
        with pytest.raises(ActeRefuse, match=dit):
            convention.resilier(par=par, motif=motif, le=le)
        assert relue(convention).etat == Etat.EN_COURS and not Mouvement.objects.filter(nature=N.DEGAGEMENT).exists()

    def test_on_ne_degage_pas_plus_que_l_engage(self, convention, par):
        (reste,) = fin.restes(convention)
        with pytest.raises(ActeRefuse, match="pas plus que"):
            convention.resilier(par=par, motif="Fin", le=LE, degagements={reste.autorisation.pk: Decimal("20000.01")})

    def test_un_acte_signe_se_notifie_d_abord(self, convention, par):
        avenant = revenir_signe(avenant_libre(convention, par), par)
        avenant.signer(par=par, le=LE)
        with pytest.raises(ActeRefuse, match="Notifiez d’abord"):
            relue(convention).resilier(par=par, motif="Fin", le=date(2024, 10, 1))

    def test_depuis_la_page(self, convention, par, connecter):
        client, adresse = connecter(par), reverse("convention_terminer", args=[convention.pk])
        page = page_lue(client.get(convention.get_absolute_url()))
        assert "Mettre fin à la convention" in page and "Engagé : 20 000,00 €" in page
        (reste,) = fin.restes(convention)
        champ = f"ae{reste.autorisation.pk}"
        saisie = {"geste": "denoncer", "le": "2024-10-01", "motif": "Activité arrêtée", champ: "5 000,00"}
        for faute, dit in (({"motif": ""}, "obligatoire"), ({champ: "20 000,01"}, "pas plus que ce qui est engagé"),
                           ({"le": "2024-02-30"}, "valide"), ({"le": "2999-01-01"}, "dans le futur")):  # fmt: skip
            page = page_lue(client.post(adresse, saisie | faute))
            assert dit in page and '<details class="repli bloc" open' in page
        assert relue(convention).etat == Etat.EN_COURS
        page = page_lue(client.post(adresse, saisie, follow=True))
        assert "Dénoncée" in page and "Activité arrêtée" in page and "Mettre fin à la convention" not in page
        assert Mouvement.objects.get(nature=N.DEGAGEMENT).montant == Decimal(-5000)
        assert "est impossible" in page_lue(client.post(adresse, saisie))
        assert connecter(AgentFactory(budget=True)).post(adresse, saisie).status_code == 403


class TestDates:
    @pytest.mark.parametrize(("le", "dit"), [
        ("2999-01-01", "donnez une date qui existe"),
        ("2024-02-30", "donnez une date qui existe"),
        ("0001-01-01", "donnez une date qui existe"),
        ("2001-01-01", "précède de plus d’un an"),
        ("2098-01-01", "dans le futur"),
    ])  # fmt: skip
    def test_une_echeance_ne_se_constate_pas_n_importe_quand(self, le, dit, convention, par, connecter):
        due = convention.echeances.exclude(nature=Nature.FIN).first()
        adresse = reverse("echeance_constater", args=[convention.pk, due.pk])
        page = page_lue(connecter(par).post(adresse, {"le": le}, follow=True))
        due.refresh_from_db()
        assert dit in page and due.faite_le is None

    def test_elle_se_constate_avant_une_signature_tardive(self, convention, par):
        due = convention.echeances.exclude(nature=Nature.FIN).first()
        assert constater(due, par=par, le=date(2024, 1, 15)).faite_le == date(2024, 1, 15)

    @pytest.mark.parametrize("au", ["2024-02-30", "x", "9999-12-31"])
    def test_une_date_qui_n_existe_pas_se_dit(self, au, convention, par, connecter):
        page = page_lue(connecter(par).get(f"{convention.get_absolute_url()}?au={au}"))
        assert "Cette date n’existe pas" in page
