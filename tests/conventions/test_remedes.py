"""What an act lacks of its convention leads to the page where it is typed."""

import re
from datetime import date

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.lecture import lire_un
from conventions.models import Acte, Convention
from tests.conventions.donnees import actes_de, ligne_retenue, modele_publie, rapport_de, signataire, signer
from tests.conventions.numeriser import projet_vote
from tests.conventions.saisies import champs, reprise
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
BLOCS = [
    ("article", "objet", "Objet", "Objet : {objet}.", {}),
    ("article", "pieces", "Pièces", "À conserver jusqu’au {conservation}.", {}),
    ("annexe", "fiche", "Fiche action", "", {"contenu": "fiches"}),
]


@pytest.fixture
def client_(connecter):
    return connecter(AgentFactory(conventions=True))


def remplir(client, adresse, **valeurs):
    return client.post(adresse, {**champs(client, adresse), **valeurs}, follow=True)


def test_objet_et_conservation_se_remplissent_ou_mene_le_remede(client_):
    modele_publie(blocs=BLOCS)
    signataire()
    (acte,) = actes_de(rapport_de(ligne_retenue()))
    Convention.objects.filter(pk=acte.convention_id).update(objet="", conservation_jusqu_au=None)
    manques = {m.champ: m.adresse for m in composer(lire_un(acte)).manques}
    adresses = {manques["Objet de la convention"], manques["Pièces à conserver jusqu’au"]}
    assert adresses == {reverse("convention_modifier", args=[acte.convention_id])}
    assert adresses.pop() in client_.get(acte.get_absolute_url()).content.decode()
    page = remplir(
        client_, reverse("convention_modifier", args=[acte.convention_id]), objet="Soutien au CLLAJ",
        conservation_jusqu_au="2034-12-31",
    )  # fmt: skip
    assert "La convention est enregistrée" in page.content.decode()
    assert composer(lire_un(Acte.objects.get(pk=acte.pk))).manques == []


def test_l_objet_d_un_acte_fige_ne_change_plus_sa_conservation_si(client_):
    acte = projet_vote()
    signer(acte, le=date(2024, 7, 2))
    convention = Convention.objects.get(pk=acte.convention_id)
    adresse = reverse("convention_modifier", args=[convention.pk])
    remplir(client_, adresse, objet="Autre chose", conservation_jusqu_au="2040-12-31")
    relue = Convention.objects.get(pk=convention.pk)
    assert (relue.objet, relue.conservation_jusqu_au) == (convention.objet, date(2040, 12, 31))


def test_celui_d_une_convention_reprise_se_corrige(client_):
    convention = reprise()
    remplir(client_, reverse("convention_modifier", args=[convention.pk]), objet="Objet corrigé")
    assert Convention.objects.get(pk=convention.pk).objet == "Objet corrigé"
    page = client_.get(reverse("convention_historique", args=[convention.pk])).content.decode()
    assert re.search("Objet corrigé", page)


def test_deux_personnes_ne_s_ecrasent_pas(client_):
    convention = reprise()
    adresse = reverse("convention_modifier", args=[convention.pk])
    ouverte = champs(client_, adresse)
    remplir(client_, adresse, objet="Du premier")
    page = client_.post(adresse, {**ouverte, "objet": "Du second"}).content.decode()
    assert "Du premier" in page and "Du second" in page
    assert Convention.objects.get(pk=convention.pk).objet == "Du premier"
