"""The publication edition: what is not published is masked in the data, before anything is laid out.

The list is closed. Bank details, telephones and addresses of mail are told by their form, wherever a text carries one;
so are the names of the agents of the application, who prepare the acts and are not their authors. Elected members and
signatories are named: the act is theirs.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from stdnum import iban

from deliberations.models import Mandat, Signataire
from dpid.models import Agent
from dpid.textes import cle_texte

COMPTE, TELEPHONE, COURRIEL, AGENT = (
    "[coordonnées bancaires masquées]", "[téléphone masqué]", "[adresse électronique masquée]", "[nom masqué]",
)  # fmt: skip
# Fields that are such a datum by themselves, whatever is written in them.
CHAMPS = {
    "iban": COMPTE, "bic": COMPTE, "rib": COMPTE, "titulaire_compte": COMPTE,
    "telephone": TELEPHONE, "courriel": COURRIEL,
}  # fmt: skip
CIVILITES = r"\b(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Mademoiselle)"
_DATE = re.compile(r"\d\d[\s.-]\d\d[\s.-](?:19|20)\d\d")
_VARIANTES = {"a": "aàâä", "c": "cç", "e": "eéèêë", "i": "iîï", "o": "oôö", "u": "uùûü", "y": "yÿ"}


def _tout(trouve: re.Match) -> int:
    return len(trouve[0])


def _iban(trouve: re.Match) -> int:
    """Length of the account at the head of what was found: the control key tells it from the words that follow."""
    positions = [rang for rang, signe in enumerate(trouve[0], start=1) if signe.isalnum()]
    debuts = ((fin, re.sub(r"\W", "", trouve[0][:fin])) for fin in reversed(positions[14:34]))
    return next((fin for fin, compte in debuts if iban.is_valid(compte, check_country=False)), 0)


def _telephone(trouve: re.Match) -> int:
    return 0 if _DATE.match(trouve[0]) else len(trouve[0])


# (what is looked for, what replaces it, how many of the signs found it is).
FORMES: tuple[tuple[re.Pattern, str, Callable], ...] = tuple(
    (re.compile(motif, re.IGNORECASE if sans_casse else 0), masque, longueur)
    for motif, sans_casse, masque, longueur in (
        # French and Monegasque accounts, even with a wrong key or a wrong length: a slip of the pen is somebody's
        # account all the same. Those of other countries by their key.
        (r"\b(?:FR|MC)\d\d(?:[\s.-]?\d){10}(?:[\s.-]?[0-9A-Z]){11}(?:[\s.-]?\d){2}(?!\w)", True, COMPTE, _tout),
        (r"\b(?:FR|MC)\d\d(?:[\s.-]?\d){16,}", True, COMPTE, _tout),
        (r"\b[A-Z]{2}\d\d(?:[\s.-]?[0-9A-Z]){11,30}", True, COMPTE, _iban),
        (r"(?<!\d)\d{5}[\s.-]?\d{5}[\s.-]?[0-9A-Z]{11}[\s.-]?\d\d(?!\d)", False, COMPTE, _tout),
        # The code of a bank: after its word, or when it holds a French place (PP, 2A…), which no French word does.
        (r"\b(?:BIC|SWIFT)\b[\s:=(]*[A-Z]{6}[0-9A-Z]{2}(?:[0-9A-Z]{3})?\b", False, COMPTE, _tout),
        (r"\b[A-Z]{4}(?:FR|MC)(?:PP|\d[0-9A-Z]|[A-Z]\d)(?:[0-9A-Z]{3})?\b", False, COMPTE, _tout),
        (r"(?<![\d+])(?:\+|00)33[\s.-]*(?:\(0\))?[\s.-]*[1-9](?:[\s.-]*\d\d){4}(?!\d)", False, TELEPHONE, _tout),
        (r"(?<!\d)(?<!\d[,.])0[1-9](?:[\s.-]?\d\d){4}(?!\d|,\d)", False, TELEPHONE, _telephone),
        (r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b", False, COURRIEL, _tout),
    )
)


class Masque:
    """Masks the data of one publication; `nombre` counts what was masked.

    `agents`: `(first name, surname, surname_is_public)`; when a member or a signatory bears the surname too, « M. NOM »
    is left to them.
    """

    def __init__(self, agents: Iterable[tuple[str, str, bool]] = ()):
        self.nombre = 0
        self._noms = _motif_des_noms(agents)

    def appliquer(self, donnees):
        """The same data without what is not published."""
        if isinstance(donnees, dict):
            return {cle: self._champ(cle, valeur) for cle, valeur in donnees.items()}
        if isinstance(donnees, list):
            return [self.appliquer(valeur) for valeur in donnees]
        return self.texte(donnees) if isinstance(donnees, str) else donnees

    def texte(self, texte: str) -> str:
        texte = unicodedata.normalize("NFC", texte)
        for motif, masque, longueur in FORMES:
            texte = motif.sub(lambda t, m=masque, n=longueur: self._taire(t[0], n(t), m), texte)
        return self._noms.sub(lambda t: self._taire(t[0], len(t[0]), AGENT), texte) if self._noms else texte

    def _champ(self, cle, valeur):
        if cle in CHAMPS and isinstance(valeur, str) and valeur:
            return self._taire(valeur, len(valeur), CHAMPS[cle])
        return self.appliquer(valeur)

    def _taire(self, trouve: str, longueur: int, masque: str) -> str:
        if not longueur:
            return trouve
        self.nombre += 1
        return masque + trouve[longueur:]


def masque_du_jour() -> Masque:
    """The mask of the agents known today (three queries)."""
    publics = {
        (cle_texte(prenom), cle_texte(nom))
        for modele in (Mandat, Signataire)
        for prenom, nom in modele.objects.values_list("prenom", "nom")
    }
    noms_publics = {nom for _, nom in publics}
    agents = Agent.objects.exclude(username=Agent.SYSTEME).values_list("first_name", "last_name")
    return Masque(
        (prenom, nom, cle_texte(nom) in noms_publics)
        for prenom, nom in agents
        if prenom.strip() and nom.strip() and (cle_texte(prenom), cle_texte(nom)) not in publics
    )


def _motif_des_noms(agents) -> re.Pattern | None:
    """« Prénom NOM », « NOM Prénom », « M. NOM », « M. P. NOM »: never a bare surname, which is also a town or a
    saint."""
    formes = []
    for prenom, nom, est_public in agents:
        prenom, nom = _souple(prenom), _souple(nom)
        formes += [rf"(?:{CIVILITES}\s*)?\b{prenom}\s+{nom}", rf"(?:{CIVILITES}\s*)?\b{nom}\s+{prenom}"]
        if not est_public:
            formes.append(rf"{CIVILITES}\s*(?:\w\.(?:-?\w\.)?\s*)?{nom}")
    return re.compile(rf"(?:{'|'.join(formes)})(?!\w)", re.IGNORECASE) if formes else None


def _souple(nom: str) -> str:
    """A pattern of `nom` with or without its accents, its dashes written as people do."""
    return "".join(
        r"[\s'’-]+" if lettre == " " else f"[{_VARIANTES[lettre]}]" if lettre in _VARIANTES else re.escape(lettre)
        for lettre in cle_texte(nom)
    )
