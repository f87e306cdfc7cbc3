"""Entry of the budget prévisionnel: balanced or said not to be, never overwritten, frozen with the vote."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from dpid.erreurs import ActeFige
from dpid.models import Journal
from programmes.depots import previsionnel
from programmes.models import Dossier, Poste
from tests.factories import AgentFactory, DossierFactory, LigneFactory
from tests.programmes.pages import compter, html, rangs

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def admin():
    return AgentFactory(administration=True)


@pytest.fixture
def dossier():
    return DossierFactory()


CHARGES = ({"nature": "personnel", "libelle": "Salaires", "montant": "6 000,00"}, {
    "nature": "indirecte", "libelle": "Siège", "montant": "1 000",
})  # fmt: skip
PRODUITS = ({"nature": "departement", "libelle": "Département", "montant": "5000"}, {
    "nature": "public", "libelle": "CAF", "montant": "2 000,00 €", "est_acquis": "on",
})  # fmt: skip


def champs(dossier, charges=CHARGES, produits=PRODUITS, **changements):
    empreinte = previsionnel.empreinte(previsionnel.lire(dossier))
    return {**rangs("charges", *charges), **rangs("produits", *produits), "empreinte": empreinte, **changements}


def test_budget_equilibre(admin, dossier, connecter):
    url = reverse("dossier_budget", args=[dossier.pk])
    page = html(connecter(admin).post(url, champs(dossier), follow=True))
    assert "s’équilibrent" in page
    totaux = dossier.postes.totaux()
    assert (totaux["charges"], totaux["produits"], totaux["ecart"]) == (Decimal(7000), Decimal(7000), 0)
    assert dossier.postes.get(libelle="CAF").est_acquis and not dossier.postes.get(libelle="Salaires").est_acquis
    acte = Journal.objects.de_l_objet(dossier).get(verbe="budgeter")
    assert (acte.de, acte.vers, acte.par) == ("0.00", "7000.00", admin)


def test_brouillon_desequilibre_est_garde_et_signale(admin, dossier, connecter):
    url = reverse("dossier_budget", args=[dossier.pk])
    page = html(connecter(admin).post(url, champs(dossier, produits=PRODUITS[:1]), follow=True))
    assert "écart de 2\u202f000,00\u00a0€" in page and dossier.postes.count() == 3
    assert "pas équilibré" in html(connecter(admin).get(url))


def test_rien_de_change_n_ecrit_rien(admin, dossier, connecter):
    client, url = connecter(admin), reverse("dossier_budget", args=[dossier.pk])
    client.post(url, champs(dossier))
    ids = list(dossier.postes.values_list("pk", flat=True))
    client.post(url, champs(dossier))
    assert list(dossier.postes.values_list("pk", flat=True)) == ids
    assert Journal.objects.filter(verbe="budgeter").count() == 1


@pytest.mark.parametrize(
    ("rang", "phrase"),
    [
        ({"nature": "personnel", "libelle": "S", "montant": "beaucoup"}, "n’est pas un montant"),
        ({"nature": "personnel", "libelle": "S", "montant": "-5"}, "négatif"),
        ({"nature": "personnel", "libelle": "", "montant": "5"}, "obligatoire"),
        ({"nature": "departement", "libelle": "S", "montant": "5"}, "Sélectionnez un choix valide"),
        ({"nature": "personnel", "libelle": "S", "montant": "999999999999"}, "dépasse"),
    ],
)
def test_saisie_fausse_garde_tout(rang, phrase, admin, dossier, connecter):
    url = reverse("dossier_budget", args=[dossier.pk])
    page = html(connecter(admin).post(url, champs(dossier, charges=(*CHARGES, rang))))
    assert phrase in page and "Rien n’est enregistré" in page and 'value="Salaires"' in page
    assert not dossier.postes.exists()


def test_rang_vide_et_rang_retire(admin, dossier, connecter):
    client, url = connecter(admin), reverse("dossier_budget", args=[dossier.pk])
    vide = {"nature": "directe", "libelle": "", "montant": ""}
    client.post(url, champs(dossier, charges=(*CHARGES, vide)))
    assert dossier.postes.filter(sens="charge").count() == 2
    retire = {**CHARGES[1], "DELETE": "on"}
    client.post(url, champs(dossier, charges=(CHARGES[0], retire)))
    assert list(dossier.postes.filter(sens="charge").values_list("libelle", flat=True)) == ["Salaires"]


def test_saisie_perimee_montre_les_deux(admin, dossier, connecter):
    client, url = connecter(admin), reverse("dossier_budget", args=[dossier.pk])
    envoi = champs(dossier)
    Poste.objects.create(dossier=dossier, sens="charge", nature="directe", libelle="Achats", montant=Decimal(10))
    page = html(client.post(url, envoi))
    assert "pendant votre saisie" in page and "Achats" in page and 'value="Salaires"' in page
    assert [p.libelle for p in dossier.postes.all()] == ["Achats"]
    empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
    client.post(url, {**envoi, "empreinte": empreinte})
    assert dossier.postes.filter(sens="charge").count() == 2


def test_fige_apres_le_vote(admin, dossier, connecter):
    envoi = champs(dossier)
    Dossier.objects.filter(pk=dossier.pk).update(etat="vote", vote_le=date(2024, 6, 17))
    page = html(connecter(admin).post(reverse("dossier_budget", args=[dossier.pk]), envoi, follow=True))
    assert "a été voté" in page and not dossier.postes.exists()
    dossier.refresh_from_db()
    saisie = previsionnel.SaisieBudget(dossier, envoi)
    assert saisie.is_valid()
    with pytest.raises(ActeFige):
        saisie.enregistrer(par=admin)


def test_texte_hostile_est_echappe(admin, dossier, connecter):
    client, url = connecter(admin), reverse("dossier_budget", args=[dossier.pk])
    client.post(url, champs(dossier, charges=({"nature": "directe", "libelle": "<script>x", "montant": "1"},)))
    assert "<script>x" not in html(client.get(url))


def test_requetes_constantes(admin, connecter):
    comptes = []
    for n in (1, 20, 100):
        dossier = DossierFactory()
        LigneFactory(dossier=dossier)
        for rang in range(n):
            Poste.objects.create(
                dossier=dossier, ordre=rang, sens="charge", nature="directe", libelle=f"P{rang}", montant=Decimal(1)
            )
        comptes.append(compter(connecter(admin), reverse("dossier_budget", args=[dossier.pk])))
    assert comptes[0] == comptes[1] == comptes[2] <= 15
