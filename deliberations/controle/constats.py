"""A finding of the coherence check."""

import hashlib
from dataclasses import dataclass, field
from enum import Enum


class Gravite(Enum):
    """In the order in which they are read."""

    BLOQUANT = "bloquant"
    A_JUSTIFIER = "à justifier"
    INFORMATION = "information"


@dataclass(frozen=True)
class Constat:
    """`lieu`: what the finding is about, as it is printed (« Opération 3 »); `cle_lieu`: its stable key, with which a
    justification is kept; `lien`: page where it is mended; `donnees`: what it was computed from."""

    regle: str
    gravite: Gravite
    message: str
    lieu: str = ""
    cle_lieu: str = ""
    lien: str = ""
    donnees: tuple = field(default=())

    def __str__(self):
        return f"{self.lieu}\u00a0: {self.message}" if self.lieu else self.message

    @property
    def empreinte(self) -> str:
        """Changes with the data: a justification given on other figures does not hold any more."""
        texte = "|".join([self.regle, self.cle_lieu, self.message, *map(str, self.donnees)])
        return hashlib.sha256(texte.encode()).hexdigest()
