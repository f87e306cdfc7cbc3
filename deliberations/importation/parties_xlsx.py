"""The five kinds of XML parts a workbook is made of, as SAX readers that keep only what the annexe needs."""

import datetime
import re
from xml.sax.handler import ContentHandler

from openpyxl.utils.datetime import from_excel

from .constats import ErreurTableur, FormuleSansValeur
from .feuille import (
    COLONNES_MAX,
    FUSIONS_MAX,
    LIGNES_MAX,
    TEXTE_CELLULE_MAX,
    TEXTE_TOTAL_MAX,
    Feuille,
    FichierRefuse,
    Plage,
)

PROFONDEUR_MAX = 100
CHAINES_MAX = 1_000_000
VIDES_MAX = 400_000  # rows and cells without a value: formatted ghosts cost time and say nothing
LIGNE_EXCEL_MAX = 1_048_576
REENREGISTRER = "Ouvrez-le dans votre tableur, enregistrez-le à nouveau au format XLSX et déposez cette copie."
COORDONNEES = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
NOMBRE = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
ECHAPPEMENT = re.compile(r"_x([0-9A-Fa-f]{4})_")


def abime(detail: str, **lieu) -> FichierRefuse:
    return FichierRefuse(f"le classeur est abîmé ({detail})", REENREGISTRER, **lieu)


def numero_colonne(lettres: str) -> int:
    numero = 0
    for lettre in lettres:
        numero = numero * 26 + ord(lettre) - 64
    return numero


def desechapper(texte: str) -> str:
    """`_x000D_` is how OOXML writes a character that XML cannot carry."""
    return ECHAPPEMENT.sub(lambda m: chr(int(m[1], 16)), texte) if "_x" in texte else texte


class Lecteur(ContentHandler):
    """Counts what it is given (see the budgets in classeur_xlsx) and hands element names without their prefix."""

    def __init__(self):
        super().__init__()
        self.elements = 0
        self.evenements = 0
        self.profondeur = 0
        self.tampon: list[str] | None = None
        self.longueur = 0

    def startElement(self, name, attrs):
        self.elements += 1
        self.evenements += 1
        self.profondeur += 1
        if self.profondeur > PROFONDEUR_MAX:
            raise abime("éléments XML emboîtés sans fin")
        self.ouvrir(name.rpartition(":")[2], attrs)

    def endElement(self, name):
        self.evenements += 1
        self.profondeur -= 1
        self.fermer(name.rpartition(":")[2])

    def characters(self, content):
        self.evenements += 1
        if self.tampon is not None:
            self.longueur += len(content)
            if self.longueur > TEXTE_CELLULE_MAX:
                raise abime(f"un texte dépasse {TEXTE_CELLULE_MAX} caractères")
            self.tampon.append(content)

    def capter(self):
        self.tampon, self.longueur = [], 0

    def rendre(self) -> str:
        texte = "".join(self.tampon or ())
        self.tampon = None
        return texte

    def ouvrir(self, nom: str, attrs) -> None: ...

    def fermer(self, nom: str) -> None: ...


class LecteurLiens(Lecteur):
    def __init__(self):
        super().__init__()
        self.liens: dict[str, tuple[str, str]] = {}

    def ouvrir(self, nom, attrs):
        if nom == "Relationship" and attrs.get("TargetMode") != "External":
            self.liens[attrs.get("Id", "")] = (attrs.get("Type", ""), attrs.get("Target", ""))


class LecteurClasseur(Lecteur):
    def __init__(self):
        super().__init__()
        self.feuilles: list[tuple[str, str, str]] = []
        self.est_base_1904 = False

    def ouvrir(self, nom, attrs):
        if nom == "workbookPr":
            self.est_base_1904 = attrs.get("date1904", "0") in ("1", "true")
        elif nom == "sheet":
            # The prefix of the relationships namespace is free; the local name is not.
            lien = next((attrs.get(a) for a in attrs.getNames() if a.rpartition(":")[2] == "id"), "")
            titre = attrs.get("name", "")[:100].strip() or f"Feuille {len(self.feuilles) + 1}"
            self.feuilles.append((titre, attrs.get("state", ""), lien))


