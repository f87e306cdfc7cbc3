"""Instalments of an act: made from the rule of the fiche, always adding up to its amount, told by exercice.

An instalment has an exercice of AE (what was voted; none outside the budget) and one of CP (when it is paid): paying in
N on an AE of N-1 is normal, the contrary is refused by the database.
"""

from collections import defaultdict
from decimal import Decimal

from conventions.models import Versement
from dpid.montants import ZERO, chaine, euros, repartir
from dpid.typographie import composer, date_longue, nombre
from programmes.appels import echeancier
from programmes.models import VersementPrevu

Type = VersementPrevu.Type
CENT = Decimal(100)


def prevoir(lu, lue) -> list[Versement]:
    """Unsaved instalments of one fiche: its rule applied to the amount of each exercice of AE (euros).

    By exercice of AE they make exactly what that millésime gives: nothing is engaged on one for another. A fiche
    without a rule gives a single payment, as does one whose shares are all nil; shares that it leaves open are put on
    the last instalment. Raises ActeRefuse when the shares of the fiche exceed 100 %.
    """
    if not lue.montant:
        return []
    taux = _taux(lue.regle) if lue.regle else []
    if any(taux):
        types = [(v.type, v.declencheur, v.condition) for v in lue.regle.versements.all()]
    else:
        types, taux = [(Type.UNIQUE, "à la signature", "")], [CENT]
    millesimes = par_millesime(lue.financements)
    montants = {exercice: repartir(montant, taux) for exercice, montant in millesimes.items()}
    debut = (lue.debut or lu.le).year
    # A balance waits for the bilan: that of an action of 2022, due in January, is paid in 2023.
    bilan = echeancier.echeance_du_bilan(lue.regle, lue.fin) if lue.regle else None
    fin = max((bilan or lue.fin or lu.le).year, debut)
    versements = []
    for rang, ((type_, declencheur, condition), part) in enumerate(zip(types, taux, strict=True)):
        for exercice_ae in millesimes:
            paye = max(fin if type_ == Type.SOLDE else debut, lu.le.year, exercice_ae or 0)
            versements.append(
                Versement(
                    acte=lu.acte, fiche=lue.fiche, ordre=len(versements) + 1, type=type_,
                    # Of the whole amount: said of a part of it, the share would not be that of its figure.
                    pourcentage=part if len(millesimes) == 1 else None, montant=montants[exercice_ae][rang],
                    declencheur=declencheur, condition=condition, exercice_ae=exercice_ae, exercice_cp=paye,
                )
            )  # fmt: skip
    return [v for v in versements if v.montant]


def _taux(regle) -> list[Decimal]:
    """Share (%) of each instalment of the rule. All zero when it fixes none: nothing can be split by it."""
    taux = [p.pourcentage for p in echeancier.echeances(regle)]
    ouverts = [i for i, p in enumerate(taux) if p is None]
    reste = CENT - sum((p for p in taux if p is not None), Decimal(0))
    for i in ouverts:
        taux[i] = reste if i == ouverts[-1] else Decimal(0)
    return taux


def par_millesime(financements) -> dict[int | None, Decimal]:
    """{exercice of AE: euros}, the oldest first; None for what no AE pays, such as a fund outside the budget."""
    sommes = defaultdict(lambda: ZERO)
    for f in financements:
        if f.montant:
            sommes[f.autorisation.millesime if f.autorisation_id else None] += f.montant
    return dict(sorted(sommes.items(), key=lambda x: (x[0] is None, x[0])))


