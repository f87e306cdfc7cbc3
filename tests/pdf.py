"""Reading real PDF files: text page by page, structure, bookmarks, attached files, French typography.

What is extracted is not quite what was written. The font has one glyph for U+0020 and U+00A0, named U+0020 so that the
text can be searched (`dpid.documents.moteur._rendre_cherchable`): a no-break space comes out as a plain space, and a
check on the text accepts either. U+202F has a glyph of its own and is judged exactly.
"""

import io
import re

import page
import pikepdf
import pypdf

FINE, INSECABLE = "\u202f", "\u00a0"


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [feuille.extract_text() for feuille in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def texte(pdf: bytes) -> str:
    return "\n".join(pages(pdf))


def plat(chaine: str) -> str:
    """One space for any run of spaces and line breaks: where a line is cut does not matter."""
    return re.sub(r"[ \u00a0\n]+", " ", chaine)


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
