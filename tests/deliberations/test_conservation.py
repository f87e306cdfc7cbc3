"""The bundle of an adopted act: made by the worker without anybody asking, kept once in its two editions."""

import hashlib
import itertools

import pytest
from django.urls import reverse

from deliberations import documents, dossier_de_seance, tasks
from deliberations.dossier_de_seance import Edition, assemblage, conservation
from deliberations.models import Deliberation
from dpid import tasks as file
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal, Travail
from tests import maquette
from tests.pdf import fautes_d_accessibilite, signets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf")]
IBAN = "FR76 3000 6000 0112 3456 7890 189"


def vote(acte="2024-100", **options):
    monde = maquette.monde(**options)
    monde.mener_au_vote()
    monde.adopter(numero=acte)
    return monde


@pytest.fixture
def monde(db):
    return vote()


@pytest.fixture
def acte(monde):
    return Deliberation.objects.get(rapport=monde.rapport)


@pytest.fixture
def assembles(monkeypatch):
    """The bundle as short bytes made from what it binds; `.appels` counts them."""
    appels = []

    def en_pdf(contextes, cle, *, edition=Edition.SIGNEE, archive=False, avancer=None):
        appels.append(str(edition))
        for fait in (0, 40, 100) if avancer else ():
            avancer(fait, 100)
        return f"%PDF-essai {edition} {[c['cle'] for c in contextes]}".encode()

    monkeypatch.setattr(assemblage, "en_pdf", en_pdf)
    return appels


@pytest.fixture
def messages_en_file(monkeypatch):
    """Messages of the queue kept aside, as when no worker has come yet."""
    messages = []
    monkeypatch.setattr(type(file.executer), "enqueue", lambda self, pk: messages.append(pk))
    return messages


def travailler(travail) -> Travail:
    file.executer.func(travail.pk)
    travail.refresh_from_db()
    return travail


def liens(acte):
    return acte.documents.filter(nature__in=conservation.NATURES.values()).select_related("document")


# --- What is kept


def test_les_deux_editions_sont_celles_que_l_on_telecharge(monde, acte):
    """On the real files: what is kept is what the door would have made, each a PDF/UA-1 with its bookmarks."""
    attendus = {e: dossier_de_seance.editer(monde.rapport, "dossier_de_seance", "pdf", edition=e) for e in Edition}
    assert conservation.conserver(acte, par=monde.equipe.assemblees) is True
    for edition, (pdf, nom) in attendus.items():
        assert conservation.lire(monde.rapport, edition) == (pdf, nom)
        document = liens(acte).get(nature=conservation.NATURES[edition]).document
        assert document.sha256 == hashlib.sha256(pdf).hexdigest() and document.cree_par == monde.equipe.assemblees
        assert fautes_d_accessibilite(pdf) == []
        assert [t.replace("\u00a0", " ") for t, _ in signets(pdf)][:2] == ["Rapport n° 64", "Délibération n° 2024-100"]
    assert [nom for _, nom in attendus.values()] == [
        "2024-100_dossier-de-seance.pdf", "2024-100_dossier-de-seance_publication.pdf",
    ]  # fmt: skip


def test_le_dossier_dit_de_quoi_il_est_fait_et_le_journal_son_empreinte(monde, acte, assembles):
    conservation.conserver(acte, par=monde.equipe.assemblees)
    figes = documents.empreintes(monde.rapport)
    kept = {lien.nature: lien.document for lien in liens(acte)}
    for document in kept.values():
        assert {p["cle"]: p["sha256"] for p in document.contexte["pieces"]} == {
            cle: figes[cle] for cle in ("rapport", "deliberation", "repartition", "imputations")
        }
    (ligne,) = Journal.objects.de_l_objet(monde.rapport).filter(verbe="conserver_dossier")
    assert ligne.par == monde.equipe.assemblees and ligne.vers == "2024-100"
    assert ligne.donnees == {"signee": kept["dossier"].sha256, "publication": kept["publication"].sha256}


