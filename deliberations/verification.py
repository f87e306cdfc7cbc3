"""What must always be true between rapports, délibérations, documents and the ledger."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Sum

from budget.models import Mouvement
from deliberations import imputations as table
from deliberations.models import Deliberation, DocumentDeDeliberation, DocumentDEdition, Rapport
from dpid.montants import ZERO, euros
from programmes.models import Dossier, Financement


def ecarts() -> list[str]:
    """One French sentence per gap."""
    return [*_deliberations(), *_rapports_ouverts(), *_dossiers(), *_documents()]


def _deliberations():
    """Adopted: lines voted = imputations voted = affectations of the ledger, AE by AE; nothing left reserved."""
    adoptees = Deliberation.objects.exclude(resultat=Deliberation.Resultat.REJETE)
    for d in adoptees.select_related("rapport__seance"):
        votees = {i.autorisation_id: i for i in d.imputations.all()}
        mouvements = Mouvement.objects.filter(
            cle__startswith=f"{table.cle_mouvements(d.rapport)}:", nature=Mouvement.Nature.AFFECTATION
        )
        affectees = dict(mouvements.order_by().values_list("autorisation_id").annotate(Sum("montant")))
        proposees = table.propositions_par_ae(d.rapport)
        for pk in votees.keys() | affectees.keys() | proposees.keys():
            trio = (
                votees[pk].proposition if pk in votees else ZERO,
                affectees.get(pk, ZERO),
                proposees.get(pk, ZERO),
            )
            if len(set(trio)) > 1:
                montants = ", ".join(euros(m, True) for m in trio)
                yield f"{d} : imputation votée, affectation et lignes diffèrent ({montants})."
        for reste in table.reservations(d.rapport).values():
            yield f"{d} : {euros(reste, True)} restent réservés après l’adoption."


def _rapports_ouverts():
    """Visé by finances: what is reserved is what is proposed. Not visé, or rejected: nothing is reserved."""
    for rapport in Rapport.objects.exclude(etat=Rapport.Etat.ADOPTE).select_related("seance__instance"):
        tenu = table.reservations(rapport)
        vise = not rapport.est_vote and rapport.visas_actifs().filter(etape="finances").exists()
        attendu = table.propositions_par_ae(rapport) if vise else {}
        if tenu != attendu:
            ecart = sum(tenu.values(), ZERO) - sum(attendu.values(), ZERO)
            yield f"Rapport {rapport} : le réservé n’est pas le proposé (écart {euros(ecart, True)})."


def _dossiers():
    """A refused or adjourned dossier holds 0 €; the parts of a split add up."""
    tenus = Financement.objects.filter(
        ligne__dossier__etat__in=[Dossier.Etat.REFUSE, Dossier.Etat.AJOURNE], montant__gt=Decimal(0)
    )
    for f in tenus.select_related("ligne__dossier__structure"):
        yield f"{f.ligne.dossier} est {f.ligne.dossier.get_etat_display().lower()} et tient {euros(f.montant, True)}."
    ventiles = Financement.objects.annotate(parts=Sum("ventilations__montant")).filter(parts__isnull=False)
    for f in ventiles.select_related("ligne"):
        if f.parts != f.montant:
            yield f"{f.ligne} : la ventilation fait {euros(f.parts, True)} pour {euros(f.montant, True)}."


def _documents():
    """The stored bytes are those that were sent, and those that were signed off."""
    for modele in (DocumentDEdition, DocumentDeDeliberation):
        for d in modele.objects.select_related("document").iterator(chunk_size=20):
            try:
                d.document.verifier()
            except ValidationError as erreur:
                yield erreur.messages[0]
