"""The vote: all or nothing, once, by two people; afterwards nothing that was voted changes, whatever the door."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from budget.models import Mouvement
from budget.mouvements import N
from deliberations import adoption, documents, dossiers
from deliberations.assemblee import amendements
from deliberations.models import (
    Deliberation,
    DocumentDeDeliberation,
    DocumentDEdition,
    ImputationVotee,
    Presence,
    Rapport,
    RegleAssemblee,
)
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal
from programmes.models import (
    Dossier,
    LigneDossier,
    Structure,
    Ventilation,
)
from tests import assemblee, maquette

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf")]


@pytest.fixture
def monde(db):
    return maquette.monde()


@pytest.fixture
def envoye(monde):
    monde.mener_au_vote()
    return monde


@pytest.fixture
def adopte(envoye):
    envoye.adopter()
    return envoye


# --- What the vote writes -------------------------------------------------------------------------------------------


def test_l_adoption_ecrit_tout(envoye):
    assert envoye.adopter() is envoye.rapport and envoye.rapport.etat == "adopte"
    acte = Deliberation.objects.get()
    assert (acte.numero, acte.date, acte.resultat, acte.par) == (
        "2024-100", maquette.SEANCE_LE, "adopte", envoye.equipe.assemblees,
    )  # fmt: skip
    for ae, attendu in ((envoye.ae, 600), (envoye.ae2, 50)):
        ae.refresh_from_db()
        assert (ae.affecte, ae.reserve, ae.engage) == (attendu, 0, 0)
    affectations = Mouvement.objects.filter(nature=N.AFFECTATION)
    assert {m.autorisation_id: m.montant for m in affectations} == {envoye.ae.pk: 600, envoye.ae2.pk: 50}
    assert {m.piece for m in affectations} == {"délibération n°\u00a02024-100"}
    imputations = list(acte.imputations.values_list("ae", "disponible", "proposition", "solde"))
    assert imputations == [(1000, 1000, 600, 400), (500, 500, 50, 450)]
    assert set(LigneDossier.objects.values_list("votee_le", "acte_vote")) == {(maquette.SEANCE_LE, "2024-100")}
    assert set(Dossier.objects.values_list("etat", "vote_le")) == {("vote", maquette.SEANCE_LE)}
    assert Journal.objects.de_l_objet(envoye.rapport).filter(verbe="adopter").count() == 1
    assert Journal.objects.filter(verbe="voter").count() == 3
    call_command("verifier_comptes")


def test_les_documents_sont_figes_avec_leur_empreinte(adopte):
    liens = DocumentDeDeliberation.objects.select_related("document")
    # The rapport is frozen by its sendings, and not made again by the vote.
    assert {lien.nature for lien in liens} == set(documents.NATURES) - {documents.DU_RAPPORT}
    for lien in liens:
        d = lien.document
        assert hashlib.sha256(bytes(d.pdf)).hexdigest() == d.sha256
        assert d.contexte["numero"] == "2024-100" and d.contexte["projet"] is False
        assert documents.editer(adopte.rapport, lien.nature, "pdf") == (bytes(d.pdf), d.nom_fichier)


def test_un_dossier_a_plusieurs_lignes_n_est_vote_qu_avec_toutes(monde):
    reste = maquette.ligne("10.00", ae=monde.ae, dossier=monde.lignes[0].dossier)
    monde.mener_au_vote()
    monde.adopter()
    dossier = Dossier.objects.get(pk=monde.lignes[0].dossier_id)
    assert (dossier.etat, dossier.vote_le) == ("inscrit", None)
    assert LigneDossier.objects.get(pk=reste.pk).votee_le is None


def test_le_disponible_deduit_ce_que_reservent_les_autres_rapports(monde, settings):
    autre = maquette.rapport(monde.equipe.instruction, numero="65")
    maquette.presenter(autre, maquette.operation(autre), "100.00", ae=monde.ae, nom="X", par=monde.equipe.instruction)
    for qui in ("chef", "direction", "budget"):
        autre.viser(par=getattr(monde.equipe, qui))
    monde.mener_au_vote()
    monde.adopter()
    assert ImputationVotee.objects.get(autorisation=monde.ae).disponible == 900
    settings.DPID = {**settings.DPID, "disponible_deduit_reserve": False}
    from deliberations.imputations import imputations

    assert imputations(autre)[0].disponible == 400


# --- All or nothing -------------------------------------------------------------------------------------------------

ETAPES = {
    "Deliberation.objects.create": (Deliberation.objects, "create"),
    "enregistrer": (adoption, "enregistrer"),
    "ImputationVotee.bulk_create": (ImputationVotee.objects, "bulk_create"),
    "amendements.appliquer": (amendements, "appliquer"),
    "dossiers.voter": (dossiers, "voter"),
    "dossiers.deplacer": (dossiers, "deplacer"),
    "Document.figer": (Document, "figer"),
    "DocumentDeDeliberation.create": (DocumentDeDeliberation.objects, "create"),
    "Rapport.full_clean": (Rapport, "full_clean"),
    "Rapport.save": (Rapport, "save"),
    "Journal.noter": (Journal, "noter"),
}


class Panne(Exception):
    """The machine stops here."""


@pytest.mark.parametrize("apres", [False, True], ids=["avant", "après"])
@pytest.mark.parametrize("etape", ETAPES)
def test_une_panne_a_chaque_etape_n_ecrit_rien(envoye, monkeypatch, etape, apres):
    objet, nom = ETAPES[etape]
    origine = getattr(objet, nom)
    appels = []

    def tomber(*args, **kwargs):
        appels.append(etape)
        if apres:
            origine(*args, **kwargs)
        raise Panne

    avant = maquette.etat_de_la_base()
    with monkeypatch.context() as piege:
        piege.setattr(objet, nom, tomber)
        with pytest.raises(Panne):
            envoye.adopter()
    assert appels, "la panne n’a pas été atteinte"
    assert maquette.etat_de_la_base() == avant
    assert Rapport.objects.get(pk=envoye.rapport.pk).etat == "envoye"
    envoye.rapport.refresh_from_db()
    envoye.adopter()  # the retry succeeds
    call_command("verifier_comptes")


def test_temoin_sans_transaction_la_panne_laisse_des_traces(envoye, monkeypatch):
    """Negative control: the same failure, the act's body run outside its transaction."""
    monkeypatch.setattr(Document, "figer", lambda **k: (_ for _ in ()).throw(Panne()))
    avant = maquette.etat_de_la_base()
    prepares = adoption.preparer_documents(envoye.rapport, numero="2024-100", le=maquette.SEANCE_LE)
    with pytest.raises(Panne):
        adoption.adopter(
            envoye.rapport, par=envoye.equipe.assemblees, numero="2024-100", le=maquette.SEANCE_LE, prepares=prepares
        )
    assert maquette.etat_de_la_base() != avant


