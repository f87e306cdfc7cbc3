"""The five kinds of XML parts a workbook is made of, as SAX readers that keep only what a table needs."""

import datetime
import math
import re

from openpyxl.utils.datetime import from_excel

from dpid.classeurs.constats import ErreurTableur, FormuleSansValeur
from dpid.classeurs.feuille import COLONNES_MAX, FUSIONS_MAX, LIGNES_MAX, Feuille, Plage
from dpid.classeurs.lecteur_xml import Lecteur, Remplisseur, abime, compter, entier, nombre_lu

CHAINES_MAX = 1_000_000
LIGNE_EXCEL_MAX = 1_048_576
COORDONNEES = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
NOMBRE = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
ECHAPPEMENT = re.compile(r"_x([0-9A-Fa-f]{4})_")


def numero_colonne(lettres: str) -> int:
    numero = 0
    for lettre in lettres:
        numero = numero * 26 + ord(lettre) - 64
    return numero


def desechapper(texte: str) -> str:
    """`_x000D_` is how OOXML writes a character that XML cannot carry."""
    return ECHAPPEMENT.sub(lambda m: chr(int(m[1], 16)), texte) if "_x" in texte else texte


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
            self.formats[entier(attrs.get("numFmtId", "0"))] = attrs.get("formatCode", "")[:300]
        elif nom == "xf" and self._dans_cellules:
            self.formats_des_cellules.append(entier(attrs.get("numFmtId", "0")))

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
            compter(self._total, self._morceaux[-1])
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
        self._remplisseur = Remplisseur(feuille, total)
        self._ligne = self._colonne = 0
        self._ligne_masquee = False
        self._largeur_fusions = 0
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
            compter(self._total, self._textes[-1])
        elif nom == "rPh":
            self._dans_texte = True
        elif nom == "is":
            self._dans_texte = False

    def _ouvrir_ligne(self, attrs):
        self._remplisseur.compter_fantome(self._ligne)
        numero = entier(attrs.get("r", str(self._ligne + 1)))
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
            self._remplisseur.compter_fantome(self._ligne)
            return
        if self._ligne not in self.feuille.cellules:
            self._remplisseur.fantomes -= 1  # the row is no ghost
            if self._ligne_masquee:
                self.feuille.lignes_masquees.append(self._ligne)
        self._remplisseur.poser(self._ligne, self._colonne, valeur)

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
        rang = entier(brut)
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
        if not math.isfinite(valeur):
            return ErreurTableur("#NOMBRE!")
        if entier(self._style or "0") not in self.styles_de_date:
            return nombre_lu(valeur)
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
