"""The ledger: every nature, the stop to the centime at every date, one effect per key, figures at a past date."""

import os
import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget import situation as lecture
from budget.models import AutorisationEngagement, Mouvement
from budget.mouvements import SENS, Ecriture, N, enregistrer
from dpid.erreurs import ActeFige, ActeRefuse, CreditInsuffisant
from tests import maquette
from tests.maquette import ecrire

EPREUVES = os.environ.get("EPREUVES") == "1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ae(db):
    return maquette.autorisation(1, "1000.00")


def totaux(ae) -> tuple:
    return AutorisationEngagement.objects.values_list("vote", "reserve", "affecte", "engage").get(pk=ae.pk)


def D(*valeurs):
    return tuple(Decimal(v) for v in valeurs)


# --- Natures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "montant", "attendu"),
    [
        (N.VOTE, "250.50", ("1250.50", "100", "300", "200")),
        (N.VOTE, "-600", ("400", "100", "300", "200")),
        (N.RESERVATION, "600", ("1000", "700", "300", "200")),
        (N.LEVEE, "100", ("1000", "0", "300", "200")),
        (N.AFFECTATION, "600", ("1000", "100", "900", "200")),
        (N.HORS_APPLICATION, "0.01", ("1000", "100", "300.01", "200")),
        (N.HORS_APPLICATION, "-100", ("1000", "100", "200", "200")),
        (N.DESAFFECTATION, "100", ("1000", "100", "200", "200")),
        (N.ENGAGEMENT, "100", ("1000", "100", "300", "300")),
        (N.DEGAGEMENT, "200", ("1000", "100", "300", "0")),
    ],
)
def test_chaque_nature_meut_son_compteur_et_lui_seul(ae, nature, montant, attendu):
    ecrire(ae, N.RESERVATION, "100")
    ecrire(ae, N.AFFECTATION, "300")
    ecrire(ae, N.ENGAGEMENT, "200")
    avant = Mouvement.objects.count()
    assert ecrire(ae, nature, montant) is True
    assert totaux(ae) == D(*attendu)
    assert Mouvement.objects.count() == avant + 1
    dernier = Mouvement.objects.latest("pk")
    assert (dernier.nature, dernier.compteur) == (nature, SENS[nature][0])
    call_command("verifier_comptes")


@pytest.mark.parametrize(
    ("nature", "montant", "manque"),
    [
        (N.RESERVATION, "600.01", "0.01"),
        (N.AFFECTATION, "700", "100"),
        (N.HORS_APPLICATION, "600.02", "0.02"),
        (N.VOTE, "-600.01", "0.01"),
        (N.LEVEE, "100.01", None),
        (N.DESAFFECTATION, "100.01", None),
        (N.HORS_APPLICATION, "-100.01", None),
        (N.ENGAGEMENT, "100.01", None),
        (N.DEGAGEMENT, "200.01", None),
    ],
)
def test_un_centime_de_trop_est_refuse_et_rien_n_est_ecrit(ae, nature, montant, manque):
    ecrire(ae, N.RESERVATION, "100")
    ecrire(ae, N.AFFECTATION, "300")
    ecrire(ae, N.ENGAGEMENT, "200")
    avant, lignes = totaux(ae), Mouvement.objects.count()
    with pytest.raises(ActeRefuse) as refus:
        ecrire(ae, nature, montant)
    assert (totaux(ae), Mouvement.objects.count()) == (avant, lignes)
    if manque is None:
        assert not isinstance(refus.value, CreditInsuffisant)
        assert "On ne rend pas plus que ce qui est tenu" in str(refus.value)
    else:
        assert refus.value.manque == Decimal(manque)
        assert f"il manque {manque.replace('.', ',') if '.' in manque else manque + ',00'}\u00a0€" in str(refus.value)
        assert "disponible 600,00\u00a0€" in str(refus.value)


def test_un_montant_negatif_n_inverse_pas_un_acte(ae):
    with pytest.raises(ValueError, match="positif"):
        ecrire(ae, N.AFFECTATION, "-1")
    assert totaux(ae) == D(1000, 0, 0, 0)


def test_plusieurs_ae_toutes_ou_aucune(ae):
    autre = maquette.autorisation(2, "10.00")
    par = maquette.agent("m-budget")
    ecritures = [Ecriture(ae.pk, N.AFFECTATION, Decimal("500")), Ecriture(autre.pk, N.AFFECTATION, Decimal("10.01"))]
    with pytest.raises(CreditInsuffisant):
        enregistrer(ecritures, par=par, piece="p", cle="tout", le=maquette.SEANCE_LE)
    assert totaux(ae) == D(1000, 0, 0, 0) and totaux(autre) == D(10, 0, 0, 0)
    assert not Mouvement.objects.filter(cle__startswith="tout").exists()


