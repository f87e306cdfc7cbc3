"""Which acts a rapport calls for: its lines grouped by structure and instrument, and what holds each back.

The plan is read, never stored: what is typed on the lines (nature of act, initial convention) decides, and how the
opérations of a structure were grouped (`generation/regroupement.py`).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from conventions.models import Acte, BlocDeModele, Convention, Regroupement, VersionDeModele
from deliberations.models import Rapport
from dpid.montants import ZERO, montant
from dpid.typographie import avec_majuscule
from programmes.models import LigneDossier, Structure

NatureActe = LigneDossier.NatureActe


@dataclass
class ActePrevu:
    """One act to make. `cle` is unique in the application: asking twice makes it once."""

    cle: str
    structure: Structure
    nature: str
    lignes: list[LigneDossier] = field(default_factory=list)
    convention: Convention | None = None
    version: VersionDeModele | None = None
    acte: Acte | None = None
    # The project that the members received for these opérations, abandoned since: its number is taken up.
    remplace: Acte | None = None
    empechement: str = ""
    adresse: str = ""
    # The only opération of its structure: there is nothing to group.
    est_seule: bool = True
    # Names of the fields that its project lacks (`lot.relever_les_manques`).
    manques: list[str] = field(default_factory=list)

    @property
    def montant(self) -> Decimal:
        """New money (euros)."""
        return sum((f.montant for ligne in self.lignes for f in ligne.financements.all()), ZERO)

    @property
    def libelle(self) -> str:
        return f"{NatureActe(self.nature).label} — {self.structure}" if self.nature else str(self.structure)

    @property
    def dispositifs(self) -> list:
        return list(dict.fromkeys(ligne.dossier.dispositif for ligne in self.lignes))

    @property
    def operations(self) -> list[tuple]:
        """`(dispositif, euros)` of each opération that the act finances."""
        sommes: dict = {}
        for ligne in self.lignes:
            siens = sum((f.montant for f in ligne.financements.all()), ZERO)
            sommes[ligne.dossier.dispositif] = sommes.get(ligne.dossier.dispositif, ZERO) + siens
        return list(sommes.items())

    @property
    def a_regrouper(self) -> bool:
        """Not made yet, and its opérations may go otherwise. `est_seule` is set by `prevoir`."""
        return self.acte is None and not self.est_seule


def prevoir(rapport) -> list[ActePrevu]:
    """The acts of a rapport, in the order of the annexe, with all that making them reads; a constant number of queries.

    A line already in an act stands under it. The others of a structure go together by instrument, in one act or in
    those that an officer chose (`Regroupement`).
    """
    groupes = Regroupement.objects.du_rapport(rapport)
    prevus: dict[tuple, ActePrevu] = {}
    for ligne in _lignes(rapport):
        acte, cle = _acte_de(ligne), _cle(rapport, ligne, groupes.get(ligne.dossier_id, 1))
        prevu = ActePrevu(cle, ligne.dossier.structure, ligne.nature_acte)
        prevus.setdefault(("acte", acte.pk) if acte else ("cle", cle), prevu).lignes.append(ligne)
    _rattacher(rapport, list(prevus.values()))
    dossiers = defaultdict(set)
    for p in prevus.values():
        dossiers[p.structure.pk] |= {ligne.dossier_id for ligne in p.lignes}
    for p in prevus.values():
        p.est_seule = len(dossiers[p.structure.pk]) == 1
    return list(prevus.values())


def _lignes(rapport):
    """Lines that the rapport presents, with money, in the order of the annexe."""
    lignes = LigneDossier.objects.filter(
        propositions__est_active=True, propositions__operation__thematique__rapport=rapport
    ).select_related(
        "dossier__structure", "dossier__dispositif__fiche", "dossier__dispositif__thematique__appel",
        "ligne_d_acte__fiche__acte__convention", "ligne_d_acte__fiche__acte__version_modele__modele",
    )  # fmt: skip
    lignes = lignes.prefetch_related("financements__autorisation", "dossier__dispositif__fiche__versements").order_by(
        "propositions__operation__thematique__ordre", "propositions__operation__ordre", "propositions__ordre",
        "propositions__pk",
    )  # fmt: skip
    return [ligne for ligne in lignes if any(f.montant for f in ligne.financements.all())]


def _acte_de(ligne) -> Acte | None:
    rang = getattr(ligne, "ligne_d_acte", None)
    return rang.fiche.acte if rang else None


def _cle(rapport, ligne, groupe: int) -> str:
    structure = ligne.dossier.structure_id
    parties = [rapport.pk, structure, ligne.nature_acte or "sans"]
    if ligne.nature_acte == NatureActe.AVENANT:
        parties.append(ligne.acte_initial_numero or (ligne.acte_initial_le and ligne.acte_initial_le.isoformat()) or "")
    if groupe > 1:
        parties.append(f"g{groupe}")
    return "-".join(str(p) for p in parties)


def _rattacher(rapport, prevus):
    """Give each the act already made, else its convention, its model, or what is missing. Four queries."""
    a_faire = []
    for p in prevus:
        acte = _acte_de(p.lignes[0])
        if acte is None:
            a_faire.append(p)
        elif acte.rapport_id == rapport.pk:
            p.acte, p.version, p.convention = acte, acte.version_modele, acte.convention
        else:
            p.empechement, p.adresse = f"Déjà dans un autre acte : {acte}.", acte.get_absolute_url()
    conventions, versions = _conventions(a_faire), _versions()
    # Those that a line left apart would join.
    faits = {a.cle: a for a in Acte.objects.filter(cle__in=[p.cle for p in a_faire]).select_related("convention")}
    for p in a_faire:
        p.version = convenant([v for v in versions if v.modele.nature == p.nature], [d.pk for d in p.dispositifs])
        if p.nature == NatureActe.AVENANT:
            p.convention = _convention(conventions.get(p.structure.pk, []), p.lignes[0])
        p.empechement, p.adresse = _empechement(p, faits.get(p.cle))
    if not rapport.est_ouvert:
        _remplacer(rapport, [p for p in a_faire if not p.empechement])


def _remplacer(rapport, prevus):
    """Give each the abandoned act of the rapport whose opérations it takes up, each to one act at most. Two queries."""
    abandonnes = Acte.objects.filter(rapport=rapport, etat=Acte.Etat.ABANDONNE).order_by("-pk")
    restants = list(abandonnes.select_related("convention").prefetch_related("fiches"))
    for p in prevus:
        avenant = p.nature == NatureActe.AVENANT
        ids = {d.pk for d in p.dispositifs}
        candidats = [
            (len(ids & {f.dispositif_id for f in a.fiches.all()}), a)
            for a in restants
            if a.est_avenant == avenant and a.convention.structure_id == p.structure.pk
            and (a.convention_id == p.convention.pk if avenant else a.convention.numero)
        ]  # fmt: skip
        communs, acte = max(candidats, key=lambda c: c[0], default=(0, None))
        if communs:
            p.remplace = acte
            restants.remove(acte)


def _conventions(prevus) -> dict[int, list[Convention]]:
    structures = {p.structure.pk for p in prevus if p.nature == NatureActe.AVENANT}
    trouvees = defaultdict(list)
    for c in Convention.objects.filter(structure__in=structures).prefetch_related("actes"):
        trouvees[c.structure_id].append(c)
    return trouvees


def _convention(conventions, ligne) -> Convention | None:
    """That which the line names: by its number, by the day it was signed, by the number of the avenant to come, else
    the only one in course. The published tables give a day that is sometimes not that of the convention."""
    if ligne.acte_initial_numero:
        return next((c for c in conventions if c.numero == ligne.acte_initial_numero), None)
    en_cours = [c for c in conventions if c.etat == Convention.Etat.EN_COURS]
    for essai in (
        [c for c in en_cours if _acte_initial(c).signe_le == ligne.acte_initial_le],
        [c for c in en_cours if ligne.numero_avenant and _dernier_rang(c) + 1 == ligne.numero_avenant],
        [] if ligne.acte_initial_le else en_cours,
    ):
        if len(essai) == 1:
            return essai[0]
    return None


def _acte_initial(convention) -> Acte:
    return next(a for a in convention.actes.all() if a.rang == 0)


def _dernier_rang(convention) -> int:
    return max(a.rang for a in convention.actes.all() if a.etat != Acte.Etat.ABANDONNE)


def _versions() -> list[VersionDeModele]:
    """Those that say themselves what they change first: the others are for the avenants opened by hand."""
    publiees = VersionDeModele.objects.filter(etat=VersionDeModele.Etat.PUBLIEE, modele__est_actif=True)
    change = Exists(BlocDeModele.objects.filter(version_modele=OuterRef("pk")).exclude(operation=""))
    publiees = publiees.annotate(change=change).order_by("-change", "modele__titre")
    return list(publiees.select_related("modele").prefetch_related("modele__dispositifs", "blocs"))


def convenant(versions, dispositifs) -> VersionDeModele | None:
    """Of these published versions, the first made for one of the dispositifs (ids), else the first that serves all."""
    ids = set(dispositifs)
    propres = [v for v in versions if ids & {d.pk for d in v.modele.dispositifs.all()}]
    communes = [v for v in versions if not v.modele.dispositifs.all()]
    return (propres or communes or [None])[0]


def _empechement(p, fait) -> tuple[str, str]:
    """Why this act cannot be made, and the page where to act; `("", "")` when it can. `fait`: the one it would join."""
    dossier = reverse("dossier", args=[p.lignes[0].dossier_id])
    if fait is not None:
        dite = f"{avec_majuscule(str(fait))} est déjà prête sans cette opération"
        if fait.est_avenant:
            dite = f"L’{fait} est déjà prêt sans cette opération"
        return f"{dite} : abandonnez cet acte pour les réunir, ou choisissez un acte à part.", fait.get_absolute_url()
    if not p.nature:
        return "La nature de l’acte n’est pas choisie sur la ligne du dossier.", dossier
    if p.version is None:
        nature = NatureActe(p.nature).label.lower()
        return f"Aucun modèle publié pour cette nature d’acte ({nature}).", reverse("modeles")
    if p.nature == NatureActe.AVENANT and p.convention is None:
        numero = p.lignes[0].acte_initial_numero
        dite = f" n°\u00a0{numero}" if numero else ""
        adresse = f"{reverse('convention_reprendre')}?structure={p.structure.pk}&numero={numero}"
        return f"La convention initiale{dite} n’est pas enregistrée : reprenez-la d’abord.", adresse
    if p.convention and p.convention.etat not in Convention.VIVANTES:
        return f"La {p.convention} est {p.convention.get_etat_display().lower()}.", p.convention.get_absolute_url()
    return "", ""


def actes_du_rapport(rapport):
    """Acts made from a rapport, the abandoned left out."""
    return Acte.objects.filter(rapport=rapport).filter(~Q(etat=Acte.Etat.ABANDONNE))


def rapports_en_attente(agent):
    """Rapports whose lines call for acts that are not made, latest séance first; `reste`: how many lines."""
    restantes = Q(
        thematiques__operations__propositions__est_active=True,
        thematiques__operations__propositions__ligne__ligne_d_acte__isnull=True,
        thematiques__operations__propositions__ligne__financements__montant__gt=montant(0),
    )
    rapports = Rapport.objects.visibles_par(agent).exclude(etat__in=[Rapport.Etat.PREPARATION, Rapport.Etat.REJETE])
    comptes = Count("thematiques__operations__propositions__ligne", filter=restantes, distinct=True)
    return (
        rapports.annotate(reste=comptes)
        .filter(reste__gt=0)
        .select_related("seance__instance")
        .order_by("-seance__date", "numero")
    )
