"""Instalments and shares never lose a cent: whatever the amount and the rule, they add up, in all and by exercice."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conventions import versements
from conventions.fiches import parts
from conventions.models import Acte, FicheAction, PartDeFinancement
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO, repartir
from programmes.models import VersementPrevu

CENT = Decimal(100)
# 13 digits: more than any amount the base can hold is worth.
MONTANTS = st.decimals("0.01", "99999999999.99", places=2)
TAUX = st.one_of(st.none(), st.decimals(0, 100, places=2))
MILLESIMES = st.lists(st.none() | st.integers(2020, 2035), max_size=4)
JOURS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
TIERS = Decimal("33.33")
VINGT_HUIT_MILLE = Decimal("28000.00")


def plusieurs(*objets):
    """What a reverse relation gives."""
    return SimpleNamespace(all=lambda: list(objets))


def regle(taux):
    types = ["avance"] + ["acompte"] * (len(taux) - 2) + ["solde"] if len(taux) > 1 else ["unique"] * len(taux)
    return SimpleNamespace(
        versements=plusieurs(*(VersementPrevu(type=t, pourcentage=p) for t, p in zip(types, taux, strict=True))),
        bilan_delai_mois=None, bilan_jour=31, bilan_mois=1,
    )  # fmt: skip


def financement(millesime, montant):
    ae = SimpleNamespace(millesime=millesime) if millesime else None
    return SimpleNamespace(autorisation_id=ae and 1, autorisation=ae, montant=montant)


def lire(montant, taux=None, *, le=date(2024, 6, 17), debut=None, fin=None, millesimes=()):
    """An act as it is read, with a single fiche: only what its instalments depend on.

    `millesimes`: those of its AE, None for a fund outside the budget; the amount is cut in as many equal parts.
    """
    parts_ = repartir(montant, [1] * len(millesimes)) if millesimes else []
    aes = [financement(m, part) for m, part in zip(millesimes, parts_, strict=True)] or [financement(None, montant)]
    lue = SimpleNamespace(
        montant=montant, fiche=FicheAction(pk=1), debut=debut, fin=fin, financements=aes,
        regle=None if taux is None else regle(taux),
    )  # fmt: skip
    acte = SimpleNamespace(
        acte=Acte(rang=0), le=le, fiches=[lue], montant=montant, ancien_montant=None, financements=aes
    )  # fmt: skip
    return acte, lue


def prevoir(*args, **options):
    lu, lue = lire(*args, **options)
    lu.versements = versements.prevoir(lu, lue)
    return lu


@given(MONTANTS, st.lists(TAUX, max_size=6), JOURS, st.none() | JOURS, st.none() | JOURS, MILLESIMES)
@example(VINGT_HUIT_MILLE, [TIERS, TIERS, TIERS], date(2024, 6, 17), None, None, [2024])
@example(VINGT_HUIT_MILLE, [Decimal(0)], date(2024, 6, 17), None, None, [])
@example(Decimal("0.01"), [None, None, None], date(2024, 6, 17), None, None, [2026])
def test_les_versements_font_le_montant_en_tout_et_par_exercice(montant, taux, le, debut, fin, millesimes):
    try:
        lu = prevoir(montant, taux, le=le, debut=debut, fin=fin, millesimes=millesimes)
    except ActeRefuse as refus:
        assert sum(t for t in taux if t) > CENT and "points de trop" in str(refus)
        return
    assert sum(v.montant for v in lu.versements) == montant
    assert versements.ecart(lu) == ""
    for champ in ("exercice_ae", "exercice_cp"):
        assert sum(versements.par_exercice(lu.versements, champ).values()) == montant
    for v in lu.versements:
        assert v.montant > 0 and v.montant == v.montant.quantize(Decimal("0.01"))
        assert (v.exercice_ae or 0) <= v.exercice_cp, "on n’engage pas après avoir payé"
    # Nothing is engaged on a millésime for another.
    donnes = defaultdict(lambda: ZERO)
    for f in lu.fiches[0].financements:
        donnes[f.autorisation and f.autorisation.millesime] += f.montant
    assert versements.par_exercice(lu.versements, "exercice_ae") == {m: v for m, v in donnes.items() if v}


@given(MONTANTS, st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=6))
@example(VINGT_HUIT_MILLE, [TIERS, TIERS, TIERS])
@example(VINGT_HUIT_MILLE, [Decimal(0), Decimal(0)])
def test_les_parts_font_le_montant(montant, taux):
    siennes = [PartDeFinancement(pk=n, ordre=n, pourcentage=t) for n, t in enumerate(taux)]
    dites = parts(SimpleNamespace(participation=montant, fiche=SimpleNamespace(parts=plusieurs(*siennes))))
    if not any(taux):
        assert dites == []
        return
    assert [part for part, _ in dites] == siennes
    assert sum(m for _, m in dites) == montant
    total = sum(taux)
    assert all(abs(m - montant * t / total) < Decimal("0.01") for t, (_, m) in zip(taux, dites, strict=True))


@pytest.mark.parametrize("taux", [[TIERS, TIERS, TIERS], [TIERS, TIERS, Decimal("33.34")], [TIERS, TIERS, None]])
def test_les_tiers_de_28_000_euros_s_additionnent(taux):
    lu = prevoir(VINGT_HUIT_MILLE, taux)
    egaux = [Decimal("9333.34"), Decimal("9333.33"), Decimal("9333.33")]
    au_taux = [Decimal("9332.40"), Decimal("9332.40"), Decimal("9335.20")]
    assert [v.montant for v in lu.versements] == (egaux if taux[2] == TIERS else au_taux)
    assert sum(v.montant for v in lu.versements) == VINGT_HUIT_MILLE


@given(MONTANTS, st.lists(MONTANTS, min_size=1, max_size=4))
def test_l_ecart_est_dit_au_centime(montant, versees):
    lu, _ = lire(montant)
    lu.versements = [SimpleNamespace(montant=m, exercice_ae=None) for m in versees]
    total = sum(versees, ZERO)
    dit = versements.ecart(lu)
    assert ("il manque" in dit, "il y a en trop" in dit) == (total < montant, total > montant)


def test_un_exercice_d_ae_qui_n_est_pas_celui_de_l_argent_est_dit():
    lu = prevoir(Decimal("20000.00"), [Decimal(60), None], millesimes=[2024])
    lu.versements[1].exercice_ae = 2011
    assert "8\u202f000,00\u00a0€ sur l’AE 2011, pour 0,00\u00a0€" in versements.ecart(lu)
    # An avenant whose schedule says the whole again does not know the former millésimes: it may not say less.
    lu.ancien_montant = Decimal("5000.00")
    lu.versements.append(SimpleNamespace(montant=Decimal("5000.00"), exercice_ae=2011))
    assert "12\u202f000,00\u00a0€ sur l’AE 2024, pour 20\u202f000,00\u00a0€" in versements.ecart(lu)
    lu.versements[1].exercice_ae = 2024
    assert versements.ecart(lu) == ""


def test_une_avance_de_l_annee_et_un_solde_de_la_suivante_gardent_l_exercice_de_l_ae():
    """An AE of 2024 pays the balance of 2025: normal, and the sentence says both years."""
    lu = prevoir(
        Decimal("20000.00"), [Decimal(60), None], debut=date(2024, 7, 1), fin=date(2024, 12, 31), millesimes=[2024]
    )
    assert versements.par_exercice(lu.versements, "exercice_ae") == {2024: Decimal("20000.00")}
    assert versements.par_exercice(lu.versements) == {2024: Decimal("12000.00"), 2025: Decimal("8000.00")}
    assert "AE 2024, payé en 2025" in versements.phrase(lu.versements[1])


def test_chaque_millesime_paie_sa_part_de_chaque_versement():
    """300 000 € of which 115 000 on 2023: 60 % of each is 69 000 and 111 000, as the published avenant has it."""
    lu, lue = lire(Decimal(300000), [Decimal(60), None], debut=date(2024, 1, 1), fin=date(2024, 12, 31))
    lue.financements = [financement(2024, Decimal(185000)), financement(2023, Decimal(115000))]
    prevus = versements.prevoir(lu, lue)
    assert [(v.type, v.exercice_ae, v.montant) for v in prevus] == [
        ("avance", 2023, 69_000), ("avance", 2024, 111_000), ("solde", 2023, 46_000), ("solde", 2024, 74_000),
    ]  # fmt: skip
    # The balance waits for the bilan of January.
    assert [v.ordre for v in prevus] == [1, 2, 3, 4] and [v.exercice_cp for v in prevus] == [2024, 2024, 2025, 2025]
    # 60 % of 300 000 € is neither of the two: the share of a part is not said.
    assert {v.pourcentage for v in prevus} == {None}
    assert versements.phrase(prevus[0]) == "Avance\u00a0: 69\u202f000,00\u00a0€ (AE 2023, payé en 2024)."
