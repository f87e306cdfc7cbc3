"""The demo fixtures of the published délibérations, on the files alone: lists, votes, amounts, structures, references.

Published figures stand here, what is recomputed from the files stands against them.
"""

import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from deliberations.demonstration import lire_json
from programmes.models.structure import valider_siret

pytestmark = pytest.mark.neutre

LISTES = ("present", "excuse", "absent", "assistant", "excuse_sans_voix")
VOIX = {"present": True, "excuse": True, "absent": True, "assistant": False, "excuse_sans_voix": False}

PRESENCES = {
    "2022-375": (32, 4, 7, 1, 2),
    "2023-243": (38, 5, 0, 4, 1),
    "2023-604": (30, 9, 5, 0, 4),
    "2024-273": (37, 2, 5, 0, 4),
}
VOTES = {  # pour, contre, abstention, absents
    "2022-375": [(18, 0, 18, 7)],
    "2023-243": [(43, 0, 0, 0)],
    "2023-604": [(31, 0, 8, 5)],
    "2024-273": [(24, 0, 15, 5), (34, 0, 5, 5), (33, 0, 6, 5), (28, 0, 11, 5)],
}
DEPORTS_DU_RAPPORT = {"2022-375": 8, "2023-243": 0, "2023-604": 4, "2024-273": 3}
THEMATIQUES = {
    "2022-375": {1: "559915.33", 2: "3410772.19", 3: "1760000.00", 4: "468000.00"},
    "2023-243": {},
    "2023-604": {3: "156236.00", 4: "155121.00"},
    "2024-273": {1: "7127786.75", 2: "902200.24", 3: "687145.98", 4: "993140.00"},
}
NOMBRE_D_OPERATIONS = {
    "2022-375": [3, 15, 8, 1],
    "2023-243": [],
    "2023-604": [1, 2],
    "2024-273": [7, 8, 4, 4],
}
OPERATIONS = {  # the département's money of each opération, in the printed order
    "2022-375": [
        "22460.00", "37907.00", "499548.33",
        "4995.00", "511564.74", "75964.00", "163770.00", "365710.27", "15627.00", "29000.00", "58250.00", "195480.00",
        "683064.00", "100000.00", "69000.00", "1086295.18", "22000.00", "30052.00",
        "50000.00", "350000.00", "42000.00", "165000.00", "510000.00", "413000.00", "170000.00", "60000.00",
        "468000.00",
    ],
    "2023-243": [],
    "2023-604": ["156236.00", "140000.00", "15121.00"],
    "2024-273": [
        "1525742.70", "914100.00", "1703600.00", "2415375.00", "185000.00", "38200.00", "345769.05",
        "100000.00", "45000.00", "0", "157200.24", "0", "0", "0", "600000.00",
        "50000.00", "250000.00", "28907.31", "358238.67",
        "30000.00", "52000.00", "350000.00", "561140.00",
    ],
}  # fmt: skip
STRUCTURES = {  # distinct; None where the act does not say
    "2022-375": [4, 2, 4, 1, 7, 3, 3, 14, 1, 1, 2, 7, 7, 2, 2, 28, 1, 2, 2, 8, 1, 3, 9, 6, 5, 2, 9],
    "2023-243": [],
    "2023-604": [1, 7, 2],
    "2024-273": [7, 7, 78, 6, 1, 2, 1, 1, 3, 1, None, 1, 1, 1, 1, 1, 1, 1, 5, 1, 2, None, None],
}
IMPUTATIONS = {
    "2022-375": {
        "C02-566A05": "559915.33",
        "C02-582A02": "468000.00",
        "C01-564H02": "3410772.19",
        "C02-581E02": "400000.00",
        "C02-581E04": "1360000.00",
    },
    "2023-243": {},
    "2023-604": {"C02-446A05": "156236.00", "C02-428C02": "15121.00", "C02-428B02": "140000.00"},
    "2024-273": {
        "C02-446A05": "5867917.70",
        "C02-428C02": "561140.00",
        "C01-444H03": "1259869.05",
        "C01-444H02": "687145.98",
        "C02-428O10": "100000.00",
        "C02-428B02": "532000.00",
        "C02-441B02": "45000.00",
        "C02-428B04": "657200.24",
    },
}
ANNEXES = {  # number of annexes, then the number of each one that an article quotes
    "2022-375": (7, {"repartition": 5, "convention-type": 6, "page": 7}),
    "2023-243": (2, {"bassin-minier": 1, "attributive": 2}),
    "2023-604": (4, {"descriptif-4": 1, "repartition": 2, "cllaj": 3, "caf": 4}),
    "2024-273": (
        13,
        {
            "dispositifs": 1, "repartition": 6, "cheval-bleu": 7, "cnfpt": 8, "adil": 9, "blanzy-pourre": 10,
            "residence-pour-tous": 11, "face": 12, "caf": 13,
        },
    ),
}  # fmt: skip
QUANTITES = {  # (opération as numbered, unit): published total
    "2022-375": {
        ("1.1", "places"): "138", ("1.2", "places"): "140", ("1.3", "ETP"): "9.85", ("2.2", "ETP"): "8.8",
        ("2.3", "participants"): "19", ("2.4", "participants"): "115", ("2.5", "participants"): "733",
        ("2.9", "postes en insertion"): "45", ("2.11", "participants"): "30", ("2.13", "postes en insertion"): "1105",
        ("3.1", "solutions logement"): "25", ("3.2", "mesures renforcées"): "70", ("4.1", "postes"): "9",
    },
    "2023-604": {("4.2", "jeunes"): "15"},
    "2024-273": {
        ("1.1 et 1 bis", "places d’accueil"): "18801", ("1.1 et 1 bis", "places d’accompagnement"): "1000",
        ("1.2", "places d’accompagnement"): "3047", ("1.3", "places d’accompagnement"): "10849",
        ("1.4", "places d’accompagnement"): "9849", ("2.4", "ETP"): "5", ("3.4", "ETP"): "8.5",
        ("4.2", "solutions logement"): "26", ("4.3", "mesures renforcées"): "70", ("4.4", "ETP"): "14",
    },
}  # fmt: skip
REPRIS = ["2022-375", "2023-243", "2023-604", "2024-273"]