def test_levee_et_affectation_d_un_meme_acte_se_compensent(ae):
    ecrire(ae, N.RESERVATION, "1000")
    par = maquette.agent("m-budget")
    paire = [Ecriture(ae.pk, N.LEVEE, Decimal(1000)), Ecriture(ae.pk, N.AFFECTATION, Decimal(1000))]
    assert enregistrer(paire, par=par, piece="p", cle="vote", le=maquette.SEANCE_LE)
    assert totaux(ae) == D(1000, 0, 1000, 0)


# --- Exact fit ------------------------------------------------------------------------------------------------------


def test_solde_exactement_nul_jamais_refuse_ni_depasse_d_un_centime(ae):
    """Random amounts in parts that add up to the AE: each accepted, then one more centime refused (0 error)."""
    tirage = random.Random(62)
    refus_a_tort, acceptes_a_tort, essais = 0, 0, 0
    for tour in range(1000 if EPREUVES else 25):
        libre = Decimal(tirage.randint(1, 10**9)) / 100
        ecrire(ae, N.VOTE, libre - totaux(ae)[0])
        reste, parts = libre, []
        while reste:
            part = min(reste, Decimal(tirage.randint(1, max(1, int(libre * 15)))) / 100)
            parts.append(part)
            reste -= part
        for part in parts:
            essais += 1
            try:
                ecrire(ae, N.AFFECTATION, part)
            except CreditInsuffisant:
                refus_a_tort += 1
        try:
            ecrire(ae, N.AFFECTATION, "0.01")
            acceptes_a_tort += 1
        except CreditInsuffisant as refus:
            assert refus.manque == Decimal("0.01")
        assert totaux(ae) == (libre, 0, libre, 0), tour
        ecrire(ae, N.DESAFFECTATION, libre)
    assert (refus_a_tort, acceptes_a_tort) == (0, 0)
    assert essais > (20_000 if EPREUVES else 300)


def test_temoin_en_virgule_flottante_l_ajustement_exact_se_trompe():
    """Negative control: the same draw in floats refuses exact fits."""
    tirage, erreurs = random.Random(62), 0
    for _ in range(1000):
        parts = [tirage.randint(1, 10**6) / 100 for _ in range(10)]
        libre = sum(round(p * 100) for p in parts) / 100
        for p in parts:
            erreurs += p > libre
            libre -= p
    assert erreurs > 0


# --- Dates ----------------------------------------------------------------------------------------------------------


def test_un_acte_antidate_tient_aussi_aux_dates_suivantes(ae):
    """June affects everything, then July votes more: March may take what July brings only from July on."""
    ecrire(ae, N.AFFECTATION, "1000", le=date(2024, 6, 1))
    ecrire(ae, N.VOTE, "500", le=date(2024, 7, 1))
    with pytest.raises(CreditInsuffisant, match="à la date du") as refus:
        ecrire(ae, N.AFFECTATION, "0.01", le=date(2024, 3, 1))
    assert refus.value.manque == Decimal("0.01")
    with pytest.raises(CreditInsuffisant, match="30/06/2024|01/06/2024"):
        ecrire(ae, N.RESERVATION, "500", le=date(2024, 6, 30))
    assert ecrire(ae, N.AFFECTATION, "500", le=date(2024, 7, 1))


def test_une_diminution_antidatee_est_verifiee_aux_dates_suivantes(ae):
    ecrire(ae, N.AFFECTATION, "900", le=date(2024, 6, 1))
    ecrire(ae, N.DESAFFECTATION, "500", le=date(2024, 9, 1))
    with pytest.raises(CreditInsuffisant, match="01/06/2024"):
        ecrire(ae, N.VOTE, "-100.01", le=date(2024, 2, 1))
    assert ecrire(ae, N.VOTE, "-100", le=date(2024, 2, 1))


def test_l_engage_reste_dans_l_affecte_a_chaque_date(ae):
    ecrire(ae, N.AFFECTATION, "300", le=date(2024, 6, 1))
    with pytest.raises(ActeRefuse, match="affecté"):
        ecrire(ae, N.ENGAGEMENT, "300", le=date(2024, 5, 31))
    assert ecrire(ae, N.ENGAGEMENT, "300", le=date(2024, 6, 1))


