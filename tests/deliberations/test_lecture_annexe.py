"""The annexe as a whole: the published one read right, and hostile ones refused with place, value and what to do."""

from decimal import Decimal

import pytest

from deliberations.importation.annexe import lire_annexe
from tests.deliberations.classeurs import (
    ENTETES,
    ENTETES_PUBLIES,
    PUBLIE_FPEL,
    PUBLIE_JEUNES,
    TITRE,
    TITRE_3,
    TITRE_4,
    L,
    T,
    en_csv,
    lire_feuille,
    verifier_publication,
    xlsx,
)


@pytest.mark.parametrize("entete_fusionne", [False, True])
def test_annexe_publiee_deux_tableaux_dans_une_feuille(entete_fusionne):
    """2023-604, annexe 2, as printed: OPERATION over two columns, two tables one under the other."""
    lignes = [[TITRE], [TITRE_3], ENTETES_PUBLIES, *PUBLIE_FPEL, [TITRE_4], ENTETES_PUBLIES, *PUBLIE_JEUNES]
    fusions = ["A1:F1", "A2:F2", "A7:F7", "A9:A15", "B5:D5", "A6:D6"]
    if entete_fusionne:
        fusions += ["A3:B3", "A8:B8"]
    lue = lire_annexe(xlsx({"Annexe 2": lignes}, {"Annexe 2": fusions}), "annexe 2.xlsx")
    verifier_publication(lue)
    assert [(t.numero, t.titre) for t in lue.thematiques] == [
        (3, "Accès au logement et accompagnement budgétaire"),
        (4, "Autonomie et inclusion des jeunes"),
    ]
    assert lue.constats == ()


def test_annexe_publiee_une_feuille_par_thematique():
    feuilles = {
        "T3": [[TITRE], [], [TITRE_3], ENTETES, *PUBLIE_FPEL],
        "Jeunes": [[TITRE + "\n" + TITRE_4], ENTETES, *PUBLIE_JEUNES, T("311 357,00 €", "TOTAL GÉNÉRAL")],
    }
    lue = lire_annexe(xlsx(feuilles, {"Jeunes": ["A1:F1", "A3:A9"]}), "annexe 2.xlsx")
    verifier_publication(lue)
    assert [(t.numero, t.feuille) for t in lue.thematiques] == [(3, "T3"), (4, "Jeunes")]


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("fin", ["\n", "\r\n"])
def test_annexe_publiee_en_csv(separateur, encodage, fin):
    lignes = [[TITRE], [TITRE_3], ENTETES_PUBLIES, *PUBLIE_FPEL, [TITRE_4], ENTETES_PUBLIES, *PUBLIE_JEUNES]
    if encodage == "cp1252":
        lignes = [[v.replace("\u202f", "\u00a0") if isinstance(v, str) else v for v in ligne] for ligne in lignes]
    largeur = max(map(len, lignes))
    lignes = [ligne + [None] * (largeur - len(ligne)) for ligne in lignes]
    verifier_publication(lire_annexe(en_csv(lignes, separateur, encodage, fin), "annexe 2.csv"))


def test_toutes_les_colonnes_dans_un_autre_ordre():
    entetes = [" Siret ", "montant\nretenu (€)", "Code  opération", "Opération", "Territoires", "Structures"]
    entetes += ["Places d’accompagnement", "Convention / avenant"]
    ligne = [73282932000074, 12500.5, "C02-428B02", "Référent solidarité", "Artois", "ADEFI", "60", "Convention"]
    autre = ["5720784700013", "1 000,00", "C02-428B02", None, "Calaisis", "4AJ", "12 places\n3,5 ETP", "Avenant"]
    total = [None, "13 500,50 €", None, "Total référent", None, None, "72 places", None]
    lue = lire_feuille([ligne, autre, total], entetes=entetes)
    assert lue.est_valide, lue.constats
    (operation,) = lue.thematiques[0].operations
    premiere, seconde = operation.lignes
    assert premiere.siret.valeur == "73282932000074" and premiere.code_operation == "C02-428B02"
    assert premiere.quantites == ((Decimal(60), "places"),) and premiere.description == ""
    assert seconde.quantites == ((Decimal(12), "places"), (Decimal("3.5"), "ETP"))
    assert (operation.libelle, operation.libelle_total) == ("Référent solidarité", "référent")
    (avertissement,) = lue.avertissements
    assert avertissement.ligne == 3 and avertissement.colonne == "A" and "05720784700013" in avertissement.message


