"""Rules on the lines: sums, imputations, periods, costs, acts, structures."""

from datetime import date
from decimal import Decimal as D

import pytest

from budget.models import AutorisationEngagement, LigneBudgetaire
from deliberations.controle.examen import Moment
from deliberations.controle.registre import REGLES
from programmes.models import AvisInstance, Dispositif, Fiche, Quantite, Representant, Ventilation
from tests import maquette
from tests.deliberations.controle_cas import (
    Cas,
    avec_un_cas,
    changer,
    recette,
    source,
    une_fois,
    verifier_le_constat,
    verifier_le_voisin,
)

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture(scope="module")
def s(django_db_setup, django_db_blocker):
    with une_fois(django_db_blocker) as situation:
        yield situation


# --- Sums


def total_d_operation(s):
    examen = s.examen()
    examen.lecture.repartition["thematiques"][0]["operations"][0]["total"] = "651.00"
    return examen


def imputation_oubliee(s):
    examen = s.examen()
    examen.lecture.__dict__["imputations"] = examen.lecture.imputations[:1]
    return examen


def sans_imputation(s):
    changer(s.financement(2), autorisation=None)


def ventilee(montant):
    def ventiler(s):
        Ventilation.objects.create(financement=s.financement(0), territoire=maquette.territoire(), montant=D(montant))

    return ventiler


def recette_de(montant):
    def proposer(s):
        recette(montant)

    return proposer


def operation_hors_budget(s):
    s.presenter("30.00", s.operation_suivante(), source=source())


def operation_mixte(s):
    operation = s.operation_suivante()
    s.presenter("30.00", operation, source=source())
    s.presenter("10.00", operation)


SOMMES = [
    Cas("totaux-faux", total_d_operation, [
        "le total imprimé est de 650,00 €, ses parties font 651,00 €.",
        "le total imprimé est de 651,00 €, ses parties font 650,00 €.",
    ]),
    Cas("articles-et-imputations", imputation_oubliee,
        ["les articles financent 650,00 €, le tableau impute 600,00 €."], sans_imputation),
    Cas("ventilation-fausse", ventilee("399.99"),
        ["4AJ : la ventilation fait 399,99 € pour un financement de 400,00 €."], ventilee("400.00")),
    Cas("recette-depasse-inscrit", recette_de("100.01"),
        ["100,01 € proposés à l’inscription, 100,00 € inscrits au budget."], recette_de("100.00")),
    Cas("hors-budget", operation_hors_budget, [
        "1 opération hors budget départemental (30,00 €), comptée mais hors du montant de l’article (650,00 €)."
    ], operation_mixte),
]  # fmt: skip


# --- Imputations


def finance(rang, montant):
    def financer(s):
        changer(s.financement(rang), montant=D(montant))

    return financer


def a_imputer(s):
    changer(s.financement(2), autorisation=None)


def paye_ailleurs(s):
    changer(s.financement(2), autorisation=None, source=source())


def ae(**champs):
    def dater(s):
        changer(s.financement(2).autorisation, **champs)

    return dater


def remplacee(millesime):
    def ouvrir(s):
        ligne = LigneBudgetaire.objects.create(
            code="C02-100A99", nature="65748", fonction="9344", libelle="Suite", rang=9,
            predecesseur=s.financement(2).autorisation.ligne,
        )  # fmt: skip
        AutorisationEngagement.objects.create(ligne=ligne, millesime=millesime)

    return ouvrir


IMPUTATIONS = [
    Cas("ae-depassee", finance(2, "500.01"),
        ["500,01 € proposés pour 500,00 € disponibles : il manque 0,01 €."], finance(2, "500.00")),
    Cas("ae-epuisee", finance(2, "500.00"),
        ["les 500,00 € disponibles sont consommés en entier."], finance(2, "499.99")),
    Cas("a-imputer", a_imputer, ["ADEFI : 50,00 € à imputer sur une ligne budgétaire."], paye_ailleurs),
    Cas("ae-hors-exercice", ae(millesime=2023), ["l’AE est de 2023, la séance de l’exercice 2024."],
        ae(millesime=2023, exercice_fin=2024)),
    Cas("ae-hors-exercice", ae(caduque_le=date(2024, 6, 17)), ["l’AE de 2024 est caduque depuis le 17/06/2024."],
        ae(caduque_le=date(2024, 6, 18))),
    Cas("code-remplace", remplacee(2024), ["ce code est remplacé par C02-100A99 pour l’exercice 2024."],
        remplacee(2025)),
]  # fmt: skip


# --- Periods


def periode(debut=date(2024, 7, 1), fin=date(2025, 6, 30), rang=0):
    def dater(s):
        changer(s.ligne(rang), debut=debut, fin=fin)

    return dater


def six_mois(montant):
    def demander(s):
        changer(s.ligne(1), fin=date(2024, 12, 31))
        changer(s.financement(1), montant=D(montant))

    return demander


