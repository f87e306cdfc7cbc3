"""The annexe read line by line, continued: totals, controls, and what a damaged table says."""

from decimal import Decimal

import pytest

from deliberations.importation.annexe import lire_annexe
from dpid.classeurs.constats import CONSTATS_MAX, Gravite
from tests.deliberations.classeurs import (
    ENTETES,
    TITRE_3,
    L,
    T,
    en_csv,
    lire_feuille,
    xlsx,
)


@pytest.mark.parametrize(
    ("siret", "message"),
    [
        ("12345678900000", "00000"),
        (73282932000000, "00000"),
        ("4,80544E+13", "scientifique"),
        ("73282932000079", "clé"),
        ("732829320", "SIREN"),
    ],
)
def test_siret_hostile(siret, message):
    lue = lire_feuille([[*L(), siret]], entetes=[*ENTETES, "N° SIRET"])
    (erreur,) = lue.erreurs
    assert (erreur.ligne, erreur.colonne) == (2, "G") and message in erreur.message and erreur.quoi_faire


@pytest.mark.parametrize(
    ("entetes", "message", "quoi_faire"),
    [
        ([*ENTETES[:4], "SOMME", "Acte"], "la colonne MONTANT RETENU manque", "MONTANT RETENU"),
        ([*ENTETES[:4], "MONTANT ACCORDE", "Acte"], "la colonne MONTANT RETENU manque", "MONTANT RETENU"),
        (["Intitulé", *ENTETES[1:]], "la colonne OPERATION manque", "OPERATION"),
        (["CODE OPERATION", *ENTETES[1:]], "la colonne OPERATION manque", "OPERATION"),
        ([*ENTETES[:2], "Porteur", *ENTETES[3:]], "la colonne STRUCTURE manque", "STRUCTURE"),
        ([*ENTETES[:3], "Remarques", *ENTETES[4:]], "DESCRIPTION", "PLACES"),
        (["OPERATION", "Lieu", *ENTETES[2:]], "la colonne TERRITOIRE(S) manque", "TERRITOIRE(S)"),
        ([*ENTETES[:5], "Montant"], "figure deux fois (déjà en colonne E)", "qu’une"),
        ([*ENTETES[:3], None, *ENTETES[3:5]], "données sans en-tête", "en-tête"),
        (["a", "b", "c", "d", "e", "f"], "aucune ligne d’en-têtes", "en-têtes"),
    ],
)
def test_entetes_hostiles(entetes, message, quoi_faire):
    lue = lire_feuille([L(), T(100)], entetes=entetes)
    assert any(message in c.message and quoi_faire in c.quoi_faire for c in lue.erreurs), [str(c) for c in lue.constats]
    assert all(c.feuille == "F" and c.ligne for c in lue.erreurs)


def test_entete_inconnu_ignore_avec_avertissement():
    lue = lire_feuille([[*L(), "x"]], entetes=[*ENTETES, "Montant demandé"])
    assert lue.est_valide and lue.avertissements[0].colonne == "G" and lue.total == 100


def test_feuilles_vide_masquee_et_en_double():
    bonne = [[TITRE_3], ENTETES, L()]
    lue = lire_annexe(xlsx({"A": bonne, "Feuil2": []}), "a.xlsx")
    assert [(c.feuille, c.message) for c in lue.erreurs] == [("Feuil2", "feuille vide")]
    assert "Supprimez cette feuille" in lue.erreurs[0].quoi_faire
    lue = lire_annexe(xlsx({"A": bonne, "B": bonne}, masquees=["B"]), "a.xlsx")
    assert lue.est_valide and lue.avertissements[0].feuille == "B" and "masquée" in lue.avertissements[0].message
    lue = lire_annexe(xlsx({"A": bonne, "B": [["Thématique 3 : Autre titre"], ENTETES, L()]}), "a.xlsx")
    assert "figure déjà dans la feuille «\u00a0A\u00a0»" in lue.erreurs[0].message and lue.erreurs[0].feuille == "B"
    lue = lire_annexe(xlsx({"A": bonne, "Lisez-moi": [["Mode d’emploi"]]}), "a.xlsx")
    assert lue.erreurs[0].feuille == "Lisez-moi" and "aucune ligne d’en-têtes" in lue.erreurs[0].message


def test_tableau_sans_ligne_et_total_de_l_autre_feuille():
    lue = lire_annexe(xlsx({"A": [ENTETES]}), "a.xlsx")
    assert "aucune ligne" in lue.erreurs[0].message


