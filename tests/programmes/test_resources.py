"""Import and export of the structures and dossiers in the admin: refusals, double confirmation, round trip."""
# ruff: noqa: F811 - fixtures are imported by their name

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from programmes.models import Dossier, Structure
from tests.dpid.pages_admin import admin_client, adresse, formulaire, lire_page, saine  # noqa: F401 - fixtures
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    LigneFactory,
    StructureFactory,
    financer,
)

pytestmark = pytest.mark.neutre


def deposer(client, contenu: bytes, nom="structures.csv", modele=Structure):
    return client.post(adresse(modele, "import"), {"resource": "0", "import_file": SimpleUploadedFile(nom, contenu)})


def confirmer(client, apercu, modele=Structure):
    return client.post(adresse(modele, "process_import"), formulaire(apercu))


def exporter(client, modele, rang, resource="0"):
    return client.post(adresse(modele, "export"), {"format": str(rang), "resource": resource}).content


@pytest.mark.parametrize(("rang", "nom"), [(0, "s.xlsx"), (1, "s.ods"), (2, "s.csv")])
def test_reimporter_un_export_ne_change_rien(admin_client, rang, nom):
    StructureFactory(
        raison_sociale="=1+1",
        sigle="@X",
        siret="48054398200023",
        adresse="1 rue d’Arras\n62000  Arras",
        rna="W621000001",
    )
    StructureFactory(raison_sociale="+33 ; \"guillemets\" 'x'", est_a_completer=True, type="ccas")
    versions = dict(Structure.objects.values_list("pk", "version"))
    fichier = exporter(admin_client, Structure, rang)
    apercu = deposer(admin_client, fichier, nom)
    texte = apercu.content.decode()
    assert saine(apercu) and "2 ligne(s) inchangée(s)" in texte, texte[texte.find("Ce qui") :][:800]
    assert confirmer(admin_client, apercu).status_code == 302
    assert dict(Structure.objects.values_list("pk", "version")) == versions


def test_export_sans_formule_vive(admin_client):
    import io

    import openpyxl

    StructureFactory(raison_sociale="=cmd|' /C calc'!A0")
    classeur = openpyxl.load_workbook(io.BytesIO(exporter(admin_client, Structure, 0)))
    assert {c.data_type for rangee in classeur.active.iter_rows() for c in rangee} <= {"s", "n"}
    assert b"'=cmd" in exporter(admin_client, Structure, 2)


def test_montants_exportes_en_nombres(admin_client):
    import io

    import openpyxl

    LigneFactory(finance=AutorisationFactory(), demande=Decimal("6193643.05"))
    for resource in ("0", "1"):
        feuille = openpyxl.load_workbook(io.BytesIO(exporter(admin_client, Dossier, 0, resource))).active
        lignes = list(feuille.iter_rows(values_only=True))
        assert lignes[1][lignes[0].index("Demandé")] == 6193643.05
        assert lignes[1][lignes[0].index("Retenu")] == 800


def test_export_suit_les_filtres_et_la_selection(admin_client):
    un, deux = StructureFactory(raison_sociale="Alpha"), StructureFactory(raison_sociale="Beta", type="ccas")
    page = f"{adresse(Structure, 'export')}?type__exact=ccas"
    contenu = admin_client.post(page, {"format": "2", "resource": "0"}).content.decode("utf-8-sig")
    assert "Beta" in contenu and "Alpha" not in contenu
    choix = {"action": "export_admin_action", "_selected_action": [un.pk]}
    demande = admin_client.post(adresse(Structure, "changelist"), choix)
    assert saine(demande)
    donnees = formulaire(demande) | {"format": "2"}
    contenu = admin_client.post(adresse(Structure, "export"), donnees).content.decode("utf-8-sig")
    assert "Alpha" in contenu and deux.raison_sociale not in contenu


ENTETE = "Raison sociale;Type;SIRET;RNA\r\n"


