"""An avenant as operations on the text in force: the sentence of each, and the text that results.

Nothing is invented: a clause whose initial text was not typed says where it can be read.
"""

import re
from dataclasses import dataclass, field

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
    numero: str
    texte: str = ""
    alinea: int | None = None
    titre: str = ""
    fiche: str = ""
    numero_donne: str = ""
    cle_fiche: str = ""  # key of the clause that prints the fiche: two fiches may bear one title

    def __str__(self):
        alinea = f", alinéa {self.alinea}" if self.alinea else ""
        return f"{Operation(self.operation).label} {Cible(self.cible).label.lower()} {self.numero}{alinea}"

    def en_donnees(self) -> dict:
        return {nom: getattr(self, nom) for nom in self.__dataclass_fields__}


def changement(modification, valeurs: dict) -> Changement:
    """A `Modification` with its fields resolved; those without a value stay as they were typed."""
    m = modification
    return Changement(
        m.operation, m.cible, str(m.numero), remplacer(m.texte, valeurs), m.alinea,
        remplacer(m.titre, valeurs), m.fiche.intitule if m.fiche_id else "", m.numero_donne,
        cle_de_fiche(m.fiche_id) if m.fiche_id else "",
    )  # fmt: skip


def cle_de_fiche(pk: int) -> str:
    """Key of the clause that prints a fiche action."""
    return f"fiche-{pk}"


def phrase(m) -> str:
    """« L’article 4 de la convention est supprimé et remplacé par les dispositions suivantes : », then the new text."""
    clause = f"L’{_nommer(m.cible, m.numero)} de la convention"
    e = "e" if m.cible == Cible.ANNEXE else ""
    if m.alinea:
        clause, e = f"Le {_designer(m)}", ""
    if m.operation == Operation.SUPPRIMER:
        return f"{clause} est supprimé{e}."
    fiche = m.fiche and (m.fiche if isinstance(m.fiche, str) else m.fiche.intitule)
    apres = f"Après {'le ' if m.alinea else ''}{_designer(m)}, il est inséré"
    insere = f" un{e} {_nommer(m.cible, m.numero_donne)}" if m.numero_donne else " ce qui suit"
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
    clause = f"l’{_nommer(m.cible, m.numero)}"
    if m.operation == Operation.INSERER_APRES:
        return f"Insertion après {f'un alinéa de {clause}' if m.alinea else clause}"
    if m.operation == Operation.SUPPRIMER and not m.alinea:
        return f"Suppression de {clause}"
    return f"Modification de {clause}"


def _nommer(cible, numero) -> str:
    """« article 4 bis », which no line break cuts."""
    return f"{Cible(cible).label.lower()}\u00a0{str(numero).replace(' ', chr(0xA0))}"


def citer(texte: str) -> str:
    """The new text between quotes, so that it is told from the sentence of the avenant; a list stands by itself."""
    texte = texte.strip()
    return texte if texte.startswith("-") else f"«\u00a0{texte}\u00a0»"


def _designer(m) -> str:
    """« premier alinéa de l’article 4 de la convention », « l’annexe 3 de la convention »."""
    clause = f"l’{_nommer(m.cible, m.numero)} de la convention"
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


def alineas(texte: str, origine: str) -> list[Alinea]:
    """Paragraphs, separated by blank lines: what « le deuxième alinéa » counts."""
    return [Alinea(p.strip(), origine) for p in re.split(r"\n\s*\n", texte.strip()) if p.strip()]
