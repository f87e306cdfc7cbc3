"""Editions sent of a rapport: what each froze, what a rapport modificatif changes of the one that it modifies."""

from django.db.models import Prefetch

from deliberations import comparaison
from deliberations.models import DocumentDEdition, EditionDuRapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal

ACTUEL = "actuel"
# What is compared: the rapport and its draft of délibération, the amounts, the texts of the opérations and of the acts.
COMPARES = ("rapport", "deliberation", "repartition", "descriptive", "projet_acte", "modele")


def envoyees(rapport) -> list[EditionDuRapport]:
    """Editions in order with their documents, without the bytes nor the data of these (two queries)."""
    documents = DocumentDEdition.objects.select_related("document").defer("document__pdf", "document__contexte")
    return list(rapport.editions.select_related("par").prefetch_related(Prefetch("documents", documents)))


def derniere(rapport) -> EditionDuRapport | None:
    """The last edition sent, or None."""
    return rapport.editions.order_by("-rang").first()


def contextes(edition) -> dict[str, dict]:
    """{key: frozen context} of an edition, without the bytes of its PDFs."""
    documents = edition.documents.select_related("document").defer("document__pdf")
    return {d.nature: d.document.contexte for d in documents}


def contextes_actuels(rapport, lecture=None) -> dict[str, dict]:
    """The same from the data as they stand, as presented."""
    from deliberations import documents
    from deliberations.documents import contextes as construction

    lecture = lecture or documents.Lecture(rapport, adoptee=False)
    return {
        piece.cle: construction.construire(rapport, piece, lecture=lecture, avec_modificatif=False)
        for piece in documents.pieces(rapport)
        if piece.nature in COMPARES
    }


def comparer(rapport, avant: str, apres: str) -> list[comparaison.Difference]:
    """`avant`, `apres`: rank of an edition, or « actuel ». Raises ActeRefuse when one does not exist."""
    return comparaison.comparer(*(_designe(rapport, choix) for choix in (avant, apres)))


def _designe(rapport, choix: str) -> dict:
    if choix == ACTUEL and rapport.est_ouvert:
        return contextes_actuels(rapport)
    edition = rapport.editions.filter(rang=choix).first() if choix.isdecimal() and len(choix) < 5 else None
    if edition is None:
        raise ActeRefuse("Choisissez deux éditions de ce rapport.")
    return contextes(edition)


# --- Rapport modificatif


def reouverture(rapport) -> Journal | None:
    """The act that last opened again what was sent."""
    return Journal.objects.de_l_objet(rapport).filter(verbe="preparer_modificatif").order_by("-le", "-pk").first()


def modifiee(rapport) -> EditionDuRapport | None:
    """The edition that this rapport modifies: the last one sent before it was opened again."""
    acte = reouverture(rapport)
    return rapport.editions.filter(le__lt=acte.le).order_by("-rang").first() if acte else None


def modificatif(lecture) -> dict | None:
    """What the rapport prints of what it changes: `{le, destinataires, differences}`; None when it modifies nothing."""
    edition = modifiee(lecture.rapport)
    if edition is None:
        return None
    differences = comparaison.comparer(contextes(edition), contextes_actuels(lecture.rapport, lecture))
    return {
        "le": edition.le.date().isoformat(),
        "destinataires": edition.get_destinataires_display(),
        "differences": comparaison.phrases(differences),
    }
