"""The 360° view of a structure: its years, its acts, its pièces, what it misses, and what deserves an officer's eye.

Read in a constant number of queries; every alert is one French sentence with its figures; nothing here writes.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from dpid.montants import ZERO, MontantField, arrondir, euros, montant
from dpid.textes import cle_texte
from programmes.instruction.completude import CLOS, Exigence, exigences_de
from programmes.instruction.forms import demande_a_la_structure
from programmes.models import Dispositif, Dossier, Financement, LigneDossier, Piece, Poste, Remarque, Structure
from programmes.models.etats import Etat
from programmes.models.structure import SEUIL_CONVENTION
from programmes.regles import Alerte

ECARTES = (Etat.REFUSE, Etat.IRRECEVABLE, Etat.AJOURNE)


@dataclass
class Annee:
    """Dossiers of one call and their totals, in euros."""

    annee: int
    dossiers: list[Dossier] = field(default_factory=list)
    demande: Decimal = ZERO
    propose: Decimal = ZERO
    retenu: Decimal = ZERO
    vote: Decimal = ZERO
    charges: Decimal = ZERO
    publics: Decimal = ZERO

    @property
    def part_publique(self):
        return part(self.publics, self.charges)


@dataclass
class Horizon:
    """Everything that the page of a structure shows to one agent."""

    structure: Structure
    dossiers: list[Dossier]
    annees: list[Annee]
    actes: list[dict]
    pieces: list[Piece]
    manques: "Manques"
    representants: list
    agrements: list
    soeurs: list[Structure]
    alertes: list[Alerte]


@dataclass
class Manques:
    """What the structure must give: once for all, then dossier by dossier. Sentences without their final point."""

    communs: list[str]
    par_dossier: list[tuple[Dossier, list[str]]]

    @property
    def nombre(self) -> int:
        return len(self.communs) + sum(len(phrases) for _, phrases in self.par_dossier)


def part(publics, charges):
    """Share of public money in the charges, in whole per cent; None without a budget."""
    return int(arrondir(publics * 100 / charges).to_integral_value()) if charges else None


def horizon(structure, agent) -> Horizon:
    """Fourteen queries at most, whatever the number of dossiers."""
    dossiers = lire_dossiers(structure, agent)
    actes = _actes(dossiers)
    toutes = list(_pieces(structure, agent))
    representants = list(structure.representants.au())
    agrements = list(structure.agrements.select_related("type"))
    manques = ce_qui_manque(structure, dossiers, toutes, representants)
    soeurs = _soeurs(structure)
    alertes = [
        *_identite(structure, representants, agrements, soeurs),
        *_cumul(structure, agent),
        *_memes_actions(dossiers),
        *_durees(dossiers),
    ]
    return Horizon(
        structure, dossiers, _par_annee(dossiers), actes, [p for p in toutes if p.est_visible], manques, representants,
        agrements, soeurs, alertes,
    )  # fmt: skip


# --- Dossiers, year by year


def lire_dossiers(structure, agent) -> list[Dossier]:
    """Those that the agent may see, latest call first, each with `annee`, `montant_vote`, `charges`, `publics`."""
    N, S = Poste.Nature, Poste.Sens
    lus = Dossier.objects.visibles_par(agent).avec_totaux().filter(structure=structure)
    lus = lus.annotate(
        charges=_total_des_postes(sens=S.CHARGE),
        publics=_total_des_postes(sens=S.PRODUIT, nature__in=[N.DEPARTEMENT, N.PUBLIC]),
    )
    lus = list(
        lus.select_related("dispositif__thematique__appel", "dispositif__fiche").order_by(
            "-dispositif__thematique__appel__annee", "pk"
        )
    )
    for dossier in lus:
        dossier.structure = structure
        dossier.annee = dossier.dispositif.thematique.appel.annee
        dossier.montant_vote = dossier.retenu if dossier.etat == Etat.VOTE else None
        dossier.part_publique = part(dossier.publics, dossier.charges)
        dossier.deliberations = []
    return lus


def _total_des_postes(**lesquels):
    """Annotation of a dossier (euros): a subquery, so that it multiplies with no other sum."""
    postes = Poste.objects.filter(dossier=OuterRef("pk"), **lesquels).order_by().values("dossier")
    total = Subquery(postes.annotate(t=Sum("montant")).values("t"), output_field=MontantField())
    return Coalesce(total, montant(0), output_field=MontantField())


def _par_annee(dossiers) -> list[Annee]:
    annees: dict[int, Annee] = {}
    for d in dossiers:
        annee = annees.setdefault(d.annee, Annee(d.annee))
        annee.dossiers.append(d)
        annee.demande += d.demande
        annee.propose += d.propose
        annee.retenu += d.retenu
        annee.vote += d.montant_vote or ZERO
        annee.charges += d.charges
        annee.publics += d.publics
    return list(annees.values())


def _actes(dossiers) -> list[dict]:
    """Conventions and avenants known from the lines, latest vote first; the délibérations are noted on the dossiers."""
    par_pk = {d.pk: d for d in dossiers}
    lignes = LigneDossier.objects.filter(dossier__in=par_pk).exclude(nature_acte="", acte_vote="")
    actes = []
    for ligne in lignes.avec_retenu().order_by("-votee_le", "dossier_id", "ordre"):
        dossier = par_pk[ligne.dossier_id]
        if ligne.acte_vote and ligne.acte_vote not in dossier.deliberations:
            dossier.deliberations.append(ligne.acte_vote)
        if ligne.nature_acte:
            actes.append({"dossier": dossier, "ligne": ligne})
    return actes


# --- Pièces and what is missing


def _pieces(structure, agent):
    """Pièces in service; `est_visible` says which of them this agent may read."""
    vues = Piece.objects.visibles_par(agent).filter(pk=OuterRef("pk"))
    pieces = Piece.objects.filter(structure=structure, est_retiree=False).annotate(est_visible=Exists(vues))
    return pieces.select_related("type", "deposee_par").sans_contenu().order_by("type__ordre", "-deposee_le", "-pk")


def manques_de(structure, agent) -> Manques:
    """What is missing across the dossiers that this agent sees."""
    dossiers = lire_dossiers(structure, agent)
    return ce_qui_manque(
        structure, dossiers, list(_pieces(structure, agent)), list(structure.representants.au())
    )  # fmt: skip


def ce_qui_manque(structure, dossiers, pieces, representants) -> Manques:
    """The pièces of the structure once, then dossier by dossier its own and the remarks left without an answer;
    identity and representative first."""
    communs = []
    if not structure.siret:
        communs.append("Numéro SIRET de la structure (14 chiffres)")
    if not representants:
        communs.append("Nom, prénom et qualité de la personne qui représente la structure")
    elif not any(r.habilitation for r in representants):
        communs.append(f"Délibération, pouvoir ou statuts qui habilitent {representants[0]} à signer")
    ouverts = [d for d in dossiers if d.etat not in CLOS]
    par_dossier, deja = [], set()
    exigences = exigences_de(ouverts, pieces) if ouverts else {}
    demandes = _demandes(ouverts)
    for dossier in ouverts:
        propres = []
        for exigence in exigences[dossier.pk]:
            if exigence.est_satisfaite:
                continue
            if exigence.type.est_du_dossier:
                propres.append(exigence.phrase())
            elif exigence.type.pk not in deja:
                deja.add(exigence.type.pk)
                communs.append(exigence.phrase())
        propres += demandes.get(dossier.pk, [])
        if propres:
            par_dossier.append((dossier, propres))
    communs += [e.phrase() for e in _perimees(pieces) if e.type.pk not in deja]
    return Manques(communs, par_dossier)


def _demandes(dossiers) -> dict[int, list[str]]:
    """{dossier id: remarks written for the structure}; those between officers are never told."""
    demandes: dict[int, list[str]] = {}
    for remarque in Remarque.objects.filter(dossier__in=[d.pk for d in dossiers]).attendues_de_la_structure():
        demandes.setdefault(remarque.dossier_id, []).append(demande_a_la_structure(remarque))
    return demandes


def _perimees(pieces) -> list[Exigence]:
    """Pièces of the structure whose validity has ended, when none of their type still holds."""
    jour = timezone.localdate()
    par_type: dict[int, list[Piece]] = {}
    for piece in pieces:
        if piece.dossier_id is None and not piece.type.est_du_dossier:
            par_type.setdefault(piece.type_id, []).append(piece)
    return [
        Exigence(liste[0].type, None, liste[0])
        for liste in par_type.values()
        if not any(p.est_valable(jour) for p in liste)
    ]


# --- Alerts


def _soeurs(structure) -> list[Structure]:
    """Other establishments of the same SIREN: sisters, not duplicates."""
    if not structure.siret:
        return []
    autres = Structure.objects.actives().filter(siret__startswith=structure.siren).exclude(pk=structure.pk)
    return list(autres.select_related("commune").order_by("siret"))


def _identite(structure, representants, agrements, soeurs):
    if structure.est_a_completer:
        yield Alerte("a_completer", "La structure est à compléter : elle a été créée par un import.")
    if not structure.siret:
        yield Alerte("siret", "Le SIRET de la structure manque : il est demandé avant toute convention.")
    if not representants:
        yield Alerte("representant", "Aucun représentant en fonction : personne ne peut signer la convention.")
    for r in representants:
        if not r.habilitation:
            yield Alerte("habilitation", f"{r}, {r.qualite} : l’habilitation à signer n’est pas renseignée.")
    jour = timezone.localdate()
    tenus = {a.type_id for a in agrements if a.est_en_vigueur(jour)}
    echus = {a.type_id: a for a in sorted(agrements, key=lambda a: a.fin or jour) if a.fin and a.fin < jour}
    for type_, agrement in echus.items():
        if type_ not in tenus:
            yield Alerte("agrement", f"Agrément échu depuis le {agrement.fin:%d/%m/%Y} : {agrement.type}.")
    if soeurs:
        nombre = f"{len(soeurs)} autres établissements" if len(soeurs) > 1 else "Un autre établissement"
        verbe = "portent" if len(soeurs) > 1 else "porte"
        yield Alerte("soeurs", f"{nombre} du registre {verbe} le même SIREN : les aides se cumulent par organisme.")


def _cumul(structure, agent):
    """Our grants of a year against the threshold: all of them count, figures are told to those who see them all."""
    if not structure.est_de_droit_prive:
        return
    vus = Dossier.objects.visibles_par(agent).order_by().values("pk")
    chemin = "ligne__dossier__dispositif__thematique__appel__annee"
    memes = Q(ligne__dossier__structure=structure)
    if structure.siret:
        # The obligation weighs on the body, not on each of its establishments.
        memes |= Q(ligne__dossier__structure__siret__startswith=structure.siren)
    financements = Financement.objects.filter(memes, source__isnull=True).order_by().values(chemin)
    cumuls = financements.annotate(
        total=Sum("montant", output_field=MontantField()),
        visibles=Sum("montant", filter=Q(ligne__dossier__in=vus), output_field=MontantField()),
    )
    for cumul in cumuls.order_by(f"-{chemin}"):
        if cumul["total"] <= SEUIL_CONVENTION:
            continue
        est_tout_vu = cumul["visibles"] == cumul["total"]
        dit = f" ({euros(cumul['total'], True)})" if est_tout_vu else ", tous services confondus"
        yield Alerte(
            "cumul",
            f"Aides {cumul[chemin]}{dit} au-dessus de {euros(SEUIL_CONVENTION, True)} : une convention est "
            "obligatoire (loi 2000-321, art. 10 ; décret 2001-495).",
        )


def _memes_actions(dossiers):
    """The same action under two dispositifs of a year, told by its title, else by its amount."""
    par_annee: dict[int, list[Dossier]] = {}
    for d in dossiers:
        if d.etat not in ECARTES:
            par_annee.setdefault(d.annee, []).append(d)
    for annee, freres in par_annee.items():
        dits = set()
        for groupe in _groupes(freres, lambda d: cle_texte(d.intitule)):
            dits |= {d.pk for d in groupe}
            phrase = f"{annee} : même action « {groupe[0].intitule} » dans les {_enumerer(groupe)}"
            yield Alerte("double", f"{phrase}, à ne pas financer deux fois.")
        for groupe in _groupes(freres, lambda d: d.retenu or d.demande):
            distincts = {d.dispositif_id for d in groupe}
            if len(distincts) > 1 and not {d.pk for d in groupe} <= dits:
                somme = euros(groupe[0].retenu or groupe[0].demande, True)
                phrase = f"{annee} : même montant de {somme} dans les {_enumerer(groupe)}"
                yield Alerte("double", f"{phrase} ; vérifiez qu’il ne s’agit pas de la même action.")


def _groupes(dossiers, cle) -> list[list[Dossier]]:
    groupes: dict = {}
    for dossier in dossiers:
        if valeur := cle(dossier):
            groupes.setdefault(valeur, []).append(dossier)
    return [g for g in groupes.values() if len(g) > 1]


def _enumerer(dossiers) -> str:
    noms = [f"{d.pk} ({d.dispositif.reference})" for d in dossiers]
    return f"dossiers {', '.join(noms[:-1])} et {noms[-1]}"


def _durees(dossiers):
    """Support beyond the years admitted by the fiche, for an action still asked for or voted."""
    concernes = [d for d in dossiers if _duree_max(d) and d.etat not in ECARTES]
    if not concernes:
        return
    # The chain of the years is walked in memory: one query, however long it is.
    precedents = dict(Dispositif.objects.order_by().values_list("pk", "precedent_id"))
    faites = set()
    for dossier in concernes:  # latest year first: an older one of the same chain says nothing more
        chaine = _lignee(dossier.dispositif_id, precedents)
        if faites & set(chaine):
            continue
        faites |= set(chaine)
        annees = {d.annee for d in dossiers if d.dispositif_id in chaine and d.etat not in ECARTES}
        if len(annees) > _duree_max(dossier):
            liste = ", ".join(str(a) for a in sorted(annees))
            yield Alerte(
                "duree",
                f"{dossier.dispositif.reference} : {len(annees)} années de soutien ({liste}) ; la fiche en admet "
                f"{_duree_max(dossier)} au plus.",
            )


def _duree_max(dossier):
    fiche = getattr(dossier.dispositif, "fiche", None)
    return fiche.duree_max_annees if fiche is not None else None


def _lignee(pk, precedents) -> list[int]:
    """As `regles.lignee`, on what was read once."""
    chaine = []
    while pk is not None and pk not in chaine:
        chaine.append(pk)
        pk = precedents.get(pk)
    return chaine
