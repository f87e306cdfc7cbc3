"""Once sent, what a rapport says is closed through every door; a modificatif opens it and names what it changed."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from budget.models import Inscription, LigneBudgetaire
from deliberations import comparaison, documents, editions, envoi
from deliberations.importation import application
from deliberations.models import (
    AnnexePresentee,
    ArticleRedige,
    DocumentDEdition,
    EditionDuRapport,
    OperationPresentee,
    Proposition,
    Rapport,
    RecetteProposee,
    TexteJuridique,
    ThematiquePresentee,
    VisaJuridique,
)
from deliberations.verification import ecarts
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Document, Journal
from programmes.models import (
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    Structure,
    Ventilation,
)
from tests import assemblee, maquette
from tests.deliberations.test_gel import portes
from tests.dpid.pages_admin import adresse, formulaire
from tests.factories import AgentFactory
from tests.programmes.pages import champs_de_ligne

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]
ETATS = ["en_commission", "envoye"]


def recette(n=1) -> Inscription:
    ligne = LigneBudgetaire.objects.create(
        code=f"C02-428N{n:02d}", sens="recette", nature="7478", fonction="428", libelle="Participation de l’État"
    )
    return Inscription.objects.create(ligne=ligne, exercice=maquette.ANNEE, montant=Decimal("500.00"))


def texte(code="loi") -> TexteJuridique:
    return TexteJuridique.objects.create(code=code, nature="loi", texte=f"la {code} d’essai")


@pytest.fixture
def monde(db):
    """A rapport with one row of everything that it may say."""
    m = maquette.monde()
    m.quantite = Quantite.objects.create(ligne=m.lignes[0], valeur=Decimal("3.5"), unite="mesures")
    financement = m.lignes[0].financements.get()
    m.ventilation = Ventilation.objects.create(
        financement=financement, territoire=maquette.territoire(), montant=financement.montant
    )
    m.annexe = AnnexePresentee.objects.create(
        rapport=m.rapport, cle="acte", nature="projet_acte", ordre=2, parties="l’État"
    )
    m.recette = RecetteProposee.objects.create(rapport=m.rapport, inscription=recette(), montant=Decimal("10.00"))
    m.visa = VisaJuridique.objects.create(rapport=m.rapport, texte=texte())
    m.article = ArticleRedige.objects.create(rapport=m.rapport, cle="imputations", texte="{depenses}.")
    return m


@pytest.fixture(params=ETATS)
def envoye(monde, request):
    monde.viser()
    monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)
    if request.param == "envoye":
        assemblee.mener_au_vote(monde.rapport, par=monde.equipe.assemblees)
    assert monde.rapport.etat == request.param
    return monde


def refusees(portes_, monde) -> list[str]:
    """Names of the doors that let something through; each refusal says what to do."""
    avant, ouvertes = maquette.etat_de_la_base(), []
    for nom, porte in portes_.items():
        try:
            with transaction.atomic():
                porte()
            ouvertes.append(nom)
        except ActeRefuse as refus:
            assert len(str(refus)) > 40, refus
    assert maquette.etat_de_la_base() == avant
    return ouvertes


# --- The doors of the ORM -------------------------------------------------------------------------------------------


def objets_envoyes(m) -> list:
    ligne = LigneDossier.objects.get(pk=m.lignes[0].pk)
    return [
        (m.rapport, "titre", "Autre"),
        (ThematiquePresentee.objects.get(), "texte", "Autre"),
        (OperationPresentee.objects.get(), "proposition", "Autre"),
        (m.propositions[0], "formule_acte", "Autre"),
        (m.annexe, "titre", "Autre"),
        (m.recette, "montant", Decimal("11")),
        (m.visa, "ordre", 9),
        (m.article, "texte", "Autre"),
        (ligne, "description", "Autre"),
        (ligne.placements.get(), "ordre", 9),
        (ligne.financements.get(), "montant", Decimal("1")),
        (m.quantite, "valeur", Decimal("9")),
        (m.ventilation, "montant", Decimal("1")),
        (EditionDuRapport.objects.first(), "motif", "Autre"),
        (DocumentDEdition.objects.first(), "nature", "autre"),
        (Document.objects.first(), "titre", "Autre"),
    ]


def test_apres_l_envoi_toutes_les_portes_de_l_orm_refusent(envoye):
    toutes = {
        f"{type(objet).__name__}.{nom}": porte
        for objet, champ, valeur in objets_envoyes(envoye)
        for nom, porte in portes(objet, champ, valeur).items()
    }
    assert len(toutes) == 7 * 16
    assert refusees(toutes, envoye) == []


def test_apres_l_envoi_rien_ne_s_ajoute(envoye):
    rapport, ligne = envoye.rapport, LigneDossier.objects.get(pk=envoye.lignes[0].pk)
    nouvelle = maquette.ligne("1.00", ae=envoye.ae, nom="Nouvelle")
    nouvelle.dossier.proposer(par=envoye.equipe.instruction)
    ajouts = [
        ThematiquePresentee(
            rapport=rapport, thematique=maquette.dispositif("1.1", numero=1).thematique, numero=1, titre="T"
        ),
        OperationPresentee(thematique=envoye.operation.thematique, numero="2", titre="O", libelle_court="O"),
        Proposition(operation=envoye.operation, ligne=nouvelle),
        AnnexePresentee(rapport=rapport, cle="neuve", nature="modele", ordre=9),
        RecetteProposee(rapport=rapport, inscription=recette(2), montant=Decimal("1")),
        VisaJuridique(rapport=rapport, texte=texte("autre")),
        ArticleRedige(rapport=rapport, cle="recettes", texte="Autre"),
        Financement(ligne=ligne, autorisation=envoye.ae, montant=Decimal("1")),
        Quantite(ligne=ligne, valeur=1, unite="mesures"),
        LigneTerritoire(ligne=ligne, territoire=maquette.territoire("CALAISIS")),
        Ventilation(financement=ligne.financements.get(), montant=Decimal("1")),
    ]
    toutes = {f"{type(o).__name__}.save": o.save for o in ajouts}
    toutes |= {f"{type(o).__name__}.bulk_create": lambda o=o: type(o).objects.bulk_create([o]) for o in ajouts}
    assert refusees(toutes, envoye) == []


def test_apres_l_envoi_les_actes_refusent_avec_leur_phrase(envoye):
    rapport, par = envoye.rapport, envoye.equipe.instruction
    nouvelle = maquette.ligne("1.00", ae=envoye.ae, nom="Nouvelle")
    nouvelle.dossier.proposer(par=par)
    ligne = LigneDossier.objects.get(pk=envoye.lignes[0].pk)
    toutes = {
        "arbitrer": lambda: ligne.arbitrer(Decimal("1"), par=par),
        "reprendre le dossier": lambda: ligne.dossier.reprendre(par=par),
        "refuser le dossier": lambda: ligne.dossier.refuser(par=par, motif="x"),
        "inscrire": lambda: rapport.inscrire(nouvelle, envoye.operation, par=par),
        "retirer": lambda: rapport.retirer(envoye.propositions[0], par=par, motif="x"),
        "retirer le dossier": lambda: ligne.dossier.retirer(par=par, motif="x"),
        "numeroter": lambda: rapport.numeroter("99", par=par),
        "viser": lambda: rapport.viser(par=envoye.equipe.chef),
        "annuler les visas": lambda: rapport.annuler_visas(motif="x", par=par),
        "renvoyer en commission": lambda: rapport.envoyer_en_commission(par=envoye.equipe.assemblees),
    }
    assert refusees(toutes, envoye) == []


def test_temoin_avant_l_envoi_les_memes_portes_s_ouvrent(monde):
    monde.viser()
    ligne = LigneDossier.objects.get(pk=monde.lignes[0].pk)
    ligne.description = "Autre"
    ligne.save()
    LigneTerritoire.objects.filter(ligne=ligne).update(ordre=2)
    ThematiquePresentee.objects.update(texte="Autre")
    monde.rapport.refresh_from_db()
    assert monde.rapport.etat == "vise"


def test_un_dossier_hors_du_rapport_reste_libre(envoye):
    """The closing follows the lines presented, not everything that an agent works on."""
    libre = maquette.ligne("1.00", ae=envoye.ae, nom="Libre")
    libre.description = "Autre"
    libre.save()
    LigneDossier.objects.filter(pk=libre.pk).update(description="Encore")
    libre.arbitrer(Decimal("2.00"), par=envoye.equipe.instruction)
    assert Financement.objects.get(ligne=libre).montant == 2


# --- Pages, admin, import -------------------------------------------------------------------------------------------


def test_apres_l_envoi_aucune_page_n_ecrit(envoye, connecter):
    par = AgentFactory(administration=True, instruction=True, is_staff=True, is_superuser=True)
    client = connecter(par)
    rapport, proposition, ligne = envoye.rapport, envoye.propositions[0], envoye.lignes[0]
    thematique, version = envoye.operation.thematique, LigneDossier.objects.get(pk=ligne.pk).version
    envois = [
        ("rapport_modifier", [rapport.pk], {"titre": "Autre"}),
        ("rapport_numeroter", [rapport.pk], {"numero": "99"}),
        ("thematique_nouvelle", [rapport.pk], {"thematique": thematique.thematique_id, "numero": 9, "titre": "X"}),
        ("thematique_modifier", [thematique.pk], {"titre": "Autre", "numero": 4, "thematique": thematique.pk}),
        ("operation_nouvelle", [thematique.pk], {"numero": "9", "titre": "X", "libelle_court": "X"}),
        ("operation_modifier", [envoye.operation.pk], {"numero": "1", "titre": "Autre", "libelle_court": "X"}),
        ("partie_deplacer", ["operation", envoye.operation.pk, "monter"], {}),
        ("partie_supprimer", ["thematique", thematique.pk], {}),
        ("proposition_deplacer", [proposition.pk, "descendre"], {}),
        ("proposition_montant", [proposition.pk], {"montant": "1", "version": version}),
        ("proposition_modifier", [proposition.pk], {"formule_acte": "Autre"}),
        ("proposition_retirer", [proposition.pk], {"motif": "x"}),
        ("financement_imputer", [ligne.financements.get().pk], {"autorisation": envoye.ae2.pk}),
        ("ligne_modifier", [ligne.dossier_id, ligne.pk], champs_de_ligne(version=version)),
        ("ligne_supprimer", [ligne.dossier_id, ligne.pk], {}),
    ]  # fmt: skip
    avant = maquette.etat_de_la_base()
    for nom, args, donnees in envois:
        reponse = client.post(reverse(nom, args=args), donnees)
        assert reponse.status_code in (200, 302, 422), (nom, reponse.status_code)
        assert maquette.etat_de_la_base() == avant, nom


def test_apres_l_envoi_l_admin_n_ecrit_pas(envoye, connecter):
    client = connecter(AgentFactory(administration=True, is_staff=True, is_superuser=True))
    donnees = {"titre": "Autre", "texte": "Autre", "formule_acte": "Autre", "description": "Autre", "montant": "1"}
    objets = [
        envoye.rapport, envoye.operation.thematique, envoye.operation, envoye.propositions[0],
        LigneDossier.objects.get(pk=envoye.lignes[0].pk), envoye.lignes[0].financements.get(),
    ]  # fmt: skip
    avant = maquette.etat_de_la_base()
    for objet in objets:
        page = adresse(type(objet), "change", objet.pk)
        client.post(page, formulaire(client.get(page)) | donnees)
        client.post(adresse(type(objet), "delete", objet.pk), {"post": "yes"})
        assert maquette.etat_de_la_base() == avant, type(objet)


def test_apres_l_envoi_l_import_refuse(envoye):
    livre = openpyxl.load_workbook(io.BytesIO(documents.editer(envoye.rapport, "repartition", "xlsx")[0]))
    for rangee in livre.active.iter_rows():
        for cellule in rangee:
            if cellule.value == 400:
                cellule.value = 399
    tampon = io.BytesIO()
    livre.save(tampon)
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeFige, match="ne se modifie plus"):
        application.appliquer(
            tampon.getvalue(), "a.xlsx", envoye.rapport.reference, par=envoye.equipe.instruction, creer_manquants=True
        )
    assert maquette.etat_de_la_base() == avant


# --- What is kept ---------------------------------------------------------------------------------------------------


def test_l_envoi_garde_ses_documents_avec_leur_empreinte(envoye):
    pieces = {piece.cle for piece in documents.pieces(envoye.rapport)}
    for edition in EditionDuRapport.objects.all():
        assert {d.nature for d in edition.documents.all()} == pieces - {envoi.IMPUTATIONS}
        for lien in edition.documents.select_related("document"):
            lien.document.verifier()
            # The rapport that is sent is final; what it proposes to adopt is a draft.
            assert lien.document.contexte["projet"] is (lien.nature != documents.DU_RAPPORT)
    montree = documents.editer(envoye.rapport, "rapport", "pdf")[0]
    Structure.objects.update(raison_sociale="Renommée")
    assert documents.editer(envoye.rapport, "rapport", "pdf")[0] == montree
    lu = editions.contextes(editions.derniere(envoye.rapport))["rapport"]
    assert documents.contexte_actuel(envoye.rapport, "rapport") == lu


def test_verifier_comptes_lit_aussi_les_documents_envoyes(envoye):
    assert ecarts() == []
    maquette.lever_declencheurs("dpid_document")
    maquette.sql("UPDATE dpid_document SET pdf = %s", b"x")
    with pytest.raises(CommandError, match="empreinte"):
        call_command("verifier_comptes")


def test_un_changement_pendant_l_edition_refuse_l_envoi(monde, monkeypatch):
    monde.viser()
    rendre = documents.rendre

    def renommer(contexte, format):
        Structure.objects.filter(raison_sociale="4AJ").update(raison_sociale="4AJ bis")
        return rendre(contexte, format)

    monkeypatch.setattr(documents, "rendre", renommer)
    with pytest.raises(ActeRefuse, match="modifié pendant l’édition.*Rien n’a été enregistré"):
        monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)
    assert not EditionDuRapport.objects.exists() and not Document.objects.exists()
    assert Rapport.objects.get(pk=monde.rapport.pk).etat == "vise"


class Panne(Exception):
    """The machine stops here."""


@pytest.mark.parametrize("apres", [False, True], ids=["avant", "après"])
@pytest.mark.parametrize("etape", ["edition", "document", "lien", "rapport", "journal"])
def test_une_panne_a_chaque_etape_de_l_envoi_n_ecrit_rien(monde, monkeypatch, etape, apres):
    objet, nom = {
        "edition": (EditionDuRapport.objects, "create"), "document": (Document, "figer"),
        "lien": (DocumentDEdition.objects, "create"), "rapport": (Rapport, "save"), "journal": (Journal, "noter"),
    }[etape]  # fmt: skip
    monde.viser()
    origine = getattr(objet, nom)

    def tomber(*args, **kwargs):
        if apres:
            origine(*args, **kwargs)
        raise Panne

    avant = maquette.etat_de_la_base()
    with monkeypatch.context() as piege:
        piege.setattr(objet, nom, tomber)
        with pytest.raises(Panne):
            monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)
    assert maquette.etat_de_la_base() == avant
    monde.rapport.refresh_from_db()
    monde.mener_au_vote()  # the retry succeeds
    assert EditionDuRapport.objects.count() == 2


# --- Rapport modificatif --------------------------------------------------------------------------------------------


def test_un_modificatif_nomme_ses_differences(envoye):
    premier = editions.contextes(editions.derniere(envoye.rapport))
    rang = editions.derniere(envoye.rapport).rang
    envoye.rapport.preparer_modificatif(par=envoye.equipe.assemblees, motif="Une structure renonce")
    assert envoye.rapport.etat == "preparation"
    envoye.ventilation.delete()
    envoye.lignes[0].arbitrer(Decimal("300.00"), par=envoye.equipe.instruction)
    envoye.rapport.retirer(envoye.propositions[2], par=envoye.equipe.instruction, motif="Renonce")
    maquette.presenter(
        envoye.rapport, envoye.operation, "25.00", ae=envoye.ae, nom="Nouvelle", par=envoye.equipe.instruction
    )
    envoye.rapport.introduction = "Une autre introduction."
    envoye.rapport.save()
    envoye.mener_au_vote()
    derniere = editions.derniere(envoye.rapport)
    modificatif = EditionDuRapport.objects.get(rang=rang + 1)
    assert modificatif.motif == "Une structure renonce" and modificatif.destinataires == "commissions"
    euros = "{},00\u00a0€".format
    assert set(modificatif.differences) >= {
        f"4AJ (CLLAJ)\u00a0: {euros(400)} → {euros(300)}",
        f"Ajout\u00a0: Nouvelle (CLLAJ), {euros(25)}",
        f"Retrait\u00a0: ADEFI (CLLAJ), {euros(50)}",
        f"Total du rapport\u00a0: {euros(650)} → {euros(525)}",
        f"Solde de C02-100A01\u00a0: {euros(400)} → {euros(475)}",
        f"Solde de C02-100A02\u00a0: {euros(450)} → —",
        "Introduction\u00a0: texte modifié",
    }
    # The same content sent on to the members says no difference, and the first edition still says what it said.
    assert derniere.rang == modificatif.rang + 1 and derniere.motif == "" and derniere.differences == []
    assert editions.contextes(EditionDuRapport.objects.get(rang=rang)) == premier
    assert comparaison.comparer(premier, premier) == []
    envoye.adopter()
    call_command("verifier_comptes")


def test_un_modificatif_dit_son_motif_et_attend_le_retrait_des_amendements(monde):
    from deliberations.assemblee import amendements

    monde.mener_au_vote()
    with pytest.raises(ActeRefuse, match="dit son motif"):
        monde.rapport.preparer_modificatif(par=monde.equipe.assemblees, motif="")
    amendement = amendements.retirer(monde.propositions[0], par=monde.equipe.assemblees, motif="Retirée")
    with pytest.raises(ActeRefuse, match="amendements de séance sont enregistrés"):
        monde.rapport.preparer_modificatif(par=monde.equipe.assemblees, motif="x")
    amendements.annuler(amendement, par=monde.equipe.assemblees)
    monde.rapport.preparer_modificatif(par=monde.equipe.assemblees, motif="x")
    for ae in (monde.ae, monde.ae2):
        ae.refresh_from_db()
        assert (ae.reserve, ae.affecte) == (0, 0)
    assert not monde.rapport.visas_actifs().exists()
    call_command("verifier_comptes")
