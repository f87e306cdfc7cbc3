"""XLSX: the XML parts of an archive, streamed.

openpyxl is not used to open the file. Outside read-only mode it expands merged ranges cell by cell (a 2 kB file asks
for 17 billion of them) and in read-only mode it does not give them; on a malformed part it raises whatever it meets
(KeyError, TypeError, AttributeError…), which could only be swallowed blindly. A workbook is five kinds of XML parts:
reading them here, within budgets, bounds memory and time, and leaves one exception: FichierRefuse. Its knowledge of
date formats is reused.
"""

import posixpath

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from dpid.classeurs.archive import Archive
from dpid.classeurs.feuille import FEUILLES_MAX, Feuille, FichierRefuse
from dpid.classeurs.lecteur_xml import abime, bombe
from dpid.classeurs.xlsx_parties import LecteurChaines, LecteurClasseur, LecteurFeuille, LecteurLiens, LecteurStyles


def lire_xlsx(archive: Archive) -> list[Feuille]:
    """Raises FichierRefuse, and nothing else, whatever the archive."""
    chemin = _partie_principale(archive)
    classeur = LecteurClasseur()
    archive.analyser(chemin, classeur)
    liens = _liens(archive, chemin)
    if not classeur.feuilles:
        raise abime("aucune feuille")
    if len(classeur.feuilles) > FEUILLES_MAX:
        raise bombe(f"il contient {len(classeur.feuilles)} feuilles, la limite est de {FEUILLES_MAX}")
    textes, styles = LecteurChaines(archive.texte), LecteurStyles()
    for genre, lecteur in (("/sharedStrings", textes), ("/styles", styles)):
        for type_, cible in liens.values():
            if type_.endswith(genre) and cible in archive.pieces:
                archive.analyser(cible, lecteur)
    epoque = MAC_EPOCH if classeur.est_base_1904 else WINDOWS_EPOCH
    feuilles = []
    for nom, etat, lien in classeur.feuilles:
        type_, cible = liens.get(lien, ("", ""))
        if not type_.endswith("/worksheet"):
            continue  # a chart sheet holds no cells
        feuille = Feuille(nom=nom, est_masquee=etat in ("hidden", "veryHidden"))
        archive.analyser(cible, LecteurFeuille(feuille, textes.chaines, _styles_de_date(styles), epoque, archive.texte))
        feuilles.append(feuille)
    return feuilles


def _partie_principale(archive: Archive) -> str:
    liens = LecteurLiens()
    if "_rels/.rels" in archive.pieces:
        archive.analyser("_rels/.rels", liens)
    for type_, cible in liens.liens.values():
        if type_.endswith("/officeDocument"):
            chemin = posixpath.normpath(cible.lstrip("/"))
            break
    else:
        chemin = "xl/workbook.xml"
    pieces = archive.pieces
    if chemin not in pieces or "word/document.xml" in pieces or "ppt/presentation.xml" in pieces:
        raise FichierRefuse("le fichier n’est pas un classeur Excel", "Déposez le classeur XLSX lui-même.")
    return chemin


def _liens(archive: Archive, chemin: str) -> dict[str, tuple[str, str]]:
    dossier, fichier = posixpath.split(chemin)
    partie = posixpath.join(dossier, "_rels", f"{fichier}.rels")
    lecteur = LecteurLiens()
    if partie in archive.pieces:
        archive.analyser(partie, lecteur)
    resolus = {}
    for identifiant, (type_, cible) in lecteur.liens.items():
        absolu = cible.lstrip("/") if cible.startswith("/") else posixpath.join(dossier, cible)
        resolus[identifiant] = (type_, posixpath.normpath(absolu))
    return resolus


def _styles_de_date(styles: LecteurStyles) -> frozenset[int]:
    """Indexes of the cell styles that make a number a date."""
    dates = set()
    for rang, format_ in enumerate(styles.formats_des_cellules):
        code = styles.formats.get(format_, BUILTIN_FORMATS.get(format_, "General"))
        if code.lower() not in ("general", "standard") and is_date_format(code):
            dates.add(rang)
    return frozenset(dates)
