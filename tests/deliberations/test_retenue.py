"""Adoption of a scenario by lot: what it writes is what the verbs write line by line, in queries that do not grow."""

from collections import Counter
from decimal import Decimal as D

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from deliberations import inscription
from deliberations.arbitrage import retenue
from deliberations.models import Instance, MontantDeScenario, Seance
from dpid.erreurs import ActeRefuse, LotRefuse
from dpid.models import Journal
from programmes import retenues
from programmes.models import Avis, Dossier, Financement, LigneDossier, SourceFinancement, Ventilation
from tests.deliberations.arbitrage_donnees import ligne, monde
from tests.maquette import SEANCE_LE, etat_de_la_base, operation, rapport, territoire

pytestmark = pytest.mark.neutre


@pytest.fixture
def m(db):
    return monde()


@pytest.fixture
def seance(db):
    corps, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
    return Seance.objects.create(instance=corps, date=SEANCE_LE)


class Annule(Exception):
    """Ends a turn: what it wrote is undone before the next one."""


def contenu(labels) -> dict:
    """Every row of these tables but its own id and its instants."""
    etat = {}
    for label in labels:
        modele = apps.get_model(label)
        gardees = [c.attname for c in modele._meta.concrete_fields
                   if c.name not in ("id", "history_id") and not isinstance(c, models.DateTimeField)]  # fmt: skip
        etat[label] = sorted(map(repr, modele._base_manager.values_list(*gardees)))
    return etat


TABLES = (
    "programmes.Dossier", "programmes.HistoricalDossier", "programmes.LigneDossier", "programmes.Financement",
    "programmes.HistoricalLigneDossier", "programmes.HistoricalFinancement", "programmes.Ventilation", "dpid.Journal",
    "deliberations.Proposition", "deliberations.Rapport", "deliberations.Scenario", "deliberations.MontantDeScenario",
)  # fmt: skip


def un_par_un(monkeypatch):
    """The same adoption, each verb called on one row at a time."""
    arbitrer, inscrire, proposer = retenues.arbitrer, inscription.inscrire, Dossier.proposer.en_lot

    def chaque_ligne(decisions, *, par):
        return {pk: f for d in decisions for pk, f in arbitrer([d], par=par).items()}

    def chaque_placement(rapport, placements, *, par):
        return [p for placement in placements for p in inscrire(rapport, [placement], par=par)]

    def chaque_dossier(dossiers, *, par):
        for dossier in dossiers:
            proposer([dossier], par=par)

    monkeypatch.setattr(retenue.retenues, "arbitrer", chaque_ligne)
    monkeypatch.setattr(retenue.inscription, "inscrire", chaque_placement)
    monkeypatch.setattr(Dossier.proposer, "en_lot", chaque_dossier)


def varie(m):
    """A scenario where every kind of line is met: financed or not, split, on another AE, two of one dossier, at 0 €."""
    ligne(m.dispositifs["A"], "4AJ", "50.00", dossier=m.lignes["A1"].dossier)
    m.lignes["C1"].dossier.save()  # versions differ from one row to the next
    financement = Financement.objects.get(ligne=m.lignes["A1"])
    for lieu, part in (("ARTOIS", "33.33"), ("TERNOIS", "66.67")):
        Ventilation.objects.create(financement=financement, territoire=territoire(lieu), montant=D(part))
    scenario = m.scenario(A1="100.01", A2="123.45", C1="1000.00")
    MontantDeScenario.objects.create(
        scenario=scenario, ligne=m.lignes["B1"], montant=D("200.00"), autorisation=m.aes["C"]
    )
    return scenario


def test_le_lot_ecrit_ce_que_les_verbes_ecrivent_ligne_a_ligne(m, monkeypatch):
    scenario, ouvert = varie(m), rapport(m.equipe.instruction)
    for dispositif in m.dispositifs.values():
        operation(ouvert, dispositif)
    avant, etats = contenu(TABLES), []
    for tour in ("en lot", "un par un"):
        with pytest.raises(Annule), monkeypatch.context() as rustines, transaction.atomic():
            if tour == "un par un":
                un_par_un(rustines)
            frais = type(scenario).objects.get(pk=scenario.pk)
            frais.retenir(par=m.equipe.direction, rapport=ouvert, inscrire_zeros=True, motif_zero="ajourne")
            etats.append(contenu(TABLES))
            raise Annule
        assert contenu(TABLES) == avant
    assert etats[0] == etats[1] != avant
    assert len(etats[0]["deliberations.Proposition"]) == LigneDossier.objects.count() == 6


