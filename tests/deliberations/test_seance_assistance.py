"""The sheet of attendance: whole list at once, delegations, two secretaries, what a vote freezes, who may."""

import pytest
from django.urls import reverse

from deliberations.assemblee import composition, saisie
from deliberations.assemblee.saisie import Saisi
from deliberations.models import Deport, Presence, RegleAssemblee, Seance
from dpid.erreurs import ActeFige, ActeRefuse, VersionPerimee
from dpid.models import Journal
from tests.assemblee import assemblee, elu
from tests.maquette import etat_de_la_base, monde
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
P, E, A = Presence.Etat.PRESENT, Presence.Etat.EXCUSE, Presence.Etat.ABSENT


@pytest.fixture
def m():
    return monde()


@pytest.fixture
def seance(m):
    return m.rapport.seance


@pytest.fixture
def membres(seance):
    """Allard, Bertin, Carlier, Danel vote; Essai sits without a voice."""
    trois = assemblee(seance.instance)
    quatrieme = elu("danel", civilite="M.", prenom="Denis", nom="DANEL", instance=seance.instance, ordre=4)
    sans_voix = elu("essai", prenom="Eve", nom="ESSAI", instance=seance.instance, ordre=5, a_voix=False)
    return [*trois, quatrieme, sans_voix]


def champs(seance, membres, etats, **reste) -> dict:
    """What a browser sends: `etats` in the order of the board, empty when nothing is chosen."""
    lue = saisie.empreinte(seance, composition.de_la_seance(seance))
    donnees = {"empreinte": lue, "president": "", "secretaire": ""}
    donnees |= {f"etat_{e.pk}": etat for e, etat in zip(membres, etats, strict=False) if etat}
    return donnees | reste


def lire(seance) -> dict:
    return {p.elu.code: (p.etat, p.mandataire_id) for p in seance.presences.filter(rapport__isnull=True)}


