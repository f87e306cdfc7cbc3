"""Rules on the texts: references that resolve, nothing typed that the data know, nothing left to write."""

import re
from datetime import date
from decimal import Decimal

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.imputations import tableau
from deliberations.redaction.renvois import cites, manquants
from dpid.montants import arrondir, lire_euros
from dpid.typographie import MOIS
from programmes.regles import e

ESPACE = r"[ \u00a0\u202f]"
CHIFFRES = r"\d{1,3}(?:[ \u00a0\u202f.]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
MONTANT = re.compile(rf"(?<![\d,.])({CHIFFRES}){ESPACE}*(?:€|euros?\b|EUR\b)")
ANNEXE = re.compile(rf"\bannexes?{ESPACE}+(?:n°{ESPACE}*)?(\d{{1,2}})\b", re.IGNORECASE)
CODE = re.compile(rf"\bC\d{{2}}-\d{{3}}{ESPACE}?[A-Z]\d{{2}}\b")
A_ECRIRE = re.compile(
    r"\bX{2,}\b|…{2,}|\[…\]|\[\.{3}\]|\.{4,}|_{3,}|(?<=\s)…(?=\s)|\?{2,}"
    r"|\b(?:à compléter|à préciser|à vérifier|à confirmer|à relire|note interne|lorem ipsum)\b",
    re.IGNORECASE,
)
DATE_COURTE = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
DATE_LONGUE = re.compile(rf"\b(\d{{1,2}})(?:er)?{ESPACE}+({'|'.join(MOIS)}){ESPACE}+(\d{{4}})\b", re.IGNORECASE)
PART = re.compile(
    rf"(\d+(?:,\d+)?){ESPACE}*%{ESPACE}+(?:de|d’|des|du montant de){ESPACE}*({CHIFFRES}){ESPACE}*(?:€|euros?)"
    rf"[^.;\d]{{0,60}}?({CHIFFRES}){ESPACE}*(?:€|euros?)"
)


@regle("renvois-sans-valeur", Gravite.BLOQUANT, "renvois n’ont pas de valeur")
def renvois_sans_valeur(examen):
    """A reference to nothing would be printed as it was typed: « {annexe:cllaj} »."""
    for texte in examen.textes:
        for nom in manquants(texte.texte, texte.valeurs):
            message = f"le renvoi {{{nom}}} n’a pas de valeur ({texte.nom})."
            yield Constat(texte.lieu, message, (texte.nom, nom))


@regle("date-impossible", Gravite.BLOQUANT, "dates n’existent pas")
def date_impossible(examen):
    """29/02/2025: no calendar has it, whoever reads it."""
    for texte in examen.textes:
        ecrites = [(m[0], int(m[3]), int(m[2]), int(m[1])) for m in DATE_COURTE.finditer(texte.texte)]
        ecrites += [
            (m[0], int(m[3]), MOIS.index(m[2].lower()) + 1, int(m[1])) for m in DATE_LONGUE.finditer(texte.texte)
        ]
        for ecrite, annee, mois, jour in ecrites:
            if not _existe(annee, mois, jour):
                yield Constat(texte.lieu, f"« {ecrite} » n’est pas une date ({texte.nom}).", (texte.nom, ecrite))


def _existe(annee, mois, jour) -> bool:
    try:
        date(annee, mois, jour)
    except ValueError:
        return False
    return True


@regle("champ-a-ecrire", Gravite.A_JUSTIFIER, "passages restent à écrire")
def champ_a_ecrire(examen):
    """Dots, « XXX », a note to oneself: what a model leaves to fill."""
    for texte in examen.textes:
        for trouve in A_ECRIRE.finditer(texte.texte):
            extrait = texte.texte[max(0, trouve.start() - 25) : trouve.end() + 25].replace("\n", " ").strip()
            message = f"passage à écrire ({texte.nom}) : « {extrait} »."
            yield Constat(texte.lieu, message, (texte.nom, extrait))


