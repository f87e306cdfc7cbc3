"""Money to the centime on both engines: storage, expressions, typing, splitting. Each guard is also seen failing."""

import ast
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import DecimalField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from hypothesis import given
from hypothesis import strategies as st

from budget.models import AutorisationEngagement, LigneBudgetaire
from dpid.montants import (
    MAXIMUM,
    MontantField,
    MontantFormField,
    arrondir,
    chaine,
    euros,
    lire_euros,
    montant,
    repartir,
    somme,
)

centimes = st.integers(-(10**13) + 1, 10**13 - 1)
ESPACES = [" ", "\u00a0", "\u202f", "\u2009", "\u2007", "\t", "  "]


@pytest.fixture
def ae(db):
    ligne = LigneBudgetaire.objects.create(code="C02-446A05", nature="65748", fonction="9344", libelle="Essai")
    return AutorisationEngagement.objects.create(ligne=ligne, millesime=2024, vote=Decimal("1000.10"))


def relue(ae, champ="vote"):
    return AutorisationEngagement.objects.values_list(champ, flat=True).get(pk=ae.pk)


# --- Storage and expressions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("valeur", ["0.01", "0.10", "29.29", "1000.10", "882651.77", "99999999999.99"])
def test_stocke_des_centimes_et_rend_des_euros(ae, valeur):
    AutorisationEngagement.objects.filter(pk=ae.pk).update(vote=Decimal(valeur))
    with connection.cursor() as curseur:
        curseur.execute("SELECT vote FROM budget_autorisationengagement WHERE id = %s", [ae.pk])
        (brut,) = curseur.fetchone()
    assert brut == int(Decimal(valeur) * 100) and type(brut) is int
    assert relue(ae) == Decimal(valeur) and type(relue(ae)) is Decimal


def test_arithmetique_entre_colonnes(ae):
    AutorisationEngagement.objects.filter(pk=ae.pk).update(affecte=montant("0.30"), reserve=montant("0.10"))
    calcul = AutorisationEngagement.objects.annotate(reste=F("vote") - F("affecte") - F("reserve")).get(pk=ae.pk)
    assert calcul.reste == Decimal("999.70") and type(calcul.reste) is Decimal
    assert AutorisationEngagement.objects.filter(vote=F("affecte") + F("reserve") + montant("999.70")).exists()
    assert not AutorisationEngagement.objects.filter(vote__lt=F("affecte") + F("reserve") + montant("999.70")).exists()


def test_mise_a_jour_relative(ae):
    AutorisationEngagement.objects.filter(pk=ae.pk).update(vote=F("vote") + montant("100.10"))
    assert relue(ae) == Decimal("1100.20")
    AutorisationEngagement.objects.filter(pk=ae.pk).update(vote=F("vote") - montant("0.01"))
    assert relue(ae) == Decimal("1100.19")


@pytest.mark.parametrize("litteral", [1, Decimal("100.10"), 0.5, Value(Decimal("1")), Value(3)])
def test_un_nombre_nu_dans_une_expression_est_refuse(ae, litteral):
    """The trap this field exists for: `F("vote") + Decimal("100.10")` would silently add 1,00 €."""
    with pytest.raises(FieldError), transaction.atomic():
        AutorisationEngagement.objects.filter(pk=ae.pk).update(vote=F("vote") + litteral)
    with pytest.raises(FieldError):
        list(AutorisationEngagement.objects.annotate(x=F("vote") - litteral))
    assert relue(ae) == Decimal("1000.10")


def test_temoin_un_champ_entier_accepterait_le_nombre_nu(ae):
    """Negative control: with a plain integer output the same expression goes through and counts euros as centimes."""
    naif = ExpressionWrapper(F("millesime") + 100, output_field=DecimalField())
    assert AutorisationEngagement.objects.annotate(x=naif).get(pk=ae.pk).x == 2124


def test_sommes_et_coalesce(ae):
    ligne2 = LigneBudgetaire.objects.create(code="C02-446A06", nature="65748", fonction="9344", libelle="B")
    AutorisationEngagement.objects.create(ligne=ligne2, millesime=2024, vote=Decimal("0.20"))
    tous = AutorisationEngagement.objects.all()
    assert tous.aggregate(t=Sum("vote"))["t"] == Decimal("1000.30")
    assert tous.aggregate(t=somme("vote"))["t"] == Decimal("1000.30")
    assert tous.none().aggregate(t=Sum("vote"))["t"] is None
    vide = tous.filter(millesime=1999)
    assert vide.aggregate(t=somme("vote"))["t"] == Decimal("0.00")
    assert vide.aggregate(t=Coalesce(Sum("vote"), montant(0), output_field=MontantField()))["t"] == Decimal(0)
    par_ligne = LigneBudgetaire.objects.annotate(t=somme("autorisations__vote", filter=Q(autorisations__vote__gt=1)))
    assert dict(par_ligne.values_list("code", "t")) == {"C02-446A05": Decimal("1000.10"), "C02-446A06": Decimal(0)}


