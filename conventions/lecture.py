"""Acts as their documents read them: one reading for a whole batch, then nothing but Python.

`lire(actes)` costs the same number of queries for one act and for three hundred.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch, Q
from django.utils import timezone

from conventions import exigences
from conventions.joints import textes_joints
from conventions.models import Acte, FicheAction, LigneDActe, VersionDeModele
from deliberations.models import Mandat, Signataire
from dpid.montants import ZERO
from programmes.models import Fiche, LigneDossier

Portee = Signataire.Portee


def actes_complets(actes=None):
    """QuerySet of acts with all that a document needs, in a constant number of queries."""
    lignes = LigneDossier.objects.select_related("dossier").prefetch_related(
        "dossier__avis_instances",
        "placements__territoire",
        "quantites",
        "financements__autorisation__ligne",
        "financements__source",
    )
    regles = Fiche.objects.prefetch_related("versements", "suivis", "indicateurs", "autres_couts")
    fiches = FicheAction.objects.select_related("dispositif__thematique__appel", "dispositif__traitement")
    fiches = fiches.prefetch_related(
        "parts",
        Prefetch("lignes", LigneDActe.objects.prefetch_related(Prefetch("ligne", lignes))),
        Prefetch("dispositif__fiche", regles),
    )
    actes = Acte.objects.all() if actes is None else actes
    return actes.select_related(
        "convention__structure__commune", "version_modele__modele", "rapport__seance__instance", "rapport__service",
        "rapport__deliberation__transmission", "signataire", "document",
    ).defer("document__pdf").prefetch_related(
        Prefetch("fiches", fiches), "versements__fiche", "modifications__fiche", "version_modele__blocs",
        "parties__structure__representants", "parties__structure__agrements__type", "parties__structure__commune",
        "parties__representant", "convention__actes",
    )  # fmt: skip


def lire(actes, le: date | None = None, *, avec_precedents=True) -> list["ActeLu"]:
    """`actes`: a QuerySet, or primary keys; `le`: the day they are read on, that of each act when it is not given.

    With what each avenant to be sent is written against.
    """
    from django.db.models import QuerySet

    if not isinstance(actes, QuerySet):
        actes = Acte.objects.filter(pk__in=list(actes))
    signataires = list(Signataire.objects.order_by("debut"))
    presidents = list(Mandat.objects.de_presidence().select_related("elu"))
    complets = list(actes_complets(actes))
    joints = textes_joints(complets)
    lus = [ActeLu(acte, signataires, presidents, joint=joints.get(acte.pk), jour=le) for acte in complets]
    exigences.completer(lus)
    if avec_precedents:
        _lire_les_precedents([lu for lu in lus if lu.acte.est_avenant and not lu.acte.document_id])
    return lus


def _lire_les_precedents(avenants) -> None:
    """The initial act and the signed avenants of their conventions, all read together."""
    if not avenants:
        return
    actes = Acte.objects.filter(convention__in={lu.acte.convention_id for lu in avenants})
    actes = actes.filter(Q(rang=0) | Q(signe_le__isnull=False)).exclude(etat=Acte.Etat.ABANDONNE)
    lus = defaultdict(list)
    for lu in lire(actes.prefetch_related("convention__clauses"), avec_precedents=False):
        lus[lu.acte.convention_id].append(lu)
    for lu in avenants:
        lu.precedents = [autre for autre in lus[lu.acte.convention_id] if autre.acte.pk != lu.acte.pk]


def lire_un(acte, le: date | None = None) -> "ActeLu":
    return lire([acte.pk], le)[0]


def lire_du_jour(acte) -> "ActeLu":
    """As it would be sent today once it is voted, as it was sent afterwards: people change after a vote."""
    a_remettre = acte.etat == Acte.Etat.PROJET and acte.deliberation is not None
    return lire_un(acte, timezone.localdate() if a_remettre else acte.remis_le)


@dataclass
class FicheLue:
    """A fiche action with its lines; amounts in euros."""

    fiche: FicheAction
    lignes: list[LigneDossier] = field(default_factory=list)

    @property
    def regle(self):
        """The fiche of the dispositif, None when it has none."""
        return getattr(self.fiche.dispositif, "fiche", None) if self.fiche.dispositif_id else None

    @cached_property
    def financements(self) -> list:
        return [f for ligne in self.lignes for f in ligne.financements.all()]

    @cached_property
    def montant(self) -> Decimal:
        return sum((f.montant for f in self.financements), ZERO)

    @property
    def ancien_montant(self) -> Decimal:
        """What its lines had received before this avenant (euros)."""
        return sum((ligne.ancien_montant for ligne in self.lignes if ligne.ancien_montant), ZERO)

    @property
    def participation(self) -> Decimal:
        """What the action receives in all, of which the shares are parts (euros)."""
        dite = self.fiche.participation
        return dite if dite is not None else self.ancien_montant + self.montant

    @property
    def debut(self) -> date | None:
        return min((ligne.debut for ligne in self.lignes if ligne.debut), default=None)

    @property
    def fin(self) -> date | None:
        return max((ligne.fin for ligne in self.lignes if ligne.fin), default=None)

    @property
    def territoires(self) -> list[str]:
        """Labels, each once, in their order."""
        return list(dict.fromkeys(p.territoire.libelle for ligne in self.lignes for p in ligne.placements.all()))


@dataclass
class ActeLu:
    """An act, its parties as they are on its day, its amounts in euros. Never queries."""

    acte: Acte
    signataires: list[Signataire]
    presidents: list[Mandat] = field(default_factory=list)
    essai: VersionDeModele | None = None  # a preview prints the act with another version
    joint: dict | None = None  # its text as the members received it
    jour: date | None = None  # read on another day than its own
    # What its structure receives in the same year by its other acts (euros), and the texts already signed of its
    # convention: read for a whole batch (`exigences.completer`).
    autres_signes: Decimal = ZERO
    autres_prevus: Decimal = ZERO
    contextes_signes: list[dict] = field(default_factory=list)
    precedents: list["ActeLu"] | None = None  # acts that make the text in force; None: nobody asked

    @cached_property
    def le(self) -> date:
        """The day of the act: its signature, else its sending, else the séance that authorises it, else today."""
        acte = self.acte
        if le := self.jour or acte.signe_le or acte.remis_le:
            return le
        return acte.rapport.seance.date if acte.rapport_id else timezone.localdate()

    @property
    def convention(self):
        return self.acte.convention

    @property
    def structure(self):
        """That of the party when it is named: read once with its representatives and agréments."""
        return self.partie_structure.structure if self.partie_structure else self.convention.structure

    @cached_property
    def parties(self) -> list:
        return sorted(self.acte.parties.all(), key=lambda p: (p.ordre, p.pk))

    @cached_property
    def partie_structure(self):
        """The party that receives, None when nobody was named."""
        return next((p for p in self.parties if p.structure_id == self.convention.structure_id), None)

    def representant_de(self, partie):
        """The person chosen, when in office on the day of the act, else whoever is; None when nobody is."""
        en_fonction = self.en_fonction(partie, self.le)
        choisi = [r for r in en_fonction if r.pk == partie.representant_id]
        return next(iter(choisi or en_fonction), None)

    def en_fonction(self, partie, jour: date) -> list:
        """Those who may bind that party on that day: its representatives, or the signatories of the Département."""
        if partie.structure_id is None:
            return self._habilites(jour)
        return [r for r in partie.structure.representants.all() if r.est_en_vigueur(jour)]

    @cached_property
    def representant(self):
        return self.representant_de(self.partie_structure) if self.partie_structure else None

    @cached_property
    def signataire(self) -> Signataire | None:
        return self.signataire_au(self.le)

    @property
    def president(self) -> Mandat | None:
        """Who chaired the Département on the day of the act: its signatory signs by delegation."""
        return next((m for m in self.presidents if m.est_en_vigueur(self.le)), None)

    def _habilites(self, jour: date) -> list[Signataire]:
        return [s for s in self.signataires if s.est_en_vigueur(jour) and s.portee != Portee.DELIBERATIONS]

    def signataire_au(self, jour: date) -> Signataire | None:
        """The person chosen, if the delegation holds on that day; else the last one entitled to sign conventions,
        whoever signs nothing else before the others. None: nobody may sign."""
        habilites = self._habilites(jour)
        candidats = [s for s in habilites if s.pk == self.acte.signataire_id] or habilites
        return max(candidats, key=lambda s: (s.portee == Portee.CONVENTIONS, s.debut), default=None)

    @cached_property
    def fiches(self) -> list[FicheLue]:
        lues = []
        for fiche in sorted(self.acte.fiches.all(), key=lambda f: (f.ordre, f.pk)):
            rangs = sorted(fiche.lignes.all(), key=lambda x: (x.ordre, x.pk))
            lues.append(FicheLue(fiche, [rang.ligne for rang in rangs]))
        return lues

    @property
    def lignes(self) -> list[LigneDossier]:
        return [ligne for fiche in self.fiches for ligne in fiche.lignes]

    @property
    def agrements(self) -> list:
        """Of the structure, in force on the day of the act."""
        return [a for a in self.structure.agrements.all() if a.est_en_vigueur(self.le)]

    @property
    def avis(self) -> list:
        """What outside instances said of its dossiers, each once: the latest word of an instance on a dossier."""
        dossiers = {ligne.dossier_id: ligne.dossier for ligne in self.lignes}
        derniers = {}
        for dossier in dossiers.values():
            for avis in sorted(dossier.avis_instances.all(), key=lambda a: (a.rendu_le, a.pk)):
                derniers[dossier.pk, avis.instance] = avis
        return list({(a.instance, a.rendu_le, a.sens): a for a in derniers.values()}.values())

    @property
    def financements(self) -> list:
        return [f for fiche in self.fiches for f in fiche.financements]

    @cached_property
    def montant(self) -> Decimal:
        """New money of the act (euros)."""
        if self.acte.montant_repris is not None and not self.fiches:
            return self.acte.montant_repris
        return sum((fiche.montant for fiche in self.fiches), ZERO)

    @property
    def recu_dans_l_annee(self) -> Decimal:
        """By the structure, all its acts of the year together, projects included (euros)."""
        return self.montant + self.autres_signes + self.autres_prevus

    @cached_property
    def montant_hors_budget(self) -> Decimal:
        return sum((f.montant for f in self.financements if f.source_id), ZERO)

    @property
    def ancien_montant(self) -> Decimal | None:
        """What the convention granted before this avenant, as its lines say it (euros)."""
        anciens = [ligne.ancien_montant for ligne in self.lignes if ligne.ancien_montant is not None]
        return sum(anciens, ZERO) if anciens else None

    @property
    def nouveau_total(self) -> Decimal | None:
        return None if self.ancien_montant is None else self.ancien_montant + self.montant

    @property
    def debut(self) -> date | None:
        return self.acte.debut or min((f.debut for f in self.fiches if f.debut), default=None)

    @property
    def fin(self) -> date | None:
        return self.acte.fin or max((f.fin for f in self.fiches if f.fin), default=None)

    @cached_property
    def versements(self) -> list:
        return sorted(self.acte.versements.all(), key=lambda v: (v.ordre, v.pk))

    @cached_property
    def modifications(self) -> list:
        return sorted(self.acte.modifications.all(), key=lambda m: (m.ordre, m.pk))

    @cached_property
    def anterieurs(self) -> list[Acte]:
        """Acts signed before this one, the convention first."""
        actes = [a for a in self.convention.actes.all() if a.rang < self.acte.rang and a.etat != Acte.Etat.ABANDONNE]
        return sorted(actes, key=lambda a: a.rang)

    @property
    def blocs(self) -> list:
        """Blocks of its model, or of the version on trial."""
        version = self.essai or (self.acte.version_modele if self.acte.version_modele_id else None)
        return list(version.blocs.all()) if version else []
