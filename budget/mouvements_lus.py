"""Movements behind a figure of the situation: same filters, signs and total as the figure clicked."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, Q, Sum, When, Window

from budget.models import LigneBudgetaire, Mouvement
from dpid.montants import ZERO, MontantField, montant

C = Mouvement.Compteur
# figure → (title, counters, counters that count negatively)
CHIFFRES = {
    "vote": ("AE votée", (C.VOTE,), ()),
    "affecte": ("Affecté", (C.AFFECTE,), ()),
    "engage": ("Dont engagé", (C.ENGAGE,), ()),
    "disponible": ("Disponible (AE votée − affecté)", (C.VOTE, C.AFFECTE), (C.AFFECTE,)),
    "reserve": ("Réservé par les rapports ouverts", (C.RESERVE,), ()),
    "disponible_apres": (
        "Disponible après (AE votée − affecté − réservé)", (C.VOTE, C.AFFECTE, C.RESERVE), (C.AFFECTE, C.RESERVE),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Chiffre:
    """A figure and what makes it; `total` in euros."""

    titre: str
    mouvements: object
    total: Decimal


def chiffre(autorisations, compteur: str = "", au=None) -> Chiffre:
    """Movements of `autorisations` that make the figure `compteur`, oldest first, each with its running total.

    Without `compteur`, every movement: counters are not added to one another, there is no total (0).
    """
    mouvements = Mouvement.objects.filter(autorisation__in=autorisations).au(au)
    mouvements = mouvements.select_related("autorisation__ligne", "par").order_by("date_effet", "pk")
    if compteur not in CHIFFRES:
        return Chiffre("Tous les mouvements", mouvements, ZERO)
    titre, compteurs, negatifs = CHIFFRES[compteur]
    signe = Case(
        When(compteur__in=negatifs, then=montant(0) - F("montant")), default=F("montant"), output_field=MontantField()
    )
    mouvements = mouvements.filter(compteur__in=compteurs).annotate(signe=signe)
    total = mouvements.order_by().aggregate(t=Sum("signe", output_field=MontantField()))["t"] or ZERO
    cumul = Window(
        Sum("signe", output_field=MontantField()),
        order_by=[F("date_effet").asc(), F("pk").asc()],
        output_field=MontantField(),
    )
    return Chiffre(titre, mouvements.annotate(cumul=cumul), total)


def lignee(ae) -> list[dict]:
    """Lines that this one replaces, or that replace it since a change of nomenclature, each with its latest AE."""
    voisines = LigneBudgetaire.objects.filter(Q(successeurs=ae.ligne_id) | Q(predecesseur=ae.ligne_id))
    liens = []
    for ligne in voisines.prefetch_related("autorisations"):
        phrase = "Remplace la ligne" if ligne.pk == ae.ligne.predecesseur_id else "Remplacée par la ligne"
        derniere = max(ligne.autorisations.all(), key=lambda a: a.millesime, default=None)
        liens.append({"phrase": phrase, "ligne": ligne, "ae": derniere})
    return liens
