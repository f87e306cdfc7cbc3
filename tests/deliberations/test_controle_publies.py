"""The published délibérations under the check: it finds again what their readers had noticed, with the same figures."""

from collections import Counter

import pytest

from deliberations.controle import Moment, controler
from deliberations.models import Rapport

pytestmark = [
    pytest.mark.neutre,
    pytest.mark.usefixtures("demo_adoptee", "db"),
]
ACTES = ("2022-375", "2023-243", "2023-604", "2024-273")


def constats(numero, cle) -> list[str]:
    """Findings of one rule, with their place, every space an ordinary one."""
    rapport = Rapport.objects.par_reference(numero)
    groupes = [g for g in controler(rapport, moment=Moment.VOTE).ouverts if g.regle.cle == cle]
    return [" ".join(str(c).split()) for g in groupes for c in g.constats]


def test_375_president_et_secretaire_se_deportent_sans_remplacant():
    (president,) = constats("2022-375", "president-deporte")
    assert "qui préside, se déporte : désignez qui préside pour ce bloc." in president
    (secretaire,) = constats("2022-375", "secretaire-deporte")
    assert "secrétaire, se déporte sans être remplacé(e)." in secretaire


@pytest.mark.parametrize(
    ("numero", "deports"),
    [("2022-375", [18]), ("2023-243", []), ("2023-604", [8]), ("2024-273", [15, 5, 6, 11])],
)
def test_les_abstentions_imprimees_sont_des_deports(numero, deports):
    lus = constats(numero, "abstentions-imprimees")
    assert [texte.split(" : ", 1)[1] for texte in lus if "déport" in texte] == [
        f"{n} abstentions imprimées, dont {n} déports et 0 abstention réelle." for n in deports
    ]


@pytest.mark.parametrize("numero", ACTES)
def test_les_figures_imprimees_sont_celles_que_l_on_calcule(numero):
    assert constats(numero, "chiffres-imprimes") == []


def test_375_quatorze_structures_pour_quinze_financements():
    lus = constats("2022-375", "structure-repetee")
    assert any("15 lignes pour 14 structures distinctes" in texte and "Tous Parrains" in texte for texte in lus)
    assert any("29 lignes pour 28 structures distinctes" in texte and "RECUP TRI" in texte for texte in lus)


def test_273_le_president_du_conseil_se_deporte_d_un_bloc():
    (texte,) = constats("2024-273", "president-du-conseil-deporte")
    assert "l’acte est signé pour M. Jean-Claude LEROY, qui se déporte de ce bloc." in texte


def test_273_un_code_consomme_en_entier_et_quatre_dispositifs_hors_budget():
    assert any("C02-428O10" in texte for texte in constats("2024-273", "ae-epuisee"))
    (hors_budget,) = constats("2024-273", "hors-budget")
    assert hors_budget.startswith("Thématique 2 : 4 opérations hors budget départemental (111 229,40 €")


@pytest.mark.parametrize("numero", ACTES)
def test_ce_qui_bloque_un_acte_publie_est_ce_que_la_loi_demandait(numero):
    """Sums, references, dates and imputations of the demo are right: only who chairs is missing, in one act."""
    bloquants = Counter(g.regle.cle for g in controler(Rapport.objects.par_reference(numero)).bloquants)
    assert bloquants == ({"president-deporte": 1} if numero == "2022-375" else {})
