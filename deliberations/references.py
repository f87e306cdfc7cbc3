"""How people name an act: `2023-604`, `2023-12-11/64`, `CD:2023-12-11/64`."""

import re
from dataclasses import dataclass
from datetime import date

from dpid.erreurs import ActeRefuse

_RAPPORT = re.compile(r"^(?:(?P<instance>[A-Z]{2}):)?(?P<date>\d{4}-\d{2}-\d{2})/(?P<numero>[A-Z]?\d{1,5})$")
_DELIBERATION = re.compile(r"^20\d{2}-\d{1,4}$")
AIDE = "Écrivez un numéro de délibération (2023-604) ou une référence de rapport (2023-12-11/64, CD:2023-12-11/64)."


@dataclass(frozen=True)
class ReferenceRapport:
    instance: str
    date: date
    numero: str


def lire(reference: str) -> ReferenceRapport | str:
    """A rapport reference, or the délibération number itself. Raises ActeRefuse when it is neither."""
    reference = (reference or "").strip()
    if _DELIBERATION.match(reference):
        return reference
    trouve = _RAPPORT.match(reference)
    if not trouve:
        raise ActeRefuse(f"« {reference} » n’est pas une référence. {AIDE}")
    try:
        jour = date.fromisoformat(trouve["date"])
    except ValueError as erreur:
        raise ActeRefuse(f"« {trouve['date']} » n’est pas une date qui existe. {AIDE}") from erreur
    return ReferenceRapport(trouve["instance"] or "CP", jour, trouve["numero"])


def trouver(rapports, reference: str):
    """The rapport of the QuerySet named by `reference`; raises ActeRefuse when there is none."""
    lue = lire(reference)
    if isinstance(lue, str):
        filtre = {"deliberation__numero": lue}
    else:
        filtre = {"seance__instance__code": lue.instance, "seance__date": lue.date, "numero": lue.numero}
    rapport = rapports.filter(**filtre).select_related("seance__instance", "service").first()
    if rapport is None:
        raise ActeRefuse(f"Aucun rapport ne répond à la référence « {reference} ».")
    return rapport