def phrase(versement, symbole=True) -> str:
    """« Avance : 60 % du montant, soit 180 000,00 €, à la signature (AE 2023, payée en 2024). »"""
    part = f"{nombre(versement.pourcentage)} % du montant, soit " if versement.pourcentage not in (None, CENT) else ""
    suite = "".join(f", {texte}" for texte in (versement.declencheur, versement.condition) if texte)
    quand = f", le {date_longue(versement.prevu_le)}" if versement.prevu_le else ""
    annees = f"exercice {versement.exercice_cp}"
    if versement.exercice_ae and versement.exercice_ae != versement.exercice_cp:
        annees = f"AE {versement.exercice_ae}, payé en {versement.exercice_cp}"
    deja = " ; déjà versé" if versement.est_verse else ""
    return composer(
        f"{versement.get_type_display()} : {part}{euros(versement.montant, symbole)}{suite}{quand} ({annees}{deja})."
    )


def phrases(lu, lue) -> list[str]:
    """Those of one fiche; those of the whole act when it has a single fiche."""
    siens = [v for v in lu.versements if v.fiche_id == lue.fiche.pk or (v.fiche_id is None and len(lu.fiches) == 1)]
    return [phrase(v) for v in siens]


def ecart(lu) -> str:
    """Why the instalments do not make the amount, millésime by millésime; empty when they do."""
    if not lu.versements and lu.acte.est_avenant and not lu.fiches:
        return ""
    return ecart_de(lu.versements, lu)


def ecart_de(versements, lue) -> str:
    """Same for the instalments of `lue`, an act or one of its fiches.

    The schedule of an avenant may say again what was already granted: its instalments then make the new total, and
    their exercices of AE may exceed what the act brings, whose former millésimes it does not know.
    """
    tout = redit(versements, lue)
    if not tout and (raison := phrase_d_ecart(sum((v.montant for v in versements), ZERO), lue.montant)):
        return raison
    dits, affectes = par_exercice(versements, "exercice_ae"), par_millesime(lue.financements)
    for exercice in sorted({*dits, *affectes}, key=lambda x: x or 0):
        dit, affecte = dits.get(exercice, ZERO), affectes.get(exercice, ZERO)
        if dit < affecte or dit > affecte and not tout:
            ou = f"sur l’AE {exercice}" if exercice else "hors AE"
            return (
                f"Les versements font {euros(dit, True)} {ou}, pour {euros(affecte, True)} : corrigez l’exercice d’AE."
            )
    return ""


def redit(versements, lue) -> bool:
    """Do these instalments say the whole again, what was granted before this act included?"""
    total = sum((v.montant for v in versements), ZERO)
    return total == lue.montant + (lue.ancien_montant or ZERO) != lue.montant


def phrase_d_ecart(total: Decimal, montant: Decimal) -> str:
    """What instalments of `total` euros lack to make `montant`; empty when they make it."""
    if total == montant:
        return ""
    return (
        f"Les versements font {euros(total, True)} pour un montant de {euros(montant, True)} : il "
        f"{'manque' if total < montant else 'y a en trop'} {euros(abs(montant - total), True)}."
    )


def par_exercice(versements, champ="exercice_cp") -> dict[int, Decimal]:
    """{exercice: euros}, in order. `champ`: `exercice_ae` (what was affected) or `exercice_cp` (what will be paid)."""
    sommes = defaultdict(lambda: ZERO)
    for v in versements:
        sommes[getattr(v, champ)] += v.montant
    return dict(sorted(sommes.items(), key=lambda x: x[0] or 0))


def en_donnees(lu) -> list[dict]:
    """For the table of a document: amounts as strings, and whose they are when the act has several opérations."""
    titres = {lue.fiche.pk: lue.fiche.intitule for lue in lu.fiches} if len(lu.fiches) > 1 else {}
    return [{**_en_donnees(v), "operation": titres.get(v.fiche_id, "")} for v in lu.versements]


def _en_donnees(versement) -> dict:
    return {
        "type": versement.get_type_display(),
        "pourcentage": nombre(versement.pourcentage) if versement.pourcentage not in (None, CENT) else "",
        "montant": chaine(versement.montant),
        "quand": " ; ".join(filter(None, (versement.declencheur, versement.condition))),
        "exercice_ae": versement.exercice_ae,
        "exercice_cp": versement.exercice_cp,
        "deja": versement.est_verse,
    }
