"""What an act takes of the pages that come back, and what goes to the tray with its reason."""

from datetime import date

import pypdfium2
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from conventions import documents
from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import codes, numerisation
from dpid.erreurs import ActeRefuse
from dpid.models import Travail
from tests.conventions.numeriser import acte_remis, copier, deposer, nombre_de_pages, projet_vote, remettre
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


def motifs():
    return list(PageNumerisee.objects.a_trier().order_by("rang").values_list("motif", flat=True))


def test_un_brouillon_ne_porte_aucun_code_et_n_est_pas_l_exemplaire(par):
    projet = projet_vote()
    brouillon, _ = documents.editer(projet)
    nombre = nombre_de_pages(brouillon)
    acte = remettre(projet, par)
    deposer("brouillon.pdf", copier(brouillon, range(nombre)), par)
    acte.refresh_from_db()
    assert acte.etat == Acte.Etat.A_SIGNER and PageNumerisee.objects.a_trier().count() == nombre


def test_les_pages_d_un_autre_texte_du_meme_acte_vont_au_tri(par):
    projet = projet_vote()
    autre = documents.rendre_acte(projet)
    fiche = projet.fiches.get()
    fiche.objectifs = "Le texte remis, différent."
    type(fiche)._base_manager.filter(pk=fiche.pk).update(objectifs=fiche.objectifs)
    acte = remettre(projet, par)
    assert codes.empreinte(autre.contexte) != codes.empreinte(acte.document.contexte)
    deposer("autre.pdf", copier(autre.pdf, [0]), par)
    assert len(motifs()) == 1 and "un autre texte que celui remis" in motifs()[0]
    with pytest.raises(ActeRefuse, match="un autre texte"):
        numerisation.trier(PageNumerisee.objects.get(), par=par, acte=acte, numero=1)
    with pytest.raises(ActeRefuse, match="celui d’une autre"):
        numerisation.trier(PageNumerisee.objects.get(), par=par, acte=acte, numero=2)


def test_l_empreinte_est_la_meme_une_fois_le_texte_relu(par):
    projet = projet_vote()
    edition = documents.rendre_acte(projet)
    acte = remettre(projet, par)
    assert codes.empreinte(edition.contexte) == codes.empreinte(Acte.objects.get(pk=acte.pk).document.contexte)


def test_la_page_la_plus_recente_d_un_numero_l_emporte(par):
    acte = acte_remis(par)
    pdf = bytes(acte.document.pdf)
    nombre = nombre_de_pages(pdf)
    deposer("premier.pdf", copier(pdf, range(nombre - 1)), par)
    deposer("second.pdf", copier(pdf, range(nombre), angle=1), par)
    acte.refresh_from_db()
    formees = PageNumerisee.objects.filter(document=acte.scan)
    assert set(formees.values_list("lot__nom_fichier", flat=True)) == {"second.pdf"} and formees.count() == nombre
    remplacees = PageNumerisee.objects.filter(lot__nom_fichier="premier.pdf")
    assert all(p.est_ecartee and "Remplacée par la page" in p.motif for p in remplacees)


def test_la_meme_page_deux_fois_dans_un_lot_n_en_fait_qu_une(par):
    acte = acte_remis(par)
    pdf = bytes(acte.document.pdf)
    nombre = nombre_de_pages(pdf)
    lot = deposer("double.pdf", copier(pdf, [0, *range(nombre)]), par)
    acte.refresh_from_db()
    assert nombre_de_pages(bytes(acte.scan.pdf)) == nombre
    assert lot.pages.get(rang=1).est_ecartee and not lot.pages.get(rang=2).est_ecartee


def test_deux_actes_dans_un_lot(par):
    un, deux = acte_remis(par), acte_remis(par)
    pdfs = [bytes(a.document.pdf) for a in (un, deux)]
    melange = pypdfium2.PdfDocument.new()
    for pdf in pdfs:
        melange.import_pages(pypdfium2.PdfDocument(copier(pdf, range(nombre_de_pages(pdf)))))
    deposer("deux.pdf", enregistrer(melange), par)
    for acte, pdf in zip((un, deux), pdfs, strict=True):
        acte.refresh_from_db()
        assert acte.etat == Acte.Etat.SIGNE_STRUCTURE
        assert nombre_de_pages(bytes(acte.scan.pdf)) == nombre_de_pages(pdf)


def enregistrer(document) -> bytes:
    import io

    sortie = io.BytesIO()
    document.save(sortie)
    document.close()
    return sortie.getvalue()


def test_les_pages_venues_apres_une_signature_sans_copie_la_forment(par):
    """The signature was typed by hand, the scan comes later: nothing vanishes, the state does not move."""
    acte = acte_remis(par)
    acte.signer_structure(par=par, le=date(2024, 7, 3))
    pdf = bytes(acte.document.pdf)
    deposer("retour.pdf", copier(pdf, range(nombre_de_pages(pdf))), par)
    acte.refresh_from_db()
    assert acte.etat == Acte.Etat.SIGNE_STRUCTURE and acte.signe_structure_le == date(2024, 7, 3)
    assert nombre_de_pages(bytes(acte.scan.pdf)) == nombre_de_pages(pdf)
    deposer("encore.pdf", copier(pdf, [0], angle=1), par)
    assert ["son exemplaire signé est déjà là" in m for m in motifs()] == [True]


def test_un_acte_abandonne_ne_prend_rien(par):
    acte = acte_remis(par)
    acte.abandonner(par=par, motif="Retiré")
    deposer("retour.pdf", copier(bytes(acte.document.pdf), [0]), par)
    assert ["abandonné" in m for m in motifs()] == [True]


