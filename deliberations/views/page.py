"""Everything that the page of a rapport shows, computed once: queries are constant whatever the number of lines."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from budget.models import AutorisationEngagement
from deliberations import calendrier, documents, dossier_de_seance, envoi, visas
from deliberations import imputations as table
from deliberations.dossier_de_seance import conservation
from deliberations.models import AvisDeCommission, VisaRapport
from deliberations.redaction import projets
from deliberations.redaction.annexes import numerotees
from deliberations.repartition import repartir_rapport
from deliberations.saisie import RIEN
from dpid.montants import ZERO

# Above this number of lines the page opens on its first opération instead of the whole rapport.
LIGNES_D_UN_COUP = 60
TITRES = {
    "rapport": "Rapport",
    "deliberation": "Délibération",
    "imputations": "Tableau des imputations",
}


@dataclass
class PartieDuPlan:
    """An opération of the outline; `repartition` is None while it presents no line."""

    operation: object
    repartition: object = None
    lignes: list = field(default_factory=list)

    @property
    def nouveau(self):
        return self.repartition.nouveau if self.repartition else ZERO


@dataclass
class ThematiqueDuPlan:
    thematique: object
    operations: list

    @property
    def nouveau(self):
        return sum((o.nouveau for o in self.operations), ZERO)


def droits(rapport, agent, attendue) -> dict:
    """What this agent may do now on this rapport."""
    return {
        "preparer": rapport.est_ouvert and agent.has_perm("deliberations.preparer"),
        "importer": rapport.est_ouvert and agent.has_perm("deliberations.importer"),
        "numeroter": rapport.peut_etre_numerote and agent.has_perm("deliberations.numeroter"),
        "viser": rapport.est_ouvert and attendue is not None and visas.peut_viser(agent, attendue),
        "adopter": rapport.etat == rapport.Etat.ENVOYE and agent.has_perm("deliberations.adopter"),
        "tenir_seance": not rapport.est_vote and agent.has_perm("deliberations.tenir_seance"),
        "envoyer": rapport.etat in (rapport.Etat.VISE, rapport.Etat.EN_COMMISSION)
        and agent.has_perm("deliberations.envoyer"),
        "rouvrir": rapport.etat in rapport.ENVOYES and agent.has_perm("deliberations.envoyer"),
        "donner_avis": rapport.recoit_les_avis and agent.has_perm("deliberations.change_avisdecommission"),
        "rediger": rapport.est_ouvert and agent.has_perm("deliberations.change_articleredige"),
        "rejeter": rapport.peut_etre_rejete and agent.has_perm("deliberations.adopter"),
    }


def contexte_rapport(request, rapport, partie="", refusee=RIEN) -> dict:
    """Context of `rapport.html` and of its htmx fragments. `refusee`: a Saisie to show again beside its field."""
    # Read once for what names them: numbers of the acts, documents, outline; calendar, list of the avis.
    avis = Prefetch("avis_commissions", AvisDeCommission.objects.select_related("commission"))
    prefetch_related_objects([rapport], "annexes", avis)
    repartition = repartir_rapport(rapport, avec_zeros=True)
    plan = _plan(rapport, repartition)
    circuit = visas.resume_circuit(rapport)
    attendue = next((e["etape"] for e in circuit if e["attendue"]), None)
    votee = _deliberation(rapport)
    pieces = documents.pieces(rapport)
    # A rapport that finances nothing (a revenue, acts to sign) has no annexe de répartition.
    apercu = "repartition" if any(p.cle == "repartition" for p in pieces) else "rapport"
    if votee and rapport.etat == rapport.Etat.ADOPTE and apercu == "repartition":
        _montrer_comme_vote(repartition, documents.contexte_actuel(rapport, "repartition"))
    imputations = _imputations(rapport, votee, repartition)
    contexte = {
        "rapport": rapport,
        "repartition": repartition,
        "plan": plan,
        "circuit": circuit,
        "calendrier": _calendrier(rapport, circuit),
        "etape_attendue": VisaRapport.Etape(attendue).label if attendue else "",
        "peut": droits(rapport, request.user, attendue),
        "prochain_envoi": envoi.etape(rapport),
        "imputations": imputations,
        "total_impute": sum((i.proposition for i in imputations), ZERO),
        "sources": repartition.par_source(),
        "annexes": numerotees(rapport),
        "recettes": list(rapport.recettes.select_related("inscription__ligne")),
        "deliberation": votee,
        "figes": _figes(votee),
        "refusee": refusee,
        "a_imputer": [ligne for ligne in repartition.lignes if ligne.a_imputer],
        "documents": [{"nature": p.cle, "titre": _titre(p), "formats": p.formats} for p in pieces],
        "apercu": apercu,
        "assemblages": [
            {"nature": cle, "titre": titre, "formats": dossier_de_seance.formats(rapport, cle)}
            for cle, titre in dossier_de_seance.ASSEMBLAGES.items()
        ],
        "adresse_des_actes": projets.adresse(rapport),
        "apercu_immediat": len(repartition.lignes) <= settings.DPID["lignes_en_tache_de_fond"],
    }
    if contexte["a_imputer"] and contexte["peut"]["preparer"]:
        ouvertes = AutorisationEngagement.objects.de_l_exercice(rapport.seance.exercice).avec_ligne()
        contexte["autorisations"] = list(ouvertes)
    return contexte | _partie(plan, repartition, partie)


def _titre(piece) -> str:
    return f"Annexe {piece.numero} : {piece.annexe.intitule}" if piece.annexe else TITRES[piece.nature]


def _calendrier(rapport, circuit):
    """The backward calendar while the vote is to come; no query."""
    if rapport.est_vote:
        return None
    return calendrier.du_rapport(rapport, [e["visa"] for e in circuit if e["visa"]])


def _montrer_comme_vote(repartition, fige: dict) -> None:
    """The words of the vote: a structure or a territoire renamed since keeps, here, the name that was voted."""
    votees = {ligne["cle"]: ligne for t in fige["thematiques"] for o in t["operations"] for ligne in o["lignes"]}
    for ligne in repartition.lignes:
        votee = votees.get(ligne.proposition.pk, {})
        for champ in ("territoires", "structure", "description", "instrument"):
            setattr(ligne, champ, votee.get(champ, getattr(ligne, champ)))


def _plan(rapport, repartition) -> list[ThematiqueDuPlan]:
    """The outline, empty parts included."""
    remplies = {o.operation.pk: o for t in repartition.thematiques for o in t.operations}
    thematiques = rapport.thematiques.select_related("thematique").prefetch_related("operations")
    return [ThematiqueDuPlan(t, [PartieDuPlan(o, remplies.get(o.pk)) for o in t.operations.all()]) for t in thematiques]


def _partie(plan, repartition, partie: str) -> dict:
    """The part chosen in the outline: `tout`, `t12` (thématique), `o34` (opération)."""
    operations = [o for t in plan for o in t.operations]
    defaut = (
        "tout" if len(repartition.lignes) <= LIGNES_D_UN_COUP or not operations else f"o{operations[0].operation.pk}"
    )
    partie = partie or defaut
    choisies = [t for t in plan if partie in ("tout", f"t{t.thematique.pk}")]
    if not choisies:
        choisies = [
            ThematiqueDuPlan(t.thematique, [o for o in t.operations if partie == f"o{o.operation.pk}"]) for t in plan
        ]
        choisies = [t for t in choisies if t.operations]
    return {"partie": partie, "parties": choisies}


def _deliberation(rapport):
    """The délibération once born (joined by `rapport_visible`), else None."""
    return getattr(rapport, "deliberation", None)


def _imputations(rapport, deliberation, repartition) -> list:
    """Before the vote, the live table; afterwards the rows as they were voted."""
    if deliberation is not None:
        return list(deliberation.imputations.select_related("autorisation"))
    return [] if rapport.est_vote else table.imputations(rapport, repartition.par_ae())


def _figes(deliberation) -> list:
    """Documents frozen by the vote, without their bytes."""
    if deliberation is None:
        return []
    return conservation.pieces_figees(deliberation)
