"""What is paid and when: the schedules of the acts of a convention replayed, then told by budget line for finance.

An avenant adds its instalments to those before it, or says the whole schedule again: it then takes their place.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from conventions.lecture import ActeLu, lire
from conventions.models import Acte, Convention, Versement
from conventions.versements import redit
from dpid.montants import ZERO, repartir
from dpid.tableaux import MONTANT, Colonne, Tableau, Total

HORS_BUDGET = "Hors budget"


@dataclass(frozen=True)
class Rang:
    """An instalment that holds, and the act that says it."""

    lu: ActeLu
    versement: Versement

    @property
    def operation(self):
        """Which lines of the convention pay it: those of its dispositif, all of them when it names none."""
        return self.versement.fiche.dispositif_id if self.versement.fiche_id else None


def echeancier(lus) -> list[Rang]:
    """The instalments in force. `lus`: the acts of one convention, in the order of their replay."""
    rangs: list[Rang] = []
    for lu in lus:
        siens = [Rang(lu, v) for v in lu.versements]
        rangs = siens if siens and redit(lu.versements, lu) else rangs + siens
    return rangs


# --- Forecast of payments


@dataclass
class Previsions:
    """`lignes`: {budget line or fund: {exercice of CP: euros}}, in the order of the codes."""

    lignes: dict[str, dict[int, Decimal]] = field(default_factory=dict)

    @property
    def exercices(self) -> list[int]:
        return sorted({exercice for montants in self.lignes.values() for exercice in montants})

    @property
    def rangs(self) -> list[tuple]:
        """`(line, euros of each exercice, total)`."""
        return [
            (ligne, [montants.get(e, ZERO) for e in self.exercices], sum(montants.values(), ZERO))
            for ligne, montants in self.lignes.items()
        ]

    @property
    def totaux(self) -> list[Decimal]:
        """Euros of each exercice, then of them all."""
        return [sum(colonne, ZERO) for colonne in zip(*([*m, total] for _, m, total in self.rangs), strict=True)]


def previsions(agent, *, avec_les_projets: bool) -> Previsions:
    """What the schedules of the acts that the agent sees plan, by exercice of CP; a constant number of queries.

    `avec_les_projets`: the acts voted and not signed yet, besides what is signed. Instalments that their act says
    already paid are left out, as are the acts born before the application, whose credits are elsewhere.
    """
    actes = Acte.objects.visibles_par(agent).exclude(etat=Acte.Etat.ABANDONNE).filter(fiches__lignes__isnull=False)
    # What is ended before its time is paid by its settlement, not by its schedule.
    actes = actes.exclude(convention__etat__in=[Convention.Etat.RESILIEE, Convention.Etat.DENONCEE])
    actes = actes.filter(rapport__deliberation__isnull=False) if avec_les_projets else actes.signes()
    lus = sorted(lire(actes.distinct()), key=lambda lu: (lu.acte.convention_id, lu.acte.rang))
    sommes: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for _, siens in groupby(lus, key=lambda lu: lu.acte.convention_id):
        for ligne, rang, montant in _imputer(list(siens)):
            if montant and not rang.versement.est_verse:
                sommes[ligne][rang.versement.exercice_cp] += montant
    return Previsions({ligne: dict(sommes[ligne]) for ligne in sorted(sommes)})


def _imputer(lus):
    """`(budget line, instalment, euros)`: each instalment shared among the lines of its opération and of its AE.

    Shares are taken on the running total: all the instalments of an AE give each line exactly what it brings.
    """
    apports = defaultdict(lambda: defaultdict(lambda: ZERO))
    for lu in lus:
        for lue in lu.fiches:
            for f in lue.financements:
                for operation in {lue.fiche.dispositif_id, None}:
                    apports[operation, _millesime(f)][_nom(f)] += f.montant
    deja = defaultdict(lambda: ZERO)
    for rang in echeancier(lus):
        cle = (rang.operation, rang.versement.exercice_ae)
        poids = {ligne: montant for ligne, montant in apports[cle].items() if montant}
        if not poids:
            yield _sans_apport(rang.versement), rang, rang.versement.montant
            continue
        avant, apres = deja[cle], deja[cle] + rang.versement.montant
        deja[cle] = apres
        parts = zip(repartir(avant, [*poids.values()]), repartir(apres, [*poids.values()]), strict=True)
        for ligne, (a, b) in zip(poids, parts, strict=True):
            yield ligne, rang, b - a


def _sans_apport(versement) -> str:
    """What pays an instalment that no act entered here brings: the AE of an act older than the application."""
    return f"AE {versement.exercice_ae} d’un acte antérieur" if versement.exercice_ae else HORS_BUDGET


def _millesime(financement) -> int | None:
    return financement.autorisation.millesime if financement.autorisation_id else None


def _nom(financement) -> str:
    return str(financement.autorisation.ligne if financement.autorisation_id else financement.source or HORS_BUDGET)


def en_tableau(prevues: Previsions) -> Tableau:
    colonnes = [Colonne("Ligne", largeur=50), *(Colonne(f"CP {e}", MONTANT, 16) for e in prevues.exercices)]
    lignes = [(ligne, *montants, total) for ligne, montants, total in prevues.rangs]
    if lignes:
        lignes.append(Total(("Total", *prevues.totaux)))
    return Tableau("Versements prévus", [*colonnes, Colonne("Total", MONTANT, 16)], lignes)
