"""Signature of an act: what must hold before, what it entails. Called by the verbs of `Acte`, in their transaction.

What holds an act back is told by `vie/obstacles.py`; the direction may override some of it with a reason, kept in the
journal.
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
from conventions.vie.obstacles import obstacles, remplacante
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO
from dpid.typographie import date_courte


def refuser_si_incomplet(acte, lu=None) -> None:
    """Raise ActeRefuse naming each empty field: no reason overrides that."""
    manques = composer(lu or lire_un(acte)).manques
    if manques:
        raise ActeRefuse(f"Cet acte ne peut pas partir. {resumer(manques)}")


def _refuser_si_empeche(acte, lu, *, par, motif, le):
    trouves = obstacles(acte, lu, le)
    leves = motif and par.has_perm("conventions.passer_outre") and all(o.est_levable for o in trouves)
    if trouves and not leves:
        raise ActeRefuse(" ".join(str(o) for o in trouves))


def _refuser_date(le: date, apres: date | None, quoi: str):
    if le > timezone.localdate():
        raise ActeRefuse(f"La date du {date_courte(le)} est dans le futur.")
    if apres and le < apres:
        raise ActeRefuse(f"La date du {date_courte(le)} précède {quoi} ({date_courte(apres)}).")


def _lire_tenu(acte, le=None):
    """The act as it stands on `le`, its convention locked: nobody ends it meanwhile."""
    Convention.verrouiller(acte.convention_id)
    return lire_un(acte, le)


def remettre(acte, *, par, motif, le, edition):
    """Freeze the text and its PDF, rendered before the transaction and compared inside it (decision 003): who signs
    is whoever is in office on that day."""
    lu = _lire_tenu(acte, le)
    initial = next((a for a in lu.anterieurs if not a.rang), None)
    if acte.deliberation:
        _refuser_date(le, acte.deliberation.date, "le vote")
    else:
        _refuser_date(le, initial and initial.signe_le, "la signature de la convention")
    _refuser_si_empeche(acte, lu, par=par, motif=motif, le=le)
    refuser_si_incomplet(acte, lu)
    if not edition.imprime(documents.contexte(lu)):
        raise ActeRefuse("Cet acte a changé pendant l’édition de son texte : relisez-le, puis recommencez.")
    acte.document = documents.figer(acte, edition, par=par)
    acte.fige_le = acte.fige_le or timezone.now()
    acte.remis_le = le
    courriers.conserver_la_notification(lu, par=par, le=le)


def signer_structure(acte, *, par, motif, le, scan=None):
    lu = _lire_tenu(acte, le)
    _refuser_date(le, acte.remis_le, "la remise à la signature")
    _refuser_si_empeche(acte, lu, par=par, motif=motif, le=le)
    acte.signe_structure_le = le
    if scan is not None:
        exemplaires.conserver(acte, scan, par=par)
    else:
        retours.former(acte, par=par)


def signer(acte, *, par, motif, le):
    """The Département signs: the amount is engaged within what was affected, AE by AE (euros)."""
    lu = _lire_tenu(acte, le)
    _refuser_date(le, acte.signe_structure_le, "la signature de la structure")
    _refuser_si_empeche(acte, lu, par=par, motif=motif, le=le)
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


def notifier(acte, *, par, motif, le):
    lu = _lire_tenu(acte)
    _refuser_date(le, acte.signe_le, "la signature du Département")
    _refuser_si_empeche(acte, lu, par=par, motif=motif, le=le)
    acte.notifie_le = le
    convention = Convention.verrouiller(acte.convention_id)
    if convention.etat == Convention.Etat.PROJET:
        convention.mettre_en_cours(par=par)
    echeances.ouvrir(acte, lu)
    echeances.rouvrir_si_prolongee(convention, par=par)


def rattacher(acte):
    """To the délibération that replaces its own, of which it prints the day from now on."""
    nouvelle = remplacante(acte)
    if nouvelle is None or not nouvelle.est_a_transmettre:
        raise ActeRefuse(f"Aucune délibération adoptée ne remplace la {acte.deliberation or 'sienne'}.")
    acte.rapport = nouvelle.rapport


def abandonner(acte, *, par, motif):
    """Its lines are free again; a convention that has no other act is abandoned with it. What the structure has signed
    is given up by those who sign."""
    if not motif:
        raise ActeRefuse("Dites pourquoi l’acte est abandonné.")
    if acte.etat == acte.Etat.SIGNE_STRUCTURE and not par.has_perm("conventions.signer"):
        raise ActeRefuse("La structure a signé cet acte : seul un agent qui fait signer les actes l’abandonne.")
    # By the plain manager: the text of the act stays frozen, its lines leave it.
    LigneDActe._base_manager.filter(fiche__acte=acte).delete()
    acte.cle = None
    if not acte.rang:
        Convention.verrouiller(acte.convention_id).abandonner(par=par, motif=motif)
