"""A finding of the coherence check; the findings of one rule in one place are read and justified together."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from deliberations.controle.examen import Lieu, Moment
from dpid.typographie import composer, nombre


class Gravite(Enum):
    """In the order in which they are read."""

    BLOQUANT = "bloquant"
    A_JUSTIFIER = "à justifier"
    INFORMATION = "information"


RANGS = {gravite: rang for rang, gravite in enumerate(Gravite)}


@dataclass(frozen=True)
class Constat:
    """One finding. `donnees`: what it was computed from, as plain values: a justification falls when they change.

    `lien`: page where this one is mended, when it is not the page of its place.
    """

    lieu: Lieu
    message: str
    donnees: tuple = ()
    lien: str = ""

    def __str__(self):
        return f"{self.lieu.libelle}\u00a0: {composer(self.message)}"


@dataclass(frozen=True)
class Groupe:
    """The findings of a rule in one place."""

    regle: "Regle"
    lieu: Lieu
    constats: tuple[Constat, ...]

    def __str__(self):
        return f"{self.lieu.libelle}\u00a0: {self.resume}"

    @property
    def gravite(self) -> Gravite:
        return self.regle.gravite

    @property
    def est_bloquant(self) -> bool:
        return self.gravite is Gravite.BLOQUANT

    @property
    def resume(self) -> str:
        """The finding itself when it is alone, else « 23 lignes commencent avant la séance. »"""
        if len(self.constats) == 1:
            return composer(self.constats[0].message)
        return composer(f"{nombre(len(self.constats))} {self.regle.plusieurs}.")

    @property
    def lien(self) -> str:
        seul = self.constats[0].lien if len(self.constats) == 1 else ""
        return seul or self.lieu.lien

    @property
    def empreinte(self) -> str:
        """Print of the data, whatever the order of the findings and the words that tell them."""
        parties = sorted(json.dumps([str(d) for d in c.donnees], ensure_ascii=False) for c in self.constats)
        texte = "\n".join([self.regle.cle, self.lieu.cle, *parties])
        return hashlib.sha256(texte.encode()).hexdigest()


@dataclass(frozen=True)
class Regle:
    """`plusieurs`: what several findings say together, after their number; `moments`: when the rule has a sense;
    `est_reservee`: what it tells is seen by the secrétariat des assemblées alone."""

    cle: str
    gravite: Gravite
    plusieurs: str
    chercher: Callable
    moments: frozenset[Moment]
    est_reservee: bool

    def appliquer(self, examen) -> list[Groupe]:
        par_lieu: dict[str, list[Constat]] = {}
        for constat in self.chercher(examen):
            par_lieu.setdefault(constat.lieu.cle, []).append(constat)
        return [Groupe(self, constats[0].lieu, tuple(constats)) for constats in par_lieu.values()]


def regle(cle: str, gravite: Gravite, plusieurs: str, *, moments=tuple(Moment), reservee: bool = False):
    """Declare a rule: the generator of findings becomes a `Regle`, found by the registry in its module."""

    def declarer(chercher) -> Regle:
        return Regle(cle, gravite, plusieurs, chercher, frozenset(moments), reservee)

    return declarer
