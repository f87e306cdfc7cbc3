"""An avenant as operations on the text in force: the sentence of each, and the text that results.

Nothing is invented: a clause whose initial text was not typed says where it can be read.
"""

import re
from dataclasses import dataclass, field, replace

from conventions.models.modele import Cible, Operation
from deliberations.redaction.renvois import remplacer
from dpid.typographie import entre_guillemets

INITIAL_ABSENT = "Texte initial : voir la pièce signée."
ORDINAUX = {1: "premier", 2: "deuxième", 3: "troisième", 4: "quatrième", 5: "cinquième", 6: "sixième"}


def ordinal(n: int) -> str:
    return ORDINAUX.get(n, f"{n}e")


@dataclass(frozen=True)
class Changement:
    """One operation, its text resolved: what is frozen with the avenant. `fiche`: title of the fiche that replaces."""

    operation: str
    cible: str
    numero: int
    texte: str = ""
    alinea: int | None = None
    titre: str = ""
    fiche: str = ""
    numero_donne: str = ""

    def __str__(self):
        alinea = f", alinéa {self.alinea}" if self.alinea else ""
        return f"{Operation(self.operation).label} {Cible(self.cible).label.lower()} {self.numero}{alinea}"

    def en_donnees(self) -> dict:
        return {nom: getattr(self, nom) for nom in self.__dataclass_fields__}


def changement(modification, valeurs: dict) -> Changement:
    """A `Modification` with its fields resolved; those without a value stay as they were typed."""
    m = modification
    return Changement(
        m.operation, m.cible, m.numero, remplacer(m.texte, valeurs), m.alinea,
        remplacer(m.titre, valeurs), m.fiche.intitule if m.fiche_id else "", m.numero_donne,
    )  # fmt: skip


def phrase(m) -> str:
    """« L’article 4 de la convention est supprimé et remplacé par les dispositions suivantes : », then the new text."""
    clause = f"L’{Cible(m.cible).label.lower()}\u00a0{m.numero} de la convention"
    e = "e" if m.cible == Cible.ANNEXE else ""
    if m.alinea:
        clause, e = f"Le {_designer(m)}", ""
    if m.operation == Operation.SUPPRIMER:
        return f"{clause} est supprimé{e}."
    fiche = m.fiche and (m.fiche if isinstance(m.fiche, str) else m.fiche.intitule)
    apres = f"Après {'le ' if m.alinea else ''}{_designer(m)}, il est inséré"
    insere = f" un{e} {Cible(m.cible).label.lower()}\u00a0{m.numero_donne}" if m.numero_donne else " ce qui suit"
    dire = {
        Operation.REMPLACER: f"{clause} est supprimé{e} et remplacé{e} par",
        Operation.COMPLETER: f"{clause} est complété{e} par",
        Operation.INSERER_APRES: f"{apres}{insere}",
    }[m.operation]
    if fiche:
        suite = " :" if m.operation == Operation.INSERER_APRES else ""
        return f"{dire}{suite} la fiche action {entre_guillemets(fiche)} annexée au présent avenant."
    suite = " :" if m.operation == Operation.INSERER_APRES else " les dispositions suivantes :"
    return f"{dire}{suite}\n\n{citer(m.texte)}"


def intitule(m) -> str:
    """Title of the article of an avenant that was given none: « Modification de l’article 4 »."""
    clause = f"l’{Cible(m.cible).label.lower()}\u00a0{m.numero}"
    if m.operation == Operation.INSERER_APRES:
        return f"Insertion après {f'un alinéa de {clause}' if m.alinea else clause}"
    if m.operation == Operation.SUPPRIMER and not m.alinea:
        return f"Suppression de {clause}"
    return f"Modification de {clause}"


def citer(texte: str) -> str:
    """The new text between quotes, so that it is told from the sentence of the avenant; a list stands by itself."""
    texte = texte.strip()
    return texte if texte.startswith("-") else f"«\u00a0{texte}\u00a0»"


def _designer(m) -> str:
    """« premier alinéa de l’article 4 de la convention », « l’annexe 3 de la convention »."""
    clause = f"l’{Cible(m.cible).label.lower()}\u00a0{m.numero} de la convention"
    return f"{ordinal(m.alinea)} alinéa de {clause}" if m.alinea else clause


@dataclass(frozen=True)
class Alinea:
    """A paragraph of a clause and the act that wrote it."""

    texte: str
    origine: str


