"""XLSX: the container guarded, then its XML streamed through defusedxml.

openpyxl is not used to open the file. Outside read-only mode it expands merged ranges cell by cell (a 2 kB file asks
for 17 billion of them) and in read-only mode it does not give them; on a malformed part it raises whatever it meets
(KeyError, TypeError, AttributeError…), which could only be swallowed blindly. A workbook is five kinds of XML parts:
reading them here, within budgets, bounds memory and time, and leaves one exception: FichierRefuse. Its knowledge of
date formats is reused.
"""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.sax import SAXException

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from .feuille import FEUILLES_MAX, Feuille, FichierRefuse
from .parties_xlsx import LecteurChaines, LecteurClasseur, LecteurFeuille, LecteurLiens, LecteurStyles

ENTREES_MAX = 2_000
DECOMPRESSE_MAX = 100_000_000
RATIO_MAX = 150  # deflate reaches 1 000; sheets made by hand stay under 40
RATIO_SEUIL = 1_000_000  # below, a high ratio costs nothing
ELEMENTS_MAX = 2_500_000  # 100 000 rows of 12 cells
SILENCE_MAX = 2_000_000  # bytes without any event: a giant comment, attribute or tag
BLOC = 65_536
REENREGISTRER = "Ouvrez-le dans votre tableur, enregistrez-le à nouveau au format XLSX et déposez cette copie."
ALLEGER = "Copiez les seules cellules du tableau dans un classeur neuf et déposez celui-ci."
# What zipfile documents (BadZipFile, NotImplementedError for an unknown variant) and what corrupted offsets, names or
# streams make it raise. Caught around zipfile alone, never around our own code.
ZIP_ILLISIBLE = (
    zipfile.BadZipFile,
    NotImplementedError,
    zlib.error,
    EOFError,
    struct.error,
    OverflowError,
    ValueError,
)
ENCODAGE_XML = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


def abime(detail: str) -> FichierRefuse:
    return FichierRefuse(f"le classeur est abîmé ({detail})", REENREGISTRER)


def bombe(detail: str) -> FichierRefuse:
    return FichierRefuse(f"le classeur est anormal : {detail}", ALLEGER)


@dataclass
class Budget:
    """What remains to be spent on the whole file."""

    elements: int = ELEMENTS_MAX
    texte: list[int] = field(default_factory=lambda: [0])


def lire_xlsx(contenu: bytes) -> list[Feuille]:
    """Raises FichierRefuse, and nothing else, whatever the bytes."""
    if contenu.count(b"PK\x01\x02") > ENTREES_MAX:
        raise bombe("il contient des milliers de pièces")
    try:
        archive = zipfile.ZipFile(io.BytesIO(contenu))
    except ZIP_ILLISIBLE as erreur:
        raise abime("archive illisible") from erreur
    with archive:
        return _lire_archive(archive)


def _lire_archive(archive: zipfile.ZipFile) -> list[Feuille]:
    pieces = _garder(archive)
    budget = Budget()
    chemin = _partie_principale(archive, pieces, budget)
    classeur = LecteurClasseur()
    _analyser(archive, pieces, chemin, classeur, budget)
    liens = _liens(archive, pieces, chemin, budget)
    if not classeur.feuilles:
        raise abime("aucune feuille")
    if len(classeur.feuilles) > FEUILLES_MAX:
        raise bombe(f"il contient {len(classeur.feuilles)} feuilles, la limite est de {FEUILLES_MAX}")
    textes, styles = LecteurChaines(budget.texte), LecteurStyles()
    for genre, lecteur in (("/sharedStrings", textes), ("/styles", styles)):
        for type_, cible in liens.values():
            if type_.endswith(genre) and cible in pieces:
                _analyser(archive, pieces, cible, lecteur, budget)
    epoque = MAC_EPOCH if classeur.est_base_1904 else WINDOWS_EPOCH
    feuilles = []
    for nom, etat, lien in classeur.feuilles:
        type_, cible = liens.get(lien, ("", ""))
        if not type_.endswith("/worksheet"):
            continue  # a chart sheet holds no cells
        feuille = Feuille(nom=nom, est_masquee=etat in ("hidden", "veryHidden"))
        lecteur = LecteurFeuille(feuille, textes.chaines, _styles_de_date(styles), epoque, budget.texte)
        _analyser(archive, pieces, cible, lecteur, budget)
        feuilles.append(feuille)
    return feuilles


