"""What the fiche says of payments and of the bilan, computed: instalments of an amount, date of the bilan.

Nothing here writes; amounts are Decimal euros.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO, euros, repartir
from dpid.typographie import composer, nombre

CENT = Decimal(100)


@dataclass(frozen=True)
class Echeance:
    """One instalment. `montant` (euros) is None when the fiche fixes no share: the convention will."""

    rang: int
    libelle: str
    pourcentage: Decimal | None
    montant: Decimal | None
    declencheur: str = ""
    condition: str = ""

    @property
    def phrase(self) -> str:
        """« Acompte : 60 % de …, à la signature ; bilan final validé. »"""
        taux = "part fixée par la convention" if self.pourcentage is None else f"{nombre(self.pourcentage)} %"
        if self.montant is not None:
            taux += f", soit {euros(self.montant, True)}"
        suite = "".join(f" ; {texte}" for texte in (self.declencheur, self.condition) if texte)
        return composer(f"{self.libelle} : {taux}{suite}.")


def exces(pourcentages) -> str:
    """The sentence that refuses shares adding up to more than 100 %; empty when they do not."""
    total = sum((p for p in pourcentages if p is not None), Decimal(0))
    if total <= CENT:
        return ""
    return composer(f"Les versements font {nombre(total)} % : {nombre(total - CENT)} points de trop.")


def parts(versements) -> list[Decimal | None]:
    """The share (%) of each instalment. A single one left empty takes the rest; several stay unknown.

    Raises ActeRefuse when the shares exceed 100 %.
    """
    donnees = [v.pourcentage for v in versements]
    if phrase := exces(donnees):
        raise ActeRefuse(f"{phrase} Corrigez la fiche.")
    if donnees.count(None) == 1:
        reste = CENT - sum((p for p in donnees if p is not None), Decimal(0))
        return [reste if p is None else p for p in donnees]
    return donnees


def echeances(fiche, montant: Decimal | None = None) -> list[Echeance]:
    """Instalments of `montant` euros in the order of the fiche, to the centime by largest remainder.

    Without an amount, the shares alone. Raises ActeRefuse when the shares of the fiche exceed 100 %.
    """
    versements = list(fiche.versements.all())
    taux = parts(versements)
    montants: list[Decimal | None] = [None] * len(versements)
    if montant is not None:
        connus = [p for p in taux if p is not None]
        # The share that nobody was given keeps its weight, so that 60 % stays 60 %.
        reste = CENT - sum(connus, Decimal(0))
        repartis = iter(repartir(montant, [*connus, reste])) if connus else iter(())
        montants = [None if p is None else next(repartis) for p in taux]
    return [
        Echeance(rang, v.get_type_display(), p, m, v.declencheur, v.condition)
        for rang, (v, p, m) in enumerate(zip(versements, taux, montants, strict=True), 1)
    ]


def dates_de_suivi(rythme: int | None, debut: date | None, fin: date | None) -> list[date]:
    """The last day of each stretch of `rythme` months of an action, bounds included: four for a year by quarters.

    The last stretch is left out when the action stops before its end. Empty without a rhythm or without a period.
    """
    if not (rythme and debut and fin):
        return []
    jours, rang = [], 1
    while (jour := ajouter_mois(debut, rang * rythme) - timedelta(days=1)) <= fin:
        jours.append(jour)
        rang += 1
    return jours


def total_echeance(echeancier) -> Decimal:
    """Sum of the instalments whose amount is known (euros)."""
    return sum((x.montant for x in echeancier if x.montant is not None), ZERO)


def echeance_du_bilan(fiche, fin: date | None) -> date | None:
    """When the bilan of an action ended on `fin` is due: N months after, or a fixed day of the year after.

    A day that the month does not have becomes its last one (31/11 → 30/11). None when the fiche fixes nothing.
    """
    if fin is None:
        return None
    if fiche.bilan_delai_mois is not None:
        return ajouter_mois(fin, fiche.bilan_delai_mois)
    if fiche.bilan_jour and fiche.bilan_mois:
        annee = min(fin.year + 1, date.max.year)
        return date(annee, fiche.bilan_mois, min(fiche.bilan_jour, monthrange(annee, fiche.bilan_mois)[1]))
    return None