def prix_de_la_fiche(mois):
    """Alone in its opération to be paid half a year: its neighbours say nothing, its fiche does."""

    def demander(s):
        for rang in range(3):
            changer(s.ligne(rang), fin=date(2024, 12, 31))
        Fiche.objects.update_or_create(
            dispositif=s.ligne(0).dossier.dispositif,
            defaults={"cout_unitaire": D("100"), "unite": "place", "cout_pour_mois": mois},
        )

    return demander


DOUZE = "6 mois à 100,00 € par unité (places), le prix de douze mois."
PERIODES = [
    Cas("periode-absente", periode(debut=None), ["4AJ : début à préciser."]),
    Cas("periode-absente", periode(debut=None, fin=None), ["4AJ : début et fin à préciser."], finance(0, "0.00")),
    Cas("debut-avant-seance", periode(debut=date(2024, 6, 16)),
        ["4AJ : l’action commence le 16/06/2024, avant la séance du 17/06/2024."], periode(debut=date(2024, 6, 17))),
    Cas("debut-avant-appel", periode(debut=date(2023, 12, 31)),
        ["4AJ : l’action commence le 31/12/2023, l’appel est ouvert le 01/01/2024."], periode(debut=date(2024, 1, 1))),
    Cas("fin-avant-seance", periode(debut=date(2024, 1, 1), fin=date(2024, 6, 16)),
        ["4AJ : l’action est finie depuis le 16/06/2024."], periode(debut=date(2024, 1, 1), fin=date(2024, 6, 17))),
    Cas("prix-de-douze-mois", six_mois("200.00"), [f"CAPSO : {DOUZE}"], six_mois("100.00")),
    Cas("prix-de-douze-mois", prix_de_la_fiche(12), [f"4AJ : {DOUZE}", f"CAPSO : {DOUZE}", f"ADEFI : {DOUZE}"],
        prix_de_la_fiche(6)),
]  # fmt: skip


# --- Costs, lines twice


def sans_quantite(*rangs):
    def effacer(s):
        for rang in rangs:
            Quantite.objects.filter(ligne=s.ligne(rang)).delete()

    return effacer


def encore(montant, *, ailleurs=False, nom="CAPSO", **options):
    def presenter(s):
        s.presenter(montant, s.operation_suivante() if ailleurs else None, nom=nom, rang_ae=2, **options)

    return presenter


COUTS = [
    Cas("cout-eloigne", finance(1, "600.02"), [
        "CAPSO : 300,01 € par unité (places), 100,00 € pour les autres lignes de l’opération."
    ], finance(1, "600.00")),
    Cas("cout-eloigne", finance(1, "66.00"), [
        "CAPSO : 33,00 € par unité (places), 100,00 € pour les autres lignes de l’opération."
    ], finance(1, "67.00")),
    Cas("quantite-absente", sans_quantite(1), ["CAPSO : aucune quantité pour 200,00 €."], sans_quantite(0, 1, 2)),
    Cas("montant-en-double", encore("200.00", ailleurs=True),
        ["200,00 € deux fois : thématique 4, opération 1 et thématique 4, opération 2."],
        encore("200.01", ailleurs=True)),
    Cas("ligne-en-double", encore("200.00", quantite="2"), ["CAPSO : 2 lignes identiques de 200,00 €."],
        encore("200.00", quantite="2", lieu="CALAISIS")),
    Cas("structure-repetee", encore("10.00"), ["4 lignes pour 3 structures distinctes (CAPSO)."],
        encore("10.00", nom="AMIE")),
]  # fmt: skip


# --- Acts


def avenant(numero="2022-02942", le=date(2022, 9, 7), rang=0, **champs):
    def devenir(s):
        changer(s.ligne(rang), nature_acte="avenant", acte_initial_numero=numero, acte_initial_le=le, **champs)

    return devenir


def deux_avenants(un, deux):
    def devenir(s):
        avenant(**un)(s)
        avenant(rang=1, **deux)(s)

    return devenir


def sans_acte(s):
    changer(s.ligne(0), nature_acte="")


def formule(**champs):
    def rediger(s):
        changer(s.propositions[0], formule_acte="Avenant {avenant} du {date}")
        changer(s.ligne(0), **champs)

    return rediger