class TestFeuille:
    @pytest.fixture
    def secretariat(self, connecter, m):
        return connecter(m.equipe.assemblees)

    @pytest.fixture
    def url(self, seance):
        return reverse("seance_assistance", args=[seance.pk])

    def test_toute_la_liste_d_un_coup(self, secretariat, url, seance, membres):
        a, b, c, d, _ = membres
        donnees = champs(
            seance, membres, [P, P, A, E], president=a.pk, secretaire=b.pk, **{f"mandataire_{d.pk}": "bertin"}
        )
        assert secretariat.post(url, donnees).status_code == 302
        seance = Seance.objects.get(pk=seance.pk)
        assert (seance.president_id, seance.secretaire_id) == (a.pk, b.pk)
        assert lire(seance) == {
            a.code: (P, None), b.code: (P, None), c.code: (A, None), d.code: (E, b.pk),
        }  # fmt: skip
        acte = Journal.objects.get(verbe="saisir_assistance")
        assert acte.vers == "2\xa0présents, 1\xa0excusé, 1\xa0absent" and len(acte.donnees["membres"]) == 4

    def test_deux_fois_la_meme_feuille_compte_une_fois(self, secretariat, url, seance, membres):
        donnees = champs(seance, membres, [P, P, P, P])
        for _ in "ab":
            assert secretariat.post(url, donnees).status_code == 302
        assert Journal.objects.filter(verbe="saisir_assistance").count() == 1
        assert seance.presences.count() == 4

    def test_deux_secretaires_ne_s_ecrasent_pas(self, secretariat, url, seance, membres):
        premiere = champs(seance, membres, [P, P, P, P])
        seconde = champs(seance, membres, [A, P, P, P])
        secretariat.post(url, premiere)
        avant = etat_de_la_base()
        reponse = secretariat.post(url, seconde)
        assert reponse.status_code == 200 and etat_de_la_base() == avant
        page = html(reponse)
        assert "modifiée pendant votre saisie" in page and "Enregistré entre-temps : Présent" in page
        # What was typed is still there, over the sheet as it is now: sending it again is a choice.
        seconde["empreinte"] = saisie.empreinte(seance, composition.de_la_seance(seance))
        assert secretariat.post(url, seconde).status_code == 302
        assert lire(seance)[membres[0].code] == (A, None)

    def test_une_feuille_tronquee_ne_vide_personne(self, secretariat, url, seance, membres):
        secretariat.post(url, champs(seance, membres, [P, P, P, P, P]))
        secretariat.post(url, champs(seance, membres, []))
        assert {etat for etat, _ in lire(seance).values()} == {P}
        assert membres[4].code not in lire(seance)  # « non convié » is a choice for who has no voice

    @pytest.mark.parametrize(
        ("etats", "porteur", "attendu"),
        [
            ([P, A, P, E], "bertin", "n’est pas présent"),
            ([P, P, P, E], "essai", "à voix délibérative"),
            ([P, P, P, E], "danel", "un autre membre"),
            ([P, P, P, E], "inconnue", "aucun membre de ce nom"),
        ],
    )
    def test_mandataire_refuse(self, secretariat, url, seance, membres, etats, porteur, attendu):
        donnees = champs(seance, membres, etats, **{f"mandataire_{membres[3].pk}": porteur})
        reponse = secretariat.post(url, donnees)
        assert reponse.status_code == 200 and attendu in html(reponse)
        assert not Presence.objects.exists()

    def test_une_delegation_recue_au_plus_selon_la_regle_du_jour(self, secretariat, url, seance, membres):
        noms = {f"mandataire_{membres[n].pk}": "ALLARD Anne" for n in (2, 3)}
        donnees = champs(seance, membres, [P, P, E, E], **noms)
        assert "1 au plus par membre" in html(secretariat.post(url, donnees))
        RegleAssemblee.objects.update(delegations_max=2)
        assert secretariat.post(url, donnees).status_code == 302

    def test_mandataire_inconnu_admis(self, secretariat, url, seance, membres):
        secretariat.post(url, champs(seance, membres, [P, P, P, E]))
        assert lire(seance)[membres[3].code] == (E, None)

    def test_un_nom_laisse_aupres_d_un_present_est_oublie(self, secretariat, url, seance, membres):
        secretariat.post(url, champs(seance, membres, [P, P, P, P], **{f"mandataire_{membres[3].pk}": "nimporte"}))
        assert lire(seance)[membres[3].code] == (P, None)

    def test_qui_preside_est_present(self, secretariat, url, seance, membres):
        reponse = secretariat.post(url, champs(seance, membres, [A, P, P, P], president=membres[0].pk))
        assert "Le président de séance est un membre présent" in html(reponse)
        reponse = secretariat.post(url, champs(seance, membres, [P, P, P, P], president=membres[4].pk))
        assert reponse.status_code == 200 and not Presence.objects.exists()

    def test_valeurs_hostiles(self, secretariat, url, seance, membres):
        a = membres[0]
        for donnees in (
            {f"etat_{a.pk}": "roi"},
            {"president": "999999"},
            {"president": "<script>"},
            {f"mandataire_{a.pk}": "x" * 5000},
        ):
            envoi = champs(seance, membres, [P, P, P, P]) | donnees
            assert secretariat.post(url, envoi).status_code == 200
        assert secretariat.post(url, {}).status_code == 200
        assert not Presence.objects.exists()

    def test_figee_par_la_premiere_adoption(self, sans_pdf, secretariat, url, m, seance, membres):
        saisir(seance, membres, [P, P, P, P, P], par=m.equipe.assemblees)
        m.mener_au_vote()
        Deport.objects.all().delete()
        m.adopter()
        donnees = champs(seance, membres, [A, P, P, P, P])
        avant = etat_de_la_base()
        assert "a été soumis au vote" in html(secretariat.post(url, donnees))
        assert etat_de_la_base() == avant
        page = html(secretariat.get(url))
        assert "Enregistrer l’assistance" not in page and "disabled" in page

    def test_sans_membre_la_page_dit_ou_les_saisir(self, secretariat, url):
        assert "Aucun membre ne siège" in html(secretariat.get(url))

    def test_requetes_constantes(self, secretariat, url, seance, membres):
        nombre = compter(secretariat, url)
        for n in range(20):
            elu(f"autre-{n}", nom=f"AUTRE{n}", instance=seance.instance, ordre=10 + n)
        assert compter(secretariat, url) == nombre <= 8

    @pytest.mark.parametrize("role", ["instruction", "direction", "budget", "consultation"])
    def test_reservee_au_secretariat(self, connecter, m, url, seance, membres, role):
        client = connecter(getattr(m.equipe, role))
        assert client.get(url).status_code == 403
        assert client.post(url, champs(seance, membres, [P, P, P, P])).status_code == 403
        assert not Presence.objects.exists()

    def test_seance_inconnue(self, secretariat):
        assert secretariat.get(reverse("seance_assistance", args=[987654321])).status_code == 404


