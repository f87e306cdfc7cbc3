"""Typed tables written as XLSX, ODS or CSV: the annexe, the imputations, the budget and the lists share them.

Amounts and dates are real numbers of the spreadsheet; texts are always texts, whatever they begin with: no file of
ours ever carries a live formula. `IDEM` under a cell means « the same as above »: a real vertical merge in a
workbook, the value repeated in a CSV.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from dpid.memoire import ramasse_miettes_au_repos
from dpid.montants import arrondir

IDEM = object()
TEXTE, MONTANT, NOMBRE, DATE = "texte", "montant", "nombre", "date"
FORMULE = ("=", "+", "-", "@", "\t", "\r")
_ILLISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Colonne:
    """`largeur` in characters."""

    titre: str
    genre: str = TEXTE
    largeur: float = 20


@dataclass(frozen=True)
class Total:
    """A total row: left out of the CSV, whose rows must add up by themselves."""

    valeurs: Sequence


@dataclass
class Tableau:
    """`titre` names the sheet, `intitules` are the rows printed above the header."""

    titre: str
    colonnes: list[Colonne]
    lignes: list[Sequence | Total] = field(default_factory=list)
    intitules: list[str] = field(default_factory=list)


def en_csv(tableaux: list[Tableau], *, colonne_titre: str = "") -> bytes:
    """UTF-8 with BOM, `;`, CRLF, `20000,00`. Tables share one header; `colonne_titre`: header of their titles."""
    sortie = io.StringIO(newline="")
    auteur = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    for rang, tableau in enumerate(tableaux):
        if rang == 0:
            titres = [_cellule_csv(c.titre, TEXTE) for c in tableau.colonnes]  # the name of a scenario is typed too
            auteur.writerow(([colonne_titre] if colonne_titre else []) + titres)
        precedente: Sequence = ()
        for ligne in tableau.lignes:
            if isinstance(ligne, Total):
                continue
            pleine = [precedente[i] if v is IDEM else v for i, v in enumerate(ligne)]
            cellules = [_cellule_csv(v, c.genre) for v, c in zip(pleine, tableau.colonnes, strict=True)]
            auteur.writerow(([_cellule_csv(tableau.titre, TEXTE)] if colonne_titre else []) + cellules)
            precedente = pleine
    return sortie.getvalue().encode("utf-8-sig")


def _cellule_csv(valeur, genre: str) -> str:
    if valeur is None or valeur == "":
        return ""
    if genre == MONTANT:
        return f"{arrondir(valeur):.2f}".replace(".", ",")
    if genre == NOMBRE:
        return str(valeur).replace(".", ",")
    if genre == DATE:
        return f"{valeur:%d/%m/%Y}"
    texte = nettoyer(str(valeur))
    return f"'{texte}" if texte.startswith(FORMULE) else texte


def nettoyer(texte: str) -> str:
    """Without the characters that XML cannot carry."""
    # None of them is printable: nearly every text is spared the regular expression.
    return texte if texte.isprintable() else _ILLISIBLES.sub("", texte)


def noms_de_feuilles(tableaux: list[Tableau]) -> list[str]:
    """Sheet names that a spreadsheet accepts: 31 characters, no `[]:*?/\\`, no two alike."""
    noms: list[str] = []
    pris: set[str] = set()
    for tableau in tableaux:
        racine = re.sub(r"[\[\]:*?/\\]", " ", nettoyer(tableau.titre)).strip(" '")[:31].strip(" '") or "Feuille"
        nom, rang = racine, 1
        while nom.casefold() in pris:
            rang += 1
            nom = f"{racine[: 28 - len(str(rang))]} ({rang})"
        pris.add(nom.casefold())
        noms.append(nom)
    return noms


def groupes_verticaux(lignes: list, colonne: int) -> list[tuple[int, int]]:
    """[(first row, number of rows)] of the cells of a column, `IDEM` cells joined to the one above."""
    debuts = [rang for rang, ligne in enumerate(lignes) if not rang or valeurs(ligne)[colonne] is not IDEM]
    return [(debut, fin - debut) for debut, fin in pairwise([*debuts, len(lignes)])]


def valeurs(ligne) -> Sequence:
    return ligne.valeurs if isinstance(ligne, Total) else ligne


# --- XLSX


def en_xlsx(tableaux: list[Tableau], *, le: date | None = None) -> bytes:
    """One sheet per table: frozen header, repeated in print, A4 landscape one page wide. `le` dates the properties."""
    import xlsxwriter

    sortie = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with ramasse_miettes_au_repos(), xlsxwriter.Workbook(sortie, options) as classeur:
        jour = le or date(2000, 1, 1)
        classeur.set_properties({"created": datetime(jour.year, jour.month, jour.day)})
        formats = _formats(classeur)
        for nom, tableau in zip(noms_de_feuilles(tableaux), tableaux, strict=True):
            _feuille_xlsx(classeur.add_worksheet(nom), tableau, formats)
    return sortie.getvalue()


def _formats(classeur) -> dict:
    cadre = {"border": 1, "border_color": "#7F7F7F", "valign": "vcenter", "text_wrap": True}
    nombres = {TEXTE: "@", MONTANT: '#,##0.00 "€"', NOMBRE: "#,##0.##", DATE: "dd/mm/yyyy"}
    formats = {
        "titre": classeur.add_format({"bold": True, "font_size": 12}),
        "entete": classeur.add_format({**cadre, "bold": True, "bg_color": "#E8ECF1", "align": "center"}),
    }
    for genre, motif in nombres.items():
        commun = {**cadre, "num_format": motif, "text_wrap": genre == TEXTE}
        formats[genre] = classeur.add_format(commun)
        formats[f"{genre} total"] = classeur.add_format({**commun, "bold": True, "bg_color": "#DDE4EC"})
    return formats


def _feuille_xlsx(feuille, tableau: Tableau, formats: dict):
    for rang, intitule in enumerate(tableau.intitules):
        feuille.write_string(rang, 0, nettoyer(intitule), formats["titre"])
    entete = len(tableau.intitules)
    for numero, colonne in enumerate(tableau.colonnes):
        feuille.set_column(numero, numero, colonne.largeur)
        feuille.write_string(entete, numero, nettoyer(colonne.titre), formats["entete"])
    feuille.freeze_panes(entete + 1, 0)
    feuille.repeat_rows(entete)
    feuille.set_landscape()
    feuille.set_paper(9)
    feuille.fit_to_pages(1, 0)
    feuille.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    feuille.set_footer("&L&A&Rpage &P/&N")
    for numero, colonne in enumerate(tableau.colonnes):
        simple, total = formats[colonne.genre], formats[f"{colonne.genre} total"]
        for debut, taille in groupes_verticaux(tableau.lignes, numero):
            ligne = tableau.lignes[debut]
            valeur = valeurs(ligne)[numero]
            format_ = total if isinstance(ligne, Total) else simple
            premiere = entete + 1 + debut
            if taille > 1:
                feuille.merge_range(premiere, numero, premiere + taille - 1, numero, "", format_)
            _cellule_xlsx(feuille, premiere, numero, valeur, colonne.genre, format_)


def _cellule_xlsx(feuille, ligne, colonne, valeur, genre, format_):
    if valeur is None or valeur == "":
        feuille.write_blank(ligne, colonne, None, format_)
    elif isinstance(valeur, str):
        feuille.write_string(ligne, colonne, nettoyer(valeur)[:32_767], format_)
    elif genre == DATE:
        feuille.write_datetime(ligne, colonne, valeur, format_)
    else:
        # The file format knows binary numbers only: up to 99 999 999 999,99 a double gives the centime back exactly.
        feuille.write_number(ligne, colonne, float(valeur), format_)


def en_ods(tableaux: list[Tableau]) -> bytes:
    """Same layout in OpenDocument."""
    from dpid.tableaux_ods import ecrire

    return ecrire(tableaux)
