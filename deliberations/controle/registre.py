"""The rules, and how they are run."""

from deliberations.controle import textes
from deliberations.controle.constats import Constat, Gravite
from deliberations.documents.lecture import Lecture

REGLES = (textes.renvois_sans_valeur,)
_ORDRE = list(Gravite)


def controler(rapport, *, lecture=None) -> list[Constat]:
    """Every finding, the most serious first, then in the order of the rapport."""
    lecture = lecture or Lecture(rapport, adoptee=rapport.etat == rapport.Etat.ENVOYE)
    constats = [constat for regle in REGLES for constat in regle(lecture)]
    return sorted(constats, key=lambda c: _ORDRE.index(c.gravite))


def bloquants(rapport) -> list[Constat]:
    return [c for c in controler(rapport) if c.gravite is Gravite.BLOQUANT]
