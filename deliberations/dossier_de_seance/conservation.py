"""The bundle of an adopted act, kept once and for all with its SHA-256, in its two editions.

It is made by the worker from the frozen contexts. Both editions are written in one transaction, under the lock of the
délibération: a worker killed at any moment leaves nothing, two workers keep one.
"""

from collections.abc import Callable

from django.db import transaction

from deliberations import documents
from deliberations.dossier_de_seance import assemblage
from deliberations.dossier_de_seance.editions import Edition, contextes, masquer
from deliberations.models import Deliberation, DocumentDeDeliberation
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal

CLE = "dossier_de_seance"
NATURES = {Edition.SIGNEE: "dossier", Edition.PUBLICATION: "publication"}


def est_conserve(deliberation) -> bool:
    return _liens(deliberation).exists()


def conserves(deliberation) -> list:
    """Links to the two editions, without their bytes."""
    return list(_liens(deliberation).select_related("document").defer("document__pdf"))


def pieces_figees(deliberation) -> list:
    """Links to the pieces frozen by the vote, without their bytes."""
    liens = DocumentDeDeliberation.objects.filter(deliberation=deliberation).exclude(nature__in=NATURES.values())
    return list(liens.select_related("document").defer("document__pdf", "document__contexte"))


def lire(rapport, edition=Edition.SIGNEE) -> tuple[bytes, str] | None:
    """`(PDF, file name)` as it was kept, None when it is not yet. Raises ActeRefuse when it was damaged."""
    liens = DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport, nature=NATURES[edition])
    lien = liens.select_related("document").first()
    return (documents.verifie(lien.document), lien.document.nom_fichier) if lien else None


def conserver(deliberation, *, par, avancer: Callable | None = None) -> bool:
    """Make and keep both editions; False when somebody already did. Raises ActeRefuse when there is nothing to keep."""
    if est_conserve(deliberation):
        return False
    lus = contextes(deliberation.rapport)
    if assemblage.est_un_projet(lus):
        raise ActeRefuse(f"La {deliberation} n’a pas de documents figés : son dossier n’est pas à conserver.")
    masques, nombre = masquer(lus)
    prepares = []
    for rang, (edition, dits) in enumerate(((Edition.SIGNEE, lus), (Edition.PUBLICATION, masques))):
        pdf = assemblage.en_pdf(dits, CLE, edition=edition, avancer=avancer and _moitie(avancer, rang))
        prepares.append((edition, dits, pdf))
    return _enregistrer(deliberation, prepares, masques=nombre, par=par)


@transaction.atomic
def _enregistrer(deliberation, prepares, *, masques: int, par) -> bool:
    Deliberation.objects.select_for_update().get(pk=deliberation.pk)
    if est_conserve(deliberation):
        return False
    empreintes = {}
    for edition, dits, pdf in prepares:
        document = Document.figer(
            nature=NATURES[edition],
            titre=assemblage.titre(dits, CLE, edition)[:250],
            nom_fichier=assemblage.nom_fichier(dits, CLE, "pdf", edition),
            contexte=_contexte(deliberation, dits, edition, masques),
            pdf=pdf,
            par=par,
        )
        DocumentDeDeliberation.objects.create(deliberation=deliberation, document=document, nature=NATURES[edition])
        empreintes[str(edition)] = document.sha256
    Journal.noter(
        deliberation.rapport, "conserver_dossier", "Conserver le dossier de séance", par=par, vers=deliberation.numero,
        donnees=empreintes,
    )  # fmt: skip
    return True


def _contexte(deliberation, dits, edition, masques: int) -> dict:
    """What the bundle was made from: the frozen documents by their SHA-256, and how much was masked."""
    sources = documents.empreintes(deliberation.rapport)
    return {
        "nature": NATURES[edition], "edition": str(edition), "numero": deliberation.numero,
        "masques": masques if edition == Edition.PUBLICATION else 0,
        "pieces": [{"cle": c["cle"], "titre": documents.titre(c), "sha256": sources.get(c["cle"], "")} for c in dits],
    }  # fmt: skip


def _liens(deliberation):
    return DocumentDeDeliberation.objects.filter(deliberation=deliberation, nature__in=NATURES.values())


def _moitie(avancer: Callable, rang: int) -> Callable:
    """Progress of one edition among two."""
    return lambda fait, total: avancer(fait + rang * total, 2 * total)
