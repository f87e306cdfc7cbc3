"""Letters of refusal of a rapport, letter of notification: what each says, where it is kept, what the archive joins."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conventions.generation import courriers, envoi
from conventions.generation.refus import refus
from conventions.lecture import lire_un
from conventions.modeles.relecture import relire
from conventions.models import BlocDeModele, Modele
from deliberations.models import AmendementDeSeance, BlocDeVote, Proposition, Rapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.instruction.courriers import RECOURS, manque
from programmes.models import Courrier, Dossier, LigneDossier
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
    voter,
)
from tests.factories import AgentFactory, DossierFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
CORPS = "Madame, Monsieur,\n\n{decision} {demande}, pour le motif suivant :\n\n{motif}\n\n{recours}\n\n{service}"


def lettre_publiee(nature=Modele.Nature.REFUS, texte=CORPS):
    return modele_publie(nature, [(BlocDeModele.Nature.CORPS, "corps", "", texte, {})])


@pytest.fixture
def par():
    return AgentFactory(administration=True)


@pytest.fixture
def rapport():
    """Three lines: adopted, withdrawn in session, refused by a block; and the act of the first."""
    modele_publie()
    signataire()
    prepare = rapport_de(*[ligne_retenue(m) for m in ("1000.00", "2000.00", "3000.00")])
    _, retiree, rejetee = prepare.propositions
    actes_de(prepare)
    AmendementDeSeance._base_manager.bulk_create(
        [AmendementDeSeance(rapport=prepare, proposition=retiree, nature="retrait", motif="Budget non équilibré.")]
    )
    BlocDeVote._base_manager.bulk_create([BlocDeVote(rapport=prepare, ordre=1), BlocDeVote(
        rapport=prepare, ordre=2, resultat="rejete", motif="Hors du périmètre.")])  # fmt: skip
    type(rejetee.operation.thematique)._base_manager.filter(pk=rejetee.operation.thematique_id).update(
        bloc=prepare.blocs.get(ordre=2)
    )
    Proposition._base_manager.filter(pk__in=[retiree.pk, rejetee.pk]).update(est_active=False)
    voter(prepare)
    Rapport._base_manager.filter(pk=prepare.pk).update(etat="adopte")
    return Rapport.objects.select_related("seance__instance").get(pk=prepare.pk)


def dossiers(rapport) -> list[Dossier]:
    return [p.ligne.dossier for p in Proposition.objects.filter(operation__thematique__rapport=rapport).order_by("pk")]


# --- Who is refused


def test_ce_que_le_vote_a_retire_ou_rejete(rapport, par):
    lus = {r.dossier.pk: r for r in refus(rapport, par)}
    adopte, retire, rejete = dossiers(rapport)
    assert adopte.pk not in lus
    assert lus[retire.pk].motif == "Budget non équilibré." and lus[rejete.pk].motif == "Hors du périmètre."
    assert all(r.en_seance and not r.est_partiel for r in lus.values())


def test_avant_le_vote_rien_n_est_refuse_en_seance(rapport, par):
    Rapport._base_manager.filter(pk=rapport.pk).update(etat="envoye")
    assert refus(Rapport.objects.get(pk=rapport.pk), par) == []


def test_une_ligne_inscrite_ailleurs_ou_ajournee_n_est_pas_refusee(rapport, par):
    _, retire, rejete = dossiers(rapport)
    rapport_de(retire.lignes.get())
    BlocDeVote._base_manager.filter(ordre=2).update(resultat="ajourne")
    assert refus(rapport, par) == []


def test_une_partie_du_dossier_seulement(rapport, par):
    adopte = dossiers(rapport)[0]
    seconde = LigneDossier._base_manager.create(
        dossier=adopte, ordre=2, description="Second volet", motif_zero="refuse", demande="500.00"
    )
    operation = Proposition.objects.get(ligne__dossier=adopte).operation
    Proposition._base_manager.bulk_create([Proposition(operation=operation, ligne=seconde, ordre=9)])
    (r,) = [r for r in refus(rapport, par) if r.dossier == adopte]
    assert r.est_partiel and r.motif == "- Second volet : …"


def test_les_dossiers_refuses_des_dispositifs_presentes(rapport, par):
    dispositif = dossiers(rapport)[0].dispositif
    refuse = DossierFactory(dispositif=dispositif)
    Dossier._base_manager.filter(pk=refuse.pk).update(etat="refuse", motif="Action déjà financée.")
    (r,) = [r for r in refus(rapport, par) if r.dossier.pk == refuse.pk]
    assert r.motif == "Action déjà financée." and not r.en_seance
    # Told before the rapport was opened: it is not of this one.
    courrier = Courrier.objects.create(
        structure=refuse.structure, dossier=refuse, nature="refus", objet="Refus", corps="…", etabli_par=par,
        envoye_le=date(2020, 1, 1),
    )  # fmt: skip
    assert refuse.pk not in {x.dossier.pk for x in refus(rapport, par)}
    Courrier.objects.filter(pk=courrier.pk).update(envoye_le=None)
    assert {x.courrier for x in refus(rapport, par)} == {None, courrier}


def test_les_requetes_ne_suivent_pas_le_nombre(rapport, par):
    def compter():
        with CaptureQueriesContext(connection) as requetes:
            [(r.motif, r.est_partiel, str(r.dossier.structure)) for r in refus(rapport, par)]
        return len(requetes)

    def refuser(nombre):
        for _ in range(nombre):
            pk = DossierFactory(dispositif=dossiers(rapport)[1].dispositif).pk
            Dossier._base_manager.filter(pk=pk).update(etat="refuse", motif="Hors délai.")

    refuser(1)
    avant = compter()
    refuser(4)
    assert len(refus(rapport, par)) == 7 and compter() == avant


# --- The letters


def test_chaque_lettre_est_etablie_une_fois_et_reste_dans_le_dossier(rapport, par):
    lettre_publiee()
    assert courriers.etablir_les_refus(rapport, par=par) == 2
    assert courriers.etablir_les_refus(rapport, par=par) == 0
    retire = dossiers(rapport)[1]
    courrier = Courrier.objects.get(dossier=retire)
    assert courrier.nature == "refus" and courrier.envoye_le is None
    assert "La Commission permanente, réunie le 17 juin 2024, n’a pas retenu votre demande n°" in courrier.corps
    assert "Budget non équilibré." in courrier.corps and RECOURS in courrier.corps
    assert Journal.objects.de_l_objet(courrier).get().donnees["dossier"] == retire.pk


def test_sans_modele_publie_la_lettre_usuelle(rapport, par):
    courriers.etablir_les_refus(rapport, par=par)
    corps = Courrier.objects.filter(dossier=dossiers(rapport)[2]).get().corps
    assert "Hors du périmètre." in corps and RECOURS in corps


def test_un_motif_que_personne_n_a_dit_retient_la_lettre(rapport, par):
    lettre_publiee()
    adopte = dossiers(rapport)[0]
    LigneDossier._base_manager.filter(dossier=adopte).update(motif_zero="refuse")
    courriers.etablir_les_refus(rapport, par=par)
    assert "points de suspension" in manque(Courrier.objects.get(dossier=adopte))


def test_le_modele_de_refus_n_emploie_que_ses_champs():
    version = lettre_publiee()
    assert relire(version) == []
    brouillon = version.modele.nouvelle_version(par=AgentFactory(conventions=True))
    brouillon.blocs.update(texte="{montant} {decision}")
    assert [c.phrase for c in relire(brouillon)] == [
        "« Corps de la lettre « corps » » emploie {montant}, qui n’est pas un champ."
    ]


# --- The archive and the page


def test_l_archive_joint_les_lettres_et_dit_celles_qui_manquent(rapport, par, monkeypatch):
    monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())
    avant = envoi.demander_envoi(rapport, par=par).pk

    def archive():
        contenu = envoi.composer_archive(rapport, "aucun", agent=par, processus=1)
        with zipfile.ZipFile(io.BytesIO(contenu)) as lue:
            index = list(csv.DictReader(io.StringIO(lue.read("index.csv").decode("utf-8-sig")), delimiter=";"))
            return {n: lue.read(n).decode() for n in lue.namelist() if n.startswith("lettres/refus")}, index

    lettres, index = archive()
    assert lettres == {} and [r["manque"] for r in index].count(courriers.A_ETABLIR) == 2
    courriers.etablir_les_refus(rapport, par=par)
    lettres, index = archive()
    retire = dossiers(rapport)[1]
    assert set(lettres) == {f"lettres/refus_dossier-{d.pk}.pdf" for d in dossiers(rapport)[1:]}
    page = lettres[f"lettres/refus_dossier-{retire.pk}.pdf"]
    assert "Budget non équilibré." in page and "PROJET" in page
    assert courriers.A_ETABLIR not in [r["manque"] for r in index]
    assert envoi.demander_envoi(rapport, par=par).pk != avant


def test_la_page_des_actes_etablit_les_lettres(rapport, connecter, par):
    client, url = connecter(par), reverse("rapport_actes", args=[rapport.pk])
    assert "À établir" in client.get(url).content.decode()
    reponse = client.post(reverse("rapport_refus", args=[rapport.pk]), follow=True).content.decode()
    assert "2\u00a0lettres de refus sont prêtes à relire" in reponse and "À relire et à envoyer" in reponse
    assert "déjà établies" in client.post(reverse("rapport_refus", args=[rapport.pk]), follow=True).content.decode()
    assert "Établir les lettres" not in connecter(AgentFactory(conventions=True)).get(url).content.decode()


# --- Notification


def test_la_lettre_de_notification_reste_dans_le_dossier():
    lettre_publiee(Modele.Nature.NOTIFICATION, "{structure} reçoit {montant}.")
    acte = acte_signe("20000.00", le=date(2024, 7, 2))
    dossier = LigneDossier.objects.get(ligne_d_acte__fiche__acte=acte).dossier
    courrier = Courrier.objects.get(dossier=dossier)
    assert (courrier.nature, courrier.envoye_le) == ("notification", date(2024, 7, 2))
    assert courrier.corps == f"{acte.convention.structure} reçoit 20\u202f000,00\u00a0€."
    donnees = {"dossier": dossier.pk, "acte": acte.pk, "structure": courrier.structure_id}
    assert Journal.objects.de_l_objet(courrier).get().donnees == donnees


# --- Which model, which blocks


CONDITIONNEE = [
    ("corps", "a", "", "Bonjour {structure}.", {}),
    ("corps", "prive", "", "Réservé au droit privé.", {"condition": "droit_prive"}),
    ("corps", "public", "", "Réservé au droit public.", {"condition": "droit_public"}),
    ("corps", "une", "", "Une opération.", {"condition": "une_operation"}),
    ("corps", "plusieurs", "", "Plusieurs opérations.", {"condition": "plusieurs_operations"}),
]


@pytest.mark.parametrize(("categorie", "attendu"), [("9220", "privé"), ("7361", "public")])
def test_une_lettre_ne_dit_a_chacun_que_ce_qui_le_concerne(categorie, attendu, par):
    modele_publie()
    signataire()
    for nature in (Modele.Nature.NOTIFICATION, Modele.Nature.REFUS):
        modele_publie(nature, CONDITIONNEE)
    structure = structure_signataire(categorie_juridique=categorie)
    (acte,) = actes_de(rapport_de(ligne_retenue(structure=structure)))
    lu = lire_un(acte)
    version = courriers.lettre_de_notification(lu, courriers.lettres_publiees(Modele.Nature.NOTIFICATION))
    dit = f"Bonjour {structure}.\n\nRéservé au droit {attendu}.\n\nUne opération."
    assert courriers.corps_de_notification(lu, version) == dit
    refuse = DossierFactory(structure=structure, dispositif=lu.fiches[0].fiche.dispositif)
    Dossier._base_manager.filter(pk=refuse.pk).update(etat="refuse", motif="Hors délai.")
    assert courriers.etablir_les_refus(acte.rapport, par=par) == 1
    assert Courrier.objects.get(dossier=refuse).corps == dit


def test_une_lettre_qui_ne_dit_rien_n_est_pas_editee():
    modele_publie()
    signataire()
    version = modele_publie(Modele.Nature.NOTIFICATION, [("corps", "a", "", "Texte.", {"condition": "droit_public"})])
    (acte,) = actes_de(rapport_de(ligne_retenue(structure=structure_signataire(categorie_juridique="9220"))))
    with pytest.raises(ActeRefuse, match="ne dit rien à cet organisme"):
        courriers.corps_de_notification(lire_un(acte), version)


def test_la_lettre_des_dispositifs_passe_avant_celle_de_tous_et_la_retiree_ne_sert_plus():
    modele_publie()
    signataire()
    (acte,) = actes_de(rapport_de(ligne_retenue()))
    lu = lire_un(acte)
    blocs = [("corps", "a", "", "Texte.", {})]
    notification = Modele.Nature.NOTIFICATION

    def choisie():
        return courriers.lettre_de_notification(lu, courriers.lettres_publiees(notification))

    d_un_autre = modele_publie(notification, blocs)
    d_un_autre.modele.dispositifs.set([DossierFactory().dispositif])
    assert choisie() is None
    commune = modele_publie(notification, blocs)
    assert choisie() == commune
    propre = modele_publie(notification, blocs)
    propre.modele.dispositifs.set([lu.fiches[0].fiche.dispositif])
    assert choisie() == propre
    Modele.objects.filter(pk=propre.modele_id).update(est_actif=False)
    assert choisie() == commune
