"""Totals of a scenario, alone or beside others: by thématique, dispositif, territoire, volet, budget line, source.

Each table adds up to the total of the lines that the agent sees; the AE are complete, whoever reads.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from deliberations.arbitrage.lecture import Lecture
from deliberations.arbitrage.soldes import soldes
from deliberations.repartition import BUDGET_DEPARTEMENTAL
from dpid.montants import ZERO, euros, repartir
from programmes.models import LigneTerritoire, Ventilation

LARGEUR = 200
SANS_TERRITOIRE, SANS_VOLET, A_IMPUTER = "Non précisé", "Sans volet", "À imputer"


@dataclass
class Rang:
    """A row: euros asked, voted the year before, retained, and one amount per scenario, in their order."""

    libelle: str
    demande: Decimal = ZERO
    n1: Decimal = ZERO
    retenu: Decimal = ZERO
    scenarios: list[Decimal] = field(default_factory=list)
    barre: list[dict] = field(default_factory=list)

    @property
    def evolution(self) -> Decimal:
        """Against N-1, for the first scenario."""
        return self.scenarios[0] - self.n1

    @property
    def ecarts(self) -> list[Decimal]:
        """Of each other scenario with the first."""
        return [s - self.scenarios[0] for s in self.scenarios[1:]]


@dataclass
class TableauDeTotaux:
    """`avec_n1`: what was voted the year before is known along this axis."""

    titre: str
    colonne: str
    rangs: list[Rang]
    avec_n1: bool = True
    note: str = ""

    @property
    def total(self) -> Rang:
        total = Rang("Total", scenarios=[ZERO] * (len(self.rangs[0].scenarios) if self.rangs else 1))
        for r in self.rangs:
            total.demande += r.demande
            total.n1 += r.n1
            total.retenu += r.retenu
            total.scenarios = [a + b for a, b in zip(total.scenarios, r.scenarios, strict=True)]
        return total


def tableaux(lecture: Lecture) -> list[TableauDeTotaux]:
    """Every breakdown; two queries besides those of the reading (places, ventilations)."""
    calcul = _Calcul(lecture)
    dispositifs, themes = lecture.dispositifs, {}
    for d in dispositifs.values():
        themes[d.thematique_id] = str(d.thematique)
    par_theme = calcul.selon(lambda li: [(dispositifs[li.dispositif_id].thematique_id, None)])
    par_dispositif = calcul.selon(lambda li: [(li.dispositif_id, None)])
    for pk, votes in lecture.votes_n1.items():
        n1 = sum(votes.values(), ZERO)
        if n1 and (lecture.agent is None or pk in par_dispositif or not calcul.est_partiel):
            par_dispositif.setdefault(pk, calcul.vierge()).n1 = n1
            par_theme.setdefault(dispositifs[pk].thematique_id, calcul.vierge()).n1 += n1
    for cle, rang in par_theme.items():
        rang.libelle = themes[cle]
    for cle, rang in par_dispositif.items():
        rang.libelle = f"{dispositifs[cle].reference} {dispositifs[cle].libelle_imprime}"
    ordre = {pk: n for n, pk in enumerate(dispositifs)}
    ordre_themes = {pk: n for n, pk in enumerate(themes)}
    resultat = [
        TableauDeTotaux("Par thématique", "Thématique", _ranger(par_theme, ordre_themes)),
        TableauDeTotaux("Par dispositif", "Dispositif", _ranger(par_dispositif, ordre)),
        TableauDeTotaux(
            "Par territoire", "Territoires", calcul.tries(calcul.territoires), avec_n1=False,
            note="Une ligne sur plusieurs territoires, sans ventilation, est comptée sous leur regroupement.",
        ),
        TableauDeTotaux("Par ligne budgétaire", "Ligne", calcul.tries(calcul.lignes_budgetaires), avec_n1=False),
        TableauDeTotaux("Par source de financement", "Source", calcul.tries(calcul.sources), avec_n1=False),
    ]  # fmt: skip
    if any(volet for parts in calcul.ventilations.values() for _, volet, _ in parts):
        note = "Une ligne dont l’argent n’est pas ventilé par volet compte sous « Sans volet »."
        rangs = calcul.tries(calcul.volets)
        resultat.append(TableauDeTotaux("Par volet", "Volet", rangs, avec_n1=False, note=note))
    for tableau in resultat:
        _dessiner(tableau.rangs)
    return resultat


def _ranger(rangs: dict, ordre: dict) -> list[Rang]:
    return [rangs[cle] for cle in sorted(rangs, key=ordre.__getitem__)]


class _Calcul:
    """Sums along one axis: a function gives, for a line and a scenario, the keys and their weights."""

    def __init__(self, lecture: Lecture):
        self.lecture = lecture
        self.scenarios = [None, *(s.pk for s in lecture.compares)]
        self.lignes = lecture.visibles
        self.est_partiel = len(self.lignes) < len(lecture.lignes)
        ids = [ligne.pk for ligne in self.lignes]
        self.ventilations: dict[int, list] = defaultdict(list)
        parts = Ventilation.objects.filter(financement__ligne__dossier__dispositif__thematique__appel=lecture.appel)
        for pk, territoire, ligne, volet, montant in parts.order_by("pk").values_list(
            "financement__ligne_id", "territoire__libelle", "volet__ligne__code", "volet__libelle", "montant"
        ):
            self.ventilations[pk].append((territoire, f"{ligne} – {volet}" if volet else None, montant))
        self.lieux: dict[int, list[str]] = defaultdict(list)
        placements = LigneTerritoire.objects.filter(ligne__dossier__dispositif__thematique__appel=lecture.appel)
        connues = set(ids)
        for pk, libelle in placements.order_by("ligne_id", "ordre", "pk").values_list(
            "ligne_id", "territoire__libelle"
        ):
            if pk in connues:
                self.lieux[pk].append(libelle)

    def vierge(self, libelle="") -> Rang:
        return Rang(libelle, scenarios=[ZERO] * len(self.scenarios))

    def selon(self, cles) -> dict:
        """{key: Rang}; `cles(ligne)` → [(key, weight or None)]. An amount is split by the weights to the centime."""
        rangs: dict = {}
        for ligne in self.lignes:
            parts = cles(ligne)
            montants = [ligne.demande or ZERO, ligne.retenu]
            montants += [self.lecture.montant(ligne, s) for s in self.scenarios]
            for (cle, _), valeurs in zip(parts, _repartis(montants, [p for _, p in parts]), strict=True):
                rang = rangs.get(cle) or rangs.setdefault(cle, self.vierge())
                rang.demande += valeurs[0]
                rang.retenu += valeurs[1]
                rang.scenarios = [a + b for a, b in zip(rang.scenarios, valeurs[2:], strict=True)]
        return rangs

    def tries(self, axe) -> list[Rang]:
        rangs = axe()
        for libelle, rang in rangs.items():
            rang.libelle = libelle
        return [rangs[cle] for cle in sorted(rangs, key=lambda c: (c in (SANS_TERRITOIRE, SANS_VOLET, A_IMPUTER), c))]

    def territoires(self) -> dict:
        def cles(ligne):
            parts = [(t, m) for t, _, m in self.ventilations.get(ligne.pk, ()) if t]
            libelle = ", ".join(self.lieux.get(ligne.pk, ())) or SANS_TERRITOIRE
            return _avec_reste(parts, ligne.retenu, libelle)

        return self.selon(cles)

    def volets(self) -> dict:
        def cles(ligne):
            parts = [(v, m) for _, v, m in self.ventilations.get(ligne.pk, ()) if v]
            return _avec_reste(parts, ligne.retenu, SANS_VOLET)

        return self.selon(cles)

    def lignes_budgetaires(self) -> dict:
        """Each scenario may charge another AE: its amounts go where it says."""
        return self._selon_origine(self._nom_de_ligne)

    def sources(self) -> dict:
        return self._selon_origine(lambda ae, source: source or BUDGET_DEPARTEMENTAL)

    def _nom_de_ligne(self, ae, source) -> str:
        if source:
            return f"Hors budget : {source}"
        ae = self.lecture.autorisations.get(ae)
        return f"{ae.ligne.code} {ae.intitule}" if ae else A_IMPUTER

    def _selon_origine(self, nommer) -> dict:
        rangs: dict = {}

        def rang(ae, source, _):
            nom = nommer(ae, source)
            return rangs.get(nom) or rangs.setdefault(nom, self.vierge())

        for ligne in self.lignes:
            rang(*self.lecture.charges(ligne)[0]).demande += ligne.demande or ZERO
            for part in ligne.parts:
                rang(*part).retenu += part[2]
            for n, scenario in enumerate(self.scenarios):
                for part in self.lecture.charges(ligne, scenario):
                    rang(*part).scenarios[n] += part[2]
        return rangs


def _avec_reste(parts: list, retenu: Decimal, libelle: str) -> list:
    """Parts, and under `libelle` what they do not cover."""
    reste = retenu - sum((m for _, m in parts), ZERO)
    if not parts:
        return [(libelle, None)]
    return [*parts, (libelle, reste)] if reste > 0 else parts


def _repartis(montants: list[Decimal], poids: list) -> list[list[Decimal]]:
    """One list of amounts per weight; the columns add up to `montants`."""
    if len(poids) == 1:
        return [montants]
    poids = poids if any(poids) else [1] * len(poids)
    colonnes = [repartir(m, poids) for m in montants]
    return [list(ligne) for ligne in zip(*colonnes, strict=True)]


def _dessiner(rangs: list[Rang]) -> None:
    """Bars over the greatest amount of the table, in whole units: no template formats a decimal."""
    plafond = max((max(*r.scenarios, r.demande) for r in rangs), default=ZERO)
    for r in rangs if plafond else ():
        valeurs = [("demande", "demandé", r.demande), *((f"s{n}", "", m) for n, m in enumerate(r.scenarios))]
        r.barre = [
            {"classe": classe, "largeur": max(1, round(LARGEUR * m / plafond)) if m else 0, "y": n * 6, "mot": mot}
            for n, (classe, mot, m) in enumerate(valeurs)
        ]


def contre_les_ae(lecture: Lecture) -> list[dict]:
    """Each AE of the call: votée, available before, then what each scenario leaves (euros)."""
    colonnes = [soldes(lecture, s) for s in (None, *(s.pk for s in lecture.compares))]
    return [
        {"solde": ligne[0], "restes": [{"scenario": s.scenario, "reste": s.reste} for s in ligne]}
        for ligne in zip(*colonnes, strict=True)
    ]


def phrase(rang: Rang) -> str:
    """The bar in words, for who cannot see it."""
    return f"{rang.libelle} : demandé {euros(rang.demande, True)}, scénario {euros(rang.scenarios[0], True)}"