ICI = "thématique 4, opération 1"
ACTES = [
    Cas("acte-absent", sans_acte, ["4AJ : aucun acte n’est choisi."]),
    Cas("formule-incomplete", formule(), ["4AJ : le libellé de l’acte demande {avenant}, {date}, sans valeur."],
        formule(numero_avenant=1, acte_initial_le=date(2022, 9, 7))),
    Cas("acte-initial-absent", avenant(numero="", le=None),
        ["4AJ : le numéro et la date de la convention initiale à préciser."], avenant()),
    Cas("acte-initial-absent", avenant(numero=""),
        ["4AJ : le numéro de la convention initiale à préciser."], avenant()),
    Cas("acte-initial-posterieur", avenant(le=date(2024, 6, 18)),
        ["4AJ : la convention initiale est du 18/06/2024, après la séance."], avenant(le=date(2024, 6, 17))),
    Cas("debut-avant-acte", avenant(le=date(2024, 6, 10), debut=date(2024, 6, 9)),
        ["4AJ : l’action commence le 09/06/2024, avant la convention initiale du 10/06/2024."],
        avenant(le=date(2024, 6, 10), debut=date(2024, 6, 10))),
    Cas("annee-de-l-acte", avenant(le=date(2023, 1, 5)), ["4AJ : la convention 2022-02942 est datée du 05/01/2023."],
        avenant(le=date(2022, 12, 31))),
    Cas("acte-initial-divergent", deux_avenants({}, {"le": date(2022, 9, 8)}), [
        f"4AJ : la convention 2022-02942 est ici du 07/09/2022, du 08/09/2022 pour {ICI}.",
        f"CAPSO : la convention 2022-02942 est ici du 08/09/2022, du 07/09/2022 pour {ICI}.",
    ], deux_avenants({}, {})),
    Cas("avenant-deja-pris", deux_avenants({"numero_avenant": 1}, {"numero_avenant": 1}), [
        f"4AJ : l’avenant n° 1 à la convention 2022-02942 est déjà celui de {ICI}.",
        f"CAPSO : l’avenant n° 1 à la convention 2022-02942 est déjà celui de {ICI}.",
    ], deux_avenants({"numero_avenant": 1}, {"numero_avenant": 2})),
]  # fmt: skip


# --- Structures


def structure(**champs):
    def changer_la_structure(s):
        changer(s.structure(0), **champs)

    return changer_la_structure


def represente_jusqu_au(jour):
    def dater(s):
        changer(Representant.objects.get(structure=s.structure(0)), fin=jour)

    return dater


def habilitee_par(texte):
    def ecrire(s):
        changer(Representant.objects.get(structure=s.structure(0)), habilitation=texte)

    return ecrire


def fusionnee(s):
    changer(s.structure(0), fusionnee_dans=s.structure(1))


def nommees(une, autre):
    def nommer(s):
        changer(s.structure(0), raison_sociale=une, siret=None)
        changer(s.structure(1), raison_sociale=autre, siret=None)

    return nommer


def conditionne(**champs):
    def conditionner(s):
        changer(s.ligne(0).dossier.dispositif, condition_suspensive="accord du FSE+", **champs)

    return conditionner


def paye_par_le_fsl(sens=None):
    def payer(s):
        changer(s.financement(2), autorisation=None, source=source("fsl"))
        if sens:
            AvisInstance.objects.create(
                dossier=s.ligne(2).dossier, instance="fsl", rendu_le=date(2024, 5, 2), sens=sens
            )

    return payer


FSL = Dispositif.InstanceExterne.FSL.label
SANS_AVIS = f"ADEFI : pas d’avis favorable ou réservé ({FSL})."
STRUCTURES = [
    Cas("siret-absent", structure(siret=None), ["4AJ : pas de SIRET."]),
    Cas("representant-absent", represente_jusqu_au(date(2024, 6, 16)),
        ["4AJ : personne ne la représente au 17/06/2024."], represente_jusqu_au(date(2024, 6, 17))),
    Cas("habilitation-incomplete", habilitee_par("délibération du ……"),
        ["4AJ : l’habilitation de Mme Dominique ESSAI est à compléter."], habilitee_par("délibération du 3 mars")),
    Cas("habilitation-incomplete", habilitee_par(""), ["4AJ : l’habilitation de Mme Dominique ESSAI est à compléter."],
        represente_jusqu_au(date(2024, 6, 16))),
    Cas("structure-fusionnee", fusionnee, ["4AJ : elle a été fusionnée dans une autre."]),
    Cas("doublon-de-structure", nommees("Habitat Insertion", "Habitat Insertions"), [
        "Habitat Insertion : peut-être la même que Habitat Insertions (raisons sociales presque identiques)."
    ], nommees("Habitat Insertion", "Habitat Jeunesse")),
    Cas("condition-non-levee", conditionne(), ["4.1 : accord du FSE+ (non levée, la convention attendra)."],
        conditionne(condition_levee_le=date(2024, 6, 1))),
    Cas("avis-d-instance-absent", paye_par_le_fsl(), [SANS_AVIS], paye_par_le_fsl("favorable")),
    Cas("avis-d-instance-absent", paye_par_le_fsl("defavorable"), [SANS_AVIS], paye_par_le_fsl("reserve")),
]  # fmt: skip

CAS = [*SOMMES, *IMPUTATIONS, *PERIODES, *COUTS, *ACTES, *STRUCTURES]


@avec_un_cas(CAS)
def test_la_regle_trouve(s, cas):
    verifier_le_constat(s, cas)


@avec_un_cas(CAS)
def test_la_regle_se_tait_sur_la_situation_voisine(s, cas):
    verifier_le_voisin(s, cas)


def test_le_rapport_de_depart_est_sans_reproche(s):
    """Without it, a rule that finds everywhere would pass for one that finds what the case plants."""
    trouves = [
        str(g) for r in REGLES for moment in Moment if moment in r.moments for g in r.appliquer(s.examen(moment))
    ]
    assert trouves == []
