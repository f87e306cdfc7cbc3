"""Every address × role × object (mine, foreign, unknown) × method, against the table of `droits.py`.

A foreign object answers exactly like an unknown one; who may not write writes nothing. What could leak through the
pages that are served is in `test_droits_fuites.py`.
"""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from dpid.models import Role
from dpid.permissions import table
from programmes.instruction.verbes import VERBES
from tests import monde_des_droits
from tests.droits import (
    ACTES,
    ADMIN,
    ADMIN_SELON_DOSSIER,
    BIBLIOTHEQUES,
    DECISIONS,
    PAGES,
    PUBLIQUES,
    RESTREINTS,
    SECTIONS,
    Page,
)
from tests.monde_des_droits import INCONNU
from tests.parcours_des_droits import (
    REFUS,
    SERVI,
    adresse,
    adresses,
    client_de,
    dire,
    ecritures,
    modele_d_admin,
    nettoye,
    page_d_admin,
    pages,
    requete,
    sans_suite,
    vers_la_connexion,
)

pytestmark = pytest.mark.django_db
# HEAD runs the same view as GET: asked as who is the most restricted.
METHODES = {r: ("GET", "POST", "HEAD") if r == Role.TERRITOIRE else ("GET", "POST") for r in Role}
# The widest and the narrowest sight run every query of the site: the engine has no say in the rest of the table.
ROLES = [
    pytest.param(r, id=r.value, marks=[] if r in (Role.ADMINISTRATION, Role.TERRITOIRE) else pytest.mark.neutre)
    for r in Role
]


# --- Every address is in the table


DU_SITE = {
    "admin:index", "admin:login", "admin:logout", "admin:password_change", "admin:password_change_done",
    "admin:auth_user_password_change",
    "admin:autocomplete", "admin:jsi18n", "admin:view_on_site", "admin:app_list", "admin:",
}  # fmt: skip


def test_chaque_adresse_est_classee():
    vues = {nom for nom, _ in adresses()}
    assert "" not in vues, "Une adresse n’a pas de nom : donnez-lui en un dans urls.py."
    inconnues = {nom for nom in vues if not nom.startswith("admin:") and nom not in PAGES}
    assert not inconnues, f"Classez ces adresses dans tests/droits.py (qui lit, qui écrit, quel objet) : {inconnues}"
    mortes = set(PAGES) - vues
    assert not mortes, f"Ces lignes de tests/droits.py ne désignent plus rien : {mortes}"


def test_chaque_page_de_l_admin_est_classee():
    pages = {nom for nom, _ in adresses() if nom.startswith("admin:")}
    hors_modele = {nom for nom in pages if modele_d_admin(nom) is None} - DU_SITE
    assert not hors_modele, f"Pages de l’admin hors d’un modèle : classez-les dans DU_SITE : {hors_modele}"
    inscrits = {m._meta.label_lower for m in admin.site._registry if m._meta.app_label not in BIBLIOTHEQUES}
    ecart = inscrits ^ set(ADMIN)
    assert not ecart, f"Dites dans tests/droits.py si les rangs de ces modèles dépendent du dossier : {ecart}"


def test_chaque_acte_et_chaque_section_est_essaye():
    assert set(VERBES) == {*ACTES, *DECISIONS}
    motif = dict(adresses())["dossier_section"]
    assert set(re.search(r"P<nom>([^)]*)\)", motif)[1].split("|")) == set(SECTIONS)


def test_temoin_une_adresse_inconnue_se_voit():
    assert "admin:programmes_dossier_change" in {nom for nom, _ in adresses()}
    assert modele_d_admin("admin:programmes_lignedossier_change") == "programmes.lignedossier"
    assert modele_d_admin("admin:programmes_inconnu_change") is None


# --- The tables of rights


def test_consultation_ne_modifie_rien_et_territoire_ne_fait_que_donner_son_avis():
    def tenues(role):
        return {p for p, roles in table().items() if role in roles and ".view_" not in p}

    siennes = {f"dpid.{v}_vuedeliste" for v in ("add", "change", "delete")}
    lecture = {"budget.voir_situation", "deliberations.editer", "conventions.editer", "conventions.exporter"}
    assert tenues(Role.CONSULTATION) == siennes | lecture
    remarques = {"programmes.add_remarque", "programmes.change_remarque"}
    assert tenues(Role.TERRITOIRE) == siennes | lecture | remarques | {"programmes.rendre_avis", "programmes.remarquer"}


