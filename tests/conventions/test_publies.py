"""The acts that the published délibérations joined or authorised, made from the demo data by configuration alone.

What is expected is published and written here by hand: dates, amounts, shares, instalments, operations on articles.
"""

import io
import re
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from django.db import transaction

from conventions import demonstration as actes
from conventions import documents
from conventions.composition import composer
from conventions.consolidation import consolider
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire_un
from conventions.models import Acte
from conventions.versements import par_exercice
from deliberations import demonstration as demo
from dpid.models import Agent
from programmes import demonstration as programmes
from tests import pdf as lecture
from tests.socle import charger_le_socle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("actes_generes"), pytest.mark.neutre]
RAPPORTS = ("2023-604", "2024-273", "2022-375")
CLLAJ = {
    "4AJ": ("Arrageois", date(2022, 9, 7)),
    "Habitat Insertion": ("Artois", date(2022, 9, 7)),
    "Rencontres et Loisirs": ("Hénin-Carvin", date(2022, 9, 7)),
    "CAPSO": ("Audomarois", date(2022, 9, 7)),
    "Mission Locale Lens-Liévin": ("Lens-Liévin", date(2022, 10, 5)),
    "AMIE du Boulonnais": ("Boulonnais", date(2022, 9, 7)),
    "ADEFI": ("Ternois, Montreuillois", date(2022, 9, 7)),
}
MEMPA = "MAISON DE L'EMPLOI ET DES METIERS EN PAYS D'ARTOIS"
FEDERATION = "Fédération des Centres Sociaux du Nord/Pas-De-Calais"
# 2024-273, annexes 10 and 11: what the line says before and after, and the price that makes it.
DU_FSL = {
    "Blanzy Pourre": (
        "14439.60", "22690.80", "37130.40",
        "18 FAL × 171,90 € × 12 mois : 37 130,40 €. "
        "Soit 14 439,60 € déjà accordés et 22 690,80 € par le présent avenant.",
    ),
    "Résidence Pour Tous": (
        "25785.00", "10314.00", "36099.00",
        "35 AML à 1 031,40 € : 36 099,00 €. "
        "Soit 25 785,00 € déjà accordés et 10 314,00 € par le présent avenant.",
    ),
}  # fmt: skip
CAF = "CAISSE D'ALLOCATIONS FAMILIALES (CAF)"


@pytest.fixture(scope="module")
def actes_generes(django_db_setup, django_db_blocker):
    """The demo data that the acts read, and every act of the published rapports; no vote: the acts are annexes."""
    with django_db_blocker.unblock(), transaction.atomic():
        charger_le_socle()
        instruction, par = (Agent.objects.get(username=nom) for nom in ("instruction", "conventions"))
        rapports = [demo.charger_rapport(f"rapport_{numero}.json", instruction) for numero in RAPPORTS]
        programmes.charger_types()
        for nom in programmes.FICHES:
            programmes.charger_fiches(instruction, nom)
        actes.charger_modeles(par)
        actes.charger_reprises(par)
        actes.charger_actes(par)
        for rapport in rapports[:1]:
            for prevu in prevoir(rapport):
                if not prevu.empechement:
                    preparer(prevu, rapport, par=par)
        yield
        transaction.set_rollback(True)


def lire(structure, rang, seance=None):
    """The act of this rank; `seance` when the structure has several conventions."""
    actes = Acte.objects.filter(convention__structure__raison_sociale=structure, rang=rang, rapport__isnull=False)
    acte = actes.get(rapport__seance__date=seance) if seance else actes.get()
    lu = lire_un(acte)
    return lu, documents.contexte(lu)


def corps(contexte) -> str:
    """Everything that the act says, its fiches included."""
    morceaux = []
    for clause in contexte["clauses"]:
        morceaux += [clause["titre"], clause["texte"]]
        if clause["fiche"]:
            morceaux += [f"{r['libelle']} | {r['texte']}" for r in clause["fiche"]["rubriques"]]
    return re.sub(r"[\u00a0\u202f]", " ", "\n".join(morceaux))


