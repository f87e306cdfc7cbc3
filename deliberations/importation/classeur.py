"""Opening a file that somebody brings: its bytes in, a list of `Feuille` out, or one clear refusal.

The content decides, not the extension: a name lies more often than a signature. Everything that could cost memory or
time is measured before it is parsed (measured: an ordinary import took 44 s and 4 GB on a 2 kB file).
"""

from pathlib import Path

from .classeur_csv import lire_csv
from .classeur_xlsx import lire_xlsx
from .feuille import Feuille, FichierRefuse

TAILLE_MAX = 10_000_000
ENREGISTRER = "Ouvrez-le dans votre tableur et enregistrez-le au format « Classeur Excel (.xlsx) »."
SIGNATURE_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHIFFRE = "EncryptedPackage".encode("utf-16-le")
TEXTES = (".csv", ".txt", ".tsv")


def ouvrir_classeur(source: bytes | Path, nom: str = "") -> list[Feuille]:
    """Read a workbook from its bytes or its path. Raises FichierRefuse, and nothing else on a bad content."""
    if isinstance(source, Path):
        nom = nom or source.name
        _verifier_taille(source.stat().st_size)
        source = source.read_bytes()
    _verifier_taille(len(source))
    if source[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return lire_xlsx(source)
    _refuser_autres_formats(source, nom)
    return lire_csv(source, nom)


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
    debut = contenu[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if debut.startswith((b"<?xml", b"<html", b"<!doctype", b"<table", b"mime-version")):
        raise FichierRefuse("le fichier est une page web ou du XML, pas un classeur", ENREGISTRER)
    if not nom.lower().endswith(TEXTES):
        raise FichierRefuse(
            "le contenu n’est pas celui d’un classeur XLSX : le fichier est abîmé ou a été renommé",
            f"{ENREGISTRER} Un CSV garde l’extension .csv.",
        )
