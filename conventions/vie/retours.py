"""Pages joined to the act that waits for them, until together they make its signed copy."""

import io
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pypdfium2
from django.db.models import Q

from conventions.models import Acte, PageNumerisee
from conventions.vie import codes, exemplaires
from dpid.erreurs import ActeRefuse
from dpid.typographie import accorder, avec_majuscule


def qui_attendent(agent):
    """The acts whose signed copy is awaited, among those that the agent sees: not signed yet, or signed without it."""
    sans_copie = Q(etat__in=exemplaires.APRES_SIGNATURE, document__isnull=False, scan__isnull=True)
    attendus = Acte.objects.visibles_par(agent).filter(Q(etat=Acte.Etat.A_SIGNER) | sans_copie)
    return attendus.select_related("convention__structure")


def verrouiller(pks) -> dict[int, Acte]:
    """{id: act, with the text that was sent}, locked in the order of their ids: two lots follow one another."""
    actes = Acte._base_manager.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    return {acte.pk: acte for acte in actes.select_related("convention", "document")}


@dataclass(frozen=True)
class TexteRemis:
    """What a page must come from."""

    empreinte: str
    pages: int

    @classmethod
    def de(cls, acte) -> "TexteRemis | None":
        """None while the act is not sent to signature (or was signed before the application)."""
        if not acte.document_id:
            return None
        return cls(codes.empreinte(acte.document.contexte), longueur(acte.document.pdf))


def longueur(pdf) -> int:
    """Pages of a text that was sent."""
    try:
        with exemplaires.ouvrir(bytes(pdf)) as ouvert:
            return len(ouvert)
    except ActeRefuse:
        return 0


def refus(acte, texte: TexteRemis | None, numero: int, empreinte: str | None = None) -> str:
    """Why this act does not take that page, in a sentence; empty when it does. `empreinte`: that of a code."""
    nom = avec_majuscule(str(acte))
    if texte is None:
        return f"{nom} : cet acte n’est pas remis à la signature."
    if empreinte is not None and empreinte != texte.empreinte:
        return f"{nom} : cette page vient d’un autre texte que celui remis à la signature."
    if acte.etat == Acte.Etat.ABANDONNE:
        return f"{nom} : cet acte est abandonné."
    if acte.scan_id:
        return f"{nom} : son exemplaire signé est déjà là ; un nouveau se dépose sur la page de l’acte."
    if numero > texte.pages:
        return f"{nom} : cet acte a {accorder(texte.pages, 'page', 'pages')}, il n’a pas de page {numero}."
    return ""


def placer(page: PageNumerisee, acte: Acte, numero: int) -> None:
    """Give the page its place: the one that held it is put aside."""
    anciennes = acte.pages.retenues().filter(page=numero).exclude(pk=page.pk)
    anciennes.update(est_ecartee=True, motif=f"Remplacée par la {page}."[:250])
    page.acte, page.page, page.motif = acte, numero, ""
    page.save(update_fields=["acte", "page", "motif"])


def completes(acte) -> list[PageNumerisee]:
    """One page of each number from 1 to the last of the text sent, in order; empty while one lacks."""
    trouvees = {page.page: page for page in acte.pages.retenues().select_related("lot").order_by("pk")}
    if not trouvees or not acte.document_id:
        return []
    attendues = range(1, longueur(acte.document.pdf) + 1)
    return [trouvees[n] for n in attendues] if trouvees.keys() >= set(attendues) else []


def former(acte, *, par):
    """The signed copy made of its pages, put on the act for its caller to save; None while one lacks."""
    pages = completes(acte)
    if not pages:
        return None
    document = exemplaires.conserver(acte, _assembler(pages), par=par)
    PageNumerisee.objects.filter(pk__in=[p.pk for p in pages]).update(document=document)
    return document


def _assembler(pages: list[PageNumerisee]) -> bytes:
    """One PDF of these pages, in their order, whatever lots they came in."""
    sortie = io.BytesIO()
    with ExitStack() as ouverts:
        lots = {p.lot_id: p.lot for p in pages}
        sources = {pk: ouverts.enter_context(exemplaires.ouvrir(bytes(lot.contenu))) for pk, lot in lots.items()}
        neuf = ouverts.enter_context(closing(pypdfium2.PdfDocument.new()))
        for page in pages:
            neuf.import_pages(sources[page.lot_id], [page.rang - 1])
        neuf.save(sortie)
    return sortie.getvalue()
