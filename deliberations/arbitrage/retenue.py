"""Adopting a scenario: its amounts become what the lines retain, its dossiers are proposed and placed in a rapport.

One transaction, opened by `Scenario.retenir`. What cannot be done is said all at once: every dossier with its reason,
every AE with its shortfall; then nothing is written.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from budget.models import AutorisationEngagement
from deliberations import inscription
from deliberations.arbitrage.lecture import ARBITRES, Lecture, Ligne, figer_montants
from deliberations.arbitrage.soldes import inscrits_non_reserves
from deliberations.imputations import imputations
from deliberations.inscription import Placement
from deliberations.models import OperationPresentee, Rapport, ThematiquePresentee
from deliberations.plan import rang_suivant
from dpid.erreurs import ActeRefuse, LotRefuse, VersionPerimee
from dpid.montants import ZERO, chaine, euros, repartir
from dpid.typographie import accorder
from programmes import retenues
from programmes.models import Dossier, Financement, LigneDossier, Ventilation


class RetenueRefusee(ActeRefuse):
    """`raisons`: one sentence per dossier, line or AE that stands in the way."""

    def __init__(self, message: str, raisons: list[str]):
        super().__init__(message)
        self.raisons = raisons

    def __str__(self):
        return f"{self.args[0]} {' '.join(self.raisons)}"


@dataclass
class Prevu:
    """What the adoption would do, told before the confirmation (amounts in euros)."""

    inscrites: list[Ligne] = field(default_factory=list)
    a_zero: list[Ligne] = field(default_factory=list)
    invisibles: int = 0
    deja_inscrites: list[Ligne] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((ligne.montant for ligne in self.inscrites), ZERO)

    @property
    def phrase(self) -> str:
        """The consequence, in figures."""
        if not self.inscrites:
            return "Aucune ligne de ce scénario n’a de montant à inscrire."
        sera = "sera inscrite" if len(self.inscrites) == 1 else "seront inscrites"
        dossiers = accorder(len({ligne.dossier_id for ligne in self.inscrites}), "dossier")
        return (
            f"{accorder(len(self.inscrites), 'ligne')} de {dossiers} {sera} au rapport pour {euros(self.total, True)} "
            "(montants retenus, dossiers proposés puis inscrits, en une seule fois)."
        )


def prevoir(lecture: Lecture) -> Prevu:
    """The lines that the adoption would place in the rapport, and the others with their reason."""
    prevu = Prevu()
    for ligne in lecture.lignes:
        if ligne.etat not in ARBITRES:
            if ligne.choix is not None and ligne.est_visible:
                prevu.deja_inscrites.append(ligne)
        elif not ligne.est_visible:
            prevu.invisibles += 1
        elif ligne.montant:
            prevu.inscrites.append(ligne)
        else:
            prevu.a_zero.append(ligne)
    return prevu


def empreinte_de(lecture: Lecture) -> str:
    """Short hash of every amount and state that the confirmation was opened on."""
    texte = "|".join(f"{li.pk}:{li.etat}:{chaine(li.montant)}:{chaine(li.retenu)}" for li in lecture.lignes)
    return hashlib.sha256(texte.encode()).hexdigest()[:20]


def ecrire(
    scenario, *, par, empreinte="", rapport=None, seance=None, titre="", motif_zero="", inscrire_zeros=False
) -> Rapport:
    """Write the scenario in `rapport`, or in a new one of `seance`; called by `Scenario._retenir`, under its lock.

    `motif_zero`: motive of the lines at 0 € that carry none. Lines at 0 € stay out of the rapport unless
    `inscrire_zeros`. Raises RetenueRefusee, VersionPerimee, ActeRefuse.
    """
    lecture = Lecture(scenario, par)
    prevu = prevoir(lecture)
    _refuser_d_emblee(lecture, prevu, empreinte)
    figer_montants(scenario)
    if rapport is None:
        rapport = Rapport.ouvrir(seance=seance, titre=titre or str(scenario.appel), par=par)
    rapport.verrouiller_ouvert()
    inscrites = [*prevu.inscrites, *(prevu.a_zero if inscrire_zeros else ())]
    if not inscrites:
        raise ActeRefuse("Toutes les lignes de ce scénario sont à 0 € : il n’y a rien à inscrire.")
    raisons = _retenir_les_montants(lecture, prevu, inscrites, par=par, motif_zero=motif_zero)
    raisons += _proposer(inscrites, par=par)
    if not raisons:
        raisons += _inscrire(lecture, rapport, inscrites, par=par)
    if not raisons:
        raisons += _depassements(rapport)
    if raisons:
        raise RetenueRefusee("Le scénario ne peut pas être retenu ; rien n’est écrit.", raisons)
    return rapport


def _refuser_d_emblee(lecture, prevu, attendue):
    if prevu.invisibles:
        raise ActeRefuse(
            f"Ce scénario porte aussi sur {accorder(prevu.invisibles, 'ligne')} de dossiers qui ne vous sont pas "
            "confiés : la direction le retient."
        )
    if attendue and attendue != empreinte_de(lecture):
        raise VersionPerimee(
            "Des montants ou des dossiers de ce scénario ont changé depuis l’ouverture de cette page : relisez, puis "
            "confirmez de nouveau. Rien n’est écrit."
        )
    if not prevu.inscrites and not prevu.a_zero:
        raise ActeRefuse("Aucun dossier de ce scénario n’attend plus son inscription : tous sont déjà dans un rapport.")


def _nom(ligne: Ligne) -> str:
    return f"{ligne.structure} (dossier {ligne.dossier_id}, ligne {ligne.ordre})"


def _retenir_les_montants(lecture, prevu, inscrites, *, par, motif_zero) -> list[str]:
    """Retained amounts, with the verb that the page of a rapport uses on one line. Returns the refusals."""
    decisions = _decisions(lecture, prevu, inscrites, motif_zero)
    try:
        _reventiler(retenues.arbitrer(decisions, par=par))
    except LotRefuse as lot:
        return [f"{_nom(lecture.par_ligne[pk])} : {phrase}" for pk, phrase in lot.refus.items()]
    except ActeRefuse as refus:
        return [str(refus)]
    return []


def _decisions(lecture, prevu, inscrites, motif_zero) -> list[retenues.Decision]:
    """What there is to write: a line that already retains its amount on its AE is left as it is."""
    autorisations = AutorisationEngagement.objects.in_bulk(
        {li.choix.autorisation_id for li in lecture.lignes if li.choix and li.choix.autorisation_id}
    )
    decisions, voulues = [], {ligne.pk for ligne in inscrites}
    for ligne in (*prevu.inscrites, *prevu.a_zero):
        choix = ligne.choix
        imposee = autorisations.get(choix.autorisation_id) if choix else None
        deja = ligne.parts and ligne.retenu == ligne.montant
        if deja and (imposee is None or ligne.parts[0][0] == imposee.pk):
            if ligne.montant or ligne.motif_zero or ligne.pk not in voulues:
                continue
        if not ligne.montant and not ligne.parts and ligne.pk not in voulues:
            continue  # never financed and left out of the rapport: there is nothing to write
        motif = (choix.motif_zero if choix else "") or ligne.motif_zero or motif_zero
        decisions.append(retenues.Decision(ligne.pk, ligne.montant, "" if ligne.montant else motif, imposee))
    return decisions


def _reventiler(financements: dict[int, Financement]):
    """The parts by territoire and volet follow the amount, in the same proportions: they always add up to it."""
    par_pk = {f.pk: f for f in financements.values()}
    parts: dict[int, list[Ventilation]] = defaultdict(list)
    for part in Ventilation.objects.filter(financement__in=par_pk).order_by("pk"):
        part.financement = par_pk[part.financement_id]
        parts[part.financement_id].append(part)
    changees = []
    for pk, siennes in parts.items():
        poids, total = [p.montant for p in siennes], par_pk[pk].montant
        if sum(poids, ZERO) == total:
            continue
        nouvelles = repartir(total, poids if any(poids) else [1] * len(poids))
        for part, montant in zip(siennes, nouvelles, strict=True):
            part.montant = montant
        changees += siennes
    Ventilation.objects.remplacer_par_lot(changees, ["montant"])


def _proposer(inscrites, *, par) -> list[str]:
    """Propose the dossiers that are not yet; each refusal is the verb's own."""
    en_cours = {ligne.dossier_id: ligne for ligne in inscrites if ligne.etat in Dossier.EN_COURS}
    try:
        Dossier.proposer.en_lot(Dossier.objects.filter(pk__in=en_cours), par=par)
    except LotRefuse as lot:
        return [f"{en_cours[pk].structure} (dossier {pk}) : {phrase}" for pk, phrase in lot.refus.items()]
    return []


