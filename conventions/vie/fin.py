"""The end of a convention before its term: what is engaged and will not be paid is given back, what is awaited no more
falls. Called by the verbs of `Convention`, in their transaction."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from budget.models import AutorisationEngagement, Mouvement
from budget.mouvements import Ecriture, N, enregistrer
from conventions.models import Acte, Echeance, Versement
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import ZERO, euros, repartir
from dpid.typographie import date_courte

Nature = Echeance.Nature
# What remains due of a convention that has ended: the accounts of what was paid.
RESTENT_DUES = (Nature.BILAN, Nature.COMPTE_RENDU, Nature.PUBLICATION)


@dataclass(frozen=True)
class Reste:
    """What the acts of a convention engage on one AE, and what is known as paid of it (euros)."""

    autorisation: AutorisationEngagement
    engage: Decimal
    verse: Decimal

    @property
    def montant(self) -> Decimal:
        return self.engage - self.verse


def restes(convention) -> list[Reste]:
    """By AE that its acts still engage, in their order. Payments are known by exercice of AE: they are told by AE in
    proportion of what each engages."""
    actes = list(convention.actes.signes().order_by("pk"))
    siens = Q(cle__startswith=f"{_cle(convention)}:")
    for acte in actes:
        siens |= Q(cle__startswith=f"engagement-acte-{acte.pk}:")
    sommes = defaultdict(lambda: ZERO)
    for m in Mouvement.objects.filter(siens).select_related("autorisation__ligne"):
        sommes[m.autorisation] += m.montant
    engages = {ae: montant for ae, montant in sommes.items() if montant}
    verses = _verses(actes)
    trouves = []
    for millesime in sorted({ae.millesime for ae in engages}):
        siennes = sorted((ae for ae in engages if ae.millesime == millesime), key=lambda ae: ae.pk)
        poids = [engages[ae] for ae in siennes]
        parts = repartir(min(verses[millesime], sum(poids)), poids)
        trouves += [Reste(ae, engages[ae], part) for ae, part in zip(siennes, parts, strict=True)]
    return trouves


def _verses(actes) -> dict:
    """{exercice of AE: euros} of the instalments said to be paid, by the act or by the échéance that awaited them."""
    faites = Echeance.objects.filter(acte__in=actes, nature=Nature.VERSEMENT, faite_le__isnull=False)
    faites = set(faites.values_list("acte", "libelle"))
    sommes = defaultdict(lambda: ZERO)
    for v in Versement.objects.filter(acte__in=actes, exercice_ae__isnull=False):
        if v.est_verse or (v.acte_id, f"{v.get_type_display()} {v.ordre}") in faites:
            sommes[v.exercice_ae] += v.montant
    return sommes


def _cle(convention) -> str:
    return f"degagement-convention-{convention.pk}"


def terminer(convention, *, par, motif, le: date, titre: str, degagements=None) -> None:
    """`degagements`: {id of the AE: euros} given back, all that is engaged and not known as paid when it is not said.
    `titre`: « Résiliation », « Dénonciation ». Raises ActeRefuse."""
    if not motif.strip():
        raise ActeRefuse("Dites pourquoi la convention prend fin.")
    _refuser_si_inacheve(convention, le)
    dus = {r.autorisation.pk: r for r in restes(convention)}
    voulus = {pk: r.montant for pk, r in dus.items()} if degagements is None else degagements
    for pk, montant in voulus.items():
        if pk not in dus or montant > dus[pk].engage:
            engage = euros(dus[pk].engage if pk in dus else ZERO, True)
            raise ActeRefuse(f"On ne dégage pas plus que ce que la convention engage : {engage}.")
    enregistrer(
        [Ecriture(pk, N.DEGAGEMENT, montant) for pk, montant in voulus.items()], par=par, le=le, motif=motif,
        piece=f"{titre} de la {convention}"[:200], cle=_cle(convention),
    )  # fmt: skip
    _clore_les_echeances(convention, par=par, motif=motif, le=le, titre=titre)


def _refuser_si_inacheve(convention, le) -> None:
    if le > timezone.localdate():
        raise ActeRefuse(f"La date du {date_courte(le)} est dans le futur : la fin se saisit quand elle a pris effet.")
    for acte in convention.actes.signes().order_by("rang"):
        if acte.etat == Acte.Etat.SIGNE:
            raise ActeRefuse(f"Notifiez d’abord l’acte signé qui ne l’est pas encore : {acte}.")
        if acte.signe_le > le:
            signe = date_courte(acte.signe_le)
            raise ActeRefuse(f"La date du {date_courte(le)} précède la signature de l’acte ({signe}) : {acte}.")


def _clore_les_echeances(convention, *, par, motif, le, titre) -> None:
    """What was awaited after that day falls, except the accounts; the end is that day."""
    attendues = convention.echeances.filter(faite_le__isnull=True)
    tombees = attendues.filter(Q(nature=Nature.FIN) | Q(le__gt=le) & ~Q(nature__in=RESTENT_DUES))
    dites = [str(e) for e in tombees]
    tombees.delete()
    initial = convention.actes.signes().order_by("rang").first()
    if initial:
        Echeance.objects.create(
            convention=convention, acte=initial, nature=Nature.FIN, libelle=f"{titre} de la convention", le=le,
            regle=motif[:250],
        )  # fmt: skip
    if dites:
        Journal.noter(
            convention, "clore", "Clore les échéances devenues sans objet", par=par, motif=titre,
            donnees={"echeances": dites},
        )  # fmt: skip