def test_ce_qui_est_masque_est_compte_dans_la_seule_edition_de_publication(db, assembles):
    monde = maquette.monde()
    monde.lignes[0].dossier.structure.__class__.objects.filter(pk=monde.lignes[0].dossier.structure_id).update(
        raison_sociale=f"4AJ, {IBAN}"
    )
    monde.mener_au_vote()
    monde.adopter()
    conservation.conserver(monde.rapport.deliberation, par=monde.equipe.assemblees)
    masques = {lien.nature: lien.document.contexte["masques"] for lien in liens(monde.rapport.deliberation)}
    assert masques["dossier"] == 0 and masques["publication"] >= 1


def test_une_seconde_fois_n_ecrit_rien_et_ne_met_rien_en_page(monde, acte, assembles):
    conservation.conserver(acte, par=monde.equipe.assemblees)
    avant, appels = maquette.etat_de_la_base(), len(assembles)
    assert conservation.conserver(acte, par=monde.equipe.autre) is False
    assert maquette.etat_de_la_base() == avant and len(assembles) == appels == 2


def test_une_fois_conserve_le_dossier_se_lit_sans_se_refaire(monde, acte, assembles):
    options = {"cle": "dossier_de_seance", "format": "pdf", "lignes_max": 0}
    assert conservation.lire(monde.rapport) is None
    assert not dossier_de_seance.est_immediat(monde.rapport, **options)
    conservation.conserver(acte, par=monde.equipe.assemblees)
    del assembles[:]
    rapport = type(monde.rapport).objects.get(pk=monde.rapport.pk)
    assert dossier_de_seance.est_immediat(rapport, **options)
    for edition in Edition:
        assert dossier_de_seance.editer(rapport, "dossier_de_seance", "pdf", edition=edition)[0].startswith(b"%PDF")
    assert assembles == []


def test_deux_travailleurs_en_gardent_un(monde, acte, monkeypatch):
    """The second lays out while the first commits: its own files are dropped."""
    vrai, rang = conservation._enregistrer, itertools.count()

    def en_pdf(contextes, cle, **options):
        n = next(rang)
        if n == 1:  # its second edition: another worker does the whole in the meantime
            assert conservation.conserver(acte, par=monde.equipe.autre) is True
        return f"%PDF-essai {n}".encode()

    monkeypatch.setattr(assemblage, "en_pdf", en_pdf)
    assert conservation.conserver(acte, par=monde.equipe.assemblees) is False
    assert conservation._enregistrer is vrai
    gardes = [lien.document for lien in liens(acte)]
    assert len(gardes) == 2 and {d.cree_par for d in gardes} == {monde.equipe.autre}
    assert Document.objects.filter(nature__in=conservation.NATURES.values()).count() == 2, "no orphan"


@pytest.mark.parametrize("rang", [1, 2])
def test_une_panne_entre_les_deux_editions_ne_laisse_rien(monde, acte, assembles, monkeypatch, rang):
    vrai, appels = Document.figer, itertools.count(1)

    def figer(**valeurs):
        if next(appels) == rang:
            raise OSError("disque plein")
        return vrai(**valeurs)

    monkeypatch.setattr(Document, "figer", figer)
    avant = maquette.etat_de_la_base()
    with pytest.raises(OSError, match="disque plein"):
        conservation.conserver(acte, par=monde.equipe.assemblees)
    assert maquette.etat_de_la_base() == avant


def test_un_fichier_abime_ne_se_sert_pas(monde, acte, assembles):
    conservation.conserver(acte, par=monde.equipe.assemblees)
    maquette.lever_declencheurs("dpid_document")
    maquette.sql("UPDATE dpid_document SET pdf = %s WHERE nature = 'dossier'", b"%PDF-autre")
    with pytest.raises(ActeRefuse, match="empreinte"):
        conservation.lire(monde.rapport)
    with pytest.raises(ActeRefuse, match="empreinte"):
        dossier_de_seance.editer(monde.rapport, "dossier_de_seance", "pdf")
    assert conservation.lire(monde.rapport, Edition.PUBLICATION) is not None