def test_un_changement_pendant_l_edition_des_documents_refuse_le_vote(envoye, monkeypatch):
    """Somebody renames a structure while the last PDF is being made."""
    rendre = documents.rendre

    def renommer(contexte, format):
        if contexte["nature"] == documents.NATURES[-1]:
            Structure.objects.filter(raison_sociale="4AJ").update(raison_sociale="4AJ bis")
        return rendre(contexte, format)

    monkeypatch.setattr(documents, "rendre", renommer)
    with pytest.raises(ActeRefuse, match="modifié pendant l’édition.*Rien n’a été enregistré"):
        envoye.adopter()
    assert not Deliberation.objects.exists() and not DocumentDeDeliberation.objects.exists()
    assert not Document.objects.exclude(pk__in=DocumentDEdition.objects.values("document")).exists()


# --- Refusals -------------------------------------------------------------------------------------------------------


def voter(monde, numero="2024-100", **options):
    """The act alone, without what `Monde.adopter` does before it."""
    return monde.rapport.adopter(
        **{"par": monde.equipe.assemblees, "numero": numero, "le": monde.rapport.seance.date, **options}
    )


def refuse(monde, phrase, **options):
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match=phrase):
        voter(monde, **options)
    assert maquette.etat_de_la_base() == avant


def test_sans_visas(monde):
    refuse(monde, "n’a pas tous ses visas.*« Chef de service »")
    monde.viser("direction")
    refuse(monde, "« Finances »")


def test_sans_envoi_aux_elus(monde):
    monde.viser()
    refuse(monde, "n’a pas été envoyé aux élus : Envoyer le rapport aux commissions")
    monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)
    refuse(monde, "n’a pas été envoyé aux élus : Enregistrer l’avis des commissions")


def test_sans_assistance(monde):
    monde.viser()
    assemblee.envoyer(monde.rapport, par=monde.equipe.assemblees)
    refuse(monde, "L’assistance n’est pas saisie")
    assemblee.tenir(monde.rapport.seance)
    Presence.objects.filter(elu__code="membre-2-cp").delete()
    refuse(monde, "L’assistance n’est pas saisie")


def test_sans_quorum(monde):
    """Two of three are needed; who is excused with a delegation counts by the rule of the instance."""
    monde.mener_au_vote()
    absents = Presence.objects.filter(elu__code__in=["membre-1-cp", "membre-2-cp"])
    absents.update(etat="absent")
    refuse(monde, r"quorum n’est pas atteint.: 1.membre présent ou représenté pour 2 exigés \(règle d’essai\)")
    absents.filter(elu__code="membre-1-cp").update(etat="excuse")
    RegleAssemblee.objects.update(compte_representes=False)
    refuse(monde, "quorum n’est pas atteint.: 1.membre présent pour 2")
    RegleAssemblee.objects.update(compte_representes=True)
    monde.adopter()


@pytest.mark.parametrize("numero", ["", "604", "2023/604", "1999-1", "2024-12345", "2024-1\n"])
def test_numero_mal_ecrit(envoye, numero):
    refuse(envoye, "n’est pas un numéro de délibération", numero=numero)


def test_numero_deja_pris(envoye):
    autre = maquette.monde(numero="65", n=11)
    autre.mener_au_vote()
    autre.adopter(numero="2024-100")
    refuse(envoye, "2024-100 est déjà celui d’une autre délibération")