class LecteurStyles(Lecteur):
    def __init__(self):
        super().__init__()
        self.formats: dict[int, str] = {}
        self.formats_des_cellules: list[int] = []
        self._dans_cellules = False

    def ouvrir(self, nom, attrs):
        if nom == "cellXfs":
            self._dans_cellules = True
        elif nom == "numFmt":
            self.formats[_entier(attrs.get("numFmtId", "0"))] = attrs.get("formatCode", "")[:300]
        elif nom == "xf" and self._dans_cellules:
            self.formats_des_cellules.append(_entier(attrs.get("numFmtId", "0")))

    def fermer(self, nom):
        if nom == "cellXfs":
            self._dans_cellules = False


class LecteurChaines(Lecteur):
    """The shared strings. Phonetic readings (`rPh`) are not part of the text."""

    def __init__(self, total: list[int]):
        super().__init__()
        self.chaines: list[str] = []
        self._total = total
        self._morceaux: list[str] = []
        self._phonetique = False

    def ouvrir(self, nom, attrs):
        if nom == "si":
            self._morceaux = []
        elif nom == "rPh":
            self._phonetique = True
        elif nom == "t" and not self._phonetique:
            self.capter()

    def fermer(self, nom):
        if nom == "t" and self.tampon is not None:
            self._morceaux.append(self.rendre())
            _compter(self._total, self._morceaux[-1])
        elif nom == "rPh":
            self._phonetique = False
        elif nom == "si":
            self.chaines.append(desechapper("".join(self._morceaux)))
            if len(self.chaines) > CHAINES_MAX:
                raise abime("trop de textes")


