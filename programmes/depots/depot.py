"""The door of deposits: which window receives a dossier, what a late one becomes, what is taken from an older one.

The windows of a fiche close at 23:59 in Paris; a posted dossier counts from the day it was sent. A dossier that the
Département opens itself (avenant, initiative), or that completes an earlier call, has no window.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal, Role
from dpid.montants import ZERO
from programmes.models import (
    Dispositif,
    Dossier,
    LigneDossier,
    LigneTerritoire,
    Poste,
    Quantite,
    SessionDepot,
    Structure,
)
from programmes.models.fiche import PARIS

Etat, Origine = Dossier.Etat, Dossier.Origine
# Deposited by a structure, a dossier is first checked; opened by the Département, it is already instructed.
ETAT_INITIAL = {
    Origine.SESSION: Etat.DEPOSE,
    Origine.COMPLEMENT: Etat.DEPOSE,
    Origine.AVENANT: Etat.EN_INSTRUCTION,
    Origine.INITIATIVE: Etat.EN_INSTRUCTION,
    Origine.REPRISE: Etat.EN_INSTRUCTION,
}
TITRES = {
    Origine.SESSION: "Déposer le dossier",
    Origine.COMPLEMENT: "Déposer un élément complémentaire",
    Origine.AVENANT: "Ouvrir une demande d’avenant",
    Origine.INITIATIVE: "Ouvrir à l’initiative du Département",
    Origine.REPRISE: "Reprendre d’un tableau",
}
# A deposit may be moved while nobody has judged it receivable.
REPORTABLES = (Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET)
# Between the clock of the browser and ours.
AVANCE_TOLEREE = timedelta(minutes=5)


class HorsSession(ActeRefuse):
    """The deposit falls in no window; `suivante` is the next session that could take it, or None."""

    def __init__(self, phrase: str, suivante: SessionDepot | None = None):
        super().__init__(phrase)
        self.suivante = suivante


def sessions_de(dispositif) -> list[SessionDepot]:
    """Windows of the fiche, in the order of their opening; none when the dispositif has no fiche."""
    return list(SessionDepot.objects.filter(fiche__dispositif=dispositif).order_by("ouverture", "pk"))


def placer(sessions: list[SessionDepot], depose_le: datetime | None) -> SessionDepot | None:
    """The session that receives a deposit made at that instant (aware).

    None when the call publishes no window, or when the instant is not known. Raises HorsSession.
    """
    if not sessions or depose_le is None:
        return None
    trouvee = next((s for s in sessions if s.accueille(depose_le)), None)
    if trouvee is not None:
        return trouvee
    jour = depose_le.astimezone(PARIS).date()
    suivante = min((s for s in sessions if s.ouverture > jour), key=lambda s: s.ouverture, default=None)
    closes = [s for s in sessions if s.cloture < jour]
    quand = instant(depose_le)
    if not closes:
        raise HorsSession(f"Dépôt du {quand} : trop tôt, la {suivante} n’est pas ouverte.", suivante)
    derniere = max(closes, key=lambda s: s.cloture)
    suite = f" La session suivante ouvre le {suivante.ouverture:%d/%m/%Y}." if suivante else ""
    raise HorsSession(
        f"Dépôt du {quand} : trop tard, la session {derniere.ordre} s’est close le "
        f"{derniere.cloture:%d/%m/%Y} à 23\u00a0h\u00a059 (heure de Paris).{suite}",
        suivante,
    )


def instant(moment: datetime) -> str:
    """`31/01/2024 à 23 h 59`, in Paris."""
    local = moment.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {local:%H}\u00a0h\u00a0{local:%M}"


def refuser_le_futur(depose_le: datetime) -> None:
    """Raise ActeRefuse for a deposit dated after now."""
    if depose_le > timezone.now() + AVANCE_TOLEREE:
        raise ActeRefuse(f"Un dépôt ne se date pas du futur : {instant(depose_le)}.")


def proposables(agent):
    """Dispositifs whose dossiers this agent would see: an instructor does not lose what was just created."""
    if set(agent.roles) - {Role.TERRITOIRE, Role.INSTRUCTION}:
        return Dispositif.objects.all()
    return Dispositif.objects.filter(service__agents=agent)


@transaction.atomic
def deposer(
    *, par, structure, dispositif, intitule="", origine=Origine.SESSION, canal=Dossier.Canal.SAISIE, depose_le=None,
    contact_le=None, contact_avec="", copie_de=None, reporter=False, motif="", jeton="", donnees=None,
) -> tuple[Dossier, bool]:  # fmt: skip
    """Create a dossier in the first state of its origin, with one journal row. Returns (dossier, is it new).

    `jeton`: the same key twice is the same deposit. `reporter`: move a late deposit to the next session, with its
    `motif` and its own journal row. Raises HorsSession, ActeRefuse.
    """
    existant = deja_cree(Dossier, par, jeton) if jeton else None
    if existant:
        return Dossier.objects.get(pk=existant), False
    structure = Structure.objects.select_for_update().get(pk=structure.pk)
    if structure.fusionnee_dans_id:  # merged while the form was typed: nothing more is hung on it
        raise ActeRefuse(f"{structure} est fusionnée dans {structure.fusionnee_dans} : déposez le dossier là.")
    depose_le = depose_le or timezone.now()
    refuser_le_futur(depose_le)
    session, refus = None, None
    if origine == Origine.SESSION:
        try:
            session = placer(sessions_de(dispositif), depose_le)
        except HorsSession as hors:
            if not reporter or hors.suivante is None:
                raise
            session, refus = hors.suivante, hors
            _exiger_motif(motif)
    dossier = Dossier(
        structure=structure, dispositif=dispositif, intitule=intitule, origine=origine, canal=canal,
        depose_le=depose_le, session=session, est_reporte=refus is not None, copie_de=copie_de,
        etat=ETAT_INITIAL[origine], contact_le=contact_le, contact_avec=contact_avec,
    )  # fmt: skip
    dossier.full_clean(exclude=["etat"])
    dossier.save()
    Journal.noter(
        dossier, "creer", TITRES[origine], par=par, vers=dossier.etat, donnees={"jeton": jeton, **(donnees or {})}
    )
    if refus is not None:
        noter_report(dossier, par=par, motif=f"{motif} — {refus}")
    return dossier, True


@transaction.atomic
def reporter(dossier: Dossier, session: SessionDepot, *, par, motif: str) -> Dossier:
    """Move a deposit to a later session of its dispositif; one journal row. Raises ActeRefuse."""
    _exiger_motif(motif)
    verrouille = Dossier.verrouiller(dossier.pk)
    if verrouille.origine != Origine.SESSION or verrouille.etat not in REPORTABLES:
        raise ActeRefuse(f"Le {verrouille} ne se reporte plus : il est « {verrouille.get_etat_display()} ».")
    if session.fiche.dispositif_id != verrouille.dispositif_id:
        raise ActeRefuse("Cette session est celle d’un autre dispositif.")
    depuis = verrouille.session.ouverture if verrouille.session_id else verrouille.depose_le.astimezone(PARIS).date()
    if session.ouverture <= depuis:
        raise ActeRefuse("Un dossier se reporte à une session qui ouvre plus tard.")
    verrouille.session, verrouille.est_reporte = session, True
    verrouille.save()
    noter_report(verrouille, par=par, motif=motif)
    dossier.relire(verrouille)
    return dossier


def noter_report(dossier, *, par, motif: str) -> None:
    """The one journal row of a deposit moved to another session."""
    Journal.noter(
        dossier, "reporter", "Reporter à la session suivante", par=par, motif=motif,
        donnees={"session": str(dossier.session)},
    )  # fmt: skip


def sessions_ulterieures(dossier) -> list[SessionDepot]:
    """Where this deposit could be moved."""
    if dossier.origine != Origine.SESSION or dossier.etat not in REPORTABLES or not dossier.depose_le:
        return []
    depuis = dossier.session.ouverture if dossier.session_id else dossier.depose_le.astimezone(PARIS).date()
    return [s for s in sessions_de(dossier.dispositif_id) if s.ouverture > depuis]


def suites(dossier, agent) -> list[dict]:
    """What may be opened from this dossier: title and name of the page. One query, while it may still be moved."""
    possibles = []
    if agent.has_perm("programmes.add_dossier"):
        possibles.append({"titre": "Reprendre pour une nouvelle demande", "vue": "dossier_reconduire"})
        if dossier.etat == Etat.VOTE:
            possibles.append({"titre": "Ouvrir une demande d’avenant", "vue": "dossier_avenant"})
    if agent.has_perm("programmes.instruire") and sessions_ulterieures(dossier):
        possibles.append({"titre": "Reporter à une session ultérieure", "vue": "dossier_reporter"})
    return possibles


def _exiger_motif(motif: str) -> None:
    if not motif.strip():
        raise ActeRefuse("Reporter un dossier à une autre session se motive : dites pourquoi.")


# --- From an older dossier --------------------------------------------------------------------------------------------


@transaction.atomic
def reconduire(source: Dossier, *, dispositif, par, **options) -> tuple[Dossier, bool]:
    """A new dossier made from last year's: structure, intitulé, lines (territoires, quantités, periods moved to the
    new year) and budget. The amounts asked, here and of the Département, are to be entered again."""
    dossier, est_nouveau = deposer(
        par=par, structure=source.structure, dispositif=dispositif, intitule=source.intitule, copie_de=source,
        donnees={"repris_de": source.pk}, **options,
    )  # fmt: skip
    if est_nouveau:
        ecart = dispositif.thematique.appel.annee - source.dispositif.thematique.appel.annee
        for ligne in source.lignes.prefetch_related("placements", "quantites"):
            _copier_ligne(ligne, dossier, {"debut": decaler(ligne.debut, ecart), "fin": decaler(ligne.fin, ecart)})
        _copier_budget(source, dossier)
    return dossier, est_nouveau


@transaction.atomic
def ouvrir_avenant(source: Dossier, *, par, **options) -> tuple[Dossier, bool]:
    """A request that amends a voted dossier: its lines carry the act they amend and the amount that it had."""
    if source.etat != Etat.VOTE:
        raise ActeRefuse(f"Un avenant modifie un acte voté : le {source} est « {source.get_etat_display()} ».")
    dossier, est_nouveau = deposer(
        par=par, structure=source.structure, dispositif=source.dispositif, intitule=source.intitule, copie_de=source,
        origine=Origine.AVENANT, donnees={"avenant_de": source.pk}, **options,
    )  # fmt: skip
    if est_nouveau:
        for ligne in source.lignes.avec_retenu().prefetch_related("placements", "quantites"):
            _copier_ligne(ligne, dossier, {
                "debut": ligne.debut, "fin": ligne.fin, "nature_acte": LigneDossier.NatureActe.AVENANT,
                "acte_initial_numero": ligne.acte_initial_numero, "acte_initial_le": ligne.acte_initial_le,
                "numero_avenant": (ligne.numero_avenant or 0) + 1,
                "ancien_montant": (ligne.ancien_montant or ZERO) + ligne.retenu,
            })  # fmt: skip
    return dossier, est_nouveau


def successeurs(dispositif) -> list:
    """Dispositifs that continue this one, the nearest year first."""
    trouves, courants, vus = [], [dispositif.pk], {dispositif.pk}
    while courants:
        suivants = list(
            Dispositif.objects.filter(precedent__in=courants)
            .exclude(pk__in=vus)
            .select_related("thematique__appel")
            .order_by("thematique__appel__annee", "reference")
        )
        courants = [d.pk for d in suivants]
        vus |= set(courants)
        trouves += suivants
    return trouves


def decaler(jour: date | None, annees: int) -> date | None:
    """The same day `annees` years later; 29 February becomes 28 in a common year."""
    if jour is None:
        return None
    return ajouter_mois(jour, 12 * annees)


def _copier_ligne(ligne, dossier, valeurs: dict) -> None:
    copie = LigneDossier(dossier=dossier, ordre=ligne.ordre, description=ligne.description, **valeurs)
    copie.save()
    LigneTerritoire.objects.bulk_create(
        LigneTerritoire(ligne=copie, territoire_id=p.territoire_id, ordre=p.ordre) for p in ligne.placements.all()
    )
    Quantite.objects.bulk_create(
        Quantite(ligne=copie, valeur=q.valeur, unite=q.unite) for q in ligne.quantites.all()
    )  # fmt: skip


def _copier_budget(source, dossier) -> None:
    """Every poste, none of them confirmed any more; what was asked of the Département goes back to 0 €."""
    Poste.objects.bulk_create(
        Poste(
            dossier=dossier, ordre=p.ordre, sens=p.sens, nature=p.nature, libelle=p.libelle,
            montant=ZERO if p.nature == Poste.Nature.DEPARTEMENT else p.montant,
        )
        for p in source.postes.all()
    )  # fmt: skip
