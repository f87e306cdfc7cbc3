"""Arbitrage: what a scenario gives, what is left, the cells, the sharing of what is left, the totals; money exact."""

from decimal import Decimal as D

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from deliberations.arbitrage import details, reliquat, saisie, totaux
from deliberations.arbitrage.exports import comparer
from deliberations.arbitrage.grille import Grille
from deliberations.arbitrage.lecture import Lecture, cle_naturelle
from deliberations.arbitrage.ouverture import montants_de_depart
from deliberations.arbitrage.saisie import Cellule
from deliberations.arbitrage.soldes import soldes
from deliberations.models import MontantDeScenario, Scenario
from dpid.erreurs import ActeFige, ActeRefuse, VersionPerimee
from dpid.models import Journal, Role
from dpid.montants import ZERO
from programmes.models import AppelAProjets, Avis, Dossier, Financement, Quantite, SourceFinancement, Ventilation
from programmes.regles import calculer
from tests.deliberations.arbitrage_donnees import ligne, monde
from tests.factories import AgentFactory, ServiceFactory
from tests.maquette import ANNEE, agent, etat_de_la_base, operation, rapport, territoire
from tests.maquette import monde as monde_vote


@pytest.fixture
def m(db):
    return monde()


def montants(lecture) -> dict:
    return {li.structure: li.montant for li in lecture.lignes}


def reste(lecture, code) -> D:
    return next(s.reste for s in soldes(lecture) if s.code == code)


# --- What a scenario gives


def test_sans_mot_du_scenario_la_ligne_garde_ce_qu_elle_retient(m):
    ligne(m.dispositifs["A"], "Proposée", "900.00", propose="450.00")
    lus = montants(Lecture(m.scenario()))
    assert lus == {"4AJ": D("100.00"), "CAPSO": ZERO, "ADEFI": ZERO, "AMIE": ZERO, "Habitat Insertion": ZERO,
                   "Proposée": D("450.00")}  # fmt: skip


def test_le_scenario_donne_ses_montants_et_la_ligne_par_defaut_du_dispositif(m):
    lecture = Lecture(m.scenario(A1="600.00", B1="700.00"))
    assert montants(lecture)["4AJ"] == D("600.00")
    assert reste(lecture, "C02-100A01") == D("9400.00")
    # 700,00 asked on an AE of 500,00: over by 200,00 to the centime.
    depassee = next(s for s in soldes(lecture) if s.code == "C02-100A02")
    assert (depassee.reste, depassee.manque, depassee.est_depassee) == (D("-200.00"), D("200.00"), True)


def test_l_argent_hors_budget_ne_touche_aucune_ae(m):
    fsl = SourceFinancement.objects.create(code="fsl", libelle="FSL")
    ligne(m.dispositifs["B"], "Bailleur", "300.00", retenu="300.00", source=fsl)
    lecture = Lecture(m.scenario())
    assert reste(lecture, "C02-100A02") == D("500.00")
    sources = next(t for t in totaux.tableaux(lecture) if t.colonne == "Source")
    assert {r.libelle: r.scenarios[0] for r in sources.rangs} == {"FSL": D("300.00"), "Budget départemental": D("100")}


def test_ce_que_les_rapports_ouverts_tiennent_sans_visa_est_deduit(m):
    gens = m.equipe
    autre = ligne(m.dispositifs["B"], "Déjà inscrite", "400.00", retenu="400.00", ae=m.aes["B"])
    autre.dossier.proposer(par=gens.instruction)
    ouvert = rapport(gens.instruction)
    ouvert.inscrire(autre, operation(ouvert, m.dispositifs["B"]), par=gens.instruction)
    lecture = Lecture(m.scenario())
    solde = next(s for s in soldes(lecture) if s.code == "C02-100A02")
    assert (solde.inscrit, solde.scenario, solde.reste) == (D("400.00"), ZERO, D("100.00"))
    ouvert.viser(par=gens.chef)
    ouvert.viser(par=gens.direction)
    ouvert.viser(par=gens.budget)
    solde = next(s for s in soldes(Lecture(lecture.scenario)) if s.code == "C02-100A02")
    assert (solde.inscrit, solde.reserve, solde.reste) == (ZERO, D("400.00"), D("100.00"))


