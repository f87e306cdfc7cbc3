"""Scans: an act sent to signature, what a copier gives of its pages, their deposit."""

import io
from datetime import date

import pypdfium2

from conventions import documents
from conventions.models import Acte
from conventions.vie import numerisation
from tests.conventions.donnees import actes_de, affecter, ligne_retenue, modele_publie, rapport_de, signataire, voter
from tests.factories import AutorisationFactory

REMIS_LE = date(2024, 7, 2)


def projet_vote() -> Acte:
    """Voted and exécutoire, not sent yet."""
    if not Acte.objects.exists():
        modele_publie()
        signataire()
    ae = AutorisationFactory()
    rapport = rapport_de(ligne_retenue(ae=ae))
    (fait,) = actes_de(rapport)
    affecter(ae, "20000.00", le=rapport.seance.date)
    voter(rapport)
    return Acte.objects.get(pk=fait.pk)


def remettre(acte, par) -> Acte:
    """With its true PDF."""
    acte = Acte.objects.get(pk=acte.pk)
    acte.remettre(par=par, le=REMIS_LE, edition=documents.rendre_acte(acte))
    return acte


def acte_remis(par) -> Acte:
    return remettre(projet_vote(), par)


def nombre_de_pages(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as lu:
        return len(lu)


def copier(pdf: bytes, ordre, *, angle=0) -> bytes:
    """What a copier gives: images of the pages, in this order, blank where it is None."""
    source, images = pypdfium2.PdfDocument(pdf), []
    for rang in ordre:
        page = source[rang or 0].render(scale=150 / 72).to_pil().convert("L")
        images.append(page.point(lambda _: 255) if rang is None else page.rotate(angle, fillcolor=255))
    sortie = io.BytesIO()
    images[0].save(sortie, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return sortie.getvalue()


def deposer(nom, contenu, par, **options):
    lot = numerisation.deposer(nom, contenu, par=par, **options)
    numerisation.demander_lecture(lot, par=par)
    return lot
