"""What an archived PDF carries beside its pages (PDF/A-3a): attached files, and the promise of PDF/UA-1 as well."""

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

ARCHIVE = "pdf/a-3a"
DONNEES, SOURCE = "Data", "Source"
# The library writes the name of one standard only, and the archive keeps to both. PDF/A allows the property of PDF/UA
# once its schema is described (ISO 19005-3, 6.6.2.3).
_ACCESSIBLE = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file keeps to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""


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
    """In the order of their names, as the name tree of a PDF wants them. Raises ValueError on two files of one name,
    and on a name that is not plain ASCII: the library writes it in an encoding that readers do not expect."""
    rangees = sorted(jointes, key=lambda jointe: jointe.nom)
    if not all(re.fullmatch(r"\w[\w.-]*", jointe.nom, re.ASCII) for jointe in rangees):
        raise ValueError(
            "Le nom d’un fichier joint n’a que des lettres sans accent, des chiffres, « . », « - », « _ »."
        )
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
            objet.stream = [octets.replace(b"</rdf:RDF>", _ACCESSIBLE) for octets in objet.stream]


@contextmanager
def flux_bien_delimites():
    """One stream in 256 ends with a carriage return, which reads as one line break with the end of line that follows:
    its length is then in doubt (ISO 19005-3, 6.1.7.1). Written in hexadecimal it ends with « > ». Streams are
    written one by one, the last ones when the file is: hence in the library, as long as an archive is made."""
    import pydyf

    origine = pydyf.Stream.data

    def data(flux):
        ecrit = origine.fget(flux)
        if not ecrit.endswith(b"\r\nendstream"):
            return ecrit
        contenu = ecrit[ecrit.index(b"\nstream\n") + 8 : -len(b"\nendstream")]
        extra = pydyf.Dictionary(flux.extra)
        filtre = "/FlateDecode" if flux.compress else extra.get("Filter")
        extra["Filter"] = pydyf.Array(["/ASCIIHexDecode", *([filtre] if filtre else [])])
        if "DecodeParms" in extra:
            extra["DecodeParms"] = pydyf.Array(["null", extra["DecodeParms"]])
        return pydyf.Stream([contenu.hex() + ">"], extra).data

    pydyf.Stream.data = property(data)
    try:
        yield
    finally:
        pydyf.Stream.data = origine