def test_n1_suit_le_dispositif_renumerote_et_ne_compte_une_structure_qu_une_fois(db, sans_pdf):
    vote = monde_vote(numero="65", n=11)  # 400,00 to 4AJ, 200,00 to CAPSO, 50,00 to ADEFI
    vote.viser()
    vote.adopter()
    ancien = vote.lignes[0].dossier.dispositif
    AppelAProjets.objects.update(annee=ANNEE - 1)
    m = monde()
    m.dispositifs["A"].precedent = ancien
    m.dispositifs["A"].save()
    ligne(m.dispositifs["A"], "4AJ", "50.00")  # a second request of the same structure
    lecture = Lecture(m.scenario())
    lecture.lire_n1()
    assert [(li.structure, li.n1) for li in lecture.lignes if li.n1] == [
        ("4AJ", D("400.00")), ("ADEFI", D("50.00")), ("CAPSO", D("200.00")),
    ]  # fmt: skip
    assert sum(lecture.votes_n1[m.dispositifs["A"].pk].values()) == D("650.00")
    tableau = totaux.tableaux(lecture)[1]
    assert {r.libelle: r.n1 for r in tableau.rangs if r.n1} == {"4.1 D4.1": D("650.00")}
    assert montants_de_depart(m.appel, "n1", m.equipe.direction)[m.lignes["A2"].pk] == D("200.00")


def test_ordre_naturel_des_references():
    assert sorted(["1.10", "1.2", "1.1 bis", "1.1", "10.1", "2.1"], key=cle_naturelle) == [
        "1.1", "1.1 bis", "1.2", "1.10", "2.1", "10.1",
    ]  # fmt: skip


# --- What surrounds a line


def test_les_details_disent_comme_les_regles(m):
    """Light rows give what `regles.calculer` gives on the real line."""
    lecture = Lecture(m.scenario())
    lus = details.lire(lecture, lecture.lignes)
    for objet in m.lignes.values():
        fiche = getattr(objet.dossier.dispositif, "fiche", None)
        attendu = calculer(objet, fiche, objet.dossier.postes.totaux())
        assert lus.par_ligne[objet.pk].regle == attendu
    assert lus.par_ligne[m.lignes["A1"].pk].regle.montant == D("500.00")
    assert lus.par_ligne[m.lignes["C1"].pk].regle.montant == D("1000.00")  # 50 % of 2 000,00


def test_cout_unitaire_contre_la_mediane_du_dispositif(m):
    lecture = Lecture(m.scenario(A1="500.00", A2="300.00", A3="600.00"))  # 100, 100 and 300 per place
    grille = Grille(lecture, QueryDict())
    signaux = {li.structure: grille.rangee(li)["signal"] for li in grille.lignes}
    assert signaux["ADEFI"] == "haut" and signaux["4AJ"] == signaux["CAPSO"] == ""
    assert grille.details.mediane(lecture.par_ligne[m.lignes["A1"].pk]) == D("100.00")
    assert details.ecart_aux_voisins(D("49.99"), D("100.00")) == "bas"
    assert details.ecart_aux_voisins(D("50.00"), D("100.00")) == ""
    assert details.ecart_aux_voisins(D("200.00"), D("100.00")) == ""
    assert details.ecart_aux_voisins(None, D("100.00")) == details.ecart_aux_voisins(D("1"), None) == ""


def test_une_quantite_nulle_ne_divise_pas(m):
    Quantite.objects.create(ligne=m.lignes["B1"], valeur=D("0"), unite="places")
    grille = Grille(Lecture(m.scenario(B1="700.00")), QueryDict())
    assert grille.rangee(grille.lecture.par_ligne[m.lignes["B1"].pk])["cout"] == ""


