"""Documents of a rapport: their typed contexts, and their editions in each format.

Until the vote an edition shows the live data, marked « PROJET ». Afterwards it serves the stored PDF and derives the
other formats from the stored context: a structure renamed later changes nothing that was voted.
"""

import json
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from deliberations.documents import contextes, pdf, tableurs
from deliberations.documents.lecture import Lecture
from deliberations.models import AnnexePresentee, DocumentDeDeliberation, DocumentDEdition
from deliberations.redaction.annexes import numerotees
from dpid import tableaux
from dpid.erreurs import ActeRefuse

# Documents that every rapport has; its other annexes are pieces of their own (`annexe-<key>`).
NATURES = ("rapport", "deliberation", "repartition", "imputations")
_TABLEAU = ("pdf", "xlsx", "ods", "csv", "json")
_TEXTE = ("pdf", "json")
FORMATS = {"rapport": _TEXTE, "deliberation": _TEXTE, "repartition": _TABLEAU, "imputations": _TABLEAU}
# What a sending freezes is what the rapport says; the délibération, its annexes and tables are frozen by the vote.
DU_RAPPORT = "rapport"


@dataclass(frozen=True)
class Piece:
    """A document of a rapport. `cle` names it in addresses and commands, `nature` chooses its context and its page."""

    cle: str
    nature: str
    annexe: AnnexePresentee | None = None
    numero: int | None = None

    @property
    def formats(self) -> tuple[str, ...]:
        return FORMATS.get(self.nature, _TEXTE)


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
    existantes = pieces(rapport)
    trouvee = next((p for p in existantes if p.cle == cle), None)
    if trouvee is None:
        noms = ", ".join(p.cle for p in existantes)
        raise ActeRefuse(f"« {cle} » n’est pas un document de ce rapport : choisissez parmi {noms}.")
    return trouvee


def contexte(rapport, cle: str, *, numero: str | None = None, le=None, lecture=None) -> dict:
    """Everything that the document prints, as JSON data; a draft (`projet`) as long as `numero` is None."""
    return contextes.construire(
        rapport, piece(rapport, cle), numero=numero, le=le, lecture=lecture or lecture_de(rapport, cle, numero)
    )


def lecture_de(rapport, cle: str, numero=None) -> Lecture:
    """What the séance retains once the rapport is sent, except for the rapport itself: what was presented stays."""
    en_seance = rapport.etat == rapport.Etat.ENVOYE and cle != DU_RAPPORT
    return Lecture(rapport, adoptee=numero is not None or en_seance)


def contexte_actuel(rapport, cle: str) -> dict:
    """The frozen context once sent or voted, the live one before."""
    fige = _fige(rapport, cle, avec_pdf=False)
    return fige.contexte if fige else contexte(rapport, cle)


def rendre(contexte: dict, format: str) -> bytes:
    """The document in `format`, from its context alone. Raises ActeRefuse when that format does not exist."""
    _verifier_format(contexte["nature"], format)
    if format == "pdf":
        return pdf.rendre(contexte)
    if format == "json":
        return _json(contexte)
    return _tableur(contexte, format)


def editer(rapport, cle: str, format: str) -> tuple[bytes, str]:
    """(bytes, file name). Raises ActeRefuse."""
    _verifier_format(piece(rapport, cle).nature, format)
    fige = _fige(rapport, cle, avec_pdf=format == "pdf")
    if fige is None:
        vivant = contexte(rapport, cle)
        return rendre(vivant, format), nom_fichier(vivant, format)
    if format != "pdf":
        return rendre(fige.contexte, format), nom_fichier(fige.contexte, format)
    try:
        fige.verifier()
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur
    return bytes(fige.pdf), fige.nom_fichier


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
    return f"{'_'.join([*parties, cle.removeprefix('annexe-')])}.{format}"


def _verifier_format(nature: str, format: str):
    formats = FORMATS.get(nature, _TEXTE)
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


def _json(contexte: dict) -> bytes:
    donnees = contexte
    if contexte["nature"] == "imputations":
        donnees = contexte["imputations"]
    elif contexte["nature"] == "repartition":
        donnees = [
            {
                "thematique": groupe["titre"],
                "operation": operation["libelle_court"],
                "territoires": ligne["territoires"],
                "structure": ligne["structure"],
                "description": ligne["description"],
                "montant": ligne["montant"],
                "instrument": ligne["instrument"],
            }
            for groupe in contexte["thematiques"]
            for operation in groupe["operations"]
            for ligne in operation["lignes"]
        ]
    return (json.dumps(donnees, ensure_ascii=False, indent=2) + "\n").encode()


def _tableur(contexte: dict, format: str) -> bytes:
    if contexte["nature"] == "imputations":
        feuilles = tableurs.imputations(contexte, titre(contexte))
        plates, colonne_titre = feuilles, ""
    else:
        feuilles = tableurs.repartition(contexte, titre(contexte))
        plates, colonne_titre = tableurs.repartition_plate(contexte), "THEMATIQUE"
    if format == "csv":
        return tableaux.en_csv(plates, colonne_titre=colonne_titre)
    if format == "ods":
        return tableaux.en_ods(feuilles)
    return tableaux.en_xlsx(feuilles, le=pdf.jour(contexte["date"]))
