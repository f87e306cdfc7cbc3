"""Scenarios: their states, and the adoption into a rapport, all or nothing; two adoptions at once."""

from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from deliberations.arbitrage.lecture import Lecture
from deliberations.arbitrage.retenue import RetenueRefusee, empreinte_de, prevoir
from deliberations.imputations import propositions_par_ae
from deliberations.models import Instance, MontantDeScenario, OperationPresentee, Rapport, Scenario, Seance
from dpid.erreurs import ActeFige, ActeRefuse, VersionPerimee
from dpid.models import Journal
from programmes.models import Dossier, Financement, Ventilation
from tests.banc import SUR_UNE_COPIE, base_isolee, lancer
from tests.deliberations.arbitrage_donnees import ligne, monde
from tests.factories import AgentFactory, ServiceFactory
from tests.maquette import SEANCE_LE, etat_de_la_base, operation, rapport, territoire

pytestmark = pytest.mark.neutre


@pytest.fixture
def m(db):
    return monde()


@pytest.fixture
def seance(db):
    corps, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
    return Seance.objects.create(instance=corps, date=SEANCE_LE)


def retenir(m, scenario, **options):
    return scenario.retenir(**{"par": m.equipe.direction, **options})


def etats(m) -> dict:
    return {cle: Dossier.objects.get(lignes=li).etat for cle, li in m.lignes.items()}


# --- States


def test_un_nom_par_appel(m):
    m.scenario("Double")
    with pytest.raises(ValidationError, match="porte déjà ce nom"):
        m.scenario("Double")


def test_une_copie_reprend_tout_et_dit_d_ou_elle_vient(m):
    modele = m.scenario(A1="1.00")
    MontantDeScenario.objects.create(
        scenario=modele, ligne=m.lignes["A2"], montant=D("0"), motif_zero="refuse", commentaire="non"
    )
    copie = Scenario.ouvrir(appel=m.appel, nom="Copie", par=m.equipe.direction, copie_de=modele)
    champs = ("ligne", "montant", "motif_zero", "commentaire", "autorisation")
    assert list(copie.montants.values_list(*champs)) == list(modele.montants.values_list(*champs))
    assert copie.copie_de == modele and Journal.objects.de_l_objet(copie).get().donnees["copie_de"] == modele.pk


def test_ecarter_fige_chaque_montant_et_rouvrir_les_rend(m):
    scenario = m.scenario(A2="40.00")
    scenario.ecarter(par=m.equipe.direction, motif="Trop cher.")
    assert scenario.montants.count() == 5
    Financement.objects.update(montant=D("77.00"))  # A1 retains something else since
    assert Lecture(Scenario.objects.get(pk=scenario.pk)).par_ligne[m.lignes["A1"].pk].montant == D("100.00")
    with pytest.raises(ActeFige):
        Scenario.objects.get(pk=scenario.pk).save()
    with pytest.raises(ActeRefuse, match="Écarter"):
        scenario.ecarter(par=m.equipe.direction)
    scenario.rouvrir(par=m.equipe.direction)
    assert scenario.etat == Scenario.Etat.OUVERT
    actes = [(a.verbe, a.de, a.vers) for a in Journal.objects.de_l_objet(scenario)]
    assert actes == [("rouvrir", "ecarte", "ouvert"), ("ecarter", "ouvert", "ecarte"), ("creer", "", "ouvert")]


def test_la_base_refuse_un_retenu_sans_rapport(m):
    scenario = m.scenario()
    with pytest.raises(IntegrityError), transaction.atomic():
        Scenario.objects.filter(pk=scenario.pk).update(etat="retenu")


# --- Adoption


def test_retenir_ecrit_les_montants_propose_et_inscrit(m, seance):
    scenario, autre = m.scenario(A1="600.00", A2="123.45", C1="1000.00"), m.scenario("Autre", A1="1.00")
    scenario = Scenario.objects.select_related("rapport").get(pk=scenario.pk)
    rendu = retenir(m, scenario, seance=seance, motif_zero="ajourne", ecarter_les_autres=True)
    assert rendu.numero == "P1" and rendu.seance == seance and rendu.etat == Rapport.Etat.PREPARATION
    assert propositions_par_ae(rendu) == {m.aes["A"].pk: D("723.45"), m.aes["C"].pk: D("1000.00")}
    inscrit, instruit = Dossier.Etat.INSCRIT, Dossier.Etat.EN_INSTRUCTION
    assert etats(m) == {"A1": inscrit, "A2": inscrit, "A3": instruit, "B1": instruit, "C1": inscrit}
    plan = [(t.numero, o.libelle_court, o.propositions.count()) for t in rendu.thematiques.all()
            for o in t.operations.all()]  # fmt: skip
    assert plan == [(3, "D3.2", 1), (4, "D4.1", 2)]
    scenario.refresh_from_db()
    autre.refresh_from_db()
    assert (scenario.etat, scenario.rapport, autre.etat) == ("retenu", rendu, "ecarte")
    # One row for each act: the scenario, the other one, the rapport, and per dossier its amount, proposition, placing.
    par_verbe = dict.fromkeys(("retenir", "ecarter", "ouvrir", "arbitrer", "proposer", "inscrire"), 0)
    for verbe in Journal.objects.exclude(verbe="creer").values_list("verbe", flat=True):
        if verbe in par_verbe:
            par_verbe[verbe] += 1
    assert par_verbe == {"retenir": 1, "ecarter": 1, "ouvrir": 1, "arbitrer": 3, "proposer": 3, "inscrire": 3}
    # It stays readable as it was.
    assert Lecture(Scenario.objects.get(pk=scenario.pk)).par_ligne[m.lignes["A2"].pk].montant == D("123.45")


