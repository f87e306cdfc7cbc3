"""The vote: what is checked, what is written, all or nothing.

Rendering a PDF takes seconds and never happens under locks: documents are prepared first from the data of the
moment, then, inside the transaction, their data are computed again and must be equal to those that were rendered.
"""

import re
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from budget.mouvements import Ecriture, N, enregistrer
from deliberations import dossiers
from deliberations import imputations as table
from deliberations.assemblee import amendements, blocs, vote
from deliberations.controle import Moment, refuser_si_bloquants
from deliberations.models import (
    AmendementDeSeance,
    BlocDeVote,
    Deliberation,
    DocumentDeDeliberation,
    ImputationVotee,
    RecetteVotee,
    VisaRapport,
)
from deliberations.visas import lever
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from dpid.montants import euros
from programmes.models import Financement, LigneDossier

MODIFIE = (
    "Le rapport a été modifié pendant l’édition des documents : vérifiez-le, puis {acte} de nouveau. "
    "Rien n’a été enregistré."
)
_NUMERO = re.compile(r"20\d{2}-\d{1,4}")


@dataclass(frozen=True)
class DocumentPrepare:
    """A rendered document and the data that it was rendered from."""

    nature: str
    titre: str
    nom_fichier: str
    contexte: dict
    pdf: bytes


def verifier_adoptable(rapport, *, par, numero, le, reprise=False):
    """Refuse early, with the sentence that says what to do. Checked again inside the transaction."""
    if rapport.etat == rapport.Etat.ADOPTE:
        acte = rapport.deliberation
        raise ActeRefuse(
            f"Le rapport {rapport} est déjà adopté : {acte} du {acte.date:%d/%m/%Y}, enregistrée par {acte.par} "
            f"le {timezone.localtime(acte.enregistree_le):%d/%m/%Y à %H:%M}."
        )
    if rapport.est_vote:
        raise ActeRefuse(rapport.raison_du_gel())
    if not reprise:
        _verifier_le_circuit(rapport)
    _verifier_les_votes(rapport, reprise=reprise)
    _verifier_numero(numero)
    if le != rapport.seance.date:
        raise ActeRefuse(f"La séance est du {rapport.seance.date:%d/%m/%Y} : l’adoption porte la même date.")
    if le > timezone.localdate():
        raise ActeRefuse("La séance n’a pas encore eu lieu : le rapport ne peut pas être adopté.")
    if par == rapport.cree_par and not par.est_systeme:
        raise ActeRefuse("La personne qui a préparé le rapport ne l’adopte pas : un autre compte doit le faire.")
    _verifier_ventilations(rapport)
    _verifier_imputations(rapport)
    if not reprise:
        refuser_si_bloquants(rapport, moment=Moment.VOTE, avant="L’adoption")


def _verifier_numero(numero):
    if not _NUMERO.fullmatch(numero or ""):
        raise ActeRefuse(f"« {numero} » n’est pas un numéro de délibération : écrivez par exemple 2023-604.")
    if Deliberation.objects.filter(numero=numero).exists():
        raise ActeRefuse(f"Le numéro {numero} est déjà celui d’une autre délibération.")


def _verifier_imputations(rapport):
    restants = list(table.a_imputer(rapport))
    if restants:
        noms = ", ".join(sorted({f.ligne.dossier.structure.raison_sociale for f in restants}))
        raise ActeRefuse(
            f"{len(restants)} financement(s) « à imputer » ({noms}) : choisissez une ligne budgétaire avant l’adoption."
        )


def _verifier_ventilations(rapport):
    """The parts of a split add up to their financing."""
    ventiles = Financement.objects.filter(ligne__in=rapport.propositions.values("ligne"))
    ventiles = ventiles.annotate(parts=Sum("ventilations__montant")).filter(parts__isnull=False)
    for f in ventiles.exclude(parts=F("montant")).select_related("ligne__dossier__structure")[:1]:
        raise ActeRefuse(
            f"La ventilation de la ligne de {f.ligne.dossier.structure} fait {euros(f.parts, True)} pour un "
            f"financement de {euros(f.montant, True)} : corrigez-la avant l’adoption."
        )