def test_date_future_refusee(ae):
    demain = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ActeRefuse, match="futur"):
        ecrire(ae, N.RESERVATION, "1", le=demain)
    assert ecrire(ae, N.RESERVATION, "1", le=timezone.localdate())


@pytest.mark.parametrize("nature", [N.RESERVATION, N.AFFECTATION, N.HORS_APPLICATION])
def test_une_ae_caduque_ne_se_consomme_plus(ae, nature):
    AutorisationEngagement.objects.filter(pk=ae.pk).update(caduque_le=date(2024, 6, 1))
    with pytest.raises(ActeRefuse, match="caduque depuis le 01/06/2024"):
        ecrire(ae, nature, "1", le=date(2024, 6, 1))
    assert ecrire(ae, nature, "1", le=date(2024, 5, 31))


def test_une_reservation_ne_devient_pas_affectation_sur_une_ae_caduque(ae):
    """The adoption lifts the reservation and affects in one act: the net is 0, the AE is nonetheless consumed."""
    ecrire(ae, N.RESERVATION, "100", le=date(2024, 5, 1))
    AutorisationEngagement.objects.filter(pk=ae.pk).update(caduque_le=date(2024, 6, 1))
    paire = [Ecriture(ae.pk, N.LEVEE, Decimal(100)), Ecriture(ae.pk, N.AFFECTATION, Decimal(100))]
    with pytest.raises(ActeRefuse, match="caduque"):
        enregistrer(paire, par=maquette.agent("m-budget"), piece="p", cle="k", le=date(2024, 6, 17))
    assert totaux(ae) == D(1000, 100, 0, 0)


def test_rendre_reste_possible_sur_une_ae_caduque_sans_credit_nouveau(ae):
    ecrire(ae, N.AFFECTATION, "300", le=date(2024, 5, 1))
    AutorisationEngagement.objects.filter(pk=ae.pk).update(caduque_le=date(2024, 6, 1))
    assert ecrire(ae, N.DESAFFECTATION, "300", le=date(2024, 7, 1))
    (s,) = lecture.situation(2024, date(2024, 7, 1))
    assert s.caduque and (s.disponible, s.disponible_apres) == (0, 0)
    (s,) = lecture.situation(2024, date(2024, 5, 31))
    assert not s.caduque and s.disponible == 700


# --- Keys -----------------------------------------------------------------------------------------------------------


def test_la_meme_cle_n_a_qu_un_effet(ae):
    assert ecrire(ae, N.AFFECTATION, "100", cle="clic") is True
    assert ecrire(ae, N.AFFECTATION, "100", cle="clic") is False
    assert totaux(ae)[2] == 100 and Mouvement.objects.filter(cle__startswith="clic").count() == 1
    assert ecrire(ae, N.AFFECTATION, "100", cle="clic-2") is True


def test_temoin_sans_cle_unique_le_double_clic_compterait_deux_fois(ae):
    ecrire(ae, N.AFFECTATION, "100", cle="a")
    ecrire(ae, N.AFFECTATION, "100", cle="b")
    assert totaux(ae)[2] == 200


# --- The database refuses by itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ordre",
    ["affecte = vote + 1", "reserve = vote + 1", "engage = affecte + 1", "reserve = -1", "engage = -1", "vote = -1"],
)
def test_la_base_refuse_elle_meme_un_total_impossible(ae, ordre):
    with pytest.raises(IntegrityError), transaction.atomic():
        maquette.sql(f"UPDATE budget_autorisationengagement SET {ordre}")  # noqa: S608
    assert totaux(ae) == D(1000, 0, 0, 0)


@pytest.mark.parametrize("ordre", ["UPDATE budget_mouvement SET montant = 1", "DELETE FROM budget_mouvement"])
def test_le_grand_livre_ne_se_modifie_pas_en_sql(ae, ordre):
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        maquette.sql(ordre)
    assert Mouvement.objects.get().montant == 1000
    maquette.lever_declencheurs("budget_mouvement")  # negative control: the trigger alone stops it
    assert maquette.sql(ordre) == 1


def test_le_grand_livre_ne_se_modifie_par_aucune_porte_de_l_orm(ae):
    mouvement = Mouvement.objects.get()
    mouvement.montant = Decimal("2")
    portes = [
        mouvement.save,
        mouvement.delete,
        Mouvement.objects.all().delete,
        lambda: Mouvement.objects.update(montant=Decimal("2")),
        lambda: Mouvement.objects.bulk_update([mouvement], ["montant"]),
        lambda: Mouvement.objects.bulk_create(
            [mouvement], update_conflicts=True, update_fields=["montant"], unique_fields=["id"]
        ),
        lambda: Mouvement.objects.update_or_create(pk=mouvement.pk, defaults={"montant": Decimal("2")}),
    ]
    for porte in portes:
        with pytest.raises(ActeFige), transaction.atomic():
            porte()
    assert Mouvement.objects.get().montant == 1000