@pytest.fixture(scope="module")
def assemblee():
    return lire_json("assemblee.json")


@pytest.fixture(scope="module")
def elus(assemblee):
    return {e["code"]: e for e in assemblee["elus"]}


@pytest.fixture(params=REPRIS)
def acte(request):
    """One published act: its number and its fixture."""
    return SimpleNamespace(numero=request.param, donnees=lire_json(f"rapport_{request.param}.json"))


def mandats_au(elu, jour):
    return [m for m in elu["mandats"] if m["debut"] <= jour and (m["fin"] is None or jour <= m["fin"])]


def operations(donnees):
    return [(t, o) for t in donnees["thematiques"] for o in t["operations"]]


def dispositif(operation, ligne):
    """The dispositif of a line: the one it names, or the only one of its opération."""
    if "dispositif" not in ligne:
        assert len(operation["dispositifs"]) == 1, operation["titre"]
        return operation["dispositifs"][0]
    return next(d for d in operation["dispositifs"] if d["reference"] == ligne["dispositif"])


def du_budget(operation) -> Decimal:
    return sum((Decimal(li["montant"]) for li in operation["lignes"] if "source" not in li), Decimal())


# --- The assembly


def test_un_elu_une_entree(assemblee):
    codes = [e["code"] for e in assemblee["elus"]]
    assert len(codes) == len(set(codes)) == 48
    assert [e["ordre"] for e in assemblee["elus"]] == list(range(1, 49))
    noms = Counter((m["prenom"], m["nom"]) for e in assemblee["elus"] for m in e["mandats"][-1:])
    assert max(noms.values()) == 1


