"""The batch: each act of a rapport made exactly once by the worker, with a result per row, resumable after a crash."""

from django.db import transaction
from django.urls import reverse

from conventions.composition import composer, resumer
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire
from conventions.models import Acte
from deliberations.models import Rapport
from dpid.erreurs import ActeRefuse
from dpid.models import ElementTravail, Travail
from dpid.tasks import demander, par_centieme
from dpid.typographie import accorder

NATURE = "generation"


def demander_generation(rapport, *, par, jeton=""):
    """The job that makes the acts of a rapport that can be made; a double click is one job."""
    return demander(
        NATURE,
        f"Actes du rapport {rapport}",
        # `adresse`: where « Documents en cours » leads.
        {"rapport": rapport.pk, "adresse": reverse("rapport_actes", args=[rapport.pk])},
        par=par,
        cle=f"generation-{rapport.pk}-{par.pk}-{jeton or rapport.actes.count()}",
    )  # fmt: skip


def generer(travail):
    """Factory of the « generation » jobs. What a killed worker had made is neither lost nor made again."""
    rapports = Rapport.objects.visibles_par(travail.par).select_related("seance")
    rapport = rapports.get(pk=travail.parametres["rapport"])
    prevus = prevoir(rapport)
    faits = set(travail.elements.values_list("objet_id", flat=True))
    avancer = par_centieme(travail.avancer)
    for rang, prevu in enumerate(prevus):
        avancer(rang, len(prevus))
        if _objet(prevu) not in faits:
            generer_un(travail, prevu, rapport)
    travail.avancer(len(prevus), len(prevus))
    relire(travail, prevus)
    return None, bilan(travail)


def _objet(prevu) -> int:
    """What identifies an act of the plan, made or not: its first line."""
    return prevu.lignes[0].pk


def generer_un(travail, prevu, rapport) -> None:
    """One act and its result, in one transaction."""
    with transaction.atomic():
        try:
            prevu.acte, nouveau = preparer(prevu, rapport, par=travail.par)
        except ActeRefuse as refus:
            fait, phrase = False, str(refus)
        else:
            fait, phrase = True, f"{'Projet préparé' if nouveau else 'Projet déjà préparé'} : {prevu.acte}."
        ElementTravail.objects.create(
            travail=travail, objet_id=_objet(prevu), libelle=prevu.libelle[:250], est_fait=fait, phrase=phrase
        )


def relire(travail, prevus) -> None:
    """Say what each act still lacks to leave, once all are made: one reading for the batch. Twice changes nothing."""
    elements = {e.objet_id: e for e in travail.elements.filter(est_fait=True)}
    faits = {p.acte.pk: elements[_objet(p)] for p in prevus if p.acte and _objet(p) in elements}
    arretes = []
    for lu in lire(faits):
        if manques := composer(lu).manques:
            element = faits[lu.acte.pk]
            element.est_fait, element.phrase = False, f"{element.phrase} Il ne peut pas partir : {resumer(manques)}"
            arretes.append(element)
    ElementTravail.objects.bulk_update(arretes, ["est_fait", "phrase"])


def bilan(travail) -> str:
    faits = travail.elements.filter(est_fait=True).count()
    arretes = travail.elements.filter(est_fait=False).count()
    suite = f", {accorder(arretes, 'à compléter', 'à compléter')}" if arretes else ""
    return f"{accorder(faits, 'acte prêt', 'actes prêts')}{suite}."


def dernier(rapport, agent) -> Travail | None:
    """The latest generation that the agent asked for this rapport."""
    siens = Travail.objects.visibles_par(agent).filter(nature=NATURE, parametres__rapport=rapport.pk)
    return siens.defer("resultat").first()


def relever_les_manques(prevus) -> None:
    """Fill `manques` of the projects among `prevus`, as they stand now; a constant number of queries."""
    projets = {p.acte.pk: p for p in prevus if p.acte and p.acte.etat == Acte.Etat.PROJET}
    for lu in lire(projets) if projets else ():
        projets[lu.acte.pk].manques = list(dict.fromkeys(m.champ for m in composer(lu).manques))
