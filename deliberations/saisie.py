"""Amounts edited in place on the page of a rapport: one line, the version it was read at, what the change costs."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum

from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.models import Journal
from dpid.montants import ZERO, euros
from dpid.panneaux import verrouiller_montants
from programmes.models import Financement, LigneDossier


@dataclass(frozen=True)
class Saisie:
    """What was typed on a line and refused: shown again beside the reason. `version` is the one found now."""

    proposition_id: int
    montant: str
    motif_zero: str
    erreur: str
    version: int | None = None
    demande_motif: bool = False


RIEN = Saisie(0, "", "", "")


@transaction.atomic
def enregistrer_montant(ligne, *, montant, motif_zero, version, par) -> bool:
    """Set what the line retains (euros), unless somebody saved since `version`. False when nothing changes.

    Raises VersionPerimee (with the amount found), ActeRefuse.
    """
    verrouiller_montants([ligne.pk])
    actuelle = LigneDossier.objects.select_for_update().get(pk=ligne.pk)
    retenu = actuelle.financements.aggregate(t=Sum("montant"))["t"] or ZERO
    if actuelle.version != version:
        raise VersionPerimee(
            f"Ce montant a été modifié pendant votre saisie : il est maintenant de {euros(retenu, True)}, vous avez "
            f"saisi {euros(montant, True)}. Validez de nouveau pour le remplacer."
        )
    motif_zero = motif_zero if montant == 0 else ""
    if montant == retenu and motif_zero in ("", actuelle.motif_zero):
        return False
    try:
        actuelle.arbitrer(montant, par=par, motif_zero=motif_zero)
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur
    return True


@transaction.atomic
def imputer(financement, autorisation, *, par) -> bool:
    """Charge a financing « à imputer » on an AE. False when it already is on that one.

    Raises ActeRefuse when somebody charged it elsewhere meanwhile.
    """
    verrouiller_montants([financement.ligne_id])
    courant = Financement.objects.select_for_update().get(pk=financement.pk)
    if courant.autorisation_id == autorisation.pk:
        return False
    if not courant.est_a_imputer:
        raise ActeRefuse(
            f"Ce financement vient d’être imputé sur {courant} par quelqu’un d’autre : vérifiez, puis modifiez-le dans "
            "le dossier si nécessaire."
        )
    courant.autorisation = autorisation
    courant.save()
    LigneDossier.objects.select_for_update().get(pk=courant.ligne_id).save()
    Journal.noter(courant.ligne, "imputer", "Imputer le financement", par=par, vers=autorisation.ligne.code)
    return True
