"""The figures of a vote, computed from the attendance, the déports and the real dissenting voices.

What is printed follows the published acts: members who step aside are counted under « abstention ». The law does not
mix them with a real abstention, so both are kept apart here. Always: pour + contre + abstention + absents = votants.
"""

from dataclasses import dataclass, field

from deliberations.assemblee.composition import Assistance, Membre
from deliberations.models import VoixDissidente
from dpid.erreurs import ActeRefuse

Sens = VoixDissidente.Sens
CATEGORIES = ("pour", "contre", "abstention", "absents")


@dataclass(frozen=True)
class Categorie:
    """Members counted under one figure, and the groups that have a voice in it (each once, in their order)."""

    membres: tuple[Membre, ...] = ()

    @property
    def voix(self) -> int:
        return len(self.membres)

    def groupes(self, ordre: dict[str, int]) -> list[str]:
        return sorted({m.groupe for m in self.membres if m.groupe}, key=lambda g: (ordre.get(g, 0), g))


@dataclass(frozen=True)
class Chiffres:
    """The four printed figures, and what the printed abstention is made of.

    `sans_porteur`: those whose delegation is held by somebody who steps aside or is not there.
    """

    pour: Categorie
    contre: Categorie
    abstention: Categorie
    absents: Categorie
    deportes: tuple[Membre, ...] = ()
    abstentions_reelles: tuple[Membre, ...] = ()
    effectif: int = 0
    sans_porteur: tuple[Membre, ...] = field(default=())

    @property
    def figures(self) -> dict[str, int]:
        return {categorie: getattr(self, categorie).voix for categorie in CATEGORIES}

    @property
    def suffrages_exprimes(self) -> int:
        return self.pour.voix + self.contre.voix

    @property
    def est_adopte(self) -> bool:
        """Absolute majority of the votes cast (CGCT, L. 3121-15); the chair's casting vote is typed as the result."""
        return self.pour.voix > self.contre.voix


def chiffrer(assistance: Assistance, deports=(), dissidences=None) -> Chiffres:
    """`deports`: ids of those who step aside of the block; `dissidences`: {élu id: contre | abstention}.

    Raises ActeRefuse when a voice is given to somebody who cannot cast it.
    """
    deports, dissidences = set(deports), dict(dissidences or {})
    porteurs = {m.elu_id for m in assistance.presents} - deports
    refuser_voix(assistance, deports, dissidences)
    rangs = {categorie: [] for categorie in CATEGORIES}
    deportes, abstenus = [], []
    for membre in assistance.votants:
        sens = dissidences.get(membre.elu_id)
        if membre.etat == "absent" or membre.etat is None:
            rangs["absents"].append(membre)
        elif membre.elu_id in deports:
            deportes.append(membre)
            rangs["abstention"].append(membre)
        elif sens == Sens.ABSTENTION:
            abstenus.append(membre)
            rangs["abstention"].append(membre)
        else:
            rangs["contre" if sens == Sens.CONTRE else "pour"].append(membre)
    return Chiffres(
        **{categorie: Categorie(tuple(membres)) for categorie, membres in rangs.items()},
        deportes=tuple(deportes),
        abstentions_reelles=tuple(abstenus),
        effectif=len(assistance.votants),
        sans_porteur=tuple(m for m in assistance.excuses if m.mandataire_id and m.mandataire_id not in porteurs),
    )


def refuser_voix(assistance: Assistance, deports, dissidences) -> None:
    """A member who steps aside, is absent or has no voice neither votes against nor abstains."""
    membres = assistance.par_elu()
    for elu_id, sens in dissidences.items():
        membre = membres.get(elu_id)
        libelle = Sens(sens).label.lower()
        if membre is None or not membre.a_voix:
            raise ActeRefuse(f"{membre or 'Cette personne'} n’a pas voix délibérative : pas de voix « {libelle} ».")
        if elu_id in deports:
            raise ActeRefuse(f"{membre} se déporte de ce bloc : pas de voix « {libelle} ».")
        if membre.etat not in ("present", "excuse"):
            raise ActeRefuse(f"{membre} est absent(e), sans délégation : pas de voix « {libelle} ».")


def verifier_figures(figures: dict, effectif: int) -> None:
    """Figures typed from a printed act must add up. Raises ActeRefuse with both numbers."""
    total = sum(int(figures.get(categorie, 0)) for categorie in CATEGORIES)
    if total != effectif:
        raise ActeRefuse(
            f"Pour, contre, abstention et absents font {total} voix pour {effectif} membres à voix délibérative : "
            "corrigez l’assistance ou les figures."
        )
