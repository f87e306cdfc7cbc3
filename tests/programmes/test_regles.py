"""The rules of the fiches, with the figures of the published calls: amounts, alerts, instalments, bilan."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from programmes import regles
from programmes.appels.echeancier import dates_de_suivi, echeance_du_bilan, echeances, exces, total_echeance
from programmes.appels.enonces import enonces, phrase_cout
from programmes.models import Fiche, Poste, Quantite, SessionDepot, VersementPrevu
from tests.factories import (
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    StructureFactory,
    TerritoireFactory,
    financer,
)

pytestmark = pytest.mark.neutre

ESPACES = str.maketrans("\u00a0\u202f", "  ")


def plat(texte: str) -> str:
    """A sentence with ordinary spaces: the no-break ones are checked apart."""
    return texte.translate(ESPACES)


def ligne(*quantites, debut=None, fin=None, demande=None, propose=None):
    """What a rule reads of a line, without the database."""
    rangs = [SimpleNamespace(valeur=Decimal(v), unite=u) for v, u in quantites]
    return SimpleNamespace(
        quantites=SimpleNamespace(all=lambda: rangs), debut=debut, fin=fin, ordre=1,
        demande=None if demande is None else Decimal(demande), propose=None if propose is None else Decimal(propose),
    )  # fmt: skip


AN = {"debut": date(2024, 1, 1), "fin": date(2024, 12, 31)}
SEMESTRE = {"debut": date(2024, 1, 1), "fin": date(2024, 6, 30)}


# --- Months


@pytest.mark.parametrize(
    ("debut", "fin", "mois"),
    [
        ("2024-01-01", "2024-06-30", 6), ("2024-01-01", "2024-12-31", 12), ("2024-03-01", "2025-02-28", 12),
        ("2023-03-01", "2024-02-29", 12), ("2023-10-01", "2024-09-30", 12), ("2024-01-15", "2024-02-14", 1),
        ("2024-01-01", "2024-01-15", 0), ("2024-01-01", "2024-01-16", 1), ("2023-02-01", "2023-02-15", 0),
        ("2023-02-01", "2023-02-28", 1), ("2024-08-31", "2025-02-28", 6), ("2024-01-31", "2024-02-29", 1),
        ("2022-11-01", "2023-12-31", 14), ("2024-01-02", "2024-01-01", 0), ("2024-06-30", "2024-01-01", 0),
        ("2024-01-01", "9999-12-31", 83712),
    ],
)  # fmt: skip
def test_mois_entre(debut, fin, mois):
    assert regles.mois_entre(date.fromisoformat(debut), date.fromisoformat(fin)) == mois


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 60))
def test_n_mois_pleins_comptent_n(debut, n):
    fin = ajouter_mois(debut, n) - timedelta(days=1)
    assert regles.mois_entre(debut, fin) == n


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 900), st.integers(0, 40))
def test_les_mois_ne_reculent_pas(debut, jours, plus):
    fin = debut + timedelta(days=jours)
    assert regles.mois_entre(debut, fin) <= regles.mois_entre(debut, fin + timedelta(days=plus))


# --- Amounts, with the figures of the published documents


@pytest.mark.parametrize(
    ("fiche", "quantite", "periode", "montant", "phrase"),
    [
        # 160 €/place for a year, 80 € for six months (2022-375, annexe 7).
        ({"cout": "160", "unite": "places"}, ("250", "places"), AN, "40000.00", "250 places à 160,00 € : 40 000,00 €."),
        (
            {"cout": "160", "unite": "places"}, ("250", "places"), SEMESTRE, "20000.00",
            "250 places à 160,00 € pour 12 mois, sur 6 mois : 20 000,00 €.",
        ),
        # 2 000 € per jeune, whatever the duration (2022-375, 2024-273).
        (
            {"cout": "2000", "unite": "jeunes", "mois": None}, ("15", "jeunes"), SEMESTRE, "30000.00",
            "15 jeunes à 2 000,00 € : 30 000,00 €.",
        ),
        # Mesures: 2 500 € for 12 months, halves exist.
        (
            {"cout": "2500", "unite": "mesures"}, ("3.5", "mesures"), AN, "8750.00",
            "3,5 mesures à 2 500,00 € : 8 750,00 €.",
        ),
        # ETP: coordinateur LDA 55 000 €.
        (
            {"cout": "55000", "unite": "ETP"}, ("1.5", "etp"), SEMESTRE, "41250.00",
            "1,5 ETP à 55 000,00 € pour 12 mois, sur 6 mois : 41 250,00 €.",
        ),
        # A price given for 14 months (diagnostics), an action of 14 months.
        (
            {"cout": "467", "unite": "diagnostics", "mois": 14}, ("10", "diagnostic"),
            {"debut": date(2022, 11, 1), "fin": date(2023, 12, 31)}, "4670.00",
            "10 diagnostics à 467,00 € : 4 670,00 €.",
        ),
        # A price by month: FAL 171,90 € (2024-273, annexe 10).
        (
            {"cout": "171.90", "unite": "FAL", "mois": 1}, ("18", "FAL"), AN, "37130.40",
            "18 FAL × 171,90 € × 12 mois : 37 130,40 €.",
        ),
        # A few days are one month, never a whole year.
        (
            {"cout": "1200", "unite": "places"}, ("1", "place"),
            {"debut": date(2024, 5, 1), "fin": date(2024, 5, 4)}, "100.00",
            "1 place à 1 200,00 € pour 12 mois, sur 1 mois : 100,00 €.",
        ),
    ],
)  # fmt: skip
def test_cout_unitaire(fiche, quantite, periode, montant, phrase):
    regle = Fiche(cout_unitaire=Decimal(fiche["cout"]), unite=fiche["unite"], cout_pour_mois=fiche.get("mois", 12))
    calcul = regles.calculer(ligne(quantite, **periode), regle)
    assert calcul.montant == Decimal(montant)
    assert plat(calcul.phrase) == phrase
    assert "\u00a0€" in calcul.phrase and " :" not in calcul.phrase  # French spacing


@pytest.mark.parametrize("quantites", [[], [("12", "ménages")]])
def test_sans_quantite_de_l_unite_rien_ne_se_calcule(quantites):
    fiche = Fiche(cout_unitaire=Decimal(160), unite="places")
    assert regles.calculer(ligne(*quantites, **AN), fiche) is None


def test_des_unites_differentes_ne_s_additionnent_pas():
    fiche = Fiche(cout_unitaire=Decimal(160), unite="places")
    calcul = regles.calculer(ligne(("10", "places"), ("5", "Place"), ("99", "mesures"), **AN), fiche)
    assert calcul.montant == Decimal("2400.00")


@pytest.mark.django_db
def test_plusieurs_couts_unitaires_s_additionnent(fiche):
    """Fiche 4.6 of the 2024 call: a « mesure simple » at 2 500 €, a « renforcée » at 5 000 €, for twelve months."""
    regler(fiche, cout_unitaire=Decimal(5000), unite="mesures renforcées", cout_pour_mois=12)
    fiche.autres_couts.create(montant=Decimal(2500), unite="mesures simples")
    mesures = ("3.5", "mesures renforcées"), ("1", "mesure simple"), ("9", "ménages")
    calcul = regles.calculer(ligne(*mesures, **AN), fiche)
    assert calcul.montant == Decimal("20000.00")
    assert plat(calcul.phrase) == (
        "3,5 mesures renforcées à 5 000,00 € (17 500,00 €) et 1 mesure simple à 2 500,00 € (2 500,00 €) : 20 000,00 €."
    )
    calcul = regles.calculer(ligne(("4", "mesures simples"), **SEMESTRE), fiche)
    assert calcul.montant == Decimal("5000.00")
    assert plat(calcul.phrase) == "4 mesures simples à 2 500,00 € pour 12 mois, sur 6 mois : 5 000,00 €."
    assert plat(phrase_cout(fiche)) == (
        "5 000,00 € par unité (mesures renforcées) et 2 500,00 € par unité (mesures simples) pour 12 mois, "
        "au prorata d’une autre durée."
    )
    # A unit written twice is paid once.
    fiche.autres_couts.create(montant=Decimal(9999), unite="Mesure renforcée")
    assert regles.calculer(ligne(("2", "mesures renforcées"), **AN), fiche).montant == Decimal(10000)


@pytest.mark.parametrize(
    ("cout", "unite", "autres", "refus"),
    [
        (Decimal(1), "places", [], ""), (None, "", [], ""), (Decimal(1), "places", ["jeunes", "postes"], ""),
        (None, "", ["jeunes"], "Dites d’abord"), (Decimal(1), "places", ["Place"], "« Place » a deux coûts"),
        (Decimal(1), "places", ["jeunes", "jeune"], "« jeune » a deux coûts"),
    ],
)  # fmt: skip
def test_un_cout_par_unite(cout, unite, autres, refus):
    assert bool(refus) == bool(dit := regles.couts_incoherents(cout, unite, autres)) and refus in dit


def test_forfait_par_structure():
    calcul = regles.calculer(ligne(), Fiche(forfait=Decimal(20000)))
    assert (calcul.montant, plat(calcul.phrase)) == (Decimal(20000), "Forfait par structure : 20 000,00 €.")


def test_sans_fiche_ni_regle_rien():
    assert regles.calculer(ligne(demande="100"), None) is None
    assert regles.calculer(ligne(demande="100"), Fiche()) is None


@pytest.mark.parametrize(
    ("demande", "charges", "attendu"),
    [("4000", "10000", "4000.00"), ("6000", "10000", "5000.00"), ("6000", "9999.99", "5000.00"), ("1", "1", "0.50")],
)
def test_plafond_de_50_pour_cent(demande, charges, attendu):
    """FAJ collectif: half of the budget of the action at most (call of 2024, fiche 4.1)."""
    calcul = regles.calculer(ligne(demande=demande), Fiche(taux_plafond=Decimal(50)), {"charges": Decimal(charges)})
    assert calcul.montant == Decimal(attendu)


def test_le_plafond_ramene_le_cout_unitaire():
    fiche = Fiche(cout_unitaire=Decimal(2000), unite="jeunes", cout_pour_mois=None, taux_plafond=Decimal(50))
    calcul = regles.calculer(ligne(("10", "jeunes")), fiche, {"charges": Decimal(30000)})
    assert calcul.montant == Decimal(15000)
    assert plat(calcul.phrase) == (
        "10 jeunes à 2 000,00 € : 20 000,00 €, ramenés à 50 % de 30 000,00 € de charges, soit 15 000,00 €."
    )


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=6), st.integers(1, 10**8), st.integers(1, 100))
def test_les_parts_du_plafond_ne_le_depassent_jamais(centimes, charges, taux):
    demandes = [Decimal(c) / 100 for c in centimes]
    fiche = Fiche(taux_plafond=Decimal(taux))
    totaux = {"charges": Decimal(charges) / 100, "departement": sum(demandes)}
    calculs = [regles.calculer(ligne(demande=d), fiche, totaux) for d in demandes]
    plafond = regles.arrondir(totaux["charges"] * taux / 100)
    assert sum(c.montant for c in calculs) <= plafond
    assert all(c.montant <= d for c, d in zip(calculs, demandes, strict=True))


# --- Instalments


def avec_versements(*taux):
    rangs = [VersementPrevu(type=t, pourcentage=None if p is None else Decimal(p)) for t, p in taux]
    return SimpleNamespace(versements=SimpleNamespace(all=lambda: rangs))


@pytest.mark.parametrize(
    ("taux", "montant", "attendus"),
    [
        ([("acompte", "60"), ("solde", None)], "10000", ["6000.00", "4000.00"]),
        ([("avance", "80"), ("solde", None)], "33333.33", ["26666.66", "6666.67"]),
        ([("unique", "100")], "30000", ["30000.00"]),
        ([("unique", None)], "30000", ["30000.00"]),
        ([("avance", None), ("solde", None)], "30000", [None, None]),
        ([("avance", "33.33"), ("intermediaire", "33.33"), ("solde", None)], "100", ["33.33", "33.33", "33.34"]),
        ([("avance", "60"), ("intermediaire", "30")], "1000", ["600.00", "300.00"]),
        ([], "1000", []),
    ],
)
def test_echeancier(taux, montant, attendus):
    obtenus = echeances(avec_versements(*taux), Decimal(montant))
    assert [x.montant for x in obtenus] == [None if a is None else Decimal(a) for a in attendus]


@given(st.integers(0, 10**11), st.lists(st.integers(0, 2500), max_size=4))
def test_un_echeancier_complet_fait_le_montant(centimes, taux):
    fiche = avec_versements(*[("avance", Decimal(t) / 100) for t in taux], ("solde", None))
    montant = Decimal(centimes) / 100
    obtenus = echeances(fiche, montant)
    assert total_echeance(obtenus) == montant
    assert all(x.montant >= 0 for x in obtenus)


def test_plus_de_100_pour_cent_est_refuse():
    with pytest.raises(ActeRefuse, match="120"):
        echeances(avec_versements(("avance", "80"), ("solde", "40")), Decimal(100))
    assert plat(exces([Decimal(80), Decimal(40)])) == "Les versements font 120 % : 20 points de trop."
    assert exces([Decimal(60), None, Decimal(40)]) == ""


def test_phrase_d_une_echeance():
    premiere = echeances(avec_versements(("acompte", "60"), ("solde", None)), Decimal(10000))[0]
    assert plat(premiere.phrase) == "Acompte : 60 %, soit 6 000,00 €."
    inconnue = echeances(avec_versements(("avance", None), ("solde", None)), Decimal(10000))[0]
    assert plat(inconnue.phrase) == "Avance : part fixée par la convention."


# --- Bilan


@pytest.mark.parametrize(
    ("regle", "fin", "attendu"),
    [
        ({"bilan_delai_mois": 3}, "2024-12-31", "2025-03-31"),
        ({"bilan_delai_mois": 3}, "2024-11-30", "2025-02-28"),
        ({"bilan_delai_mois": 3}, "2023-11-30", "2024-02-29"),
        ({"bilan_delai_mois": 6}, "2024-08-31", "2025-02-28"),
        ({"bilan_delai_mois": 0}, "2024-08-31", "2024-08-31"),
        ({"bilan_jour": 31, "bilan_mois": 1}, "2024-12-31", "2025-01-31"),
        ({"bilan_jour": 31, "bilan_mois": 3}, "2023-06-30", "2024-03-31"),
        ({"bilan_jour": 31, "bilan_mois": 2}, "2023-06-30", "2024-02-29"),
        ({"bilan_jour": 31, "bilan_mois": 11}, "2023-06-30", "2024-11-30"),
        ({}, "2024-12-31", None),
    ],
)
def test_echeance_du_bilan(regle, fin, attendu):
    attendue = date.fromisoformat(attendu) if attendu else None
    assert echeance_du_bilan(Fiche(**regle), date.fromisoformat(fin)) == attendue
    assert echeance_du_bilan(Fiche(**regle), None) is None


@pytest.mark.parametrize(
    ("rythme", "debut", "fin", "attendu"),
    [
        (3, "2024-01-01", "2024-12-31", ["2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"]),
        (1, "2024-01-31", "2024-03-30", ["2024-02-28", "2024-03-30"]),
        (6, "2024-01-01", "2024-05-31", []),
        (12, "2024-07-01", "2026-01-31", ["2025-06-30"]),
        (None, "2024-01-01", "2024-12-31", []),
    ],
)
def test_dates_de_suivi(rythme, debut, fin, attendu):
    jours = dates_de_suivi(rythme, date.fromisoformat(debut), date.fromisoformat(fin))
    assert [j.isoformat() for j in jours] == attendu
    assert dates_de_suivi(rythme, None, date.fromisoformat(fin)) == []


# --- Alerts


@pytest.fixture
def fiche(db):
    return Fiche.objects.create(dispositif=DispositifFactory())


def un_dossier(fiche, **options):
    return DossierFactory(dispositif=fiche.dispositif, **options)


def regler(fiche, **regle):
    for nom, valeur in regle.items():
        setattr(fiche, nom, valeur)
    fiche.full_clean()
    fiche.save()
    return fiche


def codes(dossier):
    return {a.code: plat(a.phrase) for a in regles.alertes(type(dossier).objects.get(pk=dossier.pk))}


def test_rien_a_dire_d_un_dossier_dans_les_regles(fiche):
    regler(fiche, types_eligibles=["association"], cout_unitaire=Decimal(100), unite="mesures", duree_max_mois=12)
    dossier = un_dossier(fiche)
    LigneFactory(dossier=dossier, quantite="10", propose=Decimal(800), **AN)
    assert codes(dossier) == {}


def test_au_dela_de_la_regle_de_la_fiche(fiche):
    regler(fiche, cout_unitaire=Decimal(160), unite="mesures")
    dossier = un_dossier(fiche)
    ligne = LigneFactory(dossier=dossier, quantite="5", propose=Decimal(1000), **SEMESTRE)
    assert codes(dossier)["regle"] == (
        "Ligne 1 : 1 000,00 €, soit 600,00 € de plus que la règle de la fiche "
        "(5 mesures à 160,00 € pour 12 mois, sur 6 mois : 400,00 €)."
    )
    ligne.propose = Decimal(400)
    ligne.save()
    assert "regle" not in codes(dossier)


def test_contact_prealable(fiche):
    regler(fiche, est_contact_obligatoire=True, contact_prealable="service logement")
    dossier = un_dossier(fiche, depose_le=datetime(2024, 1, 10, 10, tzinfo=UTC))
    assert codes(dossier) == {
        "contact": "Contact préalable obligatoire (service logement) : le dossier n’en porte pas la date."
    }
    dossier.contact_le, dossier.contact_avec = date(2024, 1, 11), "Mme Martin"
    dossier.save()
    assert "devait précéder le dépôt, fait le 10/01/2024" in codes(dossier)["contact"]
    dossier.contact_le = date(2024, 1, 10)
    dossier.save()
    assert codes(dossier) == {}
    for champs, attendu in (({"contact_le": None}, "porte sa date"), ({"contact_le": date(2999, 1, 1)}, "a eu lieu")):
        for nom, valeur in champs.items():
            setattr(dossier, nom, valeur)
        with pytest.raises(ValidationError, match=attendu):
            dossier.full_clean()


def test_au_dela_du_forfait(fiche):
    regler(fiche, forfait=Decimal(20000))
    dossier = un_dossier(fiche)
    for _ in range(2):
        LigneFactory(dossier=dossier, propose=Decimal(12000))
    assert codes(dossier)["forfait"] == "24 000,00 € pour un forfait de 20 000,00 € par structure : 4 000,00 € de plus."


def test_charges_indirectes_au_plus_20_pour_cent(fiche):
    regler(fiche, taux_indirect_max=Decimal(20))
    dossier = un_dossier(fiche)
    for nature, montant in (("personnel", 8000), ("prestation", 2000), ("indirecte", 2000)):
        Poste.objects.create(dossier=dossier, sens="charge", nature=nature, libelle=nature, montant=Decimal(montant))
    Poste.objects.create(dossier=dossier, sens="produit", nature="departement", libelle="D", montant=Decimal(12000))
    assert "indirectes" not in codes(dossier)
    Poste.objects.filter(nature="indirecte").delete()
    Poste.objects.create(dossier=dossier, sens="charge", nature="indirecte", libelle="S", montant=Decimal("2000.01"))
    assert codes(dossier)["indirectes"] == (
        "Charges indirectes de 2 000,01 € ; la fiche admet 20 % de 10 000,00 €, soit 2 000,00 €."
    )
    assert codes(dossier)["equilibre"].endswith("écart de 0,01 €.")


def test_plafond_postes_et_duree_du_faj_collectif(fiche):
    regler(fiche, taux_plafond=Decimal(50), est_poste_finance=False, duree_max_mois=12)
    dossier = un_dossier(fiche)
    LigneFactory(dossier=dossier, demande=Decimal(6000), debut=date(2024, 1, 1), fin=date(2025, 1, 31))
    Poste.objects.create(
        dossier=dossier, sens="charge", nature="personnel", libelle="Animateur", montant=Decimal(10000)
    )
    trouvees = codes(dossier)
    assert trouvees["plafond"] == (
        "Demande de 6 000,00 €, soit 60 % des charges ; la fiche plafonne à 50 %, soit 5 000,00 €."
    )
    assert trouvees["postes"] == "10 000,00 € de charges de personnel ; la fiche ne finance pas de poste."
    assert trouvees["duree"].startswith("Action de 13 mois (du 01/01/2024 au 31/01/2025) ; la fiche en admet 12")


@pytest.mark.parametrize(
    ("bornes", "debut", "attendu"),
    [
        ({"demarrage_fin": date(2024, 12, 1)}, date(2024, 12, 2), "au plus tard le 01/12/2024"),
        ({"demarrage_debut": date(2024, 1, 1)}, date(2023, 12, 31), "à partir du 01/01/2024"),
        (
            {"demarrage_debut": date(2024, 1, 1), "demarrage_fin": date(2024, 12, 1)}, date(2025, 1, 1),
            "entre le 01/01/2024 et le 01/12/2024",
        ),
        ({"demarrage_debut": date(2024, 1, 1), "demarrage_fin": date(2024, 12, 1)}, date(2024, 12, 1), None),
    ],
)  # fmt: skip
def test_fenetre_de_demarrage(fiche, bornes, debut, attendu):
    session = SessionDepot.objects.create(
        fiche=fiche, ouverture=date(2023, 12, 14), cloture=date(2024, 9, 30), **bornes
    )
    dossier = un_dossier(fiche, session=session)
    LigneFactory(dossier=dossier, debut=debut, fin=date(2025, 6, 30))
    trouvee = codes(dossier).get("demarrage")
    assert trouvee is None if attendu is None else trouvee.endswith(f"la session le veut {attendu}.")


def test_hors_du_territoire_de_la_fiche(fiche):
    artois, arras = TerritoireFactory(libelle="Artois"), TerritoireFactory(libelle="Arrageois")
    ensemble = TerritoireFactory(libelle="Les deux", inclus=[artois, arras])
    fiche.territoires.add(artois)
    dedans, dehors, large = un_dossier(fiche), un_dossier(fiche), un_dossier(fiche)
    for dossier, lieu in ((dedans, artois), (dehors, arras), (large, ensemble)):
        LigneFactory(dossier=dossier, territoires=[lieu])
    assert "territoire" not in codes(dedans)
    assert codes(dehors)["territoire"] == "Hors du territoire de la fiche : Arrageois ; elle couvre Artois."
    assert "Les deux" in codes(large)["territoire"]
    fiche.territoires.set([ensemble])
    assert "territoire" not in codes(dehors) and "territoire" not in codes(large)


def test_enveloppe_depassee(fiche):
    regler(fiche, enveloppe=Decimal(30000))
    dossier = un_dossier(fiche)
    financer(LigneFactory(dossier=dossier), "20000", AutorisationFactory())
    assert "enveloppe" not in codes(dossier)
    financer(LigneFactory(dossier=un_dossier(fiche)), "10000.01")
    assert codes(dossier)["enveloppe"].endswith("pour une enveloppe de 30 000,00 € : 0,01 € de trop.")


def test_porteur_ineligible_bloque_et_se_dit_en_premier(fiche):
    regler(fiche, types_eligibles=["bailleur"], enveloppe=Decimal(0))
    dossier = un_dossier(fiche, structure=StructureFactory(type="association"))
    financer(LigneFactory(dossier=dossier), "1")
    trouvees = regles.alertes(dossier)
    assert [a.code for a in trouvees if a.est_bloquante] == ["porteur"] and trouvees[0].code == "porteur"
    with pytest.raises(ActeRefuse, match="Bailleur"):
        regles.refuser_si_ineligible(dossier)


def test_soutien_au_dela_de_deux_annees(fiche):
    """FAJ collectif: two years at most for one structure, followed from call to call by `precedent`."""
    regler(fiche, duree_max_annees=2)
    structure, dispositif = StructureFactory(), fiche.dispositif
    for annee in (2023, 2022):
        avant = DispositifFactory(thematique__appel__annee=annee)
        dispositif.precedent = avant
        dispositif.save()
        ancien = DossierFactory(dispositif=avant, structure=structure)
        type(ancien).objects.filter(pk=ancien.pk).update(etat="vote", vote_le=date(annee, 12, 11))
        dispositif = avant
    trouvee = codes(un_dossier(fiche, structure=structure))["anciennete"]
    assert trouvee == "Déjà soutenue 2 années (2022, 2023) ; la fiche admet 2 au plus."
    assert "anciennete" not in codes(un_dossier(fiche))


@pytest.mark.parametrize("combien", [1, 20])
def test_les_alertes_ne_coutent_pas_plus_avec_les_lignes(fiche, combien):
    regler(fiche, taux_plafond=Decimal(50), cout_unitaire=Decimal(10), unite="mesures", enveloppe=Decimal(1))
    dossier = un_dossier(fiche)
    for _ in range(combien):
        Quantite.objects.create(ligne=LigneFactory(dossier=dossier), valeur=1, unite="mesures")
    dossier = type(dossier).objects.select_related("dispositif__fiche", "structure").get(pk=dossier.pk)
    with CaptureQueriesContext(connection) as requetes:
        regles.alertes(dossier)
    assert len(requetes) <= 7


# --- Sentences


def test_les_regles_se_lisent_en_phrases(fiche):
    regler(
        fiche, age_min=18, age_max=25, age_min_etendu=16, taux_plafond=Decimal(50), duree_max_mois=12,
        duree_max_annees=2, est_poste_finance=False, bilan_delai_mois=3, enveloppe=Decimal(30000),
    )  # fmt: skip
    VersementPrevu.objects.create(fiche=fiche, type="acompte", pourcentage=60, declencheur="à la signature")
    VersementPrevu.objects.create(fiche=fiche, type="solde")
    SessionDepot.objects.create(fiche=fiche, ouverture=date(2023, 12, 14), cloture=date(2024, 1, 31))
    fiche.suivis.create(type="comite", rythme=3, precision="avec le service local.")
    fiche.suivis.create(type="tableau", ordre=2)
    dites = {titre: [plat(p) for p in phrases] for titre, phrases in enonces(fiche)}
    assert dites["Suivi"] == ["Comité de suivi chaque trimestre : avec le service local.", "Tableau de bord."]
    assert "Le public a de 18 à 25 ans révolus." in dites["Public et porteurs"]
    assert "Sous conditions, l’action s’ouvre dès 16 ans." in dites["Public et porteurs"]
    assert dites["Durée"][-1] == "Une même action d’une même structure est soutenue 2 années au plus."
    assert dites["Financement"][0].startswith(
        "L’aide ne dépasse pas 50 % du budget prévisionnel, par exemple 5 000,00 €"
    )
    assert "Aucun poste n’est financé." in dites["Financement"]
    assert dites["Versements"] == ["Acompte : 60 % ; à la signature.", "Solde : 40 %."]
    assert dites["Bilan"] == ["Le bilan final est remis dans les 3 mois qui suivent la fin de la convention."]
    assert "31/01/2024 inclus, jusqu’à 23 h 59" in dites["Dépôt"][0]
