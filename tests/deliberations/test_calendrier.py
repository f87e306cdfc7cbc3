"""The backward calendar: dates counted from the séance, what proves each step, words and shapes on the pages."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from deliberations import calendrier
from deliberations.calendrier import Etat
from deliberations.models import AvisDeCommission, Commission, Instance, Rapport, Seance
from dpid.calendrier import ajouter_jours_ouvres, est_ouvre
from programmes.models import Avis
from tests import maquette
from tests.factories import AgentFactory, DossierFactory, RapportFactory, SeanceFactory, TerritoireFactory
from tests.programmes.pages import compter, html

CP = Instance(code="CP", libelle="Commission permanente")
SEANCE_LE = date(2024, 6, 17)


def par_cle(jalons) -> dict:
    return {j.etape.cle: j for j in jalons}


def etapes(le=SEANCE_LE, instance=CP) -> dict:
    return {e.cle: e for e in calendrier.etapes(Seance(instance=instance, date=le))}


def test_les_dates_de_la_seance_du_17_juin_2024():
    """Counted by hand on a calendar: 01/05, 08/05, 09/05 and 20/05/2024 were public holidays."""
    attendues = {
        "avis": date(2024, 4, 18), "arbitrage": date(2024, 5, 3), "visa_chef_service": date(2024, 5, 10),
        "visa_direction": date(2024, 5, 15), "visa_finances": date(2024, 5, 21), "commissions": date(2024, 5, 24),
        "ordre_du_jour": date(2024, 6, 3), "membres": date(2024, 6, 4), "avis_commissions": date(2024, 6, 4),
        "seance": SEANCE_LE,
    }  # fmt: skip
    assert {cle: e.le for cle, e in etapes().items()} == attendues


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_pour_toute_seance_les_delais_tiennent(le):
    lues = calendrier.etapes(Seance(instance=CP, date=le))
    assert [e.le for e in lues] == sorted(e.le for e in lues)
    assert lues[-1].cle == "seance"
    assert all(est_ouvre(e.le) for e in lues if e.cle != "seance")
    par = {e.cle: e.le for e in lues}
    # Clear days: neither the day of the sending nor the day of the séance counts.
    assert (le - par["membres"]).days - 1 >= calendrier.JOURS_FRANCS_MEMBRES
    assert par["commissions"] <= le - timedelta(22) and par["avis_commissions"] <= le - timedelta(13)
    assert par["ordre_du_jour"] < par["membres"]


def test_le_circuit_suit_le_reglage(settings):
    settings.DPID = {**settings.DPID, "circuit_visas": ["direction", "finances"]}
    lues = etapes()
    assert "visa_chef_service" not in lues
    assert lues["visa_direction"].le < lues["visa_finances"].le
    assert lues["arbitrage"].le == ajouter_jours_ouvres(lues["visa_direction"].le, -3)


def test_chaque_delai_dit_sa_source():
    assert all(e.source and e.tenue_par for e in etapes().values())
    assert "L. 3121-19" in etapes(instance=Instance(code="CD", libelle="Conseil"))["membres"].source


@pytest.mark.parametrize(
    ("le", "etat", "retard"),
    [
        (date(2024, 5, 14), Etat.BLOQUE, 4),  # the visa was due on the 10th
        (date(2024, 5, 10), Etat.A_SURVEILLER, 0),
        (date(2024, 4, 30), Etat.A_SURVEILLER, 0),  # five working days before: the 1st, 8th and 9th are holidays
        (date(2024, 4, 29), Etat.A_TEMPS, 0),
    ],
)
@pytest.mark.django_db
def test_etat_d_une_etape_selon_le_jour(le, etat, retard):
    rapport = RapportFactory(numero="64")
    suivi = calendrier.Suivi(rapport, visas=frozenset(), avis_rendus=False)
    jalon = par_cle(calendrier.jalons(rapport.seance, [suivi], le=le))["visa_chef_service"]
    assert (jalon.etat, jalon.retard, jalon.detail) == (etat, retard, "rapport 64")


@pytest.mark.django_db
@pytest.mark.usefixtures("sans_pdf")
class TestPreuves:
    def lire(self, le=date(2024, 6, 20), avis=0):
        rapports = calendrier.avec_jalons(Rapport.objects.select_related("seance__instance"))
        seance = Seance.objects.select_related("instance").get()
        return par_cle(calendrier.jalons(seance, [calendrier.Suivi.de(r) for r in rapports], le=le, avis_attendus=avis))

    def test_sans_visa_tout_est_bloque(self):
        maquette.monde(numero="P1")
        lus = self.lire(avis=2)
        assert {j.etat for j in lus.values()} == {Etat.BLOQUE}
        assert lus["avis"].detail == "2\u00a0avis attendus"

    def test_le_premier_visa_clot_l_arbitrage(self):
        monde = maquette.monde()
        monde.viser("chef_service")
        lus = self.lire()
        assert lus["arbitrage"].etat == lus["visa_chef_service"].etat == Etat.FAIT
        assert lus["visa_direction"].etat == lus["commissions"].etat == Etat.BLOQUE

    def test_un_montant_change_le_rouvre(self):
        monde = maquette.monde()
        monde.viser("direction")
        monde.lignes[0].arbitrer(100, par=monde.equipe.instruction)
        assert self.lire()["arbitrage"].etat == Etat.BLOQUE

    def restent(self) -> list[str]:
        return [cle for cle, jalon in self.lire().items() if jalon.etat != Etat.FAIT]

    def test_visas_complets_numero_envois_et_avis_des_commissions(self):
        monde = maquette.monde()
        monde.viser()
        assert self.restent() == ["commissions", "membres", "avis_commissions", "seance"]
        monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)
        assert self.restent() == ["membres", "avis_commissions", "seance"]
        commission = Commission.objects.create(numero=2, libelle="Solidarités humaines")
        AvisDeCommission.objects.create(rapport=monde.rapport, commission=commission, date=date(2024, 6, 3))
        assert self.restent() == ["membres", "seance"]
        monde.rapport.envoyer_aux_elus(par=monde.equipe.assemblees)
        assert self.restent() == ["seance"]

    def test_un_modificatif_rouvre_les_envois(self):
        monde = maquette.monde()
        monde.mener_au_vote()
        monde.rapport.preparer_modificatif(par=monde.equipe.assemblees, motif="Un montant")
        assert {"visa_chef_service", "commissions", "membres"} <= set(self.restent())

    def test_une_seance_tenue_se_suit_jusqu_au_vote_du_dernier_rapport_envoye(self):
        monde = maquette.monde()
        monde.mener_au_vote()
        direction = AgentFactory(direction=True)
        assert [c.seance for c in calendrier.a_suivre(direction)] == [monde.rapport.seance]
        monde.adopter()
        assert calendrier.a_suivre(direction) == []

    def test_un_seul_rapport_en_retard_bloque_la_seance_et_se_nomme(self):
        monde = maquette.monde(numero="64")
        monde.viser()
        monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)
        maquette.rapport(monde.equipe.instruction, numero="65")
        assert self.lire()["commissions"].detail == "rapport 65"

    def test_un_rapport_rejete_n_attend_plus_rien(self):
        monde = maquette.monde()
        monde.rapport.rejeter(par=monde.equipe.assemblees, motif="Ajourné", le=SEANCE_LE)
        assert {j.etat for j in self.lire().values()} == {Etat.FAIT}

    def test_aucun_rapport(self):
        SeanceFactory()
        assert self.lire()["seance"].detail == "aucun rapport ouvert"


@pytest.mark.django_db
class TestPages:
    def test_seance_a_venir(self, connecter):
        seance = SeanceFactory(date=date(2030, 6, 17))
        page = html(connecter(AgentFactory(assemblees=True)).get(seance.get_absolute_url()))
        assert "Calendrier à rebours" in page and "à temps" in page and "signal-temps" in page

    def test_seance_passee_et_votee_n_en_a_pas(self, connecter):
        seance = SeanceFactory(date=date(2020, 6, 15))
        page = html(connecter(AgentFactory(assemblees=True)).get(seance.get_absolute_url()))
        assert "Calendrier à rebours" not in page

    def test_rapport_ouvert_puis_rejete(self, connecter):
        monde = maquette.monde()
        client = connecter(monde.equipe.consultation)
        with time_machine.travel("2024-06-20", tick=False):
            page = html(client.get(monde.rapport.get_absolute_url()))
            assert "Calendrier à rebours" in page and "bloqué" in page and "signal-bloque" in page
        monde.rapport.rejeter(par=monde.equipe.assemblees, motif="Non", le=SEANCE_LE)
        assert "Calendrier à rebours" not in html(client.get(monde.rapport.get_absolute_url()))

    def test_accueil_de_la_direction(self, connecter):
        SeanceFactory(date=date(2030, 6, 17))
        assert "Calendrier à rebours" in html(connecter(AgentFactory(direction=True)).get(reverse("accueil")))
        assert "Calendrier à rebours" not in html(connecter(AgentFactory(territoire=True)).get(reverse("accueil")))

    def test_les_avis_attendus_sont_ceux_que_l_agent_voit(self):
        lieux = TerritoireFactory.create_batch(2)
        instruction = AgentFactory(administration=True)
        for lieu in lieux:
            dossier = DossierFactory(lignes=1, lignes__territoires=[lieu])
            dossier.demander_avis(par=instruction, territoires=[lieu])
        assert Avis.objects.attendus().count() == 2
        seance, ancienne = SeanceFactory(date=date(2024, 6, 17)), SeanceFactory(date=date(2023, 6, 17))
        for agent, combien in ((instruction, 2), (AgentFactory(territoire=True, territoires=lieux[:1]), 1)):
            lues = calendrier.avec_avis_attendus(Seance.objects.all(), agent)
            assert {s.pk: s.avis_attendus for s in lues} == {seance.pk: combien, ancienne.pk: 0}

    @pytest.mark.parametrize("combien", [1, 8])
    def test_requetes_constantes(self, combien, connecter):
        seance = SeanceFactory(date=date(2030, 6, 17))
        for n in range(combien):
            RapportFactory(seance=seance, numero=str(n + 1))
        assert compter(connecter(AgentFactory(direction=True)), seance.get_absolute_url()) <= 8
