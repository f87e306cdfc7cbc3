"""What an agent may do now with a dossier: the only place that crosses state and rights for the pages."""

from dataclasses import dataclass

from programmes.models import Dossier

Etat = Dossier.Etat
MODIFIABLES = (Etat.EN_INSTRUCTION, Etat.PROPOSE, Etat.INSCRIT)


@dataclass(frozen=True)
class Verbe:
    """`motif` required or not; `consequence` says what will happen; `succes` what happened."""

    nom: str
    titre: str
    permission: str
    depuis: tuple[str, ...]
    succes: str
    consequence: str
    motif: bool = False
    est_dangereux: bool = False

    def permis(self, dossier, agent) -> bool:
        return dossier.etat in self.depuis and agent.has_perm(self.permission)


VERBES = {
    v.nom: v
    for v in (
        Verbe(
            "proposer", "Proposer", "programmes.instruire", (Etat.EN_INSTRUCTION,),
            "Le dossier est proposé : il peut être inscrit à un rapport.",
            "Le dossier devient inscriptible à un rapport, pour {retenu} retenus.",
        ),
        # A dossier on a rapport comes back through the rapport, which frees the credits that it holds.
        Verbe(
            "reprendre", "Reprendre l’instruction", "programmes.instruire", (Etat.PROPOSE, Etat.AJOURNE, Etat.REFUSE),
            "L’instruction du dossier est reprise.",
            "Le dossier revient à l’instruction ; le motif de refus ou d’ajournement est effacé.",
        ),
        Verbe(
            "ajourner", "Ajourner", "programmes.decider", (Etat.EN_INSTRUCTION, Etat.PROPOSE),
            "Le dossier est ajourné.",
            "Les financements du dossier sont retirés : {retenu} ne sont plus retenus.",
            motif=True, est_dangereux=True,
        ),
        Verbe(
            "refuser", "Refuser", "programmes.decider", (Etat.EN_INSTRUCTION, Etat.PROPOSE, Etat.AJOURNE),
            "Le dossier est refusé.",
            "Les financements du dossier sont retirés : {retenu} ne sont plus retenus.",
            motif=True, est_dangereux=True,
        ),
    )
}  # fmt: skip


def verbes_permis(dossier, agent) -> list[Verbe]:
    """Acts offered on the page, the expected one first, dangerous ones last."""
    return [v for v in VERBES.values() if v.permis(dossier, agent)]


def peut_modifier(dossier, agent) -> bool:
    """An instructor edits a dossier until the vote; a refused or adjourned one must first be taken up again."""
    return dossier.etat in MODIFIABLES and agent.has_perm("programmes.change_dossier")


def raison_du_refus(dossier) -> str:
    """Why this dossier cannot be edited, and what to do instead."""
    if dossier.etat == Etat.VOTE:
        return (
            "Ce dossier a été voté : il ne se modifie plus. Pour changer un montant, préparez un avenant dans un "
            "nouveau dossier et un nouveau rapport."
        )
    return f"Ce dossier est à l’état « {dossier.get_etat_display()} » : reprenez son instruction avant de le modifier."
