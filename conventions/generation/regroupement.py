"""Choosing, before the acts are made, which opérations of a structure go together: stored, seen by every officer."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import models, transaction

from conventions.generation.plan import prevoir
from conventions.models import Acte, Regroupement
from deliberations.models import Rapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import ZERO
from programmes.models import Dossier, LigneDossier

ENTRE_TEMPS = "Une autre personne a changé ce regroupement pendant votre saisie : le voici tel qu’il est maintenant."


class Maniere(models.TextChoices):
    CHOISIE = "choisie", "Enregistrer les actes choisis"
    ENSEMBLE = "ensemble", "Un acte pour toutes"
    SEPAREMENT = "separement", "Un acte par opération"


@dataclass
class OperationAGrouper:
    """One dossier of the structure: its act when all its lines are in one, else the number of that to come."""

    dossier: Dossier
    groupe: int
    lignes: list[LigneDossier] = field(default_factory=list)
    acte: Acte | None = None

    @property
    def montant(self) -> Decimal:
        """New money (euros)."""
        return sum((f.montant for ligne in self.lignes for f in ligne.financements.all()), ZERO)

    @property
    def instruments(self) -> list[str]:
        return list(dict.fromkeys(ligne.get_nature_acte_display() or "nature à choisir" for ligne in self.lignes))


def operations(rapport, structure) -> list[OperationAGrouper]:
    """Those that the rapport finances for this structure, in its order."""
    groupes = Regroupement.objects.du_rapport(rapport)
    trouvees: dict[int, OperationAGrouper] = {}
    libres: set[int] = set()
    for prevu in prevoir(rapport):
        for ligne in prevu.lignes if prevu.structure.pk == structure.pk else ():
            pk = ligne.dossier_id
            o = trouvees.setdefault(pk, OperationAGrouper(ligne.dossier, groupes.get(pk, 1)))
            o.lignes.append(ligne)
            o.acte = o.acte or prevu.acte
            if prevu.acte is None:
                libres.add(pk)
    for pk in libres:
        trouvees[pk].acte = None
    return list(trouvees.values())


def empreinte(siennes: list[OperationAGrouper]) -> str:
    """What the page showed: a choice made on another is refused."""
    return "-".join(f"{o.dossier.pk}.{o.groupe}.{o.acte.pk if o.acte else 0}" for o in siennes)


@transaction.atomic
def regrouper(rapport, structure, maniere: str, *, par, vu: str, choix: dict[int, int] | None = None) -> None:
    """`choix`: {dossier: number of its act}, read when the way is `CHOISIE`. Raises ActeRefuse."""
    Rapport.verrouiller(rapport.pk)
    siennes = operations(rapport, structure)
    if empreinte(siennes) != vu:
        raise ActeRefuse(ENTRE_TEMPS)
    voulus = _voulus(siennes, Maniere(maniere), choix or {})
    if all(o.groupe == voulus[o.dossier.pk] for o in siennes if o.acte is None):
        return
    for dossier, groupe in voulus.items():
        Regroupement.objects.update_or_create(rapport=rapport, dossier_id=dossier, defaults={"groupe": groupe})
    Journal.noter(
        rapport, "regrouper", f"Regrouper les opérations : {structure}"[:120], par=par, vers=_dire(voulus),
        donnees={"structure": structure.pk, "actes": {str(pk): groupe for pk, groupe in voulus.items()}},
    )  # fmt: skip


def _voulus(siennes, maniere, choix) -> dict[int, int]:
    """{dossier not in an act yet: number}. An act already made keeps its number, and nothing joins it."""
    a_faire = [o for o in siennes if o.acte is None]
    pris = {o.groupe for o in siennes if o.acte is not None}
    libres = [n for n in range(1, 2 * len(siennes) + 1) if n not in pris]
    if maniere == Maniere.ENSEMBLE:
        return {o.dossier.pk: libres[0] for o in a_faire}
    if maniere == Maniere.SEPAREMENT:
        rangs = {d: n for n, d in enumerate(dict.fromkeys(o.dossier.dispositif_id for o in a_faire))}
        return {o.dossier.pk: libres[rangs[o.dossier.dispositif_id]] for o in a_faire}
    voulus = {o.dossier.pk: choix.get(o.dossier.pk, o.groupe) for o in a_faire}
    if not set(voulus.values()) <= set(numeros(siennes)):
        raise ActeRefuse("Choisissez l’acte de chaque opération dans sa liste.")
    return voulus


def numeros(siennes) -> list[int]:
    """The numbers that an opération may be given: as many as there are opérations, and those in use."""
    pris = {o.groupe for o in siennes if o.acte is not None}
    libres = [n for n in range(1, 2 * len(siennes) + 1) if n not in pris][: len(siennes)]
    return sorted({*libres, *(o.groupe for o in siennes if o.acte is None)})


def _dire(voulus) -> str:
    nombre = len(set(voulus.values()))
    return "un seul acte" if nombre == 1 else f"{nombre} actes"