@pytest.mark.parametrize("valeur", [0.1, 1000.0, float("nan")])
def test_les_flottants_sont_refuses(ae, valeur):
    with pytest.raises(TypeError, match="virgule flottante"), transaction.atomic():
        AutorisationEngagement.objects.filter(pk=ae.pk).update(vote=valeur)
    with pytest.raises(ValidationError, match="virgule flottante"):
        MontantField().to_python(valeur)


def test_plus_fin_que_le_centime_est_refuse(ae):
    with pytest.raises(ValueError, match="au centime"), transaction.atomic():
        AutorisationEngagement.objects.filter(pk=ae.pk).update(vote=Decimal("0.001"))
    ae.vote = Decimal("0.001")
    with pytest.raises(ValidationError, match="au centime"):
        ae.full_clean()


def test_au_dela_du_maximum_est_refuse():
    champ = MontantField()
    champ.validate(MAXIMUM, None)
    with pytest.raises(ValidationError, match="dépasse"):
        champ.validate(MAXIMUM + Decimal("0.01"), None)


@pytest.mark.parametrize("brut", ["12.5", "'texte'"])
def test_sqlite_refuse_ce_qui_n_est_pas_un_entier(ae, brut):
    """SQLite would store a real in an integer column; PostgreSQL rounds or refuses by its type."""
    if connection.vendor != "sqlite":
        pytest.skip("contrainte propre à SQLite")
    with pytest.raises(IntegrityError, match="CHECK"), transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(f"UPDATE budget_autorisationengagement SET vote = {brut}")  # noqa: S608
    with transaction.atomic(), connection.cursor() as curseur:  # negative control: the check alone stops it
        curseur.execute("PRAGMA ignore_check_constraints = ON")
        try:
            curseur.execute(f"UPDATE budget_autorisationengagement SET vote = {brut}")  # noqa: S608
            curseur.execute("SELECT typeof(vote) FROM budget_autorisationengagement")
            assert curseur.fetchone() != ("integer",)
            curseur.execute("UPDATE budget_autorisationengagement SET vote = 0")
        finally:
            curseur.execute("PRAGMA ignore_check_constraints = OFF")


def test_toutes_les_colonnes_d_argent_ont_la_contrainte_de_type():
    """Every MontantField of the project, history tables included, is a checked integer column."""
    champs = [f for m in apps.get_models() for f in m._meta.local_fields if isinstance(f, MontantField)]
    assert len(champs) >= 15
    for champ in champs:
        verification = champ.db_check(connection)
        assert (verification is not None) == (connection.vendor == "sqlite"), champ


def test_serialisation_sans_perte(ae):
    ae.vote = Decimal("882651.7")
    assert ae._meta.get_field("vote").value_to_string(ae) == "882651.70"
    assert MontantField().to_python("882651.70") == Decimal("882651.70")
    assert chaine(Decimal("6193643")) == "6193643.00"


# --- Typing and printing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("espace", ESPACES)
@pytest.mark.parametrize("suite", ["", "€", "\u00a0€", "\u202f€"])
def test_saisie_avec_toute_sorte_d_espaces(espace, suite):
    assert MontantFormField().clean(f"6{espace}193{espace}643,00{suite}") == Decimal("6193643.00")


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("20000", "20000"), ("20000,5", "20000.50"), ("1.234,56", "1234.56"), ("1.234.567,8", "1234567.80"),
     ("0,01", "0.01"), ("1234.56", "1234.56"), ("−12,00", "-12.00")],
)  # fmt: skip
def test_saisies_acceptees(texte, attendu):
    assert MontantFormField(signe=True).clean(texte) == Decimal(attendu)


@pytest.mark.parametrize("texte", ["12,345", "1,234.56", "abc", "1e3", "12€34", "--1", "٣", "1,2,3", "NaN", "=1+1"])
def test_saisies_refusees(texte):
    with pytest.raises(ValidationError, match="n’est pas un montant"):
        MontantFormField(signe=True).clean(texte)


def test_saisie_negative_ou_demesuree():
    with pytest.raises(ValidationError, match="négatif"):
        MontantFormField().clean("-1,00")
    with pytest.raises(ValidationError, match="dépasse"):
        MontantFormField().clean("100 000 000 000,00")
    with pytest.raises(ValidationError):
        MontantFormField().clean("")
    assert MontantFormField(required=False).clean("") is None


def test_saisie_inchangee_n_est_pas_un_changement():
    champ = MontantFormField()
    assert not champ.has_changed(Decimal("20000.00"), "20 000,00 €")
    assert champ.has_changed(Decimal("20000.00"), "20 000,01")
    assert champ.has_changed(Decimal("20000.00"), "n'importe quoi")
    assert champ.prepare_value(Decimal("20000")) == "20\u202f000,00"


@given(centimes)
def test_imprimer_puis_relire_est_l_identite(n):
    valeur = Decimal(n) / 100
    assert lire_euros(euros(valeur, True)) == valeur
    assert Decimal(chaine(valeur)) == valeur
    assert MontantField().get_prep_value(valeur) == n
    assert MontantField().from_db_value(n, None, None) == valeur


