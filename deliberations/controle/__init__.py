"""Coherence of a rapport, checked before anything is printed: each finding says where, how serious, where to mend it.

A rule is a function of an `Examen`, declared by `@regle` in the module named after what it checks; `controler` runs
them all. What blocks a sending or a vote is what cannot be true (`bloquants`); the rest is mended or justified.
"""

from deliberations.controle.constats import Constat, Gravite, Groupe, Lieu
from deliberations.controle.examen import Moment
from deliberations.controle.registre import Releve, bloquants, controler, refuser_si_bloquants

__all__ = [
    "Constat", "Gravite", "Groupe", "Lieu", "Moment", "Releve", "bloquants", "controler", "refuser_si_bloquants",
]  # fmt: skip