def saisir(seance, membres, etats, *, par, **options):
    saisis = {e.pk: Saisi(etat) for e, etat in zip(membres, etats, strict=False)}
    lue = saisie.empreinte(seance, composition.de_la_seance(seance))
    return saisie.enregistrer(seance, saisis, lue=lue, par=par, **options)


class TestParRapport:
    @pytest.fixture(autouse=True)
    def _feuille(self, seance, membres, m):
        saisir(seance, membres, [P, P, P, E, P], par=m.equipe.assemblees)

    def amender(self, m, membre, saisi, vu):
        return saisie.amender(m.rapport, membre.pk, saisi, vu=vu, par=m.equipe.assemblees)

    def etat(self, m, membre):
        return composition.au_rapport(m.rapport).par_elu()[membre.pk].etat

    def test_un_depart_ne_vaut_que_pour_ce_rapport(self, m, seance, membres):
        assert "absent" in self.amender(m, membres[0], Saisi(A), vu=P)
        assert self.etat(m, membres[0]) == A
        assert composition.de_la_seance(seance).par_elu()[membres[0].pk].etat == P
        assert self.amender(m, membres[0], Saisi(A), vu=P) == ""  # said twice, counted once
        assert Journal.objects.filter(verbe="amender_assistance").count() == 1

    def test_revenir_a_la_feuille(self, m, membres):
        self.amender(m, membres[0], Saisi(A), vu=P)
        self.amender(m, membres[0], Saisi(None), vu=A)
        assert self.etat(m, membres[0]) == P and not m.rapport.presences.exists()

    def test_perime(self, m, membres):
        self.amender(m, membres[0], Saisi(A), vu=P)
        with pytest.raises(VersionPerimee, match="Absent, sans délégation"):
            self.amender(m, membres[0], Saisi(E), vu=P)

    def test_mandataire_absent_de_ce_rapport(self, m, membres):
        self.amender(m, membres[1], Saisi(A), vu=P)
        with pytest.raises(ActeRefuse, match="n’est pas présent"):
            self.amender(m, membres[2], Saisi(E, membres[1].pk), vu=P)

    def test_le_deport_suit_qui_s_en_va(self, m, membres):
        bloc = m.rapport.blocs.create(ordre=1)
        Deport.objects.create(rapport=m.rapport, bloc=bloc, elu=membres[0])
        assert "tout le rapport" in self.amender(m, membres[0], Saisi(A), vu=P)
        assert Deport.objects.get().bloc is None
        self.amender(m, membres[0], Saisi(None), vu=A)
        assert Deport.objects.get().bloc == bloc

    def test_la_feuille_de_la_seance_deplace_aussi_les_deports(self, m, seance, membres):
        bloc = m.rapport.blocs.create(ordre=1)
        Deport.objects.create(rapport=m.rapport, bloc=bloc, elu=membres[0])
        saisir(seance, membres, [A, P, P, E, P], par=m.equipe.assemblees)
        assert Deport.objects.get().bloc is None

    def test_apres_le_vote(self, sans_pdf, m, membres):
        m.mener_au_vote()
        m.adopter()
        avant = etat_de_la_base()
        with pytest.raises(ActeFige):
            self.amender(m, membres[0], Saisi(A), vu=P)
        assert etat_de_la_base() == avant

    def test_inconnu(self, m):
        with pytest.raises(ActeRefuse, match="ne siège pas"):
            saisie.amender(m.rapport, 987654321, Saisi(A), vu="", par=m.equipe.assemblees)
