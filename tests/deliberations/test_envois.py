"""Sendings of a rapport from its pages, avis of the commissions, rapport modificatif: who, when, once, frozen."""

from datetime import date

import pytest
from django.urls import reverse

from deliberations.models import AvisDeCommission, Commission, EditionDuRapport, Rapport
from dpid.erreurs import ActeFige
from dpid.models import Travail
from tests.factories import AgentFactory, AutorisationFactory, LigneFactory, RapportFactory, operation_de
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def ae():
    return AutorisationFactory(ligne__code="C02-446A05", vote="1000.00")


@pytest.fixture
def secretaire():
    return AgentFactory(username="secretaire", assemblees=True)


@pytest.fixture
def rapport(ae):
    return RapportFactory(propositions=[LigneFactory(finance=ae, finance__montant="300.00") for _ in "ab"])


@pytest.fixture
def vise(rapport):
    rapport.viser(par=AgentFactory(instruction=True, est_chef_de_service=True))
    rapport.viser(par=AgentFactory(direction=True))
    rapport.viser(par=AgentFactory(budget=True))
    return rapport


def adresse(rapport, a="commissions"):
    return reverse("rapport_envoyer", args=[rapport.pk, a])


def envoyer(client, rapport, a="commissions"):
    page = client.get(adresse(rapport, a))
    empreinte = page.context["form"].initial["empreinte"] if page.status_code == 200 else "x"
    return client.post(adresse(rapport, a), {"empreinte": empreinte}, follow=True)


class TestEnvoi:
    def test_la_page_dit_ce_qui_est_fige_et_les_soldes(self, connecter, secretaire, vise):
        corps = html(connecter(secretaire).get(adresse(vise)))
        assert "2\u00a0lignes" in corps and "600,00\u00a0€ proposés" in corps
        assert "solde annoncé 400,00\u00a0€" in corps

    def test_envoyer_deux_fois_est_un_envoi(self, connecter, secretaire, vise, sans_pdf):
        client, url = connecter(secretaire), adresse(vise)
        empreinte = client.get(url).context["form"].initial["empreinte"]
        for _ in range(2):
            reponse = client.post(url, {"empreinte": empreinte}, follow=True)
        assert "n’a été envoyé qu’une fois" in html(reponse)
        assert EditionDuRapport.objects.get().destinataires == "commissions"
        vise.refresh_from_db()
        assert vise.etat == Rapport.Etat.EN_COMMISSION

    def test_montants_changes_pendant_la_lecture(self, connecter, secretaire, vise, sans_pdf):
        corps = html(connecter(secretaire).post(adresse(vise), {"empreinte": "autre"}))
        assert "Les montants ont changé" in corps and not EditionDuRapport.objects.exists()

    def test_les_pieces_de_l_edition_sont_celles_que_lisent_les_elus(self, connecter, secretaire, vise, sans_pdf):
        envoyer(connecter(secretaire), vise)
        natures = set(EditionDuRapport.objects.get().documents.values_list("nature", flat=True))
        assert natures == {"rapport", "deliberation", "repartition"}

    def test_hors_de_son_etat_l_envoi_renvoie_au_rapport(self, connecter, secretaire, rapport):
        client = connecter(secretaire)
        assert "s’ouvre à un rapport" in html(client.get(adresse(rapport), follow=True))
        assert client.get(adresse(rapport, "prefecture")).status_code == 404

    def test_un_constat_bloquant_arrete_l_envoi(self, connecter, secretaire, rapport, vise):
        vise.thematiques.update(texte="Soit {inconnu}.")
        corps = html(envoyer(connecter(secretaire), vise))
        assert "constat bloquant" in corps and "{inconnu}" in corps and not EditionDuRapport.objects.exists()

    def test_long_il_passe_au_travail(self, connecter, secretaire, vise, sans_pdf, settings):
        settings.DPID = settings.DPID | {"lignes_en_tache_de_fond": 1}
        reponse = envoyer(connecter(secretaire), vise)
        assert reponse.redirect_chain[-1][0] == reverse("travaux")
        travail = Travail.objects.get(nature="envoi")
        from deliberations import tasks

        for _ in range(2):  # taken up again after a crash
            assert tasks.envoyer(travail)[0] is None
        assert EditionDuRapport.objects.count() == 1

    def test_requetes(self, connecter, secretaire, vise):
        assert compter(connecter(secretaire), adresse(vise)) <= 15


