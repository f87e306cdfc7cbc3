"""Documents: an HTML template and its context in, a tagged PDF out; one piece, or several bound together.

The same template serves both: it extends `documents/base.html`, which takes the frame that the door chooses, a page
of its own or a section of a bundle.
"""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.template.loader import render_to_string

from dpid.documents.archives import ARCHIVE, DONNEES, SOURCE, Jointe
from dpid.documents.moteur import rendre_html
from dpid.documents.pieces import Piece, detacher, lier
from dpid.documents.textes import blocs, jour_iso, nettoyer

__all__ = [
    "DONNEES", "SOURCE", "Jointe", "Piece", "assembler", "blocs", "html_assemble", "html_seul", "jour_iso", "nettoyer",
    "rendre_html", "rendre_pdf",
]  # fmt: skip
# Characters of HTML on a page: enough for a bar of progress, which only has to move.
HTML_PAR_PAGE = 4_000


def rendre_pdf(
    gabarit: str, contexte: dict, *, titre: str, projet: bool = False, archive: Sequence[Jointe] | None = None
) -> bytes:
    """Render `templates/<gabarit>` (which extends `documents/base.html`) into a PDF/UA-1.

    `contexte["date"]` (ISO or date), when there is one, dates the metadata: the same data and the same versions of
    the libraries give the same bytes. `projet` prints the watermark « PROJET ». `archive`, even empty, asks for a
    PDF/A-3a with these files attached.
    """
    html = html_seul(gabarit, contexte, titre=titre, projet=projet)
    return rendre_html(html, **_variante(archive))


def assembler(
    pieces: Sequence[Piece | tuple],
    *,
    titre: str,
    date,
    pied: str = "",
    projet: bool = False,
    archive: Sequence[Jointe] | None = None,
    avancer: Callable[[int, int], None] | None = None,
) -> bytes:
    """One PDF/UA-1 of several pieces: a contents page, then each `Piece` on its own pages, « page x/y » throughout.

    A piece is `(titre, gabarit, contexte[, paysage[, ancre]])`; its foot is its own `contexte["pied"]`. It has a
    bookmark of level 1 that bears its title, its own headings below; they go down one level under the title of the
    bundle. `pied` is the foot of the contents page, `date` (ISO or date) dates the metadata.

    In a template `<a href="#annexe-2">` leads to the element of this id in the same piece, or to the piece whose
    `ancre` is `annexe-2`; printed without its target, the link is plain text.

    `avancer(fait, total)` is called for each piece written, each page laid out, then drawn, and at the end: hundredths
    of the whole time, `total` is 100. What it raises stops the rendering.
    """
    suivi = _Suivi(len(pieces), avancer)
    html = html_assemble(pieces, titre=titre, date=date, pied=pied, projet=projet, piece_faite=suivi.ecrite)
    suivi.compter(html)
    pdf = rendre_html(html, **_variante(archive), suivi=suivi if avancer else None)
    suivi.finir()
    return pdf


def html_seul(gabarit: str, contexte: dict, *, titre: str, projet: bool = False) -> str:
    """The page that `rendre_pdf` gives to WeasyPrint."""
    page = {**contexte, "cadre": "documents/_page.html", "titre_document": titre, "est_projet": projet}
    return detacher(render_to_string(gabarit, page))


def html_assemble(pieces, *, titre: str, date, pied="", projet=False, piece_faite: Callable | None = None) -> str:
    """The page that `assembler` gives to WeasyPrint."""
    pieces = [Piece(*piece) for piece in pieces]
    if not pieces:
        raise ValueError("Un assemblage compte au moins une pièce.")
    contexte = {
        "pieces": lier(pieces, projet=projet, piece_faite=piece_faite),
        "titre_document": titre,
        "date": jour_iso(date),
        "pied": pied,
        "est_projet": projet,
        "collectivite": settings.DPID["collectivite"],
    }
    return render_to_string("documents/assemblage.html", contexte)


def _variante(archive) -> dict:
    return {} if archive is None else {"variante": ARCHIVE, "jointes": archive}


class _Suivi:
    """Hundredths of the time of an assembly, as measured on 80 pages. They never go back: a page is laid out again
    when the number of another is written on it."""

    ECRITURE, MISE_EN_PAGE, DESSIN, TOTAL = 4, 58, 98, 100

    def __init__(self, pieces: int, avancer):
        self.pieces, self.ecrites, self.pages, self.fait = pieces, 0, 1, 0
        self.avancer = avancer

    def compter(self, html: str):
        self.pages = max(self.pieces, len(html) // HTML_PAR_PAGE)

    def ecrite(self):
        self.ecrites += 1
        self._dire(0, self.ECRITURE, self.ecrites, self.pieces)

    def mise_en_page(self, numero: int):
        self._dire(self.ECRITURE, self.MISE_EN_PAGE, min(numero, self.pages), self.pages)

    def dessinee(self, numero: int, sur: int):
        self._dire(self.MISE_EN_PAGE, self.DESSIN, numero, sur)

    def finir(self):
        self._dire(self.DESSIN, self.TOTAL, 1, 1)

    def _dire(self, debut: int, fin: int, numero: int, sur: int):
        self.fait = max(self.fait, debut + (fin - debut) * numero // sur)
        if self.avancer:
            self.avancer(self.fait, self.TOTAL)
