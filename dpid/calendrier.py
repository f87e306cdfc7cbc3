"""Working days of the French administration: weekends and public holidays (Code du travail, L. 3133-1) are skipped."""

from datetime import date, timedelta

from holidays import France

FERIES = France(language="fr")


def est_ouvre(jour: date) -> bool:
    return jour.weekday() < 5 and jour not in FERIES


def ajouter_jours_ouvres(jour: date, nombre: int) -> date:
    """The `nombre`-th working day after `jour`; `nombre` may be negative (backward calendars)."""
    pas = timedelta(1 if nombre >= 0 else -1)
    for _ in range(abs(nombre)):
        jour += pas
        while not est_ouvre(jour):
            jour += pas
    return jour
