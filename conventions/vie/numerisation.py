"""Scans that come back: each page is read by its code, joined to its act; what is not read waits in the sorting tray.

A lot is kept as it was deposited, then read by a job, which starts again from nothing when its worker died. When every
page of an act sent to signature has come back, the signed copy is made and the signature of the structure recorded. The
same file twice is the same lot; a page already there is not taken twice.
"""

import io
from collections import defaultdict
from contextlib import ExitStack, closing, contextmanager
from itertools import count

import pypdfium2
import zxingcpp
from django.db import transaction
from django.urls import reverse

from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import codes
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.tasks import demander, executer_ici
from dpid.typographie import accorder

PAGES_MAX = 600
TAILLE_MAX = 60 * 1024 * 1024  # bytes
POINTS = 200  # an inch: what a copier gives, enough for the code
COTE_MAX = 5000  # dots
NATURE = "numerisation"
PAGES_D_UN_COUP = 20  # read within the request; more go to the worker


def deposer(nom: str, contenu: bytes, *, par) -> LotDeNumerisation:
    """Keep a PDF of scanned pages, to be read. Raises ActeRefuse (not a PDF, too long, already deposited)."""
    if len(contenu) > TAILLE_MAX:
        raise ActeRefuse("Ce fichier dépasse 60 Mo : numérisez en plusieurs lots.")
    lot = LotDeNumerisation(nom_fichier=nom[:150], depose_par=par)
    lot.poser(contenu)
    if LotDeNumerisation.objects.filter(sha256=lot.sha256).exists():
        raise ActeRefuse("Ce fichier a déjà été déposé : ses pages sont à leur place ou au tri.")
    with _ouvrir(contenu) as pdf:
        lot.nombre_pages = len(pdf)
    if lot.nombre_pages > PAGES_MAX:
        raise ActeRefuse(f"Ce fichier a {lot.nombre_pages} pages : au plus {PAGES_MAX} par lot.")
    lot.save()
    return lot


def demander_lecture(lot, *, par):
    """The job that reads the lot: one per lot, done at once when it is short."""
    court = lot.nombre_pages <= PAGES_D_UN_COUP
    parametres = {"lot": lot.pk, "adresse": reverse("numerisations")}  # where « Documents en cours » leads
    travail = demander(
        NATURE, f"Lecture du lot « {lot} »", parametres, par=par, cle=f"numerisation-{lot.pk}", en_file=not court
    )
    return executer_ici(travail) if court else travail


def traiter(travail):
    """Factory of the « numerisation » jobs."""
    lot = ranger(LotDeNumerisation.objects.get(pk=travail.parametres["lot"]), par=travail.par, avancer=travail.avancer)
    reste = lot.pages.filter(acte__isnull=True, est_ecartee=False).count()
    suite = f", dont {accorder(reste, 'à trier', 'à trier')}" if reste else ""
    return None, f"{accorder(lot.nombre_pages, 'page lue', 'pages lues')}{suite}."


def ranger(lot: LotDeNumerisation, *, par, avancer=lambda fait, total: None) -> LotDeNumerisation:
    """Read every page, then join all of them to their acts in one transaction; a lot already read is left as it is."""
    if lot.pages.exists():
        return lot
    lus = lire(bytes(lot.contenu), avancer)
    with transaction.atomic():
        _joindre(lot, lus, par=par)
    return lot


def _joindre(lot, lus: list[str], *, par) -> None:
    PageNumerisee.objects.bulk_create(
        [PageNumerisee(lot=lot, rang=rang, code=code[:80]) for rang, code in enumerate(lus, 1)]
    )
    for page in lot.pages.all():
        _reconnaitre(page)
    _former(lot, par=par)


@contextmanager
def _ouvrir(contenu: bytes):
    """The PDF, closed at the end. Raises ActeRefuse when it is not one."""
    try:
        pdf = pypdfium2.PdfDocument(contenu)
    except pypdfium2.PdfiumError as erreur:
        raise ActeRefuse("Ce fichier n’est pas un PDF lisible.") from erreur
    try:
        yield pdf
    finally:
        pdf.close()


def lire(contenu: bytes, avancer=lambda fait, total: None) -> list[str]:
    """The code of each page, empty when none is read. Raises ActeRefuse."""
    lus = []
    with _ouvrir(contenu) as pdf:
        for page in pdf:
            lus.append(_code(page))
            avancer(len(lus), len(pdf))
    return lus


def echelle(page, points: int) -> float:
    """Scale that gives `points` dots an inch; smaller for a page of a metre a side, which would fill the memory."""
    return min(points / 72, COTE_MAX / max(page.get_size()))


def _code(page) -> str:
    image = page.render(scale=echelle(page, POINTS), grayscale=True).to_pil()
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
    if acte is not None and codes.est_de(cle, acte.pk, acte.reference):
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


def places_probables(pages: list[PageNumerisee], actes: dict[int, Acte]) -> dict[int, dict]:
    """`{page: {"acte", "numero"}}`: the first gap of the only act of its lot that still waits; a person confirms it.

    `actes`: those that wait for their signed copy. One query.
    """
    venues = defaultdict(lambda: defaultdict(set))
    connues = PageNumerisee.objects.filter(lot__in={p.lot_id for p in pages}, acte__in=actes, document__isnull=True)
    for lot, acte, numero in connues.values_list("lot", "acte", "page"):
        venues[lot][acte].add(numero)
    places = {}
    for page in pages:
        du_lot = venues[page.lot_id]
        if len(du_lot) == 1:
            (acte, numeros), *_ = du_lot.items()
            libre = next(n for n in count(1) if n not in numeros)
            numeros.add(libre)  # the next page of the same lot goes to the next gap
            places[page.pk] = {"acte": acte, "numero": libre}
    return places


def _former(lot: LotDeNumerisation, *, par) -> None:
    """The signed copy of each act whose pages are all there."""
    for pk in lot.pages.filter(acte__isnull=False).values_list("acte", flat=True).distinct():
        acte = Acte.objects.select_related("convention", "document").get(pk=pk)
        if acte.etat == Acte.Etat.A_SIGNER and (pages := _completes(acte)):
            acte.signer_structure(par=par, motif=f"Lot numérisé « {lot.nom_fichier} »", scan=_assembler(pages))
            PageNumerisee.objects.filter(pk__in=[p.pk for p in pages]).update(document=acte.scan)


def _completes(acte) -> list[PageNumerisee]:
    """One page of each number from 1 to the last of the text sent, in order; empty while one lacks."""
    with _ouvrir(bytes(acte.document.pdf)) as texte:
        attendues = len(texte)
    trouvees = {}
    for page in acte.pages.filter(document__isnull=True).select_related("lot").order_by("pk"):
        trouvees.setdefault(page.page, page)
    if set(range(1, attendues + 1)) - trouvees.keys():
        return []
    return [trouvees[n] for n in range(1, attendues + 1)]


def _assembler(pages: list[PageNumerisee]) -> bytes:
    """One PDF of these pages, in their order, whatever lots they came in."""
    sortie = io.BytesIO()
    with ExitStack() as ouverts:
        lots = {p.lot_id: p.lot for p in pages}
        sources = {pk: ouverts.enter_context(_ouvrir(bytes(lot.contenu))) for pk, lot in lots.items()}
        neuf = ouverts.enter_context(closing(pypdfium2.PdfDocument.new()))
        for page in pages:
            neuf.import_pages(sources[page.lot_id], [page.rang - 1])
        neuf.save(sortie)
    return sortie.getvalue()