def test_fusions_verticales_propagees_et_seulement_elles():
    lue = lire_feuille([L(), L(None, None, "B", None), L(None, None, "C", "Autre"), T(300)], "A2:A4", "B2:B3", "D2:D3")
    assert lue.est_valide
    lignes = lue.thematiques[0].operations[0].lignes
    assert [ligne.territoires_texte for ligne in lignes] == ["ARTOIS", "ARTOIS", ""]
    assert [ligne.description for ligne in lignes] == ["Dev", "Dev", "Autre"]
    assert [(c.ligne, c.colonne) for c in lue.constats] == [(4, "B")]
    assert "n’hérite pas" in lue.constats[0].message


def test_places_avec_du_texte_restent_description():
    entetes = [*ENTETES[:3], "PLACES D'ACCOMPAGNEMENT", *ENTETES[4:]]
    lue = lire_feuille(
        [L(description="60 places\nAccueil le mardi"), L(None, structure="B", description=12)], entetes=entetes
    )
    premiere, seconde = lue.thematiques[0].operations[0].lignes
    assert premiere.quantites == ((Decimal(60), "places"),) and premiere.description == "60 places\nAccueil le mardi"
    assert seconde.quantites == ((Decimal(12), "places"),) and seconde.description == ""


def test_montant_sous_deux_colonnes_et_signe_euro():
    entetes = [*ENTETES[:5], None]
    lue = lire_feuille([["A", "ARTOIS", "4AJ", "Dev", "20 000,00", "€"]], entetes=entetes)
    assert lue.est_valide and lue.total == 20000
    lue = lire_feuille([["A", "ARTOIS", "4AJ", "Dev", None, "20 000,00"]], "E1:F1", entetes=entetes)
    assert lue.est_valide and lue.total == 20000


def test_operation_repetee_sur_chaque_ligne_et_sans_totaux():
    lue = lire_feuille([L(), L(structure="B"), L("FAJ"), L("FAJ", structure="C", montant=0.1)])
    assert [(o.libelle, o.total) for o in lue.thematiques[0].operations] == [
        ("CLLAJ", Decimal(200)),
        ("FAJ", Decimal("100.10")),
    ]


def test_entete_repete_de_page_en_page():
    lue = lire_feuille([L(), ENTETES, L(None, structure="B"), T(200), T(200)])
    assert lue.est_valide and len(lue.thematiques) == 1 and lue.total == 200


def test_total_de_la_thematique_clot_aussi_l_operation():
    lue = lire_feuille([L(), T(100, "TOTAL THEMATIQUE 3")])
    assert lue.est_valide and lue.thematiques[0].total_annonce == 100
    assert lue.thematiques[0].operations[0].total_annonce is None


def test_total_de_quantites():
    entetes = [*ENTETES[:3], "PLACES D'ACCOMPAGNEMENT", *ENTETES[4:]]
    lignes = [
        L(description="60 places"),
        L(None, structure="B", description="1 place"),
        ["TOTAL", None, None, "62 places", 200],
    ]
    lue = lire_feuille(lignes, entetes=entetes)
    (erreur,) = lue.erreurs
    assert (erreur.ligne, erreur.colonne, erreur.valeur) == (4, "D", "62 places")
    assert "61 places" in erreur.message and "de 1" in erreur.message
    # Units are never mixed: an ETP total is not compared with places.
    lue = lire_feuille([*lignes[:2], ["TOTAL", None, None, "3 ETP", 200]], entetes=entetes)
    assert lue.est_valide and "unité" in lue.avertissements[0].message


def test_difference_d_un_centime_ecrite_en_francais():
    lue = lire_feuille(
        [L(montant=20000), L(None, structure="B", montant="20 000,00 €"), T("40 000,01 €", "TOTAL CLLAJ")]
    )
    (erreur,) = lue.erreurs
    assert str(erreur) == (
        "Feuille «\u00a0F\u00a0», ligne 4, colonne E, valeur «\u00a040 000,01\u00a0€\u00a0»\u00a0: le total annoncé "
        "(40\u202f000,01\u00a0€) diffère de la somme des lignes de l’opération «\u00a0CLLAJ\u00a0» "
        "(40\u202f000,00\u00a0€) de 0,01\u00a0€. Corrigez la ligne fausse, ou le total."
    )
    assert lue.thematiques == () and lue.total == 0


def test_un_montant_illisible_ne_fait_pas_mentir_le_total():
    lue = lire_feuille([L(montant="à voir"), L(None, structure="B"), T(300), T(300)])
    assert [c.ligne for c in lue.erreurs] == [2]


