"""What is missing from a dossier or a structure before its instruction: pièces by type of structure, and by fiche."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from dpid.erreurs import ActeRefuse
from programmes.models.etats import Etat
from programmes.models.fiche import PieceExigee
from programmes.models.registre import Piece, TypePiece

# Nothing more is asked of a structure for a dossier that was decided.
CLOS = (Etat.VOTE, Etat.REFUSE, Etat.IRRECEVABLE, Etat.AJOURNE)


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
            return f"{self.type} : à renouveler (valable jusqu’au {self.perimee.valable_jusqu_au:%d/%m/%Y})"
        return f"{self.type} : à fournir"


def types_exiges(dossier) -> list[TypePiece]:
    """Pièces asked of every structure of that type, then those of the fiche, in the order of the referential."""
    return _types_exiges([dossier])[dossier.pk]


def _types_exiges(dossiers) -> dict[int, list[TypePiece]]:
    """{dossier id: types asked}, in two queries whatever the number of dossiers."""
    types = list(TypePiece.objects.all())
    propres: dict[int, list[PieceExigee]] = {}
    voulues = PieceExigee.objects.filter(fiche__dispositif__in={d.dispositif_id for d in dossiers})
    for exigee in voulues.select_related("type", "fiche"):
        propres.setdefault(exigee.fiche.dispositif_id, []).append(exigee)
    resultat = {}
    for dossier in dossiers:
        genre = dossier.structure.type
        exiges = {t.pk: t for t in types if genre in t.exigee_pour}
        des_fiches = propres.get(dossier.dispositif_id, ())
        exiges |= {p.type_id: p.type for p in des_fiches if not p.types_structure or genre in p.types_structure}
        resultat[dossier.pk] = sorted(exiges.values(), key=lambda t: (t.ordre, t.libelle))
    return resultat


def exigences(dossier) -> list[Exigence]:
    """Each pièce asked, with what answers it: one of the dossier, or one of the structure that serves all of them."""
    return exigences_de([dossier])[dossier.pk]


def exigences_de(dossiers, pieces=None) -> dict[int, list[Exigence]]:
    """{dossier id: exigences}, in three queries whatever the number of dossiers (read them with their structure).

    `pieces`: those of the structures, not withdrawn, with their type, when the caller already read them.
    """
    dossiers, jour = list(dossiers), timezone.localdate()
    if pieces is None:
        structures = {d.structure_id for d in dossiers}
        pieces = Piece.objects.filter(structure__in=structures, est_retiree=False).select_related("type").sans_contenu()
    par_type: dict[tuple, list[Piece]] = {}
    for piece in pieces:
        par_type.setdefault((piece.structure_id, piece.type_id), []).append(piece)
    exiges = _types_exiges(dossiers)
    resultat = {}
    for dossier in dossiers:
        resultat[dossier.pk] = []
        for type_ in exiges[dossier.pk]:
            candidates = [p for p in par_type.get((dossier.structure_id, type_.pk), ()) if _sert(p, dossier)]
            valable = next((p for p in candidates if p.est_valable(jour)), None)
            perimee = None if valable else next(iter(candidates), None)
            resultat[dossier.pk].append(Exigence(type_, valable, perimee))
    return resultat


def _sert(piece, dossier) -> bool:
    return piece.dossier_id == dossier.pk or (piece.dossier_id is None and not piece.type.est_du_dossier)


def incomplets(dossiers):
    """Those of a QuerySet, not decided yet, that miss a pièce: `exigences_de` said in SQL, for lists of any length."""
    # Neither database looks into a list of words in the same way; both compare the text of it, quotes included.
    genre = Concat(Value('"'), OuterRef("structure__type"), Value('"'))
    propres = PieceExigee.objects.filter(type=OuterRef("pk"), fiche__dispositif=OuterRef(OuterRef("dispositif")))
    genre_propre = Concat(Value('"'), OuterRef(OuterRef("structure__type")), Value('"'))
    propres = propres.alias(genres=Cast("types_structure", TextField()))
    propres = propres.filter(Q(genres="[]") | Q(genres__contains=genre_propre))
    tenues = Piece.objects.valables().filter(type=OuterRef("pk"), structure=OuterRef(OuterRef("structure")))
    tenues = tenues.filter(Q(dossier=OuterRef(OuterRef("pk"))) | Q(dossier__isnull=True, type__est_du_dossier=False))
    types = TypePiece.objects.alias(genres=Cast("exigee_pour", TextField()))
    types = types.filter(Q(genres__contains=genre) | Exists(propres)).filter(~Exists(tenues))
    return dossiers.exclude(etat__in=CLOS).filter(Exists(types))


def manquantes(dossier) -> list[Exigence]:
    return [e for e in exigences(dossier) if not e.est_satisfaite]


def refuser_si_incomplet(dossier) -> None:
    """Raise ActeRefuse naming every pièce that is missing or out of date."""
    absentes = manquantes(dossier)
    if absentes:
        raise ActeRefuse(f"Le dossier n’est pas complet. {' ; '.join(e.phrase() for e in absentes)}.")
