"""Cells that may be edited offline: how each is read, compared, shown and written.

Between the file and the database a value is a text: `1234.50`, `2024-09-30`, the slug of a choice, the account of an
instructor, nothing. Two texts that differ by their spaces alone are equal: spreadsheets change them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dpid.classeurs.valeurs import ValeurRefusee, lire_date, lire_montant, lire_texte, nettoyer_texte, refuser_non_texte
from dpid.models import Agent, Role
from dpid.montants import chaine, euros
from dpid.tableaux import DATE, MONTANT, TEXTE
from dpid.textes import cle_texte
from dpid.typographie import date_courte
from programmes.models import Dossier, LigneDossier

TEXTE_MAX = 32_000  # a spreadsheet cell holds 32 767 characters
TROP_LONG = "(texte trop long pour un tableur : modifiez-le dans l’application)"


@dataclass(frozen=True)
class Champ:
    """`modele`: what carries it. `lire(cell, choices)` → text, raising ValeurRefusee; `ecrire(text)` → Python value."""

    nom: str
    modele: type
    genre: str
    largeur: float
    lire: Callable
    ecrire: Callable
    stocke: Callable
    montrer: Callable
    est_choix: bool = False

    @property
    def titre(self) -> str:
        # As a title is read back: plain spaces.
        libelle = " ".join(str(self.modele._meta.get_field(self.nom).verbose_name).split())
        return libelle[:1].upper() + libelle[1:]

    def actuel(self, objet) -> str:
        """The text of what is stored."""
        return self.stocke(getattr(objet, self.nom))

    def egaux(self, un: str, autre: str) -> bool:
        return un == autre or (self.genre == TEXTE and nettoyer_texte(un) == nettoyer_texte(autre))


def _lire_libre(valeur, choix):
    """Line breaks and blank lines are kept: they are the officer's."""
    lu = lire_texte(valeur)
    if not isinstance(valeur, str):
        return lu
    return "\n".join(nettoyer_texte(ligne) for ligne in valeur.replace("\r\n", "\n").split("\n")).strip()


def _lire_court(valeur, choix):
    return lire_texte(valeur).replace("\n", " ")


def _lire_somme(valeur, choix):
    return "" if valeur is None else chaine(lire_montant(valeur))


def _lire_jour(valeur, choix):
    return "" if valeur is None else lire_date(valeur).isoformat()


def _lire_choix(valeur, choix):
    """A label of the list, or nothing. Case, accents and spaces are forgiven."""
    refuser_non_texte(valeur)
    if valeur is None:
        return ""
    cle = cle_texte(str(valeur))
    trouves = [c for c, libelle in choix.items() if cle in (cle_texte(libelle), cle_texte(c))]
    if len(trouves) != 1:
        noms = ", ".join(f"« {libelle} »" for libelle in list(choix.values())[:8])
        raise ValeurRefusee("cette valeur n’est pas dans la liste", f"Choisissez parmi {noms}, ou laissez vide.")
    return trouves[0]


def _instructeur(texte):
    return Agent.objects.get(username=texte) if texte else None


def _texte(nom, modele, largeur, lire):
    ecourter = lambda v: v if len(v) <= TEXTE_MAX else TROP_LONG  # noqa: E731
    return Champ(nom, modele, TEXTE, largeur, lire, str, ecourter, str)


def _somme(nom):
    return Champ(
        nom, LigneDossier, MONTANT, 16, _lire_somme, lambda t: Decimal(t) if t else None,
        lambda v: "" if v is None else chaine(v), lambda t: euros(Decimal(t), True) if t else "",
    )  # fmt: skip


def _jour(nom):
    return Champ(
        nom, LigneDossier, DATE, 12, _lire_jour, lambda t: date.fromisoformat(t) if t else None,
        lambda v: v.isoformat() if v else "", lambda t: date_courte(date.fromisoformat(t)) if t else "",
    )  # fmt: skip


def _choix(nom):
    libelles = dict(LigneDossier._meta.get_field(nom).choices)
    return Champ(nom, LigneDossier, TEXTE, 22, _lire_choix, str, str, lambda t: str(libelles.get(t, t)), est_choix=True)


CHAMPS = {
    c.titre: c
    for c in (
        _texte("intitule", Dossier, 40, _lire_court),
        Champ(
            "instructeur", Dossier, TEXTE, 26, _lire_choix, _instructeur, lambda a: a.username if a else "", str,
            est_choix=True,
        ),
        _texte("description", LigneDossier, 50, _lire_libre),
        _jour("debut"),
        _jour("fin"),
        _somme("demande"),
        _somme("propose"),
        _choix("motif_zero"),
        _choix("nature_acte"),
    )
}  # fmt: skip
PAR_NOM = {c.nom: c for c in CHAMPS.values()}


def listes_de_choix() -> dict[str, dict[str, str]]:
    """{field: {text: label}}; an instructor is told apart by the account when two bear the same name."""
    agents = [a for a in Agent.objects.filter(is_active=True).exclude(username=Agent.SYSTEME)
              if a.a_role(Role.INSTRUCTION, Role.ADMINISTRATION)]  # fmt: skip
    noms = [cle_texte(str(a)) for a in agents]
    listes = {
        "instructeur": {
            a.username: f"{a} ({a.username})" if noms.count(cle_texte(str(a))) > 1 else str(a) for a in agents
        }
    }
    for nom in ("motif_zero", "nature_acte"):
        choix = LigneDossier._meta.get_field(nom).choices
        listes[nom] = {str(cle): str(libelle) for cle, libelle in choix}
    return listes
