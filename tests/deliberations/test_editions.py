"""Editions sent and compared: what the page tells, what the rapport modificatif prints, the bytes that were sent."""

from decimal import Decimal

import pytest
from django.urls import reverse

from deliberations import comparaison, documents, editions
from deliberations.documents import pdf
from deliberations.models import EditionDuRapport
from tests.factories import AgentFactory, AutorisationFactory, LigneFactory, RapportFactory, presenter
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def ae():
    return AutorisationFactory(ligne__code="C02-446A05", vote="5000.00")


@pytest.fixture
def assemblees():
    return AgentFactory(username="assemblees", assemblees=True)


def viser(rapport):
    for qui in ({"instruction": True, "est_chef_de_service": True}, {"direction": True}, {"budget": True}):
        rapport.viser(par=AgentFactory(**qui))


@pytest.fixture
def modifie(ae, assemblees, sans_pdf):
    """Sent to the commissions, opened again: one line less, one more, an amount, a text."""
    lignes = [LigneFactory(finance=ae, finance__montant="300.00") for _ in "abc"]
    rapport = RapportFactory(propositions=lignes)
    rapport.introduction = "Une première version du texte."
    rapport.save()
    viser(rapport)
    rapport.envoyer_en_commission(par=assemblees)
    rapport.preparer_modificatif(par=assemblees, motif="Une structure renonce")
    premiere, deuxieme, _ = rapport.propositions
    rapport.retirer(premiere, par=rapport.cree_par, motif="Renonce")
    presenter(rapport, LigneFactory(finance=ae, finance__montant="50.00"))
    financement = deuxieme.ligne.financements.get()
    financement.montant = Decimal("250.00")
    financement.save()
    rapport.refresh_from_db()
    rapport.introduction = "Une seconde version du texte."
    rapport.save()
    return rapport


def adresse(rapport):
    return reverse("rapport_editions", args=[rapport.pk])


class TestPage:
    def test_jamais_envoye_il_n_y_a_rien_a_comparer(self, connecter, assemblees):
        corps = html(connecter(assemblees).get(adresse(RapportFactory())))
        assert "pas encore été envoyé" in corps and "Comparer" not in corps

    def test_l_edition_comparee_au_contenu_actuel(self, connecter, assemblees, modifie):
        corps = html(connecter(assemblees).get(adresse(modifie)))
        assert "1\u00a0ligne ajoutée, 1\u00a0ligne retirée" in corps and "1\u00a0solde modifié" in corps
        assert "<del>première</del>" in corps and "<ins>seconde</ins>" in corps
        assert "300,00\u00a0€" in corps and "250,00\u00a0€" in corps

    def test_deux_editions(self, connecter, assemblees, modifie):
        viser(modifie)
        modifie.envoyer_en_commission(par=assemblees)
        client = connecter(assemblees)
        corps = html(client.get(adresse(modifie), {"avant": "1", "apres": "2"}))
        assert "Édition 2, aux commissions" in corps and "Une structure renonce" in corps
        assert "1\u00a0ligne retirée" in corps
        assert "aucune différence" in html(client.get(adresse(modifie), {"avant": "2", "apres": "2"}))

    @pytest.mark.parametrize("choix", ["9", "abc", "-1", "1" * 30, "²"])
    def test_edition_inconnue(self, connecter, assemblees, modifie, choix):
        corps = html(connecter(assemblees).get(adresse(modifie), {"avant": choix}))
        assert "Choisissez deux éditions" in corps

    def test_le_pdf_envoye_octet_pour_octet(self, connecter, assemblees, modifie):
        lien = EditionDuRapport.objects.get().documents.get(nature="rapport")
        client = connecter(assemblees)
        recu = client.get(reverse("edition_document", args=[modifie.pk, 1, "rapport"]))
        assert recu.content == bytes(lien.document.pdf) and lien.document.nom_fichier in recu["Content-Disposition"]
        assert client.get(reverse("edition_document", args=[modifie.pk, 1, "roman"])).status_code == 404
        assert client.get(reverse("edition_document", args=[RapportFactory().pk, 1, "rapport"])).status_code == 404

    def test_requetes_constantes(self, connecter, assemblees, modifie, ae):
        client = connecter(assemblees)
        vivant = compter(client, adresse(modifie))
        for _ in range(10):
            presenter(modifie, LigneFactory(finance=ae, finance__montant="1.00"))
        assert compter(client, adresse(modifie)) == vivant
        viser(modifie)
        modifie.envoyer_en_commission(par=assemblees)
        assert compter(client, adresse(modifie)) <= 15


class TestModificatif:
    def test_le_rapport_nomme_ce_qu_il_change(self, modifie, assemblees):
        page = pdf.page(documents.contexte(modifie, "rapport"))
        assert page["modifie"]["phrase"].startswith("Le présent rapport modifie celui qui a été envoyé aux commissions")
        assert any("Retrait" in d for d in page["modifie"]["differences"])
        viser(modifie)
        modifie.envoyer_en_commission(par=assemblees)
        modifie.envoyer_aux_elus(par=assemblees)
        # The members read what was changed since the commissions first saw it, not since the last sending.
        envoyes = [editions.contextes(e)["rapport"]["modificatif"] for e in editions.envoyees(modifie)]
        assert envoyes[0] is None and envoyes[1] == envoyes[2] is not None

    def test_sans_reouverture_rien_n_est_dit(self, ae, assemblees, sans_pdf):
        rapport = RapportFactory(propositions=[LigneFactory(finance=ae, finance__montant="3.00")])
        viser(rapport)
        rapport.envoyer_en_commission(par=assemblees)
        rapport.envoyer_aux_elus(par=assemblees)
        assert [editions.contextes(e)["rapport"]["modificatif"] for e in editions.envoyees(rapport)] == [None, None]


def test_mots_changes():
    gauche, droite = comparaison.mots("Un texte court.", "Un long texte court.")
    assert "".join(t for _, t in gauche) == "Un texte court." and not any(c for c, _ in gauche)
    assert "".join(t for c, t in droite if c).strip() == "long"
