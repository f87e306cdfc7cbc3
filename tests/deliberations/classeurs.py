"""Workbooks of the tests: the published annexe of 2023-604, rebuilt, and small sheets written line by line."""

import csv
import io
from decimal import Decimal

import openpyxl

from deliberations.importation.annexe import lire_annexe

DESCRIPTION = "DESCRIPTION ACTION / COMPLEMENT D'INFORMATION"
ENTETES = ["OPERATION", "TERRITOIRE(S)", "STRUCTURE", DESCRIPTION, "MONTANT RETENU", "Avenant/convention"]
# As printed: the first header covers the opération and the territoire.
ENTETES_PUBLIES = ["OPERATION", None, "STRUCTURE", DESCRIPTION, "MONTANT \n\nRETENU", "Avenant/convention"]
INITIALE = "\u00a0Avenant annexe 3 (convention initiale \n\nen date du {}) "
SEPTEMBRE, OCTOBRE = INITIALE.format("7 septembre 2022"), INITIALE.format("5 octobre 2022")
TYPE = "\u00a0Convention type validée en CP du 12 \n\njuin "
CLLAJ = [
    ("ARRAGEOIS", "4AJ", SEPTEMBRE),
    ("ARTOIS", "Habitat Insertion", SEPTEMBRE),
    ("HENIN CARVIN", "Rencontres et Loisirs", SEPTEMBRE),
    ("AUDOMAROIS", "CAPSO", SEPTEMBRE),
    ("LENS LIEVIN", "Mission Locale Lens-Liévin", OCTOBRE),
    ("BOULONNAIS", "AMIE du Boulonnais", SEPTEMBRE),
    ("TERNOIS\n\nMONTREUILLOIS", "ADEFI", SEPTEMBRE),
]
PUBLIE_FPEL = [
    [
        "Fonds de prévention des expulsions locatives (FPEL)",
        "ARTOIS\n\nHENIN CARVIN\n\nLENS LIEVIN",
        "CAISSE D'ALLOCATIONS FAMILIALES (CAF)",
        "Maintien dans le logement des ménages, en dettes de loyer, \n\navec ou non une procédure d’expulsion",
        "156 236,00 €            ",
        "\u00a0Avenant à la convention annexe 4 \n\n(convention initiale du 19 novembre \n\n2020) ",
    ],
    [None, "TOTAL", None, None, "156 236,00 €            ", None],
    ["TOTAL", None, None, None, "156 236,00 €    ", None],
]
PUBLIE_JEUNES = [
    *(
        [
            "Comités locaux pour le logement autonome des jeunes" if n == 0 else None,
            t,
            s,
            "Développement actions CLLAJ ASE",
        ]
        + ["20\u202f000,00\u00a0€               ", acte]
        for n, (t, s, acte) in enumerate(CLLAJ)
    ),
    ["TOTAL CLLAJ", None, None, None, "140 000,00 €            ", None],
    [
        "FAJ collectif",
        "ARRAGEOIS",
        "MAISON DE L'EMPLOI ET DES METIERS EN PAYS D'ARTOIS ",
        "Défi sportif",
        "5 121,00 €",
        TYPE,
    ],
    [None, "DEPARTEMENT", "Fédération des Centres Sociaux du Nord/Pas-De-Calais", "Coordination", 10000, TYPE],
    [None, "TOTAL", None, None, "15 121,00 €               ", None],
    ["TOTAL", None, None, None, "155 121,00 €", None],
]
TITRE = "Annexe 2 : APPEL A PROJETS DPID 2023 - REPARTITION FINANCIERE DES OPERATIONS"
TITRE_3 = "Thématique 3 : Accès au logement et accompagnement budgétaire"
TITRE_4 = "THÉMATIQUE N°4 – Autonomie et inclusion des jeunes"


def xlsx(feuilles: dict, fusions=None, masquees=(), formats=None) -> bytes:
    livre = openpyxl.Workbook()
    livre.remove(livre.active)
    for nom, lignes in feuilles.items():
        feuille = livre.create_sheet(nom)
        for numero, ligne in enumerate(lignes, start=1):
            for colonne, valeur in enumerate(ligne, start=1):
                cellule = feuille.cell(numero, colonne, valeur)
                if isinstance(valeur, str) and valeur[:1] == "=" and not valeur.startswith("=SUM"):
                    cellule.data_type = "s"
        for fusion in (fusions or {}).get(nom, ()):
            feuille.merge_cells(fusion)
        if nom in masquees:
            feuille.sheet_state = "hidden"
    for (nom, reference), format_ in (formats or {}).items():
        livre[nom][reference].number_format = format_
    tampon = io.BytesIO()
    livre.save(tampon)
    return tampon.getvalue()


def en_csv(lignes, separateur=";", encodage="utf-8-sig", fin="\r\n") -> bytes:
    tampon = io.StringIO(newline="")
    csv.writer(tampon, delimiter=separateur, lineterminator=fin).writerows(lignes)
    return tampon.getvalue().encode(encodage)


def lire_feuille(lignes, *fusions, entetes=ENTETES):
    """One sheet « F » with `entetes` on row 1 and `lignes` from row 2."""
    return lire_annexe(xlsx({"F": [entetes, *lignes]}, {"F": fusions}), "annexe.xlsx")


def L(operation="CLLAJ", territoire="ARTOIS", structure="4AJ", description="Dev", montant=100, acte="Avenant"):
    return [operation, territoire, structure, description, montant, acte]


def T(montant, libelle="TOTAL"):
    return [libelle, None, None, None, montant, None]


def verifier_publication(lue):
    assert lue.est_valide, [str(c) for c in lue.constats]
    logement, jeunes = lue.thematiques
    assert (lue.total, logement.total, jeunes.total) == (Decimal("311357.00"), Decimal("156236"), Decimal("155121"))
    assert jeunes.total_annonce == Decimal("155121.00")
    (fpel,) = logement.operations
    assert fpel.libelle == "Fonds de prévention des expulsions locatives (FPEL)"
    assert fpel.lignes[0].territoires_texte == "ARTOIS HENIN CARVIN LENS LIEVIN"
    assert fpel.lignes[0].acte_texte.startswith("Avenant à la convention annexe 4\n(convention initiale")
    cllaj, faj = jeunes.operations
    assert (cllaj.libelle_total, cllaj.total, cllaj.total_annonce) == ("CLLAJ", Decimal(140000), Decimal("140000.00"))
    assert [ligne.structure for ligne in cllaj.lignes] == [s for _, s, _ in CLLAJ]
    assert cllaj.lignes[6].territoires_texte == "TERNOIS MONTREUILLOIS"
    assert {ligne.montant for ligne in cllaj.lignes} == {Decimal("20000.00")}
    assert [ligne.montant for ligne in faj.lignes] == [Decimal("5121.00"), Decimal("10000.00")]
    assert faj.lignes[1].territoires_texte == "DEPARTEMENT" and faj.lignes[1].quantites == ()
