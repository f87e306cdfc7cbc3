"""Budget in the admin: totals move with acts only, the ledger is read, outside affectations enter by file."""
# ruff: noqa: F811 - fixtures are imported by their name

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budget.models import AutorisationEngagement, LigneBudgetaire, Mouvement
from budget.verification import ecarts
from dpid.models import Journal
from tests.dpid.pages_admin import admin_client, adresse, formulaire, saine  # noqa: F401 - fixtures
from tests.factories import AgentFactory, AutorisationFactory, LigneBudgetaireFactory

pytestmark = pytest.mark.neutre

AE = AutorisationEngagement
ENTETE = "Code opération;Millésime;Montant;Date d’effet;Pièce;Motif;Référence\r\n"


@pytest.fixture
def finances(connecter, db):
    return connecter(AgentFactory(budget=True, is_staff=True))


def acte(ae, nom):
    return reverse("admin:budget_autorisationengagement_acte", args=[ae.pk, nom])


def importer(client, lignes, confirmer=True):
    fichier = SimpleUploadedFile("hors.csv", (ENTETE + "\r\n".join(lignes) + "\r\n").encode())
    apercu = client.post(adresse(Mouvement, "import"), {"resource": "0", "import_file": fichier})
    assert saine(apercu)
    if not confirmer or b"Confirmer" not in apercu.content:
        return apercu
    return client.post(adresse(Mouvement, "process_import"), formulaire(apercu), follow=True)


def hors_application():
    return Mouvement.objects.filter(nature=Mouvement.Nature.HORS_APPLICATION)


def test_les_totaux_ne_se_postent_pas(finances):
    ae = AutorisationFactory(vote="1000.00")
    page = adresse(AE, "change", ae.pk)
    donnees = formulaire(finances.get(page)) | {"vote": "9999999", "affecte": "5", "note": "vue"}
    assert finances.post(page, donnees).status_code == 302
    ae.refresh_from_db()
    assert (ae.vote, ae.affecte, ae.note) == (Decimal("1000.00"), 0, "vue")


def test_voter_puis_affecter_une_fois_chacun(finances):
    ae = AutorisationFactory(vote="1000.00")
    donnees = formulaire(finances.get(acte(ae, "voter"))) | {"montant": "500,50", "piece": "DM n° 1"}
    assert finances.post(acte(ae, "voter"), donnees).status_code == 302
    finances.post(acte(ae, "voter"), donnees)  # double click
    ae.refresh_from_db()
    assert ae.vote == Decimal("1500.50") and ecarts() == []
    donnees = formulaire(finances.get(acte(ae, "affecter"))) | {"montant": "1 500,51", "piece": "délib"}
    refus = finances.post(acte(ae, "affecter"), donnees)
    assert refus.status_code == 200 and "il manque 0,01" in refus.content.decode()
    assert finances.post(acte(ae, "affecter"), donnees | {"montant": "1 500,50"}).status_code == 302
    ae.refresh_from_db()
    assert ae.disponible == 0


def test_une_ae_nait_avec_son_vote(finances):
    ligne = LigneBudgetaireFactory()
    page = adresse(AE, "add")
    vierge = finances.get(page)
    assert saine(vierge)
    donnees = formulaire(vierge) | {"ligne": ligne.pk, "millesime": "2024", "montant": "10,00", "piece": "BP 2024"}
    assert finances.post(page, donnees).status_code == 302
    assert AE.objects.get().vote == Decimal("10.00")
    assert finances.post(page, donnees).status_code == 302 and AE.objects.count() == 1


def test_l_administration_ne_saisit_pas_de_mouvement(admin_client):
    ae = AutorisationFactory()
    assert admin_client.get(adresse(AE, "add")).status_code == 403
    assert admin_client.post(acte(ae, "voter"), {}).status_code == 403
    assert admin_client.get(adresse(Mouvement, "import")).status_code == 403
    assert f"/{ae.pk}/acte/" not in admin_client.get(adresse(AE, "change", ae.pk)).content.decode()