def _verifier_le_circuit(rapport):
    """Visas given, rapport sent to the commissions then to the members."""
    if rapport.etat == rapport.Etat.ENVOYE:
        return
    attendue = rapport.etape_attendue()
    if attendue:
        libelle = VisaRapport.Etape(attendue).label
        raise ActeRefuse(
            f"Le rapport {rapport} n’a pas tous ses visas : il ne peut pas être adopté. "
            f"Le visa attendu est « {libelle} »."
        )
    raise ActeRefuse(f"Le rapport {rapport} n’a pas été envoyé aux élus : {rapport.prochaine_action}")


def _verifier_les_votes(rapport, *, reprise):
    """What even an act taken over must have, though it may lack the attendance: a block adopted, voices that can be
    cast. The rest (quorum, chair, majority…) is blocking findings of the check."""
    feuille = vote.lire(rapport)
    if not any(carte.bloc.est_adopte for carte in feuille.cartes):
        raise ActeRefuse("Aucun bloc de vote n’est adopté : enregistrez le rejet du rapport.")
    if not feuille.assistance.est_saisie:
        if reprise:
            return
        raise ActeRefuse("L’assistance n’est pas saisie : ouvrez la feuille de séance avant d’adopter.")
    for carte in feuille.cartes:
        if carte.refus:
            raise ActeRefuse(carte.refus)


def preparer_documents(rapport, *, numero, le, avancer=None) -> list[DocumentPrepare]:
    """Render every document of the délibération from the data as they stand; the rapport sent is not made again."""
    from deliberations import documents

    lecture = documents.Lecture(rapport, adoptee=True)
    a_faire = [p for p in documents.pieces(rapport) if p.cle != documents.DU_RAPPORT]
    prepares = []
    for rang, piece in enumerate(a_faire):
        contexte = documents.contexte(rapport, piece.cle, numero=numero, le=le, lecture=lecture)
        prepares.append(_rendre(piece.cle, contexte))
        if avancer:
            avancer(rang + 1, len(a_faire))
    return prepares


def _rendre(nature: str, contexte: dict) -> DocumentPrepare:
    from deliberations import documents

    return DocumentPrepare(
        nature=nature,
        titre=documents.titre(contexte),
        nom_fichier=documents.nom_fichier(contexte, "pdf"),
        contexte=contexte,
        pdf=documents.rendre(contexte, "pdf"),
    )


def _figer(deliberation, prepares):
    for prepare in prepares:
        document = Document.figer(
            nature=prepare.nature,
            titre=prepare.titre,
            nom_fichier=prepare.nom_fichier,
            contexte=prepare.contexte,
            pdf=prepare.pdf,
            par=deliberation.par,
        )
        DocumentDeDeliberation.objects.create(deliberation=deliberation, document=document, nature=prepare.nature)


