"""Articles of the délibération and decisions proposed by the rapport, written from the data.

Every number, amount and name is computed: « 15 structures » when there are 14 cannot be printed. The same sentence
serves both documents: the délibération approves, the rapport asks to approve.
"""

from collections import defaultdict
from decimal import Decimal

from dpid.montants import FINE_INSECABLE, INSECABLE, euros
from dpid.typographie import composer

AVENANT, CONVENTION_TYPE, CONVENTION_SPECIFIQUE = "avenant", "convention_type", "convention_specifique"
ORDRE_ACTES = (AVENANT, CONVENTION_TYPE, CONVENTION_SPECIFIQUE, "")


def articles(repartition: dict, imputations: list[dict], *, annexe: int) -> list[dict]:
    """`{numero, texte}`, with `montant` and `thematique` for a financing, `imputations` for the last one."""
    resultat = [
        {
            "texte": f"Est approuvé {_financement(groupe, annexe)}.",
            "montant": groupe["budget"],
            "thematique": groupe["numero"],
        }
        for groupe in _thematiques_financees(repartition)
    ]
    finances = [str(rang) for rang, article in enumerate(resultat, start=1) if Decimal(article["montant"])]
    for acte in _actes(repartition, annexe):
        texte = f"Le Président du Conseil départemental est habilité à signer, pour le Département, {acte}."
        resultat.append({"texte": texte})
    if imputations:
        resultat.append({"texte": _imputation(finances), "imputations": imputations})
    return [{"numero": rang, **article} for rang, article in enumerate(resultat, start=1)]


def decisions(repartition: dict, *, annexe: int) -> list[str]:
    """What the rapport asks the assembly to decide: the items of one sentence, punctuated as such."""
    textes = [f"d’approuver {_financement(groupe, annexe)}" for groupe in _thematiques_financees(repartition)]
    textes += [f"de m’habiliter à signer, pour le Département, {acte}" for acte in _actes(repartition, annexe)]
    return [texte + (f"{FINE_INSECABLE};" if rang < len(textes) else ".") for rang, texte in enumerate(textes, 1)]


# --- Financing


def _thematiques_financees(repartition):
    return [g for g in repartition["thematiques"] if Decimal(g["nouveau"])]


def _financement(groupe, annexe) -> str:
    """« le financement des 2 opérations présentées au titre de la thématique 4 « … », pour un montant total de
    155 121,00 €, réparti selon l’annexe 2 »."""
    nombre = sum(1 for o in groupe["operations"] if Decimal(o["nouveau"]))
    quoi = "de l’opération présentée" if nombre == 1 else f"des {nombre}{INSECABLE}opérations présentées"
    thematique = f"thématique{INSECABLE}{groupe['numero']} {guillemets(groupe['titre'])}"
    montant = ("un montant de " if nombre == 1 else "un montant total de ") + _montants(groupe)
    return (
        f"le financement {quoi} au titre de la {thematique}, pour {montant}, réparti selon l’annexe{INSECABLE}{annexe}"
    )


def _montants(groupe) -> str:
    """Money of another source (FSL…) is said apart: it never adds up with the département's."""
    budget = Decimal(groupe["budget"])
    ailleurs = Decimal(groupe["nouveau"]) - budget
    if not budget:
        return f"{euros(ailleurs, symbole=True)} assuré hors budget départemental"
    suite = (
        f", auquel s’ajoutent {euros(ailleurs, symbole=True)} financés hors budget départemental" if ailleurs else ""
    )
    return euros(budget, symbole=True) + suite


def _imputation(finances: list[str]) -> str:
    if len(finances) == 1:
        debut = f"La dépense qui résulte de l’article{INSECABLE}{finances[0]} est imputée"
    else:
        debut = f"Les dépenses qui résultent des articles{INSECABLE}{enumerer(finances)} sont imputées"
    return f"{debut} sur le budget du Département ainsi qu’il suit{INSECABLE}:"


# --- Acts to sign


def _actes(repartition, annexe) -> list[str]:
    """One phrase per kind of act and per model joined, in the order: avenants, conventions type, conventions."""
    lots: dict[tuple, dict] = defaultdict(lambda: {"structures": {}, "actes": set(), "avenants": set()})
    for groupe in repartition["thematiques"]:
        for operation in groupe["operations"]:
            for ligne in operation["lignes"]:
                _ranger(lots, ligne)
    cles = sorted(lots, key=lambda c: (ORDRE_ACTES.index(c[0]), c[1] or 0))
    return [_acte(nature, jointe, lots[nature, jointe], annexe) for nature, jointe in cles]


def _ranger(lots, ligne):
    acte = ligne["acte"]
    if ligne["motif_zero"] or not (acte["nature"] or ligne["instrument"]):
        return
    lot = lots[acte["nature"], acte["annexe"]]
    lot["structures"].setdefault(ligne["structure"])
    lot["actes"].add((ligne["structure"], acte["numero_avenant"], acte["initial_numero"], acte["initial_le"]))
    lot["avenants"].add(acte["numero_avenant"])


def _acte(nature, jointe, lot, annexe) -> str:
    """« les avenants à conclure avec les 7 structures suivantes : 4AJ, …, selon le projet joint en annexe 3 »."""
    structures = [composer(s) for s in lot["structures"]]
    un_seul = len(lot["actes"]) == 1
    if nature == AVENANT:
        numero = next(iter(lot["avenants"])) if un_seul else None
        objet = f"l’avenant n°{INSECABLE}{numero}" if numero else ("l’avenant" if un_seul else "les avenants")
    elif nature:
        objet = "la convention" if un_seul else "les conventions"
        if nature == CONVENTION_SPECIFIQUE:
            objet += " spécifique" if un_seul else " spécifiques"
    else:
        objet = f"l’acte mentionné à l’annexe{INSECABLE}{annexe}" if un_seul else (
            f"les actes mentionnés à l’annexe{INSECABLE}{annexe}"
        )  # fmt: skip
    if len(structures) == 1:
        avec = f"avec la structure {structures[0]}"
    else:
        avec = f"avec les {len(structures)} structures suivantes{INSECABLE}: {enumerer(structures)}"
    return f"{objet} à conclure {avec}{_modele(nature, jointe)}"


def _modele(nature, jointe) -> str:
    if jointe:
        return f", selon le projet joint en annexe{INSECABLE}{jointe}"
    return ", selon la convention type en vigueur" if nature == CONVENTION_TYPE else ""


# --- Words


def guillemets(texte: str) -> str:
    return f"«{INSECABLE}{composer(texte)}{INSECABLE}»"


def enumerer(termes: list[str]) -> str:
    """`A`, `A et B`, `A, B et C`."""
    return termes[0] if len(termes) == 1 else f"{', '.join(termes[:-1])} et {termes[-1]}" if termes else ""
