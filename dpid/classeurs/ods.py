"""ODS: `content.xml` streamed once. Repetitions are counted, never expanded when they are blank.

Names are matched without their prefix, but for the attributes of LibreOffice (`calcext:`), which repeat ours.
"""

import datetime
import math
import re

from dpid.classeurs.archive import Archive
from dpid.classeurs.constats import ErreurTableur, FormuleSansValeur
from dpid.classeurs.feuille import COLONNES_MAX, FEUILLES_MAX, FUSIONS_MAX, LIGNES_MAX, Feuille, FichierRefuse, Plage
from dpid.classeurs.lecteur_xml import Lecteur, Remplisseur, abime, bombe, entier, nombre_lu

NOMBRE = re.compile(r"[+-]?[0-9]{0,40}\.?[0-9]{0,40}([eE][+-]?[0-9]{1,3})?")
NOMBRES = ("float", "currency", "percentage")
MASQUEES = ("collapse", "filter")
MANIFESTE_MAX = 1_000_000
APARTES = ("annotation", "note", "ruby-text")  # inside a text, what is not the text
ESPACES_MAX = 1_000


def lire_ods(archive: Archive) -> list[Feuille]:
    """Raises FichierRefuse, and nothing else, whatever the archive."""
    if b"encryption-data" in archive.lire("META-INF/manifest.xml", MANIFESTE_MAX):
        raise FichierRefuse("le classeur est protégé par un mot de passe", "Retirez le mot de passe puis enregistrez.")
    lecteur = LecteurContenu(archive)
    archive.analyser("content.xml", lecteur)
    if not lecteur.feuilles:
        raise abime("aucune feuille")
    return lecteur.feuilles


