"""The text in force: the clauses of the initial act, then each signed avenant replayed by date of effect.

What each act says is given by the caller (`dire`): frozen, or composed now.
"""

from datetime import date

from conventions.delta import INITIAL_ABSENT, Changement, ClauseConsolidee, alineas
from conventions.lecture import ActeLu
from conventions.models import Acte, ClauseInitiale
from conventions.numeros import ranger
from conventions.rejeu import CibleAbsente, Rejeu
from dpid.typographie import date_longue

NUMEROTEES = ("article", "annexe")


def effet(acte: Acte) -> date | None:
    """The day from which an avenant changes the text: its signature, or later when it says so. None: not signed."""
    if acte.signe_le is None:
        return None
    return max(acte.signe_le, acte.debut) if acte.rang and acte.debut else acte.signe_le


def ordre(acte: Acte) -> tuple:
    """The initial act, then avenants by date of effect, then by number; those not signed last."""
    return (acte.rang > 0, effet(acte) or date.max, acte.rang)


def origine(acte: Acte) -> str:
    """« convention initiale », « avenant n° 2 du 11 décembre 2023 »."""
    if not acte.rang:
        return "convention initiale"
    jour = f" du {date_longue(acte.signe_le)}" if acte.signe_le else ""
    return f"avenant n°\u00a0{acte.rang}{jour}"


def initiales(lu: ActeLu, dire) -> list[ClauseConsolidee]:
    """Clauses of an initial act; of one born elsewhere, those that were typed."""
    dit = origine(lu.acte)
    if lu.convention.est_reprise:
        rangs = {ClauseInitiale.Nature.ARTICLE: 0, ClauseInitiale.Nature.ANNEXE: 1}
        saisies = sorted(lu.convention.clauses.all(), key=lambda c: (rangs[c.nature], ranger(c.numero)))
        return [
            ClauseConsolidee(c.nature, c.numero, c.titre, alineas(c.texte or INITIAL_ABSENT, dit), origine=dit)
            for c in saisies
        ]
    return [
        ClauseConsolidee(
            c["nature"], str(c["numero"]), c["titre"], alineas(c["texte"], dit), origine=dit, fiche=c["fiche"]
        )
        for c in dire(lu)["clauses"]
        if c["nature"] in NUMEROTEES
    ]


def appliquer(clauses, lu: ActeLu, dire) -> tuple[list[ClauseConsolidee], list[str]]:
    """`(clauses, what could not be replayed, in words)`: a wrong operation of an old act does not hide the text."""
    if not lu.acte.version_modele_id:
        return clauses, []  # signed elsewhere: nothing of its operations is known
    donnees, dit, anomalies = dire(lu), origine(lu.acte), []
    fiches = {cle: c["fiche"] for c in donnees["clauses"] if c["fiche"] for cle in (c["fiche"]["titre"], c["cle"])}
    rejeu = Rejeu(clauses, dit, fiches)
    for c in donnees["changements"]:
        try:
            rejeu.appliquer(Changement(**c))
        except CibleAbsente as absente:
            anomalies.append(f"{dit.capitalize()} — {absente}")
    return rejeu.clauses, anomalies


def avant(lu: ActeLu, dire) -> list[ClauseConsolidee]:
    """The text that an avenant changes: every act signed by now that takes effect before it."""
    clauses = []
    for autre in sorted(lu.precedents or (), key=lambda x: ordre(x.acte)):
        if not autre.acte.rang:
            clauses = initiales(autre, dire)
        elif ordre(autre.acte) < ordre(lu.acte):
            clauses, _ = appliquer(clauses, autre, dire)
    return clauses


def refus(clauses, changements) -> list[str]:
    """For each operation of an avenant, why it does not apply to the text before it; empty when it does.

    A text that nobody typed contradicts nothing.
    """
    if not clauses:
        return ["" for _ in changements]
    rejeu, raisons = Rejeu(clauses, ""), []
    for c in changements:
        try:
            rejeu.appliquer(c)
        except CibleAbsente as absente:
            raisons.append(str(absente))
        else:
            raisons.append("")
    return raisons
