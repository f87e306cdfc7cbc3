"""OpenDocument writer of `dpid.tableaux`: typed cells, real vertical merges, header repeated in print."""

import functools
import io
import zipfile
from decimal import Decimal

from odf.config import ConfigItem, ConfigItemMapEntry, ConfigItemMapIndexed, ConfigItemMapNamed, ConfigItemSet
from odf.number import CurrencyStyle, CurrencySymbol, DateStyle, Day, Month, Number, NumberStyle, Text, Year
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import (
    MasterPage,
    PageLayout,
    PageLayoutProperties,
    ParagraphProperties,
    Style,
    TableCellProperties,
    TableColumnProperties,
    TextProperties,
)  # fmt: skip
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableHeaderRows, TableRow
from odf.text import P

from dpid.tableaux import (
    DATE,
    IDEM,
    MONTANT,
    NOMBRE,
    TEXTE,
    Colonne,
    Tableau,
    Total,
    groupes_verticaux,
    nettoyer,
    noms_de_feuilles,
    valeurs,
)

CADRE = {"border": "0.5pt solid #7f7f7f", "padding": "0.05cm", "verticalalign": "middle", "wrapoption": "wrap"}


def ecrire(tableaux: list[Tableau]) -> bytes:
    _amorcer()
    return _composer(tableaux)


@functools.cache
def _amorcer():
    """odfpy declares XML namespaces as it meets them, for the whole process: a first file makes the next ones equal."""
    _composer([Tableau("Amorce", [Colonne("Montant", MONTANT, 10)], [[Decimal(1)]], ["Amorce"])])


def _composer(tableaux: list[Tableau]) -> bytes:
    document = OpenDocumentSpreadsheet()
    _page(document)
    styles = _styles(document)
    for nom, tableau in zip(noms_de_feuilles(tableaux), tableaux, strict=True):
        document.spreadsheet.addElement(_table(document, nom, tableau, styles))
    _figer_entetes(document, tableaux)
    sortie = io.BytesIO()
    document.save(sortie)
    return _sans_horloge(sortie.getvalue())


def _figer_entetes(document, tableaux):
    """Freeze the rows down to the header of each sheet: a view setting, of which OpenDocument keeps the vocabulary."""
    vues = ConfigItemSet(name="ooo:view-settings")
    index = ConfigItemMapIndexed(name="Views")
    vue = ConfigItemMapEntry()
    tables = ConfigItemMapNamed(name="Tables")
    for nom, tableau in zip(noms_de_feuilles(tableaux), tableaux, strict=True):
        feuille = ConfigItemMapEntry(name=nom)
        hauteur = str(len(tableau.intitules) + 1)
        for cle, genre, valeur in (
            ("HorizontalSplitMode", "short", "0"),
            ("VerticalSplitMode", "short", "2"),
            ("VerticalSplitPosition", "int", hauteur),
            ("ActiveSplitRange", "short", "2"),
            ("PositionBottom", "int", hauteur),
        ):
            feuille.addElement(ConfigItem(name=cle, type=genre, text=valeur))
        tables.addElement(feuille)
    vue.addElement(tables)
    index.addElement(vue)
    vues.addElement(index)
    document.settings.addElement(vues)