class LecteurContenu(Lecteur):
    """Sheets, their rows, their cells. What is inside a cell but is not its text (notes, drawings) is left out."""

    def __init__(self, archive: Archive):
        super().__init__()
        self.feuilles: list[Feuille] = []
        self._archive = archive
        self._styles_masques: set[str] = set()
        self._style = ""
        self._table = 0  # depth of the sheet being read; a table inside a cell is not a sheet
        self._cellule = 0  # depth of the cell being read
        self._paragraphe = 0
        self._aparte: tuple[int, list[str]] | None = None
        self._remplisseur: Remplisseur | None = None
        self._largeur_fusions = 0
        self._vider_ligne()

    def _vider_ligne(self):
        self._fois, self._colonne, self._ligne_masquee = 1, 0, False
        self._valeurs: list[tuple[int, object]] = []

    # -- elements

    def ouvrir(self, nom, attrs):
        if self._cellule:
            self._ouvrir_dans_cellule(nom, attrs)
        elif nom == "table":
            self._ouvrir_feuille(_attributs(attrs))
        elif self._table and nom == "table-row":
            self._ouvrir_ligne(_attributs(attrs))
        elif self._table and nom in ("table-cell", "covered-table-cell"):
            self._ouvrir_cellule(nom, attrs)
        elif nom == "style":
            self._style = _attributs(attrs).get("name", "")
        elif nom == "table-properties" and _attributs(attrs).get("display") == "false":
            self._styles_masques.add(self._style)

    def fermer(self, nom):
        if self._cellule:
            self._fermer_dans_cellule()
        elif self._table and nom == "table-row":
            self._fermer_ligne()
        elif nom == "table" and self.profondeur == self._table:
            self._table = 0

    def _ouvrir_feuille(self, attributs):
        if self._table:
            raise abime("une feuille dans une feuille")
        if len(self.feuilles) >= FEUILLES_MAX:
            raise bombe(f"il contient plus de {FEUILLES_MAX} feuilles")
        nom = attributs.get("name", "")[:100].strip() or f"Feuille {len(self.feuilles) + 1}"
        est_masquee = attributs.get("style-name") in self._styles_masques
        self.feuilles.append(Feuille(nom=nom, format="ods", est_masquee=est_masquee))
        self._remplisseur = Remplisseur(self.feuilles[-1], self._archive.texte)
        self._table, self._ligne, self._largeur_fusions = self.profondeur, 0, 0

    def _ouvrir_ligne(self, attributs):
        self._vider_ligne()
        self._ligne += 1
        self._fois = _repetition(attributs, "number-rows-repeated")
        self._ligne_masquee = attributs.get("visibility") in MASQUEES

    def _fermer_ligne(self):
        """A filled row that is repeated is written as often, within the caps; a blank one only moves on."""
        debut, self._ligne = self._ligne, self._ligne + self._fois - 1
        if not self._valeurs:
            self._remplisseur.compter_fantome(debut)
            return
        if self._ligne > LIGNES_MAX:
            self._remplisseur.poser(self._ligne, *self._valeurs[0])  # refused, and said where
        self.elements += (self._fois - 1) * len(self._valeurs)
        if self.elements > self._archive.elements:
            raise bombe("il contient des millions de cellules")
        for ligne in range(debut, self._ligne + 1):
            for colonne, valeur in self._valeurs:
                self._remplisseur.poser(ligne, colonne, valeur)
            if self._ligne_masquee:
                self._remplisseur.feuille.lignes_masquees.append(ligne)

    def _ouvrir_cellule(self, nom, attrs):
        self._attributs = _attributs(attrs)
        self._est_erreur = attrs.get("calcext:value-type") == "error"
        self._couverte = nom == "covered-table-cell"
        self._cellule, self._morceaux = self.profondeur, []
        self._lettres = 0

    def _ouvrir_dans_cellule(self, nom, attrs):
        if nom == "p" and self.profondeur == self._cellule + 1:
            self._paragraphe = self.profondeur
            self.capter()
            self.longueur = self._lettres
        elif self.tampon is None:
            return
        elif nom in APARTES:
            self._aparte = (self.profondeur, self.tampon)
            self.tampon = None
        elif nom == "s":
            self.ajouter(" " * min(entier(_attributs(attrs).get("c", "1")), ESPACES_MAX))
        elif nom in ("tab", "line-break"):
            self.ajouter("\t" if nom == "tab" else "\n")

    def _fermer_dans_cellule(self):
        if self._aparte and self.profondeur == self._aparte[0]:
            self.tampon, self._aparte = self._aparte[1], None
        elif self.profondeur == self._paragraphe:
            self._lettres = self.longueur
            self._morceaux.append(self.rendre())
            self._paragraphe = 0
        elif self.profondeur == self._cellule:
            self._cellule = 0
            self._fermer_cellule()

    def _fermer_cellule(self):
        fois = _repetition(self._attributs, "number-columns-repeated")
        premiere, self._colonne = self._colonne + 1, self._colonne + fois
        valeur = None if self._couverte else self._valeur()
        self._fusionner(premiere)
        if valeur is None or valeur == "":
            self._remplisseur.compter_fantome(self._ligne)
            return
        for colonne in range(premiere, min(self._colonne, COLONNES_MAX + 1) + 1):
            self._valeurs.append((colonne, valeur))

    # -- values

    def _valeur(self):
        genre, texte = self._attributs.get("value-type"), "\n".join(self._morceaux)
        if self._est_erreur:
            return ErreurTableur(texte.strip()[:20])
        brut = {
            **dict.fromkeys(NOMBRES, self._attributs.get("value")),
            "date": self._attributs.get("date-value"),
            "boolean": self._attributs.get("boolean-value"),
            "time": texte,
        }.get(genre, self._attributs.get("string-value") if not self._morceaux else texte)
        formule = self._attributs.get("formula")
        if formule and (brut is None or genre is None):
            return FormuleSansValeur(formule.removeprefix("of:").removeprefix("=")[:100])
        if brut is None:
            return texte or None
        if genre in NOMBRES:
            return _nombre(brut.strip())
        if genre == "date":
            return _date(brut.strip())
        return brut.strip() == "true" if genre == "boolean" else brut

    def _fusionner(self, colonne: int):
        hauteur = _repetition(self._attributs, "number-rows-spanned")
        largeur = _repetition(self._attributs, "number-columns-spanned")
        if (hauteur, largeur) == (1, 1) or self._couverte or colonne > COLONNES_MAX or self._ligne > LIGNES_MAX:
            return
        plage = Plage(self._ligne, colonne, self._ligne + hauteur - 1, colonne + largeur - 1)
        self._largeur_fusions += min(plage.colonne_max, COLONNES_MAX) - colonne + 1
        if self._largeur_fusions > FUSIONS_MAX:
            raise abime("des milliers de cellules fusionnées", feuille=self._remplisseur.feuille.nom)
        self._remplisseur.feuille.fusions.append(plage)


def _attributs(attrs) -> dict[str, str]:
    return {n.rpartition(":")[2]: attrs.get(n) for n in attrs.getNames() if not n.startswith("calcext:")}


def _repetition(attributs: dict, quoi: str) -> int:
    nombre = entier(attributs.get(quoi, "1"))
    if not nombre:
        raise abime("une répétition est nulle")
    return nombre


def _nombre(brut: str):
    if not NOMBRE.fullmatch(brut) or not any(c.isdigit() for c in brut.partition("e")[0]):
        return ErreurTableur(brut[:20])
    valeur = float(brut) if "." in brut or "e" in brut.lower() else int(brut)
    return nombre_lu(valeur) if math.isfinite(valeur) else ErreurTableur("#NOMBRE!")


def _date(brut: str):
    try:
        return datetime.datetime.fromisoformat(brut).replace(tzinfo=None)
    except ValueError:
        return ErreurTableur(brut[:20])
