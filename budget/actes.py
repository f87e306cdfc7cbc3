"""Acts on the budget typed by finances: vote of an AE, affectation made outside the application, constat."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from budget.models import AutorisationEngagement, DisponibleConstate, Mouvement
from budget.mouvements import Ecriture, N, enregistrer
from budget.situation import soldes_au
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import ZERO, chaine


@transaction.atomic
def ouvrir_ae(*, ligne, millesime, exercice_fin=None, par, montant, le, piece, motif="", cle):
    """Vote the AE of a line and millésime (euros), created with its first vote: an AE without a vote is nothing.

    Returns (AE, True when written). Raises ActeRefuse when the AE exists: it then takes a décision modificative.
    """
    existante = AutorisationEngagement.objects.filter(ligne=ligne, millesime=millesime).first()
    if existante is not None:
        if Mouvement.objects.filter(autorisation=existante, cle=f"vote-{cle}:0").exists():
            return existante, False
        raise ActeRefuse(
            f"L’AE {existante} existe déjà : saisissez une décision modificative depuis la page de ses mouvements."
        )
    ae = AutorisationEngagement(ligne=ligne, millesime=millesime, exercice_fin=exercice_fin)
    ae.full_clean()
    ae.save()
    return ae, voter(ae, par=par, montant=montant, le=le, piece=piece, motif=motif, cle=cle)


@transaction.atomic
def voter(ae, *, par, montant, le, piece, motif="", cle) -> bool:
    """Vote, or décision modificative of either sign (euros). False when `cle` was already written."""
    return _ecrire(ae, N.VOTE, "vote", "Voter l’AE", par=par, montant=montant, le=le, piece=piece, motif=motif, cle=cle)


@transaction.atomic
def affecter_hors_application(ae, *, par, montant, le, piece, motif="", cle) -> bool:
    """Affectation decided outside the application, signed (euros): a negative one corrects a former row."""
    return _ecrire(
        ae, N.HORS_APPLICATION, "hors", "Saisir une affectation hors application",
        par=par, montant=montant, le=le, piece=piece, motif=motif, cle=cle,
    )  # fmt: skip


def _ecrire(ae, nature, prefixe, titre, *, par, montant, le, piece, motif, cle) -> bool:
    """One movement and its journal row, in the caller's transaction."""
    ecrit = enregistrer(
        [Ecriture(ae.pk, nature, montant)], par=par, piece=piece, cle=f"{prefixe}-{cle}", le=le, motif=motif
    )
    if ecrit:
        donnees = {"montant": chaine(montant), "piece": piece, "date_effet": le.isoformat()}
        Journal.noter(ae, nature.value, titre, par=par, motif=motif, donnees=donnees)
        ae.refresh_from_db()
    return ecrit


def disponible_calcule(ae, le):
    """AE − affecté in effect on `le` (euros): what the finance software shows, which ignores our reservations."""
    solde = soldes_au(le, [ae.pk]).get(ae.pk)
    if solde is None or (ae.caduque_le and ae.caduque_le <= le):
        return ZERO
    return solde["vote"] - solde["affecte"]


@transaction.atomic
def constater(ae, *, par, montant, le, explication=""):
    """Record what finance reads (euros) on `le`, beside what we compute. The same reading sent twice is one row."""
    if le > timezone.localdate():
        raise ActeRefuse("Un disponible se constate au plus tard aujourd’hui.")
    ae = AutorisationEngagement.objects.select_for_update().get(pk=ae.pk)
    calcule = disponible_calcule(ae, le)
    if montant != calcule and not explication.strip():
        raise ActeRefuse(
            "Le constat diffère du disponible calculé : expliquez l’écart (affectation hors application à saisir, "
            "décision modificative non reprise, engagement d’un autre service…)."
        )
    recents = DisponibleConstate.objects.filter(enregistre_le__gte=timezone.now() - timedelta(minutes=1))
    double = recents.filter(autorisation=ae, par=par, le=le, montant=montant, explication=explication).first()
    if double is not None:
        return double, False
    constat = DisponibleConstate.objects.create(
        autorisation=ae, le=le, montant=montant, calcule=calcule, explication=explication, par=par
    )
    donnees = {"le": le.isoformat(), "constate": chaine(montant), "calcule": chaine(calcule)}
    Journal.noter(ae, "constater", "Constater le disponible", par=par, motif=explication, donnees=donnees)
    return constat, True
