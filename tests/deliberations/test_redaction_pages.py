"""Texts with live references: palette, preview, articles reworded, texts taken up, what is typed in clear."""

from datetime import date

import pytest
from django.urls import reverse

from deliberations.models import ArticleRedige
from deliberations.redaction import reprise
from deliberations.redaction.saisies import montants_saisis
from dpid.erreurs import ActeFige
from tests.assemblee import mener_au_vote
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    SeanceFactory,
    ThematiqueFactory,
    operation_de,
    presenter,
)
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def redactrice():
    return AgentFactory(username="redactrice", instruction=True)


@pytest.fixture
def ae():
    return AutorisationFactory(ligne__code="C02-446A05", vote="5000.00")


@pytest.fixture
def rapport(redactrice, ae):
    dispositif = DispositifFactory()
    lignes = [
        LigneFactory(dossier=DossierFactory(dispositif=dispositif), finance=ae, finance__montant="300.00") for _ in "ab"
    ]
    return RapportFactory(par=redactrice, propositions=lignes)


@pytest.fixture
def operation(rapport):
    return rapport.propositions.first().operation


def adresse(nom, *args):
    return reverse(nom, args=args)


def apercu(client, rapport, lieu, texte):
    return html(client.post(adresse("texte_apercu", rapport.pk, lieu), {"champ": "t", "t": texte}))


class TestPalette:
    def test_chaque_editeur_offre_ses_renvois_avec_leur_valeur(self, connecter, redactrice, rapport, operation):
        client = connecter(redactrice)
        pages = [
            adresse("rapport_modifier", rapport.pk), adresse("operation_modifier", operation.pk),
            adresse("thematique_modifier", operation.thematique_id),
        ]  # fmt: skip
        for url in pages:
            corps = html(client.get(url))
            assert 'data-renvoi="{montant}"' in corps and "600,00\u00a0€" in corps, url
            assert 'data-renvoi="{annexe:repartition}"' in corps
        nouvelle = html(client.get(adresse("operation_nouvelle", operation.thematique_id)))
        assert 'data-renvoi="{annexe:repartition}"' in nouvelle and 'data-renvoi="{montant}"' not in nouvelle

    def test_apercu_resout_et_souligne_l_inconnu(self, connecter, redactrice, rapport, operation):
        client = connecter(redactrice)
        corps = apercu(client, rapport, f"o{operation.pk}", "Soit {montant} et {chose} <b>.\n\nAutre, 600 € en clair.")
        assert "<mark>600,00\u00a0€</mark>" in corps and "&lt;b&gt;" in corps
        assert "{chose} (renvoi sans valeur)" in corps and "en clair, alors que" in corps
        assert "sans valeur" in apercu(client, rapport, "nouveau", "{montant}")

    def test_apercu_montre_les_listes_et_les_tableaux(self, connecter, redactrice, rapport, operation):
        texte = "Voici :\n- un {montant}\n- deux\n\nRépartition\n| Poste | Montant |\n|---|---|\n| Aide | {montant} |"
        corps = apercu(connecter(redactrice), rapport, f"o{operation.pk}", texte)
        assert corps.count("<li>") == 2 and corps.count("<mark>600,00\u00a0€</mark>") == 2
        assert "<caption>Répartition" in corps and '<th scope="col"' in corps and "|" not in corps

    @pytest.mark.parametrize("lieu", ["ailleurs", "o", "article-roman", "t12x", "o" + "9" * 30])
    def test_lieu_inconnu(self, connecter, redactrice, rapport, lieu):
        reponse = connecter(redactrice).post(adresse("texte_apercu", rapport.pk, lieu), {"champ": "t", "t": "x"})
        assert reponse.status_code == 404

    def test_l_apercu_n_ecrit_rien(self, connecter, redactrice, rapport):
        version = rapport.introduction
        apercu(connecter(redactrice), rapport, "rapport", "Nouveau texte {montant}.")
        rapport.refresh_from_db()
        assert rapport.introduction == version


