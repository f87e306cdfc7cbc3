"""Nothing of a foreign dossier is read or touched: pages, admin, search, exports, documents, bulk acts."""

import re
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from dpid.models import Journal, Role
from programmes import lots
from programmes.models import Dossier
from programmes.models.dossier import DossierQuerySet
from tests import monde_des_droits
from tests.droits import ADMIN, ADMIN_SELON_DOSSIER, RESTREINTS
from tests.monde_des_droits import MARQUE
from tests.parcours_des_droits import (
    REFUS,
    adresse,
    adresses,
    client_de,
    dire,
    fuites,
    page_d_admin,
    pages,
    requete,
    texte,
)
from tests.test_droits import test_un_objet_d_ailleurs_repond_comme_un_objet_inconnu as parcourir_l_ailleurs

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
# An AE is of the whole département: what the scenario leaves on it counts every line, without naming any.
PAGES_DES_AE = {"scenario", "scenario_totaux", "arbitrage_comparer", "scenario_retenir"}
TOTAL_D_AE = "6643210"


@pytest.fixture
def monde(db, monkeypatch):
    # What is printed is read as text: the words are the same, without the cost of typesetting.
    monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())
    return monde_des_droits.creer()


def tout_d_ailleurs(monde) -> list:
    """Rows of the foreign dossier and of what hangs on it, as they stand."""
    modeles = [apps.get_model(label) for label in ADMIN_SELON_DOSSIER]
    objets = zip(modeles, ADMIN_SELON_DOSSIER.values(), strict=True)
    return [list(m._base_manager.filter(pk=monde.etrangers[objet]).values_list()) for m, objet in objets]


@pytest.mark.parametrize("role", sorted(RESTREINTS))
def test_un_acte_en_lot_ne_touche_pas_un_dossier_d_ailleurs(role, monde):
    """Ids typed by hand in the forms of the lists, daily and admin: they were never offered."""
    client, avant = client_de(monde.agent(role)), tout_d_ailleurs(monde)
    pk = monde.etrangers["dossier"]
    commun = {"d": pk, "ids": pk, "jeton": "a" * 32, "motif": "x", "confirme": "oui", "requete": "annee="}
    for nom in lots.ACTES:
        reponse = client.post(reverse("lot"), {"acte": nom, **commun}, follow=True)
        assert not fuites(reponse), nom
    for label, objet in ADMIN_SELON_DOSSIER.items():
        site = admin.site._registry[apps.get_model(label)]
        for action in [a for a in site.actions or () if isinstance(a, str)] + ["delete_selected"]:
            choix = {"action": action, "_selected_action": monde.etrangers[objet], "motif": "x", "apply": "1"}
            reponse = client.post(page_d_admin(label, "changelist"), choix, follow=True)
            assert not fuites(reponse), (label, action)
    assert tout_d_ailleurs(monde) == avant
    assert not Journal.objects.filter(objet="programmes.dossier", objet_id=pk).exclude(par=monde.auteur).exists()


def recherches(monde, dossier) -> list[str]:
    """Lists, searches and choices, asked in ways that would find the foreign dossier if it were there."""
    liste, choix = reverse("dossiers"), reverse("structures_choix")
    urls = [
        f"{liste}?annee=&structure=partag%C3%A9e", f"{liste}?annee=&tri=-demande", f"{liste}?annee=&etat=avis",
        f"{liste}?annee=&service={dossier.dispositif.service_id}", f"{liste}?annee=&montant_min=50000",
        f"{liste}?annee=&avis_en_retard=true", f"{liste}?annee=&dispositif={dossier.dispositif_id}",
        f"{reverse('recherche')}?q=partag%C3%A9e", f"{reverse('recherche')}?q={dossier.pk}",
        f"{choix}?q=part", f"{reverse('avis')}?de=demandes", f"{reverse('tableau_de_bord')}?exercice=2024",
        f"{reverse('arbitrage')}?appel={monde.miens['appel']}",
    ]  # fmt: skip
    for format_ in ("csv", "xlsx", "ods"):
        urls.append(f"{reverse('dossiers_export', args=[format_])}?annee=")
        urls.append(reverse("tableau_de_bord_export", args=[format_]))
    for app, modele, champ in (
        ("programmes", "lignedossier", "dossier"), ("programmes", "avis", "dossier"),
        ("programmes", "financement", "ligne"), ("deliberations", "proposition", "ligne"),
        ("deliberations", "montantdescenario", "ligne"), ("programmes", "piece", "dossier"),
        ("programmes", "courrier", "dossier"), ("programmes", "remarque", "dossier"),
    ):  # fmt: skip
        for terme in ("", "partag", str(dossier.pk)):
            urls.append(
                f"{reverse('admin:autocomplete')}?term={terme}&app_label={app}&model_name={modele}&field_name={champ}"
            )
    return urls