@regle("montant-saisi", Gravite.A_JUSTIFIER, "montants sont écrits en clair, la donnée les connaît")
def montant_saisi(examen):
    """The bilan tells another year: its amounts are nobody's but its own."""
    for texte in examen.textes:
        for ecrit, montant in montants_ecrits(texte.texte) if texte.nom != "bilan" else ():
            if montant in texte.montants:
                message = f"« {ecrit} » est {texte.montants[montant]} ({texte.nom}) : écrivez un renvoi."
                yield Constat(texte.lieu, message, (texte.nom, montant))


def _lire(chiffres: str) -> Decimal:
    """Euros as people write them, thousands told by points too (« 500.000 »). Raises ValueError."""
    return lire_euros(chiffres.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", chiffres) else chiffres)


def montants_ecrits(texte: str) -> list[tuple[str, Decimal]]:
    """[(as it is written, euros)] of a text typed by an agent."""
    trouves = []
    for trouve in MONTANT.finditer(texte):
        try:
            trouves.append((trouve[0], _lire(trouve[1])))
        except ValueError:
            continue  # « 12.345.678 »: not an amount that we print
    return trouves


@regle("renvoi-saisi", Gravite.A_JUSTIFIER, "numéros d’annexe sont écrits en clair")
def renvoi_saisi(examen):
    """The number of an annexe moves with its rank. « annexe {annexe:cllaj} » is right, « annexe 3 » is not."""
    for texte in examen.textes:
        for trouve in ANNEXE.finditer(texte.texte):
            message = f"« {trouve[0]} » ({texte.nom}) : écrivez le renvoi {{annexe:…}}, qui suit l’ordre des annexes."
            yield Constat(texte.lieu, message, (texte.nom, trouve[0]))


@regle("code-saisi", Gravite.A_JUSTIFIER, "codes budgétaires sont écrits en clair")
def code_saisi(examen):
    """A code typed in a text outlives its nomenclature; worse when the rapport does not charge that line."""
    imputes = {ligne.code for ligne in tableau(examen)}
    for texte in examen.textes:
        for trouve in CODE.finditer(texte.texte):
            code = re.sub(ESPACE, "", trouve[0])
            suite = "le tableau d’imputation le dit" if code in imputes else "le rapport n’impute rien sur cette ligne"
            yield Constat(texte.lieu, f"« {trouve[0]} » ({texte.nom}) : {suite}.", (texte.nom, trouve[0]))


@regle("part-fausse", Gravite.A_JUSTIFIER, "parts écrites ne font pas leur total")
def part_fausse(examen):
    """« 50 % de 40 000 €, soit 12 000 € »: the three figures of one sentence disagree."""
    for texte in examen.textes:
        for trouve in PART.finditer(texte.texte):
            try:
                taux, total, part = Decimal(trouve[1].replace(",", ".")), _lire(trouve[2]), _lire(trouve[3])
            except ValueError:
                continue
            juste = arrondir(total * taux / 100)
            if juste != part:
                message = f"{trouve[1]} % de {e(total)} font {e(juste)}, le texte dit {e(part)} ({texte.nom})."
                yield Constat(texte.lieu, message, (texte.nom, taux, total, part))


# --- Articles that an officer has reworded


@regle("article-sans-objet", Gravite.A_JUSTIFIER, "articles rédigés ne correspondent plus à rien")
def article_sans_objet(examen):
    for cle, redaction in examen.rediges.items():
        if cle not in examen.modeles:
            message = "cet article n’est plus au projet : sa rédaction est ignorée."
            yield Constat(examen.a_l_article(cle), message, (redaction,))


@regle("article-sans-figure", Gravite.A_JUSTIFIER, "articles rédigés ne citent plus leurs figures")
def article_sans_figure(examen):
    """The generated article takes its figures from the data; the wording that replaces it says fewer of them."""
    for cle, redaction in examen.rediges.items():
        article = examen.modeles.get(cle)
        oublies = [nom for nom in cites(article.modele) if nom not in cites(redaction)] if article else []
        if oublies:
            message = f"la rédaction ne cite plus {', '.join(f'{{{nom}}}' for nom in oublies)}."
            yield Constat(examen.a_l_article(cle), message, (redaction, *oublies))
