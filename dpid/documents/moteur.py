"""The only importer of WeasyPrint: a whole HTML page in, a tagged PDF/UA-1 or a PDF/A-3a out.

WeasyPrint is imported on first use only (half a second), and its default fetcher is never used: by default it embeds
any `file://` and calls any URL found in the HTML. Ours serves the files of `static/` under the private scheme
`statique:` and raster images in `data:`; everything else is refused and the document is rendered without it.
"""

import atexit
import functools
import gc
import logging
import mimetypes
import threading
from collections.abc import Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from importlib.resources import files
from typing import Protocol

from django.conf import settings

from dpid.documents import archives, polices
from dpid.documents.archives import ARCHIVE, Jointe
from dpid.documents.textes import nettoyer
from dpid.memoire import ramasse_miettes_au_repos

JOURNAL = logging.getLogger(__name__)
FEUILLE_DE_STYLE = "documents/impression.css"
SCHEME = "statique"
IMAGES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
SERVI = "pdf/ua-1"
# Characters of HTML rendered between two full passes of the collector: about 40 pages of tables.
HTML_ENTRE_COLLECTES = 400_000
_html_depuis_collecte = 0
# Pango and HarfBuzz are shared by the whole process: one rendering at a time.
_VERROU = threading.RLock()


class Suivi(Protocol):
    """Who is told how far a rendering is: pages laid out (their number is not known before), then drawn."""

    def mise_en_page(self, numero: int) -> None: ...

    def dessinee(self, numero: int, sur: int) -> None: ...


def rendre_html(
    html: str, *, variante: str | None = SERVI, jointes: Sequence[Jointe] = (), suivi: Suivi | None = None
) -> bytes:
    """PDF of a whole HTML page, with our print stylesheet; tagged (PDF/UA-1) unless another `variante` is asked.

    `jointes` are attached; PDF/A-3a (`variante=ARCHIVE`) is the only one that allows it. What `suivi` raises stops the
    rendering.
    """
    if jointes and variante != ARCHIVE:
        raise ValueError("Seule l’archive porte des fichiers joints.")
    with _VERROU, _apres_collecte(len(html)), _references_de_pages_retenues():
        page_web, recuperateur, configuration, feuille = _moteur()
        options = {"stylesheets": [feuille], "pdf_variant": variante}
        archive, finir, couleurs = nullcontext(), _rendre_cherchable, None
        if variante == ARCHIVE:
            archive, finir, couleurs = archives.flux_bien_delimites(), _achever_archive, _couleurs()
            options |= {"attachments": [_attacher(j) for j in archives.ranger(jointes)], "output_intent": "sRGB"}
        with _pages_annoncees(suivi):
            page = page_web(string=nettoyer(html), url_fetcher=recuperateur)
            document = page.render(configuration, color_profiles=couleurs, **options)
        with archive:
            return _dessins_annonces(document, suivi).write_pdf(finisher=finir, **options)


def _couleurs() -> dict:
    """The output intent that PDF/A asks for, under a name of ours: under its own the library opens its file and leaves
    it open."""
    from weasyprint.css import ColorProfile

    with (files("weasyprint.pdf") / "sRGB2014.icc").open("rb") as profil:
        couleurs = ColorProfile(profil, "sRGB2014.icc", "relative-colorimetric", ("r", "g", "b"))
    return {"sRGB": couleurs}


def _achever_archive(document, pdf):
    _rendre_cherchable(document, pdf)
    archives.achever(pdf)


def _attacher(jointe: Jointe):
    """The library reads it once only, and guesses its type unless an answer of a server gives it."""
    from weasyprint import Attachment
    from weasyprint.urls import URLFetcherResponse

    le = datetime(jointe.le.year, jointe.le.month, jointe.le.day)
    return Attachment(
        url="jointe:",
        url_fetcher=lambda url: URLFetcherResponse(url, jointe.contenu, {"Content-Type": jointe.mime}),
        name=jointe.nom,
        description=jointe.description,
        created=le,
        modified=le,
        relationship=jointe.relation,
    )


def _rendre_cherchable(document, pdf):
    """A space is extracted as a space. Our font draws U+0020 and U+00A0 with one glyph, and the PDF can name only one
    character per glyph, the first met: a whole page would be copied, or searched, with no-break spaces."""
    ecrites = [objet for objet in pdf.objects if isinstance(objet, dict) and "ToUnicode" in objet]
    for table in (pdf.objects[int(police["ToUnicode"].split()[0])] for police in ecrites):
        table.stream = [
            ligne[:-6] + b"<0020>" if isinstance(ligne, bytes) and ligne.endswith(b" <00a0>") else ligne
            for ligne in table.stream
        ]