def test_les_mandats_d_un_elu_se_suivent(assemblee):
    for elu in assemblee["elus"]:
        for avant, apres in zip(elu["mandats"], elu["mandats"][1:], strict=False):
            assert (date.fromisoformat(apres["debut"]) - date.fromisoformat(avant["fin"])).days == 1, elu["code"]
        assert elu["mandats"][-1]["fin"] is None


def test_groupes_inventes_et_egaux(assemblee):
    """Nobody's real party: five letters, given in turn."""
    assert [g["libelle"] for g in assemblee["groupes"]] == [f"Groupe {lettre}" for lettre in "ABCDE"]
    for elu in assemblee["elus"]:
        assert {m["groupe"] for m in elu["mandats"]} == {"ABCDE"[(elu["ordre"] - 1) % 5]}, elu["code"]
    assert "inventés" in assemblee["note"]


def test_noms_et_voix_qui_changent(elus):
    assert [m["nom"] for m in elus["rigaux-stephanie"]["mandats"]] == ["GUISELAIN", "RIGAUX"]
    assert [m["a_voix"] for m in elus["leveugle-emmanuelle"]["mandats"]] == [False, True]
    for code in ("petit-bertrand", "tellier-jean-marc"):
        assert [m["a_voix"] for m in elus[code]["mandats"]] == [True, False]
    assert elus["hingrez-cereda-mireille"]["mandats"][0]["nom"] == "HINGREZ-CÉRÉDA"
    assert elus["perin-etienne"]["mandats"][0]["nom"] == "PÉRIN"


# --- Attendance and votes


def test_listes_publiees(acte, elus):
    presences = acte.donnees["seance"]["presences"]
    assert tuple(len(presences[liste]) for liste in LISTES) == PRESENCES[acte.numero]
    cites = [code for liste in LISTES for code in presences[liste]]
    assert len(cites) == len(set(cites)) and set(cites) <= set(elus)


def test_chacun_a_un_mandat_et_sa_voix_a_la_date(acte, elus):
    jour, presences = acte.donnees["seance"]["date"], acte.donnees["seance"]["presences"]
    for liste in LISTES:
        for code in presences[liste]:
            (mandat,) = mandats_au(elus[code], jour)
            assert mandat["a_voix"] == VOIX[liste], (code, liste)
    cites = {code for liste in LISTES for code in presences[liste]}
    assert {c for c, e in elus.items() if mandats_au(e, jour)} == cites, "nul n’est oublié de l’appel"


def test_president_et_secretaire_sont_presents(acte, assemblee):
    seance = acte.donnees["seance"]
    assert {seance["president"], seance["secretaire"]} <= set(seance["presences"]["present"])
    assert seance["signataire"] in {s["code"] for s in assemblee["signataires"]}


def test_les_quatre_chiffres_de_chaque_bloc(acte):
    """abstention printed = the déportés who are present; pour = the other voting members present or represented."""
    presences, votes = acte.donnees["seance"]["presences"], acte.donnees["votes"]
    absents = len(presences["absent"])
    calcules = []
    for bloc in votes["blocs"]:
        assert set(bloc["deports"]) <= set(presences["present"]) and len(set(bloc["deports"])) == len(bloc["deports"])
        abstention = len(bloc["deports"])
        pour = len(presences["present"]) + len(presences["excuse"]) - abstention
        calcules.append((pour, 0, abstention, absents))
        assert calcules[-1] == tuple(bloc["imprime"].values())
    assert calcules == VOTES[acte.numero]


def test_deports_du_rapport(acte):
    """They are absent, or have no vote: the others step aside block by block."""
    presences, deports = acte.donnees["seance"]["presences"], acte.donnees["votes"]["deports"]
    assert set(deports) <= {c for liste in ("absent", "assistant", "excuse_sans_voix") for c in presences[liste]}
    assert len(set(deports)) == len(deports) == DEPORTS_DU_RAPPORT[acte.numero]


def test_blocs_et_thematiques(acte):
    blocs = acte.donnees["votes"]["blocs"]
    votees = [n for b in blocs for n in b.get("thematiques", [])]
    assert votees in ([], [t["numero"] for t in acte.donnees["thematiques"]])
    assert bool(votees) == (len(blocs) > 1)


