"""Working days of the French administration: weekends and public holidays (Code du travail, L. 3133-1) are skipped."""

from calendar import monthrange
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


def ajouter_mois(jour: date, mois: int) -> date:
    """Same day `mois` months later, or the last day of that month when it has no such day (Code de procédure civile,
    art. 641: a delay in months ends on the day of the last month that bears the same number)."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    if not date.min.year <= annee <= date.max.year:  # a year typed « 9999 » is not an error page
        return date.max if mois > 0 else date.min
    return date(annee, rang + 1, min(jour.day, monthrange(annee, rang + 1)[1]))
