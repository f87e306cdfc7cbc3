"""Scans: pages printed, photographed in any order, come back to their act; the others wait in the tray."""

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import codes, numerisation
from dpid.erreurs import ActeRefuse
from dpid.tasks import executer_ici
from tests.conventions.numeriser import acte_remis, copier, deposer
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def acte(par):
    return acte_remis(par)


def test_un_code_ne_se_lit_que_pour_son_acte():
    lu = codes.lire(codes.texte(12, "2024-00001", 3, "0123ABCD"))
    assert lu[:2] == (12, 3) and lu[3] == "0123ABCD" and codes.est_de(lu[2], 12, "2024-00001")
    assert not codes.est_de(lu[2], 13, "2024-00001") and codes.lire("https://exemple.fr") is None


def test_les_pages_melangees_reviennent_a_leur_acte(acte, par):
    pdf = bytes(acte.document.pdf)
    nombre = len(pypdfium2.PdfDocument(pdf))
    assert nombre >= 2
    deposer("retour.pdf", copier(pdf, [*reversed(range(nombre)), None], angle=1), par)
    acte.refresh_from_db()
    assert acte.etat == Acte.Etat.SIGNE_STRUCTURE and acte.scan is not None
    acte.scan.verifier()
    assert len(pypdfium2.PdfDocument(bytes(acte.scan.pdf))) == nombre
    assert PageNumerisee.objects.a_trier().count() == 1


def test_il_manque_une_page_rien_n_est_signe_puis_le_tri_la_rend(acte, par):
    pdf = bytes(acte.document.pdf)
    nombre = len(pypdfium2.PdfDocument(pdf))
    deposer("retour.pdf", copier(pdf, [None, *range(1, nombre)]), par)
    acte.refresh_from_db()
    assert acte.etat == Acte.Etat.A_SIGNER
    numerisation.trier(PageNumerisee.objects.a_trier().get(), par=par, acte=acte, numero=1)
    acte.refresh_from_db()
    assert acte.etat == Acte.Etat.SIGNE_STRUCTURE


def test_le_meme_fichier_deux_fois_est_refuse(acte, par):
    copie = copier(bytes(acte.document.pdf), [0])
    deposer("a.pdf", copie, par)
    with pytest.raises(ActeRefuse, match="déjà été déposé"):
        numerisation.deposer("b.pdf", copie, par=par)
    assert LotDeNumerisation.objects.count() == 1


@pytest.mark.parametrize("contenu", [b"", b"PK\x03\x04", b"%PDF-1.4 tronqu"])
def test_ce_qui_n_est_pas_un_pdf_est_refuse(contenu, par):
    with pytest.raises(ActeRefuse, match="lisible"):
        numerisation.deposer("x.pdf", contenu, par=par)


def test_un_gros_lot_est_lu_par_un_travail_une_seule_fois(acte, par, monkeypatch):
    monkeypatch.setattr(numerisation, "PAGES_D_UN_COUP", 0)
    lot = numerisation.deposer("retour.pdf", copier(bytes(acte.document.pdf), [0]), par=par)
    travail = numerisation.demander_lecture(lot, par=par)
    assert not lot.pages.exists()
    executer_ici(travail)
    numerisation.ranger(lot, par=par)
    travail.refresh_from_db()
    assert (lot.pages.get().acte, travail.message) == (acte, "1\u00a0page lue.")


class TestPage:
    def test_deposer_puis_trier(self, acte, par, connecter):
        client = connecter(par)
        copie = SimpleUploadedFile("retour.pdf", copier(bytes(acte.document.pdf), [None]), "application/pdf")
        client.post(reverse("numerisations"), {"fichier": copie})
        page = PageNumerisee.objects.a_trier().get()
        assert client.get(reverse("page_numerisee", args=[page.pk])).content.startswith(b"\x89PNG")
        adresse, champ = reverse("page_trier", args=[page.pk]), f"page{page.pk}"
        sans_numero = client.post(adresse, {f"{champ}-acte": acte.pk}, follow=True).content.decode()
        assert "numéro de la page" in sans_numero
        inconnu = client.post(adresse, {f"{champ}-acte": acte.pk + 1, f"{champ}-numero": 1}, follow=True)
        assert inconnu.status_code == 200 and PageNumerisee.objects.a_trier().exists()
        client.post(adresse, {f"{champ}-acte": acte.pk, f"{champ}-numero": 2})
        page.refresh_from_db()
        assert (page.acte, page.page) == (acte, 2)

    def test_la_place_probable_est_proposee_et_une_page_s_ecarte(self, acte, par, connecter):
        pdf = bytes(acte.document.pdf)
        nombre = len(pypdfium2.PdfDocument(pdf))
        deposer("retour.pdf", copier(pdf, [None, *range(1, nombre), None]), par)
        premiere, derniere = PageNumerisee.objects.a_trier()
        client = connecter(par)
        page = client.get(reverse("numerisations")).content.decode()
        assert f'<option value="{acte.pk}" selected>' in page
        assert f'name="page{premiere.pk}-numero" value="1"' in page.replace("\n", " ")
        client.post(reverse("page_trier", args=[derniere.pk]), {"ecarter": "1"})
        client.post(reverse("page_trier", args=[premiere.pk]))  # nothing chosen: nothing is put aside
        assert PageNumerisee.objects.a_trier().get() == premiere

    def test_ce_qui_n_est_pas_un_pdf_se_dit(self, par, connecter):
        fichier = SimpleUploadedFile("photo.pdf", b"PK", "application/pdf")
        assert "PDF lisible" in connecter(par).post(reverse("numerisations"), {"fichier": fichier}).content.decode()

    @pytest.mark.parametrize("combien", [1, 12])
    def test_neuf_requetes_quel_que_soit_le_tri(self, combien, par, connecter):
        lot = LotDeNumerisation.objects.create(nom_fichier="a.pdf", contenu=b"", sha256="a", depose_par=par)
        PageNumerisee.objects.bulk_create([PageNumerisee(lot=lot, rang=n) for n in range(combien)])
        client = connecter(par)
        with CaptureQueriesContext(connection) as requetes:
            client.get(reverse("numerisations"))
        assert len(requetes) <= 9
