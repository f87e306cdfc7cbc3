"""Pièces: what is kept, how it is shown, who reads it. The content decides, never the name alone."""

import io
import re
import zipfile
import zlib
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.instruction import completude
from programmes.models import Dossier, Piece, TypePiece
from programmes.structures import pieces
from tests.dpid.pages_admin import adresse, formulaire
from tests.factories import AgentFactory, DossierFactory, LigneFactory, ServiceFactory, StructureFactory
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)


def zip_de(**contenus) -> bytes:
    """`mimetype` first and stored, as OpenDocument wants."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        for nom, contenu in contenus.items():
            nom = {"types": "[Content_Types].xml", "contenu": "content.xml"}.get(nom, nom)
            archive.writestr(nom, contenu, zipfile.ZIP_STORED if nom == "mimetype" else zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


ODT = zip_de(mimetype="application/vnd.oasis.opendocument.text", contenu="<a/>")
ODS = zip_de(mimetype="application/vnd.oasis.opendocument.spreadsheet", contenu="<a/>")
DOCX = zip_de(types="<a/>", **{"word/document.xml": "<a/>"})
XLSX = zip_de(types="<a/>", **{"xl/workbook.xml": "<a/>"})


@pytest.fixture
def instructeur():
    service = ServiceFactory()
    agent = AgentFactory(instruction=True, services=[service])
    agent.service = service
    return agent


@pytest.fixture
def statuts():
    return TypePiece.objects.create(code="statuts", libelle="Statuts", exigee_pour=["association"])


@pytest.fixture
def rib():
    return TypePiece.objects.create(code="rib", libelle="RIB", est_confidentielle=True)


def poser(structure, type_, par, *, nom="statuts.pdf", contenu=PDF, **options):
    return pieces.deposer(structure, par=par, type=type_, nom=nom, contenu=contenu, **options)


# --- What is kept


@pytest.mark.parametrize(
    ("nom", "contenu", "nature"),
    [
        ("Statuts signés.PDF", PDF, pieces.PDF), ("a.png", PNG, pieces.PNG), ("a.jpeg", JPEG, pieces.JPEG),
        ("a.jpg", JPEG, pieces.JPEG), ("a.odt", ODT, pieces.ODT), ("a.ods", ODS, pieces.ODS),
        ("a.docx", DOCX, pieces.DOCX), ("a.xlsx", XLSX, pieces.XLSX),
    ],
)  # fmt: skip
def test_formats_admis(nom, contenu, nature):
    assert pieces.examiner(nom, contenu)[1] is nature


@pytest.mark.parametrize(
    ("nom", "contenu", "phrase"),
    [
        ("vide.pdf", b"", "vide"),
        ("page.html", b"<!doctype html><script>alert(1)</script>", "format admis"),
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format admis"),
        ("faux.pdf", b"<html>", "format admis"),
        ("programme.exe", b"MZ" + bytes(50), "format admis"),
        ("image.png", JPEG, "renommez"),
        ("facture.pdf.exe", PDF, "renommez"),
        ("sans extension", PDF, "renommez"),
        ("tronque.pdf", b"%PDF-1.7\n1 0 obj", "tronqué"),
        ("archive.zip", zip_de(a="b"), "format admis"),
        ("abime.docx", DOCX[:-20], "abîmé"),
        ("macros.docx", zip_de(types="", **{"word/document.xml": "", "word/vbaProject.bin": "x"}), "macros"),
        ("macros.odt", zip_de(mimetype=pieces.ODT.type, contenu="", **{"Basic/a.xml": ""}), "macros"),
        ("bombe.docx", zip_de(types="", **{"word/document.xml": "0" * 40_000_000}), "démesuré"),
        ("bombe.xlsx", zip_de(types="", **{"xl/workbook.xml": "", "xl/media/a.png": "0" * 120_000_000}), "démesuré"),
        ("faux.odt", zip_de(mimetype=pieces.ODS.type, contenu=""), "renommez"),
        ("gros.pdf", PDF[:-7] + bytes(pieces.TAILLE_MAX) + b"%%EOF\n", "10 Mo"),
    ],
)  # fmt: skip
def test_formats_refuses(nom, contenu, phrase):
    with pytest.raises(ActeRefuse, match=phrase):
        pieces.examiner(nom, contenu)


@pytest.mark.parametrize(
    ("nom", "propre"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Mes documents\\RIB.pdf", "RIB.pdf"),
        ("fac\x00ture\r\n.pdf", "facture.pdf"),
        ("exe\u202efdp.pdf", "exefdp.pdf"),
        ("rib.html.pdf", "rib_html.pdf"),
        ("Statuts v1.2.pdf", "Statuts v1.2.pdf"),
        ('a<b>"c".PDF', "a_b__c_.pdf"),
        ("é" * 300 + ".pdf", "é" * 116 + ".pdf"),
        (".pdf", "piece.pdf"),
        ("...", "piece"),
        ("Décision n°12.pdf", "Décision n°12.pdf"),
    ],
)
def test_nom_nettoye(nom, propre):
    assert pieces.nettoyer_nom(nom) == propre
    assert len(propre) <= pieces.NOM_MAX


@pytest.mark.parametrize(
    "corps",
    [
        b"<</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>", b"<</S /J#61vaScript>>", b"<</S /Launch /F (a.exe)>>",
        b"<</Encrypt 1 0 R>>", b"<</Type /ObjStm /Length 9>> stream\r\nxx",
        b"<</Type /ObjStm /Filter /FlateDecode>> stream\n" + zlib.compress(b"1 0 <</S /JavaScript>>"),
        b"<</Type /ObjStm>> stream\n" + zlib.compress(bytes(30_000_000)),
    ],
)  # fmt: skip
def test_pdf_a_contenu_actif(corps):
    assert pieces.examiner("a.pdf", b"%PDF-1.7\n" + corps + b"\n%%EOF")[1] is pieces.PDF_ACTIF


def test_pdf_ordinaire_n_est_pas_actif():
    sain = b"<</Type /ObjStm>> stream\n" + zlib.compress(b"<</Type /Page /JSON 1>>")
    assert pieces.examiner("a.pdf", b"%PDF-1.7\n" + sain + b"\n%%EOF")[1] is pieces.PDF


def test_meme_fichier_une_seule_piece(instructeur, statuts):
    structure = StructureFactory()
    premiere, est_nouvelle = poser(structure, statuts, instructeur)
    assert est_nouvelle
    assert poser(structure, statuts, instructeur, nom="autre nom.pdf") == (premiere, False)
    assert Piece.objects.count() == 1 and Journal.objects.filter(verbe="deposer_piece").count() == 1
    pieces.retirer(premiere, par=instructeur, motif="Périmée")
    assert poser(structure, statuts, instructeur)[1]


@pytest.mark.parametrize(
    ("datee", "mois", "fin"),
    [
        (date(2024, 3, 31), 12, date(2025, 3, 31)), (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)), (date(2024, 12, 1), 1, date(2025, 1, 1)),
        (None, 12, None), (date(2024, 1, 1), None, None),
    ],
)  # fmt: skip
def test_validite_calculee_par_le_type(datee, mois, fin):
    assert pieces.echeance(TypePiece(validite_mois=mois), datee) == fin


def test_validite_saisie_l_emporte_et_reste_coherente(instructeur, statuts):
    structure, jour = StructureFactory(), date(2024, 1, 1)
    piece, _ = poser(structure, statuts, instructeur, datee_le=jour, valable_jusqu_au=date(2024, 2, 1))
    assert piece.valable_jusqu_au == date(2024, 2, 1)
    with pytest.raises(ActeRefuse, match="validité"):
        poser(structure, statuts, instructeur, contenu=PDF + b" ", datee_le=jour, valable_jusqu_au=date(2023, 1, 1))
    assert Piece.objects.count() == 1


def test_une_piece_sert_a_tous_les_dossiers_puis_plus(instructeur, statuts):
    structure = StructureFactory()
    dossiers = [DossierFactory(structure=structure) for _ in range(2)]
    assert all(completude.manquantes(d) for d in dossiers)
    piece, _ = poser(structure, statuts, instructeur)
    assert not any(completude.manquantes(d) for d in dossiers)
    pieces.retirer(piece, par=instructeur, motif="Ancienne version")
    assert all(completude.manquantes(d) for d in dossiers)
    with pytest.raises(ActeRefuse, match="déjà retirée"):
        pieces.retirer(piece, par=instructeur, motif="Encore")
    assert Journal.objects.filter(verbe="retirer_piece").count() == 1


def test_piece_d_un_dossier_d_une_autre_structure(instructeur, statuts):
    with pytest.raises(ActeRefuse, match="autre structure"):
        poser(StructureFactory(), statuts, instructeur, dossier=DossierFactory())


def test_exigences_groupees_comme_une_a_une(instructeur, statuts, django_assert_num_queries):
    structure = StructureFactory()
    comptes = TypePiece.objects.create(code="c", libelle="Comptes", exigee_pour=["association"], est_du_dossier=True)
    dossiers = [DossierFactory(structure=structure) for _ in range(3)]
    poser(structure, statuts, instructeur, valable_jusqu_au=timezone.localdate() - timedelta(1))
    poser(structure, comptes, instructeur, dossier=dossiers[1], contenu=PDF + b"\n")
    lus = list(Dossier.objects.select_related("structure"))
    with django_assert_num_queries(3):
        groupees = completude.exigences_de(lus)
    assert groupees == {d.pk: completude.exigences(d) for d in lus}
    assert [len([e for e in groupees[d.pk] if not e.est_satisfaite]) for d in dossiers] == [2, 1, 2]
    assert any("à renouveler" in e.phrase() for e in groupees[dossiers[0].pk])


# --- Pages


def fichier(nom="statuts.pdf", contenu=PDF):
    return SimpleUploadedFile(nom, contenu, "application/octet-stream")


def test_deposer_par_la_page(instructeur, statuts, connecter):
    structure, client = StructureFactory(), connecter(instructeur)
    page = reverse("piece_deposer", args=[structure.pk])
    reponse = client.post(page, {"type": statuts.pk, "fichier": fichier("Mes\u202e statuts.pdf")}, follow=True)
    piece = Piece.objects.get()
    assert reponse.redirect_chain[-1][0] == piece.get_absolute_url()
    assert (piece.nom_fichier, bytes(piece.contenu), piece.deposee_par) == ("Mes statuts.pdf", PDF, instructeur)
    assert reverse("piece_contenu", args=[piece.pk]) in html(reponse)
    assert piece.nom_fichier in html(client.get(structure.get_absolute_url()))


@pytest.mark.parametrize("envoye", [None, ("page.html", b"<script>"), ("x.pdf", b"")])
def test_depot_refuse_garde_la_saisie(envoye, instructeur, statuts, connecter):
    page = reverse("piece_deposer", args=[StructureFactory().pk])
    champs = {"type": statuts.pk, "datee_le": "2024-03-01"}
    champs |= {"fichier": fichier(*envoye)} if envoye else {}
    texte = html(connecter(instructeur).post(page, champs))
    assert "resume-erreurs" in texte and 'value="2024-03-01"' in texte and not Piece.objects.exists()


def test_piece_propre_a_un_dossier(instructeur, connecter):
    type_ = TypePiece.objects.create(code="b", libelle="Budget signé", est_du_dossier=True)
    dossier = DossierFactory(dispositif__service=instructeur.service)
    etranger = DossierFactory(structure=dossier.structure)
    client, page = connecter(instructeur), reverse("piece_deposer", args=[dossier.structure_id])
    assert "dites lequel" in html(client.post(page, {"type": type_.pk, "fichier": fichier()}))
    # A dossier that the agent does not see is not a choice.
    texte = html(client.post(page, {"type": type_.pk, "fichier": fichier(), "dossier": etranger.pk}))
    assert "resume-erreurs" in texte and f'value="{etranger.pk}"' not in re.sub(r'name="jeton".*', "", texte)
    client.post(page, {"type": type_.pk, "fichier": fichier(), "dossier": dossier.pk})
    assert Piece.objects.get().dossier == dossier


@pytest.mark.parametrize(
    ("nom", "contenu", "type_servi"),
    [("a.pdf", PDF, "application/pdf"), ("a.png", PNG, "image/png"), ("a.jpg", JPEG, "image/jpeg")],
)
def test_contenu_montre_dans_la_page_par_nous_seuls(nom, contenu, type_servi, instructeur, statuts, connecter):
    piece, _ = poser(StructureFactory(), statuts, instructeur, nom=nom, contenu=contenu)
    client = connecter(instructeur)
    reponse = client.get(reverse("piece_contenu", args=[piece.pk]))
    csp = reponse["Content-Security-Policy"]
    assert reponse.content == contenu and reponse["Content-Type"] == type_servi
    assert reponse["X-Frame-Options"] == "SAMEORIGIN" and "frame-ancestors 'self'" in csp
    assert "default-src 'none'" in csp and reponse["X-Content-Type-Options"] == "nosniff"
    assert ("sandbox" in csp) == (type_servi != "application/pdf")
    assert reponse["Content-Disposition"].startswith("inline") and reponse["Cache-Control"] == "no-store"
    # Everything else keeps the strict policy.
    autre = client.get(piece.get_absolute_url())
    assert autre["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in autre["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("nom", "contenu"), [("a.docx", DOCX), ("a.pdf", b"%PDF-1.7\n<</S /JavaScript /JS (x)>>\n%%EOF")]
)
def test_ce_qui_ne_se_montre_pas_se_telecharge(nom, contenu, instructeur, statuts, connecter):
    piece, _ = poser(StructureFactory(), statuts, instructeur, nom=nom, contenu=contenu)
    client = connecter(instructeur)
    assert client.get(reverse("piece_contenu", args=[piece.pk])).status_code == 404
    assert "<iframe" not in html(client.get(piece.get_absolute_url()))
    reponse = client.get(reverse("piece_telecharger", args=[piece.pk]))
    assert reponse["Content-Disposition"].startswith("attachment") and reponse.content == contenu
    assert "sandbox" in reponse["Content-Security-Policy"] and ";" not in reponse["Content-Type"]
    assert reponse["X-Frame-Options"] == "DENY"


def test_nom_accentue_au_telechargement(instructeur, statuts, connecter):
    piece, _ = poser(StructureFactory(), statuts, instructeur, nom="Élu – n°1.pdf")
    entete = connecter(instructeur).get(reverse("piece_telecharger", args=[piece.pk]))["Content-Disposition"]
    assert "filename*=utf-8''%C3%89lu" in entete


# --- Who reads what


PAGES = ["piece", "piece_volet", "piece_contenu", "piece_telecharger", "piece_retirer"]


@pytest.mark.parametrize(
    ("role", "lit"),
    [("instruction", False), ("territoire", False), ("direction", False), ("assemblees", False),
     ("consultation", False), ("budget", True), ("conventions", True), ("administration", True)],
)  # fmt: skip
def test_piece_bancaire_reservee(role, lit, instructeur, rib, connecter):
    structure = StructureFactory()
    secret = "FR76 RIB secret.pdf"
    piece, _ = poser(structure, rib, instructeur, nom=secret)
    client = connecter(AgentFactory(**{role: True}))
    lisibles = [n for n in PAGES if n != "piece_retirer" or role in ("conventions", "administration")]
    for nom in lisibles if lit else PAGES:
        assert client.get(reverse(nom, args=[piece.pk])).status_code == (200 if lit else 404), nom
    for nom in ("structure", "structure_identite", "structure_historique"):
        assert (secret in html(client.get(reverse(nom, args=[structure.pk])))) == (lit and nom == "structure")


def test_instructeur_depose_un_rib_sans_le_lire(instructeur, rib, connecter):
    structure = StructureFactory()
    envoi = {"type": rib.pk, "fichier": fichier("rib.pdf")}
    reponse = connecter(instructeur).post(reverse("piece_deposer", args=[structure.pk]), envoi, follow=True)
    assert "Seuls les agents habilités" in html(reponse) and Piece.objects.count() == 1
    assert "rib.pdf" not in str(Journal.objects.get().__dict__)


def test_piece_d_un_dossier_etranger_n_existe_pas(instructeur, statuts, connecter):
    dossier = DossierFactory(dispositif__service=ServiceFactory())
    piece, _ = poser(dossier.structure, statuts, instructeur, dossier=dossier)
    client = connecter(instructeur)
    for nom in PAGES:
        assert client.get(reverse(nom, args=[piece.pk])).status_code == 404
    assert piece.nom_fichier not in html(client.get(dossier.structure.get_absolute_url()))


@pytest.mark.parametrize("role", ["territoire", "budget", "direction", "assemblees", "consultation"])
def test_qui_ne_depose_pas(role, statuts, instructeur, connecter):
    piece, _ = poser(StructureFactory(), statuts, instructeur)
    client = connecter(AgentFactory(**{role: True}))
    assert client.post(reverse("piece_deposer", args=[piece.structure_id]), {}).status_code == 403
    assert client.post(reverse("piece_retirer", args=[piece.pk]), {"motif": "x"}).status_code == 403
    assert client.post(reverse("piece", args=[piece.pk]), {"type": statuts.pk}).status_code == 403
    piece.refresh_from_db()
    assert not piece.est_retiree


def test_corriger_puis_version_perimee(instructeur, statuts, connecter):
    piece, _ = poser(StructureFactory(), statuts, instructeur)
    client, page = connecter(instructeur), piece.get_absolute_url()
    champs = formulaire(client.get(page))
    Piece.objects.filter(pk=piece.pk).update(valable_jusqu_au=date(2030, 1, 1))
    texte = html(client.post(page, champs | {"valable_jusqu_au": "2031-01-01"}))
    assert "01/01/2030" in texte and "01/01/2031" in texte
    piece.refresh_from_db()
    assert piece.valable_jusqu_au == date(2030, 1, 1)
    assert client.post(page, formulaire(client.get(page)) | {"datee_le": "2029-01-01"}).status_code == 302
    piece.refresh_from_db()
    assert piece.datee_le == date(2029, 1, 1) and Journal.objects.filter(verbe="dater_piece").count() == 1
    assert bytes(piece.contenu) == PDF


def test_retirer_par_la_page(instructeur, statuts, connecter):
    piece, _ = poser(StructureFactory(), statuts, instructeur)
    client, page = connecter(instructeur), reverse("piece_retirer", args=[piece.pk])
    assert "resume-erreurs" in html(client.post(page, {"motif": ""}))
    client.post(page, {"motif": "Mauvais fichier"})
    piece.refresh_from_db()
    assert piece.est_retiree and Journal.objects.get(verbe="retirer_piece").motif == "Mauvais fichier"
    assert "Retirée" in html(client.get(piece.get_absolute_url()))


def test_pages_au_meme_cout(instructeur, statuts, connecter):
    structure, client, couts = StructureFactory(), connecter(instructeur), []
    for cible in (1, 20, 60):
        for n in range(Piece.objects.count(), cible):
            piece, _ = poser(structure, statuts, instructeur, contenu=PDF + bytes([n]) + b"%%EOF")
        couts.append((compter(client, piece.get_absolute_url()), compter(client, structure.get_absolute_url())))
    assert len(set(couts)) == 1 and couts[0][0] <= 8 and couts[0][1] <= 15


# --- Admin


def test_admin_depose_corrige_retire(statuts, connecter):
    structure, client = StructureFactory(), connecter(AgentFactory(administration=True))
    page = adresse(Piece, "add")
    champs = formulaire(client.get(page)) | {"structure": structure.pk, "type": statuts.pk}
    assert "format admis" in html(client.post(page, champs | {"fichier": fichier("a.html", b"<html>")}))
    assert client.post(page, champs | {"fichier": fichier()}).status_code == 302
    piece = Piece.objects.get()
    assert piece.sha256 and piece.deposee_par.a_role("administration")
    change = adresse(Piece, "change", piece.pk)
    reponse = client.post(change, formulaire(client.get(change)) | {"valable_jusqu_au": "01/02/2030"})
    assert reponse.status_code == 302
    acte = adresse(Piece, "acte", piece.pk, "retirer")
    client.post(acte, {"motif": "Doublon"})
    piece.refresh_from_db()
    assert piece.est_retiree and piece.valable_jusqu_au == date(2030, 2, 1) and bytes(piece.contenu) == PDF
    assert set(Journal.objects.values_list("verbe", flat=True)) == {"deposer_piece", "dater_piece", "retirer_piece"}


@pytest.mark.parametrize("role", ["instruction", "budget"])
def test_admin_ne_montre_pas_le_rib(role, instructeur, rib, connecter):
    piece, _ = poser(StructureFactory(), rib, instructeur, nom="rib secret.pdf")
    LigneFactory(dossier__structure=piece.structure)
    client = connecter(AgentFactory(**{role: True}, is_staff=True))
    liste = html(client.get(adresse(Piece, "changelist")))
    assert ("rib secret" in liste) == (role == "budget")