@pytest.mark.parametrize(
    ("lignes", "fusions", "ligne", "colonne", "valeur", "message", "quoi_faire"),
    [
        ([L(montant="12,345")], (), 2, "E", "12,345", "ambigu", "12 345,00"),
        ([L(montant="12.345")], (), 2, "E", "12.345", "ambigu", "12 345,00"),
        ([L(montant="-5,00 €")], (), 2, "E", "-5,00 €", "négatif", "positif"),
        ([L(montant="vingt mille")], (), 2, "E", "vingt mille", "pas un montant", "20 000,00"),
        ([L(montant=1e9)], (), 2, "E", "1000000000", "dépasse", "virgule"),
        ([L(montant=10.005)], (), 2, "E", "10,005", "plus de deux décimales", "centime"),
        ([L(montant=True)], (), 2, "E", "VRAI", "VRAI/FAUX", "20 000,00"),
        ([L(montant=None)], (), 2, "E", "", "le montant manque", "complétez"),
        ([L(montant="=SUM(A1:A2)")], (), 2, "E", "=SUM(A1:A2)", "formule", "enregistrez-le"),
        ([L(structure=None)], (), 2, "C", "", "la structure manque", "complétez"),
        ([L(structure=20000)], (), 2, "C", "20000", "à la place d’un nom", "décalée"),
        ([L(structure="20 000,00")], (), 2, "C", "20 000,00", "aucune lettre", "décalée"),
        ([L(structure="=HYPERLINK(1)")], (), 2, "C", "=HYPERLINK(1)", "formule", "premier caractère"),
        ([L(structure="+33 Asso")], (), 2, "C", "+33 Asso", "formule", "premier caractère"),
        ([L(structure="@Asso")], (), 2, "C", "@Asso", "formule", "premier caractère"),
        ([L(structure="-Asso")], (), 2, "C", "-Asso", "formule", "premier caractère"),
        ([L(structure="\tAsso")], (), 2, "C", " Asso", "formule", "premier caractère"),
        ([L("=1+1")], (), 2, "A", "=1+1", "formule", "premier caractère"),
        ([L(territoire="@ARTOIS")], (), 2, "B", "@ARTOIS", "formule", "premier caractère"),
        ([L(structure="AssociatiÃ©n")], (), 2, "C", "AssociatiÃ©n", "caractères abîmés", "Retapez"),
        ([L(description="lâ€™action")], (), 2, "D", "lâ€™action", "caractères abîmés", "Retapez"),
        ([L(None)], (), 2, "A", "", "l’opération manque", "première ligne"),
        ([L(), T(100), L(None)], (), 4, "A", "", "l’opération manque", "première ligne"),
        (
            [L(), T(100), T(100), L("FAJ")],
            (),
            5,
            "A",
            "FAJ",
            "après le total de la thématique",
            "avant le total",
        ),
        ([L(), T(100), L()], (), 4, "A", "CLLAJ", "déjà close", "avant son total"),
        ([L(), L("FAJ"), L("cllaj")], (), 4, "A", "cllaj", "déjà close", "avant son total"),
        ([L(), T(100), L(None)], ("A2:A2",), 4, "A", "", "l’opération manque", "première ligne"),
        ([L(), L(None, structure="B", montant=None)], ("E2:E3",), 2, "E", "100", "lignes 2 à 3", "Défusionnez"),
        ([L(), T("99,99")], (), 3, "E", "99,99", "de 0,01", "Corrigez"),
        ([L(), T(100), T(100.01)], (), 4, "E", "100,01", "de la thématique", "Corrigez"),
        ([L(), T(100), T(100), T(100)], (), 5, "A", "TOTAL", "après celui de la thématique", "TOTAL GÉNÉRAL"),
        ([L(), T(100), T(100), T(99, "Total général")], (), 5, "E", "99", "tout le fichier", "Corrigez"),
        ([T(0), L()], (), 2, "A", "TOTAL", "ne suit aucune ligne", "Supprimez"),
        ([L(), T(None)], (), 3, "A", "TOTAL", "pas de montant", "sa colonne"),
        ([L(), T("cent")], (), 3, "E", "cent", "pas un montant", "20 000,00"),
        ([L(description="Total de 12 ateliers")], (), 2, "D", "Total de 12 ateliers", "ligne ou total", "Reformulez"),
        ([L(acte="00")], (), 2, "F", "00", "décalée", "guillemets"),
        ([L(), ["Titre perdu"]], (), 3, "C", "", "la structure manque", "complétez"),
    ],
)
def test_ligne_hostile(lignes, fusions, ligne, colonne, valeur, message, quoi_faire):
    lue = lire_feuille(lignes, *fusions)
    assert lue.thematiques == ()
    vus = [(c.feuille, c.ligne, c.colonne, c.valeur) for c in lue.erreurs]
    assert ("F", ligne, colonne, valeur) in vus, [str(c) for c in lue.constats]
    erreur = lue.erreurs[vus.index(("F", ligne, colonne, valeur))]
    phrase = str(erreur).replace("\u00a0", " ").replace("\u202f", " ")
    assert message in phrase and quoi_faire in phrase
    assert phrase.startswith(f"Feuille « F », ligne {ligne}, colonne {colonne}")
