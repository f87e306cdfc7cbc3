"""Files that a copier, or somebody, may send: each refused by its name, or read without harm."""

import io

import pikepdf
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conventions.models import LotDeNumerisation, PageNumerisee
from conventions.vie import exemplaires, numerisation
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from tests.conventions.numeriser import acte_remis, copier, deposer
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


def pdf_de(pages: int, **options) -> bytes:
    sortie = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(200, 300))
        pdf.save(sortie, **options)
    return sortie.getvalue()


PROTEGE = {"encryption": pikepdf.Encryption(owner="maitre", user="secret")}
REFUSES = {
    "vide": (b"", "lisible"),
    "zip": (b"PK\x03\x04", "lisible"),
    "tronque": (b"%PDF-1.4 tronqu", "lisible"),
    "page web": (b"<html><script>alert(1)</script></html>", "lisible"),
    "sans page": (pdf_de(0), "lisible"),
    "protege": (pdf_de(2, **PROTEGE), "mot de passe"),
    "deux mille pages": (pdf_de(2000), "au plus 600"),
}


@pytest.mark.parametrize("nom", REFUSES)
def test_un_lot_refuse_se_dit_et_ne_laisse_rien(nom, par):
    contenu, raison = REFUSES[nom]
    with pytest.raises(ActeRefuse, match=raison):
        numerisation.deposer("x.pdf", contenu, par=par)
    assert not LotDeNumerisation.objects.exists()


@pytest.mark.parametrize("nom", REFUSES)
def test_un_exemplaire_refuse_ne_signe_rien(nom, par, connecter):
    contenu, raison = REFUSES[nom]
    acte, avant = acte_remis(par), Document.objects.count()
    with pytest.raises(ActeRefuse, match=raison):
        acte.signer_structure(par=par, scan=contenu)
    fichier = SimpleUploadedFile("x.pdf", contenu or b" ", "application/pdf")
    client = connecter(par)
    page = client.post(reverse("acte_verbe", args=[acte.pk, "signer-structure"]), {"exemplaire": fichier}, follow=True)
    assert raison in page.content.decode()
    acte.refresh_from_db()
    assert acte.etat == acte.Etat.A_SIGNER and Document.objects.count() == avant


def test_un_fichier_trop_lourd_n_est_pas_lu_au_dela(par, monkeypatch):
    monkeypatch.setattr(exemplaires, "TAILLE_MAX", 100)
    with pytest.raises(ActeRefuse, match="60 Mo"):
        numerisation.deposer("x.pdf", pdf_de(1), par=par)


def test_protege_contre_la_copie_seulement_se_lit(par):
    """A copier that forbids changes but lets anyone open."""
    lot = deposer("x.pdf", pdf_de(1, encryption=pikepdf.Encryption(owner="maitre", user="")), par)
    assert lot.pages.get() in PageNumerisee.objects.a_trier()


def test_deux_codes_sur_une_page_vont_au_tri_et_une_personne_decide(par):
    acte = acte_remis(par)
    with pypdfium2.PdfDocument(bytes(acte.document.pdf)) as source:
        images = [source[n].render(scale=150 / 72).to_pil().convert("L") for n in range(2)]
    ensemble = images[0].resize((images[0].width, images[0].height))
    ensemble.paste(images[1].crop((0, int(images[1].height * 0.85), images[1].width, images[1].height)), (0, 0))
    sortie = io.BytesIO()
    ensemble.save(sortie, "PDF", resolution=150)
    lot = deposer("deux.pdf", sortie.getvalue(), par)
    page = lot.pages.get()
    assert page.acte is None and "2 codes" in page.motif
    numerisation.trier(page, par=par, acte=acte, numero=1)
    page.refresh_from_db()
    assert (page.acte, page.page, page.motif) == (acte, 1, "")


def test_le_meme_code_imprime_deux_fois_n_en_est_qu_un(par):
    acte = acte_remis(par)
    with pypdfium2.PdfDocument(bytes(acte.document.pdf)) as source:
        image = source[0].render(scale=150 / 72).to_pil().convert("L")
    image.paste(image.crop((0, int(image.height * 0.85), image.width, image.height)), (0, 0))
    sortie = io.BytesIO()
    image.save(sortie, "PDF", resolution=150)
    assert deposer("double.pdf", sortie.getvalue(), par).pages.get().page == 1


def test_une_page_abimee_n_arrete_pas_les_autres(par, connecter):
    acte = acte_remis(par)
    sortie = io.BytesIO()
    with pikepdf.open(io.BytesIO(copier(bytes(acte.document.pdf), [0, 1]))) as pdf:
        # One leaf of the page tree is no page.
        pdf.Root.Pages.Kids[0] = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Rien))
        pdf.save(sortie)
    lot = deposer("abime.pdf", sortie.getvalue(), par)
    assert lot.pages.count() == 2 and lot.pages.get(rang=2).page == 2
    page = lot.pages.get(rang=1)
    assert page in PageNumerisee.objects.a_trier()
    assert connecter(par).get(reverse("page_numerisee", args=[page.pk])).status_code in (200, 404)


def test_une_page_de_dix_metres_se_lit_sans_remplir_la_memoire(par):
    sortie = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(14400, 14400))
        pdf.save(sortie)
    assert deposer("affiche.pdf", sortie.getvalue(), par).pages.count() == 1
