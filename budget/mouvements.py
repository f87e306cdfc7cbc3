"""The single door to the ledger: writing acts that consume or give back an AE.

Order inside the transaction: movements inserted first, then one conditional UPDATE per AE in ascending pk (no
deadlock between two acts), then the balance re-read at every later date. The database constraint is the second net.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from budget.models import AutorisationEngagement, Mouvement
from dpid.erreurs import ActeRefuse, CreditInsuffisant
from dpid.montants import ZERO, arrondir, euros, montant

N, C = Mouvement.Nature, Mouvement.Compteur
# nature → (counter, sign); a zero sign lets the amount carry its own (a DM may lower an AE, a correction undo a row)
SENS = {
    N.VOTE: (C.VOTE, 0),
    N.RESERVATION: (C.RESERVE, 1),
    N.LEVEE: (C.RESERVE, -1),
    N.AFFECTATION: (C.AFFECTE, 1),
    N.HORS_APPLICATION: (C.AFFECTE, 0),
    N.DESAFFECTATION: (C.AFFECTE, -1),
    N.ENGAGEMENT: (C.ENGAGE, 1),
    N.DEGAGEMENT: (C.ENGAGE, -1),
}


@dataclass(frozen=True)
class Ecriture:
    """One act on one AE; `montant` in euros, positive unless the nature is a vote or an outside affectation."""

    autorisation_id: int
    nature: str
    montant: Decimal

    @property
    def compteur(self) -> str:
        return SENS[self.nature][0]

    @property
    def montant_signe(self) -> Decimal:
        signe = SENS[self.nature][1]
        if signe and self.montant < 0:
            raise ValueError("Le montant d’un acte est positif : sa nature donne le signe.")
        return arrondir(self.montant * (signe or 1))


def enregistrer(ecritures, *, par, piece: str, cle: str, le: date, motif: str = "") -> bool:
    """Write all `ecritures` or none. `cle` makes the act idempotent: True when written, False when already done.

    Raises CreditInsuffisant (with the shortfall to the centime) or ActeRefuse (caducité, future date).
    """
    ecritures = sorted((e for e in ecritures if e.montant), key=lambda e: e.autorisation_id)
    if le > timezone.localdate():
        raise ActeRefuse(f"Un mouvement ne prend pas effet dans le futur ({le:%d/%m/%Y}).")
    if Mouvement.objects.filter(cle=f"{cle}:0").exists():
        return False
    try:
        with transaction.atomic():
            _ecrire(ecritures, par=par, piece=piece, cle=cle, le=le, motif=motif)
    except IntegrityError:
        if Mouvement.objects.filter(cle=f"{cle}:0").exists():
            return False  # the same act, sent twice at the same instant: the other one won
        raise
    return True


def _ecrire(ecritures, *, par, piece, cle, le, motif):
    deltas: dict[int, dict] = defaultdict(lambda: defaultdict(Decimal))
    lignes = []
    for rang, e in enumerate(ecritures):
        deltas[e.autorisation_id][e.compteur] += e.montant_signe
        lignes.append(
            Mouvement(
                autorisation_id=e.autorisation_id,
                compteur=e.compteur,
                nature=e.nature,
                montant=e.montant_signe,
                date_effet=le,
                piece=piece[:200],
                motif=motif,
                par=par,
                cle=f"{cle}:{rang}",
            )
        )
    Mouvement.objects.bulk_create(lignes)
    for pk in sorted(deltas):
        _appliquer(pk, deltas[pk], le)


def _appliquer(pk: int, delta: dict, le: date):
    """Conditional UPDATE of one AE, then the same stop at every date from `le`."""
    vote, reserve, affecte, engage = (delta.get(c, ZERO) for c in AutorisationEngagement.COMPTEURS)
    ouvertes = AutorisationEngagement.objects.filter(
        pk=pk,
        vote__gte=F("affecte") + F("reserve") + montant(affecte + reserve - vote),
        affecte__gte=F("engage") + montant(engage - affecte),
        reserve__gte=montant(-reserve),
        engage__gte=montant(-engage),
    )
    # An adoption lifts a reservation and affects as much: the net is 0, the AE is nonetheless consumed.
    if affecte > 0 or reserve > 0:
        ouvertes = ouvertes.exclude(caduque_le__lte=le)
    valeurs = {c: F(c) + montant(delta[c]) for c in delta}
    if not ouvertes.update(**valeurs):
        # Credits may have been given back since that UPDATE: once more under lock, so that no refusal is needless.
        ae = AutorisationEngagement.objects.select_for_update(of=("self",), no_key=True).select_related("ligne")
        tenue = ae.get(pk=pk)
        if not ouvertes.update(**valeurs):
            _refuser(tenue, delta, le)
    if Mouvement.objects.filter(autorisation_id=pk, date_effet__gt=le).exists():
        _controler_dates(pk, le)


def _refuser(ae, delta: dict, le: date):
    if ae.caduque_le and ae.caduque_le <= le:
        raise ActeRefuse(f"{ae} est caduque depuis le {ae.caduque_le:%d/%m/%Y} : imputez sur une AE ouverte.")
    libre = ae.vote - ae.affecte - ae.reserve
    demande = delta.get(C.AFFECTE, ZERO) + delta.get(C.RESERVE, ZERO) - delta.get(C.VOTE, ZERO)
    if demande > libre:
        raise CreditInsuffisant(
            f"Crédit insuffisant sur {ae} « {ae.intitule} » : disponible {euros(libre, True)}, demandé "
            f"{euros(demande, True)}, il manque {euros(demande - libre, True)}. Réduisez le montant, changez "
            "d’imputation ou demandez une décision modificative.",
            manque=demande - libre,
        )
    raise ActeRefuse(
        f"Mouvement impossible sur {ae} : affecté {euros(ae.affecte, True)}, dont engagé {euros(ae.engage, True)}, "
        f"réservé {euros(ae.reserve, True)}. On ne rend pas plus que ce qui est tenu."
    )


def _controler_dates(pk: int, le: date):
    """The stop holds at every date: a back-dated act must leave the later balances positive."""
    cumul = dict.fromkeys(AutorisationEngagement.COMPTEURS, ZERO)
    jours = defaultdict(list)
    sommes = Mouvement.objects.filter(autorisation_id=pk).order_by("date_effet").values("date_effet", "compteur")
    for s in sommes.annotate(total=Sum("montant")):
        jours[s["date_effet"]].append((s["compteur"], s["total"]))
    for jour, totaux in jours.items():
        for compteur, total in totaux:
            cumul[compteur] += total
        libre = cumul["vote"] - cumul["affecte"] - cumul["reserve"]
        if jour >= le and libre < 0:
            ae = AutorisationEngagement.objects.select_related("ligne").get(pk=pk)
            raise CreditInsuffisant(
                f"Crédit insuffisant sur {ae} à la date du {jour:%d/%m/%Y} : il manquerait {euros(-libre, True)}. "
                f"Un acte daté du {le:%d/%m/%Y} doit tenir aussi dans les soldes des jours suivants.",
                manque=-libre,
            )
        if jour >= le and cumul["engage"] > cumul["affecte"]:
            raise ActeRefuse(
                f"À la date du {jour:%d/%m/%Y}, l’engagé ({euros(cumul['engage'], True)}) dépasserait l’affecté "
                f"({euros(cumul['affecte'], True)}) : on n’engage que ce qui est déjà affecté."
            )
