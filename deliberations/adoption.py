"""The vote: what is checked, what is written, all or nothing.

Rendering a PDF takes seconds and never happens under locks: documents are prepared first from the data of the
moment, then, inside the transaction, their data are computed again and must be equal to those that were rendered.
"""

import re
from dataclasses import dataclass

from django.db.models import F, Sum
from django.utils import timezone

from budget.mouvements import Ecriture, N, enregistrer
from deliberations import imputations as table
from deliberations.models import Deliberation, DocumentDeDeliberation, ImputationVotee, Proposition
from deliberations.visas import lever
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal
from dpid.montants import euros
from programmes.models import Dossier, Financement, LigneDossier

_NUMERO = re.compile(r"20\d{2}-\d{1,4}")


@dataclass(frozen=True)
class DocumentPrepare:
    """A rendered document and the data that it was rendered from."""

    nature: str
    titre: str
    nom_fichier: str
    contexte: dict
    pdf: bytes


def verifier_adoptable(rapport, *, par, numero, le, avec_visas=True):
    """Refuse early, with the sentence that says what to do. Checked again inside the transaction."""
    if rapport.etat == rapport.Etat.ADOPTE:
        acte = rapport.deliberation
        raise ActeRefuse(
            f"Le rapport {rapport} est déjà adopté : {acte} du {acte.date:%d/%m/%Y}, enregistrée par {acte.par} "
            f"le {timezone.localtime(acte.enregistree_le):%d/%m/%Y à %H:%M}."
        )
    if not rapport.est_ouvert:
        raise ActeRefuse(rapport.raison_du_gel())
    if avec_visas and rapport.etat != rapport.Etat.VISE:
        attendue = rapport.etape_attendue()
        suite = f" Le visa attendu est « {dict(_etapes())[attendue]} »." if attendue else ""
        raise ActeRefuse(f"Le rapport {rapport} n’a pas tous ses visas : il ne peut pas être adopté.{suite}")
    if not _NUMERO.fullmatch(numero or ""):
        raise ActeRefuse(f"« {numero} » n’est pas un numéro de délibération : écrivez par exemple 2023-604.")
    if Deliberation.objects.filter(numero=numero).exists():
        raise ActeRefuse(f"Le numéro {numero} est déjà celui d’une autre délibération.")
    if le != rapport.seance.date:
        raise ActeRefuse(f"La séance est du {rapport.seance.date:%d/%m/%Y} : l’adoption porte la même date.")
    if le > timezone.localdate():
        raise ActeRefuse("La séance n’a pas encore eu lieu : le rapport ne peut pas être adopté.")
    if par == rapport.cree_par and not par.est_systeme:
        raise ActeRefuse("La personne qui a préparé le rapport ne l’adopte pas : un autre compte doit le faire.")
    _verifier_ventilations(rapport)
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


def _etapes():
    from deliberations.models import VisaRapport

    return VisaRapport.Etape.choices


def preparer_documents(rapport, *, numero, le, avancer=None) -> list[DocumentPrepare]:
    """Render every document of the délibération from the data as they stand."""
    from deliberations import documents

    prepares = []
    natures = documents.NATURES
    for rang, nature in enumerate(natures):
        contexte = documents.contexte(rapport, nature, numero=numero, le=le)
        prepares.append(
            DocumentPrepare(
                nature=nature,
                titre=documents.titre(contexte),
                nom_fichier=documents.nom_fichier(contexte, "pdf"),
                contexte=contexte,
                pdf=documents.rendre(contexte, "pdf"),
            )
        )
        if avancer:
            avancer(rang + 1, len(natures))
    return prepares


