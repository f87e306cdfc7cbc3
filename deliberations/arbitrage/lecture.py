"""What a scenario says of its call, read once for the grid, the totals, the exports and the adoption.

Plain rows and not model objects: a call has thousands of lines, and no query depends on their number. Everything is
read, so that the AE are complete; `est_visible` says which lines the agent may be shown. Amounts are Decimal euros.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    Q,
    Sum,
    TextField,
    Value,
)

from budget.models import AutorisationEngagement
from deliberations.models import MontantDeScenario
from dpid.montants import ZERO
from programmes.models import CoutUnitaire, Dispositif, Dossier, Fiche, Financement, LigneDossier

Etat = Dossier.Etat
# What a scenario arbitrates, then what it also shows: the lines that already stand in a rapport.
ARBITRES = (Etat.EN_INSTRUCTION, Etat.AVIS, Etat.PROPOSE)
MONTRES = (*ARBITRES, Etat.INSCRIT)
LUS = (
    "pk", "ordre", "dossier_id", "dossier__dispositif_id", "dossier__structure_id",
    "dossier__structure__raison_sociale", "dossier__intitule", "dossier__etat",
    "motif_zero", "demande", "propose",
)  # fmt: skip
COLONNES_D_AE = (
    "ligne__code", "ligne__libelle", "libelle", "millesime", "exercice_fin", "caduque_le", "vote", "affecte", "reserve",
)  # fmt: skip
# The prose of a fiche is never needed here: only its rules are.
PROSE = [f"fiche__{c.name}" for c in Fiche._meta.concrete_fields if isinstance(c, TextField)]


# One financing: (AE or None, outside source or "", euros). Plain tuples: thousands of objects would weigh on memory.
Part = tuple[int | None, str, Decimal]


@dataclass(slots=True)
class Choix:
    """What a scenario writes for a line."""

    montant: Decimal
    autorisation_id: int | None = None
    motif_zero: str = ""
    commentaire: str = ""


@dataclass(slots=True)
class Ligne:
    """A line of the call. `retenu` today; `montant` in the scenario read, `choix` when it writes one."""

    pk: int
    ordre: int
    dossier_id: int
    dispositif_id: int
    structure_id: int
    structure: str
    intitule: str
    etat: str
    motif_zero: str
    demande: Decimal | None
    propose: Decimal | None
    est_visible: bool = True
    parts: tuple[Part, ...] = ()
    retenu: Decimal = ZERO
    montant: Decimal = ZERO
    choix: Choix | None = None
    n1: Decimal | None = None

    @property
    def est_arbitrable(self) -> bool:
        """Not in a rapport yet, and one financing at most: with several, each is changed in the dossier."""
        return self.etat in ARBITRES and len(self.parts) < 2

    @property
    def raison(self) -> str:
        """Why its amount is not typed here, empty when it is."""
        if self.etat == Etat.INSCRIT:
            return "Inscrite à un rapport : le montant se modifie dans le rapport."
        if self.etat not in ARBITRES:
            return f"Le dossier est à l’état « {Etat(self.etat).label} »."
        return "" if len(self.parts) < 2 else "Plusieurs financements : modifiez-les dans le dossier."


def cle_naturelle(reference: str) -> list:
    """`1.2` before `1.10`, `1.1 bis` after `1.1`."""
    return [(0, int(m), "") if m.isdigit() else (1, 0, m) for m in re.findall(r"\d+|[^\d.\s]+", reference)]


def lignes_des_scenarios(scenario, autres=()):
    """Lines of the call that may be arbitrated or are in a rapport, and those that a scenario ever wrote; only the
    latter for scenarios that are history."""
    tous = [scenario, *autres]
    ecrits = MontantDeScenario.objects.filter(scenario__in=[s.pk for s in tous if s.pk])
    retenues = Q(pk__in=ecrits.order_by().values("ligne"))
    if not all(s.est_fige for s in tous):
        retenues |= Q(dossier__etat__in=MONTRES)
    return LigneDossier.objects.filter(retenues, dossier__dispositif__thematique__appel=scenario.appel_id)


class Lecture:
    """`compares`: other scenarios of the same call, whose amounts are read beside."""

    def __init__(self, scenario, agent=None, compares=()):
        self.scenario, self.agent, self.compares = scenario, agent, list(compares)
        self.appel = scenario.appel
        self.lignes = self._lire_lignes()
        self.par_ligne = {ligne.pk: ligne for ligne in self.lignes}
        self._figes = {s.pk for s in [scenario, *self.compares] if s.est_fige}
        self._lire_parts()
        self.autres, fige = self._lire_choix(), scenario.est_fige
        for ligne in self.lignes:
            # What `montant` says, without its call for the thousands of lines of which nothing is written.
            ligne.montant = ligne.retenu if ligne.parts and not ligne.choix and not fige else self.montant(ligne)

    # --- Reading, one query each

    def _lire_lignes(self) -> list[Ligne]:
        requete = lignes_des_scenarios(self.scenario, self.compares).order_by(
            "dossier__structure__cle", "dossier_id", "ordre", "pk"
        )
        vus = Dossier.objects.visibles_par(self.agent) if self.agent else Dossier.objects.all()
        if not vus.query.where:  # everything: nothing to ask of the database, line by line
            return [Ligne(*valeurs) for valeurs in requete.values_list(*LUS)]
        vue = Q(dossier__in=vus.order_by().values("pk"))
        vue = Value(False) if vus.query.is_empty() else ExpressionWrapper(vue, output_field=BooleanField())
        return [Ligne(*valeurs) for valeurs in requete.annotate(vue=vue).values_list(*LUS, "vue")]

    def _lire_parts(self):
        lignes = lignes_des_scenarios(self.scenario, self.compares).order_by()
        finances = Financement.objects.filter(ligne__in=lignes.values("pk"))
        lus = finances.order_by("pk").values_list("ligne_id", "autorisation_id", "source__libelle", "montant")
        for pk, ae, source, montant in lus:
            ligne, part = self.par_ligne[pk], (ae, source or "", montant)
            if ligne.parts:
                ligne.parts += (part,)
                ligne.retenu += montant
            else:
                ligne.parts, ligne.retenu = (part,), montant

    def _lire_choix(self) -> dict[int, dict[int, Choix]]:
        """Fills the choices of the scenario read; {other scenario: {line: choice}}."""
        autres: dict[int, dict[int, Choix]] = {s.pk: {} for s in self.compares}
        ecrits = MontantDeScenario.objects.filter(scenario__in=[self.scenario.pk, *autres]).order_by()
        champs = ("scenario_id", "ligne_id", "montant", "autorisation_id", "motif_zero", "commentaire")
        for scenario, pk, montant, *reste in ecrits.values_list(*champs):
            if scenario == self.scenario.pk:
                self.par_ligne[pk].choix = Choix(montant, *reste)
            if scenario in autres:
                autres[scenario][pk] = Choix(montant, *reste)
        return autres

    @cached_property
    def dispositifs(self) -> dict[int, Dispositif]:
        """Those of the call, in the order of the call, with their fiche."""
        lus = Dispositif.objects.filter(thematique__appel=self.appel)
        lus = lus.select_related("thematique", "fiche").defer(*PROSE)
        # One row per further price of the fiche: few have one, and they come without a query of their own.
        lus = lus.annotate(
            annee_du_precedent=F("precedent__thematique__appel__annee"),
            prix=F("fiche__autres_couts__montant"), unite_du_prix=F("fiche__autres_couts__unite"),
        ).order_by("fiche__autres_couts__ordre", "fiche__autres_couts__pk")  # fmt: skip
        uniques: dict[int, Dispositif] = {}
        prix: dict[int, list[CoutUnitaire]] = defaultdict(list)
        for lu in lus:
            uniques.setdefault(lu.pk, lu)
            if lu.prix is not None:
                prix[lu.pk].append(CoutUnitaire(fiche=lu.fiche, montant=lu.prix, unite=lu.unite_du_prix))
        for d in uniques.values():
            if hasattr(d, "fiche"):
                couts = CoutUnitaire.objects.none()
                couts._result_cache = prix[d.pk]
                d.fiche._prefetched_objects_cache = {"autres_couts": couts}
        return {
            d.pk: d for d in sorted(uniques.values(), key=lambda d: (d.thematique.numero, cle_naturelle(d.reference)))
        }

    @cached_property
    def votes(self) -> dict[int, dict[int, Decimal]]:
        """{dispositif: {structure: euros voted}}, for the dispositifs that this call continues and for its own."""
        utiles = set(self.dispositifs) | {d.precedent_id for d in self.dispositifs.values() if d.precedent_id}
        votes: dict[int, dict[int, Decimal]] = defaultdict(dict)
        finances = Financement.objects.filter(ligne__dossier__dispositif__in=utiles, ligne__votee_le__isnull=False)
        sommes = finances.order_by().values_list("ligne__dossier__dispositif_id", "ligne__dossier__structure_id")
        for dispositif, structure, total in sommes.annotate(Sum("montant")):
            votes[dispositif][structure] = total
        return votes

    @cached_property
    def votes_n1(self) -> dict[int, dict[int, Decimal]]:
        """{dispositif of this call: {structure: euros voted the year before on the dispositif that it continues}}."""
        return {
            d.pk: self.votes.get(d.precedent_id, {})
            for d in self.dispositifs.values()
            if d.annee_du_precedent == self.appel.annee - 1
        }

    def tenu(self, dispositif_id: int) -> Decimal:
        """Euros that count against the envelope of a dispositif: voted already, in a rapport, in the scenario."""
        lignes = (ligne for ligne in self.de_dispositif(dispositif_id) if ligne.etat in MONTRES)
        deja = sum(self.votes.get(dispositif_id, {}).values(), ZERO)
        return deja + sum((ligne.montant for ligne in lignes), ZERO)

    def lire_n1(self):
        """`n1` of each line; on the first line of the structure in the dispositif only: a column must add up."""
        for dispositif, votes in self.votes_n1.items():
            restants = dict(votes)
            for ligne in self.de_dispositif(dispositif) if restants else ():
                ligne.n1 = restants.pop(ligne.structure_id, None)

    @cached_property
    def autorisations(self) -> dict[int, AutorisationEngagement]:
        """AE that the call charges or would charge, in the order of the budget."""
        utiles = {part[0] for ligne in self.lignes for part in ligne.parts}
        utiles |= {ligne.choix.autorisation_id for ligne in self.lignes if ligne.choix}
        lignes = {d.ligne_par_defaut_id for d in self.dispositifs.values()} - {None}
        ouvertes = Q(pk__in=AutorisationEngagement.objects.de_l_exercice(self.appel.annee).values("pk"))
        lues = AutorisationEngagement.objects.filter(Q(pk__in=utiles - {None}) | ouvertes & Q(ligne__in=lignes))
        return {ae.pk: ae for ae in lues.avec_ligne().only(*COLONNES_D_AE)}

    @cached_property
    def par_defaut(self) -> dict[int, int]:
        """{dispositif: AE of its default line, the latest one}: where `LigneDossier.arbitrer` charges a new amount."""
        par_ligne: dict[int, AutorisationEngagement] = {}
        for ae in self.autorisations.values():
            if ae.millesime <= self.appel.annee <= (ae.exercice_fin or ae.millesime):
                connue = par_ligne.get(ae.ligne_id)
                if connue is None or connue.millesime < ae.millesime:
                    par_ligne[ae.ligne_id] = ae
        dispositifs = self.dispositifs.values()
        return {d.pk: par_ligne[d.ligne_par_defaut_id].pk for d in dispositifs if d.ligne_par_defaut_id in par_ligne}

    # --- What it says

    @staticmethod
    def _de_base(ligne) -> Decimal:
        """Without a word of the scenario: retained today, else proposed, else nothing."""
        return ligne.retenu if ligne.parts else (ligne.propose or ZERO)

    def _choix(self, ligne, scenario_id) -> Choix | None:
        return ligne.choix if scenario_id is None else self.autres[scenario_id].get(ligne.pk)

    def montant(self, ligne, scenario_id=None) -> Decimal:
        """What a scenario gives to the line (euros); in an open one, a line in a rapport keeps what it retains."""
        fige = (scenario_id or self.scenario.pk) in self._figes
        if not fige and (ligne.etat not in ARBITRES or len(ligne.parts) > 1):
            return ligne.retenu
        choix = self._choix(ligne, scenario_id)
        if choix is None:
            return ZERO if fige else self._de_base(ligne)
        return choix.montant

    def charges(self, ligne, scenario_id=None) -> tuple[Part, ...]:
        """Where the money of the scenario would come from; the parts add up to its amount."""
        parts = ligne.parts
        if len(parts) > 1:
            return parts
        montant = ligne.montant if scenario_id is None else self.montant(ligne, scenario_id)
        choix = self._choix(ligne, scenario_id)
        if choix is not None and choix.autorisation_id:
            return ((choix.autorisation_id, "", montant),)
        if parts:
            return ((parts[0][0], parts[0][1], montant),)
        return ((self.par_defaut.get(ligne.dispositif_id), "", montant),)

    def retenir(self, ligne, montant: Decimal | None):
        """Follow what has just been written for a line, without reading again."""
        if montant is None:
            ligne.choix = None
        elif ligne.choix is None:
            ligne.choix = Choix(montant)
        else:
            ligne.choix.montant = montant
        ligne.montant = self.montant(ligne)

    @property
    def visibles(self) -> list[Ligne]:
        return [ligne for ligne in self.lignes if ligne.est_visible]

    @cached_property
    def _par_dispositif(self) -> dict[int, list[Ligne]]:
        groupes: dict[int, list[Ligne]] = defaultdict(list)
        for ligne in self.lignes:
            groupes[ligne.dispositif_id].append(ligne)
        return groupes

    def de_dispositif(self, pk: int) -> list[Ligne]:
        return self._par_dispositif.get(pk, [])


def figer_montants(scenario):
    """Write the amount of every line that has none, so that a scenario put aside or adopted stays what it was."""
    lecture = Lecture(scenario)
    MontantDeScenario.objects.bulk_create(
        [
            MontantDeScenario(scenario=scenario, ligne_id=ligne.pk, montant=ligne.montant)
            for ligne in lecture.lignes
            if ligne.choix is None and ligne.etat in ARBITRES
        ],
        batch_size=1000,
    )
