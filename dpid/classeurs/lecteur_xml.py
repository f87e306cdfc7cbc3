"""Base of the SAX readers: what they are given is counted, texts are bounded, nothing but a refusal comes out."""

from decimal import Decimal
from xml.sax.handler import ContentHandler

from dpid.classeurs.feuille import COLONNES_MAX, LIGNES_MAX, TEXTE_CELLULE_MAX, TEXTE_TOTAL_MAX, Feuille, FichierRefuse

PROFONDEUR_MAX = 100
FANTOMES_MAX = 400_000  # rows and cells without a value: formatted ghosts cost time and say nothing
REENREGISTRER = "Ouvrez-le dans votre tableur, enregistrez-le à nouveau au format XLSX et déposez cette copie."
ALLEGER = "Copiez les seules cellules du tableau dans un classeur neuf et déposez celui-ci."


def abime(detail: str, **lieu) -> FichierRefuse:
    return FichierRefuse(f"le classeur est abîmé ({detail})", REENREGISTRER, **lieu)


def bombe(detail: str, **lieu) -> FichierRefuse:
    return FichierRefuse(f"le classeur est anormal : {detail}", ALLEGER, **lieu)


class Lecteur(ContentHandler):
    """Counts what it is given (see the budgets of `archive`) and hands element names without their prefix."""

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
        self.fermer(name.rpartition(":")[2])
        self.profondeur -= 1

    def characters(self, content):
        self.evenements += 1
        if self.tampon is not None:
            self.ajouter(content)

    def ajouter(self, texte: str):
        """To the text being captured."""
        self.longueur += len(texte)
        if self.longueur > TEXTE_CELLULE_MAX:
            raise abime(f"un texte dépasse {TEXTE_CELLULE_MAX} caractères")
        self.tampon.append(texte)

    def capter(self):
        self.tampon, self.longueur = [], 0

    def rendre(self) -> str:
        texte = "".join(self.tampon or ())
        self.tampon = None
        return texte

    def ouvrir(self, nom: str, attrs) -> None: ...

    def fermer(self, nom: str) -> None: ...


class Remplisseur:
    """Puts the values of a sheet where they are, within the caps. `total`: characters of the whole file, shared."""

    def __init__(self, feuille: Feuille, total: list[int]):
        self.feuille, self.total, self.fantomes = feuille, total, 0

    def poser(self, ligne: int, colonne: int, valeur) -> None:
        """`valeur` is neither None nor empty."""
        if ligne > LIGNES_MAX or colonne > COLONNES_MAX:
            raise FichierRefuse(
                f"une cellule est remplie au-delà de {LIGNES_MAX} lignes ou {COLONNES_MAX} colonnes",
                "Effacez cette cellule, ou séparez le fichier en plusieurs.",
                feuille=self.feuille.nom,
                ligne=ligne,
                colonne=colonne,
                valeur=valeur,
            )
        if isinstance(valeur, str):
            compter(self.total, valeur)
        rangee = self.feuille.cellules.setdefault(ligne, [])
        rangee.extend([None] * (colonne - len(rangee)))
        rangee[colonne - 1] = valeur

    def compter_fantome(self, ligne: int, nombre: int = 1) -> None:
        self.fantomes += nombre
        if self.fantomes > FANTOMES_MAX:
            raise FichierRefuse(
                "la feuille contient des centaines de milliers de lignes ou de cellules vides mises en forme",
                ALLEGER,
                feuille=self.feuille.nom,
                ligne=ligne,
            )


def compter(total: list[int], texte: str) -> None:
    total[0] += len(texte)
    if total[0] > TEXTE_TOTAL_MAX:
        raise FichierRefuse("le fichier contient trop de texte", "Séparez le fichier en plusieurs.")


def entier(texte: str) -> int:
    """A number that the format itself writes (rank, repetition)."""
    texte = texte.strip()
    if not (texte.isascii() and texte.isdigit() and len(texte) <= 10):
        raise abime("un nombre interne est illisible")
    return int(texte)


def nombre_lu(valeur: float) -> int | Decimal:
    """A finite number of a spreadsheet, as it was typed: 0.1 and not 0.1000000000000000055. Integers are `int`."""
    return int(valeur) if isinstance(valeur, int) or valeur.is_integer() else Decimal(repr(valeur))