def test_note_doublon_montant_nul_et_hors_tableau_avertissent():
    lue = lire_feuille(
        [L(), L(None), L(None, structure="Z", montant=0), T(200), T(200), ["(1) sous réserve"], [None] * 8 + ["x"]]
    )
    assert lue.est_valide
    assert [(c.ligne, c.colonne) for c in lue.avertissements] == [(8, "I"), (3, "C"), (4, "E"), (7, "A")]
    assert "identique à la ligne 2" in lue.avertissements[1].message


def test_date_a_la_place_d_un_montant():
    lue = lire_annexe(xlsx({"F": [ENTETES, L(montant=45000)]}, formats={("F", "E2"): "dd/mm/yyyy"}), "a.xlsx")
    assert lue.erreurs[0].valeur == "15/03/2023" and "date" in lue.erreurs[0].message


@pytest.mark.parametrize(
    ("ligne", "colonne", "message"),
    [
        ("CLLAJ,ARTOIS,4AJ,Dev,20000,50,Avenant", "G", "décalé"),
        ("CLLAJ,ARTOIS,4AJ,Dev,20000,50", "F", "décalée"),
        ("CLLAJ,ARTOIS,4AJ,Dev, suite,20000,Avenant", "G", "décalé"),
        ("CLLAJ,ARTOIS,4AJ,#REF!,20000,Avenant", "D", "#REF!"),
        ("CLLAJ,ARTOIS,4AJ,Dev,#VALEUR!,Avenant", "E", "#VALEUR!"),
        ("CLLAJ,ARTOIS,4AJ,DÃ©v,20000,Avenant", "D", "deux encodages"),
    ],
)
def test_csv_hostile(ligne, colonne, message):
    contenu = ",".join(ENTETES) + "\n" + ligne + "\n"
    lue = lire_annexe(contenu.encode(), "annexe.csv")
    (erreur,) = lue.erreurs
    assert (erreur.feuille, erreur.ligne, erreur.colonne) == ("annexe", 2, colonne)
    assert message in erreur.message and erreur.quoi_faire


def test_csv_encodages_meles():
    lignes = [
        ";".join(ENTETES).encode(),
        "CLLAJ;ARTOIS;Fédération;Dev;1;a".encode(),
        ";ARTOIS;Fédé;Dev;1;a".encode("cp1252"),
    ]
    lue = lire_annexe(b"\n".join(lignes), "annexe.csv")
    assert [(c.ligne, c.colonne) for c in lue.erreurs] == [(2, "C")]
    assert "CSV UTF-8" in lue.erreurs[0].quoi_faire.replace("\u00a0", " ")


def test_csv_guillemets_et_retours_a_la_ligne():
    contenu = en_csv([ENTETES, L(structure='Les "4AJ" ; Arras', description="- un\n- deux", montant="1 234,56 €")])
    lue = lire_annexe(contenu, "annexe.csv")
    assert lue.est_valide, lue.constats
    (ligne,) = lue.thematiques[0].operations[0].lignes
    assert (ligne.structure, ligne.description) == ('Les "4AJ" ; Arras', "- un\n- deux")
    assert ligne.montant == Decimal("1234.56")


def test_tous_les_constats_puis_plafond():
    lue = lire_feuille([L(structure=None), L("FAJ", montant="x"), L("PLIE", montant="12,345", structure="=x")])
    assert [(c.ligne, c.colonne) for c in lue.erreurs] == [(2, "C"), (3, "E"), (4, "E"), (4, "C")]
    lue = lire_feuille([L(f"Op {n}", montant="x") for n in range(500)])
    assert len(lue.constats) == CONSTATS_MAX and lue.constats[-1].gravite is Gravite.ERREUR
    assert "301 autres constats" in lue.constats[-1].message
    # Warnings never hide errors: 300 of the first, then one error.
    lue = lire_feuille([*(L(f"Op {n}", montant=0) for n in range(300)), L("Fin", montant="x")])
    assert not lue.est_valide and lue.constats[0].ligne == 302 and len(lue.constats) == CONSTATS_MAX


def test_resultat_fige():
    lue = lire_feuille([L()])
    with pytest.raises(AttributeError):
        lue.thematiques = ()
    with pytest.raises(AttributeError):
        lue.thematiques[0].operations[0].lignes[0].montant = Decimal(1)