# --- The walk


@pytest.fixture
def monde(db, monkeypatch):
    # What is printed is read as text: the words are the same, without the cost of typesetting.
    monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())
    return monde_des_droits.creer()


def permis(page: Page, role: Role, methode: str) -> bool | None:
    roles = page.lire if methode in ("GET", "HEAD") else page.ecrire
    return None if roles is None else role in roles


@pytest.mark.parametrize("role", ROLES)
def test_chaque_page_selon_le_role(role, monde):
    """Mine: served to the roles of the table, refused to the others, who write nothing."""
    client, fautes = client_de(monde.agent(role)), []
    for nom, page in pages():
        if nom in ("connexion", "deconnexion"):
            continue
        url = adresse(monde, nom, page)
        for methode in METHODES[role]:
            with sans_suite(), ecritures() as ecrits:
                envoyer = getattr(client, methode.lower())
                reponse = envoyer(url, requete(monde, page) if methode != "POST" else {})
            attendu = permis(page, role, methode)
            statut = reponse.status_code
            if attendu is None:
                juste = statut in (405, *REFUS) or (nom in PUBLIQUES and statut == 302)
            else:
                juste = statut in SERVI and not vers_la_connexion(reponse) if attendu else statut in REFUS
                juste = juste or (nom == "connexion_admin" and statut == 302)
            if not juste:
                fautes.append(f"{methode} {url} : {statut}, attendu {'servi' if attendu else 'refusé'}")
            if ecrits and not (attendu and methode == "POST"):
                fautes.append(f"{methode} {url} a écrit dans {set(ecrits)}")
    assert not fautes, dire(fautes)


@pytest.mark.parametrize("role", ROLES)
def test_un_objet_d_ailleurs_repond_comme_un_objet_inconnu(role, monde):
    client, fautes, vus = client_de(monde.agent(role)), [], 0
    for nom, page in pages():
        if role not in page.portee:
            continue
        etranger, inconnu = (adresse(monde, nom, page, sorte) for sorte in ("etranger", "inconnu"))
        pk = monde.etrangers.get(page.objet) or monde.etrangers["ligne"]
        for methode in ("get", "post"):
            with ecritures() as ecrits:
                lu = nettoye(getattr(client, methode)(etranger, {}), pk)
            attendu = nettoye(getattr(client, methode)(inconnu, {}), INCONNU)
            vus += 1
            if lu != attendu or lu[0] not in (*REFUS, 405) or ecrits:
                fautes.append(f"{methode} {etranger} : {lu[0]}, un inconnu répond {attendu[0]} ; écrit {set(ecrits)}")
    assert not fautes, dire(fautes)
    assert vus >= (60 if role in RESTREINTS else 8)


@pytest.mark.parametrize("est_inactif", [False, True], ids=["anonyme", "inactif"])
def test_sans_compte_actif_tout_mene_a_la_connexion(est_inactif, monde):
    agent = monde.agent(Role.ADMINISTRATION)
    client = client_de(agent if est_inactif else None)
    if est_inactif:
        type(agent).objects.filter(pk=agent.pk).update(is_active=False)
    fautes = []
    for nom, page in pages():
        for methode in ("get", "post"):
            with ecritures() as ecrits:
                reponse = getattr(client, methode)(adresse(monde, nom, page), {})
            if ecrits or not (vers_la_connexion(reponse) or nom in PUBLIQUES):
                fautes.append(f"{methode} {nom} : {reponse.status_code} {set(ecrits)}")
    assert not fautes, dire(fautes)
    for nom, modele in ADMIN.items():
        app, court = nom.split(".")
        assert vers_la_connexion(client.get(reverse(f"admin:{app}_{court}_changelist"), follow=False)) or modele is None


def test_sans_role_rien_ne_se_lit(monde):
    """A new account, before anybody gave it a role."""
    agent = monde.agent(Role.CONSULTATION)
    type(agent).objects.filter(pk=agent.pk).update(roles=[])
    client = client_de(agent)
    libres = {"accueil", "recherche", "contexte", "travaux", "travail_telecharger", "mot_de_passe", *PUBLIQUES}
    for nom, page in pages():
        if nom in libres or nom in ("vue_modifier", "vue_supprimer", "deconnexion"):
            continue
        for methode in ("get", "post"):
            reponse = getattr(client, methode)(adresse(monde, nom, page), {})
            assert reponse.status_code in (*REFUS, 405), f"{methode} {nom} : {reponse.status_code}"