def test_date_autre_que_celle_de_la_seance(envoye):
    refuse(envoye, "La séance est du 17/06/2024", le=date(2024, 6, 18))


def test_seance_a_venir(db):
    from django.utils import timezone

    m = maquette.monde()
    seance = m.rapport.seance
    seance.date = timezone.localdate() + timedelta(days=1)
    seance.save()
    m.rapport.refresh_from_db()
    # The AE is of 2024: the reservation takes effect today, the vote must wait.
    m.mener_au_vote()
    refuse(m, "n’a pas encore eu lieu")


def test_qui_a_prepare_n_adopte_pas(envoye):
    refuse(envoye, "un autre compte", par=envoye.equipe.instruction)


def test_a_imputer_nomme_les_structures(envoye):
    """A bill « à imputer » slipped in by raw SQL, past the guard that cancels the visas."""
    maquette.sql(
        "UPDATE programmes_financement SET autorisation_id = NULL WHERE ligne_id = %s", envoye.propositions[2].ligne_id
    )
    refuse(envoye, r"1 financement\(s\) « à imputer » \(ADEFI\)")


def test_reservation_qui_n_est_plus_le_propose(envoye):
    maquette.sql("UPDATE programmes_financement SET montant = montant + 1 WHERE ligne_id = %s", envoye.lignes[0].pk)
    refuse(envoye, "La réservation ne correspond plus")


def test_ventilation_qui_ne_fait_pas_le_montant(monde):
    f = monde.lignes[0].financements.get()
    Ventilation.objects.create(financement=f, territoire=maquette.territoire(), montant=Decimal("399.99"))
    with pytest.raises(ActeRefuse, match="4AJ.*la ventilation fait 399,99"):
        monde.mener_au_vote()
    assert monde.rapport.etat == "vise", "le rapport n’est pas envoyé"
    Ventilation.objects.create(financement=f, territoire=maquette.territoire("BOULONNAIS"), montant=Decimal("0.01"))
    monde.mener_au_vote()
    monde.adopter()


def test_ae_devenue_caduque(envoye):
    type(envoye.ae).objects.filter(pk=envoye.ae.pk).update(caduque_le=date(2024, 6, 1))
    refuse(envoye, "caduque")


def test_adopte_deux_fois_le_second_sait_qui_et_quand(adopte):
    phrase = r"déjà adopté : délibération n°.2024-100 du 17/06/2024, enregistrée par M-assemblees Essai le \d\d/.+ à \d"
    refuse(adopte, phrase, numero="2024-101", par=adopte.equipe.autre)


def test_le_compte_systeme_porte_les_visas_qui_manquent(monde):
    monde.viser("chef_service")
    monde.adopter(par=monde.equipe.systeme, reprise=True)
    assert list(monde.rapport.visas.values_list("par__username", flat=True)) == ["m-chef", "commande", "commande"]
    call_command("verifier_comptes")


# --- verifier_comptes sees what was planted -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "ordre", "phrase"),
    [
        (None, "UPDATE deliberations_imputationvotee SET proposition = proposition + 1, solde = solde - 1",
         "imputation votée, affectation et lignes diffèrent"),
        (None, "UPDATE programmes_financement SET montant = montant + 1", "diffèrent"),
        ("dpid_document", "UPDATE dpid_document SET pdf = sha256", "empreinte"),
        (None, "DELETE FROM deliberations_imputationvotee", "diffèrent"),
    ],
)  # fmt: skip
def test_verifier_comptes_trouve_ce_qui_a_ete_change_apres_le_vote(adopte, table, ordre, phrase):
    call_command("verifier_comptes")
    if table:
        maquette.lever_declencheurs(table)
        ordre = ordre.replace("sha256", "'x'::bytea" if connexion_pg() else "x'00'")
    assert maquette.sql(ordre) > 0
    with pytest.raises(CommandError) as refus:
        call_command("verifier_comptes")
    assert phrase in str(refus.value)


def connexion_pg() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def test_verifier_comptes_trouve_un_dossier_refuse_qui_tient_un_montant(monde):
    ligne = maquette.ligne("5.00", ae=monde.ae, nom="Refusée")
    maquette.sql("UPDATE programmes_dossier SET etat = 'refuse', motif = 'x' WHERE id = %s", ligne.dossier_id)
    with pytest.raises(CommandError, match="est refusé et tient 5,00"):
        call_command("verifier_comptes")


# --- One real rendering ---------------------------------------------------------------------------------------------


@pytest.mark.lent
def test_les_documents_figes_sont_de_vrais_pdf(monde, monkeypatch):
    """The only test of this file that lays the documents out: those sent, then those voted."""
    monkeypatch.undo()
    monde.mener_au_vote()
    monde.adopter()
    assert Document.objects.count() == 3 * (len(documents.NATURES) - 1)  # two sendings, one vote
    for document in Document.objects.all():
        document.verifier()
        assert bytes(document.pdf).startswith(b"%PDF-1.7") and len(document.pdf) > 5000