class TestArticles:
    def cle(self, rapport):
        return f"financement-{rapport.thematiques.get().pk}"

    def test_texte_imprime_et_retour(self, connecter, redactrice, rapport, ae):
        client, cle = connecter(redactrice), self.cle(rapport)
        assert "600,00\u00a0€" in html(client.get(adresse("rapport_articles", rapport.pk)))
        url = adresse("article_rediger", rapport.pk, cle)
        donnees = {"texte": "Le financement de {montant} est approuvé.", "empreinte": ""}
        client.post(url, donnees)
        presenter(rapport, LigneFactory(finance=ae, finance__montant="50.00", dossier__dispositif=DispositifFactory(
            thematique=rapport.thematiques.get().thematique)))  # fmt: skip
        corps = html(client.get(adresse("rapport_articles", rapport.pk)))
        assert "Le financement de 650,00\u00a0€ est approuvé." in corps and "rédigé" in corps
        client.post(adresse("article_oublier", rapport.pk, cle))
        assert not ArticleRedige.objects.exists()

    @pytest.mark.parametrize("texte", ["Soit {inconnu}.", "Soit {montant", "", "{user.password}", "{{ montant }}"])
    def test_renvoi_inconnu_ou_accolade_refuses(self, connecter, redactrice, rapport, texte):
        url = adresse("article_rediger", rapport.pk, self.cle(rapport))
        assert connecter(redactrice).post(url, {"texte": texte}).status_code == 200
        assert not ArticleRedige.objects.exists()

    def test_article_disparu(self, connecter, redactrice, rapport):
        ArticleRedige.objects.create(rapport=rapport, cle="financement-9999", texte="Ancien texte")
        client = connecter(redactrice)
        assert "n’existent plus" in html(client.get(adresse("rapport_articles", rapport.pk)))
        assert client.get(adresse("article_rediger", rapport.pk, "financement-9999")).status_code == 404
        client.post(adresse("article_oublier", rapport.pk, "financement-9999"))
        assert not ArticleRedige.objects.exists()

    def test_redige_entre_temps(self, connecter, redactrice, rapport):
        client, url = connecter(redactrice), adresse("article_rediger", rapport.pk, self.cle(rapport))
        client.post(url, {"texte": "Premier {montant}."})
        empreinte = client.get(url).context["form"]["empreinte"].value()
        client.post(url, {"texte": "Deuxième {montant}.", "empreinte": empreinte})
        corps = html(client.post(url, {"texte": "Troisième {montant}.", "empreinte": empreinte}))
        assert "pendant votre saisie" in corps and "Deuxième" in corps
        assert ArticleRedige.objects.get().texte == "Deuxième {montant}."

    def test_envoye_rien_ne_se_redige(self, connecter, redactrice, rapport, sans_pdf):
        for qui in ({"instruction": True, "est_chef_de_service": True}, {"direction": True}, {"budget": True}):
            rapport.viser(par=AgentFactory(**qui))
        mener_au_vote(rapport, par=AgentFactory(assemblees=True))
        url = adresse("article_rediger", rapport.pk, self.cle(rapport))
        assert "ne se modifie plus" in html(connecter(redactrice).post(url, {"texte": "Autre {montant}."}))
        with pytest.raises(ActeFige):
            ArticleRedige.objects.create(rapport=rapport, cle="x", texte="y")

    def test_requetes(self, connecter, redactrice, rapport, ae):
        client, url = connecter(redactrice), adresse("rapport_articles", rapport.pk)
        avant = compter(client, url)
        for _ in range(10):
            presenter(rapport, LigneFactory(finance=ae, finance__montant="1.00"))
        assert compter(client, url) == avant <= 15


class TestReprise:
    @pytest.fixture
    def ancien(self, redactrice):
        """The same thématique and dispositif, under the call of the year before."""
        autre = RapportFactory(par=redactrice, seance=SeanceFactory(date=date(2023, 6, 1)))
        autre.introduction = "Introduction de l’an passé, {montant}."
        autre.save()
        return autre

    def test_memes_dispositifs_et_thematiques(self, connecter, redactrice, rapport, operation, ancien):
        dispositif = operation.dispositifs.get()
        theme = ThematiqueFactory(appel__annee=2023, titre=dispositif.thematique.titre.upper())
        pareil = DispositifFactory(thematique=theme, reference=dispositif.reference, titre=dispositif.titre)
        source = operation_de(ancien, pareil)
        source.descriptif, source.bilan = "Ce que fait l’opération : {structures}.", "Bilan."
        source.save()
        source.thematique.texte = "Texte de la thématique."
        source.thematique.save()
        operation.bilan = "Déjà écrit."
        operation.save()
        client, url = connecter(redactrice), adresse("textes_reprendre", rapport.pk)
        assert "3\u00a0textes vides" in html(client.get(url, {"modele": ancien.pk}))
        for _ in range(2):
            client.post(url, {"modele": ancien.pk})
        for objet in (rapport, operation, operation.thematique):
            objet.refresh_from_db()
        assert operation.descriptif == "Ce que fait l’opération : {structures}." and operation.bilan == "Déjà écrit."
        assert operation.thematique.texte == "Texte de la thématique." and "{montant}" in rapport.introduction
        assert reprise.textes_a_reprendre(rapport, ancien) == []

    def test_rapport_inconnu(self, connecter, redactrice, rapport):
        url = adresse("textes_reprendre", rapport.pk)
        assert connecter(redactrice).get(url, {"modele": "987654"}).status_code == 404
        assert connecter(redactrice).get(url, {"modele": "abc"}).status_code == 200


class TestSaisies:
    VALEURS = {"montant": "155\u202f121,00\u00a0€", "structures": "7\u00a0structures", "periode": "du 1er janvier 2024"}

    @pytest.mark.parametrize(
        ("texte", "attendu"),
        [
            ("Soit 155 121,00 € au total.", ["155 121,00"]),
            ("Soit 155121 euros, ou 155.121,00.", ["155121"]),
            ("Sept structures, soit 7 structures.", ["7 structures"]),
            ("Il y a 1 structure et 8 structures.", []),
            ("Soit {montant} pour {structures}.", []),
            ("20 000 € par an.", []),
            ("", []),
        ],
    )
    def test_ce_que_les_donnees_savent(self, texte, attendu):
        assert montants_saisis(texte, self.VALEURS) == attendu

    def test_les_montants_comparent_des_nombres(self):
        assert montants_saisis("12,50 € et 12,5 €", {"montant": "12,50\u00a0€"}) == ["12,50", "12,5"]
