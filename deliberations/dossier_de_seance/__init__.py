"""The bundle of a rapport or of a délibération, and what follows the vote.

One door for every document of a rapport: its pieces, the files that bind them, the sheets of the secrétariat.
"""

from collections.abc import Callable

from deliberations import documents
from deliberations.dossier_de_seance import assemblage, conservation, transmission
from deliberations.dossier_de_seance.editions import Edition, contextes
from deliberations.dossier_de_seance.feuilles import FEUILLES
from deliberations.dossier_de_seance.feuilles import FORMATS as FORMATS_DES_FEUILLES
from deliberations.dossier_de_seance.feuilles import editer as editer_feuille
from dpid.erreurs import ActeRefuse

__all__ = [
    "ASSEMBLAGES", "CLES", "FEUILLES", "Edition", "contextes", "editer", "est_immediat", "formats", "transmission",
]  # fmt: skip

ASSEMBLAGES = assemblage.TITRES
FORMATS = ("pdf", documents.ARCHIVE, "zip")
CLES = (*documents.NATURES, *documents.RESERVEES, *ASSEMBLAGES, *FEUILLES)


def formats(rapport, cle: str) -> tuple[str, ...]:
    """Formats of a document of this rapport. Raises ActeRefuse, with the names that exist."""
    if cle in ASSEMBLAGES:
        return FORMATS
    if cle in FEUILLES:
        return FORMATS_DES_FEUILLES
    try:
        return documents.piece(rapport, cle).formats
    except ActeRefuse as refus:
        raise ActeRefuse(f"{str(refus).removesuffix('.')}, {', '.join((*ASSEMBLAGES, *FEUILLES))}.") from refus


def editer(
    rapport, cle: str, format: str, *, edition=Edition.SIGNEE, avancer: Callable | None = None
) -> tuple[bytes, str]:
    """(bytes, file name). Raises ActeRefuse."""
    edition = Edition(edition)
    if edition == Edition.PUBLICATION and not rapport.est_vote:
        raise ActeRefuse("L’édition de publication s’établit après le vote.")
    if cle in FEUILLES:
        return editer_feuille(rapport, cle, format)
    if cle in ASSEMBLAGES:
        return _assembler(rapport, cle, format, edition, avancer)
    offerts = formats(rapport, cle)
    if edition == Edition.SIGNEE or format not in offerts:
        return documents.editer(rapport, cle, format)
    contexte = contextes(rapport, edition, cles=(cle,))[0]
    nom, _, extension = documents.nom_fichier(contexte, format).rpartition(".")
    return documents.rendre(contexte, format), f"{nom}_{edition}.{extension}"


def _assembler(rapport, cle, format, edition, avancer) -> tuple[bytes, str]:
    if format not in FORMATS:
        raise ActeRefuse(f"« {cle} » n’existe pas au format « {format} » : choisissez parmi {', '.join(FORMATS)}.")
    if cle == conservation.CLE and format == "pdf" and (conserve := conservation.lire(rapport, edition)):
        return conserve
    lus = assemblage.retenus(contextes(rapport, edition), cle)
    if not lus:
        raise ActeRefuse("Ce rapport n’a pas d’annexe.")
    nom = assemblage.nom_fichier(lus, cle, format, edition)
    if format == "zip":
        return assemblage.en_zip(rapport, lus, edition=edition, avancer=avancer), nom
    archive = format == documents.ARCHIVE
    return assemblage.en_pdf(lus, cle, edition=edition, archive=archive, avancer=avancer), nom


def est_immediat(rapport, cle: str, format: str, edition=Edition.SIGNEE, *, lignes_max: int) -> bool:
    """True when the file is only read, or short to make: else the worker makes it."""
    if cle in FEUILLES or cle in documents.RESERVEES or format not in ("pdf", documents.ARCHIVE, "zip"):
        return True
    if cle in ASSEMBLAGES:
        fige = rapport.est_vote and edition == Edition.SIGNEE and format == "zip"
        return fige or (cle == conservation.CLE and format == "pdf" and _est_conserve(rapport))
    if format == "pdf" and edition == Edition.SIGNEE and rapport.est_vote:
        return True
    return rapport.propositions.count() <= lignes_max


def _est_conserve(rapport) -> bool:
    deliberation = getattr(rapport, "deliberation", None)
    return deliberation is not None and conservation.est_conserve(deliberation)