def rubriques(contexte, rang=0) -> dict[str, str]:
    fiche = [c["fiche"] for c in contexte["clauses"] if c["fiche"]][rang]
    return {r["cle"]: re.sub(r"[\u00a0\u202f]", " ", r["texte"]) for r in fiche["rubriques"]}


def operations(contexte) -> list[tuple]:
    return [(c["operation"], c["cible"], c["numero"], c["alinea"], c["numero_donne"]) for c in contexte["changements"]]


def test_les_dix_actes_de_2023_604_sont_complets():
    actes = Acte.objects.filter(rapport__seance__date=date(2023, 12, 11))
    assert {str(a): [m.phrase for m in composer(lire_un(a)).manques] for a in actes} == {str(a): [] for a in actes}
    assert actes.count() == 10 and sum(lire_un(a).montant for a in actes) == Decimal("311357.00")


@pytest.mark.parametrize("structure", CLLAJ)
def test_avenant_cllaj(structure):
    lu, contexte = lire(structure, 1)
    territoire, signee_le = CLLAJ[structure]
    assert (contexte["montant"], contexte["exemplaires"], lu.anterieurs[0].signe_le) == ("20000.00", 2, signee_le)
    assert operations(contexte) == [
        ("inserer_apres", "article", "4", 1, ""),
        ("remplacer", "article", "5", None, ""),
        ("inserer_apres", "annexe", "3", None, "4"),
    ]
    texte = corps(contexte)
    jour = {7: "7 septembre", 5: "5 octobre"}[signee_le.day]
    assert f"signée le {jour} 2022" in texte
    assert "Après le premier alinéa de l’article 4 de la convention, il est inséré" in texte
    assert "du 1er septembre 2023 au 31 août 2024" in texte and "annexe 4" in texte
    dites = rubriques(contexte)
    assert dites["duree"] == "Du 1er septembre 2023 au 31 août 2024" and dites["cout"] == "20 000,00 €"
    assert dites["territoire"] == territoire and "C02-428B02, Logement des jeunes" in dites["imputation"]
    assert "Avance : 80 % du montant, soit 16 000,00 €" in dites["versement"]
    assert "Solde : 20 % du montant, soit 4 000,00 €" in dites["versement"]
    # Nothing of the code that the published fiche still cites: it changed in 2023.
    assert "581E02" not in texte
    departement, organisme = contexte["parties"]
    assert departement["president"]["nom"].endswith("Jean-Claude LEROY")
    assert departement["president"]["vote"] == "la délibération de la Commission permanente du 11 décembre 2023"
    assert departement["representant"].endswith("Sabine DESPIERRE") and organisme["siret"] and organisme["adresse"]
    assert [c["numero"] for c in contexte["clauses"] if c["nature"] == "annexe"] == ["4"]


def test_avenant_n_4_de_la_caf():
    lu, contexte = lire(CAF, 4)
    assert contexte["montant"] == "156236.00" and contexte["exemplaires"] == 2
    assert [(a.rang, a.signe_le) for a in lu.anterieurs] == [
        (0, date(2020, 2, 4)), (1, date(2021, 11, 3)), (2, date(2022, 11, 25)), (3, date(2023, 8, 1)),
    ]  # fmt: skip
    assert operations(contexte) == [
        ("remplacer", "article", "5", None, ""),
        ("remplacer", "article", "8", 1, ""),
    ]
    texte = corps(contexte)
    assert (
        "elle s’élève au total à 656 236,00 €. Elle est versée en deux fois : 500 000,00 €, puis 156 236,00 €" in texte
    )
    assert "Le premier alinéa de l’article 8 de la convention est supprimé et remplacé" in texte
    assert "du 1er octobre 2020 au 31 décembre 2024" in texte and "l’avenant n° 3 signé le 1er août 2023" in texte
    caf = contexte["parties"][1]
    assert caf["representant"] == "M.\u00a0Jean-Jacques PION" and caf["fonction"] == "directeur"
    assert caf["adresse"] == "rue de Beaufort 62015 Arras Cedex" and caf["designation"] == "la CAF"


