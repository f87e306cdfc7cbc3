"""Opening a file that somebody brings: its bytes in, a list of `Feuille` out, or one clear refusal.

The content decides, not the extension: a name lies more often than a signature. Everything that could cost memory or
time is measured before it is parsed (measured: an ordinary import took 44 s and 4 GB on a 2 kB file).
"""

from pathlib import Path

from dpid.classeurs.archive import Archive
from dpid.classeurs.feuille import Feuille, FichierRefuse
from dpid.classeurs.fichier_csv import lire_csv
from dpid.classeurs.lecteur_xml import REENREGISTRER
from dpid.classeurs.ods import lire_ods
from dpid.classeurs.xlsx import lire_xlsx

TAILLE_MAX = 10_000_000
ENREGISTRER = "Ouvrez-le dans votre tableur et enregistrez-le au format « Classeur Excel (.xlsx) »."
SIGNATURE_OLE = b"\xd0\xcf\x11\xe0"
CHIFFRE = "EncryptedPackage".encode("utf-16-le")
AUTRES_OPENDOCUMENT = tuple(
    f"application/vnd.oasis.opendocument.{genre}".encode() for genre in ("text", "presentation", "graphics")
)
TEXTES = (".csv", ".txt", ".tsv")


def ouvrir_classeur(source: bytes | Path, nom: str = "", *, reconnaitre=None) -> list[Feuille]:
    """Every sheet of an XLSX, ODS or CSV, from its bytes or its path.

    `nom`: the name it was uploaded under; a text must then end in .csv, .txt or .tsv. `reconnaitre(text)` says whether
    a cell of a CSV is a header that the caller knows: the separator is the one under which most are found.
    Raises FichierRefuse, and nothing else, whatever the content.
    """
    if isinstance(source, Path):
        nom = nom or source.name
        _verifier_taille(source.stat().st_size)
        source = source.read_bytes()
    _verifier_taille(len(source))
    if source[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _lire_archive(Archive(source))
    _refuser_autres_formats(source, nom)
    return lire_csv(source, nom, reconnaitre)


def _lire_archive(archive: Archive) -> list[Feuille]:
    pieces = archive.pieces
    if "xl/workbook.bin" in pieces:
        raise FichierRefuse("le classeur est au format binaire (.xlsb)", REENREGISTRER)
    if "[Content_Types].xml" in pieces:
        return lire_xlsx(archive)
    if "content.xml" not in pieces:
        raise FichierRefuse("le fichier est une archive zip, pas un classeur", "Déposez le classeur XLSX lui-même.")
    if archive.lire("mimetype", 200).startswith(AUTRES_OPENDOCUMENT):
        raise FichierRefuse("le fichier n’est pas un classeur OpenDocument", "Déposez le tableur, pas le texte.")
    return lire_ods(archive)


def _verifier_taille(octets: int) -> None:
    if octets == 0:
        raise FichierRefuse("le fichier est vide", "Vérifiez que l’enregistrement s’est bien terminé.")
    if octets > TAILLE_MAX:
        raise FichierRefuse(
            f"le fichier pèse {octets // 1_000_000 + 1} Mo et la limite est de {TAILLE_MAX // 1_000_000} Mo",
            "Retirez les images et les feuilles inutiles, puis déposez-le à nouveau.",
        )


def _refuser_autres_formats(contenu: bytes, nom: str) -> None:
    if contenu.startswith(SIGNATURE_OLE):
        if CHIFFRE in contenu:
            raise FichierRefuse(
                "le classeur est protégé par un mot de passe",
                "Retirez le mot de passe (Fichier, Informations, Protéger le classeur) puis enregistrez.",
            )
        raise FichierRefuse("le fichier est à l’ancien format Excel (.xls)", ENREGISTRER)
    if contenu.startswith(b"%PDF"):
        raise FichierRefuse("le fichier est un PDF, pas un tableau", "Déposez le tableur d’origine.")
    if contenu.startswith(b"{\\rtf"):
        raise FichierRefuse("le fichier est un document texte (RTF), pas un tableau", "Déposez le tableur d’origine.")
    debut = contenu[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if debut.startswith((b"<?xml", b"<html", b"<!doctype", b"<table", b"mime-version")):
        raise FichierRefuse("le fichier est une page web ou du XML, pas un classeur", ENREGISTRER)
    if nom and not nom.lower().endswith(TEXTES):
        raise FichierRefuse(
            "le contenu n’est pas celui d’un classeur XLSX : le fichier est abîmé ou a été renommé",
            f"{ENREGISTRER} Un CSV garde l’extension .csv.",
        )
