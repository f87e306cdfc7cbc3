"""What an agent may do now with a dossier: the only place that crosses state and rights for the pages and the admin."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from dpid.models import Role
from dpid.montants import euros, somme
from dpid.typographie import accorder, date_courte
from programmes.instruction import courriers
from programmes.instruction.completude import exigences
from programmes.models import Avis, Courrier, Dossier, Financement
from programmes.regles import alertes

Etat = Dossier.Etat
# An instructor edits a dossier until the vote; a refused, adjourned or irrecevable one must first be taken up again.
MODIFIABLES = (
    Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET, Etat.RECEVABLE, Etat.EN_INSTRUCTION, Etat.AVIS, Etat.PROPOSE,
    Etat.INSCRIT,
)  # fmt: skip
# Avis are asked, notes and remarks written, while the dossier is not decided.
INSTRUIT = (Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET, Etat.RECEVABLE, Etat.EN_INSTRUCTION, Etat.AVIS, Etat.PROPOSE)
INSTRUIRE, DECIDER = "programmes.instruire", "programmes.decider"


def retenu(dossier):
    """What the dossier retains, in euros."""
    return Financement.objects.filter(ligne__dossier=dossier).aggregate(t=somme("montant"))["t"]


def _pieces(dossier) -> str:
    exigees = exigences(dossier)
    absentes = [e for e in exigees if not e.est_satisfaite]
    if not exigees:
        return "Aucune pièce n’est exigée de cette structure."
    if not absentes:
        return f"{accorder(len(exigees), 'pièce exigée', 'pièces exigées')}, toutes fournies et valables."
    return f"Pièces manquantes ({len(absentes)} sur {len(exigees)}) : {' ; '.join(e.phrase() for e in absentes)}."


def _eligibilite(dossier) -> str:
    bloquantes = [a.phrase for a in alertes(dossier) if a.est_bloquante]
    if not bloquantes:
        return "La fiche du dispositif n’exclut pas ce dossier."
    return f"{' '.join(bloquantes)} Pour l’admettre malgré tout, dites pourquoi."


def _avis(dossier) -> str:
    """« 2 avis rendus, 1 réputé favorable, 1 attendu »."""
    etats = list(Avis.objects.filter(dossier=dossier).values_list("etat", flat=True))
    if not etats:
        return "Aucun avis n’a été demandé."
    mots = [f"{etats.count(e)} {e.label.lower()}" for e in Avis.Etat if e in etats]
    return f"Avis : {', '.join(mots)}."


def _argent(dossier) -> str:
    attendus = Avis.objects.filter(dossier=dossier).attendus().count()
    suite = f" {accorder(attendus, 'avis attendu devient', 'avis attendus deviennent')} sans objet." if attendus else ""
    somme_retenue = euros(retenu(dossier), symbole=True)
    return (
        f"Les financements du dossier sont retirés : {somme_retenue} ne sont plus retenus.{suite} Le courrier à la "
        "structure est préparé."
    )


def _propose(dossier) -> str:
    somme_retenue = euros(retenu(dossier), symbole=True)
    return f"Le dossier devient inscriptible à un rapport, pour {somme_retenue} retenus. {_avis(dossier)}"


@dataclass(frozen=True)
class Verbe:
    """`motif`: required; `motif_facultatif`: label of one that may be left empty. `consequence(dossier)` says, in
    figures, what will happen; `succes` what happened; `courrier` the nature of the letter that the act prepares."""

    nom: str
    titre: str
    permission: str
    depuis: tuple[str, ...]
    succes: str
    consequence: Callable
    motif: bool = False
    motif_facultatif: str = ""
    est_dangereux: bool = False
    courrier: str = ""

    def permis(self, dossier, agent) -> bool:
        return dossier.etat in self.depuis and agent.has_perm(self.permission)

    @transaction.atomic
    def accomplir(self, dossier, *, par, **options):
        """Do the act, and prepare its letter when it has one: returns it, or None. Raises ActeRefuse."""
        getattr(dossier, self.nom)(par=par, **options)
        if not self.courrier:
            return None
        return courriers.etablir(dossier, self.courrier, par=par, motif=options.get("motif", ""))


def _dire(phrase: str) -> Callable:
    return lambda dossier: phrase


_N = Courrier.Nature
# In the order in which a page offers them: the expected one of each state first, dangerous ones last.
VERBES = {
    v.nom: v
    for v in (
        Verbe(
            "declarer_complet", "Déclarer complet", INSTRUIRE, (Etat.DEPOSE, Etat.INCOMPLET),
            "Le dossier est complet : vérifiez son éligibilité.", _pieces,
        ),
        Verbe(
            "declarer_recevable", "Déclarer recevable", INSTRUIRE, (Etat.COMPLET,),
            "Le dossier est recevable : ouvrez l’instruction.", _eligibilite,
            motif_facultatif="Motif, si la fiche exclut ce dossier",
        ),
        Verbe(
            "instruire", "Ouvrir l’instruction", INSTRUIRE, (Etat.RECEVABLE,),
            "L’instruction est ouverte : demandez les avis, puis proposez.",
            _dire("Le dossier passe à l’instruction ; vous en devenez l’instructeur s’il n’en a pas encore."),
        ),
        Verbe(
            "proposer", "Proposer", INSTRUIRE, (Etat.EN_INSTRUCTION, Etat.AVIS),
            "Le dossier est proposé : il peut être inscrit à un rapport.", _propose,
        ),
        Verbe(
            "demander_avis", "Demander des avis", INSTRUIRE, (Etat.EN_INSTRUCTION, Etat.AVIS),
            "Les avis sont demandés : les services concernés les trouvent dans « À faire ».",
            _dire("Chaque destinataire voit le dossier et rend un avis avant l’échéance ; passé celle-ci, la règle du "
                  "dispositif s’applique."),
        ),
        # A dossier on a rapport comes back through the rapport, which frees the credits that it holds.
        Verbe(
            "reprendre", "Reprendre l’instruction", INSTRUIRE,
            (Etat.PROPOSE, Etat.AJOURNE, Etat.REFUSE, Etat.IRRECEVABLE), "L’instruction du dossier est reprise.",
            _dire("Le dossier revient à l’instruction ; le motif de refus ou d’ajournement est effacé."),
        ),
        Verbe(
            "declarer_incomplet", "Déclarer incomplet", INSTRUIRE, (Etat.DEPOSE, Etat.COMPLET),
            "Le dossier est incomplet : relisez et envoyez le courrier à la structure.", _pieces,
            motif=True, courrier=_N.INCOMPLETUDE,
        ),
        Verbe(
            "ajourner", "Ajourner", DECIDER, (Etat.EN_INSTRUCTION, Etat.AVIS, Etat.PROPOSE), "Le dossier est ajourné.",
            _argent, motif=True, est_dangereux=True, courrier=_N.AJOURNEMENT,
        ),
        Verbe(
            "refuser", "Refuser", DECIDER, (Etat.EN_INSTRUCTION, Etat.AVIS, Etat.PROPOSE, Etat.AJOURNE),
            "Le dossier est refusé.", _argent, motif=True, est_dangereux=True, courrier=_N.REFUS,
        ),
        Verbe(
            "declarer_irrecevable", "Déclarer irrecevable", DECIDER,
            (Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET, Etat.RECEVABLE), "Le dossier est irrecevable.", _argent,
            motif=True, est_dangereux=True, courrier=_N.IRRECEVABILITE,
        ),
    )
}  # fmt: skip


def verbes_permis(dossier, agent) -> list[Verbe]:
    """Acts offered on the page, the expected one first, dangerous ones last."""
    permis = [v for v in VERBES.values() if v.permis(dossier, agent)]
    if dossier.etat == Etat.EN_INSTRUCTION and not getattr(dossier, "nb_avis", 0):
        permis.sort(key=lambda v: v.nom != "demander_avis")
    return permis


def consigne(dossier, agent) -> str:
    """« What you must do now », for the roles of this agent and what is still awaited.

    `nb_attendus` and `a_rendre_le` are annotations of the page (`sections.avec_reperes`).
    """
    if dossier.a_rendre_le:
        return f"Rendre l’avis demandé avant le {date_courte(dossier.a_rendre_le)}."
    if dossier.etat == Etat.AVIS and not dossier.nb_attendus and agent.a_role(Role.INSTRUCTION):
        return "Tous les avis sont rendus ou échus : proposer un montant par ligne, puis proposer le dossier."
    return dossier.prochaine_action_pour(agent)


def peut_modifier(dossier, agent) -> bool:
    return dossier.etat in MODIFIABLES and agent.has_perm("programmes.change_dossier")


def peut_instruire(dossier, agent) -> bool:
    """Notes, verdicts of instances and letters are written until the dossier is inscribed."""
    return dossier.etat in INSTRUIT and agent.has_perm(INSTRUIRE)


def peut_remarquer(dossier, agent) -> bool:
    return dossier.etat != Etat.VOTE and agent.has_perm("programmes.remarquer")


def raison_du_refus(dossier) -> str:
    """Why this dossier cannot be edited, and what to do instead."""
    if dossier.etat == Etat.VOTE:
        return (
            "Ce dossier a été voté : il ne se modifie plus. Pour changer un montant, préparez un avenant dans un "
            "nouveau dossier et un nouveau rapport."
        )
    return f"Ce dossier est à l’état « {dossier.get_etat_display()} » : reprenez son instruction avant de le modifier."
