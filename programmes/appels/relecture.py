"""What must be reviewed before a call is published: per fiche, what is missing, out of date or only to confirm."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import OuterRef, Prefetch, Q, Subquery, Sum
from django.utils import timezone

from budget.models import AutorisationEngagement
from dpid.calendrier import est_ouvre
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.montants import ZERO, MontantField, euros
from dpid.typographie import composer, date_courte, nombre
from programmes.appels.echeancier import exces
from programmes.appels.enonces import phrase_cout, phrase_session
from programmes.models import (
    AppelAProjets,
    CadreStrategique,
    ContactDispositif,
    Dispositif,
    Fiche,
    PieceExigee,
)

PROSE = tuple(c for c in Fiche._meta.concrete_fields if c.get_internal_type() == "TextField")
# What the checklist reads of a fiche, then what the whole fiche prints.
LUES = (
    "fiche__autres_couts", "fiche__sessions", "fiche__versements", "fiche__territoires",
    Prefetch("fiche__contacts", ContactDispositif.objects.select_related("territoire", "service")),
    Prefetch("fiche__cadres", CadreStrategique.objects.select_related("parent")),
)  # fmt: skip
IMPRIMEES = (
    "fiche__criteres", "fiche__cibles", "fiche__suivis", "fiche__indicateurs", "fiche__agrements_exiges",
    Prefetch("fiche__pieces", PieceExigee.objects.select_related("type")),
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One thing to look at. `gravite`: « bloque » (the fiche cannot be published so), « surveiller », « temps » (said
    for confirmation)."""

    code: str
    phrase: str
    gravite: str = "surveiller"

    def __post_init__(self):
        object.__setattr__(self, "phrase", composer(self.phrase))

    @property
    def mot(self) -> str:
        return {"bloque": "À corriger", "surveiller": "À revoir", "temps": "À confirmer"}[self.gravite]


@dataclass
class Relecture:
    """A dispositif and what remains to be seen."""

    dispositif: Dispositif
    fiche: Fiche | None
    points: list[Point] = field(default_factory=list)

    @property
    def est_relue(self) -> bool:
        return self.fiche is not None and self.fiche.relue_le is not None

    @property
    def est_bloquee(self) -> bool:
        return any(p.gravite == "bloque" for p in self.points)


def e(montant) -> str:
    return euros(montant, symbole=True)


def dispositifs_de(appel: AppelAProjets | None = None, *, complets: bool = False):
    """Dispositifs (of one call) with their fiche and what the checklist reads; `complets`: all that a fiche prints.

    `credit` is the AE voted for the year of the call on the default line (euros), None when no AE is open.
    """
    annee = OuterRef("thematique__appel__annee")
    ouvertes = AutorisationEngagement.objects.filter(
        Q(millesime=annee) | Q(millesime__lt=annee, exercice_fin__gte=annee), ligne=OuterRef("ligne_par_defaut")
    )
    votes = ouvertes.order_by().values("ligne").annotate(t=Sum("vote")).values("t")
    tous = Dispositif.objects.order_by("thematique__numero", "reference")
    if appel is not None:
        tous = tous.filter(thematique__appel=appel)
    tous = tous.select_related("thematique__appel", "service", "ligne_par_defaut", "fiche", "precedent__fiche")
    tous = tous.annotate(credit=Subquery(votes, output_field=MontantField()))
    return tous.prefetch_related("sources_par_defaut", *LUES, *(IMPRIMEES if complets else ()))


def relectures(appel: AppelAProjets) -> list[Relecture]:
    """The checklist of a call; a constant number of queries."""
    dispositifs = list(dispositifs_de(appel))
    enveloppes: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for d in dispositifs:
        fiche = getattr(d, "fiche", None)
        if fiche is not None and fiche.enveloppe and d.ligne_par_defaut_id:
            enveloppes[d.ligne_par_defaut_id] += fiche.enveloppe
    return [relire(d, enveloppes) for d in dispositifs]


