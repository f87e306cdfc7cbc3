"""Every page of the admin on odd addresses, its cost; stale saves, accounts."""
# ruff: noqa: F811 - fixtures are imported by their name

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dpid.models import Agent, Journal, Service
from programmes.models import Structure
from tests.dpid.pages_admin import (  # noqa: F401 - fixtures
    IDS,
    MODELES,
    RESERVES,
    admin_client,
    adresse,
    formulaire,
    lire_page,
    saine,
)
from tests.factories import AgentFactory, ServiceFactory, StructureFactory

pytestmark = pytest.mark.neutre


def test_sans_acces_a_l_administration(db, connecter):
    client = connecter(AgentFactory(administration=True, is_staff=False))
    for modele in MODELES:
        assert client.get(adresse(modele, "changelist")).status_code == 302


def test_anonyme_est_renvoye_a_notre_connexion(client, db):
    reponse = client.get(reverse("admin:index"), follow=True)
    assert reponse.redirect_chain[-1][0].startswith(reverse("connexion"))


def test_identifiants_inconnus_ou_farfelus(db, admin_client):
    for modele in MODELES:
        for cle in ("999999", "abc", "1; DROP TABLE"):
            attendus = (302, 403, 404) if modele in RESERVES else (302, 404)
            assert admin_client.get(adresse(modele, "change", cle)).status_code in attendus, (modele, cle)
            assert admin_client.get(adresse(modele, "history", cle)).status_code in attendus, (modele, cle)


@pytest.mark.parametrize("modele", MODELES, ids=IDS)
def test_filtres_farfelus(db, admin_client, modele):
    reponse = admin_client.get(adresse(modele, "changelist"), {"annee": "x", "territoire": "--", "e": "1", "o": "99"})
    assert reponse.status_code == (403 if modele in RESERVES else 200)


def test_liste_au_meme_cout_quel_que_soit_le_nombre(admin_client):
    def cout():
        with CaptureQueriesContext(connection) as requetes:
            assert admin_client.get(adresse(Service, "changelist")).status_code == 200
        return len(requetes)

    ServiceFactory()
    cout()
    un = cout()
    ServiceFactory.create_batch(19)
    vingt = cout()
    ServiceFactory.create_batch(80)
    assert un == vingt == cout() <= 8


def test_saisie_perimee_montre_les_deux_valeurs(admin_client):
    service = ServiceFactory(libelle="Ancien")
    page = adresse(Service, "change", service.pk)
    donnees = formulaire(admin_client.get(page)) | {"libelle": "Le mien"}
    Service.objects.filter(pk=service.pk).update(libelle="Celui d’un autre")
    reponse = admin_client.post(page, donnees)
    texte = reponse.content.decode()
    assert reponse.status_code == 200 and "Celui d’un autre" in texte and "Le mien" in texte
    service.refresh_from_db()
    assert service.libelle == "Celui d’un autre"
    # What is shown is now what the form was opened on: sending it again is a choice.
    assert admin_client.post(page, formulaire(reponse)).status_code == 302
    service.refresh_from_db()
    assert service.libelle == "Le mien"


def test_l_historique_ne_reecrit_rien(connecter, db):
    """simple-history accepts a POST that restores an old version from whoever may merely read."""
    structure = StructureFactory(raison_sociale="Avant")
    ancien = structure.history.first()
    structure.raison_sociale = "Après"
    structure.save()
    client = connecter(AgentFactory(consultation=True, is_staff=True))
    page = adresse(Structure, "simple_history", structure.pk, ancien.pk)
    assert saine(client.get(page))
    donnees = {"raison_sociale": "Avant", "type": "association", "_save": "1"}
    assert client.post(page, donnees).status_code == 403
    structure.refresh_from_db()
    assert structure.raison_sociale == "Après"
    liste = client.get(adresse(Structure, "history", structure.pk))
    assert saine(liste) and "Avant → Après" in liste.content.decode()


# --- Accounts


def test_roles_en_cases_et_une_ligne_au_journal(admin_client):
    cible = AgentFactory(consultation=True)
    page = adresse(Agent, "change", cible.pk)
    donnees = formulaire(admin_client.get(page))
    assert donnees["roles"] == ["consultation"]
    assert admin_client.post(page, donnees | {"roles": ["budget", "direction"]}).status_code == 302
    cible.refresh_from_db()
    assert cible.roles == ["budget", "direction"] and cible.has_perm("budget.saisir_mouvement")
    acte = Journal.objects.get(verbe="habiliter")
    assert acte.objet_id == cible.pk and acte.donnees == {"roles": ["budget", "direction"]}
    assert admin_client.post(page, formulaire(admin_client.get(page))).status_code == 302
    assert Journal.objects.filter(verbe="habiliter").count() == 1


def test_role_inconnu_refuse(admin_client):
    cible = AgentFactory(consultation=True)
    page = adresse(Agent, "change", cible.pk)
    reponse = admin_client.post(page, formulaire(admin_client.get(page)) | {"roles": ["pirate"]})
    assert reponse.status_code == 200
    cible.refresh_from_db()
    assert cible.roles == ["consultation"]


def test_ni_super_utilisateur_ni_groupes(admin_client):
    """`is_superuser` would bypass every table of rights: no form carries it, none accepts it."""
    cible = AgentFactory(consultation=True)
    page = adresse(Agent, "change", cible.pk)
    donnees = formulaire(admin_client.get(page))
    assert not {"is_superuser", "groups", "user_permissions"} & set(donnees)
    admin_client.post(page, donnees | {"is_superuser": "on"})
    cible.refresh_from_db()
    assert not cible.is_superuser


def test_on_ne_se_ferme_pas_la_porte(admin_client):
    moi = Agent.objects.get(pk=admin_client.session["_auth_user_id"])
    page = adresse(Agent, "change", moi.pk)
    reponse = admin_client.post(page, formulaire(admin_client.get(page)) | {"roles": ["budget"]})
    assert "vous retirer à vous-même" in reponse.content.decode()


def test_compte_systeme_intouchable(admin_client):
    systeme = Agent.creer_systeme()
    page = adresse(Agent, "change", systeme.pk)
    assert "ne se modifie pas" in admin_client.post(page, {}, follow=True).content.decode()
    assert admin_client.get(reverse("admin:auth_user_password_change", args=[systeme.pk])).status_code == 403


def test_creer_un_compte_et_son_mot_de_passe(admin_client):
    donnees = {"username": "nouvelle", "usable_password": "true"}
    mots = {"password1": "Fenouil-lavande-62", "password2": "Fenouil-lavande-62"}
    assert admin_client.post(adresse(Agent, "add"), donnees | mots).status_code == 302
    creee = Agent.objects.get(username="nouvelle")
    assert creee.check_password("Fenouil-lavande-62") and creee.roles == [] and not creee.is_staff
    page = reverse("admin:auth_user_password_change", args=[creee.pk])
    assert saine(admin_client.get(page))
    court = admin_client.post(page, {"password1": "court", "password2": "court", "usable_password": "true"})
    assert court.status_code == 200


# --- The reader


def test_le_lecteur_voit_les_fautes(client):
    """Negative control of the reader itself."""

    class Reponse:
        content = b"<style></style><p style='x'></p><script>1</script><a onclick='x' href='javascript:1'></a>"

    assert len(lire_page(Reponse).fautes) == 5
