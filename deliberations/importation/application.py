"""Import of the annexe kept as a spreadsheet: dry run, then all or nothing."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from deliberations.importation.annexe import lire_annexe
from deliberations.importation.ecriture import ecrire
from deliberations.importation.rapprochement import Plan, Rapprochement
from deliberations.models import Rapport
from deliberations.references import ReferenceRapport, lire
from dpid.classeurs import Collecteur, Constat, Gravite
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO


@dataclass
class Bilan:
    """What an import would do, or did. `constats` holds errors (blocking) and warnings, in French."""

    reference: str
    constats: tuple[Constat, ...]
    plan: Plan | None = None
    applique: bool = False
    rapport: Rapport | None = None
    total: Decimal = ZERO
    creations: list[str] = field(default_factory=list)

    @property
    def erreurs(self) -> list[Constat]:
        return [c for c in self.constats if c.gravite is Gravite.ERREUR]

    @property
    def avertissements(self) -> list[Constat]:
        return [c for c in self.constats if c.gravite is Gravite.AVERTISSEMENT]

    @property
    def ajouts(self):
        return self.plan.ajouts if self.plan else []

    @property
    def changements(self):
        return self.plan.changements if self.plan else []

    @property
    def retraits(self):
        return self.plan.retraits if self.plan else []

    @property
    def est_applicable(self) -> bool:
        return self.plan is not None and not self.erreurs

    @property
    def change_quelque_chose(self) -> bool:
        return bool(self.ajouts or self.changements or self.retraits or self.creations)


def simuler(contenu: bytes, nom: str, reference, *, par, creer_manquants=False, choix=None) -> Bilan:
    """Read the file and say what it would change; nothing is written.

    `reference`: a Rapport, or the reference of one (created when missing and `creer_manquants`). `choix`:
    {name key: structure id, or None to create it} answers given to near matches. Raises ActeRefuse for a reference
    that names nothing.
    """
    rapport, voulue = _cible(reference, creer_manquants)
    collecteur = Collecteur()
    annexe = lire_annexe(contenu, nom)
    texte = rapport.reference if rapport else str(reference)
    if not annexe.est_valide:
        return Bilan(texte, annexe.constats, rapport=rapport)
    exercice = rapport.seance.exercice if rapport else voulue.date.year
    rapprochement = Rapprochement(rapport, exercice, collecteur, creer_manquants, choix)
    plan = rapprochement.planifier(annexe)
    creations = ([f"le rapport {texte}"] if rapport is None else []) + plan.creations
    return Bilan(
        texte,
        collecteur.tous() + annexe.constats,
        plan=None if collecteur.nombre_erreurs else plan,
        rapport=rapport,
        total=annexe.total,
        creations=creations,
    )


@transaction.atomic
def appliquer(contenu: bytes, nom: str, reference, *, par, creer_manquants=False, choix=None) -> Bilan:
    """Apply the whole file or nothing. Raises ActeRefuse when the dry run finds an error."""
    rapport, voulue = _cible(reference, creer_manquants)
    if rapport:
        rapport.verrouiller_ouvert()
    bilan = simuler(contenu, nom, rapport or reference, par=par, creer_manquants=creer_manquants, choix=choix)
    if not bilan.est_applicable:
        raise ActeRefuse("\n".join(str(c) for c in bilan.erreurs))
    if bilan.change_quelque_chose:
        bilan.rapport = ecrire(bilan.plan, rapport=rapport, voulue=voulue, par=par)
    bilan.applique = True
    return bilan


def _cible(reference, creer_manquants) -> tuple[Rapport | None, ReferenceRapport | None]:
    if isinstance(reference, Rapport):
        return reference, None
    lue = lire(reference)
    try:
        return Rapport.objects.par_reference(reference), None
    except ActeRefuse:
        if not creer_manquants or isinstance(lue, str):
            raise
        return None, lue
