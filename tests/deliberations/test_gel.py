"""After the vote: every door refuses, and nothing renamed since changes what was voted."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from budget.models import LigneBudgetaire, Mouvement
from deliberations import documents
from deliberations.models import (
    Deliberation,
    DocumentDeDeliberation,
    ImputationVotee,
    OperationPresentee,
    Proposition,
    ThematiquePresentee,
)
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Document, Journal, Territoire
from programmes.models import (
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    Structure,
    Ventilation,
)
from tests import maquette

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


def modifie(objet, champ, valeur):
    def porte():
        frais = type(objet)._default_manager.get(pk=objet.pk)
        setattr(frais, champ, valeur)
        frais.save()

    return porte


def portes(objet, champ, valeur):
    """The doors of the ORM on one row; `champ` is set to `valeur`."""
    modele, tous = type(objet), type(objet)._default_manager
    frais = tous.get(pk=objet.pk)
    setattr(frais, champ, valeur)
    return {
        "save": modifie(objet, champ, valeur),
        "save(update_fields)": lambda: frais.save(update_fields=[champ]),
        "delete": lambda: tous.get(pk=objet.pk).delete(),
        "update": lambda: tous.filter(pk=objet.pk).update(**{champ: valeur}),
        "QuerySet.delete": lambda: tous.filter(pk=objet.pk).delete(),
        "bulk_update": lambda: tous.bulk_update([frais], [champ]),
        "bulk_create(update_conflicts)": lambda: tous.bulk_create(
            [frais], update_conflicts=True, update_fields=[champ], unique_fields=[modele._meta.pk.name]
        ),
    }


def objets_figes(m) -> list:
    ligne = LigneDossier.objects.get(pk=m.lignes[0].pk)
    quantite = m.quantite
    return [
        (m.rapport, "titre", "Autre"),
        (ThematiquePresentee.objects.get(), "titre", "Autre"),
        (OperationPresentee.objects.get(), "titre", "Autre"),
        (m.propositions[0], "formule_acte", "Autre"),
        (ligne, "description", "Autre"),
        (ligne.placements.get(), "ordre", 9),
        (ligne.financements.get(), "montant", Decimal("1")),
        (quantite, "valeur", Decimal("9")),
        (Dossier.objects.get(pk=ligne.dossier_id), "intitule", "Autre"),
        (Deliberation.objects.get(), "titre", "Autre"),
        (ImputationVotee.objects.first(), "proposition", Decimal("1")),
        (DocumentDeDeliberation.objects.first(), "nature", "autre"),
        (Document.objects.first(), "titre", "Autre"),
        (Mouvement.objects.first(), "montant", Decimal("1")),
        (Journal.objects.first(), "motif", "Autre"),
    ]


def test_apres_le_vote_toutes_les_portes_de_l_orm_refusent(monde):
    monde.quantite = Quantite.objects.create(ligne=monde.lignes[0], valeur=Decimal("3.5"), unite="mesures")
    monde.mener_au_vote()
    monde.adopter()
    avant, ouvertes = maquette.etat_de_la_base(), []
    for objet, champ, valeur in objets_figes(monde):
        for nom, porte in portes(objet, champ, valeur).items():
            try:
                with transaction.atomic():
                    porte()
                ouvertes.append(f"{type(objet).__name__}.{nom}")
            except ActeFige as refus:
                assert (str(refus)[0].isupper() or str(refus)[0] == "«") and len(str(refus)) > 40, refus
    assert ouvertes == []
    assert maquette.etat_de_la_base() == avant


def test_apres_le_vote_rien_ne_s_ajoute(adopte):
    ligne, rapport = LigneDossier.objects.get(pk=adopte.lignes[0].pk), adopte.rapport
    nouvelle = maquette.ligne("1.00", ae=adopte.ae, nom="Nouvelle")
    nouvelle.dossier.proposer(par=adopte.equipe.instruction)
    ajouts = {
        "financement": Financement(ligne=ligne, autorisation=adopte.ae, montant=Decimal("1")),
        "quantité": Quantite(ligne=ligne, valeur=1, unite="mesures"),
        "territoire": LigneTerritoire(ligne=ligne, territoire=maquette.territoire("CALAISIS")),
        "ventilation": Ventilation(financement=ligne.financements.get(), montant=Decimal("1")),
        "thématique": ThematiquePresentee(
            rapport=rapport, thematique=maquette.dispositif("1.1", numero=1).thematique, numero=1, titre="T"
        ),
        "opération": OperationPresentee(
            thematique=adopte.operation.thematique, numero="2", titre="O", libelle_court="O"
        ),
        "proposition": Proposition(operation=adopte.operation, ligne=nouvelle),
        "ligne de dossier": LigneDossier(dossier=ligne.dossier, description="Ajout"),
    }
    avant, entres = maquette.etat_de_la_base(), []
    for nom, objet in ajouts.items():
        for porte in (objet.save, lambda o=objet: type(o).objects.bulk_create([o])):
            try:
                with transaction.atomic():
                    porte()
                entres.append(nom)
            except ActeFige as refus:
                assert len(str(refus)) > 40
    assert entres == []
    assert maquette.etat_de_la_base() == avant


def test_apres_le_vote_les_actes_refusent_avec_leur_phrase(adopte):
    rapport, par = adopte.rapport, adopte.equipe.instruction
    ligne = LigneDossier.objects.get(pk=adopte.lignes[0].pk)
    avant = maquette.etat_de_la_base()
    for acte in (
        lambda: ligne.arbitrer(Decimal("1"), par=par),
        lambda: rapport.retirer(adopte.propositions[0], par=par, motif="x"),
        lambda: rapport.numeroter("99", par=par),
        lambda: rapport.viser(par=adopte.equipe.chef),
        lambda: rapport.rejeter(par=par, motif="x", le=maquette.SEANCE_LE),
        lambda: ligne.dossier.reprendre(par=par),
    ):
        with pytest.raises(ActeRefuse), transaction.atomic():
            acte()
    assert maquette.etat_de_la_base() == avant


@pytest.mark.parametrize("table", ["dpid_document", "dpid_journal", "budget_mouvement"])
@pytest.mark.parametrize("ordre", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_le_sql_direct_est_refuse_par_declencheur(adopte, table, ordre):
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        maquette.sql(ordre.format(table))
    maquette.lever_declencheurs(table)  # negative control: the trigger alone stops it
    if ordre.startswith("UPDATE"):
        assert maquette.sql(ordre.format(table)) > 0


def test_renommer_ensuite_ne_change_aucun_document(adopte):
    def editions():
        return {
            (nature, fmt): documents.editer(adopte.rapport, nature, fmt)[0]
            for nature, formats in documents.FORMATS.items()
            for fmt in formats
        }

    avant, contextes = editions(), list(Document.objects.order_by("pk").values_list("contexte", "sha256"))
    Structure.objects.update(raison_sociale="Renommée")
    Territoire.objects.update(libelle="RENOMMÉ")
    LigneBudgetaire.objects.filter(pk=adopte.ae.ligne_id).update(libelle="Renommée", nature="6568")
    type(adopte.ae).objects.filter(pk=adopte.ae.pk).update(libelle="Renommée")
    assert editions() == avant
    assert list(Document.objects.order_by("pk").values_list("contexte", "sha256")) == contextes
    assert ImputationVotee.objects.filter(libelle="Renommée").count() == 0


def test_temoin_avant_le_vote_un_renommage_se_voit(envoye):
    avant = documents.editer(envoye.rapport, "repartition", "json")[0]
    Structure.objects.filter(raison_sociale="4AJ").update(raison_sociale="Renommée")
    assert documents.editer(envoye.rapport, "repartition", "json")[0] != avant