def test_impression():
    assert euros(Decimal("6193643"), True) == "6\u202f193\u202f643,00\u00a0€"
    assert (euros(Decimal("-0.5")), euros(None), euros(Decimal("0.005"))) == ("−0,50", "", "0,01")


@given(st.decimals(-(10**9), 10**9, places=4))
def test_arrondi_au_centime_le_plus_proche_la_moitie_s_eloignant_de_zero(valeur):
    rond = arrondir(valeur)
    assert rond.as_tuple().exponent == -2 and abs(rond - valeur) <= Decimal("0.005")
    assert arrondir(-valeur) == -rond and arrondir(rond) == rond
    assert arrondir(Decimal("2.675")) == Decimal("2.68") and arrondir(Decimal("-2.675")) == Decimal("-2.68")


# --- Splitting ------------------------------------------------------------------------------------------------------

poids = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any)


@given(centimes, poids)
def test_les_parts_font_toujours_le_total(n, p):
    total = Decimal(n) / 100
    parts = repartir(total, p)
    assert sum(parts) == total and len(parts) == len(p)
    assert all(part * n >= 0 and part == arrondir(part) for part in parts)
    assert all(part == 0 for part, q in zip(parts, p, strict=True) if q == 0)
    exactes = [total * q / sum(p) for q in p]
    assert all(abs(part - exacte) < Decimal("0.01") for part, exacte in zip(parts, exactes, strict=True))


@given(st.integers(0, 10**9), poids)
def test_a_poids_egal_le_premier_servi_est_le_premier_cite(n, p):
    parts = repartir(Decimal(n) / 100, p)
    for i, q in enumerate(p):
        for j in range(i + 1, len(p)):
            if q == p[j]:
                assert 0 <= parts[i] - parts[j] <= Decimal("0.01")
    assert repartir(Decimal(n) / 100, p) == parts


def test_temoin_arrondir_chaque_part_ne_fait_pas_le_total():
    naif = [arrondir(Decimal("100") / 3) for _ in range(3)]
    assert sum(naif) != 100 and sum(repartir(Decimal("100"), [1, 1, 1])) == 100


@pytest.mark.parametrize("p", [[0, 0], [], [1, -1], [-1, 3]])
def test_poids_impossibles(p):
    with pytest.raises(ValueError, match="poids"):
        repartir(Decimal("10"), p)


# --- The source itself ----------------------------------------------------------------------------------------------


def champs_d_argent() -> set[str]:
    return {f.name for m in apps.get_models() for f in m._meta.local_fields if isinstance(f, MontantField)}


def nombres_nus(source: str, argent: set[str]) -> list[int]:
    """Lines of `source` where a bare number, a Decimal or a float stands beside an `F()` on money."""

    def est_argent(noeud) -> bool:
        for n in ast.walk(noeud):
            if isinstance(n, ast.Call) and getattr(n.func, "id", getattr(n.func, "attr", "")) == "F" and n.args:
                nom = n.args[0].value if isinstance(n.args[0], ast.Constant) else None
                if nom is None or nom.rpartition("__")[2] in argent:
                    return True
        return False

    def est_nu(noeud) -> bool:
        if isinstance(noeud, ast.UnaryOp):
            return est_nu(noeud.operand)
        if isinstance(noeud, ast.Call):
            return getattr(noeud.func, "id", getattr(noeud.func, "attr", "")) in ("Decimal", "Value", "int", "float")
        return (isinstance(noeud, ast.Constant) and isinstance(noeud.value, int | float)) or (
            isinstance(noeud, ast.Name) and noeud.id == "ZERO"
        )

    return [
        n.lineno
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.BinOp)
        and ((est_argent(n.left) and est_nu(n.right)) or (est_nu(n.left) and est_argent(n.right)))
    ]


def test_aucun_nombre_nu_a_cote_d_un_montant_dans_le_code():
    argent = champs_d_argent()
    assert {"montant", "vote", "affecte", "demande"} <= argent
    fautes, lus = [], 0
    for app in ("dpid", "budget", "programmes", "deliberations", "conventions"):
        for fichier in Path(settings.BASE_DIR, app).rglob("*.py"):
            if "migrations" in fichier.parts:
                continue
            lus += 1
            fautes += [f"{fichier}:{n}" for n in nombres_nus(fichier.read_text(encoding="utf-8"), argent)]
    assert lus > 50 and fautes == []


@pytest.mark.parametrize(
    "faute",
    ["F('vote') + 1", "F('vote') - Decimal('1')", "0.5 + F('ligne__montant')", "F('vote') - F('affecte') - 10",
     "models.F('vote') * -1", "F('vote') + ZERO", "F(c) + Decimal(1)", "F('vote') + Value(1)"],
)  # fmt: skip
def test_temoin_le_controle_du_code_voit_la_faute(faute):
    assert nombres_nus(faute, champs_d_argent()) == [1]


def test_temoin_le_controle_du_code_laisse_passer_le_reste():
    assert nombres_nus("F('ordre') + 1\nF('vote') + montant(1)\nF('vote') - F('affecte')", champs_d_argent()) == []
