"""Visas: the order, the roles, what finances reserves, and what any later change cancels, whatever its door."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction

from budget.models import DisponibleConstate, Mouvement
from budget.mouvements import N
from deliberations.models import VisaRapport
from dpid.erreurs import ActeRefuse, CreditInsuffisant
from dpid.models import Journal, Role
from programmes.models import Financement, LigneDossier
from tests import maquette

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]


@pytest.fixture
def monde(db):
    return maquette.monde()


def reserve(monde) -> tuple:
    for ae in (monde.ae, monde.ae2):
        ae.refresh_from_db()
    return monde.ae.reserve, monde.ae2.reserve


# --- Order and roles ------------------------------------------------------------------------------------------------


def test_le_circuit_se_suit_dans_l_ordre(monde):
    equipe = monde.equipe
    assert monde.rapport.etape_attendue() == "chef_service"
    with pytest.raises(ActeRefuse, match="Le visa attendu est « Chef de service »"):
        monde.rapport.viser(par=equipe.budget, etape="finances")
    monde.rapport.viser(par=equipe.chef)
    with pytest.raises(ActeRefuse, match="ne se donne pas deux fois"):
        monde.rapport.viser(par=equipe.chef, etape="chef_service")
    monde.rapport.viser(par=equipe.direction, etape="direction")
    assert (monde.rapport.etat, reserve(monde)) == ("preparation", (0, 0))
    monde.rapport.viser(par=equipe.budget)
    assert (monde.rapport.etat, reserve(monde)) == ("vise", (600, 50))
    with pytest.raises(ActeRefuse, match="complet"):
        monde.rapport.viser(par=equipe.budget)
    assert list(VisaRapport.objects.values_list("etape", flat=True)) == ["chef_service", "direction", "finances"]
    assert Journal.objects.de_l_objet(monde.rapport).filter(verbe="viser").count() == 3
    call_command("verifier_comptes")


@pytest.mark.parametrize("etape", ["chef_service", "direction", "finances"])
def test_chaque_visa_demande_son_role(monde, etape):
    donne = {"chef_service": None, "direction": "chef_service", "finances": "direction"}[etape]
    if donne:
        monde.viser(donne)
    permis = {"chef_service": "chef", "direction": "direction", "finances": "budget"}[etape]
    avant = maquette.etat_de_la_base()
    for nom in ("instruction", "chef", "direction", "budget", "assemblees", "consultation"):
        if nom != permis:
            with pytest.raises(ActeRefuse, match="attributions"):
                monde.rapport.viser(par=getattr(monde.equipe, nom))
    assert maquette.etat_de_la_base() == avant
    monde.rapport.viser(par=getattr(monde.equipe, permis))


def test_un_role_retire_ne_vise_plus(monde):
    chef = monde.equipe.chef
    chef.roles = [Role.CONSULTATION.value]
    with pytest.raises(ActeRefuse, match="attributions"):
        monde.rapport.viser(par=chef)


def test_l_ordre_du_circuit_est_un_reglage(monde, settings):
    settings.DPID = {**settings.DPID, "circuit_visas": ["finances"]}
    monde.rapport.viser(par=monde.equipe.budget)
    assert monde.rapport.etat == "vise"


# --- The reservation ------------------------------------------------------------------------------------------------


def test_le_visa_des_finances_constate_le_disponible(monde):
    monde.viser("direction")
    monde.rapport.viser(par=monde.equipe.budget, constats={monde.ae.pk: Decimal("990.00")}, commentaire="DM attendue")
    constats = {c.autorisation_id: c for c in DisponibleConstate.objects.all()}
    assert (constats[monde.ae.pk].montant, constats[monde.ae.pk].ecart) == (990, -10)
    assert constats[monde.ae.pk].explication == "DM attendue" and constats[monde.ae2.pk].ecart == 0


def test_un_credit_insuffisant_refuse_le_visa_et_n_ecrit_rien(monde):
    maquette.ecrire(monde.ae, N.HORS_APPLICATION, "400.01", le=maquette.BUDGET_LE)
    monde.viser("direction")
    avant = maquette.etat_de_la_base()
    with pytest.raises(CreditInsuffisant, match="il manque 0,01") as refus:
        monde.viser()
    assert refus.value.manque == Decimal("0.01") and maquette.etat_de_la_base() == avant
    maquette.ecrire(monde.ae, N.HORS_APPLICATION, "-0.01", le=maquette.BUDGET_LE)
    monde.viser()
    assert reserve(monde) == (600, 50) and monde.ae.disponible_apres_reserve == 0


def test_deux_rapports_ne_reservent_pas_le_meme_credit(monde):
    monde.viser()
    autre = maquette.rapport(monde.equipe.instruction, numero="65")
    maquette.presenter(
        autre, maquette.operation(autre), "400.01", ae=monde.ae, nom="Autre", par=monde.equipe.instruction
    )
    autre.viser(par=monde.equipe.chef)
    autre.viser(par=monde.equipe.direction)
    with pytest.raises(CreditInsuffisant):
        autre.viser(par=monde.equipe.budget)
    monde.rapport.retirer(monde.propositions[1], par=monde.equipe.instruction, motif="Place")
    autre.viser(par=monde.equipe.budget)
    assert reserve(monde)[0] == Decimal("400.01")


def test_a_imputer_refuse_le_visa_des_finances(monde):
    Financement.objects.create(ligne=monde.lignes[0], montant=Decimal("0.01"))
    monde.viser("direction")
    with pytest.raises(ActeRefuse, match="1 financement.s. restent « à imputer »"):
        monde.viser()
    assert reserve(monde) == (0, 0)


def test_une_source_hors_budget_ne_reserve_rien(monde):
    from programmes.models import SourceFinancement

    source = SourceFinancement.objects.create(code="fsl", libelle="FSL")
    Financement.objects.create(ligne=monde.lignes[0], source=source, montant=Decimal("5000"))
    monde.viser()
    assert reserve(monde) == (600, 50)


# --- Every door by which an amount changes --------------------------------------------------------------------------


def financement(monde) -> Financement:
    return monde.lignes[0].financements.get()


def par_save(monde):
    f = financement(monde)
    f.montant = Decimal("399.00")
    f.save()


def par_ae(monde):
    f = financement(monde)
    f.autorisation = monde.ae2
    f.save()


def par_bulk_update(monde):
    f = financement(monde)
    f.montant = Decimal("399.00")
    Financement.objects.bulk_update([f], ["montant"])


PORTES = {
    "save": par_save,
    "autre AE": par_ae,
    "update": lambda m: Financement.objects.filter(ligne=m.lignes[0]).update(montant=Decimal("399.00")),
    "update_or_create": lambda m: Financement.objects.update_or_create(
        ligne=m.lignes[0], defaults={"montant": Decimal("399.00")}
    ),
    "create": lambda m: Financement.objects.create(ligne=m.lignes[0], autorisation=m.ae, montant=Decimal("1")),
    "bulk_create": lambda m: Financement.objects.bulk_create(
        [Financement(ligne=m.lignes[0], autorisation=m.ae, montant=Decimal("1"))]
    ),
    "bulk_update": par_bulk_update,
    "delete": lambda m: financement(m).delete(),
    "QuerySet.delete": lambda m: Financement.objects.filter(ligne=m.lignes[0]).delete(),
    "manager lié": lambda m: m.lignes[0].financements.update(montant=Decimal("399.00")),
    "manager lié, delete": lambda m: m.ae.financements.all().delete(),
    "arbitrer": lambda m: m.lignes[0].arbitrer(Decimal("399.00"), par=m.equipe.instruction),
    "inscrire": lambda m: maquette.presenter(
        m.rapport, m.operation, "1.00", ae=m.ae, nom="Nouvelle", par=m.equipe.instruction
    ),
    "retirer": lambda m: m.rapport.retirer(m.propositions[0], par=m.equipe.instruction, motif="Retirée"),
}


@pytest.mark.parametrize("jusqu_a", ["chef_service", "finances"])
@pytest.mark.parametrize("porte", PORTES)
def test_un_changement_apres_visa_annule_les_visas_et_rend_la_reservation(monde, porte, jusqu_a):
    monde.viser(jusqu_a)
    visas = VisaRapport.objects.count()
    journal = Journal.objects.de_l_objet(monde.rapport).count()
    for p in monde.propositions:
        p.ligne.dossier.refresh_from_db()
    PORTES[porte](monde)
    monde.rapport.refresh_from_db()
    assert (monde.rapport.etat, monde.rapport.etape_attendue()) == ("preparation", "chef_service")
    assert reserve(monde) == (0, 0)
    annules = VisaRapport.objects.filter(annule_le__isnull=False).exclude(motif_annulation="")
    assert (VisaRapport.objects.count(), annules.count()) == (visas, visas), "un visa s’annule, il ne s’efface pas"
    nouveaux = list(
        Journal.objects.de_l_objet(monde.rapport)[: Journal.objects.de_l_objet(monde.rapport).count() - journal]
    )
    assert [a.verbe for a in nouveaux] == ["annuler_visas"], "une ligne de journal et une seule"
    if jusqu_a == "finances":
        assert (nouveaux[0].de, nouveaux[0].vers) == ("Chef de service, Direction, Finances", "preparation")
        levees = Mouvement.objects.filter(nature=N.LEVEE)
        assert {m.autorisation_id: m.montant for m in levees} == {monde.ae.pk: -600, monde.ae2.pk: -50}
    call_command("verifier_comptes")


@pytest.mark.parametrize("porte", ["save", "update", "delete", "arbitrer", "retirer"])
def test_sans_visa_rien_n_est_annule_ni_journalise(monde, porte):
    PORTES[porte](monde)
    assert not Journal.objects.de_l_objet(monde.rapport).filter(verbe="annuler_visas").exists()


def test_temoin_sans_gardien_le_visa_resterait(monde, monkeypatch):
    """Negative control: without the guard the visa stands on an amount that nobody has seen."""
    from dpid import panneaux

    monkeypatch.setattr(panneaux, "_gardiens", [])
    monde.viser()
    PORTES["save"](monde)
    monde.rapport.refresh_from_db()
    assert monde.rapport.etat == "vise" and reserve(monde) == (600, 50)
    from deliberations.verification import ecarts

    assert any("le réservé n’est pas le proposé" in e for e in ecarts())


def test_le_texte_d_une_ligne_n_annule_pas_les_visas(monde):
    monde.viser()
    ligne = monde.lignes[0]
    ligne.description = "Autre description"
    ligne.save()
    monde.rapport.refresh_from_db()
    assert monde.rapport.etat == "vise"


def test_l_annulation_et_le_changement_sont_une_seule_transaction(monde, monkeypatch):
    """The cancellation fails: the amount is not changed either."""
    from deliberations import visas

    monde.viser()
    avant = maquette.etat_de_la_base()
    monkeypatch.setattr(visas, "lever", lambda *a, **k: 1 / 0)
    for porte in ("save", "update", "bulk_create", "delete", "arbitrer", "retirer", "inscrire"):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            PORTES[porte](monde)
    assert maquette.etat_de_la_base() == avant


def test_reviser_apres_un_changement_reserve_le_nouveau_montant(monde):
    monde.viser()
    monde.lignes[0].arbitrer(Decimal("800.00"), par=monde.equipe.instruction)
    monde.viser()
    assert reserve(monde) == (1000, 50)
    monde.adopter()
    monde.ae.refresh_from_db()
    assert (monde.ae.affecte, monde.ae.reserve, monde.ae.disponible) == (1000, 0, 0)
    assert LigneDossier.objects.filter(votee_le__isnull=False).count() == 3