def _garder(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Everything the directory of the archive lets us know before a byte is decompressed."""
    pieces: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in archive.infolist():
        if info.flag_bits & 0x1:
            raise FichierRefuse(
                "l’archive est protégée par un mot de passe", "Retirez le mot de passe puis enregistrez."
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise abime("méthode de compression inconnue")
        if info.filename in pieces:
            raise abime("une pièce y figure deux fois")
        total += info.file_size
        if total > DECOMPRESSE_MAX or _est_gonflee(info):
            raise bombe("quelques octets y deviennent des dizaines de mégaoctets")
        pieces[info.filename] = info
    _refuser_autres_zip(pieces)
    return pieces


def _est_gonflee(info: zipfile.ZipInfo) -> bool:
    if info.file_size <= RATIO_SEUIL or not info.filename.lower().endswith((".xml", ".rels")):
        return False
    return info.file_size > RATIO_MAX * max(info.compress_size, 1)


def _refuser_autres_zip(pieces: dict) -> None:
    if "xl/workbook.bin" in pieces:
        raise FichierRefuse("le classeur est au format binaire (.xlsb)", REENREGISTRER)
    if "mimetype" in pieces and "content.xml" in pieces:
        raise FichierRefuse(
            "le fichier est au format OpenDocument (.ods)",
            "Dans LibreOffice : Fichier, Enregistrer sous, « Excel 2007-365 (.xlsx) ».",
        )
    if "[Content_Types].xml" not in pieces:
        raise FichierRefuse("le fichier est une archive zip, pas un classeur", "Déposez le classeur XLSX lui-même.")


def _partie_principale(archive, pieces, budget) -> str:
    liens = LecteurLiens()
    if "_rels/.rels" in pieces:
        _analyser(archive, pieces, "_rels/.rels", liens, budget)
    for type_, cible in liens.liens.values():
        if type_.endswith("/officeDocument"):
            chemin = posixpath.normpath(cible.lstrip("/"))
            break
    else:
        chemin = "xl/workbook.xml"
    if chemin not in pieces or "word/document.xml" in pieces or "ppt/presentation.xml" in pieces:
        raise FichierRefuse("le fichier n’est pas un classeur Excel", "Déposez le classeur XLSX lui-même.")
    return chemin


def _liens(archive, pieces, chemin: str, budget) -> dict[str, tuple[str, str]]:
    dossier, fichier = posixpath.split(chemin)
    partie = posixpath.join(dossier, "_rels", f"{fichier}.rels")
    lecteur = LecteurLiens()
    if partie in pieces:
        _analyser(archive, pieces, partie, lecteur, budget)
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


def _analyser(archive, pieces, nom: str, lecteur, budget: Budget) -> None:
    """Stream one part into its reader. A DTD, hence any entity, is refused before anything is expanded."""
    if nom not in pieces:
        raise abime(f"la pièce {nom[:60]} manque")
    analyseur = create_parser(forbid_dtd=True)
    analyseur.setContentHandler(lecteur)
    try:
        _alimenter(analyseur, _blocs(archive, pieces[nom]), lecteur, budget)
        analyseur.close()
    except DefusedXmlException as erreur:
        raise bombe("il contient une déclaration XML interdite (DTD ou entité)") from erreur
    except SAXException as erreur:
        raise abime("XML mal formé") from erreur


def _blocs(archive, info):
    try:
        with archive.open(info) as flux:
            while bloc := flux.read(BLOC):
                yield bloc
    except ZIP_ILLISIBLE as erreur:
        raise abime("archive illisible") from erreur


def _alimenter(analyseur, blocs, lecteur, budget: Budget) -> None:
    silence, vus = 0, 0
    for rang, bloc in enumerate(blocs):
        if rang == 0:
            _verifier_encodage(bloc)
        analyseur.feed(bloc)
        silence = silence + len(bloc) if lecteur.evenements == vus else 0
        vus = lecteur.evenements
        if silence > SILENCE_MAX:
            raise bombe("il contient un élément démesuré")
        if lecteur.elements > budget.elements:
            raise bombe("il contient des millions de cellules")
    budget.elements -= lecteur.elements


def _verifier_encodage(debut: bytes) -> None:
    """UTF-8 only: every spreadsheet writes it, and an exotic codec is a way around the guards."""
    declare = ENCODAGE_XML.match(debut.removeprefix(b"\xef\xbb\xbf")[:300])
    if b"\0" in debut[:4] or debut[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise abime("encodage XML inattendu")
    if declare and declare[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise abime("encodage XML inattendu")