@pytest.fixture
def sans_documents(db):
    """An act recorded without its documents: there is nothing to bind for ever."""
    monde = maquette.monde()
    monde.mener_au_vote()
    valeurs = {"rapport": monde.rapport, "numero": "2024-100", "date": monde.rapport.seance.date, "titre": "Sans"}
    return Deliberation.objects.create(**valeurs, resultat="adopte", par=monde.equipe.assemblees)


def test_un_acte_sans_documents_figes_se_refuse(sans_documents, assembles):
    with pytest.raises(ActeRefuse, match="n’a pas de documents figés"):
        conservation.conserver(sans_documents, par=sans_documents.par)
    assert assembles == [] and not liens(sans_documents).exists()


# --- The job


def test_un_seul_travail_qui_que_ce_soit_qui_demande(monde, acte, messages_en_file):
    premier = tasks.demander_dossier(acte, par=monde.equipe.assemblees)
    assert tasks.demander_dossier(acte, par=monde.equipe.autre).pk == premier.pk
    assert messages_en_file == [premier.pk] and premier.par == monde.equipe.assemblees


def test_le_travail_dit_ou_il_en_est_et_finit_une_fois(monde, acte, assembles, monkeypatch):
    vus, vrai = [], Travail.avancer
    monkeypatch.setattr(Travail, "avancer", lambda t, fait, total: (vus.append((fait, total)), vrai(t, fait, total)))
    travail = travailler(tasks.demander_dossier(acte, par=monde.equipe.assemblees))
    assert (travail.etat, travail.message) == ("termine", "Le dossier est conservé dans ses deux éditions.")
    assert [fait for fait, _ in vus] == [0, 40, 100, 100, 140, 200] and {total for _, total in vus} == {200}
    assert travail.pourcentage == 100 and travail.resultat is None, "the files are kept with the act, not with the job"
    # The message comes again after a crash between the commit and the conclusion: found kept, not made again.
    Travail.objects.filter(pk=travail.pk).update(etat=Travail.Etat.EN_ATTENTE)
    assert travailler(travail).etat == "termine" and len(assembles) == 2 and liens(acte).count() == 2


def test_la_vraie_mise_en_page_avance_sans_reculer(monde, acte):
    vus = []
    conservation.conserver(acte, par=monde.equipe.assemblees, avancer=lambda fait, total: vus.append((fait, total)))
    faits = [fait for fait, _ in vus]
    assert faits == sorted(faits) and faits[-1] == 200 and {total for _, total in vus} == {200}
    assert len(faits) > 10 and len(set(faits)) >= len(faits) - 1, "a change only is worth a write"


def test_un_refus_se_dit_et_se_redemande(sans_documents, messages_en_file):
    travail = travailler(tasks.demander_dossier(sans_documents, par=sans_documents.par))
    assert travail.etat == "echoue" and "n’a pas de documents figés" in travail.message
    assert tasks.demander_dossier(sans_documents, par=sans_documents.par).pk == travail.pk
    assert messages_en_file == [travail.pk, travail.pk]


# --- The watch


def test_la_veille_du_travailleur_demande_les_dossiers():
    assert tasks.demander_dossiers_manquants in file._veilles


def test_la_veille_demande_une_fois_chaque_dossier_qui_manque(monde, acte, messages_en_file, assembles):
    autre = vote("2024-101", numero="65", n=3)
    assert tasks.demander_dossiers_manquants() == 2
    assert tasks.demander_dossiers_manquants() == 0 and len(messages_en_file) == 2
    assert set(Travail.objects.values_list("par", flat=True)) == {acte.par_id}, "the one who recorded the vote"
    travail = travailler(tasks.travail_du_dossier(acte))
    Travail.objects.filter(pk=travail.pk).delete()
    assert tasks.demander_dossiers_manquants() == 0, "kept, whatever became of its job"
    assert tasks.travail_du_dossier(autre.rapport.deliberation).etat == "en_attente"


