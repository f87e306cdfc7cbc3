"""The signed copy of an act: deposited by hand, or made of the pages that came back.

A later one (the copy that was missing, the one that both parties signed) takes the place of the former, which is kept
behind it: a copy is never deleted.
"""

import hashlib
from contextlib import contextmanager

import pypdfium2
from django.db import transaction
from pypdfium2.raw import FPDF_ERR_PASSWORD

from conventions.models import Acte
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Journal
from dpid.typographie import accorder

NATURE = "scan"
PAGES_MAX = 600
TAILLE_MAX = 60 * 1024 * 1024  # bytes
# States in which a copy may still come: the act left, and is not abandoned.
Etat = Acte.Etat
APRES_SIGNATURE = (Etat.SIGNE_STRUCTURE, *Acte.SIGNES)


@contextmanager
def ouvrir(contenu: bytes):
    """The PDF, closed at the end. Raises ActeRefuse when it is not one, or is not open to all."""
    try:
        pdf = pypdfium2.PdfDocument(contenu)
    except pypdfium2.PdfiumError as erreur:
        if getattr(erreur, "err_code", None) == FPDF_ERR_PASSWORD:
            raise ActeRefuse("Ce PDF est protégé par un mot de passe : déposez-en une copie sans protection.") from None
        raise ActeRefuse("Ce fichier n’est pas un PDF lisible.") from erreur
    try:
        yield pdf
    finally:
        pdf.close()


def compter(contenu: bytes) -> int:
    """Pages of a PDF that may be kept. Raises ActeRefuse (too heavy, not a PDF, protected, empty, too long)."""
    if len(contenu) > TAILLE_MAX:
        raise ActeRefuse("Ce fichier dépasse 60 Mo : numérisez en plusieurs fichiers.")
    with ouvrir(contenu) as pdf:
        nombre = len(pdf)
    if not nombre:
        raise ActeRefuse("Ce PDF n’a aucune page.")
    if nombre > PAGES_MAX:
        raise ActeRefuse(f"Ce fichier a {accorder(nombre, 'page', 'pages')} : au plus {PAGES_MAX} par fichier.")
    return nombre


def conserver(acte, contenu: bytes, *, par) -> Document:
    """The new signed copy of an act that its caller saves, kept for good with its SHA-256. Raises ActeRefuse."""
    compter(contenu)
    if acte.scan_id and acte.scan.sha256 == hashlib.sha256(contenu).hexdigest():
        raise ActeRefuse("Ce fichier est déjà l’exemplaire signé de cet acte.")
    rang = len(precedents(acte)) + 2 if acte.scan_id else 1
    suite = f"-{rang}" if rang > 1 else ""
    acte.scan = Document.figer(
        nature=NATURE, titre=f"{str(acte).capitalize()}, exemplaire signé"[:250],
        nom_fichier=f"{acte.reference}_signe{suite}.pdf", contexte={"acte": acte.pk, "remplace": acte.scan_id},
        pdf=contenu, par=par,
    )  # fmt: skip
    return acte.scan


@transaction.atomic
def deposer(acte, contenu: bytes, *, par) -> Document:
    """The copy of an act already signed: the one that was missing, or the one that both parties signed.

    Raises ActeRefuse: not a PDF, already there, not signed yet.
    """
    acte = Acte.verrouiller(acte.pk)
    if acte.etat not in APRES_SIGNATURE:
        raise ActeRefuse(f"{acte} est à l’état « {acte.get_etat_display()} » : il n’attend aucun exemplaire signé.")
    document = conserver(acte, contenu, par=par)
    noter(acte, par=par)
    return document


def noter(acte, *, par) -> None:
    """Write the copy just put on an act that is already frozen, and say so in its history."""
    acte._acte_en_cours, acte.skip_history_when_saving = True, True
    acte.save(update_fields=["scan"])
    Journal.noter(
        acte, "deposer_exemplaire", "Déposer l’exemplaire signé", par=par, vers=acte.scan.nom_fichier,
        donnees={"document": acte.scan_id, **acte.scan.contexte},
    )  # fmt: skip


def precedents(acte) -> list[Document]:
    """The copies that the present one replaced, latest first."""
    trouves, suivant = [], acte.scan.contexte.get("remplace") if acte.scan_id else None
    while suivant:
        document = Document.objects.defer("pdf").get(pk=suivant, nature=NATURE)
        trouves.append(document)
        suivant = document.contexte.get("remplace")
    return trouves