def relire(dispositif: Dispositif, enveloppes=None) -> Relecture:
    """What remains to be seen of one dispositif of `dispositifs_de`; `enveloppes` per line are those of its call."""
    fiche, annee = getattr(dispositif, "fiche", None), dispositif.thematique.appel.annee
    if fiche is None:
        return Relecture(dispositif, None, [Point("fiche", "Aucune fiche n’est saisie.", "bloque")])
    points = [
        *_sessions(fiche, annee),
        *_budget(dispositif, fiche, annee, enveloppes or {}),
        *_couts(dispositif, fiche),
        *_versements(fiche),
        *_condition(dispositif),
        *_contacts(dispositif, fiche),
        *_cadres(fiche, annee),
        *_prose(fiche, annee),
    ]
    # Once a fiche is reviewed, what was only to confirm has been.
    if fiche.relue_le is not None:
        points = [p for p in points if p.gravite != "temps"]
    ordre = ("bloque", "surveiller", "temps")
    return Relecture(dispositif, fiche, sorted(points, key=lambda p: ordre.index(p.gravite)))


def _sessions(fiche, annee):
    sessions = list(fiche.sessions.all())
    if not sessions:
        yield Point("sessions", "Aucune session de dépôt : les porteurs ne peuvent pas déposer.")
    for s in sessions:
        if not annee - 1 <= s.ouverture.year <= annee or not annee - 1 <= s.cloture.year <= annee:
            yield Point("sessions", f"{phrase_session(s)[:-1]} : ce n’est pas l’année {annee}.", "bloque")
            continue
        yield Point("sessions", phrase_session(s), "temps")
        if not est_ouvre(s.cloture):
            quand = date_courte(s.cloture)
            yield Point("cloture", f"La session {s.ordre} se clôt le {quand}, qui n’est pas un jour ouvré.")
        if s.action_debut and s.action_debut < s.ouverture:
            yield Point("action", f"La session {s.ordre} prévoit une action avant son ouverture.")


def _budget(dispositif, fiche, annee, enveloppes):
    ligne = dispositif.ligne_par_defaut
    if ligne is None:
        if not dispositif.sources_par_defaut.all():
            yield Point("ligne", "Aucune ligne budgétaire par défaut : les dossiers resteront à imputer.")
        return
    vote = dispositif.credit
    if not vote:
        yield Point("ligne", f"{ligne.code} n’a pas d’AE votée en {annee}.", "surveiller")
        return
    yield Point("ligne", f"{ligne} : {e(vote)} d’AE votée en {annee}.", "temps")
    ensemble = enveloppes.get(ligne.pk, fiche.enveloppe or ZERO)
    if fiche.enveloppe and ensemble > vote:
        yield Point(
            "enveloppe",
            f"Les enveloppes portées par {ligne.code} font {e(ensemble)} pour {e(vote)} d’AE votée : "
            f"{e(ensemble - vote)} de trop.",
        )


def _couts(dispositif, fiche):
    avant = getattr(dispositif.precedent, "fiche", None) if dispositif.precedent_id else None
    if fiche.enveloppe is not None:
        inchangee = avant is not None and avant.enveloppe == fiche.enveloppe
        suite = ", inchangée" if inchangee else f", contre {e(avant.enveloppe)}" if avant and avant.enveloppe else ""
        yield Point("enveloppe", f"Enveloppe de {e(fiche.enveloppe)}{suite}.", "temps")
    if fiche.cout_unitaire is not None:
        yield Point("cout", f"Coût : {phrase_cout(fiche)}", "temps")
    if fiche.forfait is not None:
        yield Point("cout", f"Forfait de {e(fiche.forfait)} par structure.", "temps")
    if fiche.taux_plafond is not None:
        yield Point("cout", f"Plafond de {nombre(fiche.taux_plafond)} % du budget prévisionnel.", "temps")
    regles = (fiche.cout_unitaire, fiche.forfait, fiche.taux_plafond, fiche.taux_indirect_max, fiche.enveloppe)
    if all(r is None for r in regles):
        yield Point("cout", "Aucune règle de financement : le montant se décidera dossier par dossier.")
    if fiche.duree_mois and fiche.duree_max_mois and fiche.duree_mois > fiche.duree_max_mois:
        phrase = f"La durée fixée ({fiche.duree_mois} mois) dépasse la durée maximale ({fiche.duree_max_mois} mois)."
        yield Point("duree", phrase, "bloque")


