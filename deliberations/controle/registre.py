"""The rules, and how they are run."""

from dataclasses import dataclass, field

from deliberations.controle import (
    actes,
    annexes,
    couts,
    imputations,
    periodes,
    presentation,
    sommes,
    structures,
    textes,
    visas,
    votes,
)
from deliberations.controle.constats import RANGS, Gravite, Groupe, Regle
from deliberations.controle.examen import Examen, Moment, moment_de
from dpid.erreurs import ActeRefuse
from dpid.typographie import accorder

# In the order in which an officer reads a rapport.
MODULES = (presentation, textes, visas, sommes, imputations, periodes, couts, actes, annexes, structures, votes)
REGLES: tuple[Regle, ...] = tuple(r for module in MODULES for r in vars(module).values() if isinstance(r, Regle))
DU_VOTE = tuple(r for r in REGLES if r in vars(votes).values())


@dataclass
class Releve:
    """What the check finds: `ouverts` in the order in which they are read, and what was justified."""

    ouverts: list[Groupe] = field(default_factory=list)
    justifies: list[tuple] = field(default_factory=list)  # (group, justification)

    def de_gravite(self, gravite: Gravite) -> list[Groupe]:
        return [g for g in self.ouverts if g.gravite is gravite]

    @property
    def bloquants(self) -> list[Groupe]:
        return self.de_gravite(Gravite.BLOQUANT)

    @property
    def compte(self) -> dict[str, int]:
        """{gravity: number of groups open}."""
        return {gravite.value: len(self.de_gravite(gravite)) for gravite in Gravite}

    def trouver(self, regle: str, lieu: str) -> Groupe | None:
        return next((g for g in self.ouverts if (g.regle.cle, g.lieu.cle) == (regle, lieu)), None)


def voit_les_reserves(agent) -> bool:
    """Interests declared by the members are read by the secrétariat des assemblées alone."""
    return agent is not None and agent.has_perm("deliberations.view_interet")


def est_reservee(cle: str) -> bool:
    return any(r.cle == cle and r.est_reservee for r in REGLES)


def controler(rapport, *, agent=None, moment: Moment | None = None, lecture=None) -> Releve:
    """Every finding that `agent` may see, the most serious first, then in the order of the rapport."""
    examen = Examen(rapport, moment=moment or moment_de(rapport), lecture=lecture)
    return _relever(examen, [r for r in REGLES if not r.est_reservee or voit_les_reserves(agent)])


def du_vote(rapport, feuille) -> list[Groupe]:
    """What the vote lacks (blocking) or must explain, as the page that shows `feuille` says it.

    What the register of interests says is left to the déports that this page proposes to the secrétariat.
    """
    examen = Examen(rapport, moment=Moment.VOTE, feuille=feuille)
    a_dire = [r for r in REGLES if r in DU_VOTE and not r.est_reservee and r.gravite is not Gravite.INFORMATION]
    return _relever(examen, a_dire).ouverts


def _relever(examen, regles) -> Releve:
    rapport, releve = examen.rapport, Releve()
    justifications = {(j.regle, j.lieu, j.empreinte): j for j in rapport.justifications.select_related("par")}
    for groupe in _appliquer(regles, examen):
        justification = justifications.get((groupe.regle.cle, groupe.lieu.cle, groupe.empreinte))
        if justification is None:
            releve.ouverts.append(groupe)
        else:
            releve.justifies.append((groupe, justification))
    return releve


def bloquants(rapport, *, moment: Moment = Moment.ENVOI) -> list[Groupe]:
    """What stops a sending, or the vote: nothing justifies it, it is mended."""
    bloquantes = [r for r in REGLES if r.gravite is Gravite.BLOQUANT]
    return _appliquer(bloquantes, Examen(rapport, moment=moment))


def refuser_si_bloquants(rapport, *, moment: Moment, avant: str) -> None:
    """Raise ActeRefuse naming the first ones. `avant`: the act that they stop (« L’adoption »)."""
    trouves = bloquants(rapport, moment=moment)
    if trouves:
        premiers = " ".join(str(groupe) for groupe in trouves[:2])
        reste = f" Et {accorder(len(trouves) - 2, 'autre constat', 'autres constats')}." if len(trouves) > 2 else ""
        raise ActeRefuse(
            f"{avant} est impossible : {accorder(len(trouves), 'constat bloquant', 'constats bloquants')}. "
            f"{premiers}{reste} Le contrôle de cohérence dit où {'les' if len(trouves) > 1 else 'le'} corriger."
        )


def _appliquer(regles, examen) -> list[Groupe]:
    groupes = [g for r in regles if examen.moment in r.moments for g in r.appliquer(examen)]
    return sorted(groupes, key=lambda g: RANGS[g.gravite])
