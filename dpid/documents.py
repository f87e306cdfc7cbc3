"""The one door to WeasyPrint: an HTML template and its context in, a tagged PDF/UA-1 out.

WeasyPrint is imported on first use only (half a second), and its default fetcher is never used: by default it embeds
any `file://` and calls any URL found in the HTML. Ours serves the files of `static/` under the private scheme
`statique:` and raster images in `data:`; everything else is refused and the document is rendered without it.
"""

import functools
import gc
import logging
import mimetypes
import re
import threading
from contextlib import contextmanager
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string

from dpid.typographie import composer

JOURNAL = logging.getLogger(__name__)
FEUILLE_DE_STYLE = "documents/impression.css"
SCHEME = "statique"
IMAGES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
# What XML and PDF cannot carry: control characters other than tab and line breaks, lone surrogates, non-characters.
_ILLISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Characters of HTML rendered between two full passes of the collector: about 40 pages of tables.
HTML_ENTRE_COLLECTES = 400_000
_html_depuis_collecte = 0
# Pango, HarfBuzz and the garbage collector are shared by the whole process: one rendering at a time.
_VERROU = threading.RLock()


def rendre_pdf(gabarit: str, contexte: dict, *, titre: str, projet: bool = False) -> bytes:
    """Render `templates/<gabarit>` (which extends `documents/base.html`) into a PDF/UA-1.

    `contexte["date"]` (ISO or date), when there is one, dates the metadata: the same data and the same versions of
    the libraries give the same bytes. `projet` prints the watermark « PROJET ».
    """
    html = render_to_string(gabarit, {**contexte, "titre_document": titre, "est_projet": projet})
    return rendre_html(html)


def rendre_html(html: str, *, variante: str | None = "pdf/ua-1") -> bytes:
    """PDF of a whole HTML page, with our print stylesheet; tagged (PDF/UA-1) unless another `variante` is asked."""
    with _VERROU, _ramasse_miettes_au_repos(len(html)):
        weasyprint, recuperateur, polices, feuille = _moteur()
        page = weasyprint.HTML(string=nettoyer(html), url_fetcher=recuperateur)
        return page.write_pdf(
            stylesheets=[feuille], font_config=polices, finisher=_rendre_cherchable, pdf_variant=variante
        )


def nettoyer(texte: str) -> str:
    """Drop the characters that neither XML nor PDF can carry; a pasted text sometimes holds some."""
    return _ILLISIBLES.sub("", texte)


def jour_iso(valeur) -> str:
    """`2023-12-11` from a date or its ISO text, empty for anything else: the date of the metadata."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    return valeur if isinstance(valeur, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", valeur) else ""


def blocs(texte: str) -> list[dict]:
    """Paragraphs and lists of a text typed by an agent, with French spacing.

    A blank line separates two paragraphs, a line that starts with « - » or « • » is an item of a list; another line
    break stays a line break. `[{"genre": "p", "texte": …}, {"genre": "ul", "puces": […]}]`.
    """
    resultat: list[dict] = []
    suite = None
    for ligne in (texte or "").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        ligne = ligne.strip()
        if not ligne:
            suite = None
        elif puce := re.match(r"[-•–]\s+(.*)", ligne):
            if not resultat or resultat[-1]["genre"] != "ul" or suite == "p":
                resultat.append({"genre": "ul", "puces": []})
            resultat[-1]["puces"].append(composer(puce[1]))
            suite = "ul"
        elif suite == "ul":
            resultat[-1]["puces"][-1] += f" {composer(ligne)}"
        elif suite == "p":
            resultat[-1]["texte"] += f"\n{composer(ligne)}"
        else:
            resultat.append({"genre": "p", "texte": composer(ligne)})
            suite = "p"
    return resultat


def _rendre_cherchable(document, pdf):
    """A space is extracted as a space. Our font draws U+0020 and U+00A0 with one glyph, and the PDF can name only one
    character per glyph, the first met: a whole page would be copied, or searched, with no-break spaces."""
    for objet in pdf.objects:
        lignes = getattr(objet, "stream", None)
        if lignes and any(isinstance(ligne, bytes) and ligne.endswith(b"beginbfchar") for ligne in lignes):
            objet.stream = [
                ligne[:-6] + b"<0020>" if isinstance(ligne, bytes) and ligne.endswith(b" <00a0>") else ligne
                for ligne in lignes
            ]


@contextmanager
def _ramasse_miettes_au_repos(taille: int):
    """Full passes of the collector over the growing tree of boxes cost up to 25 % of a long document.

    One pass clears the trees of the documents before; at 50 ms it would cost a tenth of a short one, and waits until
    these documents weigh together as much as a long one.
    """
    global _html_depuis_collecte
    _html_depuis_collecte += taille
    if _html_depuis_collecte > HTML_ENTRE_COLLECTES:
        gc.collect()
        _html_depuis_collecte = taille
    seuils = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*seuils)
        gc.unfreeze()


@functools.cache
def _moteur():
    """WeasyPrint, our fetcher, the fonts and the parsed print stylesheet; made once per process."""
    import weasyprint
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

    recuperateur = Recuperateur(allowed_protocols=(SCHEME, "data"), allow_redirects=False)
    polices = FontConfiguration()
    feuille = weasyprint.CSS(url=f"{SCHEME}:{FEUILLE_DE_STYLE}", url_fetcher=recuperateur, font_config=polices)
    return weasyprint, recuperateur, polices, feuille
