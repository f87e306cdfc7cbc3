"""A bundle of the size of a real one: 150 lines, 30 opérations, 60 pages of texts, and so on in proportion."""

from datetime import date

from script.mesures.donnees import DESCRIPTIONS, GENRES, OPERATIONS, TITRES

PAR_OPERATION, PAR_THEMATIQUE, PAR_ANNEXE = 5, 8, 3
# Of the 30 opérations: two pages of text each.
PARAGRAPHES = 18
LE = date(2024, 6, 17)


def generer(lignes: int) -> dict:
    """Keyword arguments of `dpid.documents.assembler`: imputations, répartition, then texts by three opérations."""
    operations = [_operation(rang) for rang in range(lignes // PAR_OPERATION)]
    groupes = [_groupe(rang, lot) for rang, lot in enumerate(_lots(operations, PAR_THEMATIQUE), 1)]
    tete = _tete()
    pieces = [
        ("Imputations", "documents/imputations.html", {**tete, "imputations": _imputations(), "pied": "Imputations"}),
        ("Annexe 1", "documents/repartition.html", {**tete, "thematiques": groupes, "sources": [], "pied": "Annexe 1"}),
    ]
    for rang, lot in enumerate(_lots(operations, PAR_ANNEXE), 2):
        texte = {**tete, "objet": f"Annexe {rang}", "blocs": _blocs(PARAGRAPHES * len(lot)), "pied": f"Annexe {rang}"}
        pieces.append((f"Annexe {rang}", "documents/courrier.html", texte))
    return {"pieces": pieces, "titre": "Dossier de séance", "date": LE, "pied": "Dossier de séance"}


def _lots(suite: list, taille: int) -> list[list]:
    return [suite[debut : debut + taille] for debut in range(0, len(suite), taille)]


def _tete() -> dict:
    return {
        "date": LE.isoformat(), "collectivite": "Département", "collectivite_capitales": "DÉPARTEMENT",
        "instance_capitales": "COMMISSION PERMANENTE", "reunion_capitales": "RÉUNION DU 17 JUIN 2024",
        "titre_h1": "Annexe 1", "titre": "Politiques d’inclusion durable", "total_propositions": "150 000,00",
        "service": "", "destinataire": "Commission permanente", "adresse": "", "ville": "Arras", "le": LE,
    }  # fmt: skip


def _operation(rang: int) -> dict:
    libelle = f"{OPERATIONS[rang % len(OPERATIONS)]} {rang + 1}"
    lignes = [_ligne(PAR_OPERATION * rang + n) for n in range(PAR_OPERATION)]
    return {"libelle_court": libelle, "suite": f"{libelle} (suite)", "lignes": lignes, **_somme(5000 * PAR_OPERATION)}


def _groupe(rang: int, operations: list[dict]) -> dict:
    somme = _somme(5000 * PAR_OPERATION * len(operations))
    return {"numero": rang, "titre": TITRES[rang % len(TITRES)], "operations": operations, **somme}


def _somme(montant: int) -> dict:
    return {"total": f"{montant}.00", "nouveau": f"{montant}.00", "budget": f"{montant}.00", "a_complement": False}


def _ligne(rang: int) -> dict:
    return {
        "territoires": "Artois, Calaisis", "structure": f"{GENRES[rang % len(GENRES)]} démonstration {rang + 1}",
        "description": DESCRIPTIONS[rang % len(DESCRIPTIONS)], "montant": "5000.00", "nouveau": "5000.00",
        "motif_zero": "", "instrument": "Convention annexe 3",
    }  # fmt: skip


def _imputations() -> list[dict]:
    montants = {"ae": "600000.00", "disponible": "176000.00", "proposition": "140000.00", "solde": "36000.00"}
    return [{"code": f"C02-{n}", "imputation": "6568/934", "libelle": DESCRIPTIONS[n], **montants} for n in range(8)]


def _blocs(nombre: int) -> list[dict]:
    """Three paragraphs, then a list."""
    textes = [" ".join([DESCRIPTIONS[(n + k) % len(DESCRIPTIONS)] for k in range(5)]) for n in range(nombre)]
    puces = [texte[:90] for texte in DESCRIPTIONS[:4]]
    return [
        {"genre": "ul", "puces": puces} if rang % 4 == 3 else {"genre": "p", "texte": texte}
        for rang, texte in enumerate(textes)
    ]