def test_affectations_hors_application_par_fichier(finances):
    ae = AutorisationFactory(vote="1000.00", ligne__code="C02-446A05")
    lignes = ["C02-446A05;2024;1 00,00;15/03/2024;délib 1;Service X;", "c02-446 a05;2024;-20,5;2024-04-01;délib 2;;R1"]
    reponse = importer(finances, lignes, confirmer=False)
    assert "2 ajout(s)" in reponse.content.decode()
    assert not hors_application().exists()  # the preview writes nothing
    importer(finances, lignes)
    ae.refresh_from_db()
    assert ae.affecte == Decimal("79.50") and ecarts() == []
    assert Journal.objects.filter(verbe="hors_application").count() == 2
    texte = importer(finances, lignes, confirmer=False).content.decode()
    assert "2 ligne(s) inchangée(s)" in texte
    importer(finances, lignes)
    ae.refresh_from_db()
    assert ae.affecte == Decimal("79.50") and hors_application().count() == 2


@pytest.mark.parametrize(
    ("ligne", "phrase"),
    [
        ("C99-999A99;2024;10;15/03/2024;p;;", "aucun(e) AE"),
        ("C02-446A05;2023;10;15/03/2024;p;;", "aucun(e) AE"),
        ("C02-446A05;;10;15/03/2024;p;;", "millésime"),
        ("C02-446A05;2024;12,345;15/03/2024;p;;", "n’est pas un montant"),
        ("C02-446A05;2024;0;15/03/2024;p;;", "vide ou nulle"),
        ("C02-446A05;2024;NaN;15/03/2024;p;;", "n’est pas un montant"),
        ("C02-446A05;2024;99999999999999999;15/03/2024;p;;", "dépasse"),
        ("C02-446A05;2024;10;29/02/2025;p;;", "n’est pas une date"),
        ("C02-446A05;2024;10;01/01/2099;p;;", "futur"),
        ("C02-446A05;2024;10;15/03/2024;;;", "vide ou nulle"),
        (f"C02-446A05;2024;10;15/03/2024;{'x' * 201};;", "200"),
        ("C02-446A05;2024;1000,01;15/03/2024;p;;", "il manque"),
        ("C02-446A05;2024;1;02/01/2024;bonne;;", "identique à la ligne 2"),
    ],
)
def test_une_rangee_refusee_refuse_tout(finances, ligne, phrase):
    ae = AutorisationFactory(vote="1000.00", ligne__code="C02-446A05")
    texte = importer(finances, ["C02-446A05;2024;1,00;02/01/2024;bonne;;", ligne]).content.decode()
    assert phrase in texte and "Ligne 3" in texte, texte[-2500:]
    ae.refresh_from_db()
    assert ae.affecte == 0 and not hors_application().exists()


def test_une_reference_deja_prise_avec_d_autres_chiffres(finances):
    AutorisationFactory(vote="1000.00", ligne__code="C02-446A05")
    importer(finances, ["C02-446A05;2024;10;15/03/2024;p;;R1"])
    texte = importer(finances, ["C02-446A05;2024;11;15/03/2024;p;;R1"]).content.decode()
    assert "déjà enregistrée pour 10,00" in texte and hors_application().count() == 1


@pytest.mark.parametrize("rang", [0, 1, 2])
def test_lignes_budgetaires_identite_de_l_echange(admin_client, rang):
    avant = LigneBudgetaireFactory()
    LigneBudgetaireFactory(predecesseur=avant, libelle="-2+3", sens="recette")
    contenu = admin_client.post(adresse(LigneBudgetaire, "export"), {"format": rang, "resource": "0"}).content
    fichier = SimpleUploadedFile("lignes", contenu)
    apercu = admin_client.post(adresse(LigneBudgetaire, "import"), {"resource": "0", "import_file": fichier})
    assert "2 ligne(s) inchangée(s)" in apercu.content.decode()


@pytest.mark.parametrize("modele", [AE, Mouvement, LigneBudgetaire])
def test_liste_au_meme_cout(admin_client, modele):
    def cout():
        with CaptureQueriesContext(connection) as requetes:
            assert admin_client.get(adresse(modele, "changelist")).status_code == 200
        return len(requetes)

    AutorisationFactory()
    cout()
    un = cout()
    AutorisationFactory.create_batch(19)
    vingt = cout()
    AutorisationFactory.create_batch(80)
    assert un == vingt == cout() <= 8 + 2