def test_les_autres_methodes_sont_refusees(monde):
    client = client_de(monde.agent(Role.ADMINISTRATION))
    urls = [adresse(monde, nom, page) for nom, page in pages()]
    urls += [page_d_admin(label, "changelist") for label in ADMIN]
    for methode in ("put", "delete", "patch", "options", "trace"):
        for url in urls:
            with ecritures() as ecrits:
                reponse = getattr(client, methode)(url)
            assert (reponse.status_code, ecrits) == (405, []), (methode, url)


# --- The admin


def peut(label: str, geste: str, role: Role) -> bool:
    app, modele = label.split(".")
    return role in table().get(f"{app}.{geste}_{modele}", ())


@pytest.mark.parametrize("role", ROLES)
def test_admin_selon_le_role(role, monde):
    """The lists and the pages of objects obey the same table as the daily pages."""
    client, fautes = client_de(monde.agent(role)), []

    def voir(url, servi, methode="get"):
        with sans_suite(), ecritures() as ecrits:
            reponse = getattr(client, methode)(url, {})
        if reponse.status_code not in ((200, 302) if servi else REFUS) or (ecrits and not servi):
            fautes.append(f"{methode} {url} : {reponse.status_code}, attendu {'servi' if servi else 'refusé'}")

    for label, objet in ADMIN.items():
        voir(page_d_admin(label, "changelist"), peut(label, "view", role))
        if not peut(label, "add", role):
            voir(page_d_admin(label, "add"), False)
            voir(page_d_admin(label, "add"), False, "post")
        if objet and objet in monde.miens:
            voir(page_d_admin(label, "change", monde.miens[objet]), peut(label, "view", role))
            for quoi, geste in (("change", "change"), ("delete", "delete")):
                if not peut(label, geste, role):
                    voir(page_d_admin(label, quoi, monde.miens[objet]), False, "post")
    voir(reverse("admin:auth_user_password_change", args=[monde.auteur.pk]), role == Role.ADMINISTRATION)
    assert not fautes, dire(fautes)


@pytest.mark.parametrize("role", sorted(RESTREINTS))
def test_admin_un_objet_d_ailleurs_repond_comme_un_inconnu(role, monde):
    client, fautes = client_de(monde.agent(role)), []
    for label, objet in ADMIN_SELON_DOSSIER.items():
        pk = monde.etrangers[objet]
        app, court = label.split(".")
        for nom, motif in adresses():
            if not nom.startswith(f"admin:{app}_{court}_") or "<" not in motif or "autre" in motif:
                continue
            cles = re.findall(r"<(?:\w+:)?(\w+)>", motif)
            for methode in ("get", "post"):
                lus, ecrits = [], set()
                for vise in (pk, INCONNU):
                    connus = {"object_id": vise, "pk": vise, "version_id": 1, "history_id": 1}
                    client.cookies.pop("messages", None)  # said by the page before
                    with ecritures() as tables:
                        url = reverse(nom, kwargs={c: connus.get(c, "proposer") for c in cles})
                        reponse = getattr(client, methode)(url, {"post": "yes"} if methode == "post" else {})
                    ecrits |= set(tables)
                    lus.append(nettoye(reponse, vise))
                if lus[0] != lus[1] or lus[0][0] == 200 or ecrits:
                    fautes.append(f"{methode} {nom} : {lus[0][0]} {lus[0][2]}, un inconnu : {lus[1][0]} {lus[1][2]}")
    assert not fautes, dire(fautes)


def test_hors_du_personnel_l_admin_est_ferme(monde):
    agent = monde.agent(Role.ADMINISTRATION)
    type(agent).objects.filter(pk=agent.pk).update(is_staff=False)
    client = client_de(agent)
    for label in ADMIN:
        assert vers_l_entree(client.get(page_d_admin(label, "changelist")))
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def vers_l_entree(reponse) -> bool:
    return reponse.status_code == 302 and reponse.url.startswith(reverse("admin:login"))
