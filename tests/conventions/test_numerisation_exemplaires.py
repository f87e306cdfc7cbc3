"""The signed copy deposited by hand: with the signature, later, again when both signed, of a convention taken over."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conventions.models import Acte
from conventions.vie import exemplaires
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal
from tests.conventions.numeriser import acte_remis
from tests.conventions.saisies import reprise
from tests.conventions.test_numerisation_hostile import pdf_de
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
LE = date(2024, 7, 3)


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def acte(par):
    return acte_remis(par)


def fichier(contenu):
    return SimpleUploadedFile("signé.pdf", contenu, "application/pdf")


def deposer(client, acte, contenu):
    return client.post(
        reverse("acte_deposer_exemplaire", args=[acte.pk]), {"exemplaire": fichier(contenu)}, follow=True
    ).content.decode()


def test_avec_la_signature_de_la_structure(acte, par, connecter):
    client, copie = connecter(par), pdf_de(2)
    page = client.get(acte.get_absolute_url()).content.decode()
    assert 'enctype="multipart/form-data"' in page and 'name="exemplaire"' in page
    client.post(
        reverse("acte_verbe", args=[acte.pk, "signer-structure"]), {"le": "2024-07-03", "exemplaire": fichier(copie)}
    )
    acte.refresh_from_db()
    assert (acte.etat, acte.signe_structure_le) == (Acte.Etat.SIGNE_STRUCTURE, LE)
    acte.scan.verifier()
    assert client.get(reverse("acte_document", args=[acte.pk]), {"exemplaire": "signe"}).content == copie


def test_plus_tard_quand_il_manque_puis_signe_des_deux(acte, par, connecter):
    acte.signer_structure(par=par, le=LE)
    client, premier, second = connecter(par), pdf_de(1), pdf_de(2)
    assert "L’exemplaire signé n’est pas déposé" in client.get(acte.get_absolute_url()).content.decode()
    assert "est déposé" in deposer(client, acte, premier)
    acte = Acte.objects.get(pk=acte.pk)
    acte.signer(par=par, le=LE)
    acte.notifier(par=par, le=LE)
    page = deposer(client, acte, second)
    acte = Acte.objects.get(pk=acte.pk)
    assert bytes(acte.scan.pdf) == second and acte.etat == Acte.Etat.NOTIFIE
    (ancien,) = exemplaires.precedents(acte)
    assert bytes(ancien.pdf) == premier and ancien.nom_fichier != acte.scan.nom_fichier
    assert ancien.nom_fichier in page and "remplacé depuis" in page
    adresse = reverse("acte_exemplaire", args=[acte.pk, ancien.pk])
    assert client.get(adresse).content == premier
    assert client.get(reverse("acte_exemplaire", args=[acte.pk, acte.document_id])).status_code == 404
    assert Journal.objects.de_l_objet(acte).filter(verbe="deposer_exemplaire").count() == 2
    assert "Déposer l’exemplaire signé" in client.get(reverse("acte_historique", args=[acte.pk])).content.decode()


def test_le_meme_fichier_deux_fois_n_en_fait_qu_un(acte, par, connecter):
    acte.signer_structure(par=par, le=LE, scan=pdf_de(1))
    avant = Document.objects.count()
    assert "déjà l’exemplaire signé" in deposer(connecter(par), acte, bytes(acte.scan.pdf))
    assert Document.objects.count() == avant


def test_ni_sans_fichier_ni_avant_la_signature(acte, par, connecter):
    client, adresse = connecter(par), reverse("acte_deposer_exemplaire", args=[acte.pk])
    assert "Choisissez le PDF" in client.post(adresse, follow=True).content.decode()
    with pytest.raises(ActeRefuse, match="À signer"):
        exemplaires.deposer(acte, pdf_de(1), par=par)
    acte.abandonner(par=par, motif="Retiré")
    with pytest.raises(ActeRefuse, match="Abandonné"):
        exemplaires.deposer(acte, pdf_de(1), par=par)


def test_la_piece_d_une_convention_reprise_se_depose_depuis_sa_page(par, connecter):
    convention = reprise()
    client, initial = connecter(par), convention.actes.get(rang=0)
    page = client.get(convention.get_absolute_url()).content.decode()
    adresse = reverse("acte_deposer_exemplaire", args=[initial.pk])
    assert "La pièce signée n’est pas déposée" in page and adresse in page
    deposer(client, initial, pdf_de(3))
    page = client.get(convention.get_absolute_url()).content.decode()
    initial.refresh_from_db()
    assert reverse("acte_exemplaire", args=[initial.pk, initial.scan_id]) in page
    assert "n’est pas déposée" not in page


def test_l_acte_d_une_convention_reprise_n_invente_aucun_projet(par, connecter):
    initial, client = reprise().actes.get(rang=0), connecter(par)
    adresse = reverse("acte_document", args=[initial.pk])
    assert "Projet (PDF)" not in client.get(initial.get_absolute_url()).content.decode()
    assert "n’est pas encore déposée" in client.get(adresse, follow=True).content.decode()
    copie = pdf_de(1)
    deposer(client, initial, copie)
    assert client.get(adresse).content == copie


def test_qui_ne_signe_pas_lit_l_exemplaire_sans_en_deposer(acte, par, connecter):
    acte.signer_structure(par=par, le=LE, scan=pdf_de(1))
    client = connecter(AgentFactory(instruction=True))
    assert client.post(reverse("acte_deposer_exemplaire", args=[acte.pk])).status_code == 403
    assert "Déposer l’exemplaire" not in client.get(acte.get_absolute_url()).content.decode()
