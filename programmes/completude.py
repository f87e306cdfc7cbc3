"""What is missing from a dossier or a structure before its instruction: pièces by type of structure, and by fiche."""

from dataclasses import dataclass

from django.utils import timezone

from dpid.erreurs import ActeRefuse
from programmes.models.fiche import PieceExigee
from programmes.models.registre import Piece, TypePiece


@dataclass(frozen=True)
class Exigence:
    """One pièce asked of a dossier. `piece` is the valid one found, `perimee` one whose validity has ended."""

    type: TypePiece
    piece: Piece | None = None
    perimee: Piece | None = None

    @property
    def est_satisfaite(self) -> bool:
        return self.piece is not None

    def phrase(self) -> str:
        if self.est_satisfaite:
            return f"{self.type} : fournie"
        if self.perimee is not None:
            return f"{self.type} : périmée depuis le {self.perimee.valable_jusqu_au:%d/%m/%Y}"
        return f"{self.type} : à fournir"


def types_exiges(dossier) -> list[TypePiece]:
    """Pièces asked of every structure of that type, then those of the fiche, in the order of the referential."""
    genre = dossier.structure.type
    communs = [t for t in TypePiece.objects.all() if genre in t.exigee_pour]
    propres = PieceExigee.objects.filter(fiche__dispositif=dossier.dispositif_id).select_related("type")
    exiges = {t.pk: t for t in communs}
    exiges |= {p.type_id: p.type for p in propres if not p.types_structure or genre in p.types_structure}
    return sorted(exiges.values(), key=lambda t: (t.ordre, t.libelle))


def exigences(dossier) -> list[Exigence]:
    """Each pièce asked, with what answers it: one of the dossier, or one of the structure that serves all of them."""
    jour = timezone.localdate()
    trouvees: dict[int, list[Piece]] = {}
    pieces = (
        Piece.objects.filter(structure=dossier.structure_id, est_retiree=False).select_related("type").sans_contenu()
    )
    for piece in pieces:
        if piece.dossier_id == dossier.pk or (piece.dossier_id is None and not piece.type.est_du_dossier):
            trouvees.setdefault(piece.type_id, []).append(piece)
    resultat = []
    for type_ in types_exiges(dossier):
        candidates = trouvees.get(type_.pk, [])
        valable = next((p for p in candidates if p.est_valable(jour)), None)
        resultat.append(Exigence(type_, valable, None if valable else next(iter(candidates), None)))
    return resultat


def manquantes(dossier) -> list[Exigence]:
    return [e for e in exigences(dossier) if not e.est_satisfaite]


def refuser_si_incomplet(dossier) -> None:
    """Raise ActeRefuse naming every pièce that is missing or out of date."""
    absentes = manquantes(dossier)
    if absentes:
        raise ActeRefuse(f"Le dossier n’est pas complet. {' ; '.join(e.phrase() for e in absentes)}.")
