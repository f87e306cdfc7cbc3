"""The container of a workbook: measured before a byte is decompressed, then its XML streamed within budgets."""

import io
import re
import struct
import zipfile
import zlib
from xml.sax import SAXException

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from dpid.classeurs.feuille import FichierRefuse
from dpid.classeurs.lecteur_xml import Lecteur, abime, bombe

ENTREES_MAX = 2_000
DECOMPRESSE_MAX = 100_000_000
RATIO_MAX = 400  # deflate reaches 1 000; 5 000 rows all alike reach 190 in our own ODS
RATIO_SEUIL = 1_000_000  # below, a high ratio costs nothing
ELEMENTS_MAX = 2_500_000  # 100 000 rows of 12 cells
SILENCE_MAX = 2_000_000  # bytes without any event: a giant comment, attribute or tag
BLOC = 65_536
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


class Archive:
    """An open zip. `elements` and `texte` are what remains, and what was spent, over the whole file.

    Raises FichierRefuse, and nothing else, whatever the bytes.
    """

    def __init__(self, contenu: bytes):
        if contenu.count(b"PK\x01\x02") > ENTREES_MAX:
            raise bombe("il contient des milliers de pièces")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(contenu))
        except ZIP_ILLISIBLE as erreur:
            raise abime("archive illisible") from erreur
        self.pieces = _mesurer(self._zip)
        self.elements = ELEMENTS_MAX
        self.texte = [0]

    def lire(self, nom: str, au_plus: int) -> bytes:
        """The first bytes of a piece; empty when it is absent."""
        if nom not in self.pieces:
            return b""
        contenu = b""
        for bloc in self._blocs(nom):
            contenu += bloc
            if len(contenu) >= au_plus:
                break
        return contenu[:au_plus]

    def analyser(self, nom: str, lecteur: Lecteur) -> None:
        """Stream one piece into its reader. A DTD, hence any entity, is refused before anything is expanded."""
        if nom not in self.pieces:
            raise abime(f"la pièce {nom[:60]} manque")
        analyseur = create_parser(forbid_dtd=True)
        analyseur.setContentHandler(lecteur)
        try:
            self._alimenter(analyseur, nom, lecteur)
            analyseur.close()
        except DefusedXmlException as erreur:
            raise bombe("il contient une déclaration XML interdite (DTD ou entité)") from erreur
        except SAXException as erreur:
            raise abime("XML mal formé") from erreur

    def _blocs(self, nom: str):
        try:
            with self._zip.open(self.pieces[nom]) as flux:
                while bloc := flux.read(BLOC):
                    yield bloc
        except ZIP_ILLISIBLE as erreur:
            raise abime("archive illisible") from erreur

    def _alimenter(self, analyseur, nom: str, lecteur: Lecteur) -> None:
        silence, vus = 0, 0
        for rang, bloc in enumerate(self._blocs(nom)):
            if rang == 0:
                _verifier_encodage(bloc)
            analyseur.feed(bloc)
            silence = silence + len(bloc) if lecteur.evenements == vus else 0
            vus = lecteur.evenements
            if silence > SILENCE_MAX:
                raise bombe("il contient un élément démesuré")
            if lecteur.elements > self.elements:
                raise bombe("il contient des millions de cellules")
        self.elements -= lecteur.elements


def _mesurer(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
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
    return pieces


def _est_gonflee(info: zipfile.ZipInfo) -> bool:
    if info.file_size <= RATIO_SEUIL or not info.filename.lower().endswith((".xml", ".rels")):
        return False
    return info.file_size > RATIO_MAX * max(info.compress_size, 1)


def _verifier_encodage(debut: bytes) -> None:
    """UTF-8 only: every spreadsheet writes it, and an exotic codec is a way around the guards."""
    declare = ENCODAGE_XML.match(debut.removeprefix(b"\xef\xbb\xbf")[:300])
    if b"\0" in debut[:4] or debut[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise abime("encodage XML inattendu")
    if declare and declare[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise abime("encodage XML inattendu")
