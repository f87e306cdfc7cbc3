"""Documents of a rapport: their typed contexts, and their editions in each format.

Until the vote an edition shows the live data, marked « PROJET ». Afterwards it serves the stored PDF and derives the
other formats from the stored context: a structure renamed later changes nothing that was voted.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models.functions import Length

from deliberations.documents import archive, contextes, pdf, tableurs
from deliberations.documents.lecture import Lecture
from deliberations.models import AnnexePresentee, DocumentDeDeliberation, DocumentDEdition
from deliberations.redaction.annexes import numerotees
from dpid import bureautique
from dpid.erreurs import ActeRefuse

# Documents that every rapport has; its other annexes are pieces of their own (`annexe-<key>`).
NATURES = ("rapport", "deliberation", "repartition", "imputations")
ARCHIVE = "archive"
_TABLEAU = ("pdf", ARCHIVE, "xlsx", "ods", "csv", "json")
_TEXTE = ("pdf", ARCHIVE, "json")
FORMATS = {"rapport": _TEXTE, "deliberation": _TEXTE, "repartition": _TABLEAU, "imputations": _TABLEAU}
# What the services finish by hand, where the extra of the editable copies is installed.
MODIFIABLES = ("rapport", "deliberation")
# What a sending freezes is what the rapport says; the délibération, its annexes and tables are frozen by the vote.
DU_RAPPORT = "rapport"
# Working papers of the secrétariat, always live: in no bundle, asked for by their key, read under this permission.
RESERVEES = {"conducteur": "deliberations.lire_conducteur"}


@dataclass(frozen=True)
class Piece:
    """A document of a rapport. `cle` names it in addresses and commands, `nature` chooses its context and its page."""

    cle: str
    nature: str
    annexe: AnnexePresentee | None = None
    numero: int | None = None

    @property
    def formats(self) -> tuple[str, ...]:
        return formats_de(self.nature)


def formats_de(nature: str) -> tuple[str, ...]:
    """Formats of a nature of document, as they are offered here."""
    return FORMATS.get(nature, _TEXTE) + (bureautique.formats() if nature in MODIFIABLES else ())


def pieces(rapport) -> list[Piece]:
    """Rapport, délibération, annexes in their order, table of imputations last (one query)."""
    annexes = [
        Piece("repartition" if a.nature == "repartition" else f"annexe-{a.cle}", a.nature, a, numero)
        for numero, a in numerotees(rapport)
    ]
    return [Piece("rapport", "rapport"), Piece("deliberation", "deliberation"), *annexes,
            Piece("imputations", "imputations")]  # fmt: skip


def piece(rapport, cle: str) -> Piece:
    """Raises ActeRefuse, with the keys that exist."""
    existantes = [*pieces(rapport), *(Piece(nature, nature) for nature in RESERVEES)]
    trouvee = next((p for p in existantes if p.cle == cle), None)
    if trouvee is None:
        noms = ", ".join(p.cle for p in existantes)
        raise ActeRefuse(f"« {cle} » n’est pas un document de ce rapport : choisissez parmi {noms}.")
    return trouvee


def contexte(rapport, cle: str, *, numero: str | None = None, le=None, lecture=None, definitif=False) -> dict:
    """Everything that the document prints, as JSON data.

    A draft (`projet`) as long as `numero` is None, unless it is `definitif`: a rapport that is being sent is no draft.
    """
    lecture = lecture or lecture_de(rapport, cle, numero)
    construit = contextes.construire(rapport, piece(rapport, cle), numero=numero, le=le, lecture=lecture)
    return {**construit, "projet": construit["projet"] and not definitif}


def lecture_de(rapport, cle: str, numero=None) -> Lecture:
    """What the séance retains once the rapport is sent, except for the rapport itself: what was presented stays."""
    en_seance = rapport.etat == rapport.Etat.ENVOYE and cle != DU_RAPPORT or cle in RESERVEES and rapport.est_vote
    return Lecture(rapport, adoptee=numero is not None or en_seance)


def contexte_actuel(rapport, cle: str) -> dict:
    """The frozen context once sent or voted, the live one before."""
    fige = _fige(rapport, cle, avec_pdf=False)
    return fige.contexte if fige else contexte(rapport, cle)


def contextes_actuels(rapport, cles=None) -> list[dict]:
    """`contexte_actuel` of every piece, or of those of `cles`, in order, from one reading of the database."""
    figes, lectures, lus = _contextes_figes(rapport), {}, []
    for p in pieces(rapport):
        if cles is not None and p.cle not in cles:
            continue
        if p.cle not in figes:
            lecture = lecture_de(rapport, p.cle)
            lecture = lectures.setdefault(lecture.adoptee, lecture)
            lus.append(contextes.construire(rapport, p, lecture=lecture))
        else:
            lus.append(figes[p.cle])
    return lus


def _contextes_figes(rapport) -> dict[str, dict]:
    """{key of the piece: frozen context}: what `_fige` finds for each, in two queries."""
    liens = DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport).select_related("document")
    figes = {lien.nature: lien.document.contexte for lien in liens.defer("document__pdf")}
    envoye = None if DU_RAPPORT in figes else _fige(rapport, DU_RAPPORT, avec_pdf=False)
    return figes | ({DU_RAPPORT: envoye.contexte} if envoye else {})


def rendre(contexte: dict, format: str) -> bytes:
    """The document in `format`, from its context alone. Raises ActeRefuse when that format does not exist."""
    _verifier_format(contexte["nature"], format)
    if format == "pdf":
        return pdf.rendre(contexte)
    if format == ARCHIVE:
        return pdf.rendre(contexte, archive=archive.jointes([contexte]))
    if format == "json":
        return tableurs.en_json(contexte)
    if format in bureautique.FORMATS:
        return bureautique.copier(pdf.html(contexte), format, le=pdf.jour(contexte["date"]))
    return tableurs.rendre(contexte, titre(contexte), format)


def editer(rapport, cle: str, format: str) -> tuple[bytes, str]:
    """(bytes, file name). Raises ActeRefuse."""
    _verifier_format(piece(rapport, cle).nature, format)
    fige = _fige(rapport, cle, avec_pdf=format == "pdf")
    if fige is None:
        vivant = contexte(rapport, cle)
        return rendre(vivant, format), nom_fichier(vivant, format)
    if format != "pdf":
        return rendre(fige.contexte, format), nom_fichier(fige.contexte, format)
    return verifie(fige), fige.nom_fichier


def verifie(fige) -> bytes:
    """The bytes of a frozen Document. Raises ActeRefuse when they are no longer those that were frozen."""
    try:
        fige.verifier()
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur
    return bytes(fige.pdf)


def figes(rapport) -> dict:
    """{key of the piece: frozen Document, with its bytes}, in two queries."""
    liens = DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport).select_related("document")
    trouves = {lien.nature: lien.document for lien in liens}
    envoye = None if DU_RAPPORT in trouves else _fige(rapport, DU_RAPPORT, avec_pdf=True)
    return trouves | ({DU_RAPPORT: envoye} if envoye else {})


def document_du_rapport(rapport):
    """The rapport as it was sent, its size in `octets`, without its bytes; None when it was not."""
    envoyes = DocumentDEdition.objects.filter(edition__rapport=rapport, nature=DU_RAPPORT)
    envoyes = envoyes.annotate(octets=Length("document__pdf")).select_related("document")
    lien = envoyes.defer("document__pdf", "document__contexte").order_by("-edition__rang").first()
    if lien is None:
        return None
    lien.document.octets = lien.octets
    return lien.document


def empreintes(rapport) -> dict[str, str]:
    """{key of the piece: SHA-256} of what is frozen."""
    liens = DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport)
    envoye = document_du_rapport(rapport)
    du_rapport = {DU_RAPPORT: envoye.sha256} if envoye else {}
    return du_rapport | dict(liens.values_list("nature", "document__sha256"))


def titre(contexte: dict) -> str:
    """Title of the document, as its metadata and the lists show it (250 characters at most)."""
    texte = pdf.titre(contexte)
    return texte if len(texte) <= 250 else f"{texte[:249]}…"


def nom_fichier(contexte: dict, format: str) -> str:
    """`2023-604_annexe-2_repartition.pdf`, `2023-12-11-64_projet_imputations.xlsx`."""
    parties = [tableurs.nom_sur(contexte["numero"] or contexte["reference"])]
    if contexte["projet"]:
        parties.append("projet")
    if contexte["annexe"]:
        parties.append(f"annexe-{contexte['annexe']}")
    cle = contexte.get("cle", contexte["nature"])
    nom = "_".join([*parties, cle.removeprefix("annexe-")])
    return f"{nom}_archive.pdf" if format == ARCHIVE else f"{nom}.{format}"


def _verifier_format(nature: str, format: str):
    formats = formats_de(nature)
    if format in bureautique.FORMATS and nature in MODIFIABLES and format not in formats:
        raise ActeRefuse(bureautique.absente(format))
    if format not in formats:
        raise ActeRefuse(
            f"Le document « {nature} » n’existe pas au format « {format} » : choisissez parmi {', '.join(formats)}."
        )


def _fige(rapport, cle, *, avec_pdf: bool):
    """The frozen Document: the vote's, else the last sending's; its PDF bytes are read only when they are served.

    A rapport that is open again (modificatif) shows its live data: what was sent stays among its editions.
    """
    lien = DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport, nature=cle).select_related("document")
    envoye = DocumentDEdition.objects.filter(edition__rapport=rapport, nature=cle).select_related("document")
    if not avec_pdf:
        lien, envoye = lien.defer("document__pdf"), envoye.defer("document__pdf")
    trouve = lien.first()
    if trouve is None and cle == DU_RAPPORT and not rapport.est_ouvert:
        trouve = envoye.order_by("-edition__rang").first()
    return trouve.document if trouve else None
