"""Which column is which: headers recognised whatever their order, case, accents, spaces and line breaks."""

import enum
import re
from functools import lru_cache

from dpid.textes import cle_texte

ENTETE_MAX = 120  # a longer text is prose, not a header


class Champ(enum.StrEnum):
    """What a column holds; the value is how the published annexe calls it."""

    OPERATION = "OPERATION"
    TERRITOIRES = "TERRITOIRE(S)"
    STRUCTURE = "STRUCTURE"
    DESCRIPTION = "DESCRIPTION ACTION / COMPLEMENT D'INFORMATION"
    PLACES = "PLACES D'ACCOMPAGNEMENT"
    MONTANT = "MONTANT RETENU"
    ACTE = "Avenant/convention"
    CODE_OPERATION = "CODE OPERATION"
    SIRET = "SIRET"
    THEMATIQUE = "THEMATIQUE"  # in a flat table (our CSV), where no title is written above the header


# Tried in order: « CODE OPERATION » before « OPERATION ». « montant demandé » is deliberately nobody's.
MOTIFS = (
    (Champ.CODE_OPERATION, r"(n |numero )?code (de l )?operation( budgetaire)?|code budgetaire"),
    (Champ.OPERATION, r"((intitule|libelle|nom) (de l )?)?operations?"),
    (Champ.TERRITOIRES, r"territoires?( s)?( concernes?( s)?)?"),
    (Champ.SIRET, r"((n|no|numero) )?siret( (de la )?structure)?"),
    (Champ.STRUCTURE, r"(nom de la )?structures?( s)?( porteuses?)?"),
    (Champ.DESCRIPTION, r"descri(ption|ptif)s?( .*)?|complements? d ?informations?"),
    (
        Champ.PLACES,
        r"(nombre de |nb de )?(places?|mesures?|diagnostics?|postes?|participants?|etp)( s)?( .*)?",
    ),
    (Champ.MONTANT, r"montants?( s)?( retenus?( s)?)?( .{0,3}euros?| eur| ttc| 20\d\d)*"),
    (Champ.THEMATIQUE, r"((intitule|libelle|titre) (de la )?)?thematiques?"),
    (Champ.ACTE, r"avenants?( (ou )?conventions?)?|conventions?( (ou )?avenants?)?|acte"),
)
COMPILES = tuple((champ, re.compile(motif)) for champ, motif in MOTIFS)
# How every key header begins, accents aside: a cheap way to pass 100 000 rows by.
INDICES = re.compile(r"\W*(nom|lib|inti|op[eé]|te|str|des|comp|pla|nombre|nb|mes|dia|pos|par|etp|mon)", re.IGNORECASE)
CLES = frozenset((Champ.OPERATION, Champ.TERRITOIRES, Champ.STRUCTURE, Champ.DESCRIPTION, Champ.PLACES, Champ.MONTANT))


@lru_cache(maxsize=4096)
def _reconnaitre(cle: str) -> Champ | None:
    return next((champ for champ, motif in COMPILES if motif.fullmatch(cle)), None)


def reconnaitre(texte) -> Champ | None:
    """The field a header announces, or None. `(€)` and other signs do not count."""
    if not isinstance(texte, str) or not 3 <= len(texte) <= ENTETE_MAX:
        return None
    return _reconnaitre(cle_texte(texte))


def unite_de(texte: str) -> str:
    """The unit a PLACES header gives to a bare number: « PLACES D'ACCOMPAGNEMENT » → « places »."""
    mots = re.sub(r"^(nombre|nb) de ", "", cle_texte(texte)).split()
    return mots[0] if mots else "places"


def est_ligne_entetes(rangee: list) -> bool:
    """Two of the main headers at least, STRUCTURE or MONTANT among them.

    Asked of every row of every file, hence the cheap look first.
    """
    textes = [c for c in rangee if isinstance(c, str) and len(c) <= ENTETE_MAX]
    if sum(1 for texte in textes if INDICES.match(texte)) < 2:
        return False
    champs = {reconnaitre(t) for t in textes}
    return bool(champs & {Champ.STRUCTURE, Champ.MONTANT}) and len(champs & CLES) >= 2
