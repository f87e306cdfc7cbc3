"""The columns of the portal's extract: what each field is called, whatever the case, accents, order and release."""

import re
from dataclasses import dataclass
from functools import lru_cache

from dpid.textes import cle_texte

IGNORER = "ignorer"


@dataclass(frozen=True)
class Colonne:
    """A field that a column may hold. `motif`: regular expression of the keys (`cle_texte`) that name it."""

    code: str
    titre: str
    motif: str
    est_exigee: bool = False


DU_PROJET = r"( (de l |du |de )?(action|projet|periode))?"
EUROS = r"( (en )?(euros?|eur))?"
COLONNES = (
    Colonne(
        "reference",
        "N° du dossier sur le portail",
        r"(n|no|num|numero|id|identifiant|reference)( (du|de))?( (dossier|demande|portail|depot))*( sur le portail)?",
        True,
    ),
    Colonne(
        "depose_le",
        "Déposé le",
        r"((date( et heure)?( de| du)? )?(depot|soumission|transmission)|(depose|deposee|transmis|transmise) le)"
        r"( de la demande| du dossier)?",
        True,
    ),
    Colonne(
        "dispositif",
        "Dispositif",
        r"(n |numero |reference )?(du )?(dispositif|fiche)( demande| concerne)?",
        True,
    ),
    Colonne(
        "structure",
        "Structure",
        r"((nom|raison sociale)( de la| du)? )?(structure|porteur|organisme|demandeur|association)"
        r"( porteuse| porteur| du projet)?|raison sociale",
        True,
    ),
    Colonne("sigle", "Sigle", r"sigle( de la structure)?"),
    Colonne("siret", "SIRET", r"(n |no |numero )?siret( (de la structure|du siege))?"),
    Colonne("rna", "RNA", r"(n |no |numero )?rna( (de la structure|de l association))?"),
    Colonne(
        "type",
        "Type de structure",
        r"((type|statut|nature)( juridique)?( de (la )?(structure|porteur))?|forme juridique)",
    ),
    Colonne(
        "intitule",
        "Intitulé de l’action",
        r"(intitule|titre|nom|libelle) (de l |du )(action|projet)|intitule|action|projet",
    ),
    Colonne("description", "Description", r"(descriptif|description|resume)( (de l |du )?(action|projet))?"),
    Colonne(
        "territoires",
        "Territoires",
        r"territoires?( s)?( (concernes?|d intervention|d action))?( s)?",
        True,
    ),
    Colonne("debut", "Début de l’action", rf"(date (de )?)?(debut|demarrage){DU_PROJET}"),
    Colonne("fin", "Fin de l’action", rf"(date (de )?)?fin{DU_PROJET}"),
    Colonne(
        "quantite",
        "Quantité",
        r"(quantite|nombre)( (de |d ))?(places?|beneficiaires|jeunes|participants|mesures)?( prevu(e)?s?)?",
    ),
    Colonne("unite", "Unité", r"unite( de (la )?quantite)?"),
    Colonne(
        "demande",
        "Montant demandé",
        r"(montant|subvention|aide|somme)( de la subvention| total)?( (demande|sollicite)e?)?( au departement)?"
        + EUROS,
        True,
    ),
    Colonne(
        "charge_directe",
        "Charges directes",
        r"(charges?|depenses?) (directes?|de fonctionnement( direct)?)( .*)?|achats",
    ),
    Colonne("charge_personnel", "Charges de personnel", r"(charges?|depenses?|frais) (de|du) personnel( .*)?"),
    Colonne("charge_prestation", "Prestations", r"(charges? de |depenses? de )?prestations?( .*)?"),
    Colonne("charge_indirecte", "Charges indirectes", r"(charges?|depenses?|couts?) indirecte?s?( .*)?"),
    Colonne(
        "produit_public",
        "Cofinanceurs publics",
        r"(co ?financeurs?|co ?financements?|autres financeurs?|financements?) publics?( .*)?|co ?financeurs?",
    ),
    Colonne("produit_prive", "Financeurs privés", r"((co ?)?financeurs?|(co ?)?financements?) prives?( .*)?"),
    Colonne("produit_propre", "Fonds propres", r"fonds propres( .*)?|auto ?financement"),
)
PAR_CODE = {c.code: c for c in COLONNES}
EXIGEES = tuple(c for c in COLONNES if c.est_exigee)
COMPILES = tuple((c.code, re.compile(c.motif)) for c in COLONNES)


@lru_cache(maxsize=4096)
def reconnaitre_cle(cle: str) -> str | None:
    """Code of the field that a header key names, or None."""
    return next((code for code, motif in COMPILES if cle and motif.fullmatch(cle)), None)


def reconnaitre(texte) -> str | None:
    """Code of the field that a header announces, or None; prose is not a header."""
    if not isinstance(texte, str) or not 1 < len(texte) <= 120:
        return None
    return reconnaitre_cle(cle_texte(texte))


@dataclass
class Correspondance:
    """{title: code of its field, `ignorer`, or "" while nobody has said}, in the order of the file."""

    champs: dict[str, str]

    def champ(self, code: str) -> str:
        """Title of the column that holds a field, "" when none does."""
        return next((titre for titre, c in self.champs.items() if c == code), "")

    @property
    def manquantes(self) -> list[Colonne]:
        tenues = set(self.champs.values())
        return [c for c in EXIGEES if c.code not in tenues]

    @property
    def inconnues(self) -> list[str]:
        return [titre for titre, code in self.champs.items() if not code]

    @property
    def doubles(self) -> list[Colonne]:
        codes = [c for c in self.champs.values() if c and c != IGNORER]
        return [PAR_CODE[c] for c in dict.fromkeys(codes) if codes.count(c) > 1]

    @property
    def est_utilisable(self) -> bool:
        return not self.manquantes and not self.doubles


def correspondre(titres: list[str], memoire: dict[str, str]) -> Correspondance:
    """Which column is which: what an officer said of this header before, else its known names, once each."""
    champs: dict[str, str] = {}
    pris = set()
    for titre in titres:
        code = memoire.get(cle_texte(titre), "")
        if code in PAR_CODE and code not in pris or code == IGNORER:
            champs[titre] = code
            pris.add(code)
    for titre in titres:
        if titre not in champs:
            code = reconnaitre(titre) or ""
            champs[titre] = code if code not in pris else ""
            pris.add(code)
    return Correspondance({titre: champs[titre] for titre in titres})