@pytest.mark.parametrize(
    ("rangee", "phrase"),
    [
        ("A;Association;4805439820002;", "zéro de tête"),
        ("A;Association;48054398200000;", "abîmé par un tableur"),
        ("A;Association;48054398200024;", "n’est pas valide"),
        ("A;Pirate;;", "choisissez parmi"),
        (";Association;;", "raison sociale est vide"),
        ("A;Association;;W1", "RNA"),
        ("A;Association;;;x", "dépasse la dernière colonne"),
        (f"{'A' * 201};Association;;", "200"),
        ("A\x00B;Association;;", "caractère nul à la ligne 3"),
    ],
)
def test_rangee_refusee_dit_ou_et_pourquoi(admin_client, rangee, phrase):
    reponse = deposer(admin_client, f"{ENTETE}Bonne;Association;;\r\n{rangee}\r\n".encode())
    texte = reponse.content.decode()
    assert saine(reponse) and phrase in texte and ("Ligne 3" in texte or "id_import_file_error" in texte), texte[-3000:]
    assert "Traceback" not in texte and "confirm" not in texte.lower()
    assert not Structure.objects.exists()


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [
        ("Nom;Type\nA;Association\n", "Colonne inconnue"),
        ("Raison sociale;Type;Type\nA;x;x\n", "deux fois"),
        ("Type\nAssociation\n", "Colonne manquante"),
        ("", "vide"),
        ("\x00\x01\x02", "caractère nul"),
        ("PK\x03\x04nimporte", "abîmé"),
        ("%PDF-1.7", "est un PDF, pas un tableau"),
        ("Raison sociale\nA\nA\n", "même clé"),
    ],
)
def test_fichier_refuse(admin_client, contenu, phrase):
    texte = deposer(admin_client, contenu.encode("latin-1")).content.decode()
    assert phrase in texte or (contenu == "" and "vide" in texte), texte[-2500:]
    assert not Structure.objects.exists()


def test_import_par_des_comptes_sans_droit(connecter, db):
    client = connecter(AgentFactory(consultation=True, is_staff=True))
    assert deposer(client, b"x").status_code == 403
    assert client.post(adresse(Structure, "process_import"), {}).status_code == 403


def test_la_confirmation_ne_lit_que_le_depot(admin_client, connecter):
    """The library reads, then deletes, the file of /tmp that the form names: ours is signed and tied to its agent."""
    apercu = deposer(admin_client, f"{ENTETE}A;Association;;\r\n".encode())
    donnees = formulaire(apercu)
    faux = donnees | {"import_file_name": "/etc/passwd"}
    texte = admin_client.post(adresse(Structure, "process_import"), faux, follow=True).content.decode()
    assert "a expiré" in texte and not Structure.objects.exists()
    autre = connecter(AgentFactory(administration=True))
    texte = autre.post(adresse(Structure, "process_import"), donnees, follow=True).content.decode()
    assert "a expiré" in texte and not Structure.objects.exists()


def test_double_confirmation_un_seul_import(admin_client):
    apercu = deposer(admin_client, f"{ENTETE}A;Association;;\r\n".encode())
    assert "1 ajout(s)" in apercu.content.decode() and not Structure.objects.exists()
    confirmer(admin_client, apercu)
    texte = admin_client.post(adresse(Structure, "process_import"), formulaire(apercu), follow=True).content.decode()
    assert "déjà été importé" in texte and Structure.objects.count() == 1
    assert Structure.objects.get().history.get().history_user is not None


def test_refus_a_la_confirmation_rien_n_est_ecrit(admin_client):
    """Somebody takes the SIRET between the preview and the confirmation: all or nothing, and it is said."""
    lignes = f"{ENTETE}A;Association;;\r\nB;Association;48054398200023;\r\n"
    apercu = deposer(admin_client, lignes.encode())
    StructureFactory(raison_sociale="B", siret="83226830000018")
    reponse = confirmer(admin_client, apercu)
    assert reponse.status_code == 200 and "rien n’a été enregistré" in reponse.content.decode()
    assert not Structure.objects.filter(raison_sociale="A").exists()


def test_financement_reste_a_imputer(admin_client):
    ligne = LigneFactory()
    financer(ligne, "10.00")
    assert "imputer" in str(ligne.financements.get())
