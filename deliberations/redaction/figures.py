"""Tables and charts drawn from the data where a text asks for them: `{tableau:operations}`, `{graphique:territoires}`…

A closed list. The reference resolves to a mark that names its place (`{tableau:operations@t12}`); the context of the
document then carries the data of each mark, so that a frozen document draws what it drew.
"""

import json
import re
from collections import defaultdict
from decimal import Decimal

from dpid.montants import ZERO, chaine

MARQUE = re.compile(r"\{((?:tableau|graphique):[a-z]+)@(rapport|[to]\d+)\}")
TITRES = {
    "tableau:operations": "Montants par opération",
    "tableau:structures": "Montants par structure",
    "tableau:territoires": "Montants par territoire",
    "tableau:sources": "Montants par source de financement",
    "graphique:operations": "Montants par opération",
    "graphique:territoires": "Montants par territoire",
}
COLONNES = {"operations": "Opération", "structures": "Structure", "territoires": "Territoires", "sources": "Source"}


def marques(lieu: str) -> dict[str, str]:
    """{reference: mark} of a place (`rapport`, `t12`, `o34`)."""
    return {nom: f"{{{nom}@{lieu}}}" for nom in TITRES}


def est_une_figure(nom: str) -> bool:
    return nom in TITRES


def citees(contexte: dict, repartition: dict) -> dict[str, dict]:
    """{mark without braces: `{titre, colonne, lignes}`} of the figures that the texts of a context ask for."""
    trouvees = dict.fromkeys(MARQUE.findall(json.dumps(contexte, ensure_ascii=False)))
    return {f"{nom}@{lieu}": donnees(repartition, nom, lieu) for nom, lieu in trouvees}


def donnees(repartition: dict, nom: str, lieu: str) -> dict:
    """`lignes`: `[label, amount]`, euros of new money as text, in the order of the rapport."""
    sujet = nom.partition(":")[2]
    montants = defaultdict(lambda: ZERO)
    for groupe in repartition["thematiques"]:
        for operation in groupe["operations"]:
            if lieu in ("rapport", f"t{groupe['cle']}", f"o{operation['cle']}"):
                for libelle, montant in _parts(sujet, groupe, operation, lieu):
                    montants[libelle] += montant
    return {
        "titre": TITRES[nom],
        "colonne": COLONNES[sujet],
        "lignes": [[libelle, chaine(m)] for libelle, m in montants.items() if m],
    }


def _parts(sujet: str, groupe: dict, operation: dict, lieu: str):
    if sujet == "operations":
        prefixe = f"T{groupe['numero']} – " if lieu == "rapport" else ""
        yield f"{prefixe}{operation['libelle_court']}", Decimal(operation["nouveau"])
    elif sujet == "sources":
        budget = Decimal(operation["budget"])
        yield "Budget départemental", budget
        yield "Hors budget départemental", Decimal(operation["nouveau"]) - budget
    else:
        champ = "structure" if sujet == "structures" else "territoires"
        for ligne in operation["lignes"]:
            yield ligne[champ] or "Non précisé", Decimal(ligne["nouveau"])
