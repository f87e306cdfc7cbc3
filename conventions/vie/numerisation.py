"""Scans that come back: each page is read by its code, joined to its act; what is not taken waits in the sorting tray.

A lot is kept as it was deposited, then read by a job, which starts again from nothing when its worker died. An act that
waits for its copy takes the pages of the text that was sent to signature, the latest of each number (`retours`). When
all are there the signed copy is made, the signature of the structure recorded. The same file twice is the same lot.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import count

import zxingcpp
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pypdfium2 import PdfiumError

from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import codes, exemplaires, retours
from conventions.vie.exemplaires import ouvrir
from conventions.vie.retours import TexteRemis
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal
from dpid.tasks import demander, executer_ici
from dpid.typographie import accorder, avec_majuscule

POINTS = 200  # an inch: what a copier gives, enough for the code
COTE_MAX = 5000  # dots
NATURE = "numerisation"
PAGES_D_UN_COUP = 20  # read within the request; more go to the worker


def deposer(nom: str, contenu: bytes, *, par, signe_le=None) -> LotDeNumerisation:
    """Keep a PDF of scanned pages, to be read; `signe_le`: the day that the structures signed, today unless told.

    A file whose reading failed may be deposited again. Raises ActeRefuse (not a PDF, too long, already read).
    """
    signe_le = signe_le or timezone.localdate()
    if signe_le > timezone.localdate():
        raise ActeRefuse("La date de signature est dans le futur.")
    lot = LotDeNumerisation(nom_fichier=nom[:150], depose_par=par, signe_le=signe_le)
    lot.nombre_pages = exemplaires.compter(contenu)
    lot.poser(contenu)
    existant = LotDeNumerisation.objects.filter(sha256=lot.sha256).defer("contenu").first()
    if existant is None:
        lot.save()
        return lot
    if existant.pages.exists():
        raise ActeRefuse("Ce fichier a déjà été déposé : ses pages sont à leur place ou au tri.")
    existant.signe_le = signe_le
    existant.save(update_fields=["signe_le"])
    return existant


def cle_de_lecture(lot) -> str:
    return f"numerisation-{lot.pk}"


def demander_lecture(lot, *, par):
    """The job that reads the lot: one per lot, done at once when it is short, taken up again when it failed."""
    court = lot.nombre_pages <= PAGES_D_UN_COUP
    parametres = {"lot": lot.pk, "adresse": reverse("numerisations")}  # where « Documents en cours » leads
    travail = demander(
        NATURE, f"Lecture du lot « {lot} »", parametres, par=par, cle=cle_de_lecture(lot), en_file=not court
    )
    return executer_ici(travail) if court else travail


def traiter(travail):
    """Factory of the « numerisation » jobs."""
    lot = LotDeNumerisation.objects.get(pk=travail.parametres["lot"])
    refus = ranger(lot, par=travail.par, avancer=travail.avancer)
    reste = lot.pages.a_trier().count()
    suite = f", dont {accorder(reste, 'à trier', 'à trier')}" if reste else ""
    return None, " ".join([f"{accorder(lot.nombre_pages, 'page lue', 'pages lues')}{suite}.", *refus])


def ranger(lot: LotDeNumerisation, *, par, avancer=lambda fait, total: None) -> list[str]:
    """Read every page, then join all of them to their acts in one transaction; a lot already read is left as it is.

    Gives a sentence for each act whose pages are all there and whose signature could not be recorded.
    """
    if lot.pages.exists():
        return []
    lues = lire(bytes(lot.contenu), avancer)
    with transaction.atomic():
        return _joindre(lot, lues, par=par)


# --- Reading


@dataclass(frozen=True)
class Lue:
    """What the reading of a page gives: its code, or why it has none that can be used."""

    code: str = ""
    motif: str = ""


def lire(contenu: bytes, avancer=lambda fait, total: None) -> list[Lue]:
    """Raises ActeRefuse when it is not a PDF. A page that cannot be read does not stop the others."""
    lues = []
    with ouvrir(contenu) as pdf:
        for rang in range(len(pdf)):
            lues.append(_lire_page(pdf, rang))
            avancer(len(lues), len(pdf))
    return lues


def _lire_page(pdf, rang: int) -> Lue:
    try:
        trouves = _codes(pdf[rang])
    except PdfiumError:
        return Lue(motif="Cette page du fichier est abîmée.")
    if len(trouves) > 1:
        return Lue(motif=f"Cette page porte {len(trouves)} codes : deux feuilles sont passées ensemble.")
    return Lue(*trouves)


def echelle(page, points: int) -> float:
    """Scale that gives `points` dots an inch; smaller for a page of a metre a side, which would fill the memory."""
    return min(points / 72, COTE_MAX / max(page.get_size()))


def _codes(page) -> list[str]:
    """Those of ours on the page, each once."""
    image = page.render(scale=echelle(page, POINTS), grayscale=True).to_pil()
    trouves = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return list(dict.fromkeys(t.text for t in trouves if codes.lire(t.text)))


# --- From the lot to the acts


def _joindre(lot, lues: list[Lue], *, par) -> list[str]:
    PageNumerisee.objects.bulk_create(
        [PageNumerisee(lot=lot, rang=n, code=lue.code[:80], motif=lue.motif) for n, lue in enumerate(lues, 1)]
    )
    actes = retours.verrouiller({lu[0] for lue in lues if (lu := codes.lire(lue.code))})
    textes = {pk: TexteRemis.de(acte) for pk, acte in actes.items()}
    for page in lot.pages.order_by("rang"):
        if lu := codes.lire(page.code):
            _reconnaitre(page, actes.get(lu[0]), textes.get(lu[0]))
    return _former(lot, actes.values(), par=par)


def _reconnaitre(page: PageNumerisee, acte: Acte | None, texte: TexteRemis | None) -> None:
    """Join the page to the act that its code names, or say why it waits in the tray."""
    _, numero, cle, empreinte = codes.lire(page.code)
    if acte is None or not codes.est_de(cle, acte.pk, acte.reference):
        page.motif = "Son code n’est celui d’aucun acte connu."
    else:
        page.motif = retours.refus(acte, texte, numero, empreinte)
    if page.motif:
        page.save(update_fields=["motif"])
    else:
        retours.placer(page, acte, numero)


def _former(lot, actes, *, par) -> list[str]:
    """The signed copy of each act whose pages are all there; a refusal is told and does not stop the others."""
    dits = []
    for acte in actes:
        try:
            with transaction.atomic():
                _conclure(lot, acte, par=par)
        except ActeRefuse as raison:
            nom = avec_majuscule(str(acte))
            dits.append(f"{nom} : toutes ses pages sont là, mais sa signature n’est pas enregistrée. {raison}")
    return dits


def _conclure(lot, acte, *, par) -> None:
    if acte.etat == Acte.Etat.A_SIGNER:
        if retours.completes(acte):
            motif = f"Lot numérisé « {lot.nom_fichier} »"
            acte.signer_structure(par=par, motif=motif, le=lot.signe_le, est_un_lot=True)
    elif not acte.scan_id and retours.former(acte, par=par):
        exemplaires.noter(acte, par=par)


# --- The tray


@transaction.atomic
def trier(page: PageNumerisee, *, par, acte: Acte | None = None, numero: int | None = None) -> list[str]:
    """By hand, from the tray: an act and a page, or nothing (the page is put aside).

    Gives what `ranger` gives. Raises ActeRefuse: already sorted, not a page that this act awaits.
    """
    page = PageNumerisee.objects.select_for_update(of=("self",)).select_related("lot").get(pk=page.pk)
    if page.acte_id or page.est_ecartee:
        raise ActeRefuse("Cette page est déjà triée.")
    dits = []
    if acte is None:
        page.est_ecartee = True
        page.save(update_fields=["est_ecartee"])
    else:
        acte = retours.verrouiller([acte.pk])[acte.pk]
        _refuser(page, acte, numero or 1)
        retours.placer(page, acte, numero or 1)
        dits = _former(page.lot, [acte], par=par)
    Journal.noter(page.lot, "trier", "Trier une page numérisée", par=par, vers=str(acte or "écartée"))
    return dits


def _refuser(page, acte, numero: int) -> None:
    """A code that was read says more than the hand that sorts."""
    lu = codes.lire(page.code)
    if lu and (lu[0], lu[1]) != (acte.pk, numero):
        raise ActeRefuse("Le code de cette page est celui d’une autre : écartez-la, ou rangez-la à sa place.")
    if raison := retours.refus(acte, TexteRemis.de(acte), numero, lu and lu[3]):
        raise ActeRefuse(raison)


@transaction.atomic
def ecarter_le_reste(lot: LotDeNumerisation, *, par) -> int:
    """Put aside all that a lot left in the tray: how many pages."""
    nombre = lot.pages.a_trier().update(est_ecartee=True)
    Journal.noter(lot, "ecarter", "Écarter les pages à trier", par=par, donnees={"pages": nombre})
    return nombre


def places_probables(pages: list[PageNumerisee], actes: dict[int, Acte]) -> dict[int, dict]:
    """`{page: {"acte", "numero"}}`: the first gap of the only act of its lot that still waits; a person confirms it.

    `actes`: those that wait for their signed copy. Two queries.
    """
    venues = defaultdict(lambda: defaultdict(set))
    connues = PageNumerisee.objects.retenues().filter(lot__in={p.lot_id for p in pages}, acte__in=actes)
    for lot, acte, numero in connues.values_list("lot", "acte", "page"):
        venues[lot][acte].add(numero)
    seuls = {lot: next(iter(du_lot.items())) for lot, du_lot in venues.items() if len(du_lot) == 1}
    longueurs = _longueurs(actes[acte] for acte, _ in seuls.values())
    places = {}
    for page in pages:
        if page.lot_id in seuls and not codes.lire(page.code):
            acte, numeros = seuls[page.lot_id]
            libre = next(n for n in count(1) if n not in numeros)
            if libre <= longueurs[acte]:
                numeros.add(libre)  # the next page of the same lot goes to the next gap
                places[page.pk] = {"acte": acte, "numero": libre}
    return places


def _longueurs(actes) -> dict[int, int]:
    """{act: pages of the text that was sent}."""
    par_document = {acte.document_id: acte.pk for acte in actes}
    textes = Document.objects.filter(pk__in=par_document).values_list("pk", "pdf") if par_document else ()
    return {par_document[pk]: retours.longueur(pdf) for pk, pdf in textes}
