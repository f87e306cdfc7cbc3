"""Circuit of visas: who signs next, what finances reserves, what a later change cancels."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Value, When
from django.db.models.functions import Concat
from django.utils import timezone

from budget.models import DisponibleConstate
from budget.mouvements import Ecriture, N, enregistrer
from deliberations import imputations as table
from deliberations.models import Proposition, Rapport, VisaRapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import euros

Etape = VisaRapport.Etape


def peut_viser(agent, etape: str) -> bool:
    """The role of the step; the head of service is an instructor marked as such."""
    if not agent.a_role(VisaRapport.ROLES[etape]):
        return False
    return etape != Etape.CHEF_SERVICE or agent.est_chef_de_service or agent.est_systeme


class _Etapes(models.TextField):
    """Slugs separated by spaces, read as a set."""

    def from_db_value(self, valeur, expression, connection):
        return frozenset((valeur or "").split())


def avec_visas_donnes(rapports):
    """`visas_donnes`: steps of the circuit that bear an active visa, in the query of the rapports itself."""
    actifs = VisaRapport.objects.filter(rapport=OuterRef("pk"), annule_le__isnull=True).order_by()
    etapes = [
        Case(When(Exists(actifs.filter(etape=e)), then=Value(f"{e} ")), default=Value(""), output_field=_Etapes())
        for e in settings.DPID["circuit_visas"]
    ]
    return rapports.annotate(visas_donnes=Concat(Value(""), *etapes, output_field=_Etapes()))


@transaction.atomic
def donner_visa(rapport, *, par, etape, constats, commentaire):
    """Give the expected visa; see `Rapport.viser`."""
    courant = rapport.verrouiller_ouvert()
    attendue = courant.etape_attendue()
    if attendue is None:
        raise ActeRefuse(f"Le circuit de visas du rapport {courant} est complet.")
    if etape and etape != attendue:
        raise ActeRefuse(
            f"Le visa attendu est « {Etape(attendue).label} » : le circuit se suit dans l’ordre, et un visa déjà "
            "donné ne se donne pas deux fois."
        )
    if not peut_viser(par, attendue):
        raise ActeRefuse(f"Le visa « {Etape(attendue).label} » n’entre pas dans vos attributions.")
    if not courant.propositions.exists() and not courant.recettes.exists():
        raise ActeRefuse("Le rapport ne présente ni ligne ni recette : inscrivez-en au moins une avant de viser.")
    visa = VisaRapport.objects.create(rapport=courant, etape=attendue, par=par, commentaire=commentaire)
    if attendue == Etape.FINANCES:
        _reserver(courant, visa, constats)
    if courant.etape_attendue() is None:
        courant._terminer_circuit()
        courant.save()
    Journal.noter(courant, "viser", f"Viser ({Etape(attendue).label})", par=par, vers=courant.etat, motif=commentaire)
    rapport.relire(courant)
    return visa


def _reserver(rapport, visa, constats):
    """Reserve the credits (euros) and record the disponible read by finances, beside ours."""
    manquants = table.a_imputer(rapport).count()
    if manquants:
        raise ActeRefuse(
            f"{manquants} financement(s) restent « à imputer » : choisissez une ligne budgétaire avant le visa."
        )
    lignes = table.imputations(rapport)
    for ligne in lignes:
        constate = constats.get(ligne.autorisation.pk, ligne.disponible)
        DisponibleConstate.objects.create(
            autorisation=ligne.autorisation,
            le=rapport.jour_d_effet,
            montant=constate,
            calcule=ligne.disponible,
            par=visa.par,
            explication="" if constate == ligne.disponible else visa.commentaire,
        )
    enregistrer(
        [Ecriture(ligne.autorisation.pk, N.RESERVATION, ligne.proposition) for ligne in lignes],
        par=visa.par,
        piece=f"rapport {rapport.reference}",
        cle=f"{table.cle_mouvements(rapport)}:visa-{visa.pk}",
        le=rapport.jour_d_effet,
    )


@transaction.atomic
def annuler(rapport, *, motif, par):
    """Cancel the active visas and free the reservation. Nothing to do (and nothing written) when there is none."""
    courant = rapport.verrouiller_ouvert()
    actifs = annuler_actifs(courant, motif=motif, par=par)
    if not actifs:
        return
    if courant.etat == Rapport.Etat.VISE:
        courant._rouvrir_circuit()
        courant.save()
    Journal.noter(
        courant,
        "annuler_visas",
        "Annuler les visas",
        par=par,
        de=", ".join(v.get_etape_display() for v in actifs)[:60],
        vers=courant.etat,
        motif=motif,
    )
    rapport.relire(courant)


def annuler_actifs(courant, *, motif, par) -> list:
    """The visas of a locked rapport fall, what they reserved is free; returns those that fell. The caller notes why."""
    actifs = list(courant.visas_actifs())
    if actifs:
        tombes = courant.visas.filter(pk__in=[v.pk for v in actifs])
        tombes.update(annule_le=timezone.now(), motif_annulation=motif[:250])
        lever(courant, par=par or actifs[-1].par, motif=motif, cle=f"annulation-{actifs[-1].pk}")
    return actifs


def lever(rapport, *, par, motif, cle):
    """Free everything that the rapport holds reserved."""
    tenues = table.reservations(rapport)
    enregistrer(
        [Ecriture(pk, N.LEVEE, montant) for pk, montant in tenues.items()],
        par=par,
        piece=f"rapport {rapport.reference}",
        cle=f"{table.cle_mouvements(rapport)}:{cle}",
        le=rapport.jour_d_effet,
        motif=motif,
    )


def montants_modifies(ids_lignes):
    """Guard of amounts (see dpid.panneaux): the rapports that present these lines lose their visas.

    They are locked even without a visa: one being given at this instant must see the new amount, or be cancelled.
    """
    for rapport in _presentant(ids_lignes):
        rapport.annuler_visas(motif="Un montant ou une imputation a été modifié après le visa.")


def verrouiller_presentations(ids_lignes):
    """Lock the rapports that present these lines, without touching their visas. Raises ActeFige when one was sent:
    its text, its territoires, its quantities are what the members read, as much as its amounts."""
    rapports = _presentant(ids_lignes).select_for_update(of=("self",)).select_related("seance__instance")
    for rapport in rapports:
        # Once voted, the line says itself that it is frozen, and by which délibération.
        if rapport.etat in Rapport.ENVOYES:
            rapport.refuser_si_ferme()


def refuser_si_presentees(ids_lignes):
    """A line leaves a rapport by the act of that rapport, or by an amendment of the séance once it is sent."""
    rapport = _presentant(ids_lignes).select_related("seance__instance").first()
    if rapport is not None:
        rapport.refuser_si_ferme()
        raise ActeRefuse(f"Une ligne de ce dossier est au rapport {rapport} : retirez-la depuis ce rapport.")


def _presentant(ids_lignes):
    presentes = Proposition.objects.filter(ligne__in=ids_lignes, est_active=True)
    return Rapport.objects.filter(pk__in=presentes.values("operation__thematique__rapport")).order_by("pk")


def resume_circuit(rapport) -> list[dict]:
    """Steps of the circuit with the visa given, for the page of the rapport."""
    donnes = {v.etape: v for v in rapport.visas_actifs()}
    attendue = rapport.etape_attendue(donnes)
    return [
        {"etape": e, "libelle": Etape(e).label, "visa": donnes.get(e), "attendue": e == attendue}
        for e in settings.DPID["circuit_visas"]
    ]


def phrase_constat(constat) -> str:
    """« Disponible constaté le 20/11/2023 : 882 651,77 € (écart 0,00 €) »."""
    return (
        f"Disponible constaté le {constat.le:%d/%m/%Y} : {euros(constat.montant, True)} "
        f"(écart {euros(constat.ecart, True)})"
    )
