"""The vote of a rapport: déports, voices, chair, result, blocks, lines amended in session; who may, and once."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from deliberations.assemblee import enjeux, gestes, vote
from deliberations.assemblee.saisie import Saisi, amender
from deliberations.controle.registre import du_vote
from deliberations.models import AmendementDeSeance, BlocDeVote, Deport, Interet, Presence, VoixDissidente
from deliberations.repartition import repartir_rapport
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Journal
from tests import droits
from tests.assemblee import assemblee, elu
from tests.factories import AgentFactory
from tests.maquette import dispositif, etat_de_la_base, monde, operation, presenter
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
P, E, A = Presence.Etat.PRESENT, Presence.Etat.EXCUSE, Presence.Etat.ABSENT
HTMX = {"HX-Request": "true"}


@pytest.fixture
def m():
    return monde()


@pytest.fixture
def membres(m):
    """Allard, Bertin, Carlier (groupe A) and Danel (groupe B) are present; Essai sits without a voice."""
    instance, seance = m.rapport.seance.instance, m.rapport.seance
    tous = [
        *assemblee(instance),
        elu("danel", civilite="M.", prenom="Denis", nom="DANEL", instance=instance, ordre=4, groupe="Groupe B"),
        elu("essai", prenom="Eve", nom="ESSAI", instance=instance, ordre=5, a_voix=False),
    ]
    for membre in tous:
        Presence.objects.create(seance=seance, elu=membre, etat=P)
    seance.president, seance.secretaire = tous[0], tous[1]
    seance.save()
    return tous


@pytest.fixture
def faire(m, membres):
    """`faire(acte, bloc=None, **champs)`: one gesture, as the secrétariat sends it."""

    def _faire(acte, bloc=None, **champs):
        return gestes.faire(acte, m.rapport, bloc, champs, par=m.equipe.assemblees)

    return _faire


def figures(rapport, rang=0) -> tuple:
    return tuple(f["voix"] for f in vote.lire(rapport).cartes[rang].figures)


def bloquent(rapport) -> list[str]:
    return [g.regle.cle for g in du_vote(rapport, vote.lire(rapport)) if g.est_bloquant]


class TestDeports:
    def test_un_present_quitte_la_salle(self, m, faire):
        assert "DANEL" in faire("deport", qui="danel denis")
        assert figures(m.rapport) == (3, 0, 1, 0)
        assert Deport.objects.get().bloc == m.rapport.blocs.get()
        assert faire("deport", qui="M. Denis DANEL") == ""  # twice is once
        assert Journal.objects.filter(verbe="deporter").count() == 1

    def test_revenir(self, m, faire, membres):
        faire("deport", qui="danel")
        bloc = m.rapport.blocs.get()
        assert faire("deport", bloc, retirer=str(membres[3].pk))
        assert faire("deport", bloc, retirer=str(membres[3].pk)) == ""
        assert figures(m.rapport) == (4, 0, 0, 0)

    def test_un_excuse_interesse_ne_donne_pas_de_delegation(self, m, faire, membres):
        Presence.objects.filter(elu=membres[3]).update(etat=E, mandataire=membres[0])
        assert "sans délégation pour ce rapport" in faire("deport", qui="danel")
        assert Deport.objects.get().bloc is None
        assert figures(m.rapport) == (3, 0, 0, 1)
        assert Presence.objects.get(rapport=m.rapport, elu=membres[3]).etat == A

    def test_sans_voix_au_niveau_du_rapport(self, m, faire):
        assert "ne prend pas part au débat" in faire("deport", qui="essai")
        assert Deport.objects.get().bloc is None and figures(m.rapport) == (4, 0, 0, 0)

    def test_president_sans_remplacant_bloque_secretaire_se_justifie(self, m, faire, membres):
        faire("deport", qui="allard")
        assert bloquent(m.rapport) == ["president-deporte"]
        bloc = m.rapport.blocs.get()
        with pytest.raises(ActeRefuse, match="se déporte"):
            faire("presidence", bloc, president=str(membres[0].pk), secretaire="", vu="/")
        faire("presidence", bloc, president=str(membres[2].pk), secretaire="", vu="/")
        assert bloquent(m.rapport) == []
        faire("deport", bloc, qui="bertin")
        releves = du_vote(m.rapport, vote.lire(m.rapport))
        assert [g.regle.cle for g in releves] == ["bureau-incomplet", "secretaire-deporte"]

    def test_porteur_d_une_delegation_qui_se_deporte(self, m, faire, membres):
        Presence.objects.filter(elu=membres[3]).update(etat=E, mandataire=membres[2])
        faire("deport", qui="carlier")
        assert bloquent(m.rapport) == ["mandataire-deporte"]
        amender(m.rapport, membres[3].pk, Saisi(E, membres[1].pk), vu=E, par=m.equipe.assemblees)
        assert bloquent(m.rapport) == []

    def test_porteur_parti(self, m, faire, membres):
        Presence.objects.filter(elu=membres[3]).update(etat=E, mandataire=membres[2])
        amender(m.rapport, membres[2].pk, Saisi(A), vu=P, par=m.equipe.assemblees)
        assert bloquent(m.rapport) == ["mandataire-non-present"]

    def test_la_voix_tombe_avec_le_deport(self, m, faire):
        faire("voix", qui="danel", sens="contre")
        assert "est retirée" in faire("deport", m.rapport.blocs.get(), qui="danel")
        assert not VoixDissidente.objects.exists() and figures(m.rapport) == (3, 0, 1, 0)

    def test_bloc_a_nommer_quand_le_vote_est_divise(self, m, faire):
        for rang in (2, 3):
            faire("ajouter-bloc", rang=str(rang))
        with pytest.raises(ActeRefuse, match="de quel bloc"):
            faire("deport", qui="danel")

    @pytest.mark.parametrize("champs", [{}, {"qui": ""}, {"qui": "personne"}, {"elu": "x"}, {"elu": "987654321"}])
    def test_membre_inconnu(self, m, faire, champs):
        with pytest.raises(ActeRefuse):
            faire("deport", **champs)
        assert not Deport.objects.exists() and not m.rapport.blocs.exists()


class TestVoix:
    def test_un_groupe_entier(self, m, faire):
        assert "Groupe A" in faire("voix", qui="groupe a", sens="contre")
        assert figures(m.rapport) == (1, 3, 0, 0)
        assert bloquent(m.rapport) == ["majorite-absente"]
        faire("voix", m.rapport.blocs.get(), qui="allard", sens="abstention")
        assert figures(m.rapport) == (1, 2, 1, 0)
        carte = vote.lire(m.rapport).cartes[0]
        assert [f["groupes"] for f in carte.figures] == [["Groupe B"], ["Groupe A"], ["Groupe A"], []]

    def test_sans_voix_ou_absent(self, m, faire, membres):
        with pytest.raises(ActeRefuse, match="pas voix délibérative"):
            faire("voix", qui="essai", sens="contre")
        Presence.objects.filter(elu=membres[3]).update(etat=A)
        with pytest.raises(ActeRefuse, match="absent"):
            faire("voix", qui="danel", sens="contre")
        with pytest.raises(ActeRefuse, match="Aucun membre du groupe"):
            faire("voix", qui="Groupe B", sens="contre")
        with pytest.raises(ActeRefuse, match="contre"):
            faire("voix", qui="allard", sens="peut-être")

    def test_retirer(self, m, faire, membres):
        faire("voix", qui="danel", sens="contre")
        bloc = m.rapport.blocs.get()
        faire("voix", bloc, retirer=str(membres[3].pk))
        assert figures(m.rapport) == (4, 0, 0, 0) and faire("voix", bloc, retirer=str(membres[3].pk)) == ""


class TestResultat:
    def test_avant_l_envoi(self, m, faire):
        with pytest.raises(ActeRefuse, match="envoyé aux élus"):
            faire("resultat", resultat="rejete", motif="non", vu="adopte")

    def test_motif_exige_et_saisie_perimee(self, m, faire):
        m.mener_au_vote()
        with pytest.raises(ActeRefuse, match="motif"):
            faire("resultat", resultat="ajourne", vu="adopte")
        faire("resultat", resultat="ajourne", motif="Pièces", vu="adopte")
        bloc = m.rapport.blocs.get()
        assert bloc.resultat == "ajourne" and bloquent(m.rapport) == ["aucun-bloc-adopte"]
        with pytest.raises(ActeRefuse, match="Ajourné"):
            faire("resultat", bloc, resultat="rejete", motif="autre", vu="adopte")
        assert faire("resultat", bloc, resultat="ajourne", motif="Pièces", vu="adopte") == ""

    def test_figures_d_un_acte_repris(self, m, faire):
        with pytest.raises(ActeRefuse, match="4 membres"):
            faire("figures", pour="3", contre="0", abstention="0", absents="0")
        faire("figures", pour="2", contre="0", abstention="1", absents="1")
        bloc = m.rapport.blocs.get()
        assert bloc.imprime == {"pour": 2, "contre": 0, "abstention": 1, "absents": 1}
        (groupe,) = [
            g for g in du_vote(m.rapport, vote.lire(m.rapport)) if g.regle.cle == "chiffres-imprimes"
        ]  # fmt: skip
        ecarts = [constat.message for constat in groupe.constats]
        assert ecarts[0] == "pour : l’acte publié imprime 2, le calcul donne 4." and len(ecarts) == 3
        assert bloquent(m.rapport) == []
        with pytest.raises(ActeRefuse):
            faire("figures", bloc, pour="-1", contre="0", abstention="4", absents="1")
        faire("figures", bloc, oublier="1")
        assert m.rapport.blocs.get().imprime is None


@pytest.fixture
def deux(m):
    """A second thématique, with one line of 100,00."""
    autre = operation(m.rapport, dispositif("2.1", numero=2), numero="2")
    presenter(
        m.rapport, autre, "100.00", ae=m.ae, nom="ZED", par=m.equipe.instruction, answering=dispositif("2.1", numero=2)
    )
    return list(m.rapport.thematiques.order_by("pk"))


class TestBlocs:
    def test_un_bloc_par_thematique_reprend_ce_qui_est_dit(self, m, faire, deux):
        faire("deport", qui="danel")
        faire("voix", m.rapport.blocs.get(), qui="carlier", sens="abstention")
        assert faire("par-thematique") and faire("par-thematique") == ""
        assert [figures(m.rapport, n) for n in (0, 1)] == [(2, 0, 2, 0)] * 2
        assert {t.bloc_id for t in m.rapport.thematiques.all()} == {b.pk for b in m.rapport.blocs.all()}
        assert Journal.objects.filter(verbe="diviser_le_vote").count() == 1

    def test_diviser_une_fois_le_rapport_envoye(self, m, faire, deux):
        m.mener_au_vote()
        assert faire("par-thematique")
        assert m.rapport.blocs.count() == 2

    def test_revenir_a_un_seul_bloc(self, m, faire, deux):
        faire("par-thematique")
        second = m.rapport.blocs.last()
        faire("deport", second, qui="danel")
        with pytest.raises(ActeRefuse, match="porte des déports"):
            faire("un-seul-bloc")
        faire("deport", second, retirer=str(Deport.objects.get().elu_id))
        assert faire("un-seul-bloc") and faire("un-seul-bloc") == ""
        assert m.rapport.blocs.count() == 1

    def test_ajouter_deux_fois_est_une_fois(self, m, faire):
        assert faire("ajouter-bloc", rang="2", titre="Recettes")
        assert faire("ajouter-bloc", rang="2", titre="Recettes") == ""
        assert [b.titre for b in m.rapport.blocs.all()] == ["", "Recettes"]
        for rang in ("", "x", "-1", "99"):
            assert faire("ajouter-bloc", rang=rang) == ""
        assert m.rapport.blocs.count() == 2

    def test_supprimer(self, m, faire, deux):
        faire("par-thematique")
        with pytest.raises(ActeRefuse, match="attribuez-les à un autre bloc"):
            faire("supprimer-bloc", m.rapport.blocs.last())
        faire("ajouter-bloc", rang="3")
        faire("supprimer-bloc", m.rapport.blocs.last())
        assert m.rapport.blocs.count() == 2
        with pytest.raises(ActeRefuse, match="Désignez un bloc"):
            faire("supprimer-bloc")

    def test_attribuer_par_la_page(self, m, faire, deux, connecter):
        faire("ajouter-bloc", rang="2", titre="Suite")
        client, second = connecter(m.equipe.assemblees), m.rapport.blocs.last()
        url = reverse("rapport_vote_blocs", args=[m.rapport.pk])
        champs = {f"titre_{b.pk}": b.titre for b in m.rapport.blocs.all()}
        champs |= {f"thematique_{deux[0].pk}": "", f"thematique_{deux[1].pk}": str(second.pk)}
        for _ in "ab":
            assert client.post(url, champs).status_code == 302
        assert m.rapport.thematiques.get(pk=deux[1].pk).bloc == second
        assert Journal.objects.filter(verbe="composer_les_blocs").count() == 1
        reponse = client.post(url, champs | {f"thematique_{deux[0].pk}": "987654321"})
        assert reponse.status_code == 200 and "Rien n’est enregistré" in html(reponse)


class TestLignes:
    def test_amender_retirer_retablir(self, m, faire):
        m.mener_au_vote()
        ligne = m.propositions[0]
        assert "300,00" in faire("ligne", ligne=str(ligne.pk), sens="montant", montant="300", motif="Juste part", vu="")
        assert faire("ligne", ligne=str(ligne.pk), sens="retrait", motif="Retirée", vu="montant:300.00")
        with pytest.raises(ActeRefuse, match="amendée par quelqu’un"):
            faire("ligne", ligne=str(ligne.pk), sens="montant", montant="200", motif="x", vu="montant:300.00")
        enjeu = enjeux.lire(m.rapport, [BlocDeVote(rapport=m.rapport)]).par_bloc[None]
        assert (enjeu.presente, enjeu.adopte, enjeu.retirees) == (D("650.00"), D("250.00"), 1)
        assert faire("ligne", ligne=str(ligne.pk), sens="retablir", vu="retrait:")
        assert faire("ligne", ligne=str(ligne.pk), sens="retablir", vu="") == ""
        assert not AmendementDeSeance.objects.exists()

    def test_l_enjeu_est_celui_de_la_repartition(self, m, faire):
        m.mener_au_vote()
        faire("ligne", ligne=str(m.propositions[0].pk), sens="montant", montant="333,33", motif="x", vu="")
        faire("ligne", ligne=str(m.propositions[2].pk), sens="retrait", motif="x", vu="")
        enjeu = enjeux.lire(m.rapport, [BlocDeVote(rapport=m.rapport)]).par_bloc[None]
        calcul = repartir_rapport(m.rapport, adoptee=True, avec_zeros=True)
        assert (enjeu.adopte, enjeu.budget) == (calcul.nouveau, calcul.budget) == (D("533.33"), D("533.33"))

    @pytest.mark.parametrize(
        "champs",
        [{"sens": "montant", "montant": ""}, {"sens": "montant", "montant": "-1"}, {"sens": "x"}, {"motif": ""}],
    )
    def test_saisies_refusees(self, m, faire, champs):
        m.mener_au_vote()
        avant = etat_de_la_base()
        with pytest.raises(ActeRefuse):
            faire("ligne", **{"ligne": str(m.propositions[0].pk), "sens": "retrait", "motif": "m", "vu": ""} | champs)
        assert etat_de_la_base() == avant

    def test_ligne_d_un_autre_rapport(self, m, faire):
        m.mener_au_vote()
        autre = monde(numero="65", n=5)
        with pytest.raises(ActeRefuse, match="n’est plus au rapport"):
            faire("ligne", ligne=str(autre.propositions[0].pk), sens="retrait", motif="m", vu="")


class TestInterets:
    @pytest.fixture(autouse=True)
    def _interet(self, m, membres):
        structure = m.propositions[0].ligne.dossier.structure
        Interet.objects.create(elu=membres[3], structure=structure, qualite="Trésorier", debut=date(2021, 7, 1))
        Interet.objects.create(
            elu=membres[2], structure=structure, qualite="Ancienne", debut=date(2021, 7, 1), fin=date(2022, 1, 1)
        )

    def test_propose_au_secretariat_et_retenu_d_un_geste(self, m, faire, connecter):
        url = reverse("rapport_vote", args=[m.rapport.pk])
        page = html(connecter(m.equipe.assemblees).get(url))
        assert "Trésorier, 4AJ" in page and "Ancienne" not in page
        assert "DANEL" in faire("deports-proposes") and faire("deports-proposes") == ""
        assert figures(m.rapport) == (3, 0, 1, 0)
        assert "Trésorier" not in html(connecter(m.equipe.assemblees).get(url))

    def test_l_administration_tient_la_seance_sans_lire_les_interets(self, m, connecter):
        admin = AgentFactory(administration=True)
        page = connecter(admin).get(reverse("rapport_vote", args=[m.rapport.pk]))
        assert page.status_code == 200 and "Trésorier" not in html(page)
        connecter(admin).post(reverse("rapport_vote_acte", args=[m.rapport.pk, "deports-proposes"]))
        assert not Deport.objects.exists()

    def test_rien_n_en_parait_ailleurs(self, m, connecter):
        client = connecter(m.equipe.direction)
        for nom, args in (("seance_conducteur", [m.rapport.seance_id, "json"]), ("rapport_historique", [m.rapport.pk])):
            assert "Trésorier" not in html(client.get(reverse(nom, args=args)))


class TestPages:
    @pytest.fixture
    def secretariat(self, connecter, m, membres):
        return connecter(m.equipe.assemblees)

    def acte(self, m, nom):
        return reverse("rapport_vote_acte", args=[m.rapport.pk, nom])

    def test_la_feuille_revient_entiere_avec_htmx(self, m, secretariat):
        reponse = secretariat.post(self.acte(m, "deport"), {"bloc": "", "qui": "DANEL Denis"}, headers=HTMX)
        page = html(reponse)
        assert page.lstrip().startswith('<div id="vote"') and "se déporte" in page and "<h1" not in page
        reponse = secretariat.post(self.acte(m, "deport"), {"bloc": "", "qui": "Personne"}, headers=HTMX)
        assert "Refusé" in html(reponse) and Deport.objects.count() == 1

    def test_sans_script_la_page_revient(self, m, secretariat):
        reponse = secretariat.post(self.acte(m, "deport"), {"qui": "DANEL Denis"}, follow=True)
        assert reponse.redirect_chain[0][0] == reverse("rapport_vote", args=[m.rapport.pk])
        assert "se déporte" in html(reponse)

    def test_bloc_d_un_autre_rapport_et_acte_inconnu(self, m, secretariat):
        autre = monde(numero="65", n=5)
        bloc = BlocDeVote.objects.create(rapport=autre.rapport)
        for pk in (bloc.pk, 987654321, "x", "²"):
            avant = etat_de_la_base()
            assert secretariat.post(self.acte(m, "deport"), {"bloc": pk, "qui": "danel"}).status_code == 404
            assert etat_de_la_base() == avant
        assert secretariat.post(self.acte(m, "effacer")).status_code == 404
        assert (
            secretariat.get(reverse("rapport_vote_lignes", args=[m.rapport.pk]), {"bloc": bloc.pk}).status_code == 404
        )
        assert secretariat.get(self.acte(m, "deport")).status_code == 405

    def test_apres_le_vote_tout_est_refuse(self, m, secretariat, faire, sans_pdf):
        faire("deport", qui="danel")
        m.mener_au_vote()
        m.adopter()
        bloc, avant = m.rapport.blocs.get(), etat_de_la_base()
        gestes_essayes = {
            "assistance": {"qui": "danel", "etat": "absent"},
            "deport": {"qui": "carlier"},
            "voix": {"qui": "carlier", "sens": "contre"},
            "resultat": {"resultat": "rejete", "motif": "m"},
            "presidence": {"president": "", "secretaire": ""},
            "figures": {"pour": "4", "contre": "0", "abstention": "0", "absents": "0"},
            "ajouter-bloc": {"rang": "2"},
            "supprimer-bloc": {},
            "ligne": {"ligne": str(m.propositions[0].pk), "sens": "retrait", "motif": "m"},
            "un-seul-bloc": {},
        }
        for nom, champs in gestes_essayes.items():
            with pytest.raises(ActeFige):
                gestes.faire(nom, m.rapport, bloc, champs, par=m.equipe.assemblees)
        assert etat_de_la_base() == avant
        page = html(secretariat.get(reverse("rapport_vote", args=[m.rapport.pk])))
        assert "a été soumis au vote" in page and "Ajouter" not in page

    def test_chaque_geste_est_dans_la_table_des_droits(self):
        assert set(gestes.GESTES) == set(droits.ACTES_DE_SEANCE)

    @pytest.mark.parametrize("nom", ["rapport_vote", "rapport_vote_lignes", "rapport_adopter"])
    def test_requetes_constantes(self, m, secretariat, faire, nom):
        m.mener_au_vote()
        url = reverse(nom, args=[m.rapport.pk])
        faire("deport", qui="danel")
        nombre = compter(secretariat, url)
        m.rapport.preparer_modificatif(par=m.equipe.assemblees, motif="Essai")
        for n in range(15):
            presenter(m.rapport, m.operation, "1.00", ae=m.ae2, nom=f"S{n}", par=m.equipe.instruction)
            elu(f"autre-{n}", nom=f"AUTRE{n}", instance=m.rapport.seance.instance, ordre=10 + n)
        m.viser()
        m.mener_au_vote()
        assert compter(secretariat, url) == nombre

    def test_peu_de_requetes(self, m, secretariat, faire):
        faire("deport", qui="danel")
        assert compter(secretariat, reverse("rapport_vote", args=[m.rapport.pk])) <= 15

    def test_l_adoption_dit_ce_qui_l_empeche_et_ses_effets(self, m, secretariat, faire):
        m.mener_au_vote()
        faire("ligne", ligne=str(m.propositions[0].pk), sens="montant", montant="300", motif="Moins", vu="")
        faire("ligne", ligne=str(m.propositions[2].pk), sens="retrait", motif="Pièces", vu="")
        url = reverse("rapport_adopter", args=[m.rapport.pk])
        page = html(secretariat.get(url))
        assert "500,00" in page and "1\xa0ligne sera rendue" in page and "disabled" not in page
        faire("deport", qui="allard")
        page = html(secretariat.get(url))
        assert "Ce qui empêche l’adoption" in page and "désignez qui préside" in page and "disabled" in page
        assert reverse("seance_assistance", args=[m.rapport.seance_id]) in page
        reponse = secretariat.post(url, {"numero": "2024-100", "le": "2024-06-17"})
        assert reponse.status_code == 200 and "désignez qui préside" in html(reponse)