@pytest.mark.parametrize(("structure", "montant", "acompte", "dit"), [
    (MEMPA, "5121.00", "3 072,60 €", "escalade (15 jeunes)"),
    (FEDERATION, "10000.00", "6 000,00 €", "Promeneurs du Net"),
])  # fmt: skip
def test_conventions_du_faj(structure, montant, acompte, dit):
    lu, contexte = lire(structure, 0, "2023-12-11")
    assert contexte["montant"] == montant and contexte["exemplaires"] == 3
    assert sum(v.montant for v in lu.versements) == Decimal(montant)
    dites, texte = rubriques(contexte), corps(contexte)
    assert acompte in dites["versement"] and dit in dites["deroulement"]
    assert "C02-428C02" in dites["imputation"] and "31 décembre 2033" in texte
    # Below 23 000 € or not, an association signs the contrat d’engagement républicain.
    assert "Contrat d’engagement républicain" in [c["titre"] for c in contexte["clauses"]]


def test_avenant_n_1_de_page():
    """2022-375, annexe 7. Its amounts are merge fields there: ours follow the price, which is published."""
    lu, contexte = lire("PAGE", 1)
    assert contexte["manques"] == [] and (contexte["numero"], contexte["exemplaires"]) == ("2022-02942", 3)
    assert operations(contexte) == [("remplacer", "article", "4", 1, ""), ("remplacer", "annexe", "3", None, "")]
    assert len([c for c in contexte["clauses"] if c["nature"] == "article"]) == 4
    assert [(c["numero"], c["titre"]) for c in contexte["clauses"] if c["nature"] == "annexe"] == [
        ("3", "Référent solidarité")
    ]
    assert (lu.ancien_montant, lu.montant, lu.nouveau_total) == (40 * 160, 46 * 160, 86 * 160)
    dites, texte = rubriques(contexte), corps(contexte)
    assert "ne dépasse pas 13 760,00 €, soit 6 400,00 €" in texte and "7 360,00 € par l’avenant n° 1" in texte
    assert "Le premier alinéa de l’article 4 de la convention est supprimé et remplacé" in texte
    for dit in ("30 juin 2017", "17 décembre 2018", "20 juin 2022", "27 septembre 2022"):
        assert dit in texte
    assert dites["duree"] == "Du 1er juillet 2022 au 31 décembre 2022"
    assert dites["cout"] == "13 760,00 €, dont 7 360,00 € par le présent avenant"
    financement = dites["financement"].splitlines()
    assert financement[0] == "46 places à 160,00 € : 7 360,00 €. S’y ajoutent 6 400,00 € déjà accordés."
    assert [ligne.split(" au plus")[0] for ligne in financement[1:]] == [
        "- Part quantitative : 50 %, soit 6 880,00 €",
        "- Part qualitative : 20 %, soit 2 752,00 €",
        "- Part qualitative : 30 %, soit 4 128,00 €",
    ]
    assert "250 au plus" in financement[1]
    assert [(v.type, v.montant, v.exercice_ae) for v in lu.versements] == [
        ("avance", Decimal(4416), 2022), ("solde", Decimal(2944), 2022),
    ]  # fmt: skip
    assert "Avance : 60 % du montant, soit 4 416,00 €, à la signature" in dites["versement"]
    assert "C02-566A05" in dites["imputation"] and "31 janvier 2023" in dites["bilan"]
    for dit in ("quatre entretiens", "six mois", "deux mois", "48 mois"):
        assert dit in dites["deroulement"], dit
    page = contexte["parties"][1]
    assert page["representant"] == "M.\u00a0Jocelyn PAWLICKOWISKI" and page["designation"] == "PAGE"
    assert page["adresse"] == "81 bis, rue Émile Zola 62440 Harnes" and lu.structure.siret == "50902397400017"


