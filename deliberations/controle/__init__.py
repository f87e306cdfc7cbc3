"""Coherence of a rapport, checked before anything is printed: each finding says where, how serious, where to mend it.

A rule is a function `regle(lecture) -> iterable of Constat`, registered under its slug; `controler` runs them all.
"""

from deliberations.controle.constats import Constat, Gravite
from deliberations.controle.registre import bloquants, controler

__all__ = ["Constat", "Gravite", "bloquants", "controler"]