def _inscrire(lecture, rapport, inscrites, *, par) -> list[str]:
    """Place every line under the opération that presents its dispositif, created at the end when there is none."""
    operations = _operations(lecture, rapport, {ligne.dispositif_id for ligne in inscrites})
    objets = LigneDossier.objects.select_related("dossier").in_bulk([ligne.pk for ligne in inscrites])
    rangs = {pk: rang_suivant(o.propositions) for pk, o in {o.pk: o for o in operations.values()}.items()}
    ordre = {pk: rang for rang, pk in enumerate(lecture.dispositifs)}
    placements = []
    for ligne in sorted(inscrites, key=lambda li: ordre[li.dispositif_id]):
        operation = operations[ligne.dispositif_id]
        placements.append(Placement(objets[ligne.pk], operation, rangs[operation.pk]))
        rangs[operation.pk] += 1
    try:
        inscription.inscrire(rapport, placements, par=par)
    except LotRefuse as lot:
        return [f"{_nom(lecture.par_ligne[pk])} : {phrase}" for pk, phrase in lot.refus.items()]
    return []


def _operations(lecture, rapport, dispositifs: set[int]) -> dict[int, OperationPresentee]:
    """{dispositif: opération of the rapport}."""
    presentees: dict[int, OperationPresentee] = {}
    existantes = OperationPresentee.objects.filter(thematique__rapport=rapport).prefetch_related("dispositifs")
    existantes = existantes.select_related("thematique__rapport")
    for operation in existantes.order_by("thematique__ordre", "ordre", "pk"):
        for dispositif in operation.dispositifs.all():
            presentees.setdefault(dispositif.pk, operation)
    for pk, dispositif in lecture.dispositifs.items():
        if pk in dispositifs and pk not in presentees:
            presentees[pk] = _nouvelle_operation(rapport, dispositif)
    return presentees


