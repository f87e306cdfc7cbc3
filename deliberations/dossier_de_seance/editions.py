"""The two editions of an act: as it was signed, and as it is published."""

from django.db import models

from deliberations import documents
from deliberations.dossier_de_seance.publication import masque_du_jour


class Edition(models.TextChoices):
    SIGNEE = "signee", "édition signée"
    PUBLICATION = "publication", "édition de publication"


def contextes(rapport, edition=Edition.SIGNEE, cles=None) -> list[dict]:
    """What each document prints in this edition: frozen by the vote or by the sending, live before."""
    lus = documents.contextes_actuels(rapport, cles)
    return masquer(lus)[0] if edition == Edition.PUBLICATION else lus


def masquer(contextes: list[dict]) -> tuple[list[dict], int]:
    """`(masked contexts, number of masks)`."""
    masque = masque_du_jour()
    return masque.appliquer(contextes), masque.nombre