# --- Amounts


def test_lignes_operations_thematiques_articles(acte):
    totaux = [du_budget(o) for _, o in operations(acte.donnees)]
    assert totaux == [Decimal(m) for m in OPERATIONS[acte.numero]]
    assert [len(t["operations"]) for t in acte.donnees["thematiques"]] == NOMBRE_D_OPERATIONS[acte.numero]
    calcules = {t["numero"]: sum(map(du_budget, t["operations"])) for t in acte.donnees["thematiques"]}
    assert calcules == {n: Decimal(m) for n, m in THEMATIQUES[acte.numero].items()}


def test_imputations(acte):
    calculees = defaultdict(Decimal)
    for _, operation in operations(acte.donnees):
        for ligne in operation["lignes"]:
            if "source" not in ligne:
                calculees[dispositif(operation, ligne)["ligne"]] += Decimal(ligne["montant"])
    assert calculees == {code: Decimal(m) for code, m in IMPUTATIONS[acte.numero].items()}


def test_imputations_couvertes_par_le_disponible(acte):
    """AE and disponible as published; those of 2024 are not, the whole AE is then disponible."""
    annee = acte.donnees["seance"]["date"][:4]
    ouvertes = {a["ligne"]: a for a in lire_json("budget.json")["autorisations"] if str(a["millesime"]) == annee}
    for code, montant in IMPUTATIONS[acte.numero].items():
        assert Decimal(montant) <= Decimal(ouvertes[code].get("disponible", ouvertes[code]["ae"]))


def test_montants_positifs_au_centime(acte):
    for _, operation in operations(acte.donnees):
        for ligne in operation["lignes"]:
            assert re.fullmatch(r"\d+\.\d\d", ligne["montant"]) and Decimal(ligne["montant"]) > 0


def test_fsl_hors_budget():
    """Four dispositifs of the FSL count among the eight and not in the amount; three print their new total."""
    lignes = [li for _, o in operations(lire_json("rapport_2024-273.json")) for li in o["lignes"] if "source" in li]
    assert [li["source"] for li in lignes] == ["fsl"] * 4
    imprimes = [Decimal(li["montant"]) + Decimal(li.get("ancien_montant", "0")) for li in lignes]
    assert imprimes == [Decimal(m) for m in ("18000.00", "37130.40", "36099.00", "20000.00")]
    assert sum(imprimes) == Decimal("111229.40")


def test_recette_du_bassin_minier():
    (recette,) = lire_json("rapport_2023-243.json")["recettes"]
    (inscrite,) = [r for r in lire_json("budget.json")["recettes"] if r["exercice"] == 2023]
    assert recette["ligne"] == inscrite["ligne"] == "C02-428N01"
    assert recette["inscrit"] == recette["proposition"] == inscrite["montant"] == "500000.00"


# --- Structures, quantities, acts, references


def test_nombre_de_structures(acte):
    for (_, o), publie in zip(operations(acte.donnees), STRUCTURES[acte.numero], strict=True):
        assert publie in (None, len({li["structure"] for li in o["lignes"]})), o["titre"]


def test_quantites(acte):
    calculees = defaultdict(Decimal)
    for thematique, operation in operations(acte.donnees):
        for ligne in operation["lignes"]:
            for valeur, unite in ligne.get("quantites", []):
                calculees[f"{thematique['numero']}.{operation['numero']}", unite] += Decimal(valeur)
    publiees = QUANTITES.get(acte.numero, {})
    assert {cle: calculees[cle] for cle in publiees} == {cle: Decimal(v) for cle, v in publiees.items()}


def test_structures_connues_et_inventees(acte):
    connues = {s["raison_sociale"]: s for s in lire_json("structures.json")}
    citees = {li["structure"] for _, o in operations(acte.donnees) for li in o["lignes"]}
    assert citees <= set(connues)
    if any(nom.startswith("Structure de démonstration") for nom in citees):
        assert "inventées" in acte.donnees["note"]