ARTICLES_DE_2022 = [
    "Objet de la convention", "Présentation de l’organisme", "Période d’application", "Coût de l’opération",
    "Versement de la participation", "Suivi de l’opération et bilans", "Contrôle", "Obligations de l’organisme",
    "Avenant", "Résiliation et renonciation", "Recours", "Annexes",
]  # fmt: skip


@pytest.mark.parametrize(("structure", "montant", "fiches", "dit", "tu"), [
    ("CCAS de Libercourt", "10000.00", ["Accompagnement socioprofessionnel des bénéficiaires du RSA"],
     "comptable public", "commissaire aux comptes"),
    (MEMPA, "55814.00", ["Accompagnement socioprofessionnel des bénéficiaires du RSA", "Dynamisation des parcours",
     "Contrat d’engagement républicain"], "commissaire aux comptes", "comptable public"),
])  # fmt: skip
def test_convention_type_de_2022(structure, montant, fiches, dit, tu):
    """2022-375, annexe 6: twelve articles, annexes 1 and 2, then a fiche for each opération."""
    lu, contexte = lire(structure, 0, "2022-09-27")
    assert contexte["manques"] == [] and (contexte["montant"], contexte["exemplaires"]) == (montant, 3)
    assert lu.acte.version_modele.modele.code == "convention-type-2022"
    articles = [c for c in contexte["clauses"] if c["nature"] == "article"]
    assert [(c["numero"], c["titre"]) for c in articles] == list(enumerate(ARTICLES_DE_2022, 1))
    annexes = [c for c in contexte["clauses"] if c["nature"] == "annexe"]
    assert [(c["numero"], c["titre"]) for c in annexes] == list(
        enumerate(["Protection des données à caractère personnel", "Publicité et information", *fiches], 1)
    )
    texte = corps(contexte)
    assert dit in texte and tu not in texte
    # Deadlines and the day until which pièces are kept, as published.
    for delai in ("31 décembre 2032", "six mois", "vingt-quatre heures", "deux mois", "un mois franc", "Huit jours"):
        assert delai in texte, delai
    assert "tribunal administratif de Lille" in texte and "27 septembre 2022" in texte
    # What the dispositif says of personal data, filled once.
    donnees = re.sub(r"[\u00a0\u202f]", " ", annexes[0]["texte"])
    assert donnees.count("Personnes concernées : Allocataires du RSA") == len(lu.fiches)
    assert sum(v.montant for v in lu.versements) == Decimal(montant)
    assert par_exercice(lu.versements, "exercice_ae") == {2022: Decimal(montant)}
    # The balance is paid after the bilan; two opérations are told apart in the schedule.
    assert {v.exercice_cp for v in lu.versements if v.type == "solde"} == {2023}
    dites = {v["operation"] for v in articles[4]["versements"]}
    assert dites == ({""} if len(lu.fiches) == 1 else {f.fiche.intitule for f in lu.fiches})


def test_le_texte_consolide_d_un_cllaj_dit_ce_que_l_avenant_ajoute():
    lu, _ = lire("4AJ", 1)
    Acte.objects.filter(pk=lu.acte.pk).update(signe_le=date(2024, 1, 15))
    consolidee = consolider(lu.convention, date(2024, 2, 1))
    assert consolidee.anomalies == [] and consolidee.montant == Decimal("20000.00")
    annexes = {c.numero: c for c in consolidee.de("annexe")}
    assert set(annexes) == {"1", "2", "3", "4"}
    assert annexes["4"].fiche and annexes["4"].origines == ["avenant n°\u00a01 du 15 janvier 2024"]


@pytest.fixture(scope="module")
def pdf_de_la_mempa(actes_generes, django_db_blocker):
    with django_db_blocker.unblock():
        return documents.rendre(lire(MEMPA, 0, "2023-12-11")[1], projet=False)


