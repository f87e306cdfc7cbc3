"""Editable copies (ODT, DOCX) of a document, for the services that finish them by hand. An optional extra.

Nothing here serves or freezes a document: the formats exist only where `requirements-bureautique.txt` is installed.
pandoc reads the HTML of the document on its standard input, in its sandbox: it opens no file and calls no address that
the HTML names. What it does not keep (paper, alignments, rules of the tables) is put in its file afterwards.
"""

import functools
import io
import logging
import re
import subprocess
import zipfile
from datetime import UTC, date, datetime

from dpid.documents.textes import nettoyer
from dpid.erreurs import ActeRefuse

JOURNAL = logging.getLogger(__name__)

FORMATS = {
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
DELAI = 60  # seconds; a hundred pages take a few
MEMOIRE = "-M1G"
CENTRE, SIGNATURE = "Acte", "Signataire"
_CENTRES = "numero|resultat|delibere"


class ConversionImpossible(Exception):
    """pandoc failed; the message is for the log."""


def est_disponible() -> bool:
    return _pandoc() is not None


def formats() -> tuple[str, ...]:
    """Formats offered here: none without the extra."""
    return tuple(FORMATS) if est_disponible() else ()


def convertir(html: str, format: str, *, le: date | None = None) -> bytes:
    """The document as an editable file: A4, in French, its headings, lists and tables kept, amounts to the right.

    `html` is what `dpid.documents.html_seul` gives. `le` dates the file: the same data give the same bytes. Raises
    ValueError on a format that is not offered here, ConversionImpossible when pandoc fails.
    """
    if format not in formats():
        raise ValueError(f"Le format « {format} » n’est pas proposé ici.")
    jour = le or date(2000, 1, 1)
    epoque = int(datetime(jour.year, jour.month, jour.day, tzinfo=UTC).timestamp())
    commande = [
        _pandoc(), "+RTS", MEMOIRE, "-RTS", "--from=html", f"--to={format}", "--sandbox", "--metadata=lang:fr-FR",
        "--output=-",
    ]  # fmt: skip
    try:
        fini = subprocess.run(  # noqa: S603
            commande, input=_preparer(html).encode(), capture_output=True, timeout=DELAI, check=True,
            env={"SOURCE_DATE_EPOCH": str(epoque)},
        )  # fmt: skip
    except subprocess.TimeoutExpired as erreur:
        raise ConversionImpossible(f"pandoc a dépassé {DELAI} s.") from erreur
    except subprocess.CalledProcessError as erreur:
        raise ConversionImpossible(erreur.stderr.decode(errors="replace")[-500:]) from erreur
    return _finir(fini.stdout, format)


def absente(format: str) -> str:
    """What is said to the person who asks for a copy where the extra is not installed."""
    return (
        f"Les copies modifiables ({format.upper()}) demandent une extension qui n’est pas installée ici : voyez "
        "requirements-bureautique.txt. Le PDF est disponible."
    )


def copier(html: str, format: str, *, le: date | None = None) -> bytes:
    """As `convertir`; raises ActeRefuse with a sentence for the person when the copy cannot be made."""
    if format not in formats():
        raise ActeRefuse(absente(format))
    try:
        return convertir(html, format, le=le)
    except ConversionImpossible as erreur:
        JOURNAL.exception("pandoc a échoué.")
        raise ActeRefuse(f"La copie modifiable ({format.upper()}) n’a pas pu être faite : réessayez.") from erreur


@functools.cache
def _pandoc() -> str | None:
    try:
        import pypandoc

        return pypandoc.get_pandoc_path()
    except (ImportError, OSError):
        return None


def _preparer(html: str) -> str:
    """Say in the words of pandoc what our print stylesheet says of a class."""
    html = re.sub(r'(<t[hd]\b[^<>]*)\sclass="[^"]*\bmontant\b[^"]*"', r'\1 style="text-align: right"', nettoyer(html))
    html = re.sub(r'<div class="tete">', f'<div custom-style="{CENTRE}">', html)
    html = re.sub(r'<div class="signature">', f'<div custom-style="{SIGNATURE}">', html)
    html = re.sub(
        rf'<p class="(?:{_CENTRES})">(.*?)</p>', rf'<div custom-style="{CENTRE}"><p>\1</p></div>', html, flags=re.DOTALL
    )
    # In print a line break of a text typed by an agent is one; between two tags it is only how the template is laid.
    return re.sub(r"<p>([^<>]+)</p>", lambda p: f"<p>{p[1].strip().replace(chr(10), '<br>')}</p>", html)


def _finir(fichier: bytes, format: str) -> bytes:
    """The same file, each part that we have something to say of rewritten."""
    sortie = io.BytesIO()
    retouches = _RETOUCHES[format]
    with zipfile.ZipFile(io.BytesIO(fichier)) as recu, zipfile.ZipFile(sortie, "w") as rendu:
        for entree in recu.infolist():
            contenu = recu.read(entree)
            for motif, remplacement in retouches.get(entree.filename, ()):
                contenu = re.sub(motif, remplacement, contenu.decode(), flags=re.DOTALL).encode()
            rendu.writestr(entree, contenu, compress_type=entree.compress_type)
    return sortie.getvalue()


def _style_docx(nom: str, proprietes: str) -> str:
    nomme = f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{nom}"><w:name w:val="{nom}"/>'
    return f'{nomme}<w:basedOn w:val="Normal"/><w:pPr>{proprietes}</w:pPr></w:style>'


def _style_odt(nom: str, proprietes: str) -> str:
    nomme = f'<style:style style:name="{nom}" style:family="paragraph" style:parent-style-name="Standard">'
    return f"{nomme}<style:paragraph-properties {proprietes}/></style:style>"


_BORDS = "".join(
    f'<w:{cote} w:val="single" w:sz="4" w:space="0" w:color="555555"/>'
    for cote in ("top", "left", "bottom", "right", "insideH", "insideV")
)
# (pattern, replacement) by part of the file. The title is a property of the file, as in print: nothing writes it above
# the document. A4 with the margins of the PDF.
_RETOUCHES = {
    "docx": {
        "word/document.xml": [
            (r'<w:p>\s*<w:pPr>\s*<w:pStyle w:val="(?:Title|Author)" />.*?</w:p>', ""),
            (
                r"<w:sectPr>(.*?)</w:sectPr>",
                r'<w:sectPr>\1<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1020" w:right="964" w:bottom="1134" '
                r'w:left="964" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>',
            ),
        ],
        "word/styles.xml": [
            (rf'<w:style [^>]*w:styleId="(?:{CENTRE}|{SIGNATURE})".*?</w:style>', ""),
            (r'<w:color w:val="[^"]*"\s+w:themeColor[^>]*/>', ""),
            (
                r'(w:styleId="Table".*?<w:tblInd [^>]*/>)(.*?<w:tblStylePr w:type="firstRow">)',
                rf"\1<w:tblBorders>{_BORDS}</w:tblBorders>\2<w:rPr><w:b/></w:rPr>",
            ),
            (
                r"</w:styles>",
                _style_docx(CENTRE, '<w:jc w:val="center"/>')
                + _style_docx(SIGNATURE, '<w:keepNext/><w:ind w:left="4536"/>')
                + "</w:styles>",
            ),
        ],
    },
    "odt": {
        "content.xml": [
            (r'<text:p text:style-name="(?:Title|Author)">.*?</text:p>', ""),
            (r'fo:border="none"', 'fo:border="0.5pt solid #555555" fo:padding="1mm"'),
        ],
        "styles.xml": [
            (r'fo:page-width="8.5in"', 'fo:page-width="210mm"'),
            (r'fo:page-height="11in"', 'fo:page-height="297mm"'),
            (r'fo:margin-(left|right)="1in"', r'fo:margin-\1="17mm"'),
            (r'fo:margin-(top|bottom)="1in"', r'fo:margin-\1="18mm"'),
            (r'fo:country="US"', 'fo:country="FR"'),
            (
                r"</office:styles>",
                _style_odt(CENTRE, 'fo:text-align="center"')
                + _style_odt(SIGNATURE, 'fo:margin-left="80mm" fo:keep-with-next="always"')
                + "</office:styles>",
            ),
        ],
    },
}