def test_retenir_dans_un_rapport_existant_reprend_ses_operations(m):
    ouvert = rapport(m.equipe.instruction)
    existante = operation(ouvert, m.dispositifs["A"])
    rendu = retenir(m, m.scenario(A1="600.00"), rapport=ouvert)
    assert rendu == ouvert and OperationPresentee.objects.get() == existante
    assert existante.propositions.count() == 1


def test_une_ligne_deja_au_bon_montant_n_est_pas_reecrite(m, seance):
    retenir(m, m.scenario(), seance=seance)
    assert not Journal.objects.filter(verbe="arbitrer").exists()
    assert etats(m)["A1"] == Dossier.Etat.INSCRIT


def test_une_ae_depassee_refuse_tout_et_dit_chaque_manque(m, seance):
    scenario = m.scenario(A1="10000.01", B1="700.00", C1="1500.00")
    avant = etat_de_la_base()
    with pytest.raises(RetenueRefusee) as refus:
        retenir(m, scenario, seance=seance)
    assert len(refus.value.raisons) == 2
    texte = str(refus.value)
    assert "C02-100A01" in texte and "il manque 0,01" in texte and "C02-100A02" in texte and "il manque 200,00" in texte
    assert etat_de_la_base() == avant


def test_le_dernier_centime_de_l_ae_passe(m, seance):
    rendu = retenir(m, m.scenario(A1="10000.00"), seance=seance)
    assert propositions_par_ae(rendu)[m.aes["A"].pk] == D("10000.00")


def test_ce_que_tient_un_autre_rapport_ouvert_compte(m, seance):
    autre = ligne(m.dispositifs["B"], "Déjà inscrite", "400.00", retenu="400.00", ae=m.aes["B"])
    autre.dossier.proposer(par=m.equipe.instruction)
    ouvert = rapport(m.equipe.instruction)
    ouvert.inscrire(autre, operation(ouvert, m.dispositifs["B"]), par=m.equipe.instruction)
    with pytest.raises(RetenueRefusee, match="il manque 0,01"):
        retenir(m, m.scenario(B1="100.01"), seance=seance)
    retenir(m, m.scenario("Juste", B1="100.00"), seance=seance)


def test_les_dossiers_qui_ne_peuvent_pas_etre_proposes_sont_tous_dits(m, seance):
    m.lignes["A1"].dossier.demander_avis(par=m.equipe.instruction, territoires=[territoire("ARTOIS")])
    m.dispositifs["C"].instance_externe = "fsl"
    m.dispositifs["C"].save()
    scenario = m.scenario(A1="10.00", B1="10.00", C1="10.00")
    avant = etat_de_la_base()
    with pytest.raises(RetenueRefusee) as refus:
        retenir(m, scenario, seance=seance)
    assert [("4AJ" in r, "Habitat" in r) for r in refus.value.raisons] == [(True, False), (False, True)]
    assert etat_de_la_base() == avant


def test_les_lignes_a_zero_restent_dehors_ou_entrent_avec_leur_motif(m, seance):
    with pytest.raises(RetenueRefusee, match="porte son motif"):
        retenir(m, m.scenario("Sans motif", A1="0.00", B1="10.00"), seance=seance)
    scenario = m.scenario("Avec", B1="10.00")
    MontantDeScenario.objects.create(
        scenario=scenario, ligne=m.lignes["A1"], montant=D("0"), motif_zero="finance_autrement"
    )
    rendu = retenir(m, scenario, seance=seance, inscrire_zeros=True, motif_zero="refuse")
    assert rendu.propositions.count() == 5
    motifs = {p.ligne_id: p.ligne.motif_zero for p in rendu.propositions.select_related("ligne")}
    assert motifs[m.lignes["A1"].pk] == "finance_autrement" and motifs[m.lignes["A2"].pk] == "refuse"
    assert motifs[m.lignes["B1"].pk] == ""


def test_une_ligne_ramenee_a_zero_et_laissee_dehors_ne_retient_plus_rien(m, seance):
    retenir(m, m.scenario(A1="0.00", B1="10.00"), seance=seance, motif_zero="ajourne")
    assert Financement.objects.get(ligne=m.lignes["A1"]).montant == 0
    m.lignes["A1"].refresh_from_db()
    assert m.lignes["A1"].motif_zero == "ajourne" and etats(m)["A1"] == Dossier.Etat.EN_INSTRUCTION


def test_rien_a_inscrire(m, seance):
    with pytest.raises(ActeRefuse, match="à 0 €"):
        retenir(m, m.scenario(A1="0.00"), seance=seance, motif_zero="refuse")