@pytest.mark.parametrize("role", sorted(RESTREINTS))
def test_rien_d_un_dossier_d_ailleurs_ne_se_lit(role, monde):
    client = client_de(monde.agent(role))
    etranger = Dossier.objects.select_related("dispositif").get(pk=monde.etrangers["dossier"])
    urls = [f"{adresse(monde, nom, page)}?{urlencode(requete(monde, page))}" for nom, page in pages()]
    urls += recherches(monde, etranger)
    for label, objet in ADMIN.items():
        urls.append(page_d_admin(label, "changelist"))
        urls.append(f"{page_d_admin(label, 'changelist')}?q=partag%C3%A9e")
        if objet in monde.miens:
            urls += [page_d_admin(label, quoi, monde.miens[objet]) for quoi in ("change", "history", "delete")]
    lus, fautes = 0, {}
    for url in urls:
        reponse = client.get(url)
        if reponse.status_code == 200:
            lus += 1
            permis_ici = {TOTAL_D_AE} if reponse.resolver_match.url_name in PAGES_DES_AE else set()
            if trouve := fuites(reponse) - permis_ici:
                fautes[url] = trouve
    assert not fautes, dire(f"{url} : {trouve}" for url, trouve in fautes.items())
    assert lus > 100


@pytest.mark.parametrize("role", sorted(RESTREINTS))
def test_exports_de_l_admin(role, monde):
    """The exports of the admin read the same rows as its lists."""
    client, lus = client_de(monde.agent(role)), 0
    for label in ADMIN:
        if f"admin:{label.replace('.', '_')}_export" not in {nom for nom, _ in adresses()}:
            continue
        page = client.get(page_d_admin(label, "export"))
        if page.status_code != 200:
            assert page.status_code in REFUS
            continue
        champs = {n: "on" for n in re.findall(r'name="([^"]+)"[^>]*type="checkbox"|type="checkbox" name="([^"]+)"',
                                              page.content.decode()) for n in n if n}  # fmt: skip
        reponse = client.post(page_d_admin(label, "export"), {"format": "0", "resource": "", **champs})
        lus += 1
        assert fuites(reponse) == set(), label
    assert lus >= 3 or role == Role.TERRITOIRE


def test_temoin_qui_voit_tout_lit_les_marques(monde):
    """Without it the two tests above could read nothing and pass."""
    client = client_de(monde.agent(Role.CONSULTATION))
    dossier = monde.etrangers["dossier"]
    assert {MARQUE, "7654321"} <= fuites(client.get(reverse("dossier", args=[dossier])))
    for url in (f"{reverse('dossiers')}?annee=", f"{reverse('dossiers_export', args=['xlsx'])}?annee="):
        assert {MARQUE, "7654321", "6543210"} <= fuites(client.get(url))
    assert "7754321" in fuites(client.get(reverse("appel", args=[monde.miens["appel"]]))) or "7854321" in texte(
        client.get(reverse("tableau_de_bord"))
    ).replace("\u202f", "").replace(",", "")
    assert MARQUE in fuites(client.get(reverse("structure", args=[monde.miens["structure"]])))


def test_temoin_une_fuite_fait_echouer(monde, monkeypatch):
    """Every reader planted wide open: both walks see it."""
    monkeypatch.setattr(DossierQuerySet, "visibles_par", lambda self, agent: self)
    with pytest.raises(AssertionError, match="un inconnu répond"):
        parcourir_l_ailleurs(Role.TERRITOIRE, monde)
    with pytest.raises(AssertionError, match=MARQUE):
        test_rien_d_un_dossier_d_ailleurs_ne_se_lit(Role.TERRITOIRE, monde)