# --- Figures at a date = replay -------------------------------------------------------------------------------------

JOURS = [date(2024, m, 1) for m in range(1, 11)]
actes = st.lists(
    st.tuples(st.sampled_from(list(N)), st.integers(1, 60_000), st.sampled_from(JOURS)), min_size=1, max_size=30
)


class Rejeu:
    """The rules, written a second time in plain Python: what each act should do, at each date."""

    def __init__(self):
        self.actes = [("vote", Decimal(1000), maquette.BUDGET_LE)]

    def soldes(self, au):
        soldes = defaultdict(Decimal)
        for compteur, montant, le in self.actes:
            if le <= au:
                soldes[compteur] += montant
        return soldes

    def accepte(self, compteur, montant, le) -> bool:
        essai = Rejeu()
        essai.actes = [*self.actes, (compteur, montant, le)]
        fin = essai.soldes(date.max)
        if fin["reserve"] < 0 or fin["engage"] < 0:
            return False
        for jour in {j for _, _, j in essai.actes if j >= le}:
            s = essai.soldes(jour)
            if s["vote"] - s["affecte"] - s["reserve"] < 0 or s["engage"] > s["affecte"]:
                return False
        return True


@settings(
    max_examples=500 if EPREUVES else 60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actes)
def test_accepte_et_refuse_comme_la_regle_et_rend_les_soldes_a_chaque_date(db, suite):
    with transaction.atomic():
        ae = maquette.autorisation(1, "1000.00")
        rejeu = Rejeu()
        for rang, (nature, centimes, le) in enumerate(suite):
            compteur, signe = SENS[nature]
            # Votes and outside affectations carry their own sign: one in three gives back.
            montant = Decimal(centimes) / 100 * (1 if signe or rang % 3 else -1)
            attendu = rejeu.accepte(compteur, montant * (signe or 1), le)
            try:
                ecrire(ae, nature, montant, le=le, cle=f"r-{rang}")
                fait = True
            except ActeRefuse:
                fait = False
            assert fait == attendu, (nature, montant, le, suite[:rang])
            if fait:
                rejeu.actes.append((compteur, montant * (signe or 1), le))
        for jour in [*JOURS, None]:
            (s,) = lecture.situation(2024, jour)
            r = rejeu.soldes(jour or date.max)
            assert (s.vote, s.affecte, s.engage, s.reserve) == (r["vote"], r["affecte"], r["engage"], r["reserve"])
            assert s.disponible == r["vote"] - r["affecte"] >= 0
        call_command("verifier_comptes")
        transaction.set_rollback(True)


# --- verifier_comptes sees what was planted -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "ordre", "phrase"),
    [
        (None, "UPDATE budget_autorisationengagement SET affecte = affecte + 1", "affecté tenu à 300,01"),
        (None, "UPDATE budget_autorisationengagement SET reserve = 0", "réservé tenu à 0,00"),
        (None, "UPDATE budget_autorisationengagement SET engage = engage - 1", "engagé tenu à 199,99"),
        (None, "UPDATE budget_autorisationengagement SET vote = vote + 100", "ae votée tenu à 1\u202f001,00"),
        ("budget_mouvement", "UPDATE budget_mouvement SET montant = montant + 1 WHERE nature = 'affectation'",
         "les mouvements donnent 300,01"),
        ("budget_mouvement", "DELETE FROM budget_mouvement WHERE nature = 'reservation'",
         "les mouvements donnent 0,00"),
        ("budget_mouvement", "UPDATE budget_mouvement SET compteur = 'reserve' WHERE nature = 'affectation'",
         "les mouvements donnent 400,00"),
    ],
)  # fmt: skip
def test_verifier_comptes_trouve_l_ecart_plante(ae, table, ordre, phrase):
    ecrire(ae, N.RESERVATION, "100")
    ecrire(ae, N.AFFECTATION, "300")
    ecrire(ae, N.ENGAGEMENT, "200")
    call_command("verifier_comptes")
    if table:
        maquette.lever_declencheurs(table)
    assert maquette.sql(ordre) == 1
    with pytest.raises(CommandError, match="écart"):
        call_command("verifier_comptes")
    with pytest.raises(CommandError) as refus:
        call_command("verifier_comptes")
    assert phrase in str(refus.value)