class LecteurFeuille(Lecteur):
    """Fills a Feuille row by row. Cells without a value, however many, leave no trace."""

    def __init__(self, feuille: Feuille, chaines, styles_de_date, epoque, total: list[int]):
        super().__init__()
        self.feuille, self.chaines, self.styles_de_date = feuille, chaines, styles_de_date
        self.epoque, self._total = epoque, total
        self._ligne = self._colonne = 0
        self._ligne_masquee = False
        self._largeur_fusions = self._vides = 0
        self._dans_texte = False
        self._vider()

    def _vider(self):
        self._type = self._style = ""
        self._v = self._f = None
        self._textes: list[str] | None = None

    def ouvrir(self, nom, attrs):
        if nom == "c":
            self._ouvrir_cellule(attrs)
        elif nom in ("v", "f"):
            self.capter()
        elif nom == "row":
            self._ouvrir_ligne(attrs)
        elif nom == "is":
            self._textes, self._dans_texte = [], True
        elif nom == "rPh":
            self._dans_texte = False
        elif nom == "t" and self._dans_texte:
            self.capter()
        elif nom == "mergeCell":
            self._fusionner(attrs.get("ref", ""))

    def fermer(self, nom):
        if nom == "c":
            self._fermer_cellule()
        elif nom == "v":
            self._v = self.rendre()
        elif nom == "f":
            self._f = self.rendre()
        elif nom == "t" and self.tampon is not None and self._textes is not None:
            self._textes.append(self.rendre())
            _compter(self._total, self._textes[-1])
        elif nom == "rPh":
            self._dans_texte = True
        elif nom == "is":
            self._dans_texte = False

    def _ouvrir_ligne(self, attrs):
        self._compter_vide()
        numero = _entier(attrs.get("r", str(self._ligne + 1)))
        if not self._ligne < numero <= LIGNE_EXCEL_MAX:
            raise abime("lignes dans le désordre", feuille=self.feuille.nom, ligne=numero)
        self._ligne, self._colonne = numero, 0
        self._ligne_masquee = attrs.get("hidden", "0") in ("1", "true")

    def _ouvrir_cellule(self, attrs):
        self._vider()
        self._type = attrs.get("t", "n")
        self._style = attrs.get("s", "")
        reference = attrs.get("r")
        if reference is None:
            self._colonne += 1
            return
        trouve = COORDONNEES.fullmatch(reference)
        if not trouve or int(trouve[2]) != self._ligne:
            raise abime("coordonnées de cellule incohérentes", feuille=self.feuille.nom, ligne=self._ligne)
        self._colonne = numero_colonne(trouve[1])

    def _fermer_cellule(self):
        valeur = self._valeur()
        if valeur is None or valeur == "":
            self._compter_vide()
            return
        lieu = {"feuille": self.feuille.nom, "ligne": self._ligne, "colonne": self._colonne, "valeur": valeur}
        if self._ligne > LIGNES_MAX or self._colonne > COLONNES_MAX:
            raise FichierRefuse(
                f"une cellule est remplie au-delà de {LIGNES_MAX} lignes ou {COLONNES_MAX} colonnes",
                "Effacez cette cellule, ou séparez le fichier en plusieurs.",
                **lieu,
            )
        if isinstance(valeur, str):
            _compter(self._total, valeur)
        rangee = self.feuille.cellules.setdefault(self._ligne, [])
        if not rangee:
            self._vides -= 1  # the row is no ghost
        if not rangee and self._ligne_masquee:
            self.feuille.lignes_masquees.append(self._ligne)
        rangee.extend([None] * (self._colonne - len(rangee)))
        rangee[self._colonne - 1] = valeur

    def _compter_vide(self):
        self._vides += 1
        if self._vides > VIDES_MAX:
            raise FichierRefuse(
                "la feuille contient des centaines de milliers de lignes ou de cellules vides mises en forme",
                "Copiez les seules cellules du tableau dans un classeur neuf et déposez celui-ci.",
                feuille=self.feuille.nom,
                ligne=self._ligne,
            )

    def _valeur(self):
        if self._f is not None and (self._v is None or (self._v == "" and self._type != "str")):
            return FormuleSansValeur(self._f[:100])
        if self._type == "inlineStr":
            return desechapper("".join(self._textes or ()))
        brut = self._v
        if brut is None or brut == "":
            return None
        match self._type:
            case "s":
                return self._chaine(brut)
            case "str":
                return desechapper(brut)
            case "b":
                return brut.strip() in ("1", "true")
            case "e":
                return ErreurTableur(brut.strip()[:20])
            case "d":
                return self._date_iso(brut.strip())
        return self._nombre(brut.strip())

    def _chaine(self, brut: str) -> str:
        rang = _entier(brut)
        if rang >= len(self.chaines):
            raise abime("un texte partagé manque", feuille=self.feuille.nom, ligne=self._ligne)
        return self.chaines[rang]

    def _date_iso(self, brut: str):
        try:
            return datetime.datetime.fromisoformat(brut).replace(tzinfo=None)
        except ValueError:
            return ErreurTableur(brut[:20])

    def _nombre(self, brut: str):
        if not NOMBRE.fullmatch(brut):
            return ErreurTableur(brut[:20])
        valeur = float(brut) if "." in brut or "e" in brut.lower() else int(brut)
        if _entier(self._style or "0") not in self.styles_de_date:
            return valeur
        try:
            return from_excel(valeur, self.epoque)
        except (OverflowError, ValueError):
            return ErreurTableur("#NOMBRE!")

    def _fusionner(self, reference: str):
        debut, _, fin = reference.partition(":")
        bornes = [COORDONNEES.fullmatch(b) for b in (debut, fin or debut)]
        if None in bornes:
            raise abime("cellules fusionnées incohérentes", feuille=self.feuille.nom)
        (c1, l1), (c2, l2) = ((numero_colonne(b[1]), int(b[2])) for b in bornes)
        if c1 > c2 or l1 > l2:
            raise abime("cellules fusionnées incohérentes", feuille=self.feuille.nom)
        if c1 > COLONNES_MAX or l1 > LIGNES_MAX:
            return  # out of what is read
        self._largeur_fusions += min(c2, COLONNES_MAX) - c1 + 1
        if self._largeur_fusions > FUSIONS_MAX:
            raise abime("des milliers de cellules fusionnées", feuille=self.feuille.nom)
        if (c1, l1) != (c2, l2):
            self.feuille.fusions.append(Plage(l1, c1, l2, c2))


def _entier(texte: str) -> int:
    texte = texte.strip()
    if not (texte.isascii() and texte.isdigit() and len(texte) <= 9):
        raise abime("un nombre interne est illisible")
    return int(texte)


def _compter(total: list[int], texte: str) -> None:
    total[0] += len(texte)
    if total[0] > TEXTE_TOTAL_MAX:
        raise FichierRefuse("le fichier contient trop de texte", "Séparez le fichier en plusieurs.")
