"""What follows the vote: identifier and files of the transmission, dates in their order, exécutoire character."""

import io
import json
import re
import zipfile
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliberations import dossier_de_seance
from deliberations.dossier_de_seance import afaire, transmission
from deliberations.models import Deliberation, Transmission
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal
from tests import maquette
from tests.pdf import fautes_d_accessibilite, fautes_de_typographie, plat, texte

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]
SEANCE, ENVOI, AR, PUBLICATION = date(2024, 6, 17), date(2024, 6, 18), date(2024, 6, 19), date(2024, 6, 21)
RIEN = "||"


@pytest.fixture
def monde(db):
    monde = maquette.monde()
    monde.mener_au_vote()
    monde.adopter()
    return monde


@pytest.fixture
def acte(monde):
    return Deliberation.objects.get(numero="2024-100")


def dates(transmise=None, recue=None, publiee=None):
    return {"transmise_le": transmise, "recue_le": recue, "publiee_le": publiee}


def dater(acte, par, *jours, connues=RIEN, motif=""):
    return transmission.dater(acte, par=par, dates=dates(*jours), connues=connues, motif=motif)


def relu(acte):
    return Deliberation.objects.select_related("transmission").get(pk=acte.pk)


# --- Metadata


def test_l_identifiant_est_celui_des_actes_publies():
    acte = Deliberation(numero="2023-604", date=date(2023, 12, 11), titre="x")
    assert transmission.identifiant(acte) == "062-226200012-20231211-2023_604-DE"
    assert re.fullmatch(r"[A-Za-z0-9_]{1,15}", transmission.numero_interne(Deliberation(numero="2023-604")))


@pytest.mark.parametrize("titre", ["Œuvres d’insertion — « jeunes » : 3 000 €…", "é" * 250, "日本 actions", "a " * 400])
def test_l_objet_tient_en_500_caracteres_de_l_alphabet_du_schema(titre):
    objet = transmission.objet(Deliberation(titre=titre))
    assert 0 < len(objet) <= 500
    objet.encode("iso-8859-1")
    assert transmission.objet(Deliberation(titre="Œuvres d’insertion")) == "OEuvres d'insertion"


def test_les_fichiers_portent_les_noms_attendus_et_leur_empreinte(acte):
    donnees = transmission.metadonnees(acte)
    identifiant = "062-226200012-20240617-2024_100-DE"
    assert (donnees["identifiant"], donnees["nature"]["code"], donnees["matiere"]["codes"]) == (
        identifiant, "1", ["7", "5"],
    )  # fmt: skip
    assert [f["nom"] for f in donnees["fichiers"]] == [f"99_DE-{identifiant}-1-1_{n}.pdf" for n in (1, 2, 3)]
    assert [f["cle"] for f in donnees["fichiers"]] == ["deliberation", "repartition", "rapport"]
    empreintes = dict(Document.objects.values_list("sha256", "pdf"))
    assert all(len(empreintes[f["sha256"]]) == f["octets"] for f in donnees["fichiers"])
    contenu, nom = transmission.en_zip(acte)
    assert nom == f"{identifiant}.zip"
    with zipfile.ZipFile(io.BytesIO(contenu)) as lu:
        assert lu.namelist() == [*(f["nom"] for f in donnees["fichiers"]), f"{identifiant}.json"]
        assert json.loads(lu.read(f"{identifiant}.json")) == json.loads(json.dumps(donnees))


# --- Dates


def test_executoire_au_plus_tard_de_la_reception_et_de_la_publication(acte, monde):
    par = monde.equipe.assemblees
    assert not acte.est_executoire and acte.executoire_le is None
    assert dater(acte, par, ENVOI) == ["Transmise au représentant de l’État"]
    assert not relu(acte).est_executoire
    dater(acte, par, ENVOI, AR, PUBLICATION, connues="2024-06-18||")
    assert relu(acte).executoire_le == PUBLICATION and relu(acte).est_executoire
    assert list(Deliberation.objects.executoires()) == [acte]
    rangees = Journal.objects.de_l_objet(monde.rapport).filter(verbe__in=["transmettre", "recevoir", "publier"])
    assert sorted((j.verbe, j.de, j.vers) for j in rangees) == [
        ("publier", "", "21/06/2024"), ("recevoir", "", "19/06/2024"), ("transmettre", "", "18/06/2024"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("jours", "raison"),
    [
        ((SEANCE - timedelta(1),), "précède la séance"),
        ((None, None, SEANCE - timedelta(1)), "précède la séance"),
        ((None, AR), "suppose la transmission"),
        ((AR, ENVOI), "précède la transmission"),
        ((date(2999, 1, 1),), "n’est pas encore passé"),
        ((ENVOI, AR, date(2999, 1, 1)), "n’est pas encore passé"),
    ],
)
def test_une_date_hors_de_son_ordre_est_refusee_sans_rien_ecrire(acte, monde, jours, raison):
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match=raison):
        dater(acte, monde.equipe.assemblees, *jours)
    assert maquette.etat_de_la_base() == avant