def test_part_du_budget_et_avis(m):
    dossier = m.lignes["A1"].dossier
    commun = {"dossier": dossier, "demande_par": m.equipe.instruction, "echeance_le": "2024-02-01"}
    Avis.objects.create(territoire=territoire("ARTOIS"), etat="rendu", sens="favorable", rendu_le="2024-01-10T10:00Z",
                        rendu_par=m.equipe.instruction, **commun)  # fmt: skip
    Avis.objects.create(territoire=territoire("TERNOIS"), etat="repute_favorable", **commun)
    Avis.objects.create(territoire=territoire("LENS"), etat="demande", **commun)
    grille = Grille(Lecture(m.scenario(A1="600.00")), QueryDict())
    rangee = grille.rangee(grille.lecture.par_ligne[m.lignes["A1"].pk])
    assert rangee["avis"] == "2 fav. sur 3" and rangee["part"] == "30\u00a0%"


# --- Cells


def saisir(m, scenario, *cellules, par=None):
    cellules = [Cellule(m.lignes[c].pk, texte, None if lu is None else D(lu)) for c, texte, lu in cellules]
    return saisie.enregistrer(scenario, cellules, par=par or m.equipe.direction)


def test_une_case_s_ecrit_une_fois_et_laisse_une_ligne_au_journal(m):
    scenario = m.scenario()
    avant = Journal.objects.count()
    for _ in range(2):  # the same request sent twice
        resultats, _ = saisir(m, scenario, ("A2", "1 234,50 €", "0.00"))
    assert resultats[0].erreur == "" and resultats[0].montant == D("1234.50")
    assert list(scenario.montants.values_list("ligne", "montant")) == [(m.lignes["A2"].pk, D("1234.50"))]
    acte = Journal.objects.exclude(verbe="creer").latest("pk")
    assert Journal.objects.count() == avant + 1 and (acte.de, acte.vers) == ("0.00", "1234.50")
    assert acte.donnees == {"montants": [{"ligne": m.lignes["A2"].pk, "de": "0.00", "vers": "1234.50"}]}


def test_vider_une_case_rend_la_ligne_a_ce_qu_elle_retient(m):
    scenario = m.scenario(A1="600.00")
    resultats, lecture = saisir(m, scenario, ("A1", "", "600.00"))
    assert resultats[0].montant == D("100.00") and not scenario.montants.exists()
    assert reste(lecture, "C02-100A01") == D("9900.00")


def test_deux_agents_la_meme_case(m):
    scenario = m.scenario()
    autre_agent = agent("m-directeur", Role.DIRECTION)
    saisir(m, scenario, ("A2", "150", "0.00"), par=autre_agent)
    resultats, _ = saisir(m, scenario, ("A2", "175", "0.00"), ("A3", "80", "0.00"))
    conflit, autre = resultats
    assert "150,00" in conflit.erreur and "175,00" in conflit.erreur and str(autre_agent) in conflit.erreur
    assert autre.erreur == "" and not conflit.est_ecrit
    assert montants(Lecture(scenario))["CAPSO"] == D("150.00") and montants(Lecture(scenario))["ADEFI"] == D("80.00")
    # What is shown is now what the cell was opened on: sending it again is a choice.
    resultats, _ = saisir(m, scenario, ("A2", "175", "150.00"))
    assert resultats[0].est_ecrit and montants(Lecture(scenario))["CAPSO"] == D("175.00")


@pytest.mark.parametrize("texte", ["-5", "abc", "1e5", "12,345", "=1+1", "999999999999999", "NaN", "١٢"])
def test_saisies_refusees_sans_rien_ecrire(m, texte):
    scenario = m.scenario()
    avant = etat_de_la_base()
    resultats, _ = saisir(m, scenario, ("A2", texte, "0.00"))
    assert resultats[0].erreur and etat_de_la_base() == avant


