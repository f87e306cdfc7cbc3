"""The figures of a year: by thématique, territoire and state, each beside those of the year before.

Everything is read once, from the dossiers that the agent sees; nothing depends on the number of rows but the sums.
Amounts in euros.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.urls import reverse

from dpid import graphiques
from dpid.graphiques import Serie
from dpid.models import Territoire
from dpid.montants import ZERO
from dpid.tableaux import MONTANT, NOMBRE, Colonne, Tableau, Total
from programmes.models import (
    AppelAProjets,
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Thematique,
    Ventilation,
)

Etat = Dossier.Etat
PLUSIEURS, NON_PRECISE, SANS_SUITE = "Plusieurs territoires, sans ventilation", "Non précisé", "Dispositifs sans suite"
SERIES = (Serie("g-demande", "Demandé"), Serie("g-propose", "Proposé"), Serie("g-vote", "Voté"))
SERIE_N1 = Serie("g-n1", "Voté N-1")
SERIE_RETENU = Serie("g-retenu", "Retenu")
NOTE_TERRITOIRES = (
    "Un financement ventilé compte sous chacun de ses territoires. Une ligne sur plusieurs territoires, sans "
    "ventilation, est comptée à part : rien ne dit la part de chacun."
)
NOTE_N1 = "Le voté N-1 suit les dispositifs d’une année à l’autre, même renumérotés."


@dataclass
class Rang:
    """`requete`: the list of dossiers that make this row, empty when no filter says it. `n1` None: not known here."""

    libelle: str
    requete: str = ""
    dossiers: int = 0
    demande: Decimal = ZERO
    propose: Decimal = ZERO
    retenu: Decimal = ZERO
    vote: Decimal = ZERO
    n1: Decimal | None = ZERO

    @property
    def url(self) -> str:
        return f"{reverse('dossiers')}?{self.requete}" if self.requete else ""

    @property
    def est_vide(self) -> bool:
        return not (self.dossiers or self.demande or self.propose or self.retenu or self.vote or self.n1)


@dataclass
class Repartition:
    """A table and its chart. `nb_dossiers`: each counted once, even where rows share some."""

    cle: str
    titre: str
    colonne: str
    rangs: list[Rang]
    nb_dossiers: int
    series: tuple = (*SERIES, SERIE_N1)
    notes: tuple = ()
    total: Rang = field(init=False)

    def __post_init__(self):
        self.rangs = [r for r in self.rangs if not r.est_vide]
        self.total = Rang("Total", dossiers=self.nb_dossiers)
        for nom in ("demande", "propose", "retenu", "vote"):
            setattr(self.total, nom, sum((getattr(r, nom) for r in self.rangs), ZERO))
        connus = [r.n1 for r in self.rangs if r.n1 is not None]
        self.total.n1 = sum(connus, ZERO) if connus else None

    @property
    def avec_n1(self) -> bool:
        return SERIE_N1 in self.series

    @property
    def graphique(self):
        champs = {"g-demande": "demande", "g-propose": "propose", "g-retenu": "retenu", "g-vote": "vote", "g-n1": "n1"}
        donnees = [(r.libelle, [getattr(r, champs[s.classe]) for s in self.series]) for r in self.rangs]
        return graphiques.barres(self.cle, f"{self.titre}, en euros", self.series, donnees)

    def en_tableau(self, exercice: int) -> Tableau:
        """What is on screen, for the exports."""
        valeurs = [(r.libelle, r.dossiers, r.demande, r.propose, r.retenu, r.vote, r.n1) for r in self.rangs]
        t = self.total
        lignes = [*valeurs, Total((t.libelle, t.dossiers, t.demande, t.propose, t.retenu, t.vote, t.n1))]
        return Tableau(self.titre, COLONNES, lignes, [f"{self.titre}, appel {exercice}", *self.notes])


COLONNES = [
    Colonne("Répartition", largeur=48), Colonne("Dossiers", NOMBRE, 10), Colonne("Demandé", MONTANT, 16),
    Colonne("Proposé", MONTANT, 16), Colonne("Retenu", MONTANT, 16), Colonne("Voté", MONTANT, 16),
    Colonne("Voté N-1", MONTANT, 16),
]  # fmt: skip


@dataclass(slots=True)
class Ligne:
    """A line of a dossier with its money. `parts`: {territoire id: euros} of what is split."""

    dossier: int
    dispositif: int
    etat: str
    demande: Decimal
    propose: Decimal
    retenu: Decimal = ZERO
    lieux: tuple = ()
    parts: dict = field(default_factory=dict)

    @property
    def vote(self) -> Decimal:
        return self.retenu if self.etat == Etat.VOTE else ZERO

    @property
    def lieu(self):
        """Its territoire, PLUSIEURS, or NON_PRECISE."""
        return (self.lieux[0] if len(self.lieux) == 1 else PLUSIEURS) if self.lieux else NON_PRECISE


def annees() -> list[int]:
    """Years of the calls, latest first."""
    return list(AppelAProjets.objects.order_by("-annee").values_list("annee", flat=True))


def repartitions(agent, exercice: int) -> list[Repartition]:
    """By thématique, by territoire, by state; eight queries."""
    return _Calcul(agent, exercice).repartitions()


class _Calcul:
    """What is read for one year and the one before, then summed along each axis."""

    def __init__(self, agent, exercice: int):
        self.exercice = exercice
        annee = "dossier__dispositif__thematique__appel__annee"
        visibles = Dossier.objects.visibles_par(agent).order_by().values("pk")
        lignes = LigneDossier.objects.filter(dossier__in=visibles).order_by()
        lignes = lignes.filter(Q(**{annee: exercice}) | Q(**{annee: exercice - 1}, dossier__etat=Etat.VOTE))
        self.n, self.n1 = {}, {}
        lues = lignes.values_list(annee, "pk", "dossier", "dossier__dispositif", "dossier__etat", "demande", "propose")
        for an, pk, dossier, dispositif, etat, demande, propose in lues:
            rayon = self.n if an == exercice else self.n1
            rayon[pk] = Ligne(dossier, dispositif, etat, demande or ZERO, propose or ZERO)
        self._rattacher(lignes.values("pk"))
        comptes = Dossier.objects.filter(pk__in=visibles, dispositif__thematique__appel__annee=exercice).order_by()
        comptes = comptes.values_list("dispositif__thematique", "etat").annotate(Count("pk"))
        self.par_theme, self.par_etat = defaultdict(int), defaultdict(int)
        for theme, etat, nombre in comptes:
            self.par_theme[theme] += nombre
            self.par_etat[etat] += nombre
        self.nb_dossiers = sum(self.par_etat.values())

    def _rattacher(self, lignes):
        """Money, places and splits of the lines read: three queries."""
        par_pk = self.n | self.n1
        finances = Financement.objects.filter(ligne__in=lignes).order_by().values_list("ligne")
        for pk, montant in finances.annotate(Sum("montant")):
            par_pk[pk].retenu = montant
        for pk, lieu in (
            LigneTerritoire.objects.filter(ligne__in=lignes).order_by("ordre", "pk").values_list("ligne", "territoire")
        ):
            par_pk[pk].lieux += (lieu,)
        parts = Ventilation.objects.filter(financement__ligne__in=lignes, territoire__isnull=False).order_by()
        for pk, lieu, montant in parts.values_list("financement__ligne", "territoire").annotate(Sum("montant")):
            par_pk[pk].parts[lieu] = montant

    def repartitions(self) -> list[Repartition]:
        n, ecrit = self.nb_dossiers, self.exercice
        sans_n1 = (*SERIES[:2], SERIE_RETENU, SERIES[2])
        return [
            Repartition("thematique", "Par thématique", "Thématique", self._themes(), n, notes=(NOTE_N1,)),
            Repartition(
                "territoire", "Par territoire", "Territoire", self._territoires(), n, notes=(NOTE_TERRITOIRES,)
            ),
            Repartition("etat", f"Par état des dossiers de {ecrit}", "État", self._etats(), n, sans_n1),
        ]

    def _themes(self) -> list[Rang]:
        rangs = {
            t.pk: Rang(str(t), f"annee={self.exercice}&thematique={t.pk}", self.par_theme[t.pk])
            for t in Thematique.objects.filter(appel__annee=self.exercice).order_by("numero")
        }
        dispositifs = Dispositif.objects.filter(thematique__in=rangs).order_by("pk")
        theme_de, suite_de = {}, {}
        for pk, theme, precedent in dispositifs.values_list("pk", "thematique", "precedent"):
            theme_de[pk] = theme
            suite_de.setdefault(precedent, theme)  # one successor only: a split dispositif is not counted twice
        for ligne in self.n.values():
            _ajouter(rangs[theme_de[ligne.dispositif]], ligne)
        orphelins = Rang(SANS_SUITE)
        for ligne in self.n1.values():
            rangs.get(suite_de.get(ligne.dispositif), orphelins).n1 += ligne.vote
        return [*rangs.values(), orphelins]

    def _territoires(self) -> list[Rang]:
        rangs = {
            pk: Rang(libelle, f"annee={self.exercice}&territoire={pk}")
            for pk, libelle in Territoire.objects.values_list("pk", "libelle")
        }
        rangs |= {cle: Rang(cle) for cle in (PLUSIEURS, NON_PRECISE)}
        vus = defaultdict(set)
        for ligne in self.n.values():
            for lieu, part in _parts(ligne):
                vus[lieu].add(ligne.dossier)
                rangs[lieu].retenu += part
                rangs[lieu].vote += part if ligne.etat == Etat.VOTE else ZERO
            vus[ligne.lieu].add(ligne.dossier)
            rangs[ligne.lieu].demande += ligne.demande
            rangs[ligne.lieu].propose += ligne.propose
        for ligne in self.n1.values():
            for lieu, part in _parts(ligne):
                rangs[lieu].n1 += part
        for lieu, dossiers in vus.items():
            rangs[lieu].dossiers = len(dossiers)
        return list(rangs.values())

    def _etats(self) -> list[Rang]:
        rangs = {
            valeur: Rang(libelle, f"annee={self.exercice}&etat={valeur}", self.par_etat[valeur], n1=None)
            for valeur, libelle in Etat.choices
        }
        for ligne in self.n.values():
            _ajouter(rangs[ligne.etat], ligne)
        return list(rangs.values())


def _ajouter(rang: Rang, ligne: Ligne) -> None:
    rang.demande += ligne.demande
    rang.propose += ligne.propose
    rang.retenu += ligne.retenu
    rang.vote += ligne.vote


def _parts(ligne: Ligne) -> list[tuple]:
    """(territoire, euros retained): what is split, then the rest under the place of the line."""
    reste = ligne.retenu - sum(ligne.parts.values(), ZERO)
    return [*ligne.parts.items(), *([(ligne.lieu, reste)] if reste else [])]
