"""Dossiers, lines and structures in the admin: verbs, frozen and stale rows, amounts in the list, files."""
# ruff: noqa: F811 - fixtures are imported by their name

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dpid.models import Journal
from programmes.models import Dossier, Financement, LigneDossier, Structure
from tests.dpid.pages_admin import admin_client, adresse, formulaire, lire_page, saine  # noqa: F401 - fixtures
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    ServiceFactory,
    StructureFactory,
    presenter,
)

pytestmark = pytest.mark.neutre


def voter(ligne):
    """What the adoption writes, without its documents."""
    LigneDossier.objects.filter(pk=ligne.pk).update(votee_le="2024-06-17", acte_vote="2024-1")
    Dossier.objects.filter(pk=ligne.dossier_id).update(etat="vote", vote_le="2024-06-17")
    ligne.refresh_from_db()
    return ligne


def acte(dossier, nom):
    return reverse("admin:programmes_dossier_acte", args=[dossier.pk, nom])


# --- Verbs


def test_un_acte_se_demande_en_get_et_se_fait_en_post(admin_client):
    dossier = DossierFactory(lignes=1)
    page = admin_client.get(acte(dossier, "refuser"))
    assert saine(page)
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert dossier.etat == Dossier.Etat.EN_INSTRUCTION
    assert "obligatoire" in admin_client.post(acte(dossier, "refuser"), {"motif": ""}).content.decode()
    assert admin_client.post(acte(dossier, "refuser"), {"motif": "Hors critères"}).status_code == 302
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert (dossier.etat, dossier.motif) == (Dossier.Etat.REFUSE, "Hors critères")
    # The second click is told that the state does not allow it; one row in the journal.
    assert "est impossible" in admin_client.post(acte(dossier, "refuser"), {"motif": "Encore"}).content.decode()
    assert Journal.objects.filter(verbe="refuser", objet_id=dossier.pk).count() == 1


def test_les_boutons_suivent_l_etat_et_les_droits(connecter, db):
    dossier = DossierFactory(lignes=1)
    page = adresse(Dossier, "change", dossier.pk)
    texte = connecter(AgentFactory(instruction=True, is_staff=True, services=[])).get(page)
    assert texte.status_code == 302  # an instructor of no service does not see it
    texte = connecter(AgentFactory(administration=True)).get(page).content.decode()
    assert acte(dossier, "proposer") in texte and acte(dossier, "reprendre") not in texte
    texte = connecter(AgentFactory(consultation=True, is_staff=True)).get(page).content.decode()
    assert not re.search(r"/\d+/acte/", texte)


@pytest.mark.parametrize("nom", ["proposer", "refuser", "ajourner", "reprendre"])
def test_acte_interdit_sans_le_droit(connecter, db, nom):
    dossier = DossierFactory(lignes=1)
    client = connecter(AgentFactory(consultation=True, is_staff=True))
    assert client.post(acte(dossier, nom), {"motif": "x"}).status_code == 403
    assert Dossier.objects.get(pk=dossier.pk).etat == Dossier.Etat.EN_INSTRUCTION


def test_dossier_d_un_autre_service_est_inconnu(connecter, db):
    service, autre = ServiceFactory(), ServiceFactory()
    sien = DossierFactory(dispositif=DispositifFactory(service=service), lignes=1)
    foreign = DossierFactory(dispositif=DispositifFactory(service=autre), lignes=1)
    client = connecter(AgentFactory(instruction=True, is_staff=True, services=[service]))
    AgentFactory(instruction=True, services=[service])
    liste = client.get(adresse(Dossier, "changelist")).content.decode()
    assert liste.count(adresse(Dossier, "change", sien.pk)) == 2  # its number and its structure: one row
    assert adresse(Dossier, "change", foreign.pk) not in liste
    inconnu = client.get(adresse(Dossier, "change", 999999))
    assert client.get(adresse(Dossier, "change", foreign.pk)).status_code == inconnu.status_code == 302
    assert client.post(acte(foreign, "proposer")).status_code == 404
    assert client.get(adresse(Dossier, "history", foreign.pk)).status_code == 404
    ligne = foreign.lignes.get()
    assert client.get(adresse(LigneDossier, "change", ligne.pk)).status_code == 302
    recherche = {"app_label": "programmes", "model_name": "lignedossier", "field_name": "dossier", "term": "Structure"}
    trouves = client.get(reverse("admin:autocomplete"), recherche).json()["results"]
    assert [r["id"] for r in trouves] == [str(sien.pk)]


