"""List of the decisions of a séance, as it is posted: number, title, result and amounts of each délibération."""

from django.conf import settings
from django.db.models import OuterRef, Subquery, Sum

from deliberations.models import Deliberation, ImputationVotee, RecetteVotee
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO, MontantField, chaine
from dpid.typographie import composer, date_longue


def contexte(seance) -> dict:
    """Raises ActeRefuse when nothing is voted yet."""
    actes = _actes(seance)
    if not actes:
        raise ActeRefuse(f"Aucune délibération n’est enregistrée pour la séance {seance}.")
    instance = seance.instance.libelle
    return {
        "titre_h1": f"Liste des délibérations, {instance} du {date_longue(seance.date)}",
        "reference_fichier": f"{seance.instance.code}-{seance.date.isoformat()}",
        "date": seance.date.isoformat(),
        "projet": False,
        "pied": f"{instance} du {seance.date:%d/%m/%Y}",
        "collectivite": settings.DPID["collectivite"],
        "collectivite_capitales": settings.DPID["collectivite"].upper(),
        "instance_capitales": instance.upper(),
        "reunion_capitales": f"RÉUNION DU {date_longue(seance.date).upper()}",
        "decisions": [
            {
                "numero": a.numero,
                "titre": composer(a.titre),
                "resultat": a.get_resultat_display(),
                "depenses": chaine(a.depenses or ZERO),
                "recettes": chaine(a.somme_recettes or ZERO),
            }
            for a in actes
        ],
        "total_depenses": chaine(sum((a.depenses or ZERO for a in actes), ZERO)),
        "total_recettes": chaine(sum((a.somme_recettes or ZERO for a in actes), ZERO)),
    }


def _actes(seance) -> list:
    actes = Deliberation.objects.filter(rapport__seance=seance).annotate(
        depenses=_somme(ImputationVotee), somme_recettes=_somme(RecetteVotee)
    )
    return sorted(actes, key=lambda a: [int(part) for part in a.numero.split("-")])


def _somme(modele):
    """Two joined sums would multiply each other."""
    lignes = modele.objects.filter(deliberation=OuterRef("pk")).order_by().values("deliberation")
    return Subquery(lignes.annotate(t=Sum("proposition")).values("t"), output_field=MontantField())
