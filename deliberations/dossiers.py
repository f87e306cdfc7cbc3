"""What a vote does to the dossiers: voted with their lines, or given back to instruction with the motive."""

from dpid.models import Journal
from programmes.models import Dossier, LigneDossier


def deplacer(dossiers, etat, *, acte, par, motif, **valeurs) -> None:
    """Move many dossiers in one UPDATE, one journal row each; the caller's filter is the arrow's source."""
    dossiers = list(dossiers)
    Journal.objects.bulk_create(Journal.ligne(d, *acte, par=par, de=d.etat, vers=etat, motif=motif) for d in dossiers)
    Dossier.objects.filter(pk__in=[d.pk for d in dossiers]).update(etat=etat, **valeurs)


def voter(rapport, deliberation) -> None:
    """Freeze the lines that the rapport still presents, and move the dossiers whose lines are all voted."""
    lignes = list(rapport.propositions.values_list("ligne_id", "ligne__dossier_id"))
    # The vote itself writes: for everybody else these lines are closed since the sending.
    LigneDossier._base_manager.filter(pk__in=[pk for pk, _ in lignes]).update(
        votee_le=deliberation.date, acte_vote=deliberation.numero
    )
    dossiers = Dossier.objects.filter(pk__in={d for _, d in lignes}, etat=Dossier.Etat.INSCRIT)
    deplacer(
        dossiers.exclude(lignes__votee_le__isnull=True).select_related("structure"),
        Dossier.Etat.VOTE,
        acte=("voter", "Voter"),
        par=deliberation.par,
        motif=f"Délibération n°\u00a0{deliberation.numero}",
        vote_le=deliberation.date,
    )


def rendre_a_l_instruction(propositions, *, par, motif) -> None:
    """Lines that are not adopted leave the rapport. A dossier that keeps no line in a rapport is instructed again;
    one of which another line is adopted stays where it is, and its journal says what left."""
    from deliberations.models import Proposition

    lignes = list(propositions.values_list("pk", "ligne__dossier_id"))
    # The act itself writes: the rapport is frozen for everybody else since its sending.
    Proposition._base_manager.filter(pk__in=[pk for pk, _ in lignes]).update(est_active=False)
    inscrits = Dossier.objects.filter(pk__in={d for _, d in lignes}, etat=Dossier.Etat.INSCRIT)
    gardes = Proposition.objects.filter(est_active=True, ligne__dossier__in=inscrits)
    restants = set(gardes.values_list("ligne__dossier", flat=True))
    inscrits = list(inscrits.select_related("structure"))
    deplacer(
        [d for d in inscrits if d.pk not in restants],
        Dossier.Etat.EN_INSTRUCTION,
        acte=("reprendre", "Reprendre l’instruction"),
        par=par,
        motif=motif,
    )
    Journal.objects.bulk_create(
        Journal.ligne(
            d, "ecarter_ligne", "Écarter une ligne en séance", par=par, de=d.etat, vers=d.etat, motif=motif
        )
        for d in inscrits if d.pk in restants
    )  # fmt: skip
