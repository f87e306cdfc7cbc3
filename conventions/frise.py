"""The story of a convention on one line: vote, exécutoire, signatures, notification, échéances, each on its day."""

from dataclasses import dataclass
from datetime import date

from conventions.models import Acte


@dataclass(frozen=True)
class Etape:
    """A step; `est_faite` is False for what is awaited, `est_en_retard` when its day is over."""

    le: date
    titre: str
    est_faite: bool = True
    est_en_retard: bool = False


def frise(actes, echeances, aujourd_hui: date) -> list[Etape]:
    """Steps in the order of their days. `actes`: with their délibération and its transmission; never queries."""
    etapes = {}
    for acte in actes:
        if acte.etat != Acte.Etat.ABANDONNE:
            for etape in _de_l_acte(acte):
                etapes.setdefault(etape, etape)  # two acts of one vote tell it once
    for e in echeances:
        est_faite = e.faite_le is not None or e.nature == e.Nature.FIN and e.le < aujourd_hui
        le = e.faite_le or e.le
        etape = Etape(le, e.libelle, est_faite, not est_faite and e.le < aujourd_hui)
        etapes.setdefault(etape, etape)
    return sorted(etapes.values(), key=lambda etape: etape.le)


def _de_l_acte(acte):
    nom = f"Avenant n°\u00a0{acte.rang}" if acte.rang else "Convention"
    accord = "" if acte.rang else "e"
    deliberation = acte.deliberation
    if deliberation:
        yield Etape(deliberation.date, f"Vote, délibération n°\u00a0{deliberation.numero}")
        transmission = getattr(deliberation, "transmission", None)
        if transmission and transmission.executoire_le:
            yield Etape(transmission.executoire_le, "Vote exécutoire")
    for le, fait in (
        (acte.remis_le, f"remis{accord} à la signature"), (acte.signe_structure_le, f"signé{accord} par la structure"),
        (acte.signe_le, f"signé{accord}"), (acte.notifie_le, f"notifié{accord}"),
    ):  # fmt: skip
        if le:
            yield Etape(le, f"{nom} {fait}")
