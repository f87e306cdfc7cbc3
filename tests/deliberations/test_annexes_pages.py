"""Annexes, visas and revenue of a rapport from its pages: numbers that follow, refusals that name, once, frozen."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from budget.models import Inscription
from deliberations.models import AnnexePresentee, Rapport, RecetteProposee, TexteJuridique, VisaJuridique
from deliberations.redaction.annexes import creer_usuelles, numerotees, referents
from dpid.erreurs import ActeFige
from tests.assemblee import mener_au_vote
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    LigneBudgetaireFactory,
    LigneFactory,
    RapportFactory,
    SeanceFactory,
    presenter,
)
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Nature = AnnexePresentee.Nature


@pytest.fixture
def redactrice():
    return AgentFactory(username="redactrice", instruction=True)


@pytest.fixture
def rapport(redactrice):
    ae = AutorisationFactory(ligne__code="C02-446A05", vote="1000.00")
    lignes = [LigneFactory(finance=ae, finance__montant="300.00", nature_acte="avenant") for _ in "ab"]
    return RapportFactory(par=redactrice, propositions=lignes)


def adresse(nom, *args):
    return reverse(nom, args=args)


def titres(rapport):
    return [a.intitule for _, a in numerotees(rapport)]


def acte(rapport, cle="cllaj", **champs):
    champs = {"nature": Nature.PROJET_ACTE, "titre": "Avenant CLLAJ", "ordre": 9} | champs
    return AnnexePresentee.objects.create(rapport=rapport, cle=cle, **champs)


class TestAnnexes:
    def test_jeu_usuel_en_un_acte_et_une_fois(self, connecter, redactrice, rapport):
        client, url = connecter(redactrice), adresse("annexes_usuelles", rapport.pk)
        client.post(url)
        natures = [a.nature for _, a in numerotees(rapport)]
        assert natures == ["descriptive"] * rapport.thematiques.count() + ["repartition"]
        assert "rien n’est ajouté" in html(client.post(url, follow=True))
        assert [a.nature for _, a in numerotees(rapport)] == natures

    def test_ajouter_deux_fois_en_fait_une(self, connecter, redactrice, rapport):
        client, url = connecter(redactrice), adresse("annexe_nouvelle", rapport.pk, "projet_acte")
        donnees = {
            "titre": "Avenant CLLAJ",
            "nature_acte": "avenant",
            "jeton": client.get(url).context["form"]["jeton"].value(),
        }
        for _ in range(2):
            client.post(url, donnees)
        creee = rapport.annexes.get(nature="projet_acte")
        assert (creee.cle, creee.ordre) == ("avenant-cllaj", 2)

    def test_un_projet_d_acte_a_un_titre(self, connecter, redactrice, rapport):
        url = adresse("annexe_nouvelle", rapport.pk, "projet_acte")
        assert "obligatoire" in html(connecter(redactrice).post(url, {"titre": ""}))
        assert connecter(redactrice).get(adresse("annexe_nouvelle", rapport.pk, "roman")).status_code == 404

    def test_deux_repartitions_sont_refusees(self, connecter, redactrice, rapport):
        url = adresse("annexe_nouvelle", rapport.pk, "repartition")
        assert "une seule annexe de répartition" in html(connecter(redactrice).post(url, {"titre": ""}))

    def test_deplacer_renumerote_et_revient_a_la_page(self, connecter, redactrice, rapport):
        annexe, page = acte(rapport), adresse("rapport_annexes", rapport.pk)
        reponse = connecter(redactrice).post(
            adresse("partie_deplacer", "annexe", annexe.pk, "monter"), {"retour": page}
        )
        assert reponse.url == page and titres(rapport)[0] == "Avenant CLLAJ"
        dehors = connecter(redactrice).post(
            adresse("partie_deplacer", "annexe", annexe.pk, "descendre"), {"retour": "https://ailleurs.example/"}
        )
        assert dehors.url.startswith(rapport.get_absolute_url())

    def test_supprimer_nomme_qui_la_cite(self, connecter, redactrice, rapport):
        annexe, client = acte(rapport), connecter(redactrice)
        Rapport.objects.filter(pk=rapport.pk).update(introduction="Voir l’{annexe:cllaj}.")
        rapport.propositions.first().__class__.objects.filter(pk=rapport.propositions.first().pk).update(annexe=annexe)
        url = adresse("partie_supprimer", "annexe", annexe.pk)
        corps = html(client.post(url, follow=True))
        assert "l’introduction" in corps and "1\u00a0ligne" in corps and rapport.annexes.count() == 2
        Rapport.objects.filter(pk=rapport.pk).update(introduction="")
        rapport.propositions.update(annexe=None)
        client.post(url)
        assert rapport.annexes.count() == 1
        assert "tant que le rapport présente des lignes" in html(
            client.post(adresse("partie_supprimer", "annexe", rapport.annexes.get().pk), follow=True)
        )

    def test_une_thematique_decrite_ne_part_pas_avant_son_annexe(self, connecter, redactrice):
        vide = RapportFactory(par=redactrice)
        from tests.factories import operation_de

        operation = operation_de(vide, DispositifFactory())
        creer_usuelles(vide)
        thematique = operation.thematique
        operation.delete()
        url = adresse("partie_supprimer", "thematique", thematique.pk)
        assert "son annexe de présentation" in html(connecter(redactrice).post(url, follow=True))

    def test_rattacher_en_une_fois(self, connecter, redactrice, rapport):
        annexe, client = acte(rapport), connecter(redactrice)
        autre = acte(RapportFactory(par=redactrice), "autre")
        operation = rapport.propositions.first().operation_id
        url = adresse("annexe_rattacher", annexe.pk)
        assert "avenant, 1 ligne" in html(client.get(url))
        client.post(url, {"groupes": [f"{operation}:avenant"]})
        assert annexe.propositions.count() == 1
        refus = html(client.post(adresse("annexe_rattacher", autre.pk), {"groupes": [f"{operation}:avenant"]}))
        assert "pas un choix valide" in refus or "n’est pas un des choix" in refus or "Sélectionnez un choix" in refus
        assert autre.propositions.count() == 0
        assert referents(rapport)[annexe.pk] == ["1\u00a0ligne"]
        assert client.get(adresse("annexe_rattacher", rapport.annexes.first().pk)).status_code == 404

    def test_modifiee_entre_temps(self, connecter, redactrice, rapport):
        annexe, client = acte(rapport), connecter(redactrice)
        url = adresse("annexe_modifier", annexe.pk)
        empreinte = client.get(url).context["form"]["empreinte"].value()
        client.post(url, {"titre": "Premier", "empreinte": empreinte})
        corps = html(client.post(url, {"titre": "Second", "empreinte": empreinte}))
        assert "pendant votre saisie" in corps and "Premier" in corps and "Second" in corps
        annexe.refresh_from_db()
        assert annexe.titre == "Premier"

    def test_envoye_rien_ne_bouge(self, connecter, redactrice, rapport, sans_pdf):
        annexe, client = acte(rapport), connecter(redactrice)
        for etape in ({"instruction": True, "est_chef_de_service": True}, {"direction": True}, {"budget": True}):
            rapport.viser(par=AgentFactory(**etape))
        mener_au_vote(rapport, par=AgentFactory(assemblees=True))
        for nom, args in (
            ("partie_deplacer", ("annexe", annexe.pk, "monter")), ("partie_supprimer", ("annexe", annexe.pk)),
            ("annexes_usuelles", (rapport.pk,)), ("annexe_modifier", (annexe.pk,)),
        ):  # fmt: skip
            corps = html(client.post(adresse(nom, *args), {"titre": "Autre"}, follow=True))
            assert "ne se modifie plus" in corps, nom
        assert titres(rapport) == ["Répartition financière des opérations", "Avenant CLLAJ"]
        with pytest.raises(ActeFige):
            rapport.annexes.update(ordre=1)

    def test_requetes_constantes(self, connecter, redactrice, rapport):
        client, url = connecter(redactrice), adresse("rapport_annexes", rapport.pk)
        acte(rapport)
        avant = compter(client, url)
        for n in range(10):
            acte(rapport, f"acte-{n}", texte="{annexe:cllaj}")
            presenter(rapport, LigneFactory(nature_acte="avenant"))
        assert compter(client, url) == avant <= 15


class TestVisas:
    @pytest.fixture
    def texte(self):
        return TexteJuridique.objects.create(
            code="ancien", nature="loi", texte="la loi ancienne", en_vigueur_du=date(2000, 1, 1),
            en_vigueur_au=date(2020, 1, 1),
        )  # fmt: skip

    def test_viser_une_fois_et_dire_la_vigueur(self, connecter, redactrice, rapport, texte):
        client, page = connecter(redactrice), adresse("rapport_visas", rapport.pk)
        assert "la loi ancienne" in html(client.get(page, {"q": "loi ancienne"}))
        assert "la loi ancienne" not in html(client.get(page, {"q": "décret"}))
        for _ in range(2):
            client.post(adresse("texte_viser", rapport.pk), {"texte": texte.pk})
        assert rapport.visas_juridiques.count() == 1
        assert "plus en vigueur depuis le 01/01/2020" in html(client.get(page))

    @pytest.mark.parametrize("envoye", ["", "abc", "999999", "9" * 40])
    def test_texte_inconnu(self, connecter, redactrice, rapport, envoye):
        corps = html(connecter(redactrice).post(adresse("texte_viser", rapport.pk), {"texte": envoye}, follow=True))
        assert "Choisissez un texte" in corps and not VisaJuridique.objects.exists()

    def test_nouveau_texte_sans_doublon(self, connecter, redactrice, rapport):
        client, url = connecter(redactrice), adresse("texte_nouveau", rapport.pk)
        donnees = {"nature": "loi", "texte": "Vu la loi  nouvelle ;", "numero": "", "source": ""}
        client.post(url, donnees)
        assert rapport.visas_juridiques.get().texte.texte == "la loi nouvelle"
        assert "déjà dans la bibliothèque" in html(client.post(url, donnees))
        assert TexteJuridique.objects.count() == 1

    def test_copier_les_visas_d_un_autre(self, connecter, redactrice, rapport, texte):
        autre = RapportFactory(par=redactrice, seance=SeanceFactory(date=date(2023, 6, 1)))
        second = TexteJuridique.objects.create(code="second", nature="loi", texte="la loi seconde")
        for ordre, t in enumerate((second, texte), start=1):
            VisaJuridique.objects.create(rapport=autre, texte=t, ordre=ordre)
        VisaJuridique.objects.create(rapport=rapport, texte=texte)
        client = connecter(redactrice)
        for _ in range(2):
            client.post(adresse("visas_copier", rapport.pk), {"modele": autre.pk})
        assert [v.texte for v in rapport.visas_juridiques.all()] == [texte, second]
        soi = client.post(adresse("visas_copier", rapport.pk), {"modele": rapport.pk}, follow=True)
        assert "Choisissez un rapport" in html(soi)

    def test_requetes(self, connecter, redactrice, rapport, texte):
        client, url = connecter(redactrice), adresse("rapport_visas", rapport.pk)
        avant = compter(client, url)
        for n in range(20):
            t = TexteJuridique.objects.create(code=f"t{n}", nature="loi", texte=f"la loi {n}")
            if n % 2:
                VisaJuridique.objects.create(rapport=rapport, texte=t, ordre=n)
        assert compter(client, url) == avant <= 15


class TestRecettes:
    @pytest.fixture
    def inscription(self, rapport):
        ligne = LigneBudgetaireFactory(code="C02-428N01", sens="recette")
        return Inscription.objects.create(ligne=ligne, exercice=rapport.seance.exercice, montant=Decimal("900.00"))

    def test_proposer_puis_modifier(self, connecter, redactrice, rapport, inscription):
        client, url = connecter(redactrice), adresse("recette_nouvelle", rapport.pk)
        donnees = {"inscription": inscription.pk, "section": "fonctionnement", "montant": "500 000,00", "objet": ""}
        for _ in range(2):
            reponse = client.post(url, donnees)
        assert "propose déjà cette recette" in html(reponse)
        recette = RecetteProposee.objects.get()
        corps = html(client.get(rapport.get_absolute_url()))
        assert "C02-428N01" in corps and "500\u202f000,00" in corps
        refus = client.post(adresse("recette_modifier", recette.pk), donnees | {"montant": "-3"})
        assert refus.status_code == 200 and RecetteProposee.objects.get().montant == 500000
        client.post(adresse("partie_supprimer", "recette", recette.pk))
        assert not RecetteProposee.objects.exists()
