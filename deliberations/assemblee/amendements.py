"""What the séance changes: lines withdrawn, amounts amended, blocks adjourned or rejected; applied by the adoption."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from deliberations.dossiers import rendre_a_l_instruction
from deliberations.models import AmendementDeSeance, BlocDeVote, Proposition, Rapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import chaine, repartir
from programmes.models import Financement, LigneDossier, Ventilation

Nature = AmendementDeSeance.Nature


@transaction.atomic
def retirer(proposition, *, par, motif: str) -> AmendementDeSeance:
    """Withdraw a line in session; said again with another motive, it replaces the former amendment."""
    return _enregistrer(proposition, Nature.RETRAIT, None, par=par, motif=motif, acte="Retirer une ligne en séance")


@transaction.atomic
def amender(proposition, montant: Decimal, *, par, motif: str) -> AmendementDeSeance:
    """Give a line another amount of new money (euros). The AE is checked by the adoption. Raises ActeRefuse."""
    if montant <= 0:
        raise ActeRefuse("Un montant amendé est positif : pour ne rien voter sur cette ligne, retirez-la.")
    if not Financement.objects.filter(ligne=proposition.ligne_id).exists():
        raise ActeRefuse("Cette ligne n’a pas de financement : elle ne s’amende pas en séance.")
    return _enregistrer(proposition, Nature.MONTANT, montant, par=par, motif=motif, acte="Amender un montant en séance")


@transaction.atomic
def annuler(amendement, *, par) -> None:
    """Back to what the rapport proposes."""
    rapport = _en_seance(amendement.rapport_id)
    amendement.delete()
    Journal.noter(
        rapport, "annuler_amendement", "Annuler un amendement", par=par, de=amendement.get_nature_display(),
        donnees={"proposition": amendement.proposition_id},
    )  # fmt: skip


@transaction.atomic
def decider(bloc, resultat: str, *, par, motif: str = "") -> BlocDeVote:
    """Adopted, rejected, adjourned or withdrawn. Raises ActeRefuse without a motive when it is not adopted."""
    _en_seance(bloc.rapport_id)
    bloc = BlocDeVote.objects.select_for_update().get(pk=bloc.pk)
    avant = bloc.resultat
    bloc.resultat, bloc.motif = resultat, "" if resultat == BlocDeVote.Resultat.ADOPTE else motif.strip()
    _valider(bloc)
    bloc.save()
    if bloc.resultat != avant:
        Journal.noter(bloc.rapport, "decider_bloc", f"Décider du bloc « {bloc} »", par=par, de=avant, vers=resultat,
                      motif=bloc.motif)  # fmt: skip
    return bloc


def _enregistrer(proposition, nature, montant, *, par, motif, acte):
    rapport = _en_seance(proposition.le_rapport.pk)
    if not proposition.est_active:
        raise ActeRefuse("Cette ligne n’est plus au rapport.")
    amendement = AmendementDeSeance.objects.filter(proposition=proposition).first()
    amendement = amendement or AmendementDeSeance(rapport=rapport, proposition=proposition)
    if (amendement.nature, amendement.montant, amendement.motif) == (nature, montant, motif):
        return amendement
    amendement.nature, amendement.montant, amendement.motif = nature, montant, motif.strip()
    _valider(amendement)
    amendement.save()
    Journal.noter(
        rapport, f"{nature}_en_seance", acte, par=par, vers=chaine(montant) if montant else "", motif=motif,
        donnees={"proposition": proposition.pk, "ligne": proposition.ligne_id},
    )  # fmt: skip
    return amendement


def _en_seance(rapport_id):
    """The rapport, locked, between its sending to the members and its vote. Raises ActeRefuse."""
    rapport = Rapport.verrouiller(rapport_id)
    rapport.refuser_si_vote()
    if rapport.etat != Rapport.Etat.ENVOYE:
        raise ActeRefuse("On n’amende en séance qu’un rapport envoyé aux élus : avant, modifiez le rapport lui-même.")
    return rapport


def _valider(objet):
    try:
        objet.full_clean()
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur


# --- Applied by the adoption, in its transaction


def appliquer(rapport, lecture, deliberation) -> None:
    """Write in the dossiers what the séance decided: amended amounts, lines that leave, dossiers given back.

    `lecture`: the répartition as adopted (`documents.Lecture`). The rows are written past the guard of amounts, which
    would cancel the visas of this very rapport: the adoption is the act that replaces them.
    """
    par = deliberation.par
    gardees = {ligne.proposition.pk: ligne for ligne in lecture.retenues.lignes}
    amendees = rapport.amendements.filter(nature=Nature.MONTANT, proposition__in=gardees).select_related("proposition")
    for amendement in amendees:
        _ecrire_montants(gardees[amendement.proposition_id], amendement, par=par)
    for motif, propositions in _ecartees(rapport, gardees).items():
        rendre_a_l_instruction(Proposition.objects.filter(pk__in=propositions), par=par, motif=motif)


def _ecrire_montants(ligne, amendement, *, par):
    source = ligne.proposition.ligne
    financements = list(source.financements.all())
    for financement, part in zip(financements, ligne.parts, strict=True):
        if financement.montant == part:
            continue
        ventilations = list(Ventilation.objects.filter(financement=financement))
        if ventilations:
            parts = repartir(part, [v.montant for v in ventilations])
            for ventilation, montant in zip(ventilations, parts, strict=True):
                Ventilation._base_manager.filter(pk=ventilation.pk).update(montant=montant)
        Financement._base_manager.filter(pk=financement.pk).update(montant=part)
    avant = sum((f.montant for f in financements), Decimal(0))
    # A form still open on this line is stale from now on.
    LigneDossier._base_manager.filter(pk=source.pk).update(version=source.version + 1, motif_zero="")
    Journal.noter(
        source, "amender", "Amender le montant en séance", par=par, de=chaine(avant), vers=chaine(amendement.montant),
        motif=amendement.motif,
    )  # fmt: skip


def _ecartees(rapport, gardees) -> dict[str, list[int]]:
    """{motive: ids of the propositions that leave the rapport}."""
    retraits = dict(rapport.amendements.filter(nature=Nature.RETRAIT).values_list("proposition", "motif"))
    blocs = list(rapport.blocs.all())
    motifs = {b.pk: f"Bloc « {b} » {b.get_resultat_display().lower()} : {b.motif}" for b in blocs}
    premier = blocs[0].pk if blocs else None
    ecartees: dict[str, list[int]] = {}
    for pk, bloc in rapport.propositions.values_list("pk", "operation__thematique__bloc"):
        if pk not in gardees:
            motif = f"Ligne retirée en séance : {retraits[pk]}" if pk in retraits else motifs[bloc or premier]
            ecartees.setdefault(motif, []).append(pk)
    return ecartees