def adopter(rapport, *, par, numero, le, prepares):
    """Body of the act, inside its transaction: see `Rapport.adopter`."""
    from deliberations import documents

    verifier_adoptable(rapport, par=par, numero=numero, le=le)
    # Lock the lines: nobody edits a text between the comparison below and the freezing.
    ids = list(rapport.propositions.values_list("ligne_id", flat=True))
    list(LigneDossier.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    for prepare in prepares:
        if documents.contexte(rapport, prepare.nature, numero=numero, le=le) != prepare.contexte:
            raise ActeRefuse(
                "Le rapport a été modifié pendant l’édition des documents : vérifiez-le, puis adoptez de nouveau. "
                "Rien n’a été enregistré."
            )
    lignes = table.imputations(rapport)
    deliberation = Deliberation.objects.create(
        rapport=rapport,
        numero=numero,
        date=le,
        titre=rapport.titre,
        resultat=Deliberation.Resultat.ADOPTE,
        par=par,
    )
    _affecter(rapport, deliberation, lignes)
    _voter_lignes(rapport, deliberation)
    for prepare in prepares:
        document = Document.figer(
            nature=prepare.nature,
            titre=prepare.titre,
            nom_fichier=prepare.nom_fichier,
            contexte=prepare.contexte,
            pdf=prepare.pdf,
            par=par,
        )
        DocumentDeDeliberation.objects.create(deliberation=deliberation, document=document, nature=prepare.nature)


def _affecter(rapport, deliberation, lignes):
    """Turn the reservation into affectation: both movements of an AE in one conditional UPDATE."""
    tenues = table.reservations(rapport)
    proposees = {ligne.autorisation.pk: ligne.proposition for ligne in lignes}
    if tenues != proposees:
        raise ActeRefuse("La réservation ne correspond plus aux montants proposés : refaites le visa des finances.")
    ecritures = []
    for pk, montant in proposees.items():
        ecritures += [Ecriture(pk, N.LEVEE, montant), Ecriture(pk, N.AFFECTATION, montant)]
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


def _voter_lignes(rapport, deliberation):
    """Freeze the lines and move the dossiers whose lines are all voted; one journal row per dossier."""
    lignes = list(rapport.propositions.values_list("ligne_id", "ligne__dossier_id"))
    LigneDossier.objects.filter(pk__in=[pk for pk, _ in lignes]).update(
        votee_le=deliberation.date, acte_vote=deliberation.numero
    )
    dossiers = Dossier.objects.filter(pk__in={d for _, d in lignes}, etat=Dossier.Etat.INSCRIT)
    dossiers = dossiers.exclude(lignes__votee_le__isnull=True).select_related("structure")
    _deplacer_dossiers(
        dossiers,
        Dossier.Etat.VOTE,
        acte=("voter", "Voter"),
        par=deliberation.par,
        motif=f"Délibération n°\u00a0{deliberation.numero}",
        vote_le=deliberation.date,
    )


def _deplacer_dossiers(dossiers, etat, *, acte, par, motif, **valeurs):
    """Move many dossiers in one UPDATE, one journal row each; the caller's filter is the arrow's source."""
    dossiers = list(dossiers)
    Journal.objects.bulk_create(Journal.ligne(d, *acte, par=par, de=d.etat, vers=etat, motif=motif) for d in dossiers)
    Dossier.objects.filter(pk__in=[d.pk for d in dossiers]).update(etat=etat, **valeurs)


def rejeter(rapport, *, par, motif, le, numero=""):
    """Body of the act, inside its transaction: see `Rapport.rejeter`."""
    if not motif:
        raise ActeRefuse("Un rejet porte son motif.")
    if numero and not _NUMERO.fullmatch(numero):
        raise ActeRefuse(f"« {numero} » n’est pas un numéro de délibération : écrivez par exemple 2023-604.")
    lever(rapport, par=par, motif=motif, cle="rejet")
    ids = set(rapport.propositions.values_list("ligne__dossier_id", flat=True))
    _deplacer_dossiers(
        Dossier.objects.filter(pk__in=ids, etat=Dossier.Etat.INSCRIT).select_related("structure"),
        Dossier.Etat.EN_INSTRUCTION,
        acte=("reprendre", "Reprendre l’instruction"),
        par=par,
        motif=motif,
    )
    Proposition.objects.filter(operation__thematique__rapport=rapport).update(est_active=False)
    if numero:
        Deliberation.objects.create(
            rapport=rapport,
            numero=numero,
            date=le,
            titre=rapport.titre,
            resultat=Deliberation.Resultat.REJETE,
            par=par,
        )