def requetes_pour(m, seance, n) -> int:
    """Queries of the adoption of a call that has `n` lines more."""
    for rang in range(n):
        creee = ligne(m.dispositifs["ABC"[rang % 3]], f"Structure {n} {rang}", "20.00",
                      retenu="5.00" if rang % 2 else None, ae=m.aes["ABC"[rang % 3]])  # fmt: skip
        m.lignes[f"N{n}_{rang}"] = creee
    voulus = {cle: "10.00" for cle in m.lignes}
    scenario = m.scenario(f"Avec {n}", **voulus)
    with pytest.raises(Annule), transaction.atomic():
        with CaptureQueriesContext(connection) as requetes:
            scenario.retenir(par=m.equipe.direction, seance=seance)
        verbes = Counter(Journal.objects.values_list("verbe", flat=True))
        assert {verbes[v] for v in ("arbitrer", "proposer", "inscrire")} == {len(voulus)}
        raise Annule
    return len(requetes)


def test_les_requetes_ne_dependent_pas_du_nombre_de_lignes(m, seance):
    # Both below the rows that SQLite takes in one INSERT.
    peu, beaucoup = requetes_pour(m, seance, 3), requetes_pour(m, seance, 25)
    assert peu == beaucoup < 200


def test_proposer_un_lot_dit_chaque_refus_et_n_ecrit_rien(m):
    gens = m.equipe
    avis = m.lignes["A1"].dossier
    avis.demander_avis(par=gens.instruction, territoires=[territoire("ARTOIS")])
    vide = m.lignes["B1"].dossier
    m.lignes["B1"].delete()
    refuse = m.lignes["C1"].dossier
    refuse.refuser(par=gens.instruction, motif="Hors sujet.")
    bon = m.lignes["A2"].dossier
    avant = etat_de_la_base()
    with pytest.raises(LotRefuse) as lot:
        Dossier.proposer.en_lot([refuse, bon, vide, avis], par=gens.instruction)
    assert list(lot.value.refus) == sorted([avis.pk, vide.pk, refuse.pk])
    assert "avis peuvent encore" in lot.value.refus[avis.pk]
    assert "au moins une ligne" in lot.value.refus[vide.pk]
    assert "« Proposer » est impossible" in lot.value.refus[refuse.pk]
    assert etat_de_la_base() == avant and bon.etat == Dossier.Etat.EN_INSTRUCTION
    Avis.objects.update(etat=Avis.Etat.SANS_OBJET)
    Dossier.proposer.en_lot([bon, avis, bon], par=gens.instruction)
    assert bon.etat == avis.etat == Dossier.Etat.PROPOSE
    assert Journal.objects.filter(verbe="proposer").count() == 2


def test_arbitrer_un_lot_est_tout_ou_rien(m):
    hors, _ = SourceFinancement.objects.get_or_create(code="fse", defaults={"libelle": "FSE+"})
    autre = ligne(m.dispositifs["B"], "AMIE", "10.00", retenu="10.00", source=hors)
    decisions = [
        retenues.Decision(m.lignes["A1"].pk, D("5.00")),
        retenues.Decision(m.lignes["A2"].pk, D("0.00")),
        retenues.Decision(m.lignes["A3"].pk, D("1.001")),
        retenues.Decision(autre.pk, D("5.00"), autorisation=m.aes["B"]),
    ]
    avant = etat_de_la_base()
    with pytest.raises(LotRefuse) as lot:
        retenues.arbitrer(decisions, par=m.equipe.direction)
    assert list(lot.value.refus) == [m.lignes["A2"].pk, m.lignes["A3"].pk, autre.pk]
    dits = list(lot.value.refus.values())
    assert "porte son motif" in dits[0] and "centime" in dits[1] and "source hors budget" in dits[2]
    assert etat_de_la_base() == avant


def test_inscrire_deux_fois_la_meme_ligne_est_refuse(m):
    ouvert = rapport(m.equipe.instruction)
    plan = operation(ouvert, m.dispositifs["A"])
    lignes = [m.lignes["A1"], m.lignes["A2"], m.lignes["A3"]]
    Dossier.proposer.en_lot([li.dossier for li in lignes[:2]], par=m.equipe.instruction)
    ouvert.inscrire(lignes[0], plan, par=m.equipe.instruction)
    avant = etat_de_la_base()
    with pytest.raises(LotRefuse) as lot:
        inscription.inscrire(ouvert, [inscription.Placement(li, plan) for li in lignes], par=m.equipe.instruction)
    assert list(lot.value.refus) == [lignes[0].pk, lignes[2].pk]
    assert "déjà inscrite" in str(lot.value) and "Seul un dossier proposé" in str(lot.value)
    assert etat_de_la_base() == avant
    with pytest.raises(ActeRefuse, match="déjà inscrite"):
        ouvert.inscrire(lignes[0], plan, par=m.equipe.instruction)
    posees = inscription.inscrire(ouvert, [inscription.Placement(lignes[1], plan)], par=m.equipe.instruction)
    assert [p.ordre for p in posees] == [2]