class TestAvis:
    def donnees(self):
        commission, _ = Commission.objects.get_or_create(numero=2, defaults={"libelle": "Solidarités humaines"})
        return {"commission": commission.pk, "date": "2024-06-03", "sens": "favorable", "observations": ""}

    def test_ni_avant_l_envoi_ni_apres_celui_aux_elus(self, connecter, secretaire, vise, sans_pdf):
        client, url = connecter(secretaire), reverse("avis_commission_nouveau", args=[vise.pk])
        assert "quand le rapport lui a été envoyé" in html(client.post(url, self.donnees()))
        envoyer(client, vise)
        client.post(url, self.donnees())
        avis = AvisDeCommission.objects.get()
        assert "est déjà enregistré" in html(client.post(url, self.donnees()))
        envoyer(client, vise, "elus")
        for nom in ("avis_commission_modifier", "avis_commission_supprimer"):
            client.post(reverse(nom, args=[avis.pk]), self.donnees() | {"sens": "defavorable"})
        avis.refresh_from_db()
        assert avis.sens == "favorable"
        for porte in (avis.save, avis.delete, AvisDeCommission.objects.all().delete):
            with pytest.raises(ActeFige):
                porte()
        with pytest.raises(ActeFige):
            AvisDeCommission.objects.create(
                rapport=vise, commission=Commission.objects.create(numero=1, libelle="Emploi"), date=date(2024, 6, 1)
            )

    def test_modifie_entre_temps(self, connecter, secretaire, vise, sans_pdf):
        client = connecter(secretaire)
        envoyer(client, vise)
        client.post(reverse("avis_commission_nouveau", args=[vise.pk]), self.donnees())
        url = reverse("avis_commission_modifier", args=[AvisDeCommission.objects.get().pk])
        empreinte = client.get(url).context["form"].initial["empreinte"]
        client.post(url, self.donnees() | {"empreinte": empreinte, "sens": "reserve"})
        corps = html(client.post(url, self.donnees() | {"empreinte": empreinte, "sens": "defavorable"}))
        assert "pendant votre saisie" in corps
        assert AvisDeCommission.objects.get().sens == "reserve"


class TestModificatif:
    def test_rouvrir_libere_les_credits_et_rend_le_contenu(self, connecter, secretaire, vise, ae, sans_pdf):
        client = connecter(secretaire)
        envoyer(client, vise)
        url = reverse("rapport_rouvrir", args=[vise.pk])
        assert "600,00\u00a0€ réservés seront libérés" in html(client.get(url))
        client.post(url, {"motif": "Une structure renonce"})
        assert "se modifie directement" in html(client.post(url, {"motif": "encore"}, follow=True))
        ae.refresh_from_db()
        vise.refresh_from_db()
        assert (ae.reserve, vise.etat) == (0, Rapport.Etat.PREPARATION)

    def test_sans_motif_rien(self, connecter, secretaire, vise, sans_pdf):
        client = connecter(secretaire)
        envoyer(client, vise)
        client.post(reverse("rapport_rouvrir", args=[vise.pk]), {"motif": " "})
        vise.refresh_from_db()
        assert vise.etat == Rapport.Etat.EN_COMMISSION

    def test_envoye_le_contenu_ne_bouge_plus(self, connecter, secretaire, vise, sans_pdf):
        envoyer(connecter(secretaire), vise)
        thematique = vise.thematiques.get()
        for porte in (thematique.save, lambda: operation_de(vise, LigneFactory().dossier.dispositif)):
            with pytest.raises(ActeFige):
                porte()


class TestAdmin:
    def test_l_avis_suit_les_memes_regles(self, connecter, vise, sans_pdf):
        client = connecter(AgentFactory(assemblees=True, is_staff=True))
        commission = Commission.objects.create(numero=2, libelle="Solidarités humaines")
        donnees = {"rapport": vise.pk, "commission": commission.pk, "date": "03/06/2024", "sens": "favorable"}
        ajout = reverse("admin:deliberations_avisdecommission_add")
        assert "quand le rapport lui a été envoyé" in html(client.post(ajout, donnees | {"observations": ""}))
        vise.envoyer_en_commission(par=AgentFactory(assemblees=True))
        assert client.post(ajout, donnees | {"observations": ""}).status_code == 302
        assert AvisDeCommission.objects.count() == 1

    def test_une_annexe_citee_ne_se_supprime_pas(self, connecter, rapport):
        client = connecter(AgentFactory(administration=True, is_staff=True))
        annexe = rapport.annexes.get()
        corps = html(
            client.post(
                reverse("admin:deliberations_annexepresentee_delete", args=[annexe.pk]), {"post": "yes"}, follow=True
            )
        )
        assert "tant que le rapport présente des lignes" in corps and rapport.annexes.count() == 1

    def test_pages_de_lecture(self, connecter, vise, sans_pdf):
        vise.envoyer_en_commission(par=AgentFactory(assemblees=True))
        client = connecter(AgentFactory(administration=True, is_staff=True))
        edition = EditionDuRapport.objects.get()
        corps = html(client.get(reverse("admin:deliberations_editiondurapport_change", args=[edition.pk])))
        assert "rapport" in corps and "PDF" in corps
        assert (
            client.post(reverse("admin:deliberations_editiondurapport_change", args=[edition.pk]), {}).status_code
            == 403
        )
        assert "Annexes" in html(client.get(reverse("admin:deliberations_rapport_change", args=[vise.pk])))