@dataclass(frozen=True)
class ClauseConsolidee:
    """`numero` is the printed one: an article inserted by an avenant takes « 4 bis »."""

    nature: str
    numero: str
    titre: str
    alineas: list[Alinea] = field(default_factory=list)
    est_supprimee: bool = False
    origine: str = ""
    fiche: dict | None = None

    @property
    def texte(self) -> str:
        return "\n\n".join(a.texte for a in self.alineas)

    @property
    def origines(self) -> list[str]:
        return list(dict.fromkeys(a.origine for a in self.alineas)) or [self.origine]


class CibleAbsente(LookupError):
    """An operation names an article, an annexe or an alinéa that the text in force does not have."""


def alineas(texte: str, origine: str) -> list[Alinea]:
    """Paragraphs, separated by blank lines: what « le deuxième alinéa » counts."""
    return [Alinea(p.strip(), origine) for p in re.split(r"\n\s*\n", texte.strip()) if p.strip()]


def rejouer(clauses: list[ClauseConsolidee], changements, origine: str, fiches=None) -> list[ClauseConsolidee]:
    """The clauses after these operations. `fiches`: {title: data} of the avenant. Raises CibleAbsente."""
    for c in changements:
        clauses = _appliquer(clauses, c, origine, (fiches or {}).get(c.fiche))
    return clauses


def _appliquer(clauses, c, origine, fiche):
    rang = next((i for i, x in enumerate(clauses) if x.nature == c.cible and x.numero == str(c.numero)), None)
    if rang is None:
        raise CibleAbsente(f"{c} : cette clause n’existe pas dans le texte en vigueur.")
    nouveaux = alineas(c.texte, origine)
    if c.operation == Operation.INSERER_APRES and not c.alinea:
        numero = _numero_donne(clauses, c) if c.numero_donne else _numero_bis(clauses, c)
        inseree = ClauseConsolidee(c.cible, numero, c.fiche or c.titre, nouveaux, origine=origine, fiche=fiche)
        return [*clauses[: rang + 1], inseree, *clauses[rang + 1 :]]
    changee = _changer(clauses[rang], c, nouveaux, origine)
    if c.fiche:
        changee = replace(changee, titre=c.fiche, alineas=[], fiche=fiche, origine=origine)
    return [*clauses[:rang], changee, *clauses[rang + 1 :]]


def _changer(clause, c, nouveaux, origine):
    if not c.alinea:
        if c.operation == Operation.SUPPRIMER:
            return replace(clause, alineas=[], est_supprimee=True, origine=origine)
        if c.operation == Operation.COMPLETER:
            return replace(clause, alineas=[*clause.alineas, *nouveaux])
        return replace(clause, alineas=nouveaux, est_supprimee=False, origine=origine)
    place = c.alinea - 1
    absent = bool(clause.alineas) and clause.alineas[0].texte == INITIAL_ABSENT
    if absent:
        # The initial text was not typed: what is known stands beside the sentence that says where to read the rest.
        return replace(clause, alineas=[*clause.alineas, *nouveaux])
    if place >= len(clause.alineas):
        raise CibleAbsente(f"{c} : cette clause n’a que {len(clause.alineas)} alinéa(s) dans le texte en vigueur.")
    garde = {
        Operation.SUPPRIMER: [],
        Operation.REMPLACER: nouveaux,
        Operation.INSERER_APRES: [clause.alineas[place], *nouveaux],
        Operation.COMPLETER: [clause.alineas[place], *nouveaux],
    }[c.operation]
    return replace(clause, alineas=[*clause.alineas[:place], *garde, *clause.alineas[place + 1 :]])


def _numero_donne(clauses, c) -> str:
    """The number that the avenant gives, unless the text in force already has it."""
    if any(x.nature == c.cible and x.numero == c.numero_donne for x in clauses):
        raise CibleAbsente(f"{c} : le texte en vigueur a déjà un {c.numero_donne}.")
    return c.numero_donne


def _numero_bis(clauses, c) -> str:
    """« 4 bis », then « 4 ter »…"""
    pris = {x.numero for x in clauses if x.nature == c.cible}
    suffixes = ("bis", "ter", "quater", "quinquies", "sexies", "septies", "octies")
    libres = [n for n in (f"{c.numero}\u00a0{s}" for s in suffixes) if n not in pris]
    if not libres:
        raise CibleAbsente(f"{c} : trop de clauses ont été insérées à cet endroit.")
    return libres[0]
