"""References that exist in a place of a rapport, with what they are worth now: what an editor offers and previews.

A place is written `rapport` (introduction, texts of the annexes), `t12` (thématique), `o34` (opération), `nouveau`
(what is not saved yet) or `article-financement-12`.
"""

import re
from dataclasses import dataclass

from deliberations.documents.contextes import valeurs_du_rapport
from deliberations.documents.donnees import valeurs_de
from deliberations.documents.lecture import Lecture
from deliberations.redaction.annexes import renvois
from deliberations.redaction.articles import modeles
from deliberations.redaction.figures import TITRES, est_une_figure
from deliberations.redaction.renvois import RENVOI
from dpid.documents import blocs

RAPPORT, NOUVEAU, ARTICLE = "rapport", "nouveau", "article-"
LIBELLES = {
    "montant": "Montant proposé",
    "montant_budget": "Part du budget départemental",
    "montant_hors_budget": "Part hors budget départemental",
    "structures": "Structures financées",
    "operations": "Opérations financées",
    "quantites": "Quantités",
    "periode": "Période",
    "quoi": "Ce qui est financé",
    "nombre": "Nombre",
    "thematique": "Thématique",
    "montants": "Montant, en toutes ses sources",
    "acte": "Acte à signer",
    "annexe": "Numéro de l’annexe jointe",
    "depenses": "Dépenses imputées",
}


class LieuInconnu(LookupError):
    """No such place in this rapport."""


@dataclass(frozen=True)
class Renvoi:
    """A reference that may be written: `{nom}`."""

    nom: str
    libelle: str
    valeur: str

    @property
    def ecriture(self) -> str:
        return f"{{{self.nom}}}"


def lieu_de(partie) -> str:
    """The place of a thématique or of an opération, saved or not."""
    if partie.pk is None:
        return NOUVEAU
    return f"{partie._meta.model_name[0]}{partie.pk}"


def valeurs(lecture: Lecture, lieu: str) -> dict[str, str]:
    """{reference: value} of a place. Raises LieuInconnu."""
    annexes = renvois(lecture.annexes)
    if lieu == RAPPORT:
        return valeurs_du_rapport(lecture)
    if lieu == NOUVEAU:
        return annexes
    if lieu.startswith(ARTICLE):
        article = next((a for a in modeles(lecture.contenu) if f"{ARTICLE}{a.cle}" == lieu), None)
        if article is None:
            raise LieuInconnu(lieu)
        return article.valeurs
    thematiques = {f"t{g['cle']}": g for g in lecture.repartition["thematiques"]}
    operations = {f"o{o['cle']}": o for g in thematiques.values() for o in g["operations"]}
    if lieu in thematiques:
        return {**valeurs_de(thematiques[lieu], thematiques[lieu]["mot"]), **annexes}
    if lieu in operations:
        return {**valeurs_de(operations[lieu]), **annexes}
    if re.fullmatch(r"[to]\d{1,18}", lieu):  # presents no line yet
        return annexes
    raise LieuInconnu(lieu)


def offerts(lecture: Lecture, lieu: str) -> list[Renvoi]:
    """References that have a value there: figures in numbers, annexes, tables and charts. Raises LieuInconnu."""
    connus = {nom: valeur for nom, valeur in valeurs(lecture, lieu).items() if valeur}
    titres = {f"annexe:{a['cle']}": a["titre"] for a in lecture.annexes}
    simples = [Renvoi(nom, libelle, str(connus[nom])) for nom, libelle in LIBELLES.items() if nom in connus]
    annexes = [Renvoi(nom, titres[nom], str(connus[nom])) for nom in titres if nom in connus]
    figures = [Renvoi(nom, titre, _genre(nom)) for nom, titre in TITRES.items() if nom in connus]
    return simples + annexes + figures


def _genre(nom: str) -> str:
    return f"{nom.partition(':')[0].capitalize()} composé à l’impression"


def blocs_resolus(texte: str, valeurs_: dict) -> list[dict]:
    """The blocks that the text will print (paragraphs, lists, tables), each text of them cut in `segments`."""

    def couper(morceau):
        return segments(morceau, valeurs_)

    resultat = blocs(texte)
    for bloc in resultat:
        if bloc["genre"] == "ul":
            bloc["puces"] = [couper(puce) for puce in bloc["puces"]]
        elif bloc["genre"] == "table":
            rangees = [bloc["entetes"], *bloc["rangees"]]
            for cellule in (cellule for rangee in rangees for cellule in rangee):
                cellule["texte"] = couper(cellule["texte"])
            bloc["legende"] = couper(bloc["legende"])
        else:
            bloc["texte"] = couper(bloc["texte"])
    return resultat


def segments(texte: str, valeurs_: dict) -> list[tuple[str, str]]:
    """A text cut in `(kind, text)`: `texte` as typed, `valeur` of a reference, `inconnu` for one without a value."""
    resultat, fin = [], 0
    for trouve in RENVOI.finditer(texte):
        if trouve.start() > fin:
            resultat.append(("texte", texte[fin : trouve.start()]))
        valeur = valeurs_.get(trouve[1])
        if valeur and est_une_figure(trouve[1]):
            valeur = f"[{_genre(trouve[1])} : {TITRES[trouve[1]].lower()}]"
        resultat.append(("valeur", str(valeur)) if valeur else ("inconnu", trouve[0]))
        fin = trouve.end()
    if fin < len(texte):
        resultat.append(("texte", texte[fin:]))
    return resultat
