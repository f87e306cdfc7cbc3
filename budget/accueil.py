"""What the budget brings to the shell: the exercices to work on, the search by code, the consumption of the AE."""

from django.db.models import Q
from django.urls import reverse

from budget import barre, situation
from budget.models import LigneBudgetaire
from dpid.models import Role
from dpid.montants import euros
from dpid.recherche import Resultat


def exercices(agent) -> list[tuple[int, str]]:
    """Choices of the current exercice, latest first."""
    return [(annee, str(annee)) for annee in situation.exercices()]


def chercher(agent, texte, limite) -> list[Resultat]:
    """Budget lines by code or label; each leads to its latest AE."""
    if not agent.has_perm("budget.voir_situation"):
        return []
    code = LigneBudgetaire.normaliser_code(texte)
    lignes = LigneBudgetaire.objects.filter(Q(code__contains=code) | Q(libelle__icontains=texte))
    resultats = []
    for ligne in lignes.prefetch_related("autorisations")[:limite]:
        ae = max(ligne.autorisations.all(), key=lambda a: a.millesime, default=None)
        url = reverse("mouvements", args=[ae.pk]) if ae else reverse("situation")
        detail = f"AE {ae.millesime}, disponible {euros(ae.disponible, symbole=True)}" if ae else "sans AE"
        resultats.append(Resultat(str(ligne), url, detail))
    return resultats


def consommation(request) -> dict | None:
    """One bar per AE of the current exercice, for those who follow the credits."""
    if not request.user.a_role(Role.DIRECTION, Role.BUDGET, Role.ADMINISTRATION):
        return None
    annees = situation.exercices()
    exercice = request.session.get("exercice") or (annees[0] if annees else None)
    lignes = situation.situation(exercice) if exercice else []
    if not lignes:
        return None
    return {
        "exercice": exercice,
        "lignes": [{"s": s, **barre.dessin(s)} for s in lignes],
    }