def test_la_veille_ne_redemande_pas_ce_qui_a_echoue(monde, acte, messages_en_file):
    tasks.demander_dossiers_manquants()
    Travail.objects.update(etat=Travail.Etat.ECHOUE, message="Plus de place.")
    assert tasks.demander_dossiers_manquants() == 0
    assert tasks.demander_dossier(acte, par=monde.equipe.autre).etat == "en_attente", "a person may"


def test_la_veille_laisse_ce_qui_est_rejete_ou_sans_documents(sans_documents, messages_en_file):
    assert tasks.demander_dossiers_manquants() == 0
    vote("2024-101", numero="65", n=3)
    maquette.sql("UPDATE deliberations_deliberation SET resultat = 'rejete' WHERE numero = '2024-101'")
    assert tasks.demander_dossiers_manquants() == 0


def test_la_veille_coute_autant_de_requetes_quel_que_soit_le_nombre_d_actes(
    monde, messages_en_file, django_assert_num_queries
):
    tasks.demander_dossiers_manquants()
    with django_assert_num_queries(2):
        tasks.demander_dossiers_manquants()
    for n in range(3):
        vote(f"2024-{101 + n}", numero=str(65 + n), n=3 + 2 * n)
    tasks.demander_dossiers_manquants()
    with django_assert_num_queries(2):
        assert tasks.demander_dossiers_manquants() == 0


# --- The page


def lire(client, acte) -> str:
    return client.get(reverse("deliberation", args=[acte.pk])).content.decode()


def test_la_page_dit_ou_en_est_le_dossier_puis_ses_empreintes(monde, acte, connecter, messages_en_file, assembles):
    client = connecter(monde.equipe.assemblees)
    html = lire(client, acte)
    assert "n’est pas encore conservé" in html and "Produire le dossier maintenant" in html
    assert "every 5s" not in html
    reponse = client.post(reverse("deliberation_conserver", args=[acte.pk]))
    assert reponse.url == reverse("travaux")
    travail = tasks.travail_du_dossier(acte)
    travail.avancer(68, 200)
    html = lire(client, acte)
    assert 'hx-trigger="every 5s"' in html and '<progress value="68"' in html and "34 %" in html
    assert "Produire le dossier" not in html
    assert str(travail) in client.get(reverse("travaux")).content.decode()
    travailler(travail)
    html = lire(client, acte)
    assert "every 5s" not in html and "<progress" not in html
    assert all(lien.document.sha256 in html and lien.document.nom_fichier in html for lien in liens(acte))


def test_un_autre_agent_voit_qui_l_a_demande_et_l_avancement(monde, acte, connecter, messages_en_file):
    tasks.demander_dossier(acte, par=monde.equipe.assemblees).avancer(10, 200)
    client = connecter(monde.equipe.autre)
    reponse = client.post(reverse("deliberation_conserver", args=[acte.pk]), follow=True)
    html = reponse.content.decode()
    assert f"déjà demandé par {monde.equipe.assemblees}" in html and '<progress value="10"' in html
    assert Travail.objects.count() == 1


def test_un_echec_se_lit_sur_la_page_et_se_relance(monde, acte, connecter, messages_en_file):
    tasks.demander_dossiers_manquants()
    Travail.objects.update(etat=Travail.Etat.ECHOUE, message="Le travail a échoué : réessayez.")
    client = connecter(monde.equipe.autre)
    html = lire(client, acte)
    assert "dossier non produit" in html and "Le travail a échoué : réessayez." in html
    client.post(reverse("deliberation_conserver", args=[acte.pk]))
    assert tasks.travail_du_dossier(acte).etat == "en_attente" and "<progress" not in lire(client, acte)


def test_qui_ne_fait_que_lire_ne_lance_rien(monde, acte, connecter, messages_en_file):
    client = connecter(monde.equipe.consultation)
    assert "Produire le dossier" not in lire(client, acte)
    assert client.post(reverse("deliberation_conserver", args=[acte.pk])).status_code == 403
    assert Travail.objects.count() == 0