def adopter(rapport, *, par, numero, le, prepares):
    """Body of the act, inside its transaction: see `Rapport.adopter`."""
    from deliberations import documents

    verifier_adoptable(rapport, par=par, numero=numero, le=le, reprise=par.est_systeme)
    # Lock the lines: nobody edits a text between the comparison below and the freezing.
    ids = list(rapport.propositions.values_list("ligne_id", flat=True))
    list(LigneDossier.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    lecture = documents.Lecture(rapport, adoptee=True)
    for prepare in prepares:
        if documents.contexte(rapport, prepare.nature, numero=numero, le=le, lecture=lecture) != prepare.contexte:
            raise ActeRefuse(MODIFIE.format(acte="adoptez-le"))
    presentees = table.propositions_par_ae(rapport)
    deliberation = Deliberation.objects.create(
        rapport=rapport,
        numero=numero,
        date=le,
        titre=rapport.titre,
        remplace=rapport.remplace,
        resultat=_resultat(rapport),
        par=par,
    )
    amendements.appliquer(rapport, lecture, deliberation)
    _affecter(rapport, deliberation, lecture.imputations, presentees)
    _inscrire_recettes(rapport, deliberation, lecture)
    dossiers.voter(rapport, deliberation)
    _figer(deliberation, prepares)


def _resultat(rapport) -> str:
    """In part when a block is not adopted or a line is withdrawn; an amended amount is still an adoption."""
    ecarte = any(not b.est_adopte for b in rapport.blocs.all())
    retrait = rapport.amendements.filter(nature=AmendementDeSeance.Nature.RETRAIT).exists()
    return Deliberation.Resultat.PARTIEL if ecarte or retrait else Deliberation.Resultat.ADOPTE


def _affecter(rapport, deliberation, lignes, presentees):
    """Turn the reservation into affectation: both movements of an AE in one conditional UPDATE.

    `presentees`: {AE: euros reserved by the visa}; `lignes`: what the séance adopts, which amendments may change.
    """
    tenues = table.reservations(rapport)
    if tenues != presentees:
        raise ActeRefuse("La réservation ne correspond plus aux montants proposés : refaites le visa des finances.")
    adoptees = {ligne.autorisation.pk: ligne.proposition for ligne in lignes}
    ecritures = []
    for pk in sorted(tenues.keys() | adoptees.keys()):
        if pk in tenues:
            ecritures.append(Ecriture(pk, N.LEVEE, tenues[pk]))
        if pk in adoptees:
            ecritures.append(Ecriture(pk, N.AFFECTATION, adoptees[pk]))
    enregistrer(
        ecritures,
        par=deliberation.par,
        piece=f"délibération n°\u00a0{deliberation.numero}",
        cle=f"{table.cle_mouvements(rapport)}:adoption",
        le=deliberation.date,
    )
    ImputationVotee.objects.bulk_create(
        ImputationVotee(
            deliberation=deliberation,
            autorisation=ligne.autorisation,
            ordre=rang,
            code=ligne.code,
            imputation=ligne.imputation,
            libelle=ligne.libelle,
            ae=ligne.ae,
            disponible=ligne.disponible,
            proposition=ligne.proposition,
            solde=ligne.solde,
        )
        for rang, ligne in enumerate(lignes, start=1)
    )


def _inscrire_recettes(rapport, deliberation, lecture):
    """Keep the revenue as it was voted; the budget itself is inscribed by the assembly, not by this vote."""
    lignes = {r["cle"]: r for r in lecture.recettes}
    RecetteVotee.objects.bulk_create(
        RecetteVotee(
            deliberation=deliberation,
            inscription=recette.inscription,
            ordre=rang,
            section=recette.get_section_display(),
            code=recette.inscription.ligne.code,
            imputation=recette.inscription.ligne.imputation,
            libelle=recette.inscription.ligne.libelle,
            inscrit=recette.inscription.montant,
            proposition=recette.montant,
        )
        for rang, recette in enumerate(rapport.recettes.select_related("inscription__ligne"), start=1)
        if recette.pk in lignes
    )


# --- A rapport that the assembly refuses


def verifier_rejetable(*, motif, numero):
    """Refuse early what the act would refuse."""
    if not motif:
        raise ActeRefuse("Un rejet porte son motif.")
    if numero:
        _verifier_numero(numero)


def preparer_le_rejet(rapport, *, numero, le, motif) -> list[DocumentPrepare]:
    """The délibération that says the refusal, from the data as the refusal will leave them.

    Its data are read in a transaction that is given up: nothing stays of it, and the PDF is made under no lock.
    """
    if rapport.est_vote:
        return []  # the act says why it refuses
    with transaction.atomic():
        contexte = _contexte_du_rejet(rapport, numero=numero, le=le, motif=motif)
        transaction.set_rollback(True)
    return [_rendre("deliberation", contexte)]


def _contexte_du_rejet(rapport, *, numero, le, motif) -> dict:
    """Every block that was to be adopted is rejected, with the motive of the rapport; the others keep their own."""
    from deliberations import documents

    blocs.premier(type(rapport).verrouiller(rapport.pk))
    for bloc in rapport.blocs.filter(resultat=BlocDeVote.Resultat.ADOPTE):
        bloc.resultat, bloc.motif = BlocDeVote.Resultat.REJETE, motif[:250]
        bloc.save()
    lecture = documents.Lecture(rapport, adoptee=True)
    return documents.contexte(rapport, "deliberation", numero=numero, le=le, lecture=lecture)


def rejeter(rapport, *, par, motif, le, numero, prepares):
    """Body of the act, inside its transaction: see `Rapport.rejeter`."""
    verifier_rejetable(motif=motif, numero=numero)
    if numero:
        contexte = _contexte_du_rejet(rapport, numero=numero, le=le, motif=motif)
        if [contexte] != [p.contexte for p in prepares]:
            raise ActeRefuse(MODIFIE.format(acte="rejetez-le"))
    lever(rapport, par=par, motif=motif, cle="rejet")
    dossiers.rendre_a_l_instruction(rapport.propositions, par=par, motif=motif)
    if numero:
        deliberation = Deliberation.objects.create(
            rapport=rapport,
            numero=numero,
            date=le,
            titre=rapport.titre,
            resultat=Deliberation.Resultat.REJETE,
            par=par,
        )
        _figer(deliberation, prepares)