def _versements(fiche):
    versements = list(fiche.versements.all())
    if not versements:
        yield Point("versements", "Aucune règle de versement.")
    if phrase := exces(v.pourcentage for v in versements):
        yield Point("versements", phrase, "bloque")


def _condition(dispositif):
    if dispositif.est_suspendu:
        phrase = f"Condition suspensive non levée : {dispositif.condition_suspensive}."
        yield Point("condition", phrase)


def _contacts(dispositif, fiche):
    contacts = list(fiche.contacts.all())
    if not contacts:
        yield Point("contacts", "Aucun contact : les porteurs ne savent pas à qui s’adresser.")
    if dispositif.service_id is None:
        yield Point("service", "Aucun service instructeur : personne n’instruira les dossiers.", "bloque")
    lieux = {c.territoire_id for c in contacts if c.territoire_id}
    muets = [t.libelle for t in fiche.territoires.all() if lieux and t.pk not in lieux]
    if muets:
        yield Point("contacts", f"Territoires sans contact : {', '.join(muets)}.")


def _cadres(fiche, annee):
    cadres = list(fiche.cadres.all())
    if not cadres:
        yield Point("cadres", "Aucun cadre stratégique n’est cité.")
    echus = [c for c in cadres if not c.couvre(annee) or (c.parent_id and not c.parent.couvre(annee))]
    for cadre in echus:
        yield Point("cadres", f"Cadre qui ne couvre pas {annee} : {cadre}.")


def _prose(fiche, annee):
    """Sections that still speak of an earlier year: dates of the rules moved, those of the prose could not."""
    for champ in PROSE:
        # Older years are history (« depuis 2004 »); the two before the call are dates left over from a copy.
        lues = re.findall(r"\b20\d\d\b", getattr(fiche, champ.attname))
        annees = {a for a in lues if annee - 2 <= int(a) < annee}
        if annees:
            phrase = f"« {champ.verbose_name.capitalize()} » cite {', '.join(sorted(annees))}."
            yield Point("prose", phrase)


@transaction.atomic
def declarer_relue(fiche: Fiche, *, par, version: int | None = None, le=None) -> None:
    """« Fiche relue »: dated (`le`, default today), one journal row.

    Raises ActeRefuse while a point forbids publication, and names it; VersionPerimee when `version`, the one read, is
    no longer the current one.
    """
    actuelle = Fiche.objects.select_for_update().get(pk=fiche.pk)
    if version is not None:
        actuelle.verifier_version(version)
    if actuelle.relue_le is not None:
        raise ActeRefuse(f"Cette fiche a déjà été relue le {date_courte(actuelle.relue_le)}.")
    points = relire(dispositifs_de().get(pk=actuelle.dispositif_id)).points
    bloquants = [p.phrase for p in points if p.gravite == "bloque"]
    if bloquants:
        raise ActeRefuse(f"La fiche ne peut pas être déclarée relue. {' '.join(bloquants)}")
    actuelle.relue_le = fiche.relue_le = le or timezone.localdate()
    actuelle.skip_history_when_saving = True
    actuelle.save(update_fields=["relue_le"])
    Journal.noter(actuelle, "relire", "Déclarer la fiche relue", par=par, vers=actuelle.relue_le.isoformat())