def test_siret_publies_et_valides():
    siret = {s["raison_sociale"]: s["siret"] for s in lire_json("structures.json") if "siret" in s}
    publies = {nom for nom, valeur in siret.items() if not valeur.startswith("99901")}  # a block that INSEE never gave
    assert publies == {"ADIL 59/62", "Le Cheval Bleu", "PAGE"}, "les seuls SIRET que les actes publient"
    for valeur in siret.values():
        valider_siret(valeur)


def test_annexes_et_renvois(acte):
    """Numbers are ranks; every reference of a line or of a text resolves."""
    cles = [a["cle"] for a in acte.donnees["annexes"]]
    nombre, publies = ANNEXES[acte.numero]
    assert len(cles) == len(set(cles)) == nombre
    assert {cle: cles.index(cle) + 1 for cle in publies} == publies
    lignes = [li for _, o in operations(acte.donnees) for li in o["lignes"]]
    assert {li["acte"]["annexe"] for li in lignes if "annexe" in li["acte"]} <= set(cles)
    textes = [acte.donnees["rapport"]["introduction"], *(t["texte"] for t in acte.donnees["thematiques"])]
    textes += [o.get(c, "") for _, o in operations(acte.donnees) for c in ("descriptif", "bilan", "proposition")]
    champs = {champ for texte in textes for champ in re.findall(r"\{(.+?)\}", texte)}
    assert champs <= {"montant", "structures", "quantites", "periode", *(f"annexe:{cle}" for cle in cles)}


def test_textes_sans_chiffre_recopie(acte):
    """An amount that the lines give is a reference in the text, never typed."""
    for _, operation in operations(acte.donnees):
        montants = {Decimal(li["montant"]) for li in operation["lignes"]} | {du_budget(operation)}
        for champ in ("descriptif", "proposition"):
            for ecrit in re.findall(r"(\d[\d \u202f]*(?:,\d\d)?)[ \u00a0]€", operation.get(champ, "")):
                valeur = Decimal(re.sub(r"\s", "", ecrit).replace(",", "."))
                assert valeur not in montants, (operation["titre"], ecrit)


def test_periode_citee_est_unique(acte):
    """`{periode}` has one value: every line of the opération has the same dates."""
    for _, operation in operations(acte.donnees):
        if "{periode}" in operation.get("proposition", ""):
            (periode,) = {(li.get("debut"), li.get("fin")) for li in operation["lignes"]}
            assert all(periode), operation["titre"]


def test_textes_vises_connus_et_en_vigueur(acte, assemblee):
    textes = {t["code"]: t for t in assemblee["textes"]}
    jour = acte.donnees["seance"]["date"]
    for code in acte.donnees["rapport"]["textes_vises"]:
        texte = textes[code]
        assert texte["en_vigueur_du"] <= jour and (texte["en_vigueur_au"] or jour) >= jour, code


def test_avis_des_commissions_avant_la_seance(acte, assemblee):
    commissions = {c["numero"] for c in assemblee["commissions"]}
    seance = date.fromisoformat(acte.donnees["seance"]["date"])
    for avis in acte.donnees["avis"]:
        assert avis["commission"] in commissions and avis["sens"] == "favorable"
        assert 13 <= (seance - date.fromisoformat(avis["date"])).days <= 22


def test_typographie(acte):
    """French apostrophes and guillemets in our prose; names of structures are kept as registered."""
    textes = [acte.donnees["note"], acte.donnees["rapport"]["introduction"], *acte.donnees["constats_publies"]]
    textes += [t["texte"] for t in acte.donnees["thematiques"]]
    for _, o in operations(acte.donnees):
        textes += [o["titre"], *(o.get(c, "") for c in ("descriptif", "bilan", "proposition"))]
        textes += [li["description"] for li in o["lignes"]]
    for texte in textes:
        assert not re.search(r"['\"]|\.\.\.|  |\s$", texte), texte
