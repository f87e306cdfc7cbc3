"""Two officers on one file: who is there, and a stale save merged field by field without losing anything."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dpid.acteur import agir_comme
from dpid.models import Journal, Presence
from programmes.forms import designation
from programmes.models import Dossier, LigneDossier
from tests.dpid.pages_admin import lire_page
from tests.factories import AgentFactory, AutorisationFactory, DossierFactory, LigneFactory, TerritoireFactory
from tests.programmes.pages import html

pytestmark = pytest.mark.django_db


@pytest.fixture
def claire():
    return AgentFactory(administration=True, first_name="Claire", last_name="Dupont")


@pytest.fixture
def moi():
    return AgentFactory(administration=True, first_name="Inès", last_name="Truction")


# --- Presence


def la_presence(dossier):
    return reverse("presence", args=["programmes.dossier", dossier.pk])


def test_les_autres_sont_nommes(claire, moi, connecter):
    dossier = DossierFactory()
    assert html(connecter(claire).post(la_presence(dossier))).strip() == ""
    page = html(connecter(moi).post(la_presence(dossier), {"saisie": "1"}))
    assert "Claire Dupont consulte ce dossier" in page and "Inès" not in page
    assert "Inès Truction est en train de modifier ce dossier" in html(connecter(claire).post(la_presence(dossier)))
    Presence.objects.update(vu_le=timezone.now() - timedelta(minutes=2))
    assert "Inès" not in html(connecter(claire).post(la_presence(dossier)))
    assert Presence.objects.count() == 2 and not Journal.objects.exists(), "une présence n’est pas un acte"


def test_presence_de_ce_qu_on_voit_seulement(connecter):
    dossier, client = (
        LigneFactory().dossier,
        connecter(AgentFactory(territoire=True, territoires=[TerritoireFactory()])),
    )
    assert client.post(la_presence(dossier)).status_code == 404
    assert client.post(reverse("presence", args=["dpid.agent", 1])).status_code == 404
    assert client.post(reverse("presence", args=["programmes.dossier", 999_999])).status_code == 404
    assert client.get(la_presence(dossier)).status_code == 405
    assert not Presence.objects.exists()


def test_la_presence_ne_prolonge_pas_la_session(claire, connecter):
    dossier, client = DossierFactory(), connecter(claire)
    client.post(la_presence(dossier))
    assert "vue_a" not in client.session
    client.get(dossier.get_absolute_url())
    assert "vue_a" in client.session


def test_session_terminee_la_page_cesse_de_demander():
    reponse = Client().post(la_presence(DossierFactory()))
    assert reponse.status_code == 286 and "Session terminée" in html(reponse)


@pytest.mark.parametrize("nom", ["dossier", "dossier_modifier", "criteres"])
def test_les_pages_disent_qu_elles_sont_ouvertes(nom, claire, connecter):
    dossier = DossierFactory()
    page = html(connecter(claire).get(reverse(nom, args=[dossier.pk])))
    assert f'hx-post="{la_presence(dossier)}"' in page and 'aria-live="polite"' in page
    assert ('name="saisie"' in page) == (nom != "dossier")


# --- Merge of a dossier


def ouvrir(client, adresse) -> dict:
    """What the browser would send without touching anything."""
    return {n: v for n, v in lire_page(client.get(adresse)).champs.items() if n and n not in ("q", "suite")}


def modifier_ailleurs(objet, par, **champs):
    with agir_comme(par):
        autre = type(objet).objects.get(pk=objet.pk)
        for nom, valeur in champs.items():
            setattr(autre, nom, valeur)
        autre._history_user = par
        autre.save()
    return autre


def test_ce_qu_un_seul_a_change_est_garde(claire, moi, connecter):
    """Claire changed the channel, I changed the title: both are kept, and I am told."""
    dossier = DossierFactory(intitule="Avant")
    client, adresse = connecter(moi), reverse("dossier_modifier", args=[dossier.pk])
    champs = ouvrir(client, adresse)
    modifier_ailleurs(dossier, claire, canal="courrier")
    reponse = client.post(adresse, champs | {"intitule": "Après"}, follow=True)
    assert "ses valeurs et les vôtres sont gardées" in html(reponse) and "Reçu par" in html(reponse)
    dossier.refresh_from_db()
    assert (dossier.intitule, dossier.canal) == ("Après", "courrier")


def test_un_acte_entre_temps_ne_gene_pas_la_saisie(claire, moi, connecter):
    dossier = LigneFactory().dossier
    client, adresse = connecter(moi), reverse("dossier_modifier", args=[dossier.pk])
    champs = ouvrir(client, adresse)
    dossier.proposer(par=claire)
    assert client.post(adresse, champs | {"intitule": "Après"}).status_code == 302
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert (dossier.intitule, dossier.etat) == ("Après", "propose")


def conflit(dossier, claire, moi, connecter):
    client, adresse = connecter(moi), reverse("dossier_modifier", args=[dossier.pk])
    champs = ouvrir(client, adresse)
    modifier_ailleurs(dossier, claire, intitule="Celui de Claire", canal="courriel")
    reponse = client.post(adresse, champs | {"intitule": "Le mien"})
    return client, adresse, reponse


def test_un_conflit_montre_trois_valeurs_qui_et_quand(claire, moi, connecter):
    dossier = DossierFactory(intitule="À l’ouverture, « guillemets » & <b>")
    _, _, reponse = conflit(dossier, claire, moi, connecter)
    page = html(reponse)
    assert "pendant votre saisie" in page
    for cellule in ("À l’ouverture, « guillemets » &amp; &lt;b&gt;", "Le mien", "Celui de Claire"):
        assert f"<td>{cellule}</td>" in page, cellule
    assert "Claire Dupont, le " in page
    (ecart,) = reponse.context["ecarts"]
    assert ecart.nom == "intitule", "le canal, changé par elle seule, n’est pas un conflit"
    dossier.refresh_from_db()
    assert dossier.intitule == "Celui de Claire"


@pytest.mark.parametrize(("choix", "attendu"), [("mienne", "Le mien"), ("actuelle", "Celui de Claire")])
def test_le_choix_se_fait_champ_par_champ(choix, attendu, claire, moi, connecter):
    dossier = DossierFactory(intitule="Avant")
    client, adresse, reponse = conflit(dossier, claire, moi, connecter)
    champs = {n: v for n, v in lire_page(reponse).champs.items() if n and n not in ("q", "suite")}
    sans_choix = client.post(adresse, champs)
    assert "dites quelle valeur garder" in html(sans_choix) and "<td>Celui de Claire</td>" in html(sans_choix)
    assert client.post(adresse, champs | {"garder-intitule": choix}).status_code == 302
    dossier.refresh_from_db()
    assert (dossier.intitule, dossier.canal) == (attendu, "courriel")


def test_une_troisieme_version_redemande(claire, moi, connecter):
    dossier = DossierFactory(intitule="Avant")
    client, adresse, reponse = conflit(dossier, claire, moi, connecter)
    champs = {n: v for n, v in lire_page(reponse).champs.items() if n and n not in ("q", "suite")}
    modifier_ailleurs(dossier, claire, intitule="Encore un autre")
    page = html(client.post(adresse, champs | {"garder-intitule": "mienne"}))
    assert "<td>Encore un autre</td>" in page
    dossier.refresh_from_db()
    assert dossier.intitule == "Encore un autre"


@pytest.mark.parametrize("brut", ["", "pas du JSON", "[]", '{"intitule": 3}', "null", '{"intitule": ["a"]}'])
def test_une_ouverture_abimee_montre_tout_et_n_ecrase_rien(brut, claire, moi, connecter):
    dossier = DossierFactory(intitule="Avant")
    client, adresse = connecter(moi), reverse("dossier_modifier", args=[dossier.pk])
    champs = ouvrir(client, adresse)
    modifier_ailleurs(dossier, claire, intitule="Celui de Claire")
    page = html(client.post(adresse, champs | {"ouverte_sur": brut, "intitule": "Le mien"}))
    assert "<td>Celui de Claire</td>" in page and "<td>Le mien</td>" in page
    dossier.refresh_from_db()
    assert dossier.intitule == "Celui de Claire"


def test_un_conflit_forge_ne_casse_rien(claire, moi, connecter):
    dossier = DossierFactory(intitule="Avant")
    client, adresse = connecter(moi), reverse("dossier_modifier", args=[dossier.pk])
    champs = ouvrir(client, adresse)
    faux = json.dumps({"libelle": "x", "saisi": "x", "actuel": "x", "leur": "x", "inconnu": 1})
    complet = {"libelle": "x", "saisi": "x", "actuel": "x", "ouvert": None, "auteur": ""}
    for cache in ("{", "3", faux, json.dumps(complet | {"leur": "vote"}), json.dumps(complet | {"leur": {"a": 1}})):
        assert client.post(adresse, champs | {"conflit-etat": cache, "garder-etat": "actuelle"}).status_code in (
            200,
            302,
        )
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert dossier.etat == "en_instruction"


# --- Merge of a line, lists included


@pytest.fixture
def ligne():
    return LigneFactory(finance=AutorisationFactory(), quantite="3.5", demande=Decimal(1000))


def champs_de(reponse):
    """Rows of the `<template>` left out, as the browser does."""
    lus = lire_page(reponse).champs
    return {n: v for n, v in lus.items() if n and "__prefix__" not in n and n not in ("q", "suite")}


def test_champ_et_liste_fusionnent(claire, moi, connecter, ligne):
    """Claire arbitrates the amount (the list of financements), I write the description."""
    client, adresse = connecter(moi), reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk])
    champs = champs_de(client.get(adresse))
    ligne.arbitrer(Decimal("650.00"), par=claire)
    page = html(client.post(adresse, champs | {"description": "Texte revu"}, follow=True))
    assert "Financements" in page and "sont gardées" in page
    apres = LigneDossier.objects.get(pk=ligne.pk)
    assert apres.description == "Texte revu" and apres.financements.get().montant == Decimal("650.00")
    assert str(apres.quantites.get()) == "3,5 mesures" and apres.placements.count() == 1


@pytest.mark.parametrize(("choix", "attendu"), [("mienne", "700.00"), ("actuelle", "650.00")])
def test_une_liste_en_conflit_se_choisit_entiere(choix, attendu, claire, moi, connecter, ligne):
    client, adresse = connecter(moi), reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk])
    champs = champs_de(client.get(adresse))
    with agir_comme(claire):
        ligne.arbitrer(Decimal("650.00"), par=claire)
    reponse = client.post(adresse, champs | {"financements-0-montant": "700,00"})
    page = html(reponse)
    assert reponse.status_code == 200 and "650,00" in page and "700,00" in page and "800,00" in page
    assert ligne.financements.get().montant == Decimal("650.00")
    suite = champs_de(reponse) | {"garder-liste-financements": choix}
    assert client.post(adresse, suite).status_code == 302
    assert ligne.financements.get().montant == Decimal(attendu)
    assert ligne.financements.get().autorisation_id is not None


def test_la_fusion_invalide_se_dit_et_ne_s_ecrit_pas(claire, moi, connecter, ligne):
    """Each change is right alone; together the period ends before it begins."""
    client, adresse = connecter(moi), reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk])
    champs = champs_de(client.get(adresse))
    modifier_ailleurs(ligne, claire, fin=timezone.localdate())
    plus_tard = (timezone.localdate() + timedelta(9)).isoformat()
    page = html(client.post(adresse, champs | {"debut": plus_tard}))
    assert "se termine avant de commencer" in page and plus_tard in page
    ligne.refresh_from_db()
    assert ligne.debut is None and ligne.fin == timezone.localdate()


def test_rien_de_change_rien_d_ecrit(moi, connecter, ligne):
    client, adresse = connecter(moi), reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk])
    assert client.post(adresse, champs_de(client.get(adresse))).status_code == 302
    apres = LigneDossier.objects.get(pk=ligne.pk)
    assert apres.financements.get().montant == Decimal("800.00") and apres.demande == Decimal("1000.00")


# --- A session that ended


def test_la_connexion_et_le_formulaire_expire_gardent_la_saisie(moi):
    """The pages that the script recognises: it keeps what was typed until one of them has been passed."""
    client, dossier = Client(enforce_csrf_checks=True), DossierFactory()
    adresse = reverse("dossier_modifier", args=[dossier.pk])
    champs = {"structure": designation(dossier.structure), "intitule": "Longue saisie"}
    assert "data-connexion" in html(client.post(adresse, champs, follow=True))
    client.force_login(moi, backend="dpid.permissions.HabilitationsBackend")
    expire = client.post(adresse, champs)
    assert expire.status_code == 403 and "data-connexion" in html(expire)
    page = html(client.get(adresse))
    assert re.search(rf'<body[^>]*data-agent="{moi.pk}"', page) and "js/saisie.js" in page
    dossier.refresh_from_db()
    assert dossier.intitule != "Longue saisie"
