"""What an archived PDF carries beside its pages: files attached to it (PDF/A-3)."""

from dataclasses import dataclass
from datetime import date

ARCHIVE = "pdf/a-3a"
DONNEES, SOURCE = "Data", "Source"


@dataclass(frozen=True)
class Jointe:
    """A file attached to an archive, byte for byte.

    `relation`: `DONNEES` for the figures that the pages print, `SOURCE` for what the document was made from
    (ISO 32000-2, 7.11.3). `le` dates the file: a date of ours, never that of the disk, for the same bytes each time.
    """

    nom: str
    contenu: bytes
    mime: str
    le: date
    description: str = ""
    relation: str = DONNEES


def ranger(jointes) -> list[Jointe]:
    """In the order of their names, as the name tree of a PDF wants them. Raises ValueError on two files of one name."""
    rangees = sorted(jointes, key=lambda jointe: jointe.nom.encode())
    if len({jointe.nom for jointe in rangees}) < len(rangees):
        raise ValueError("Deux fichiers joints portent le même nom.")
    return rangees


def achever(pdf):
    """What WeasyPrint leaves to be done: it names each attached file twice in the catalogue, and compresses the
    metadata, which must be readable by a tool that knows nothing of PDF (ISO 19005-1, 6.7.2)."""
    import pydyf

    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    for objet in pdf.objects:
        if isinstance(objet, pydyf.Stream) and objet.extra.get("Type") == "/Metadata":
            objet.compress = False