def test_le_code_d_un_acte_inconnu_va_au_tri(par):
    acte = acte_remis(par)
    page = PageNumerisee.objects.create(lot=lot_vide(par), rang=1)
    for code in (codes.texte(acte.pk, "2023-00009", 1, "0" * 8), codes.texte(acte.pk + 1, acte.reference, 1, "0" * 8)):
        page.code, page.motif = code, ""
        numerisation._reconnaitre(page, acte if f"/{acte.pk}/" in code else None, None)
        assert "aucun acte connu" in page.motif and page.acte is None


def test_une_page_au_dela_de_la_fin_est_refusee_au_code_comme_a_la_main(par):
    acte = acte_remis(par)
    nombre = nombre_de_pages(bytes(acte.document.pdf))
    texte = numerisation.TexteRemis.de(acte)
    page = PageNumerisee.objects.create(
        lot=lot_vide(par), rang=1, code=codes.texte(acte.pk, acte.reference, nombre + 1, texte.empreinte)
    )
    numerisation._reconnaitre(page, acte, texte)
    assert f"il n’a pas de page {nombre + 1}" in page.motif
    sans_code = PageNumerisee.objects.create(lot=page.lot, rang=2)
    for numero in (nombre + 1, 999):
        with pytest.raises(ActeRefuse, match=f"pas de page {numero}"):
            numerisation.trier(sans_code, par=par, acte=acte, numero=numero)


def lot_vide(par):
    return LotDeNumerisation.objects.create(nom_fichier="a.pdf", contenu=b"", sha256="a", depose_par=par)


class TestDateDeLaSignature:
    def test_celle_du_depot(self, par):
        acte = acte_remis(par)
        pdf = bytes(acte.document.pdf)
        deposer("retour.pdf", copier(pdf, range(nombre_de_pages(pdf))), par, signe_le=date(2024, 7, 9))
        acte.refresh_from_db()
        assert acte.signe_structure_le == date(2024, 7, 9)

    def test_le_jour_meme_sinon_jamais_le_futur(self, par):
        acte = acte_remis(par)
        copie = copier(bytes(acte.document.pdf), [0])
        assert numerisation.deposer("a.pdf", copie, par=par).signe_le == timezone.localdate()
        with pytest.raises(ActeRefuse, match="futur"):
            numerisation.deposer("a.pdf", copie, par=par, signe_le=date(2999, 1, 1))

    def test_avant_la_remise_la_signature_attend_une_vraie_date(self, par):
        """The pages are kept; recording the signature by hand, at its true date, makes the copy of them."""
        acte = acte_remis(par)
        pdf = bytes(acte.document.pdf)
        deposer("retour.pdf", copier(pdf, range(nombre_de_pages(pdf))), par, signe_le=date(2024, 6, 1))
        acte.refresh_from_db()
        assert acte.etat == Acte.Etat.A_SIGNER and acte.pages.retenues().count() == nombre_de_pages(pdf)
        assert "sa signature n’est pas enregistrée" in Travail.objects.latest("pk").message
        acte.signer_structure(par=par, le=date(2024, 7, 4))
        assert nombre_de_pages(bytes(Acte.objects.get(pk=acte.pk).scan.pdf)) == nombre_de_pages(pdf)


class TestLectureInterrompue:
    @pytest.fixture
    def en_echec(self, par, monkeypatch):
        acte = acte_remis(par)
        contenu = copier(bytes(acte.document.pdf), [0])
        with monkeypatch.context() as ici:
            ici.setattr(numerisation, "_codes", lambda page: (_ for _ in ()).throw(ValueError("lecteur")))
            lot = deposer("retour.pdf", contenu, par)
        assert Travail.objects.latest("pk").etat == Travail.Etat.ECHOUE
        return lot, contenu

    def test_le_fichier_se_redepose(self, en_echec, par):
        lot, contenu = en_echec
        assert deposer("retour.pdf", contenu, par) == lot and lot.pages.get().acte is not None
        with pytest.raises(ActeRefuse, match="déjà été déposé"):
            numerisation.deposer("retour.pdf", contenu, par=par)

    def test_la_page_le_dit_et_le_relit(self, en_echec, par, connecter):
        lot, _ = en_echec
        client = connecter(par)
        page = client.get(reverse("numerisations")).content.decode()
        assert "la lecture a échoué" in page and "lecture en cours" not in page
        client.post(reverse("lot_relire", args=[lot.pk]))
        assert lot.pages.get().acte is not None


def test_ecarter_ce_qui_reste_d_un_lot(par, connecter):
    acte = acte_remis(par)
    lot = deposer("retour.pdf", copier(bytes(acte.document.pdf), [0, None, None]), par)
    client = connecter(par)
    assert "Aucun code n’a été lu" in client.get(reverse("numerisations")).content.decode()
    client.post(reverse("lot_ecarter", args=[lot.pk]))
    assert not PageNumerisee.objects.a_trier().exists() and lot.pages.filter(est_ecartee=True).count() == 2


@time_machine.travel("2024-07-10", tick=False)
def test_la_page_garde_le_jour_tape(par, connecter):
    from django.core.files.uploadedfile import SimpleUploadedFile

    acte = acte_remis(par)
    pdf = bytes(acte.document.pdf)
    copie = copier(pdf, range(nombre_de_pages(pdf)))
    client = connecter(par)
    assert 'value="2024-07-10"' in client.get(reverse("numerisations")).content.decode()

    def envoyer(le):
        fichier = SimpleUploadedFile("retour.pdf", copie, "application/pdf")
        return client.post(reverse("numerisations"), {"fichier": fichier, "signe_le": le}).content.decode()

    assert "dans le futur" in envoyer("2024-07-11")
    envoyer("2024-07-05")
    acte.refresh_from_db()
    assert acte.signe_structure_le == date(2024, 7, 5)