def test_ligne_etrangere_inconnue_ou_fermee(m):
    scenario = m.scenario()
    autre = ligne(m.dispositifs["B"], "Deux financements", "900.00", retenu="10.00", ae=m.aes["B"])
    Financement.objects.create(ligne=autre, autorisation=m.aes["A"], montant=D("20.00"))
    m.lignes["X"] = autre
    refuse = m.lignes["B1"]
    refuse.dossier.refuser(par=m.equipe.instruction, motif="Hors champ.")
    resultats, _ = saisir(m, scenario, ("X", "5", None), ("B1", "5", None))
    assert "Plusieurs financements" in resultats[0].erreur and resultats[1].erreur == saisie.INCONNUE
    resultats, _ = saisie.enregistrer(scenario, [Cellule(10**9, "5", None)], par=m.equipe.direction)
    assert resultats[0].erreur == saisie.INCONNUE and not scenario.montants.exists()


def test_un_instructeur_n_arbitre_que_ses_dossiers_et_l_ae_reste_entiere(m):
    service = ServiceFactory()
    m.dispositifs["A"].service = service
    m.dispositifs["A"].save()
    instructrice = AgentFactory(instruction=True, services=[service])
    scenario = m.scenario(B1="300.00")
    lecture = Lecture(scenario, instructrice)
    assert {li.structure for li in lecture.visibles} == {"4AJ", "CAPSO", "ADEFI"}
    assert reste(lecture, "C02-100A02") == D("200.00")  # the foreign line counts, and is not shown
    resultats, _ = saisir(m, scenario, ("B1", "1", None), ("A1", "1", None), par=instructrice)
    assert resultats[0].erreur == saisie.INCONNUE and resultats[1].est_ecrit
    assert {r["structure"] for r in comparer(lecture, differences=False)} == {"4AJ", "CAPSO", "ADEFI"}
    personne = Lecture(scenario, AgentFactory())
    assert personne.visibles == [] and personne.lignes


def test_preciser_une_ligne(m):
    scenario = m.scenario()
    options = {"autorisation": m.aes["C"], "motif_zero": "", "commentaire": "À revoir", "par": m.equipe.direction}
    saisie.preciser(scenario, m.lignes["A2"].pk, montant=D("70.00"), lu=ZERO, **options)
    ecrit = scenario.montants.get()
    assert (ecrit.montant, ecrit.autorisation, ecrit.commentaire) == (D("70.00"), m.aes["C"], "À revoir")
    assert reste(Lecture(scenario), "C02-100A03") == D("4930.00")
    with pytest.raises(VersionPerimee):
        saisie.preciser(scenario, m.lignes["A2"].pk, montant=D("80.00"), lu=ZERO, **options)
    with pytest.raises(ActeRefuse):
        saisie.preciser(scenario, 10**9, montant=D("80.00"), lu=ZERO, **options)
    assert scenario.montants.get().montant == D("70.00")


def test_un_scenario_ferme_ne_s_ecrit_plus(m):
    scenario = m.scenario(A1="1.00")
    scenario.ecarter(par=m.equipe.direction)
    for faire in (
        lambda: saisir(m, scenario, ("A1", "2", None)),
        lambda: MontantDeScenario.objects.filter(scenario=scenario).update(montant=D("3")),
        lambda: MontantDeScenario.objects.bulk_create(
            [MontantDeScenario(scenario=scenario, ligne=m.lignes["B1"], montant=D("3"))]
        ),
        lambda: MontantDeScenario.objects.filter(scenario=scenario).delete(),
        lambda: reliquat.appliquer(
            scenario, m.dispositifs["A"], par=m.equipe.direction, empreinte="", source="montant", montant=D("5")
        ),
    ):
        with pytest.raises(ActeFige):
            faire()


# --- The sharing of what is left

CENTIMES = st.integers(0, 10**9).map(lambda n: D(n) / 100)


@given(CENTIMES, st.lists(st.tuples(CENTIMES, CENTIMES), max_size=30))
def test_le_reliquat_se_repartit_au_centime_sans_depasser_les_demandes(total, lignes_):
    parts = reliquat.partager(total, lignes_)
    places = [max(demande - actuel, ZERO) for demande, actuel in lignes_]
    assert sum(parts, ZERO) == min(total, sum(places, ZERO))
    assert all(ZERO <= part <= place for part, place in zip(parts, places, strict=True))
    assert all(part == part.quantize(D("0.01")) for part in parts)


