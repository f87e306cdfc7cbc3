"""The table of the situation, ready to print: texts and addresses made once per row in Python.

Six figures a row, each a link: as many includes and date filters in the template cost ten times the figures.
"""

from datetime import date

from django.urls import reverse

from budget import barre
from budget.situation import SituationAE
from dpid.montants import ZERO, euros

# counter of the movements behind the figure → is it one that the eye looks for
COLONNES = {
    "vote": False, "affecte": False, "engage": False, "disponible": True, "reserve": False, "disponible_apres": True,
}  # fmt: skip


def totaux(lignes: list[SituationAE]) -> dict:
    """{column: euros}, over every row."""
    return {c: sum((getattr(s, c) for s in lignes), ZERO) for c in COLONNES}


def rangs(lignes: list[SituationAE], au: date | None) -> list[dict]:
    """One per AE: the row, its bar, its figures and where each leads."""
    # Once for the table: the resolver takes longer to find an address than the template to print it.
    adresse = reverse("mouvements", args=[0])
    return [_rang(s, adresse.replace("/0/", f"/{s.pk}/"), au) for s in lignes]


def _rang(s: SituationAE, lien: str, au: date | None) -> dict:
    return {
        "s": s,
        "page": f"{lien}?au={au}" if au else lien,
        "lien": lien,
        "suite": _suite(au=au),
        "chiffres": [{"compteur": c, "est_fort": fort, "texte": euros(getattr(s, c))} for c, fort in COLONNES.items()],
        **barre.dessin(s),
    }


def rang_total(sommes: dict, exercice: int, au: date | None) -> dict:
    """The last row: its figures lead to the movements of every AE of the exercice."""
    return {
        "lien": reverse("mouvements_exercice"),
        "suite": _suite(au=au, exercice=exercice),
        "chiffres": [{"compteur": c, "est_fort": False, "texte": euros(sommes[c])} for c in COLONNES],
    }


def _suite(**parametres) -> str:
    """« &au=2024-06-30&exercice=2024 », what follows the counter in an address."""
    return "".join(f"&{cle}={valeur}" for cle, valeur in parametres.items() if valeur)
