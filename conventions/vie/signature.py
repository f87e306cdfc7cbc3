"""Signature of an act: what must hold before, what it entails. Called by the verbs of `Acte`, in their transaction.

Nothing is signed before the délibération is exécutoire (CGCT, L. 3131-1) and the suspensive condition of the
dispositif lifted; the direction may override with a reason, kept in the journal.
"""

from collections import defaultdict
from datetime import date

from django.utils import timezone

from budget.mouvements import Ecriture, N, enregistrer
from conventions import documents
from conventions.composition import composer, resumer
from conventions.generation import courriers
from conventions.lecture import lire_un
from conventions.models import Convention, LigneDActe
from conventions.vie import echeances, exemplaires, retours
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO
from dpid.typographie import date_courte


def obstacles(acte, lu=None) -> list[str]:
    """Why the act may not be sent to signature yet, one sentence each: those that a reason may override."""
    lu = lu or lire_un(acte)
    deliberation, raisons = acte.deliberation, []
    if acte.rapport_id and deliberation is None:
        raisons.append(f"Le rapport {acte.rapport} n’est pas encore voté.")
    elif deliberation and not deliberation.est_executoire:
        raisons.append(f"La {deliberation} n’est pas encore exécutoire : il manque sa réception ou sa publication.")
    for lue in lu.fiches:
        dispositif = lue.fiche.dispositif
        if dispositif and dispositif.est_suspendu:
            raisons.append(
                f"Condition suspensive du dispositif {dispositif.reference} : {dispositif.condition_suspensive}."
            )
    return raisons


def refuser_si_incomplet(acte, lu=None) -> None:
    """Raise ActeRefuse naming each empty field: no reason overrides that."""
    manques = composer(lu or lire_un(acte)).manques
    if manques:
        raise ActeRefuse(f"Cet acte ne peut pas partir. {resumer(manques)}")


def _refuser_si_empeche(acte, lu, *, par, motif):
    raisons = obstacles(acte, lu)
    if raisons and not (motif and par.has_perm("conventions.passer_outre")):
        raise ActeRefuse(" ".join(raisons))
    if raisons and acte.rapport_id and acte.deliberation is None:
        raise ActeRefuse(raisons[0])  # nothing is signed that was not voted, whatever the reason


def _refuser_date(le: date, apres: date | None, quoi: str):
    if le > timezone.localdate():
        raise ActeRefuse(f"La date du {date_courte(le)} est dans le futur.")
    if apres and le < apres:
        raise ActeRefuse(f"La date du {date_courte(le)} précède {quoi} ({date_courte(apres)}).")


def remettre(acte, *, par, motif, le, edition):
    """Freeze the text and its PDF, rendered before the transaction and compared inside it (decision 003)."""
    lu = lire_un(acte)
    _refuser_si_empeche(acte, lu, par=par, motif=motif)
    refuser_si_incomplet(acte, lu)
    _refuser_date(le, acte.deliberation.date if acte.deliberation else None, "le vote")
    if edition.contexte != documents.contexte(lu):
        raise ActeRefuse("Cet acte a changé pendant l’édition de son texte : relisez-le, puis recommencez.")
    acte.document = documents.figer(acte, edition, par=par)
    acte.fige_le = acte.fige_le or timezone.now()
    acte.remis_le = le
    courriers.conserver_la_notification(lu, par=par, le=le)


def signer_structure(acte, *, par, le, scan=None):
    _refuser_date(le, acte.remis_le, "la remise à la signature")
    acte.signe_structure_le = le
    if scan is not None:
        exemplaires.conserver(acte, scan, par=par)
    else:
        retours.former(acte, par=par)


def signer(acte, *, par, motif, le):
    """The Département signs: the amount is engaged within what was affected, AE by AE (euros)."""
    lu = lire_un(acte)
    _refuser_si_empeche(acte, lu, par=par, motif=motif)
    _refuser_date(le, acte.signe_structure_le, "la signature de la structure")
    if lu.signataire_au(le) is None:
        raise ActeRefuse(
            f"Aucun signataire n’a de délégation le {date_courte(le)} : complétez la liste des signataires."
        )
    acte.signe_le = le
    engager(acte, lu, par=par, le=le)


def engager(acte, lu, *, par, le):
    sommes = defaultdict(lambda: ZERO)
    for f in lu.financements:
        if f.autorisation_id:
            sommes[f.autorisation_id] += f.montant
    enregistrer(
        [Ecriture(ae, N.ENGAGEMENT, montant) for ae, montant in sommes.items()],
        par=par, piece=str(acte)[:200], cle=f"engagement-acte-{acte.pk}", le=le,
    )  # fmt: skip


def notifier(acte, *, par, le):
    _refuser_date(le, acte.signe_le, "la signature du Département")
    acte.notifie_le = le
    convention = Convention.verrouiller(acte.convention_id)
    if convention.etat == Convention.Etat.PROJET:
        convention.mettre_en_cours(par=par)
    echeances.ouvrir(acte, lire_un(acte))


def abandonner(acte, *, par, motif):
    """Its lines are free again; a convention that has no other act is abandoned with it."""
    if not motif:
        raise ActeRefuse("Dites pourquoi l’acte est abandonné.")
    # By the plain manager: the text of the act stays frozen, its lines leave it.
    LigneDActe._base_manager.filter(fiche__acte=acte).delete()
    acte.cle = None
    if not acte.rang:
        Convention.verrouiller(acte.convention_id).abandonner(par=par, motif=motif)
