"""What a rapport refuses: its lines refused or withdrawn, the dossiers refused of the dispositifs that it presents.

Read, never stored. A line adjourned, financed otherwise, or that stands again in a rapport is not refused.
"""

from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.utils import timezone

from deliberations.models import AmendementDeSeance, BlocDeVote, Proposition
from dpid.models import Journal
from programmes.models import Courrier, Dossier, LigneDossier

Resultat = BlocDeVote.Resultat
REFUSANTS = (Resultat.REJETE, Resultat.RETIRE)


@dataclass
class Refus:
    """A dossier, and why each refused line of it is (all of them when the dossier itself is refused).

    `courrier`: its letter of refusal, None while nobody prepared it.
    """

    rapport: object
    dossier: Dossier
    motifs: dict[LigneDossier, str] = field(default_factory=dict)
    en_seance: bool = False
    courrier: Courrier | None = None

    @property
    def est_partiel(self) -> bool:
        return bool(self.motifs) and len(self.motifs) < len(self.dossier.lignes.all())

    @property
    def motif(self) -> str:
        """One sentence, or one by line when they differ or when only some are refused; empty when nobody said why."""
        dits = list(dict.fromkeys(self.motifs.values())) or [self.dossier.motif]
        if not self.est_partiel and len(dits) == 1:
            return dits[0]
        return "\n".join(f"- {ligne.description or ligne} : {dit or '…'}" for ligne, dit in self.motifs.items())


def refus(rapport, agent) -> list[Refus]:
    """Those that the agent sees, in the order of the structures; a constant number of queries."""
    lignes = Prefetch("lignes", LigneDossier.objects.order_by("ordre", "pk"))
    visibles = Dossier.objects.visibles_par(agent).select_related(
        "structure", "dispositif__service", "dispositif__thematique__appel", "dispositif__traitement"
    )
    par_ligne = _lignes_refusees(rapport) if rapport.est_vote else {}
    trouves: dict[int, Refus] = {}
    for dossier in visibles.filter(lignes__in=par_ligne).distinct().prefetch_related(lignes):
        motifs = {ligne: par_ligne[ligne.pk] for ligne in dossier.lignes.all() if ligne.pk in par_ligne}
        trouves[dossier.pk] = Refus(rapport, dossier, motifs, en_seance=True)
    instruits = visibles.filter(etat=Dossier.Etat.REFUSE, dispositif__presentations__thematique__rapport=rapport)
    for dossier in instruits.distinct().prefetch_related(lignes):
        trouves.setdefault(dossier.pk, Refus(rapport, dossier))
    _joindre_les_courriers(trouves, rapport)
    return sorted(trouves.values(), key=lambda r: (str(r.dossier.structure), r.dossier.pk))


def _lignes_refusees(rapport) -> dict[int, str]:
    """{dossier line: motive}, empty when only « refusé » is said."""
    propositions = Proposition.objects.filter(operation__thematique__rapport=rapport)
    retraits = dict(
        rapport.amendements.filter(nature=AmendementDeSeance.Nature.RETRAIT).values_list("proposition", "motif")
    )
    blocs = {b.pk: b for b in rapport.blocs.all()}
    premier = next(iter(blocs), None)
    du_rapport = _motif_du_rejet(rapport)
    siennes = propositions.values("ligne")
    presentees = set(Proposition.objects.filter(ligne__in=siennes, est_active=True).values_list("ligne", flat=True))
    refusees = {}
    for pk, ligne, active, thematique, zero in propositions.values_list(
        "pk", "ligne", "est_active", "operation__thematique__bloc", "ligne__motif_zero"
    ):
        bloc = blocs.get(thematique or premier)
        if active and zero == LigneDossier.MotifZero.REFUSE:
            refusees[ligne] = ""
        elif active or ligne in presentees:
            continue
        elif pk in retraits:
            refusees[ligne] = retraits[pk]
        elif bloc and bloc.resultat in REFUSANTS:
            refusees[ligne] = bloc.motif
        elif du_rapport is not None:
            refusees[ligne] = du_rapport
    return refusees


def _motif_du_rejet(rapport) -> str | None:
    """Why the assembly refused the whole rapport; None when it did not."""
    if rapport.etat != rapport.Etat.REJETE:
        return None
    return Journal.objects.de_l_objet(rapport).filter(verbe="rejeter").values_list("motif", flat=True).first() or ""


def _joindre_les_courriers(trouves: dict[int, Refus], rapport) -> None:
    """The latest letter of each, when it is of this refusal; a dossier told long before leaves the list."""
    courriers = Courrier.objects.filter(dossier__in=trouves, nature=Courrier.Nature.REFUS).order_by("etabli_le", "pk")
    for courrier in courriers.select_related("structure", "etabli_par"):
        r = trouves[courrier.dossier_id]
        if not r.en_seance or timezone.localdate(courrier.etabli_le) >= rapport.seance.date:
            courrier.dossier, r.courrier = r.dossier, courrier
    ouvert_le = timezone.localdate(rapport.cree_le)
    for pk, r in list(trouves.items()):
        if not r.en_seance and r.courrier and r.courrier.envoye_le and r.courrier.envoye_le < ouvert_le:
            del trouves[pk]
