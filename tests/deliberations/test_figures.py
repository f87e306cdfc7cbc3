"""Tables and charts in the texts: written by hand, drawn from the data, printed with their captions and accessible."""

import pytest

from deliberations import documents
from deliberations.controle.registre import bloquants
from deliberations.redaction import figures
from dpid.documents import blocs
from tests.deliberations import donnees
from tests.pdf import balises, fautes_d_accessibilite, texte

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


def cellules(bloc):
    return [[c["texte"] for c in rangee] for rangee in bloc["rangees"]]


class TestBlocs:
    def test_tableau_avec_sa_legende(self):
        rendu = blocs(
            "Avant.\nLes places\n| Lieu | Places |\n|---|---:|\n| Arras | 12 |\n| Lens | 1 250,50 |\n\nAprès."
        )
        assert [b["genre"] for b in rendu] == ["p", "table", "p"]
        assert rendu[0]["texte"] == "Avant." and rendu[1]["legende"] == "Les places"
        assert cellules(rendu[1]) == [["Arras", "12"], ["Lens", "1\u202f250,50"]]
        assert [c["nombre"] for c in rendu[1]["entetes"]] == [False, True]

    @pytest.mark.parametrize(
        ("saisi", "attendu"),
        [
            ("| a | b |\n| 1 |", [["1", ""]]),
            ("| a | b |\n| 1 | 2 | 3 |", [["1", "2 3"]]),
            ("| a |", []),
            ("||", []),
            ("|---|", []),
            ("| a |\n| <b> |", [["<b>"]]),
        ],
    )
    def test_tableaux_mal_formes(self, saisi, attendu):
        (bloc,) = blocs(saisi)
        assert cellules(bloc) == attendu

    def test_ce_qui_n_est_pas_un_tableau(self):
        assert blocs("Un | deux")[0]["genre"] == "p"
        liste, tableau, autre = blocs("- un\n| a |\n| 1 |\n- deux")
        assert (liste["puces"], tableau["genre"], autre["puces"]) == (["un"], "table", ["deux"])


class TestFigures:
    @pytest.fixture
    def rapport(self):
        return donnees.rapport(introduction="Voici.\n{tableau:operations}\nPuis.\n\n{graphique:territoires}")

    def test_les_chiffres_viennent_des_donnees(self, rapport):
        contexte = documents.contexte(rapport, "rapport")
        tableau = contexte["figures"]["tableau:operations@rapport"]
        assert tableau["lignes"] == [
            ["T3 – CAF", "156236.00"], ["T4 – CLLAJ", "140000.00"], ["T4 – FAJ collectif", "15121.00"],
        ]  # fmt: skip
        assert all("renvoi" not in str(c) for c in bloquants(rapport))

    def test_une_operation_ne_dessine_que_ses_lignes(self, rapport):
        operation = rapport.thematiques.get(numero=4).operations.get(libelle_court="FAJ collectif")
        operation.descriptif = "{tableau:structures}"
        operation.save()
        contexte = documents.contexte(rapport, "annexe-presentation")
        (figure,) = contexte["figures"].values()
        assert [montant for _, montant in figure["lignes"]] == ["5121.00", "10000.00"]

    def test_figure_inconnue_reste_un_renvoi_sans_valeur(self, rapport):
        rapport.introduction = "{tableau:licornes}"
        rapport.save()
        assert any("tableau:licornes" in str(c) for c in bloquants(rapport))
        assert not figures.est_une_figure("tableau:licornes")

    def test_imprimees_avec_legende_et_accessibles(self, rapport):
        octets, _ = documents.editer(rapport, "rapport", "pdf")
        lu = texte(octets)
        assert "Montants par opération" in lu and "311\u202f357,00" in lu and "{" not in lu
        assert fautes_d_accessibilite(octets) == [] and any("Figure" in b for b in balises(octets))
