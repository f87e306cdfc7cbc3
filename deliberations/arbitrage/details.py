"""What surrounds the amount of a line: its places, its budget, its avis, what the fiche gives, its neighbours.

Read for the lines that are shown only; the medians are those of the whole dispositif.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median

from django.db.models import Count, Q, Sum

from deliberations.arbitrage.lecture import Lecture, Ligne
from dpid.montants import ZERO, arrondir
from dpid.textes import cle_texte
from dpid.typographie import nombre
from programmes.models import Avis, LigneDossier, LigneTerritoire, Poste, Quantite
from programmes.regles import Calcul, calculer

CENT = Decimal(100)
FAVORABLES = Q(etat=Avis.Etat.RENDU, sens="favorable") | Q(etat=Avis.Etat.REPUTE_FAVORABLE)


class Toutes(list):
    """A list that answers `.all()`, as a related manager that was prefetched."""

    def all(self):
        return self


@dataclass(frozen=True)
class Mesure:
    """A quantity and its unit, as the rules read them."""

    valeur: Decimal
    unite: str


@dataclass(frozen=True)
class LigneDeRegle:
    """What `regles.calculer` reads of a line."""

    demande: Decimal | None
    debut: date | None
    fin: date | None
    quantites: Toutes


@dataclass
class Detail:
    """`part` in % of the charges of the budget prévisionnel; `cout` in euros per unit; None when unknown."""

    description: str = ""
    territoires: str = ""
    quantite: Mesure | None = None
    charges: Decimal = ZERO
    regle: Calcul | None = None
    avis: str = ""
    favorables: int = 0

    def cout(self, montant: Decimal) -> Decimal | None:
        return arrondir(montant / self.quantite.valeur) if self.quantite and montant else None

    def part(self, montant: Decimal) -> Decimal | None:
        return arrondir(montant * CENT / self.charges) if self.charges and montant else None


@dataclass
class Details:
    """{line: Detail}, and the median cost (euros) by (dispositif, unit)."""

    par_ligne: dict[int, Detail] = field(default_factory=dict)
    medianes: dict[tuple, Decimal] = field(default_factory=dict)

    def cle(self, ligne: Ligne) -> tuple | None:
        quantite = self.par_ligne[ligne.pk].quantite
        return (ligne.dispositif_id, cle_texte(quantite.unite)) if quantite else None

    def mediane(self, ligne: Ligne) -> Decimal | None:
        return self.medianes.get(self.cle(ligne))


def ecart_aux_voisins(cout: Decimal | None, mediane: Decimal | None) -> str:
    """« haut » above twice the median of the dispositif, « bas » under half of it, empty otherwise."""
    if not cout or not mediane:
        return ""
    if cout > 2 * mediane:
        return "haut"
    return "bas" if 2 * cout < mediane else ""


def lire(lecture: Lecture, lignes: list[Ligne]) -> Details:
    """Details of `lignes`; five queries."""
    details = Details({ligne.pk: Detail() for ligne in lignes})
    dispositifs = {ligne.dispositif_id for ligne in lignes}
    quantites = _quantites(lecture, dispositifs)
    budgets = _budgets({ligne.dossier_id for ligne in lignes})
    avis = _avis({ligne.dossier_id for ligne in lignes})
    lieux = _lieux([ligne.pk for ligne in lignes])
    textes = LigneDossier.objects.filter(pk__in=[ligne.pk for ligne in lignes]).order_by()
    textes = {pk: reste for pk, *reste in textes.values_list("pk", "description", "debut", "fin")}
    for ligne in lignes:
        detail = details.par_ligne[ligne.pk]
        fiche = getattr(lecture.dispositifs[ligne.dispositif_id], "fiche", None)
        mesures = quantites.get(ligne.pk, Toutes())
        totaux = budgets.get(ligne.dossier_id)
        detail.territoires = ", ".join(lieux.get(ligne.pk, ()))
        detail.quantite = _a_comparer(mesures, fiche)
        detail.charges = totaux["charges"] if totaux else ZERO
        detail.description, debut, fin = textes[ligne.pk]
        detail.regle = calculer(LigneDeRegle(ligne.demande, debut, fin, mesures), fiche, totaux)
        detail.favorables, detail.avis = avis.get(ligne.dossier_id, (0, ""))
    details.medianes = medianes(lecture, dispositifs, quantites)
    return details


def medianes(lecture, dispositifs, quantites=None) -> dict[tuple, Decimal]:
    """{(dispositif, unit): median cost in euros}, over the lines that the scenario finances; two of them at least."""
    quantites = _quantites(lecture, dispositifs) if quantites is None else quantites
    couts: dict[tuple, list[Decimal]] = defaultdict(list)
    for ligne in lecture.lignes:
        if ligne.dispositif_id not in dispositifs or not ligne.montant:
            continue
        fiche = getattr(lecture.dispositifs[ligne.dispositif_id], "fiche", None)
        mesure = _a_comparer(quantites.get(ligne.pk, ()), fiche)
        if mesure:
            couts[(ligne.dispositif_id, cle_texte(mesure.unite))].append(ligne.montant / mesure.valeur)
    return {cle: arrondir(median(valeurs)) for cle, valeurs in couts.items() if len(valeurs) > 1}


def _a_comparer(mesures, fiche) -> Mesure | None:
    """The quantity in a unit of the fiche, else the first one of the line; never a zero.

    A line of two priced units has no cost per unit: its amount belongs to neither alone."""
    utiles = [m for m in mesures if m.valeur]
    if fiche is not None and fiche.unite:
        unites = {cle_texte(fiche.unite), *(cle_texte(unite) for _, unite in fiche.prix())}
        pesees = [m for m in utiles if cle_texte(m.unite) in unites]
        return pesees[0] if len({cle_texte(m.unite) for m in pesees}) == 1 else None
    return utiles[0] if utiles else None


def _quantites(lecture, dispositifs) -> dict[int, Toutes]:
    voulues: dict[int, Toutes] = defaultdict(Toutes)
    lues = Quantite.objects.filter(ligne__dossier__dispositif__in=dispositifs).order_by("pk")
    for pk, valeur, unite in lues.values_list("ligne_id", "valeur", "unite"):
        if pk in lecture.par_ligne:
            voulues[pk].append(Mesure(valeur, unite))
    return voulues


def _budgets(dossiers) -> dict[int, dict]:
    """{dossier: totals of its budget prévisionnel (euros)}, with the keys of `PosteQuerySet.totaux`."""
    S, N = Poste.Sens, Poste.Nature
    lus = Poste.objects.filter(dossier__in=dossiers).order_by().values_list("dossier_id", "sens", "nature")
    budgets: dict[int, dict] = {}
    cles = {
        N.INDIRECTE: ("charges", "indirectes"), N.PRESTATION: ("charges", "prestations"),
        N.DEPARTEMENT: ("produits", "departement", "publics"), N.PUBLIC: ("produits", "publics"),
    }  # fmt: skip
    noms = ("charges", "produits", "indirectes", "prestations", "departement", "publics")
    for dossier, sens, nature, total in lus.annotate(Sum("montant")):
        budget = budgets.setdefault(dossier, dict.fromkeys(noms, ZERO))
        for cle in cles.get(nature, ("charges" if sens == S.CHARGE else "produits",)):
            budget[cle] += total
    for budget in budgets.values():
        budget["ecart"] = budget["charges"] - budget["produits"]
    return budgets


def _avis(dossiers) -> dict[int, tuple[int, str]]:
    """{dossier: (favourable, « 2 fav. sur 3, 1 réservé »)}."""
    comptes = Avis.objects.filter(dossier__in=dossiers).exclude(etat=Avis.Etat.SANS_OBJET).order_by()
    comptes = comptes.values_list("dossier_id").annotate(
        tous=Count("pk"),
        favorables=Count("pk", filter=FAVORABLES),
        reserves=Count("pk", filter=Q(etat=Avis.Etat.RENDU, sens="reserve")),
        defavorables=Count("pk", filter=Q(etat=Avis.Etat.RENDU, sens="defavorable")),
    )
    phrases = {}
    for dossier, tous, favorables, reserves, defavorables in comptes:
        mots = [f"{nombre(favorables)} fav. sur {nombre(tous)}"]
        mots += [f"{nombre(reserves)} rés."] if reserves else []
        mots += [f"{nombre(defavorables)} déf."] if defavorables else []
        phrases[dossier] = (favorables, ", ".join(mots))
    return phrases


def _lieux(lignes: list[int]) -> dict[int, list[str]]:
    lieux: dict[int, list[str]] = defaultdict(list)
    placements = LigneTerritoire.objects.filter(ligne__in=lignes).order_by("ligne_id", "ordre", "pk")
    for pk, libelle in placements.values_list("ligne_id", "territoire__libelle"):
        lieux[pk].append(libelle)
    return lieux
