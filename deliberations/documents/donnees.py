"""The répartition as typed data: what every document of a rapport reads."""

from collections import defaultdict
from decimal import Decimal

from deliberations.redaction.figures import marques
from deliberations.repartition import BUDGET_DEPARTEMENTAL
from dpid.montants import ZERO, chaine, euros
from dpid.typographie import accorder, date_longue, enumerer, nombre


def en_donnees(repartition, *, cles_annexes=None, blocs=None) -> dict:
    """`cle` is a row's id: it ties the groups together and is never printed.

    `cles_annexes`: {annexe id: key}; `blocs`: {thématique id: rank of its block of vote}.
    """
    return {
        "thematiques": [_thematique(groupe, cles_annexes or {}, blocs or {}) for groupe in repartition.thematiques],
        "nombre_structures": structures_financees(repartition.lignes),
        **sommes(repartition),
        "sources": [
            {"source": source, "montant": chaine(montant)}
            for source, montant in sorted(repartition.par_source().items())
            if source != BUDGET_DEPARTEMENTAL and montant
        ],
    }


def _thematique(groupe, cles_annexes, blocs) -> dict:
    lignes = [ligne for o in groupe.operations for ligne in o.lignes]
    return {
        "cle": groupe.thematique.pk,
        "numero": groupe.thematique.numero,
        "titre": groupe.thematique.titre,
        "mot": groupe.thematique.mot,
        "compte": groupe.thematique.compte,
        "bloc": blocs.get(groupe.thematique.pk),
        "nombre_structures": structures_financees(lignes),
        "deja_accorde_ailleurs": chaine(groupe.deja_accorde_ailleurs),
        **sommes(groupe),
        "operations": [_operation(o, cles_annexes) for o in groupe.operations],
    }


def _operation(o, cles_annexes) -> dict:
    financees = [ligne for ligne in o.lignes if ligne.nouveau]
    return {
        "cle": o.operation.pk,
        "numero": o.operation.numero,
        "titre": o.operation.titre,
        "libelle_court": o.operation.libelle_court,
        "references": len({ligne.proposition.ligne.dossier.dispositif_id for ligne in financees}),
        "nombre_structures": structures_financees(o.lignes),
        "quantites": quantites(financees),
        "periode": periode(financees),
        "compensations": compensations(o.lignes),
        **sommes(o),
        "lignes": [_ligne(ligne, cles_annexes) for ligne in o.lignes],
    }


def structures_financees(lignes) -> int:
    """Distinct structures that receive money: a refused line printed at 0 € is not « une structure concernée »."""
    return len({ligne.proposition.ligne.dossier.structure_id for ligne in lignes if ligne.nouveau})


def quantites(lignes) -> str:
    """« 18 801 places d’accueil et 1 000 places d’accompagnement »: units are never added together."""
    totaux = defaultdict(Decimal)
    for ligne in lignes:
        for q in ligne.proposition.ligne.quantites.all():
            totaux[q.unite] += q.valeur
    textes = [f"{nombre(total)} {unite}" for unite, total in totaux.items()]
    return enumerer(textes)


def periode(lignes) -> str:
    """« du 1er janvier 2024 au 31 décembre 2025 », the widest of the lines; empty when one is unknown."""
    debuts = [ligne.proposition.ligne.debut for ligne in lignes]
    fins = [ligne.proposition.ligne.fin for ligne in lignes]
    if not lignes or None in debuts or None in fins:
        return ""
    return f"du {date_longue(min(debuts))} au {date_longue(max(fins))}"


def compensations(lignes) -> list[dict]:
    """Revenue that compensates expenses of these lines: `{code, libelle, montant}`, the amount being what the lines
    that name it cost."""
    totaux: dict[int, dict] = {}
    for ligne in lignes:
        recette = ligne.proposition.recette
        if recette is None or not ligne.nouveau:
            continue
        rang = totaux.setdefault(
            recette.pk, {"code": recette.ligne.code, "libelle": recette.ligne.libelle, "montant": ZERO}
        )
        rang["montant"] += ligne.nouveau
    return [{**rang, "montant": chaine(rang["montant"])} for rang in totaux.values()]


def sommes(groupe) -> dict:
    return {"total": chaine(groupe.total), "nouveau": chaine(groupe.nouveau), "budget": chaine(groupe.budget)}


def valeurs_de(groupe: dict | None, mot: str = "operation") -> dict:
    """What the references of a text are worth, for an opération, a thématique or the whole rapport (as data)."""
    if groupe is None:
        return {}
    operations = [o for o in groupe.get("operations", ()) if Decimal(o["nouveau"])]
    valeurs = {
        **marques(_lieu(groupe)),
        "montant": euros(groupe["nouveau"], symbole=True),
        "montant_budget": euros(groupe["budget"], symbole=True),
        "montant_hors_budget": euros(Decimal(groupe["nouveau"]) - Decimal(groupe["budget"]), symbole=True),
        "structures": accorder(groupe.get("nombre_structures", 0), "structure"),
        "quantites": groupe.get("quantites", ""),
        "periode": groupe.get("periode", ""),
    }
    if operations:
        valeurs["operations"] = accorder(len(operations), "opération" if mot == "operation" else "dispositif")
    return valeurs


def _lieu(groupe: dict) -> str:
    """The place whose figures a text draws: an opération has lines, a thématique has opérations, the rapport no key."""
    if "cle" not in groupe:
        return "rapport"
    return f"{'o' if 'lignes' in groupe else 't'}{groupe['cle']}"


def _ligne(ligne, cles_annexes) -> dict:
    proposition, source = ligne.proposition, ligne.proposition.ligne
    return {
        "cle": proposition.pk,
        "territoires": ligne.territoires,
        "structure": ligne.structure,
        "siret": source.dossier.structure.siret or "",
        "description": ligne.description,
        "montant": chaine(ligne.montant),
        "nouveau": chaine(ligne.nouveau),
        "budget": chaine(ligne.budget),
        "instrument": ligne.instrument,
        "codes": ligne.codes,
        "motif_zero": ligne.motif_zero,
        "debut": source.debut.isoformat() if source.debut else None,
        "fin": source.fin.isoformat() if source.fin else None,
        "acte": {
            "nature": source.nature_acte,
            "annexe": cles_annexes.get(proposition.annexe_id),
            "numero_avenant": source.numero_avenant,
            "initial_numero": source.acte_initial_numero,
            "initial_le": source.acte_initial_le.isoformat() if source.acte_initial_le else None,
        },
    }


RIEN = dict.fromkeys(("total", "nouveau", "budget"), chaine(ZERO))


def chiffres(groupe: dict | None) -> dict:
    groupe = groupe or RIEN
    return {cle: groupe[cle] for cle in ("total", "nouveau", "budget")}
