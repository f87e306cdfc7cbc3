"""« Répartir le reliquat »: what is left, over chosen lines, in proportion to what they ask and never above it."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from deliberations.arbitrage.lecture import Lecture
from deliberations.arbitrage.saisie import ecrire
from deliberations.arbitrage.soldes import soldes
from deliberations.models import Scenario
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.montants import ZERO, chaine, euros, repartir

ENVELOPPE, MONTANT, AE = "enveloppe", "montant", "ae"


def partager(total: Decimal, lignes: list[tuple[Decimal, Decimal]]) -> list[Decimal]:
    """Parts (euros) of `total` for lines given as (demandé, actuel), in the order given.

    Proportional to the demand, by largest remainder; a line that would pass its demand is filled and leaves the rest
    to the others. The parts add up to `total`, or to all the room there is when it is smaller.
    """
    places = [max(demande - actuel, ZERO) for demande, actuel in lignes]
    parts = [ZERO] * len(lignes)
    reste = min(total, sum(places, ZERO))
    actives = [i for i, place in enumerate(places) if place > 0]
    while reste > 0 and actives:
        essai = repartir(reste, [lignes[i][0] for i in actives])
        pleines = [i for i, part in zip(actives, essai, strict=True) if part >= places[i]]
        if not pleines:
            for i, part in zip(actives, essai, strict=True):
                parts[i] = part
            break
        for i in pleines:
            parts[i] = places[i]
            reste -= places[i]
        actives = [i for i in actives if i not in set(pleines)]
    return parts


@dataclass
class Rangee:
    """One line of the preview (euros)."""

    ligne: object
    part: Decimal

    @property
    def apres(self) -> Decimal:
        return self.ligne.montant + self.part


@dataclass
class Apercu:
    """What the sharing would write; `empreinte` is what it was computed from."""

    dispositif: object
    total: Decimal
    rangees: list[Rangee]
    soldes: list = field(default_factory=list)

    @property
    def reparti(self) -> Decimal:
        return sum((r.part for r in self.rangees), ZERO)

    @property
    def non_reparti(self) -> Decimal:
        return self.total - self.reparti

    @property
    def empreinte(self) -> str:
        texte = f"{chaine(self.total)}|" + "|".join(
            f"{r.ligne.pk}:{chaine(r.ligne.montant)}:{chaine(r.part)}" for r in self.rangees
        )
        return hashlib.sha256(texte.encode()).hexdigest()[:20]


def disponible(lecture: Lecture, dispositif, source: str, autorisation_id=None) -> Decimal:
    """Euros to share. Raises ActeRefuse when the fiche has no envelope, or when nothing is left."""
    if source == ENVELOPPE:
        fiche = getattr(dispositif, "fiche", None)
        if fiche is None or fiche.enveloppe is None:
            raise ActeRefuse(f"La fiche du dispositif {dispositif.reference} ne fixe pas d’enveloppe.")
        reste, nom = fiche.enveloppe - lecture.tenu(dispositif.pk), f"l’enveloppe du dispositif {dispositif.reference}"
    else:
        solde = next((s for s in soldes(lecture) if s.pk == autorisation_id), None)
        if solde is None:
            raise ActeRefuse("Choisissez l’AE dont le reste est à répartir.")
        reste, nom = solde.reste, f"l’AE {solde.code}"
    if reste <= 0:
        manque = f" : il manque {euros(-reste, True)}" if reste < 0 else ""
        raise ActeRefuse(f"Il ne reste rien à répartir sur {nom}{manque}.")
    return reste


def preparer(lecture: Lecture, dispositif, *, source, montant=None, autorisation_id=None, choisies=()) -> Apercu:
    """The sharing, not written. `choisies`: ids of lines, empty for all those of the dispositif that the agent sees.

    With the rest of an AE, only the lines that it bears receive a part. Raises ActeRefuse.
    """
    total = montant if source == MONTANT else disponible(lecture, dispositif, source, autorisation_id)
    if total is None or total <= 0:
        raise ActeRefuse("Le montant à répartir est supérieur à zéro.")
    lignes = [
        ligne
        for ligne in lecture.de_dispositif(dispositif.pk)
        if ligne.est_visible and ligne.est_arbitrable and (not choisies or ligne.pk in choisies)
    ]
    if source == AE:
        lignes = [ligne for ligne in lignes if lecture.charges(ligne)[0][0] == autorisation_id]
    lignes = [ligne for ligne in lignes if (ligne.demande or ZERO) > ligne.montant]
    if not lignes:
        raise ActeRefuse("Aucune de ces lignes ne peut recevoir davantage : chacune a déjà ce qu’elle demande.")
    parts = partager(total, [(ligne.demande, ligne.montant) for ligne in lignes])
    apercu = Apercu(dispositif, total, [Rangee(*paire) for paire in zip(lignes, parts, strict=True)])
    apercu.soldes = _soldes_apres(lecture, apercu)
    return apercu


def _soldes_apres(lecture, apercu) -> list[dict]:
    """The AE that the sharing touches: code, rest before and after (euros)."""
    ajouts: dict[int, Decimal] = {}
    for r in apercu.rangees:
        autorisation, source, _ = lecture.charges(r.ligne)[0]
        if autorisation and not source:
            ajouts[autorisation] = ajouts.get(autorisation, ZERO) + r.part
    return [
        {"solde": s, "apres": s.reste - ajouts[s.pk], "est_depassee": s.reste - ajouts[s.pk] < 0}
        for s in soldes(lecture)
        if s.pk in ajouts
    ]


@transaction.atomic
def appliquer(scenario, dispositif, *, par, empreinte: str, **options) -> Apercu:
    """Write the sharing that was previewed: one journal row. Raises ActeRefuse, VersionPerimee.

    Sent twice, the second finds other amounts than those of its preview and writes nothing.
    """
    courant = Scenario.verrouiller(scenario.pk)
    courant._refuser_si_fige()
    lecture = Lecture(courant, par)
    apercu = preparer(lecture, dispositif, **options)
    if apercu.empreinte != empreinte:
        raise VersionPerimee(
            "Les montants du dispositif ont changé depuis l’aperçu : rien n’est réparti. Relisez le nouvel aperçu."
        )
    reparti = apercu.reparti
    voulus = {r.ligne.pk: r.apres for r in apercu.rangees if r.part}
    ecrire(
        courant, lecture, voulus, par=par, verbe="repartir",
        acte_fait=f"Répartir {euros(reparti, True)} sur le dispositif {dispositif.reference}"[:120],
    )  # fmt: skip
    return apercu
