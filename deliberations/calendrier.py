"""The backward calendar of a séance: every date by which a rapport must have moved on, counted from the meeting.

The delays are settings of the département, written here once with where they come from. What proves that a step is
done is read from the rapport itself; nobody ticks a box.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from deliberations.models import AvisDeCommission, Rapport, Seance, VisaRapport
from deliberations.visas import avec_visas_donnes
from dpid.calendrier import ajouter_jours_ouvres, est_ouvre
from dpid.models import Role
from dpid.typographie import accorder
from programmes.models import Avis

# --- Delays in force since 01/01/2024. « Jours francs »: neither the day of the sending nor that of the séance counts.
JOURS_FRANCS_MEMBRES = 12
SOURCE_MEMBRES = {
    "CD": "CGCT, art. L. 3121-19 : douze jours au moins avant la réunion",
    "": "même délai que l’assemblée (CGCT, art. L. 3121-19) ; le règlement intérieur peut le réduire",
}
# Délibérations publiées de 2022 à 2024: the commissions gave their avis 13 to 22 days before the séance.
JOURS_COMMISSIONS, JOURS_AVIS_COMMISSIONS = 22, 13
SOURCE_COMMISSIONS = "avis de commission rendus 13 à 22 jours avant la séance, délibérations publiées de 2022 à 2024"
# Working days left to each signatory of the circuit, then to those who propose once the avis are in.
OUVRES_PAR_VISA, OUVRES_POUR_PROPOSER, OUVRES_ORDRE_DU_JOUR = 3, 10, 1
SOURCE_CIRCUIT = f"{OUVRES_PAR_VISA} jours ouvrés par signataire du circuit (réglage du service)"
SOURCE_AVIS = f"{OUVRES_POUR_PROPOSER} jours ouvrés pour proposer et arbitrer (réglage du service)"
SOURCE_ORDRE = f"{OUVRES_ORDRE_DU_JOUR} jour ouvré avant l’envoi aux membres (réglage du service)"
# From how many working days before its date a step asks to be watched.
OUVRES_A_SURVEILLER = 5
ASSEMBLEES, PREPARATEUR = "Secrétariat des assemblées", "Service instructeur"
SEANCES_MONTREES = 3
SUIVENT = (Role.INSTRUCTION, Role.DIRECTION, Role.BUDGET, Role.ASSEMBLEES, Role.ADMINISTRATION)


class Etat(Enum):
    """`(css class of the shape, word)`: colour never says anything alone."""

    FAIT = ("temps", "fait")
    A_TEMPS = ("temps", "à temps")
    A_SURVEILLER = ("surveiller", "à surveiller")
    BLOQUE = ("bloque", "bloqué")

    @property
    def signal(self) -> str:
        return self.value[0]

    @property
    def mot(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Etape:
    """A date to hold. `cle` says what proves it; `tenue_par` who moves it; `source` where the delay comes from."""

    cle: str
    titre: str
    le: date
    tenue_par: str
    source: str


@dataclass(frozen=True)
class Jalon:
    """A step as it stands on a day: `retard` in calendar days when it is past and not done; `detail` says by whom."""

    etape: Etape
    etat: Etat
    detail: str = ""
    retard: int = 0


def _ouvre_au_plus_tard(jour: date) -> date:
    """The last working day not after `jour`."""
    return jour if est_ouvre(jour) else ajouter_jours_ouvres(jour, -1)


def etapes(seance: Seance) -> list[Etape]:
    """The calendar of a séance, first date first; the séance itself comes last. No query beyond its instance."""
    le, code = seance.date, seance.instance.code
    membres = _ouvre_au_plus_tard(le - timedelta(JOURS_FRANCS_MEMBRES + 1))
    ordre = ajouter_jours_ouvres(membres, -OUVRES_ORDRE_DU_JOUR)
    avis_rendus = _ouvre_au_plus_tard(le - timedelta(JOURS_AVIS_COMMISSIONS))
    commissions = _ouvre_au_plus_tard(le - timedelta(JOURS_COMMISSIONS))
    source = SOURCE_MEMBRES.get(code, SOURCE_MEMBRES[""])
    a_rebours = [
        Etape("seance", "Séance, vote enregistré", le, ASSEMBLEES, "date de la séance"),
        Etape("membres", "Rapport envoyé aux membres", membres, ASSEMBLEES, source),
        Etape("ordre_du_jour", "Ordre du jour arrêté, rapport numéroté", ordre, ASSEMBLEES, SOURCE_ORDRE),
        Etape("avis_commissions", "Avis des commissions enregistré", avis_rendus, PREPARATEUR, SOURCE_COMMISSIONS),
        Etape("commissions", "Rapport visé, envoyé aux commissions", commissions, ASSEMBLEES, SOURCE_COMMISSIONS),
    ]
    jour = commissions
    for visa in reversed(settings.DPID["circuit_visas"]):
        jour = ajouter_jours_ouvres(jour, -OUVRES_PAR_VISA)
        titre = f"Visa « {VisaRapport.Etape(visa).label} »"
        a_rebours.append(Etape(f"visa_{visa}", titre, jour, VisaRapport.Etape(visa).label, SOURCE_CIRCUIT))
    jour = ajouter_jours_ouvres(jour, -OUVRES_PAR_VISA)
    a_rebours.append(Etape("arbitrage", "Fin de l’arbitrage", jour, PREPARATEUR, SOURCE_CIRCUIT))
    jour = ajouter_jours_ouvres(jour, -OUVRES_POUR_PROPOSER)
    a_rebours.append(Etape("avis", "Derniers avis rendus", jour, "Territoires et services", SOURCE_AVIS))
    return sorted(a_rebours, key=lambda e: (e.le, e.cle == "seance"))


@dataclass(frozen=True)
class Suivi:
    """What the calendar reads of a rapport: the steps already visées, whether a commission gave its avis."""

    rapport: Rapport
    visas: frozenset[str]
    avis_rendus: bool

    @classmethod
    def de(cls, rapport) -> "Suivi":
        """From a row of `avec_jalons`."""
        return cls(rapport, frozenset(rapport.visas_donnes), rapport.avis_rendus)


def jalons(seance: Seance, suivis: list[Suivi], *, avis_attendus: int = 0, le: date | None = None) -> list[Jalon]:
    """Each step of the séance as its rapports stand.

    `avis_attendus`: avis still awaited on dossiers that no rapport presents yet.
    """
    le = le or timezone.localdate()
    restes = {
        "avis": lambda: accorder(avis_attendus, "avis attendu", "avis attendus") if avis_attendus else "",
        "arbitrage": lambda: _restants(suivis, lambda s: s.visas or s.rapport.etat != Rapport.Etat.PREPARATION),
        "commissions": lambda: _restants(suivis, lambda s: s.rapport.etat in Rapport.ENVOYES),
        "avis_commissions": lambda: _restants(suivis, lambda s: s.avis_rendus),
        "ordre_du_jour": lambda: _restants(suivis, lambda s: not s.rapport.est_provisoire),
        "membres": lambda: _restants(suivis, lambda s: s.rapport.etat == Rapport.Etat.ENVOYE),
        "seance": lambda: _restants(suivis, lambda s: s.rapport.est_vote),
    }
    for visa in settings.DPID["circuit_visas"]:
        restes[f"visa_{visa}"] = lambda v=visa: _restants(suivis, lambda s: v in s.visas)
    return [_jalon(e, restes[e.cle](), le) for e in etapes(seance)]


def _restants(suivis, est_fait) -> str:
    """« rapports 64, 65 » when some are not there yet; adopted and rejected ones are past every step."""
    if not suivis:
        return "aucun rapport ouvert"
    manquants = [s.rapport.numero for s in suivis if not s.rapport.est_vote and not est_fait(s)]
    return f"rapport{'s' if len(manquants) > 1 else ''} {', '.join(manquants)}" if manquants else ""


def _jalon(etape: Etape, reste: str, le: date) -> Jalon:
    if not reste:
        return Jalon(etape, Etat.FAIT)
    if etape.le < le:
        return Jalon(etape, Etat.BLOQUE, reste, (le - etape.le).days)
    proche = ajouter_jours_ouvres(etape.le, -OUVRES_A_SURVEILLER) <= le
    return Jalon(etape, Etat.A_SURVEILLER if proche else Etat.A_TEMPS, reste)


def avec_jalons(rapports):
    """A QuerySet of rapports with what the calendar reads of them, in the same query."""
    avis = AvisDeCommission.objects.filter(rapport=OuterRef("pk"))
    return avec_visas_donnes(rapports).annotate(avis_rendus=Exists(avis))


def avec_avis_attendus(seances, agent):
    """`avis_attendus`: avis awaited on the dossiers of the calls up to the year of the séance, that this agent sees."""
    attendus = Avis.objects.visibles_par(agent).attendus().order_by()
    attendus = attendus.filter(dossier__dispositif__thematique__appel__annee__lte=OuterRef("date__year"))
    nombre = attendus.annotate(tous=Value(1)).values("tous").annotate(n=Count("pk")).values("n")
    return seances.annotate(avis_attendus=Coalesce(Subquery(nombre), 0))


@dataclass(frozen=True)
class Calendrier:
    """The steps of one séance, and what its title says."""

    seance: Seance
    jalons: list[Jalon]

    @property
    def bloques(self) -> int:
        return sum(j.etat == Etat.BLOQUE for j in self.jalons)

    @property
    def prochain(self) -> Jalon | None:
        """The first step that is not done."""
        return next((j for j in self.jalons if j.etat != Etat.FAIT), None)


def a_suivre(agent) -> list[Calendrier]:
    """The séances to come, and those already held whose rapports still wait for their vote; two queries."""
    jour = timezone.localdate()
    attendus = Rapport.objects.visibles_par(agent).a_voter()
    seances = Seance.objects.filter(Q(date__gte=jour) | Q(pk__in=attendus.order_by().values("seance")))
    seances = avec_avis_attendus(seances.select_related("instance"), agent).order_by("date")
    seances = list(seances[:SEANCES_MONTREES])
    if not seances:
        return []
    suivis = defaultdict(list)
    visibles = Rapport.objects.visibles_par(agent).filter(seance__in=seances).select_related("seance__instance")
    for rapport in avec_jalons(visibles).order_by("numero"):
        suivis[rapport.seance_id].append(Suivi.de(rapport))
    return [Calendrier(s, jalons(s, suivis[s.pk], avis_attendus=s.avis_attendus, le=jour)) for s in seances]


def de_la_seance(seance, rapports) -> Calendrier | None:
    """The calendar of a séance to come, or held while one of its rapports still waits for its vote; no query: `seance`
    comes from `avec_avis_attendus`, its `rapports` from `avec_jalons`."""
    jour = timezone.localdate()
    if seance.date < jour and all(r.est_vote for r in rapports):
        return None
    return Calendrier(
        seance, jalons(seance, [Suivi.de(r) for r in rapports], avis_attendus=seance.avis_attendus, le=jour)
    )


def du_bloc(request) -> dict | None:
    """For « À faire » of those who take a rapport to its séance."""
    if not request.user.a_role(*SUIVENT):
        return None
    calendriers = a_suivre(request.user)
    return {"calendriers": calendriers} if calendriers else None


def du_rapport(rapport, visas) -> Calendrier:
    """The calendar of one rapport, from the visas already read for its page: no query. Its dossiers are proposed,
    hence their avis are all given or past."""
    suivi = Suivi(rapport, frozenset(v.etape for v in visas), bool(rapport.avis_commissions.all()))
    return Calendrier(rapport.seance, jalons(rapport.seance, [suivi]))