def test_le_jour_meme_de_la_seance_est_possible(acte, monde):
    dater(acte, monde.equipe.assemblees, SEANCE, SEANCE, SEANCE)
    assert relu(acte).executoire_le == SEANCE


@time_machine.travel("2024-06-19 22:30:00+00:00")
def test_aujourd_hui_est_celui_de_paris(acte, monde):
    """At half past midnight in Paris it is still the day before elsewhere."""
    dater(acte, monde.equipe.assemblees, date(2024, 6, 20))
    with pytest.raises(ActeRefuse, match="pas encore passé"):
        dater(acte, monde.equipe.assemblees, date(2024, 6, 20), date(2024, 6, 21), connues="2024-06-20||")


def test_deux_fois_la_meme_saisie_est_un_seul_acte(acte, monde):
    dater(acte, monde.equipe.assemblees, ENVOI)
    lignes = Journal.objects.count()
    assert dater(acte, monde.equipe.autre, ENVOI) == []
    assert Journal.objects.count() == lignes and Transmission.objects.count() == 1


def test_une_saisie_perimee_est_refusee_et_une_correction_dit_pourquoi(acte, monde):
    dater(acte, monde.equipe.assemblees, ENVOI)
    with pytest.raises(
        ActeRefuse, match="Une autre personne.*Transmise au représentant de l’État\u00a0» le 18/06/2024"
    ):
        dater(acte, monde.equipe.autre, AR)
    with pytest.raises(ActeRefuse, match="écrivez le motif"):
        dater(acte, monde.equipe.autre, AR, connues="2024-06-18||")
    dater(acte, monde.equipe.autre, AR, connues="2024-06-18||", motif="Erreur de saisie")
    rangee = Journal.objects.filter(verbe="transmettre").first()
    assert (rangee.de, rangee.vers, rangee.motif) == ("18/06/2024", "19/06/2024", "Erreur de saisie")


def test_un_rapport_rejete_ne_se_transmet_pas(db):
    monde = maquette.monde()
    monde.mener_au_vote()
    monde.rapport.rejeter(par=monde.equipe.assemblees, motif="Non", le=SEANCE, numero="2024-7")
    acte = Deliberation.objects.get()
    with pytest.raises(ActeRefuse, match="ne se transmet pas"):
        dater(acte, monde.equipe.assemblees, ENVOI)
    assert not relu(acte).est_executoire and not Transmission.objects.exists()
    assert [g.nombre for g in afaire.a_faire(monde.equipe.assemblees)] == [0, 0, 0]


# --- Sheets


def test_le_certificat_attend_que_l_acte_soit_executoire(acte, monde):
    with pytest.raises(ActeRefuse, match="la transmission, l’accusé de réception et la publication"):
        dossier_de_seance.editer(monde.rapport, "certificat", "pdf")
    dater(acte, monde.equipe.assemblees, ENVOI, AR)
    with pytest.raises(ActeRefuse, match="la publication n’est pas enregistrée"):
        dossier_de_seance.editer(monde.rapport, "certificat", "pdf")
    dater(acte, monde.equipe.assemblees, ENVOI, AR, PUBLICATION, connues="2024-06-18|2024-06-19|")
    pdf, nom = dossier_de_seance.editer(monde.rapport, "certificat", "pdf")
    dit = plat(texte(pdf))
    assert nom == "2024-100_certificat.pdf"
    assert "Elle est exécutoire depuis le 21 juin 2024." in dit and "062-226200012-20240617-2024_100-DE" in dit
    assert fautes_d_accessibilite(pdf) == [] and fautes_de_typographie(pdf) == []


def test_l_extrait_reproduit_l_acte_et_ses_suites(acte, monde):
    dater(acte, monde.equipe.assemblees, ENVOI)
    pdf, nom = dossier_de_seance.editer(monde.rapport, "extrait", "pdf")
    dit = plat(texte(pdf))
    assert nom == "2024-100_extrait.pdf"
    assert dit.startswith("EXTRAIT DU REGISTRE DES DÉLIBÉRATIONS") and "le 18/06/2024" in dit
    assert "Article 1 :" in dit and "Pour extrait conforme" in dit
    assert fautes_d_accessibilite(pdf) == []
    # « Ligne 2 », a label of the test, stands beside an amount.
    assert fautes_de_typographie(pdf, sauf=["U+202F entre les milliers"]) == []
    ouvert = maquette.monde(numero="9", n=7).rapport
    with pytest.raises(ActeRefuse, match="après le vote"):
        dossier_de_seance.editer(ouvert, "extrait", "pdf")