def test_les_ventilations_suivent_le_montant(m, seance):
    financement = Financement.objects.get(ligne=m.lignes["A1"])
    for lieu, part in (("ARTOIS", "33.33"), ("TERNOIS", "66.67")):
        Ventilation.objects.create(financement=financement, territoire=territoire(lieu), montant=D(part))
    retenir(m, m.scenario(A1="100.01"), seance=seance)
    assert list(financement.ventilations.values_list("montant", flat=True)) == [D("33.33"), D("66.68")]


def test_l_ae_choisie_dans_le_scenario(m, seance):
    scenario = m.scenario()
    MontantDeScenario.objects.create(
        scenario=scenario, ligne=m.lignes["A1"], montant=D("100.00"), autorisation=m.aes["C"]
    )
    assert propositions_par_ae(retenir(m, scenario, seance=seance)) == {m.aes["C"].pk: D("100.00")}


def test_plusieurs_lignes_d_un_dossier(m, seance):
    ligne(m.dispositifs["A"], "4AJ", "50.00", dossier=m.lignes["A1"].dossier, retenu="50.00", ae=m.aes["A"])
    rendu = retenir(m, m.scenario(), seance=seance)
    assert rendu.propositions.count() == 2
    assert Journal.objects.filter(verbe="inscrire").count() == 1  # the dossier enters once


def test_un_agent_qui_ne_voit_pas_tout_ne_retient_pas(m, seance):
    service = ServiceFactory()
    m.dispositifs["A"].service = service
    m.dispositifs["A"].save()
    par = AgentFactory(instruction=True, services=[service])
    scenario = m.scenario(A1="10.00")
    avant = etat_de_la_base()
    with pytest.raises(ActeRefuse, match="ne vous sont pas confiés"):
        retenir(m, scenario, seance=seance, par=par)
    assert etat_de_la_base() == avant


def test_ce_qui_a_change_depuis_la_confirmation_est_dit(m, seance):
    scenario = m.scenario(A1="10.00")
    lue = empreinte_de(Lecture(scenario, m.equipe.direction))
    MontantDeScenario.objects.update(montant=D("11.00"))
    avant = etat_de_la_base()
    with pytest.raises(VersionPerimee):
        retenir(m, scenario, seance=seance, empreinte=lue)
    assert etat_de_la_base() == avant
    retenir(m, scenario, seance=seance, empreinte=empreinte_de(Lecture(scenario, m.equipe.direction)))


def test_un_seul_effet_pour_deux_demandes(m, seance):
    scenario = m.scenario(A1="10.00")
    retenir(m, scenario, seance=seance)
    avant = etat_de_la_base()
    with pytest.raises(ActeRefuse, match="Retenir"):
        retenir(m, Scenario.objects.get(pk=scenario.pk), seance=seance)
    assert etat_de_la_base() == avant


def test_un_rapport_vote_ne_recoit_rien(m, sans_pdf):
    from tests.maquette import monde as monde_vote

    vote = monde_vote(numero="70", n=20)
    vote.viser()
    vote.adopter()
    avant = etat_de_la_base()
    with pytest.raises(ActeFige):
        retenir(m, m.scenario(A1="10.00"), rapport=vote.rapport)
    assert Scenario.objects.get().etat == "ouvert" and len(etat_de_la_base()) == len(avant)


def test_les_lignes_deja_dans_un_rapport_ne_bougent_pas(m, seance):
    premier, second = m.scenario("Un", A1="10.00"), m.scenario("Deux", A1="20.00", B1="30.00")
    retenir(m, premier, seance=seance)
    prevu = prevoir(Lecture(second, m.equipe.direction))
    assert [li.structure for li in prevu.deja_inscrites] == ["4AJ"] and prevu.total == D("30.00")
    rendu = retenir(m, second, seance=seance)
    assert propositions_par_ae(rendu) == {m.aes["B"].pk: D("30.00")}
    assert Financement.objects.get(ligne=m.lignes["A1"]).montant == D("10.00")


def test_les_visas_du_rapport_recevant_tombent(m):
    ouvert = rapport(m.equipe.instruction)
    ouvert.inscrire(_proposee(m), operation(ouvert, m.dispositifs["A"]), par=m.equipe.instruction)
    ouvert.viser(par=m.equipe.chef)
    retenir(m, m.scenario(B1="30.00"), rapport=ouvert)
    assert not ouvert.visas_actifs().exists()


def _proposee(m):
    m.lignes["A1"].dossier.proposer(par=m.equipe.instruction)
    return m.lignes["A1"]


# --- At the same instant


@pytest.mark.lent
@SUR_UNE_COPIE
@pytest.mark.parametrize("cas", ["deux", "double"])
def test_deux_adoptions_au_meme_instant_une_seule_gagne(tmp_path, cas):
    with base_isolee(tmp_path) as base:
        bilan = lancer("arbitrages", base, delai=600, scenario=cas, essais=8)
    assert bilan["issues"] == {"oui / refus": 8} and bilan["erreurs"] == [] and bilan["desaccords"] == []
    assert bilan["ecarts"] == []
