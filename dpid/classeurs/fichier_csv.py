"""CSV of one sheet: which encoding, which separator, which cells. Values stay text."""

import csv
import io
from collections.abc import Iterable
from pathlib import PurePath

from dpid.classeurs.constats import ErreurTableur
from dpid.classeurs.feuille import COLONNES_MAX, LIGNES_MAX, TEXTE_CELLULE_MAX, TEXTE_TOTAL_MAX, Feuille, FichierRefuse

SEPARATEURS = ";,\t"
LIGNES_SONDEES = 60
ENREGISTRER_UTF8 = "Enregistrez-le au format « CSV UTF-8 (délimité par des points-virgules) » ou, mieux, en XLSX."
FORMULES = "=+-@\t\r"
CODES_ERREUR = frozenset(
    "#REF! #N/A #NA #VALUE! #VALEUR! #DIV/0! #NAME? #NOM? #NUM! #NOMBRE! #NULL! #NUL! #####".split()
)


def lire_csv(contenu: bytes, nom: str = "", reconnaitre=None) -> list[Feuille]:
    """Raises FichierRefuse. Mojibake is not looked for here: it is a matter of cells, whatever the format."""
    texte = _decoder(contenu)
    if texte[:4].lower() == "sep=":
        # An Excel directive, not a row: Excel does not show it nor count it.
        texte = texte.partition("\n")[2]
    feuille = Feuille(nom=PurePath(nom).stem or "CSV", format="csv")
    _remplir(feuille, texte, _separateur(texte, reconnaitre))
    return [feuille]


def _decoder(contenu: bytes) -> str:
    if contenu.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FichierRefuse("le fichier est en « texte Unicode » (UTF-16)", ENREGISTRER_UTF8)
    position = contenu.find(b"\0")
    if position >= 0:
        raise FichierRefuse(
            f"le fichier contient un caractère nul à la ligne {_ligne(contenu, position)} : ce n’est pas un CSV",
            ENREGISTRER_UTF8,
        )
    try:
        return contenu.decode("utf-8-sig")
    except UnicodeDecodeError as erreur_utf8:
        try:
            return contenu.decode("cp1252")
        except UnicodeDecodeError as erreur:
            raise FichierRefuse(
                "l’encodage n’est ni UTF-8 ni Windows (cp1252) : octet illisible à la ligne "
                f"{_ligne(contenu, max(erreur.start, erreur_utf8.start))}",
                ENREGISTRER_UTF8,
            ) from erreur


def _ligne(contenu: bytes, position: int) -> int:
    return contenu.count(b"\n", 0, position) + 1


def _lecteur(texte: str, separateur: str):
    return csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, doublequote=True, strict=True)


def _separateur(texte: str, reconnaitre) -> str:
    """The separator under which the headers are best recognised, in the first rows; ties go to the one listed first.

    Without `reconnaitre`, the one that cuts the first row in most cells.
    """
    return max(SEPARATEURS, key=lambda s: _note(texte, s, reconnaitre))


def _note(texte: str, separateur: str, reconnaitre) -> int:
    meilleure = 0
    try:
        for _, rangee in zip(range(LIGNES_SONDEES), _lecteur(texte, separateur), strict=False):
            if reconnaitre is not None:
                meilleure = max(meilleure, len({reconnaitre(c) for c in rangee[:COLONNES_MAX]} - {None}))
            elif any(c.strip() for c in rangee):
                return len(rangee)
    except csv.Error:
        # A wrong guess may well be unreadable; the right one is read again, aloud, in _remplir.
        return meilleure
    return meilleure


def _remplir(feuille: Feuille, texte: str, separateur: str) -> None:
    total, numero, partages = 0, 0, {}
    try:
        for numero, rangee in enumerate(_lecteur(texte, separateur), start=1):
            longueur = sum(map(len, rangee))
            if not longueur or not any(c.strip() for c in rangee):
                continue
            total += longueur
            _verifier_rangee(feuille, numero, rangee, total)
            # The same territoire or description comes back a thousand times: keep one copy of each text.
            feuille.cellules[numero] = [partages.setdefault(c, c) for c in _valeurs(rangee)]
    except csv.Error as erreur:
        raise FichierRefuse(
            "guillemets mal formés : un guillemet ouvert n’est pas refermé, ou il est suivi de texte",
            "Dans un CSV, un texte qui contient des guillemets est entouré de guillemets et chaque guillemet "
            "intérieur est doublé ; le plus simple est d’enregistrer en XLSX.",
            feuille=feuille.nom,
            ligne=numero + 1,
        ) from erreur


def _verifier_rangee(feuille: Feuille, numero: int, rangee: list[str], total: int) -> None:
    lieu = {"feuille": feuille.nom, "ligne": numero}
    if numero > LIGNES_MAX:
        raise FichierRefuse(f"plus de {LIGNES_MAX} lignes", "Séparez le fichier en plusieurs.", **lieu)
    if total > TEXTE_TOTAL_MAX:
        raise FichierRefuse("le fichier contient trop de texte", "Séparez le fichier en plusieurs.", **lieu)
    for colonne, cellule in enumerate(rangee, start=1):
        if len(cellule) > TEXTE_CELLULE_MAX:
            raise FichierRefuse(
                f"un texte dépasse {TEXTE_CELLULE_MAX} caractères ; un guillemet n’est sans doute pas refermé",
                "Vérifiez les guillemets de cette ligne.",
                colonne=colonne,
                valeur=cellule[:100],
                **lieu,
            )
        if colonne > COLONNES_MAX and cellule.strip():
            raise FichierRefuse(
                f"la ligne contient des valeurs au-delà de la colonne {COLONNES_MAX}",
                "Ne gardez que les colonnes du tableau.",
                colonne=colonne,
                valeur=cellule[:100],
                **lieu,
            )


def _valeurs(rangee: list[str]) -> Iterable:
    for cellule in rangee[:COLONNES_MAX]:
        if cellule[:1] == "#" and cellule.strip() in CODES_ERREUR:
            yield ErreurTableur(cellule.strip())
        elif cellule[:1] == "'" and cellule[1:2] and cellule[1:2] in FORMULES:
            yield cellule[1:]  # our own CSV escape so what a spreadsheet would run; the value is what was stored
        else:
            yield cellule
