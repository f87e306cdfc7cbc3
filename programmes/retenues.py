"""What lines retain: one verb for one line or for a thousand, whose queries do not depend on their number."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from budget.models import AutorisationEngagement
from dpid.erreurs import ActeRefuse, LotRefuse
from dpid.models import Journal
from dpid.montants import ZERO, chaine
from dpid.panneaux import prevenir_montants
from programmes.models import Dispositif, Dossier, Financement, LigneDossier

LOT = 1000


@dataclass(frozen=True)
class Decision:
    """`retenu` in euros; `autorisation`: the AE imposed, None to keep that of the line (or the default one)."""

    ligne_id: int
    retenu: Decimal
    motif_zero: str = ""
    autorisation: AutorisationEngagement | None = None


@transaction.atomic
def arbitrer(decisions: Iterable[Decision], *, par) -> dict[int, Financement]:
    """Write every decision with its journal row, or none; returns {line: its financing}.

    Raises LotRefuse, which names each line refused; ActeFige when one stands in a rapport that has been sent.
    """
    decisions = {d.ligne_id: d for d in decisions}
    if not decisions:
        return {}
    # Rapports first, then the lines, then their dossiers, each in the order of the ids: an adoption locks so.
    prevenir_montants(decisions)
    lignes = LigneDossier.objects.filter(pk__in=decisions).order_by("pk").select_for_update(of=("self",))
    lignes = {ligne.pk: ligne for ligne in lignes}
    dossiers = {d.pk: d for d in Dossier.verrouiller_lot(ligne.dossier_id for ligne in lignes.values())}
    finances = _financements(lignes, dossiers)
    refus, avants = {}, {}
    for pk, ligne in lignes.items():
        try:
            avants[pk] = _decider(decisions[pk], ligne, dossiers[ligne.dossier_id], finances[pk])
        except ActeRefuse as erreur:
            refus[pk] = str(erreur)
        except ValidationError as erreur:
            refus[pk] = " ".join(erreur.messages)
    if refus:
        raise LotRefuse(refus)
    retenus = {pk: parts[0] for pk, parts in finances.items()}
    _ecrire(lignes.values(), retenus.values(), par=par)
    Journal.objects.bulk_create(
        [
            Journal.ligne(
                ligne, "arbitrer", "Arbitrer le montant", par=par, de=chaine(avants[pk]),
                vers=chaine(retenus[pk].montant),
            )
            for pk, ligne in lignes.items()
        ],
        batch_size=LOT,
    )  # fmt: skip
    return retenus


def _decider(decision, ligne, dossier, parts) -> Decimal:
    """The rule, for one line: changes its objects in memory; returns what it retained before (euros)."""
    retenu, motif = decision.retenu, decision.motif_zero or ligne.motif_zero
    if retenu < 0:
        raise ActeRefuse("Un montant retenu n’est pas négatif.")
    if retenu == 0 and not motif:
        raise ActeRefuse("Une ligne à 0 € porte son motif : refusé, ajourné ou financé autrement.")
    dossier.refuser_de_retenir(retenu)
    if len(parts) > 1:
        raise ActeRefuse("Cette ligne a plusieurs financements : modifiez chacun d’eux dans le dossier.")
    financement = parts[0]
    avant = financement.montant
    if decision.autorisation is not None:
        if financement.source_id is not None:
            raise ActeRefuse("Cette ligne est financée par une source hors budget : imputez-la dans le dossier.")
        financement.autorisation = decision.autorisation
    financement.montant = retenu
    financement.clean_fields(exclude={"ligne", "autorisation", "source"})
    ligne.motif_zero = motif if retenu == 0 else ""
    ligne.clean_fields(exclude={c.name for c in ligne._meta.concrete_fields} - {"motif_zero"})
    return avant


def _financements(lignes, dossiers) -> dict[int, list[Financement]]:
    """{line: its financings}; one that has none gets an unsaved one, on the default line of its dispositif."""
    parts: dict[int, list[Financement]] = {pk: [] for pk in lignes}
    for financement in Financement.objects.filter(ligne__in=lignes).order_by("pk"):
        financement.ligne = lignes[financement.ligne_id]
        parts[financement.ligne_id].append(financement)
    sans = [lignes[pk] for pk, trouvees in parts.items() if not trouvees]
    par_defaut = _ae_par_defaut({dossiers[ligne.dossier_id].dispositif_id for ligne in sans})
    for ligne in sans:
        autorisation = par_defaut.get(dossiers[ligne.dossier_id].dispositif_id)
        parts[ligne.pk] = [Financement(ligne=ligne, autorisation=autorisation, montant=ZERO)]
    return parts


def _ae_par_defaut(dispositifs: set[int]) -> dict[int, AutorisationEngagement]:
    """{dispositif: the latest AE of its default line open in the year of its call}; the others are « à imputer »."""
    lus = Dispositif.objects.filter(pk__in=dispositifs, ligne_par_defaut__isnull=False)
    lus = list(lus.order_by().values_list("pk", "ligne_par_defaut_id", "thematique__appel__annee"))
    ouvertes = {}
    for annee in {annee for _, _, annee in lus}:
        requete = AutorisationEngagement.objects.de_l_exercice(annee).filter(ligne__in={li for _, li, _ in lus})
        for ae in requete.order_by("millesime"):
            ouvertes[annee, ae.ligne_id] = ae
    return {pk: ouvertes[annee, ligne] for pk, ligne, annee in lus if (annee, ligne) in ouvertes}


def _ecrire(lignes, financements, *, par) -> None:
    """What `save` would write for each, its readable history included."""
    nouveaux = [f for f in financements if f.pk is None]
    connus = [f for f in financements if f.pk is not None]
    Financement.objects.bulk_create(nouveaux, batch_size=LOT)
    Financement.objects.remplacer_par_lot(connus, ["autorisation", "montant"], LOT)
    for ligne in lignes:
        ligne.version += 1
    LigneDossier.objects.remplacer_par_lot(lignes, ["motif_zero", "version"], LOT)
    le = timezone.now()
    for modele, objets, est_connu in (
        (Financement, nouveaux, False), (Financement, connus, True), (LigneDossier, list(lignes), True),
    ):  # fmt: skip
        modele.history.bulk_history_create(objets, LOT, est_connu, default_user=par, default_date=le)