@given(st.integers(1, 10**7), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_sans_plafond_atteint_le_reliquat_est_proportionnel(total, demandes):
    """Each part is within a centime of its exact share as long as nobody is full."""
    demandes = [D(d) * 1000 for d in demandes]
    total = min(D(total) / 100, sum(demandes) / 2)
    total = total.quantize(D("0.01"))
    parts = reliquat.partager(total, [(d, ZERO) for d in demandes])
    for part, demande in zip(parts, demandes, strict=True):
        assert abs(part - total * demande / sum(demandes)) <= D("0.01")


def test_le_plafonne_laisse_aux_autres():
    assert reliquat.partager(D("100.00"), [(D("100"), D("95")), (D("100"), ZERO)]) == [D("5"), D("95.00")]
    assert reliquat.partager(D("0.01"), [(D("10"), ZERO), (D("10"), ZERO)]) == [D("0.01"), ZERO]
    assert reliquat.partager(D("50"), []) == []


def test_repartir_ce_qui_reste_de_l_enveloppe(m):
    scenario = m.scenario()
    lecture = Lecture(scenario, m.equipe.direction)
    apercu = reliquat.preparer(lecture, lecture.dispositifs[m.dispositifs["A"].pk], source="enveloppe")
    assert apercu.total == apercu.reparti == D("900.00")  # 1 000,00 less the 100,00 already retained
    # 600, 300 and 300 asked: 450, 225 and 225.
    assert [(r.ligne.structure, r.part) for r in apercu.rangees] == [
        ("4AJ", D("450.00")), ("ADEFI", D("225.00")), ("CAPSO", D("225.00")),
    ]  # fmt: skip
    options = {"par": m.equipe.direction, "empreinte": apercu.empreinte, "source": "enveloppe"}
    reliquat.appliquer(scenario, lecture.dispositifs[m.dispositifs["A"].pk], **options)
    assert montants(Lecture(scenario))["4AJ"] == D("550.00")
    assert Journal.objects.filter(verbe="repartir").count() == 1
    avant = etat_de_la_base()
    with pytest.raises(ActeRefuse, match="rien à répartir"):  # the second click
        reliquat.appliquer(scenario, m.dispositifs["A"], **options)
    assert etat_de_la_base() == avant


def test_repartir_un_montant_deux_fois_n_en_repartit_qu_un(m):
    scenario = m.scenario()
    lecture = Lecture(scenario, m.equipe.direction)
    options = {"source": "montant", "montant": D("90.00")}
    apercu = reliquat.preparer(lecture, m.dispositifs["A"], **options)
    reliquat.appliquer(scenario, m.dispositifs["A"], par=m.equipe.direction, empreinte=apercu.empreinte, **options)
    with pytest.raises(VersionPerimee):
        reliquat.appliquer(scenario, m.dispositifs["A"], par=m.equipe.direction, empreinte=apercu.empreinte, **options)
    assert sum(scenario.montants.values_list("montant", flat=True)) == D("190.00")


def test_repartir_le_reste_d_une_ae_aux_lignes_qu_elle_porte(m):
    lecture = Lecture(m.scenario(), m.equipe.direction)
    apercu = reliquat.preparer(lecture, m.dispositifs["B"], source="ae", autorisation_id=m.aes["B"].pk)
    assert [(r.part, r.apres) for r in apercu.rangees] == [(D("500.00"), D("500.00"))]
    assert apercu.soldes[0]["apres"] == ZERO and not apercu.soldes[0]["est_depassee"]
    with pytest.raises(ActeRefuse, match="Aucune de ces lignes"):
        reliquat.preparer(lecture, m.dispositifs["A"], source="ae", autorisation_id=m.aes["B"].pk)
    with pytest.raises(ActeRefuse, match="ne fixe pas d’enveloppe"):
        reliquat.preparer(lecture, m.dispositifs["B"], source="enveloppe")
    trop = Lecture(m.scenario("Trop", B1="700.00"), m.equipe.direction)
    with pytest.raises(ActeRefuse, match="il manque 200,00"):
        reliquat.preparer(trop, m.dispositifs["B"], source="ae", autorisation_id=m.aes["B"].pk)


def test_repartir_sur_des_lignes_choisies(m):
    lecture = Lecture(m.scenario(), m.equipe.direction)
    choisies = {m.lignes["A3"].pk, m.lignes["B1"].pk}
    apercu = reliquat.preparer(lecture, m.dispositifs["A"], source="montant", montant=D("1000.00"), choisies=choisies)
    assert [(r.ligne.structure, r.part) for r in apercu.rangees] == [("ADEFI", D("300.00"))]
    assert apercu.non_reparti == D("700.00")


# --- Totals


def test_chaque_tableau_de_totaux_fait_le_meme_total(m):
    Ventilation.objects.bulk_create([
        Ventilation(financement=Financement.objects.get(), territoire=territoire(t), montant=D(part))
        for t, part in (("LENS", "33.33"), ("ARTOIS", "66.67"))
    ])  # fmt: skip
    a, b = m.scenario("A", A1="333.33", C1="0.01"), m.scenario("B", A1="200.00", B1="12.00")
    lecture = Lecture(a, m.equipe.direction, [b])
    tableaux = totaux.tableaux(lecture)
    assert {t.colonne for t in tableaux} == {"Thématique", "Dispositif", "Territoires", "Ligne", "Source"}
    for tableau in tableaux:
        total = tableau.total
        assert total.demande == D("3400.00") and total.retenu == D("100.00"), tableau.titre
        assert total.scenarios == [D("333.34"), D("212.00")] and total.ecarts == [D("-121.34")], tableau.titre
    lieux = {r.libelle: r.scenarios[0] for r in tableaux[2].rangs}
    assert lieux["LENS"] == D("111.10") and lieux["ARTOIS"] == D("222.24")  # 222,23 split + 0,01


def test_comparer_ne_montre_que_les_differences(m):
    a, b = m.scenario("A", A1="1.00"), m.scenario("B", A1="2.00")
    lecture = Lecture(a, m.equipe.direction, [b])
    assert [(r["structure"], r["montants"], r["ecarts"]) for r in comparer(lecture, differences=True)] == [
        ("4AJ", [D("1.00"), D("2.00")], [D("1.00")])
    ]
    assert len(comparer(lecture, differences=False)) == 5


@pytest.mark.parametrize(
    ("depart", "attendu"),
    [
        ("retenu", {}),
        ("zero", {"A1": "0", "A2": "0", "A3": "0", "B1": "0", "C1": "0"}),
        ("demande", {"A1": "600", "A2": "300", "A3": "300", "B1": "700", "C1": "1500"}),
        ("regle", {"A1": "500", "A2": "300", "A3": "200", "C1": "1000"}),
        ("n1", {}),
    ],
)
def test_montants_de_depart(m, depart, attendu):
    lus = montants_de_depart(m.appel, depart, m.equipe.direction)
    assert lus == {m.lignes[cle].pk: D(valeur) for cle, valeur in attendu.items()}


def test_les_lignes_inscrites_se_lisent_mais_ne_s_arbitrent_pas(m):
    m.lignes["A1"].dossier.proposer(par=m.equipe.instruction)
    ouvert = rapport(m.equipe.instruction)
    ouvert.inscrire(m.lignes["A1"], operation(ouvert, m.dispositifs["A"]), par=m.equipe.instruction)
    scenario = m.scenario(A1="999.00")
    lue = Lecture(scenario).par_ligne[m.lignes["A1"].pk]
    assert lue.montant == D("100.00") and "rapport" in lue.raison and not lue.est_arbitrable
    resultats, _ = saisir(m, scenario, ("A1", "5", None))
    assert "rapport" in resultats[0].erreur


def test_les_scenarios_sont_lus_par_qui_prepare_ou_decide(m):
    m.scenario()
    vus = {role: Scenario.objects.visibles_par(agent(f"r-{role}", role)).count() for role in Role.values}
    assert {r for r, n in vus.items() if n} == {"instruction", "direction", "budget", "administration"}
    assert Dossier.objects.count() == 5