def _nouvelle_operation(rapport, dispositif) -> OperationPresentee:
    theme = dispositif.thematique
    presentee = ThematiquePresentee.objects.filter(rapport=rapport, thematique=theme).first()
    if presentee is None:
        presentee = ThematiquePresentee.objects.create(
            rapport=rapport, thematique=theme, numero=theme.numero, titre=theme.titre,
            ordre=rang_suivant(rapport.thematiques),
        )  # fmt: skip
    rang = rang_suivant(presentee.operations)
    operation = OperationPresentee.objects.create(
        thematique=presentee, numero=str(rang), titre=dispositif.titre,
        libelle_court=dispositif.libelle_imprime[:100], ordre=rang,
    )  # fmt: skip
    operation.dispositifs.add(dispositif)
    return operation


def _depassements(rapport) -> list[str]:
    """Every AE that the rapport would exceed at the date of its séance, with what is missing to the centime.

    What the other open rapports hold without a visa of finances counts too: those lines will ask for it.
    """
    lignes = imputations(rapport)
    ailleurs = inscrits_non_reserves([i.autorisation.pk for i in lignes], sauf=rapport)
    raisons = []
    for i in lignes:
        libre = i.disponible - ailleurs.get(i.autorisation.pk, ZERO)
        if i.proposition > libre:
            raisons.append(
                f"{i.code} « {i.libelle} » : il reste {euros(libre, True)}, le rapport en proposerait "
                f"{euros(i.proposition, True)}, il manque {euros(i.proposition - libre, True)}."
            )
    return raisons