def test_acte_en_lot_donne_le_resultat_de_chacun(admin_client):
    bons, sans_ligne = DossierFactory.create_batch(2, lignes=1), DossierFactory()
    coches = [d.pk for d in [*bons, sans_ligne]]
    page = adresse(Dossier, "changelist")
    demande = admin_client.post(page, {"action": "proposer", "_selected_action": coches})
    assert saine(demande) and Dossier.objects.filter(etat="propose").count() == 0
    fait = admin_client.post(page, formulaire(demande))
    texte = fait.content.decode()
    assert saine(fait) and "2 sur 3" in texte and "demande au moins une ligne" in texte
    assert Dossier.objects.filter(etat="propose").count() == 2
    assert Journal.objects.filter(verbe="proposer").count() == 2


def test_refuser_en_lot_demande_son_motif(admin_client):
    dossier = DossierFactory(lignes=1)
    page = adresse(Dossier, "changelist")
    donnees = {"action": "refuser", "_selected_action": [dossier.pk], "confirmer": "1", "motif": ""}
    assert "obligatoire" in admin_client.post(page, donnees).content.decode()
    admin_client.post(page, donnees | {"motif": "Hors délai"})
    assert Dossier.objects.get(pk=dossier.pk).motif == "Hors délai"


def test_reprendre_un_dossier_inscrit_passe_par_le_rapport(admin_client):
    ligne = LigneFactory(finance=AutorisationFactory())
    presenter(RapportFactory(), ligne)
    reponse = admin_client.post(acte(ligne.dossier, "reprendre"))
    assert "inscrit à un rapport" in reponse.content.decode()
    assert Dossier.objects.get(pk=ligne.dossier_id).etat == Dossier.Etat.INSCRIT


# --- Creation, edition


def test_creer_un_dossier_une_seule_fois(admin_client):
    dispositif, structure = DispositifFactory(), StructureFactory()
    page = adresse(Dossier, "add")
    donnees = formulaire(admin_client.get(page)) | {"dispositif": dispositif.pk, "structure": structure.pk}
    assert admin_client.post(page, donnees).status_code == 302
    assert "créé qu’une fois" in admin_client.post(page, donnees).content.decode()
    dossier = Dossier.objects.get()
    assert Journal.objects.filter(verbe="creer", objet_id=dossier.pk).count() == 1


def test_l_etat_ne_se_poste_pas(admin_client):
    dossier = DossierFactory(lignes=1)
    page = adresse(Dossier, "change", dossier.pk)
    donnees = formulaire(admin_client.get(page)) | {
        "etat": "vote",
        "vote_le": "2024-01-01",
        "motif": "x",
        "version": "9",
    }
    assert admin_client.post(page, donnees).status_code == 302
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert (dossier.etat, dossier.motif, dossier.vote_le) == ("en_instruction", "", None)


def test_enregistrer_une_ligne_sans_rien_toucher_ne_change_rien(admin_client):
    ligne = LigneFactory(finance=AutorisationFactory(), quantite="3.5")
    page = adresse(LigneDossier, "change", ligne.pk)
    reponse = admin_client.post(page, formulaire(admin_client.get(page)))
    assert reponse.status_code == 302, lire_page(reponse).champs
    apres = LigneDossier.objects.get(pk=ligne.pk)
    assert (apres.propose, apres.demande) == (ligne.propose, ligne.demande)
    assert apres.financements.get().montant == Decimal("800.00")