@contextmanager
def _apres_collecte(taille: int):
    """The collector at rest, after one pass when it is worth its time.

    One pass clears the trees of the documents before, and the rows read for this one (40 MiB for 3 000 lines); at
    50 ms it would cost a tenth of a short one, and waits until documents weigh together as much as a long one.
    """
    global _html_depuis_collecte
    _html_depuis_collecte += taille
    if _html_depuis_collecte > HTML_ENTRE_COLLECTES:
        gc.collect()
        _html_depuis_collecte = taille
    with ramasse_miettes_au_repos():
        yield


@contextmanager
def _references_de_pages_retenues():
    """pydyf writes the references of all the pages anew for each element of the structure tree: as the square of the
    length, a tenth of the whole time at 3 000 lines. Keep them as long as no page is added."""
    import pydyf

    origine = pydyf.PDF.page_references

    def page_references(pdf):
        nombre = pdf.pages["Count"]
        if pdf.__dict__.get("_retenues", (None,))[0] != nombre:
            pdf._retenues = (nombre, origine.fget(pdf))
        return pdf._retenues[1]

    pydyf.PDF.page_references = property(page_references)
    try:
        yield
    finally:
        pydyf.PDF.page_references = origine


@contextmanager
def _pages_annoncees(suivi: Suivi | None):
    """Tell each page laid out: WeasyPrint says its progress to a logger, and to nobody else."""
    if suivi is None:
        yield
        return

    class Ecoute(logging.Handler):
        def emit(self, record):
            if record.msg.endswith("Page %d"):
                suivi.mise_en_page(record.args[0])

    progres, ecoute = logging.getLogger("weasyprint.progress"), Ecoute()
    niveau, propage = progres.level, progres.propagate
    progres.addHandler(ecoute)
    progres.setLevel(logging.INFO)
    progres.propagate = False
    try:
        yield
    finally:
        progres.setLevel(niveau)
        progres.propagate = propage
        progres.removeHandler(ecoute)


def _dessins_annonces(document, suivi: Suivi | None):
    """The document, whose pages tell that they are drawn: two fifths of the whole time."""
    for numero, page in enumerate(document.pages if suivi else (), 1):

        def dessiner(*arguments, origine=page.paint, numero=numero):
            origine(*arguments)
            suivi.dessinee(numero, len(document.pages))

        page.paint = dessiner
    return document


@functools.cache
def _moteur():
    """The page class, our fetcher, the fonts and the parsed print stylesheet; made once per process."""
    import weasyprint
    from weasyprint.html import UA
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    racine = (settings.BASE_DIR / "static").resolve()

    class Recuperateur(URLFetcher):
        """Refuses everything but our static files and raster images in `data:`. No handler of the parent opens
        anything else, redirections included."""

        def fetch(self, url, headers=None):
            scheme, _, reste = url.partition(":")
            if scheme == SCHEME:
                return self._statique(url, reste)
            if url.startswith(IMAGES):
                return super().fetch(url)
            JOURNAL.warning("Ressource refusée dans un document : %.120s", url)
            raise ValueError("Ressource refusée : un document ne lit ni fichier ni adresse.")

        @staticmethod
        def _statique(url, reste):
            chemin = (racine / reste).resolve()
            if not chemin.is_relative_to(racine) or not chemin.is_file():
                raise ValueError("Ressource refusée : ce fichier n’est pas de nos fichiers statiques.")
            genre = mimetypes.guess_type(chemin.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, chemin.read_bytes(), {"Content-Type": genre})

    sans_notes = weasyprint.CSS(string=_sans_notes(UA))

    class PageWeb(weasyprint.HTML):
        """A page without the notes of WeasyPrint."""

        def _ua_stylesheets(self, forms=False):
            return [sans_notes]

    recuperateur = Recuperateur(allowed_protocols=(SCHEME, "data"), allow_redirects=False)
    configuration = polices.ranger(FontConfiguration())
    # Its temporary folder is removed with it, which the interpreter can no longer do once it takes modules down.
    atexit.register(_moteur.cache_clear)
    feuille = weasyprint.CSS(url=f"{SCHEME}:{FEUILLE_DE_STYLE}", url_fetcher=recuperateur, font_config=configuration)
    return PageWeb, recuperateur, configuration, feuille


def _sans_notes(feuille: str) -> str:
    """WeasyPrint's own stylesheet without the pseudo-elements that it gives to every element (calls and marks of
    notes, which we never print; marks of lists, kept for `li`): six styles per cell, half the time of the cascade and
    a third of the memory of a long table."""
    lignes = [ligne for ligne in feuille.splitlines() if not ligne.startswith(("::footnote-", "::note-"))]
    return "\n".join(f"li{ligne}" if ligne.startswith("::marker") else ligne for ligne in lignes)
