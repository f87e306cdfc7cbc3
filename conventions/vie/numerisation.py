"""Scans that come back: each page is read by its code, joined to its act; what is not read waits in the sorting tray.

When every page of an act sent to signature has come back, the signed copy is made and the signature of the structure
recorded. The same file twice is the same lot; a page already there is not taken twice.
"""

import io

import pypdfium2
import zxingcpp
from django.db import transaction
from PIL import Image

from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import codes
from conventions.vie.signature import reference
from dpid.erreurs import ActeRefuse
from dpid.models import Journal

PAGES_MAX = 600
TAILLE_MAX = 60 * 1024 * 1024  # bytes
ECHELLE = 200 / 72  # 200 dots an inch: what a copier gives, enough for the code


@transaction.atomic
def deposer(nom: str, contenu: bytes, *, par) -> LotDeNumerisation:
    """Read a PDF of scanned pages. Raises ActeRefuse (not a PDF, too long, already deposited)."""
    if len(contenu) > TAILLE_MAX:
        raise ActeRefuse("Ce fichier dépasse 60 Mo : numérisez en plusieurs lots.")
    lot = LotDeNumerisation(nom_fichier=nom[:150], depose_par=par)
    lot.poser(contenu)
    if LotDeNumerisation.objects.filter(sha256=lot.sha256).exists():
        raise ActeRefuse("Ce fichier a déjà été déposé : ses pages sont à leur place ou au tri.")
    lus = lire(contenu)
    lot.nombre_pages = len(lus)
    lot.save()
    PageNumerisee.objects.bulk_create(
        [PageNumerisee(lot=lot, rang=rang, code=code[:80]) for rang, code in enumerate(lus, 1)]
    )
    for page in lot.pages.all():
        _reconnaitre(page)
    _former(lot, par=par)
    return lot


def lire(contenu: bytes) -> list[str]:
    """The code of each page, empty when none is read. Raises ActeRefuse."""
    try:
        pdf = pypdfium2.PdfDocument(contenu)
    except pypdfium2.PdfiumError as erreur:
        raise ActeRefuse("Ce fichier n’est pas un PDF lisible.") from erreur
    try:
        if len(pdf) > PAGES_MAX:
            raise ActeRefuse(f"Ce fichier a {len(pdf)} pages : au plus {PAGES_MAX} par lot.")
        return [_code(page) for page in pdf]
    finally:
        pdf.close()


def _code(page) -> str:
    largeur, hauteur = page.get_size()
    # A page of a metre a side would fill the memory: it is read smaller.
    echelle = min(ECHELLE, 5000 / max(largeur, hauteur))
    image: Image.Image = page.render(scale=echelle, grayscale=True).to_pil()
    trouves = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    notres = [t.text for t in trouves if codes.lire(t.text)]
    return notres[0] if notres else ""


def _reconnaitre(page: PageNumerisee) -> None:
    """Join the page to the act that its code names."""
    lu = codes.lire(page.code)
    if lu is None:
        return
    pk, numero, cle = lu
    acte = Acte.objects.filter(pk=pk).select_related("convention").first()
    if acte is not None and codes.est_de(cle, acte.pk, reference(acte)):
        rattacher(page, acte, numero)


def rattacher(page: PageNumerisee, acte: Acte, numero: int) -> None:
    page.acte, page.page = acte, numero
    page.save(update_fields=["acte", "page"])


@transaction.atomic
def trier(page: PageNumerisee, *, par, acte: Acte | None = None, numero: int | None = None) -> PageNumerisee:
    """By hand, from the tray: an act and a page, or nothing (the page is put aside)."""
    page = PageNumerisee.objects.select_for_update().select_related("lot").get(pk=page.pk)
    if page.acte_id or page.est_ecartee:
        raise ActeRefuse("Cette page est déjà triée.")
    if acte is None:
        page.est_ecartee = True
        page.save(update_fields=["est_ecartee"])
    else:
        rattacher(page, acte, numero or 1)
        _former(page.lot, par=par)
    Journal.noter(page.lot, "trier", "Trier une page numérisée", par=par, vers=str(acte or "écartée"))
    return page


def _former(lot: LotDeNumerisation, *, par) -> None:
    """The signed copy of each act whose pages are all there."""
    for pk in lot.pages.filter(acte__isnull=False).values_list("acte", flat=True).distinct():
        acte = Acte.objects.select_related("convention", "document").get(pk=pk)
        if acte.etat == Acte.Etat.A_SIGNER and (pages := _completes(acte)):
            acte.signer_structure(par=par, motif=f"Lot numérisé « {lot.nom_fichier} »", scan=_assembler(pages))
            PageNumerisee.objects.filter(pk__in=[p.pk for p in pages]).update(document=acte.scan)


def _completes(acte) -> list[PageNumerisee]:
    """One page of each number from 1 to the last of the text sent, in order; empty while one lacks."""
    attendues = len(pypdfium2.PdfDocument(bytes(acte.document.pdf))) if acte.document_id else 0
    trouvees = {}
    for page in acte.pages.filter(document__isnull=True).select_related("lot").order_by("pk"):
        trouvees.setdefault(page.page, page)
    if not attendues or set(range(1, attendues + 1)) - trouvees.keys():
        return []
    return [trouvees[n] for n in range(1, attendues + 1)]


def _assembler(pages: list[PageNumerisee]) -> bytes:
    """One PDF of these pages, in their order, whatever lots they came in."""
    sources = {p.lot_id: pypdfium2.PdfDocument(bytes(p.lot.contenu)) for p in pages}
    neuf = pypdfium2.PdfDocument.new()
    for page in pages:
        neuf.import_pages(sources[page.lot_id], [page.rang - 1])
    sortie = io.BytesIO()
    neuf.save(sortie)
    return sortie.getvalue()
