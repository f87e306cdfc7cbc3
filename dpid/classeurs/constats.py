"""What is wrong with a file, said so that the officer who made it can repair it: where, what was read, what to do."""

import datetime
import enum
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

FINE_INSECABLE = "\u202f"
INSECABLE = "\u00a0"
CONSTATS_MAX = 200
VALEUR_MONTREE_MAX = 80


class Gravite(enum.StrEnum):
    ERREUR = "erreur"
    AVERTISSEMENT = "avertissement"


@dataclass(frozen=True, slots=True)
class ErreurTableur:
    """A cell that holds `#REF!` and the like instead of a value."""

    code: str


@dataclass(frozen=True, slots=True)
class FormuleSansValeur:
    """A formula whose result the file does not carry: we never compute formulas, so there is no value to read."""

    formule: str


@dataclass(frozen=True, slots=True)
class Constat:
    """One error or warning. `colonne` is the letter shown by the spreadsheet, `ligne` the row number shown by it."""

    gravite: Gravite
    feuille: str
    ligne: int | None
    colonne: str
    valeur: str
    message: str
    quoi_faire: str

    def __str__(self):
        lieu = [f"Feuille « {self.feuille} »" if self.feuille else "Fichier"]
        if self.ligne:
            lieu.append(f"ligne {self.ligne}")
        if self.colonne:
            lieu.append(f"colonne {self.colonne}")
        if self.valeur:
            lieu.append(f"« {self.valeur} »" if not self.feuille else f"valeur « {self.valeur} »")
        phrase = f"{', '.join(lieu)} : {self.message}".rstrip()
        return typographier(f"{phrase.removesuffix('.')}. {self.quoi_faire}".rstrip())


@dataclass
class Collecteur:
    """Gathers every finding of a file, keeping at most `CONSTATS_MAX` of them: a list nobody can read helps nobody."""

    erreurs: list[Constat] = field(default_factory=list)
    avertissements: list[Constat] = field(default_factory=list)
    nombre_erreurs: int = 0
    nombre_avertissements: int = 0

    def erreur(self, message, quoi_faire, *, feuille="", ligne=None, colonne=0, valeur=None):
        self.nombre_erreurs += 1
        if len(self.erreurs) < CONSTATS_MAX:
            self.erreurs.append(constat(Gravite.ERREUR, message, quoi_faire, feuille, ligne, colonne, valeur))

    def avertir(self, message, quoi_faire, *, feuille="", ligne=None, colonne=0, valeur=None):
        self.nombre_avertissements += 1
        if len(self.avertissements) < CONSTATS_MAX:
            self.avertissements.append(
                constat(Gravite.AVERTISSEMENT, message, quoi_faire, feuille, ligne, colonne, valeur)
            )

    def tous(self) -> tuple[Constat, ...]:
        """Errors first (they block), then warnings; a last entry says how many are not shown."""
        nombre = self.nombre_erreurs + self.nombre_avertissements
        gardes = (self.erreurs + self.avertissements)[:CONSTATS_MAX]
        if nombre > CONSTATS_MAX:
            gardes = gardes[: CONSTATS_MAX - 1]
            gravite = Gravite.ERREUR if self.nombre_erreurs >= CONSTATS_MAX else Gravite.AVERTISSEMENT
            reste = nombre - len(gardes)
            gardes.append(
                constat(
                    gravite,
                    f"{reste} autres constats ne sont pas affichés",
                    "Corrigez ceux-ci puis déposez à nouveau le fichier.",
                )
            )
        return tuple(gardes)


def constat(gravite, message, quoi_faire, feuille="", ligne=None, colonne=0, valeur=None) -> Constat:
    lettre = lettre_colonne(colonne) if colonne else ""
    return Constat(gravite, feuille, ligne, lettre, montrer(valeur), typographier(message), typographier(quoi_faire))


def lettre_colonne(numero: int) -> str:
    """1 → A, 27 → AA: the name a spreadsheet shows above the column."""
    lettres = ""
    while numero > 0:
        numero, reste = divmod(numero - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres


def euros(montant: Decimal) -> str:
    """`20 000,00 €` with U+202F between thousands and U+00A0 before the sign (dpid.montants imports Django)."""
    return f"{nombre(montant, 2)}{INSECABLE}€"


def nombre(valeur: Decimal, decimales: int | None = None) -> str:
    """A number the French way; without `decimales`, as many as it has."""
    valeur = Decimal(valeur)
    if decimales is None:
        decimales = max(0, -valeur.normalize().as_tuple().exponent)
    return f"{valeur:,.{decimales}f}".replace(",", FINE_INSECABLE).replace(".", ",")


def typographier(texte: str) -> str:
    """No-break spaces where French wants them, so that a guillemet or a colon never starts a line on screen."""
    texte = re.sub(r"«[ \u00a0]?", f"«{INSECABLE}", texte)
    return re.sub(r"(?<=\S)[ \u00a0](?=[»:;?!€])", INSECABLE, texte)


def montrer(valeur) -> str:
    """The value of a cell as its author would recognise it, short and without invisible characters."""
    match valeur:
        case None:
            texte = ""
        case bool():
            texte = "VRAI" if valeur else "FAUX"
        case ErreurTableur():
            texte = valeur.code
        case FormuleSansValeur():
            texte = f"={valeur.formule}"
        case datetime.datetime() | datetime.date():
            texte = valeur.strftime("%d/%m/%Y")
        case int() | float():
            texte = str(valeur).replace(".", ",")
        case Decimal():
            texte = nombre(valeur)
        case _:
            texte = str(valeur)
    court = texte[: VALEUR_MONTREE_MAX + 1]
    court = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cf") else c for c in court)
    return court if len(texte) <= VALEUR_MONTREE_MAX else f"{court[:VALEUR_MONTREE_MAX]}…"