def test_changer_un_financement_annule_les_visas(admin_client):
    from deliberations.models import VisaRapport

    ligne = LigneFactory(finance=AutorisationFactory())
    rapport = RapportFactory(propositions=[ligne])
    VisaRapport.objects.create(rapport=rapport, etape="chef_service", par=AgentFactory())
    page = adresse(LigneDossier, "change", ligne.pk)
    donnees = formulaire(admin_client.get(page)) | {"financements-0-montant": "1 000,00"}
    assert admin_client.post(page, donnees).status_code == 302
    assert ligne.financements.get().montant == Decimal("1000.00")
    assert not rapport.visas_actifs().exists()


def test_les_parts_d_un_financement_font_son_montant(admin_client):
    ligne = LigneFactory(finance=AutorisationFactory())
    financement = ligne.financements.get()
    page = adresse(Financement, "change", financement.pk)
    donnees = formulaire(admin_client.get(page)) | {
        "ventilations-TOTAL_FORMS": "1",
        "ventilations-0-territoire": ligne.placements.get().territoire_id,
        "ventilations-0-montant": "700,00",
        "ventilations-0-financement": financement.pk,
    }
    assert "Les parts font" in admin_client.post(page, donnees).content.decode()
    assert admin_client.post(page, donnees | {"ventilations-0-montant": "800,00"}).status_code == 302
    assert financement.ventilations.get().montant == Decimal("800.00")
    ligne_page = adresse(LigneDossier, "change", ligne.pk)
    change = formulaire(admin_client.get(ligne_page)) | {"financements-0-montant": "900,00"}
    assert "est ventilé" in admin_client.post(ligne_page, change).content.decode()


# --- Frozen and stale


def test_ligne_votee_refusee_par_sa_page(admin_client):
    ligne = voter(LigneFactory(finance=AutorisationFactory()))
    page = adresse(LigneDossier, "change", ligne.pk)
    vue = admin_client.get(page)
    assert saine(vue) and "elle ne se modifie plus" in vue.content.decode()
    assert "_save" not in vue.content.decode()
    refus = admin_client.post(page, {"propose": "1", "ordre": "1"}, follow=True).content.decode()
    assert "elle ne se modifie plus" in refus
    assert (
        "elle ne se modifie plus"
        in admin_client.post(adresse(LigneDossier, "delete", ligne.pk), {"post": "yes"}, follow=True).content.decode()
    )
    financement = ligne.financements.get()
    page = adresse(Financement, "change", financement.pk)
    assert "elle ne se modifie plus" in admin_client.post(page, {"montant": "1"}, follow=True).content.decode()
    ligne.refresh_from_db()
    assert ligne.propose == Decimal("800.00") and ligne.financements.get().montant == Decimal("800.00")


def test_ligne_votee_pendant_la_saisie(admin_client, monkeypatch):
    """The freeze falls between the check of the page and the save: a sentence, never an error page."""
    ligne = LigneFactory(finance=AutorisationFactory())
    page = adresse(LigneDossier, "change", ligne.pk)
    donnees = formulaire(admin_client.get(page)) | {"propose": "1,00"}
    from programmes.admin.lignes import LigneDossierAdmin

    d_origine = LigneDossierAdmin.save_model

    def entre_temps(self, request, obj, form, change):
        LigneDossier.objects.filter(pk=obj.pk).update(votee_le="2024-06-17", acte_vote="2024-1")
        return d_origine(self, request, obj, form, change)

    monkeypatch.setattr(LigneDossierAdmin, "save_model", entre_temps)
    reponse = admin_client.post(page, donnees)
    assert reponse.status_code == 200 and "elle ne se modifie plus" in reponse.content.decode()
    ligne.refresh_from_db()
    assert ligne.propose == Decimal("800.00") and ligne.votee_le is None