def test_le_pdf_est_accessible_et_dit_ses_chiffres(pdf_de_la_mempa):
    assert lecture.fautes_d_accessibilite(pdf_de_la_mempa) == []
    texte = lecture.plat(lecture.texte(pdf_de_la_mempa))
    nombre = len(pypdf.PdfReader(io.BytesIO(pdf_de_la_mempa)).pages)
    assert f"Ce document comprend {nombre} pages" in texte
    for attendu in ("5\u202f121,00 €", "3\u202f072,60 €", "2\u202f048,40 €", "C02-428C02", "Jean-Claude LEROY"):
        assert attendu in texte, attendu
    assert "TH" in lecture.balises(pdf_de_la_mempa)


def test_une_partie_sans_siege_siret_ni_habilitation_arrete_l_acte():
    lu, _ = lire("4AJ", 1)
    lu.structure.representants.update(habilitation="")
    type(lu.structure).objects.filter(pk=lu.structure.pk).update(siret=None, adresse="")
    dits = [m.champ for m in composer(lire_un(lu.acte)).manques]
    assert dits == ["Siège de 4AJ", "SIRET de 4AJ", "Habilitation du représentant de 4AJ"]


def test_avenant_n_2_du_cheval_bleu():
    lu, contexte = lire("Le Cheval Bleu", 2)
    assert contexte["manques"] == [] and contexte["numero"] == "2023-01628"
    assert [(a.rang, a.signe_le) for a in lu.anterieurs] == [(0, date(2023, 7, 3)), (1, date(2023, 10, 24))]
    assert (lu.ancien_montant, lu.montant, lu.nouveau_total) == (115_000, 185_000, 300_000)
    assert [v.montant for v in lu.versements] == [69_000, 111_000, 46_000, 74_000]
    assert [v.exercice_ae for v in lu.versements] == [2023, 2024, 2023, 2024]
    assert par_exercice(lu.versements, "exercice_ae") == {2023: 115_000, 2024: 185_000}
    # The 46 000 € of 2023 are paid in 2024; the balance waits for the bilan of the 31st of March 2025.
    assert par_exercice(lu.versements) == {2023: 69_000, 2024: 157_000, 2025: 74_000}
    assert operations(contexte) == [
        ("remplacer", "article", "4", None, ""),
        ("remplacer", "article", "12", None, ""),
        ("remplacer", "annexe", "2", None, ""),
        ("inserer_apres", "annexe", "2", None, "3"),
    ]
    assert [c["numero"] for c in contexte["clauses"] if c["nature"] == "annexe"] == ["2", "3"]
    texte = corps(contexte)
    assert "115 000,00 € sur le budget de 2023" in texte and "185 000,00 € sur le budget de 2024" in texte
    assert "40 000,00 €" in rubriques(contexte)["cout"]
    # 50 % of 40 000 € is 20 000 €: the published act printed 12 000 €.
    assert rubriques(contexte)["financement"].count("50 %, soit 20 000,00 € au plus") == 2
    dites = rubriques(contexte, 1)
    assert dites["cout"] == "300 000,00 €, dont 185 000,00 € par le présent avenant"
    assert "80 %, soit 240 000,00 €" in dites["financement"] and "20 %, soit 60 000,00 €" in dites["financement"]
    assert "178 places d’accompagnement et 160 soutiens" in dites["financement"]
    assert "46 000,00 €" in dites["versement"] and "AE 2023, payé en 2024" in dites["versement"]
    assert lu.representant.nom == "PAU" and "31 mars 2023" in contexte["parties"][1]["habilitation"]


def test_la_convention_du_cheval_bleu_se_relit_apres_son_avenant():
    lu, _ = lire("Le Cheval Bleu", 2)
    Acte.objects.filter(pk=lu.acte.pk).update(signe_le=date(2024, 7, 1))
    consolidee = consolider(lu.convention, date(2024, 7, 2))
    assert consolidee.anomalies == [] and consolidee.montants == {2023: 155_000, 2024: 185_000}
    assert [c.numero for c in consolidee.de("annexe")] == ["1", "2", "3"]


