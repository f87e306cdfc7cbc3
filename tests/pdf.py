"""Reading real PDF files: text page by page, structure, bookmarks, attached files, French typography.

What is extracted is not quite what was written. The font has one glyph for U+0020 and U+00A0, named U+0020 so that the
text can be searched (`dpid.documents.moteur._rendre_cherchable`): a no-break space comes out as a plain one. A check on
extracted text accepts both there, and refuses the line break that a plain space would have allowed; on the HTML given
to the engine (`fautes_du_html`) it is exact. U+202F has a glyph of its own and is judged exactly everywhere.
"""

import html as entites
import io
import re
from collections.abc import Iterable

import page
import pikepdf
import pypdf

FINE, INSECABLE = "\u202f", "\u00a0"
MOIS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
# `E`: what stands for a no-break space. Field conventions, § 8.
_REGLES = {
    "U+202F avant ; ! ?": rf"(?<![{FINE};!?(])[;!?](?=[\s»)]|$)",
    "U+00A0 avant :": r"(?<![E\d]):(?=\s|$)|(?<=\d):(?=\s)",
    "U+00A0 dans « »": r"«(?![E])|(?<![E])»",
    "U+00A0 avant € et %": r"(?<![E(])[€%](?!\w)",
    "U+202F entre les milliers": rf"(?<![\d,{FINE}])\d{{1,3}}[ {INSECABLE}]\d{{3}}(?=,\d\d\b|[ {INSECABLE}]€)"
    r"|\d{4,}(?=,\d\d\b|[E]€)",
    "1er": rf"(?<!\d)1[ {INSECABLE}](?:{MOIS})\b",
    "1re, 2e": r"\d(?:ères?|èmes?)\b",
    "U+00A0 après n°": r"\b[Nn]°(?![E])",
    "U+00A0 après la civilité": r"(?<!\w)(?:MM?\.|Mmes?)(?![E])(?=\s)",
    "apostrophe et guillemets": r"(?<=\w)'|\"",
}
REGLES = tuple(_REGLES)


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [feuille.extract_text() for feuille in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def texte(pdf: bytes) -> str:
    return "\n".join(pages(pdf))


def plat(chaine: str) -> str:
    """One space for any run of spaces and line breaks: where a line is cut does not matter."""
    return re.sub(r"[ \u00a0\n]+", " ", chaine)


def fautes_de_typographie(pdf: bytes, *, sauf: Iterable[str] = ()) -> list[str]:
    """`rule : the words around`, one for each breach in what is printed; `sauf` names rules of `REGLES` left out (a
    straight apostrophe typed by an agent is his own)."""
    return [faute for feuille in pages(pdf) for faute in _fautes(feuille, f" {INSECABLE}", sauf)]


def fautes_du_html(html: str, *, sauf: Iterable[str] = ()) -> list[str]:
    """The same on the text of a page of HTML, where U+00A0 is still told from a plain space."""
    corps = re.sub(r"(?s)<(style|title)\b.*?</\1>", "", html)
    return _fautes(entites.unescape(re.sub(r"<[^>]*>", "\n", corps)), INSECABLE, sauf)


def _fautes(texte: str, insecable: str, sauf) -> list[str]:
    return [
        f"{regle} : {texte[max(0, trouve.start() - 25) : trouve.end() + 15]!r}"
        for regle, motif in _REGLES.items()
        if regle not in sauf
        for trouve in re.finditer(motif.replace("E", insecable), texte)
    ]


def fautes_d_accessibilite(pdf: bytes, profil: str = "ua1") -> list[tuple]:
    """Verdict of the offline checker; `profil` « pdfa3a » for an archive."""
    constat = page.validate_pdf_bytes(pdf, profile=profil)
    return [] if constat.is_compliant else [(faute.rule_id, faute.message) for faute in constat.failures]


def balises(pdf: bytes) -> list[str]:
    """Every tag of the structure tree, in order."""
    resultat = []

    def descendre(noeud):
        if isinstance(noeud, pikepdf.Array):
            for enfant in noeud:
                descendre(enfant)
        elif isinstance(noeud, pikepdf.Dictionary):
            if "/S" in noeud:
                resultat.append(str(noeud.S).lstrip("/"))
            if "/K" in noeud:
                descendre(noeud.K)

    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        descendre(fichier.Root.StructTreeRoot.K)
    return resultat


def signets(pdf: bytes) -> list[tuple[str, list]]:
    """`[(title, [bookmarks below])]`."""

    def lire(elements):
        return [(element.title, lire(element.children)) for element in elements]

    with pikepdf.open(io.BytesIO(pdf)) as fichier, fichier.open_outline() as plan:
        return lire(plan.root)


def formats(pdf: bytes) -> list[str]:
    """`portrait` or `paysage`, page by page."""
    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        return ["paysage" if feuille.mediabox[2] > feuille.mediabox[3] else "portrait" for feuille in fichier.pages]


def jointes(pdf: bytes) -> dict[str, bytes]:
    """The attached files."""
    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        return {nom: fiche.get_file().read_bytes() for nom, fiche in fichier.attachments.items()}