def test_la_liste_des_decisions_compte_chaque_acte_une_fois(monde):
    autre = maquette.monde(numero="65", n=11)
    autre.mener_au_vote()
    autre.adopter(numero="2024-99")
    rejete = maquette.monde(numero="66", n=21)
    rejete.mener_au_vote()
    rejete.rapport.rejeter(par=rejete.equipe.assemblees, motif="Non", le=SEANCE, numero="2024-101")
    contenu, nom = dossier_de_seance.editer(monde.rapport, "liste_decisions", "json")
    liste = json.loads(contenu)
    assert nom == "CP-2024-06-17_liste-decisions.json"
    assert [(d["numero"], d["resultat"], d["depenses"]) for d in liste["decisions"]] == [
        ("2024-99", "Adoptée", "650.00"), ("2024-100", "Adoptée", "650.00"), ("2024-101", "Rejetée", "0.00"),
    ]  # fmt: skip
    assert (liste["total_depenses"], liste["total_recettes"]) == ("1300.00", "0.00")
    pdf, _ = dossier_de_seance.editer(monde.rapport, "liste_decisions", "pdf")
    assert fautes_d_accessibilite(pdf) == [] and fautes_de_typographie(pdf) == []


# --- Pages


def test_la_page_dit_ce_qui_manque_puis_donne_le_certificat(acte, monde, connecter):
    client = connecter(monde.equipe.assemblees)
    page = client.get(reverse("deliberation", args=[acte.pk])).content.decode()
    assert "pas encore exécutoire" in page and "062-226200012-20240617-2024_100-DE" in page
    adresse = reverse("deliberation_dates", args=[acte.pk])
    champs = {"transmise_le": "2024-06-18", "recue_le": "2024-06-19", "publiee_le": "2024-06-21", "connues": RIEN}
    assert client.post(adresse, champs).status_code == 302
    assert client.post(adresse, champs).status_code == 302  # a double click
    page = client.get(reverse("deliberation", args=[acte.pk])).content.decode()
    assert "exécutoire depuis le 21/06/2024" in page and "Certificat (PDF)" in page
    assert Journal.objects.filter(verbe__in=["transmettre", "recevoir", "publier"]).count() == 3


def test_un_refus_garde_la_saisie_et_repart_des_dates_connues(acte, monde, connecter):
    dater(acte, monde.equipe.autre, ENVOI)
    champs = {"transmise_le": "2024-06-19", "connues": RIEN, "motif": "Erreur"}
    client = connecter(monde.equipe.assemblees)
    reponse = client.post(reverse("deliberation_dates", args=[acte.pk]), champs)
    page = reponse.content.decode()
    assert "Une autre personne a enregistré ces dates" in page
    assert 'value="2024-06-19"' in page and 'value="2024-06-18||"' in page and "Erreur" in page


def test_les_telechargements(acte, monde, connecter):
    client = connecter(monde.equipe.consultation)
    reponse = client.get(reverse("deliberation_envoi", args=[acte.pk, "json"]))
    assert json.loads(reponse.content)["numero"] == "2024_100"
    assert client.get(reverse("deliberation_envoi", args=[acte.pk, "zip"]))["Content-Type"] == "application/zip"
    assert client.get(reverse("deliberation_envoi", args=[acte.pk, "pdf"])).status_code == 404
    assert client.get(reverse("seance_decisions", args=[monde.rapport.seance_id, "json"])).status_code == 200
    assert client.get(reverse("seance_decisions", args=[monde.rapport.seance_id, "exe"])).status_code == 404
    assert client.get(reverse("rapport_document", args=[monde.rapport.pk, "certificat", "pdf"])).status_code == 409


def test_la_page_coute_le_meme_nombre_de_requetes_quelles_que_soient_les_annexes(acte, monde, connecter):
    client = connecter(monde.equipe.consultation)
    with CaptureQueriesContext(connection) as lues:
        client.get(reverse("deliberation", args=[acte.pk]))
    assert len(lues) <= 15, [q["sql"][:80] for q in lues]


def test_a_faire_du_secretariat(acte, monde):
    def groupes():
        return {g.titre: (g.nombre, g.attente) for g in afaire.a_faire(monde.equipe.assemblees) if g.nombre}

    assert afaire.a_faire(monde.equipe.instruction) == []
    assert groupes() == {"Délibérations à transmettre": (1, False), "Délibérations à publier": (1, False)}
    dater(acte, monde.equipe.assemblees, ENVOI)
    assert groupes() == {"Délibérations à publier": (1, False), "Accusés de réception attendus": (1, True)}
    dater(acte, monde.equipe.assemblees, ENVOI, AR, PUBLICATION, connues="2024-06-18||")
    assert groupes() == {}
