"""What an annexe says, once read: frozen, typed, in euros, without any reference to the database."""

from dataclasses import dataclass
from decimal import Decimal

from dpid.classeurs import Constat, Gravite
from dpid.classeurs.valeurs import SiretLu

ZERO = Decimal("0.00")
Quantites = tuple[tuple[Decimal, str], ...]


@dataclass(frozen=True, slots=True)
class LigneLue:
    """One funded line. `feuille` and `ligne` say where it was read, for the messages of whoever matches it."""

    feuille: str
    ligne: int
    territoires_texte: str
    structure: str
    description: str
    quantites: Quantites
    montant: Decimal
    acte_texte: str = ""
    code_operation: str = ""
    siret: SiretLu | None = None


@dataclass(frozen=True, slots=True)
class OperationLue:
    """`libelle_total` is what follows TOTAL (« CLLAJ »): the short label that gets printed."""

    libelle: str
    lignes: tuple[LigneLue, ...]
    libelle_total: str = ""
    total_annonce: Decimal | None = None

    @property
    def total(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes), ZERO)


@dataclass(frozen=True, slots=True)
class ThematiqueLue:
    numero: int | None
    titre: str
    feuille: str
    operations: tuple[OperationLue, ...]
    total_annonce: Decimal | None = None

    @property
    def total(self) -> Decimal:
        return sum((operation.total for operation in self.operations), ZERO)


@dataclass(frozen=True, slots=True)
class AnnexeLue:
    """A whole file. `thematiques` is empty as soon as there is one error: nothing to apply by mistake."""

    thematiques: tuple[ThematiqueLue, ...]
    constats: tuple[Constat, ...]

    @property
    def total(self) -> Decimal:
        return sum((thematique.total for thematique in self.thematiques), ZERO)

    @property
    def erreurs(self) -> tuple[Constat, ...]:
        return tuple(c for c in self.constats if c.gravite is Gravite.ERREUR)

    @property
    def avertissements(self) -> tuple[Constat, ...]:
        return tuple(c for c in self.constats if c.gravite is Gravite.AVERTISSEMENT)

    @property
    def est_valide(self) -> bool:
        return not self.erreurs