def test_saisie_perimee_d_une_ligne(admin_client):
    ligne = LigneFactory()
    page = adresse(LigneDossier, "change", ligne.pk)
    donnees = formulaire(admin_client.get(page)) | {"propose": "111,00"}
    autre = LigneDossier.objects.get(pk=ligne.pk)
    autre.propose = Decimal("222.00")
    autre.save()
    reponse = admin_client.post(page, donnees)
    texte = reponse.content.decode()
    assert "222,00" in texte and "111,00" in texte and "modifiée pendant votre saisie" in texte
    ligne.refresh_from_db()
    assert ligne.propose == Decimal("222.00")
    assert admin_client.post(page, formulaire(reponse)).status_code == 302
    ligne.refresh_from_db()
    assert ligne.propose == Decimal("111.00")


# --- Amounts in the list


def _liste(client):
    page = adresse(LigneDossier, "changelist")
    donnees = formulaire(client.get(page))
    donnees.pop("action", None)
    return page, donnees | {"_save": "Enregistrer"}


def _case(donnees, ligne) -> str:
    rang = next(n.split("-")[1] for n, v in donnees.items() if n.endswith("-id") and v == [str(ligne.pk)])
    return f"form-{rang}-propose"


def test_montant_propose_dans_la_liste(admin_client):
    ligne = LigneFactory()
    LigneFactory()
    page, donnees = _liste(admin_client)
    assert admin_client.post(page, donnees | {_case(donnees, ligne): "1 234,56 €"}).status_code == 302
    apres = LigneDossier.objects.get(pk=ligne.pk)
    assert apres.propose == Decimal("1234.56") and apres.version == ligne.version + 1
    assert apres.history.count() == ligne.history.count()


@pytest.mark.parametrize("cas", ["votee", "perimee", "refusee", "texte", "negatif"])
def test_montant_refuse_dans_la_liste(admin_client, cas):
    ligne = LigneFactory()
    page, donnees = _liste(admin_client)
    saisie, phrase = "5,00", ""
    if cas == "votee":
        voter(ligne)
        phrase = "elle ne se modifie plus"
    elif cas == "perimee":
        autre = LigneDossier.objects.get(pk=ligne.pk)
        autre.propose = Decimal("321.00")
        autre.save()
        phrase = "321,00"
    elif cas == "refusee":
        Dossier.objects.get(pk=ligne.dossier_id).refuser(par=AgentFactory(), motif="x")
        phrase = "reprenez son instruction"
    else:
        saisie, phrase = ("12,345", "n’est pas un montant") if cas == "texte" else ("-5", "négatif")
    avant = LigneDossier.objects.get(pk=ligne.pk).propose
    reponse = admin_client.post(page, donnees | {_case(donnees, ligne): saisie})
    assert reponse.status_code == 200 and phrase in reponse.content.decode() and saine(reponse)
    assert LigneDossier.objects.get(pk=ligne.pk).propose == avant
    if cas == "perimee":
        assert admin_client.post(page, formulaire(reponse) | {"_save": "1"}).status_code == 302
        assert LigneDossier.objects.get(pk=ligne.pk).propose == Decimal("5.00")


@pytest.mark.parametrize("modele", [Dossier, LigneDossier, Structure])
def test_liste_au_meme_cout(admin_client, modele):
    def cout():
        with CaptureQueriesContext(connection) as requetes:
            assert admin_client.get(adresse(modele, "changelist")).status_code == 200
        return len(requetes)

    LigneFactory(finance=AutorisationFactory())
    cout()
    un = cout()
    dispositif = Dossier.objects.get().dispositif
    for _ in range(19):
        LigneFactory(dossier=DossierFactory(dispositif=dispositif))
    vingt = cout()
    assert un == vingt <= 8 + 4
