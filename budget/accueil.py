"""What the budget brings to the shell: the exercices to work on, the search by code, the consumption of the AE."""

from django.db.models import Q
from django.urls import reverse

from budget import barre, situation
from budget.models import LigneBudgetaire
from dpid.models import Role
from dpid.montants import INSECABLE, euros
from dpid.recherche import Resultat

# An AE is watched from this share of its vote on, in percents (setting of the finance direction, from 01/01/2024).
SEUIL = 90
# The home page shows the most consumed; the situation shows them all.
MONTREES = 40


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
    """One bar per AE of the current exercice, the most consumed first, for those who follow the credits."""
    if not request.user.a_role(Role.DIRECTION, Role.BUDGET, Role.ADMINISTRATION):
        return None
    exercice = request.session.get("exercice") or next(iter(situation.exercices()), None)
    lignes = situation.situation(exercice) if exercice else []
    if not lignes:
        return None
    rangs = [{"s": s, **barre.dessin(s), **niveau(s)} for s in lignes]
    rangs.sort(key=lambda r: -r["taux"])  # stable: the order of the tables within the same rate
    montrees = rangs[:MONTREES]
    return {
        "exercice": exercice,
        "lignes": montrees,
        "nombre": len(rangs),
        "nb_alertes": sum(bool(r["signal"]) for r in rangs),
        "seuil": SEUIL,
    }


def niveau(s) -> dict:
    """Share of an AE already affected or reserved (whole percents, rounded down), and its signal from `SEUIL` on."""
    pris = s.affecte + s.reserve
    taux = int(100 * pris / s.vote) if s.vote else (100 if pris else 0)
    if s.caduque or taux < SEUIL:
        return {"taux": taux, "signal": "", "mot": ""}
    if s.disponible_apres <= 0:
        return {"taux": taux, "signal": "bloque", "mot": "épuisée"}
    return {"taux": taux, "signal": "surveiller", "mot": f"{taux}{INSECABLE}% pris"}
