"""Amounts typed in the grid: one cell, a pasted column, the whole form without JavaScript. Same door, same result.

Each cell says what it was showing: when somebody wrote another amount meanwhile, this cell is refused with both
values and the others are written.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from deliberations.arbitrage.lecture import Lecture
from deliberations.models import MontantDeScenario, Scenario
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.models import Journal
from dpid.montants import MontantFormField, chaine, euros

CHAMP = MontantFormField(required=False)
INCONNUE = "Cette ligne n’est pas de ce scénario, ou ne vous est pas accessible."


@dataclass(frozen=True)
class Cellule:
    """`lu`: euros that the cell was showing; `texte` as typed, empty to go back to what the line retains."""

    ligne: int
    texte: str
    lu: Decimal | None


@dataclass
class Resultat:
    """What became of one cell. `montant`: euros in the scenario now; `erreur` says what, why and what to do."""

    ligne: int
    texte: str
    montant: Decimal | None = None
    erreur: str = ""
    est_ecrit: bool = False


def lire_texte(texte: str) -> Decimal | None:
    """Raises ValidationError (French) for what is not a positive amount."""
    return CHAMP.clean(texte.strip())


@transaction.atomic
def enregistrer(scenario, cellules: list[Cellule], *, par) -> tuple[list[Resultat], Lecture]:
    """Write what may be, and say the fate of each cell. The same cells sent twice write once.

    One journal row for all of them. Raises ActeFige when the scenario is no longer open.
    """
    courant = Scenario.verrouiller(scenario.pk)
    courant._refuser_si_fige()
    lecture = Lecture(courant, par)
    resultats, voulus = [], {}
    for cellule in cellules:
        resultat = _verifier(lecture, cellule, courant)
        resultats.append(resultat)
        if resultat.est_ecrit:
            voulus[cellule.ligne] = resultat.montant
    ecrire(courant, lecture, voulus, par=par)
    for resultat in resultats:
        if resultat.ligne in lecture.par_ligne and not resultat.erreur:
            resultat.montant = lecture.par_ligne[resultat.ligne].montant
    return resultats, lecture


def _verifier(lecture, cellule, scenario) -> Resultat:
    """`est_ecrit` when the cell changes the scenario; `montant` None then means « as retained »."""
    ligne = lecture.par_ligne.get(cellule.ligne)
    resultat = Resultat(cellule.ligne, cellule.texte)
    if ligne is None or not ligne.est_visible:
        resultat.erreur = INCONNUE
        return resultat
    resultat.montant = ligne.montant
    try:
        voulu = lire_texte(cellule.texte)
    except ValidationError as erreur:
        resultat.erreur = " ".join(erreur.messages)
        return resultat
    if voulu is None:
        change = ligne.choix is not None
    else:
        # An amount equal to what is shown is not written: a cell never touched goes on following its line.
        change = voulu != ligne.montant
    if voulu is not None and voulu == cellule.lu or not change:
        return resultat
    if not ligne.est_arbitrable:
        resultat.erreur = ligne.raison
    elif cellule.lu is not None and cellule.lu != ligne.montant:
        resultat.erreur = _phrase_de_conflit(scenario, ligne, voulu)
    else:
        resultat.est_ecrit, resultat.montant = True, voulu
    return resultat


def _phrase_de_conflit(scenario, ligne, voulu) -> str:
    saisi = f"vous avez saisi {euros(voulu, True)}" if voulu is not None else "vous avez vidé la case"
    return (
        f"{_auteur(scenario, ligne.pk)}{euros(ligne.montant, True)} ; {saisi}. Validez de nouveau pour remplacer ce "
        "montant, ou Échap pour le garder."
    )


def _auteur(scenario, ligne: int) -> str:
    """« Claire Dupont a écrit, à 10:32, » when the journal tells; one query, only when two officers meet."""
    actes = Journal.objects.de_l_objet(scenario).exclude(donnees={})[:50]
    for acte in actes:
        if any(m.get("ligne") == ligne for m in acte.donnees.get("montants") or () if isinstance(m, dict)):
            return f"{acte.par} a enregistré entre-temps ({timezone.localtime(acte.le):%d/%m/%Y à %H:%M}) "
    return "Ce montant a changé entre-temps : il est de "


def ecrire(scenario, lecture, voulus: dict, *, par, acte_fait="Modifier les montants", verbe="chiffrer"):
    """Write {line: euros, None to go back to what is retained} and its journal row. Call under the scenario's lock."""
    if not voulus:
        return
    changements, nouveaux, changes, rendus = [], [], [], []
    existants = {m.ligne_id: m for m in MontantDeScenario.objects.filter(scenario=scenario, ligne__in=list(voulus))}
    for pk, voulu in voulus.items():
        ligne = lecture.par_ligne[pk]
        avant = ligne.montant
        ancien = existants.get(pk)
        if voulu is None:
            rendus.append(pk)
        elif ancien is None:
            nouveaux.append(MontantDeScenario(scenario=scenario, ligne_id=pk, montant=voulu))
        else:
            ancien.montant = voulu
            ancien.motif_zero = ancien.motif_zero if voulu == 0 else ""
            changes.append(ancien)
        lecture.retenir(ligne, voulu)
        changements.append({"ligne": pk, "de": chaine(avant), "vers": chaine(ligne.montant)})
    MontantDeScenario.objects.bulk_create(nouveaux, batch_size=1000)
    MontantDeScenario.objects.bulk_update(changes, ["montant", "motif_zero"], batch_size=1000)
    MontantDeScenario.objects.filter(scenario=scenario, ligne__in=rendus).delete()
    scenario.noter_montants(changements, par=par, acte_fait=acte_fait, verbe=verbe)


@transaction.atomic
def preciser(scenario, pk: int, *, montant, autorisation, motif_zero, commentaire, lu, par) -> None:
    """Everything that a scenario says of one line, under the lock of the scenario; one journal row.

    Raises ActeRefuse (foreign or closed line), VersionPerimee when the amount is no longer `lu` (euros).
    """
    courant = Scenario.verrouiller(scenario.pk)
    courant._refuser_si_fige()
    lecture = Lecture(courant, par)
    ligne = lecture.par_ligne.get(pk)
    if ligne is None or not ligne.est_visible:
        raise ActeRefuse(INCONNUE)
    if not ligne.est_arbitrable:
        raise ActeRefuse(ligne.raison)
    if lu is not None and lu != ligne.montant and montant != ligne.montant:
        raise VersionPerimee(_phrase_de_conflit(courant, ligne, montant))
    avant = ligne.montant
    MontantDeScenario.objects.filter(scenario=courant, ligne=pk).delete()
    ecrit = MontantDeScenario(
        scenario=courant, ligne_id=pk, montant=montant, autorisation=autorisation,
        motif_zero=motif_zero if montant == 0 else "", commentaire=commentaire,
    )  # fmt: skip
    ecrit.save()
    courant.noter_montants(
        [{"ligne": pk, "de": chaine(avant), "vers": chaine(montant)}], par=par, acte_fait="Préciser une ligne"
    )


def de_centimes(valeur: int) -> Decimal:
    """Whole centimes of the page → euros."""
    return Decimal(valeur) / 100
