"""Single values: each hostile one is read right or refused with what to do."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpid.classeurs.constats import ErreurTableur, FormuleSansValeur, euros
from dpid.classeurs.valeurs import (
    ValeurRefusee,
    est_mal_encode,
    lire_date,
    lire_montant,
    lire_nom,
    lire_quantites,
    lire_siret,
    nettoyer_texte,
    separer_quantites,
)
from dpid.textes import cle_texte


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        ("20 000,00 €", "20000.00"),
        ("20\u00a0000,00\u00a0€", "20000.00"),
        ("22\u202f000,00", "22000.00"),
        ("22\u2009000,00            ", "22000.00"),
        ("0 €", "0.00"),
        ("1 234,56 €", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567.00"),
        ("559 915.33 €", "559915.33"),
        ("20000", "20000.00"),
        ("20 000€", "20000.00"),
        ("20 000 euros", "20000.00"),
        ("12,5", "12.50"),
        ("999 999 999,99", "999999999.99"),
        (20000, "20000.00"),
        (20000.5, "20000.50"),
        (5121.000000001, "5121.00"),
        (0.1 + 0.2, "0.30"),
        (123456789.1 + 0.2, "123456789.30"),
        (-0.0, "0.00"),
        (Decimal("15.10"), "15.10"),
    ],
)
def test_montant_lu(valeur, attendu):
    assert lire_montant(valeur) == Decimal(attendu)
    assert lire_montant(valeur).as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("valeur", "message"),
    [
        ("12,345", "ambigu"),
        ("12.345", "ambigu"),
        ("500.000 EUR", "ambigu"),
        ("0,123", "ambigu"),
        ("1234,567", "plus de deux décimales"),
        ("12 345,678", "plus de deux décimales"),
        (20000.004, "plus de deux décimales"),
        ("-5", "négatif"),
        ("− 5 €", "négatif"),
        ("(5,00)", "négatif"),
        (-0.01, "négatif"),
        ("12 34,00", "pas un montant"),
        ("1e3", "pas un montant"),
        ("20k€", "pas un montant"),
        ("à définir", "pas un montant"),
        ("٢٠", "pas un montant"),
        ("9" * 5000, "pas un montant"),
        ("€", "pas un montant"),
        ("1000000000", "dépasse"),
        (999999999.995, "dépasse|décimales"),
        (10**40, "dépasse"),
        (float("nan"), "infini"),
        (float("inf"), "infini"),
        (True, "VRAI"),
        (datetime.datetime(2024, 1, 2), "date"),
        (None, "absent"),
        ("  ", "absent"),
        (ErreurTableur("#REF!"), "#REF!"),
        (FormuleSansValeur("SUM(E2:E3)"), "formule"),
    ],
)
def test_montant_refuse(valeur, message):
    with pytest.raises(ValeurRefusee, match=message) as refus:
        lire_montant(valeur)
    assert refus.value.quoi_faire.endswith(".")


@given(st.decimals(0, Decimal("999999999.99"), places=2))
def test_un_montant_imprime_se_relit(montant):
    assert lire_montant(euros(montant)) == montant
    assert lire_montant(float(montant)) == montant
    assert lire_montant(str(montant)) == montant


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.none()))
def test_rien_ne_sort_que_valeur_refusee(valeur):
    for lecteur in (lire_montant, lire_siret, lire_date, lire_nom, lire_quantites):
        try:
            lecteur(valeur)
        except ValeurRefusee as refus:
            assert refus.message and refus.quoi_faire


def test_ambigu_dit_les_deux_lectures():
    with pytest.raises(ValeurRefusee) as refus:
        lire_montant("12,345")
    assert "12345 euros" in refus.value.message
    assert "12 345,00" in refus.value.quoi_faire


@pytest.mark.parametrize(
    "valeur", ["73282932000074", 73282932000074, 73282932000074.0, "732 829 320 00074", "732\u00a0829\u202f320 00074"]
)
def test_siret_lu(valeur):
    lu = lire_siret(valeur)
    assert (lu.valeur, lu.avertissement) == ("73282932000074", "")


def test_siret_de_la_poste():
    assert lire_siret("35600000049837").valeur == "35600000049837"


@pytest.mark.parametrize("valeur", ["5720784700013", "572078470 0013", 5720784700013])
def test_siret_zero_de_tete_perdu(valeur):
    """13 digits whose completion is valid: proposed, with a warning, never silently."""
    lu = lire_siret(valeur)
    assert lu.valeur == "05720784700013"
    assert "zéro de tête" in lu.avertissement and lu.valeur in lu.avertissement


@pytest.mark.parametrize(
    ("valeur", "message"),
    [
        ("12345678900000", "00000"),
        ("73282932000000", "00000"),
        (1234567800000, "00000"),
        (80544000000000.0, "00000"),
        ("4,80544E+13", "scientifique"),
        ("4.80544E+13", "scientifique"),
        ("732829320", "SIREN"),
        ("73282932000079", "clé"),
        ("7328293200007", "14 chiffres"),
        ("732829320000744", "14 chiffres"),
        ("SIRET inconnu", "chiffres"),
        ("", "absent"),
        (True, "pas un SIRET"),
        (datetime.datetime(2024, 1, 1), "pas un SIRET"),
        (ErreurTableur("#N/A"), "#N/A"),
    ],
)
def test_siret_refuse(valeur, message):
    with pytest.raises(ValeurRefusee, match=message):
        lire_siret(valeur)


def test_siret_finissant_par_00000_refuse_meme_si_luhn_passe():
    from stdnum.fr import siret

    valide = next(f"{n:09d}00000" for n in range(732829320, 732829420) if siret.is_valid(f"{n:09d}00000"))
    with pytest.raises(ValeurRefusee, match="abîmé par un tableur"):
        lire_siret(valide)


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        ("07/09/2022", (2022, 9, 7)),
        ("7/9/2022", (2022, 9, 7)),
        ("2022-09-07", (2022, 9, 7)),
        ("1er juillet 2022", (2022, 7, 1)),
        ("31 août 2024", (2024, 8, 31)),
        ("29/02/2024", (2024, 2, 29)),
        (45000, (2023, 3, 15)),
        (datetime.datetime(2023, 12, 11, 10, 30), (2023, 12, 11)),
    ],
)
def test_date_lue(valeur, attendu):
    assert lire_date(valeur) == datetime.date(*attendu)


@pytest.mark.parametrize(
    ("valeur", "message"),
    [
        ("29/02/2025", "n’existe pas"),
        ("31/04/2024", "n’existe pas"),
        ("12/25/2024", "n’existe pas"),
        ("01/02/24", "deux chiffres"),
        ("01/01/1800", "vraisemblable"),
        ("bientôt", "pas une date"),
        ("45000", "pas une date"),
        (0, "pas une date"),
        (1e9, "pas une date"),
        (True, "VRAI"),
        (None, "absente"),
    ],
)
def test_date_refusee(valeur, message):
    with pytest.raises(ValeurRefusee, match=message):
        lire_date(valeur)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("60 places", [("60", "places")]),
        ("1 155 diagnostics", [("1155", "diagnostics")]),
        ("1\u202f155 diagnostics", [("1155", "diagnostics")]),
        ("3,5 mesures", [("3.5", "mesures")]),
        ("14 mesures renforcées et 4 mesures simples", [("14", "mesures renforcées"), ("4", "mesures simples")]),
        ("60 places\n2 ETP", [("60", "places"), ("2", "ETP")]),
        ("60", [("60", "places")]),
        (60, [("60", "places")]),
        (3.5, [("3.5", "places")]),
    ],
)
def test_quantites_lues(texte, attendu):
    assert lire_quantites(texte, "places") == [(Decimal(n), u) for n, u in attendu]


@pytest.mark.parametrize("texte", ["60 places dont 20 pour les jeunes", "Développement", "", "1.155 diagnostics"])
def test_quantites_refusees(texte):
    with pytest.raises(ValeurRefusee):
        lire_quantites(texte)


def test_quantites_et_texte():
    assert separer_quantites("60 places\nAccueil le mardi") == (
        [(Decimal(60), "places")],
        "60 places\nAccueil le mardi",
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [("Hénin–Carvin ", "HENIN CARVIN"), ("TERRITOIRE(S)", "territoire s"), ("Œuvre", "oeuvre"), ("L’AMIE", "l'amie")],
)
def test_normaliser(a, b):
    assert cle_texte(a) == cle_texte(b)


def test_nettoyer_retire_l_invisible():
    assert (
        nettoyer_texte("  4AJ\u200b\u202e\x07 \t de\u00a0l’Artois\r\n\r\n- suite\ud800") == "4AJ de l’Artois\n- suite"
    )


@pytest.mark.parametrize(
    "valeur",
    ["=cmd()", " =cmd()", "+1+1", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "\tADEFI", "\rADEFI", "\u200b=1+A1", "＝A1"],
)
def test_nom_formule_refuse(valeur):
    with pytest.raises(ValeurRefusee, match="formule"):
        lire_nom(valeur)


@pytest.mark.parametrize("valeur", [12, 3.5, datetime.datetime(2024, 1, 1), "20 000,00 €", "12/06/2023", True])
def test_nom_qui_n_en_est_pas_un(valeur):
    with pytest.raises(ValeurRefusee):
        lire_nom(valeur)


@pytest.mark.parametrize("texte", ["logÃ©", "lâ€™action", "OPÃ‰RATION", "Ã la", "20Â 000", "ï»¿OPERATION", "abc\ufffd"])
def test_mal_encode(texte):
    assert est_mal_encode(texte)


@pytest.mark.parametrize(
    "texte",
    ["«\u00a0Santé\u00a0»", "CAFÉ\u00a0»", "HINGREZ-CÉRÉDA", "Œuvre", "10 € – été", "Noël à l’île", "ÂGE", "SÃO"],
)
def test_bien_encode(texte):
    assert not est_mal_encode(texte)