def test_convention_de_l_adil():
    lu, contexte = lire("ADIL 59/62", 0)
    assert contexte["manques"] == [] and contexte["montant"] == "18000.00"
    assert len([c for c in contexte["clauses"] if c["nature"] == "article"]) == 12
    (versement,) = lu.versements
    assert (versement.type, versement.montant) == ("unique", 18_000)
    dites, texte = rubriques(contexte), corps(contexte)
    assert dites["duree"] == "Du 1er janvier 2024 au 31 décembre 2024" and dites["territoire"] == "Département"
    assert "Fonds de solidarité logement (FSL) : 18 000,00 €" in dites["imputation"]
    assert "200 accompagnements" in texte and "21 mars 2024" in texte and "31 décembre 2034" in texte
    adil = contexte["parties"][1]
    assert adil["representant"].endswith("Jean-Noël VERFAILLIE") and adil["adresse"] == "7 bis rue Racine 59000 Lille"
    assert [c["titre"] for c in contexte["clauses"] if c["nature"] == "annexe"] == [
        "Protection des données à caractère personnel", "Prévention des expulsions par un numéro vert",
    ]  # fmt: skip


@pytest.mark.parametrize("structure", DU_FSL)
def test_avenants_du_fsl_au_calcul_explique(structure):
    ancien, complement, total, calcul = DU_FSL[structure]
    lu, contexte = lire(structure, 1)
    assert contexte["manques"] == [] and lu.anterieurs[0].signe_le == date(2022, 7, 11)
    assert [str(m) for m in (lu.ancien_montant, lu.montant, lu.nouveau_total)] == [ancien, complement, total]
    assert operations(contexte) == [("remplacer", "article", "4", 1, ""), ("remplacer", "annexe", "3", None, "")]
    dites = rubriques(contexte)
    # Nobody typed it: quantity of the line, price of the fiche of the dispositif, months of the period.
    assert not any(getattr(lu.fiches[0].fiche, nom) for nom in lu.fiches[0].fiche.LIBELLES)
    assert dites["financement"] == calcul
    assert dites["duree"] == "Du 1er janvier 2024 au 31 décembre 2024"
    assert "Fonds de solidarité logement (FSL)" in dites["imputation"]
    ((versement),) = lu.versements
    assert versement.montant == Decimal(complement) and versement.exercice_ae is None


def test_le_calcul_du_fal_est_dans_le_pdf():
    pdf = documents.rendre(lire("Blanzy Pourre", 1)[1], projet=False)
    texte = lecture.plat(lecture.texte(pdf))
    for attendu in ("18 FAL × 171,90 € × 12 mois", "37\u202f130,40 €", "Passage de 7 à 18 forfaits"):
        assert attendu in texte, attendu


def test_le_pdf_de_la_convention_type_est_accessible():
    pdf = documents.rendre(lire(MEMPA, 0, "2022-09-27")[1], projet=False)
    assert lecture.fautes_d_accessibilite(pdf) == []
    assert lecture.fautes_de_typographie(pdf, sauf=["apostrophe et guillemets"]) == []  # that of its name
    texte = lecture.plat(lecture.texte(pdf))
    for attendu in ("55\u202f814,00 €", "Annexe 4", "31 décembre 2032", "Article 12"):
        assert attendu in texte, attendu


@pytest.mark.parametrize(("structure", "rang", "repere", "voisin"), [
    ("PAGE", 1, "Fait en", "Article 4"),
    ("CCAS de Libercourt", 0, "Fait en", "Article 12"),
    ("Le Cheval Bleu", 2, "31 mars 2025", "Modalités de versement"),
])  # fmt: skip
def test_rien_n_est_laisse_seul_sur_sa_page(structure, rang, repere, voisin):
    """Signatures come with an article, the bilan of a fiche action with its instalments."""
    pdf = documents.rendre(lire(structure, rang)[1], projet=False)
    assert lecture.fautes_de_typographie(pdf) == []
    trouvees = [page for page in map(lecture.plat, lecture.pages(pdf)) if repere in page]
    assert trouvees and all(voisin in page for page in trouvees)
