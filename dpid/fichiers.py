"""Writing a file that a command was asked for: whole or not at all. Putting one in an archive."""

import os
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from dpid.erreurs import ActeRefuse


def ecrire(chemin: str, contenu: bytes) -> Path:
    """Write through a temporary file of the same folder, then rename. Raises ActeRefuse (French) when it cannot."""
    cible = Path(chemin)
    provisoire = None
    try:
        poignee, provisoire = tempfile.mkstemp(dir=cible.parent, prefix=f".{cible.name}.")
        with os.fdopen(poignee, "wb") as fichier:
            fichier.write(contenu)
            fichier.flush()
            os.fsync(fichier.fileno())
        os.chmod(provisoire, 0o666 & ~_masque())
        os.replace(provisoire, cible)
    except OSError as erreur:
        if provisoire and os.path.exists(provisoire):
            os.unlink(provisoire)
        raise ActeRefuse(f"Impossible d’écrire « {chemin} » : {_cause(erreur)}.") from erreur
    return cible


def deposer(archive: zipfile.ZipFile, nom: str, contenu: bytes, jour: date) -> None:
    """Dated by the act: the same documents give the same archive."""
    entree = zipfile.ZipInfo(nom, (jour.year, jour.month, jour.day, 0, 0, 0))
    entree.compress_type, entree.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    archive.writestr(entree, contenu)


def _masque() -> int:
    masque = os.umask(0)
    os.umask(masque)
    return masque


def _cause(erreur: OSError) -> str:
    causes = {
        FileNotFoundError: "ce dossier n’existe pas",
        PermissionError: "l’écriture n’y est pas autorisée",
        IsADirectoryError: "c’est un dossier",
        NotADirectoryError: "un des éléments du chemin n’est pas un dossier",
    }
    return causes.get(type(erreur), "le disque refuse l’écriture")
