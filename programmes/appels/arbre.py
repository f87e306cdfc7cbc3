"""A call as the officers follow it: its dispositifs, their sessions, what is asked, proposed and retained."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils import timezone

from dpid.montants import ZERO
from dpid.typographie import accorder, date_courte
from programmes.models import AppelAProjets, Dispositif, Dossier, Financement, LigneDossier, SessionDepot
from programmes.models.fiche import PARIS


@dataclass
class Rang:
    """One dispositif of the call. Amounts in euros, of the dossiers that the agent sees."""

    dispositif: Dispositif
    sessions: list
    dossiers: int = 0
    demande: Decimal = ZERO
    propose: Decimal = ZERO
    retenu: Decimal = ZERO

    @property
    def fiche(self):
        return getattr(self.dispositif, "fiche", None)

    @property
    def enveloppe(self) -> Decimal | None:
        return self.fiche.enveloppe if self.fiche else None

    @property
    def est_depassee(self) -> bool:
        return self.enveloppe is not None and self.retenu > self.enveloppe


@dataclass(frozen=True)
class EtatDeSession:
    """How a window stands on a day: `signal` is the colour, `mot` the word, `detail` the figure."""

    session: SessionDepot
    signal: str
    mot: str
    detail: str


def etat_de_session(session: SessionDepot, le: date | None = None) -> EtatDeSession:
    """« Ouverte, encore 12 jours », « Close depuis le … », « Ouvre le … » (Europe/Paris)."""
    le = le or timezone.localdate(timezone=PARIS)
    if le > session.cloture:
        return EtatDeSession(session, "", "Close", f"depuis le {date_courte(session.cloture)}")
    if le < session.ouverture:
        return EtatDeSession(
            session, "", "À venir", f"du {date_courte(session.ouverture)} au {date_courte(session.cloture)}"
        )
    reste = (session.cloture - le).days
    if reste == 0:
        return EtatDeSession(session, "surveiller", "Ouverte", "dernier jour, jusqu’à 23 h 59")
    signal = "surveiller" if reste <= 7 else "temps"
    return EtatDeSession(
        session, signal, "Ouverte", f"encore {accorder(reste, 'jour')}, jusqu’au {date_courte(session.cloture)}"
    )


def tableau(appel: AppelAProjets, agent) -> list[tuple]:
    """`(thématique, rangs, total)` in the order of the call; a constant number of queries."""
    dispositifs = Dispositif.objects.filter(thematique__appel=appel).order_by("thematique__numero", "reference")
    dispositifs = dispositifs.select_related("thematique", "service", "fiche").prefetch_related("fiche__sessions")
    rangs = {
        d.pk: Rang(d, [etat_de_session(s) for s in d.fiche.sessions.all()] if hasattr(d, "fiche") else [])
        for d in dispositifs
    }
    vus = Dossier.objects.visibles_par(agent).filter(dispositif__thematique__appel=appel).order_by().values("pk")
    par = "dossier__dispositif"
    compte = Dossier.objects.filter(pk__in=vus).order_by().values("dispositif").annotate(n=Count("pk"))
    for r in compte:
        rangs[r["dispositif"]].dossiers = r["n"]
    lignes = LigneDossier.objects.filter(dossier__in=vus).order_by().values(par)
    for r in lignes.annotate(d=Sum("demande"), p=Sum("propose")):
        rang = rangs[r[par]]
        rang.demande, rang.propose = r["d"] or ZERO, r["p"] or ZERO
    finances = Financement.objects.filter(ligne__dossier__in=vus).order_by().values(f"ligne__{par}")
    for r in finances.annotate(t=Sum("montant")):
        rangs[r[f"ligne__{par}"]].retenu = r["t"] or ZERO
    groupes = [(t, [r for r in rangs.values() if r.dispositif.thematique_id == t.pk]) for t in appel.thematiques.all()]
    return [(t, siens, total(siens)) for t, siens in groupes]


def total(rangs) -> dict:
    """Sums of some rows (euros); `enveloppe` adds only those that exist."""
    return {
        "dossiers": sum(r.dossiers for r in rangs),
        "demande": sum((r.demande for r in rangs), ZERO),
        "propose": sum((r.propose for r in rangs), ZERO),
        "retenu": sum((r.retenu for r in rangs), ZERO),
        "enveloppe": sum((r.enveloppe for r in rangs if r.enveloppe is not None), ZERO),
        "relues": sum(r.fiche is not None and r.fiche.relue_le is not None for r in rangs),
        "dispositifs": len(rangs),
    }