def _sans_horloge(archive: bytes) -> bytes:
    """The same archive without the time of day: the same data give the same bytes. `mimetype` stays first, stored."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as lue, zipfile.ZipFile(sortie, "w") as ecrite:
        for partie in lue.infolist():
            copie = zipfile.ZipInfo(partie.filename, date_time=(1980, 1, 1, 0, 0, 0))
            copie.compress_type = partie.compress_type
            copie.external_attr = partie.external_attr
            ecrite.writestr(copie, lue.read(partie))
    return sortie.getvalue()


def _page(document):
    """A4 landscape, for every sheet."""
    mise_en_page = PageLayout(name="paysage")
    mise_en_page.addElement(
        PageLayoutProperties(
            pagewidth="29.7cm", pageheight="21cm", printorientation="landscape", margin="1cm", scaletox="1"
        )
    )
    document.automaticstyles.addElement(mise_en_page)
    document.masterstyles.addElement(MasterPage(name="Default", pagelayoutname=mise_en_page))


def _styles(document) -> dict:
    nombres = {TEXTE: None, MONTANT: _euros(), NOMBRE: _nombre(), DATE: _date()}
    styles = {}
    for genre, motif in nombres.items():
        if motif is not None:
            document.automaticstyles.addElement(motif)
        for suffixe, fond in (("", None), (" total", "#dde4ec")):
            options = {"datastylename": motif} if motif is not None else {}
            style = Style(name=f"{genre}{suffixe.replace(' ', '-')}", family="table-cell", **options)
            style.addElement(TableCellProperties(**CADRE, **({"backgroundcolor": fond} if fond else {})))
            if genre in (MONTANT, NOMBRE):
                style.addElement(ParagraphProperties(textalign="end"))
            if fond:
                style.addElement(TextProperties(fontweight="bold"))
            styles[genre + suffixe] = style
    styles["entete"] = Style(name="entete", family="table-cell")
    styles["entete"].addElement(TableCellProperties(**CADRE, backgroundcolor="#e8ecf1"))
    styles["entete"].addElement(ParagraphProperties(textalign="center"))
    styles["entete"].addElement(TextProperties(fontweight="bold"))
    styles["titre"] = Style(name="titre", family="table-cell")
    styles["titre"].addElement(TextProperties(fontweight="bold", fontsize="12pt"))
    for style in styles.values():
        document.automaticstyles.addElement(style)
    return styles


def _euros():
    style = CurrencyStyle(name="euros")
    style.addElement(Number(decimalplaces="2", minintegerdigits="1", grouping="true"))
    style.addElement(Text(text="\u00a0"))
    style.addElement(CurrencySymbol(language="fr", country="FR", text="€"))
    return style


def _nombre():
    style = NumberStyle(name="quantite")
    style.addElement(Number(minintegerdigits="1", grouping="true"))
    return style


def _date():
    style = DateStyle(name="jour")
    for element in (Day(style="long"), Text(text="/"), Month(style="long"), Text(text="/"), Year(style="long")):
        style.addElement(element)
    return style


def _table(document, nom: str, tableau: Tableau, styles: dict) -> Table:
    table = Table(name=nom)
    for rang, colonne in enumerate(tableau.colonnes):
        style = Style(name=f"{nom}-{rang}".replace(" ", "-"), family="table-column")
        style.addElement(TableColumnProperties(columnwidth=f"{colonne.largeur * 0.2:.2f}cm"))
        document.automaticstyles.addElement(style)
        table.addElement(TableColumn(stylename=style))
    for intitule in tableau.intitules:
        ligne = TableRow()
        ligne.addElement(_texte(intitule, styles["titre"]))
        table.addElement(ligne)
    entete = TableRow()
    for colonne in tableau.colonnes:
        entete.addElement(_texte(colonne.titre, styles["entete"]))
    repetee = TableHeaderRows()
    repetee.addElement(entete)
    table.addElement(repetee)
    tailles = [dict(groupes_verticaux(tableau.lignes, n)) for n in range(len(tableau.colonnes))]
    for rang, ligne in enumerate(tableau.lignes):
        table.addElement(_ligne(rang, ligne, tableau.colonnes, tailles, styles))
    return table


def _ligne(rang, ligne, colonnes, tailles, styles) -> TableRow:
    rangee = TableRow()
    for numero, (valeur, colonne) in enumerate(zip(valeurs(ligne), colonnes, strict=True)):
        style = styles[f"{colonne.genre} total" if isinstance(ligne, Total) else colonne.genre]
        if valeur is IDEM:
            rangee.addElement(CoveredTableCell(stylename=style))
            continue
        taille = tailles[numero][rang]
        fusion = {"numberrowsspanned": taille, "numbercolumnsspanned": 1} if taille > 1 else {}
        rangee.addElement(_cellule(valeur, colonne.genre, style, fusion))
    return rangee


def _cellule(valeur, genre, style, fusion) -> TableCell:
    if valeur is None or valeur == "":
        return TableCell(stylename=style, **fusion)
    if isinstance(valeur, str) or genre == TEXTE:
        return _texte(str(valeur), style, **fusion)
    if genre == DATE:
        return TableCell(stylename=style, valuetype="date", datevalue=valeur.isoformat(), **fusion)
    exact = f"{Decimal(valeur):f}"
    if genre == MONTANT:
        return TableCell(stylename=style, valuetype="currency", currency="EUR", value=exact, **fusion)
    return TableCell(stylename=style, valuetype="float", value=exact, **fusion)


def _texte(texte: str, style, **fusion) -> TableCell:
    cellule = TableCell(stylename=style, valuetype="string", **fusion)
    for paragraphe in nettoyer(texte).split("\n"):
        cellule.addElement(P(text=paragraphe))
    return cellule
