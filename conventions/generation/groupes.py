"""How the acts of an archive are grouped: folders, and one file to print by group.

The file to print is a paper copy: pdfium brings the pages, their codes and their fonts, not the structure, the
language nor the bookmarks. The accessible originals are the PDFs of the acts, one each, in the same folder.
"""

import hashlib
import io
import logging
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from contextlib import closing
from datetime import date

import pypdfium2
from django.utils.text import slugify

from dpid.fichiers import deposer

journal = logging.getLogger(__name__)
PLUSIEURS, SANS_TERRITOIRE, SANS_SIGNATAIRE = "Plusieurs territoires", "Sans territoire", "Sans signataire"
NON_GROUPE = "Les actes de ce dossier n’ont pas pu être réunis en un seul fichier : imprimez-les un à un."
# What pdfium draws at random, or reads on the clock.
_NE_LE = re.compile(rb"(?<=/CreationDate\(D:)\d{14}(?=[^)]*\)/Creator\(PDFium\))")
_IDENTITE = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\](?=>>\s*startxref\s+\d+\s+%%EOF\s*\Z)")


def _territoire(lu) -> str:
    territoires = {t for fiche in lu.fiches for t in fiche.territoires}
    return PLUSIEURS if len(territoires) > 1 else next(iter(territoires), SANS_TERRITOIRE)


# `(what makes the group, its label)`: two structures of the same name are two groups.
RANGEMENTS = {
    "aucun": lambda lu: None,
    "structure": lambda lu: (lu.convention.structure_id, str(lu.structure)),
    "territoire": lambda lu: (_territoire(lu),) * 2,
    "signataire": lambda lu: (str(lu.signataire or SANS_SIGNATAIRE),) * 2,
}


def dossiers(lus, rangement: str) -> list[str]:
    """The folder of each act, empty when they are not grouped."""
    groupes = [RANGEMENTS[rangement](lu) for lu in lus]
    noms = nommer(groupe for groupe in groupes if groupe)
    return [noms[groupe[0]] if groupe else "" for groupe in groupes]


def nommer(groupes: Iterable[tuple[Hashable, str]]) -> dict[Hashable, str]:
    """A name of folder for each key, from its label: no two alike."""
    noms: dict[Hashable, str] = {}
    for cle, libelle in groupes:
        if cle in noms:
            continue
        racine = nom = slugify(libelle.replace("œ", "oe").replace("Œ", "OE"))[:60] or "sans-nom"
        rang = 1
        while nom in noms.values():
            rang += 1
            nom = f"{racine}-{rang}"
        noms[cle] = nom
    return noms


def joindre(archive, rangs, jour: date) -> list[str]:
    """Add to the archive the file to print of each folder of several acts; what could not be made, in French."""
    par_dossier, echecs = defaultdict(list), []
    for rang in rangs:
        if rang.dossier and rang.fichier:
            par_dossier[rang.dossier].append(rang)
    for dossier, siens in par_dossier.items():
        if len(siens) < 2:
            continue
        nom = f"actes/{dossier}/{dossier}_a-imprimer.pdf"
        try:
            contenu = fusionner((archive.read(rang.fichier) for rang in siens), jour)
        except pypdfium2.PdfiumError:
            journal.exception("Le fichier à imprimer %s n’a pas pu être formé.", nom)
            echecs.append(f"{nom} : {NON_GROUPE}")
            continue
        deposer(archive, nom, contenu, jour)
        for rang in siens:
            rang.a_imprimer = nom
    return echecs


def fusionner(pdfs: Iterable[bytes], jour: date) -> bytes:
    """One PDF of all the pages, a blank one after an odd number: printed on both sides, each act has its own sheets.

    Dated by `jour` and named by its contents: the same acts give the same bytes.
    """
    sortie = io.BytesIO()
    with closing(pypdfium2.PdfDocument.new()) as neuf:
        for pdf in pdfs:
            if len(neuf) % 2:
                neuf.new_page(*neuf.get_page_size(len(neuf) - 1)).close()
            with closing(pypdfium2.PdfDocument(pdf)) as source:
                neuf.import_pages(source)
        neuf.save(sortie)
    contenu = _NE_LE.sub(f"{jour:%Y%m%d}000000".encode(), sortie.getvalue(), count=1)
    sans_identite = _IDENTITE.sub(b"", contenu)
    identite = hashlib.sha256(sans_identite).hexdigest()[:32].upper()
    return _IDENTITE.sub(f"/ID[<{identite}><{identite}>]".encode(), contenu)
