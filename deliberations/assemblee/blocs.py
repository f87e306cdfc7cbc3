"""Blocks of vote: how the decisions of a rapport are grouped, who chairs each, what a published act printed.

What belongs to a block is part of the vote, not of what the rapport says: it may be divided until the vote, the
rapport once sent. The `bloc` of its parts is therefore written past their own freezing.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from deliberations.assemblee.chiffres import CATEGORIES, verifier_figures
from deliberations.assemblee.composition import au_rapport
from deliberations.models import (
    AnnexePresentee,
    BlocDeVote,
    Deport,
    Rapport,
    RecetteProposee,
    ThematiquePresentee,
    VoixDissidente,
)
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.models import Journal
from dpid.typographie import accorder

PARTIES = {"thematique": ThematiquePresentee, "annexe": AnnexePresentee, "recette": RecetteProposee}


def premier(rapport) -> BlocDeVote:
    """The first block, born with the first thing recorded about the vote. The rapport is locked by the caller."""
    return rapport.blocs.first() or BlocDeVote.objects.create(rapport=rapport, ordre=1)


def _verrouiller(rapport) -> Rapport:
    courant = Rapport.verrouiller(rapport.pk)
    courant.refuser_si_vote()
    return courant


@transaction.atomic
def par_thematique(rapport, *, par) -> bool:
    """One block per thématique, in one act; what was said of the whole (déports, voices, chair) is said of each.

    False when it is so already.
    """
    courant = _verrouiller(rapport)
    thematiques, existants = list(courant.thematiques.all()), list(courant.blocs.all())
    if len(thematiques) < 2:
        raise ActeRefuse("Ce rapport présente moins de deux thématiques : il se vote en un seul bloc.")
    if len(existants) == len(thematiques) and [t.bloc_id for t in thematiques] == [b.pk for b in existants]:
        return False
    if len(existants) > 1:
        raise ActeRefuse("Le vote est déjà divisé : revenez à un seul bloc, ou attribuez les thématiques une à une.")
    unique = premier(courant)
    deportes = list(Deport.objects.filter(bloc=unique).values_list("elu", flat=True))
    voix = list(VoixDissidente.objects.filter(bloc=unique).values_list("elu", "sens"))
    bureau = {"president_id": unique.president_id, "secretaire_id": unique.secretaire_id}
    for rang, thematique in enumerate(thematiques, start=1):
        bloc = unique if rang == 1 else BlocDeVote(rapport=courant, **bureau)
        bloc.ordre, bloc.titre = rang, str(thematique)[:250]
        bloc.save()
        _attribuer("thematique", [thematique.pk], bloc.pk)
        if rang > 1:
            Deport.objects.bulk_create(Deport(rapport=courant, bloc=bloc, elu_id=elu) for elu in deportes)
            VoixDissidente.objects.bulk_create(VoixDissidente(bloc=bloc, elu_id=elu, sens=s) for elu, s in voix)
    Journal.noter(
        courant, "diviser_le_vote", "Diviser le vote : un bloc par thématique", par=par,
        de=accorder(max(len(existants), 1), "bloc"), vers=accorder(len(thematiques), "bloc"),
    )  # fmt: skip
    return True


@transaction.atomic
def en_un_seul(rapport, *, par) -> bool:
    """One vote for everything. Refused while another block holds something of the vote. False if so already."""
    courant = _verrouiller(rapport)
    existants = list(courant.blocs.all())
    if len(existants) < 2:
        return False
    for bloc in existants[1:]:
        _refuser_si_rempli(bloc)
    garde = existants[0]
    for modele in PARTIES.values():
        modele._base_manager.filter(bloc__in=existants[1:]).update(bloc=garde)
    for bloc in existants[1:]:
        bloc.delete()
    garde.titre = ""
    garde.save()
    Journal.noter(
        courant, "reunir_le_vote", "Voter en un seul bloc", par=par, de=accorder(len(existants), "bloc"), vers="1 bloc"
    )
    return True


@transaction.atomic
def ajouter(rapport, rang: int, *, titre: str = "", par) -> bool:
    """Add the block of rank `rang`, the one that the page offered: a second click finds it there and adds nothing."""
    courant = _verrouiller(rapport)
    nombre = courant.blocs.count()
    if rang != max(nombre, 1) + 1:
        return False
    if nombre == 0 and rang == 2:
        premier(courant)  # « one block » was only implied until now
    dernier = courant.blocs.aggregate(m=Max("ordre"))["m"] or 0
    bloc = BlocDeVote.objects.create(rapport=courant, ordre=dernier + 1, titre=titre.strip()[:250])
    Journal.noter(courant, "ajouter_bloc", f"Ajouter le bloc « {bloc} »"[:120], par=par)
    return True


@transaction.atomic
def supprimer(bloc, *, par) -> None:
    """Remove an empty block. Raises ActeRefuse when something belongs to it."""
    courant = _verrouiller(bloc.rapport)
    if courant.blocs.count() == 1:
        raise ActeRefuse("Un rapport garde au moins un bloc de vote.")
    _refuser_si_rempli(bloc)
    if any(modele.objects.filter(bloc=bloc).exists() for modele in PARTIES.values()):
        raise ActeRefuse(
            f"« {bloc} » porte encore des décisions : attribuez-les à un autre bloc avant de le supprimer."
        )
    if bloc.pk == courant.blocs.first().pk and _sans_bloc(courant):
        raise ActeRefuse(f"« {bloc} » porte les décisions qui ne nomment pas leur bloc : attribuez-les d’abord.")
    nom = str(bloc)
    bloc.delete()
    Journal.noter(courant, "supprimer_bloc", f"Supprimer le bloc « {nom} »"[:120], par=par)


def _sans_bloc(rapport) -> bool:
    return rapport.thematiques.filter(bloc__isnull=True).exists()


def _refuser_si_rempli(bloc):
    if (
        Deport.objects.filter(bloc=bloc).exists()
        or VoixDissidente.objects.filter(bloc=bloc).exists()
        or not bloc.est_adopte
    ):
        raise ActeRefuse(f"« {bloc} » porte des déports, des voix ou un résultat : retirez-les avant de le supprimer.")


@transaction.atomic
def composer(rapport, titres: dict[int, str], attributions: dict[tuple[str, int], int | None], *, par) -> bool:
    """Titles of the blocks and what belongs to each: {(« thematique » | « annexe » | « recette », id): block id}.

    An annexe without a block follows its lines. False when nothing changes.
    """
    courant = _verrouiller(rapport)
    blocs = {b.pk: b for b in courant.blocs.all()}
    changes = []
    for pk, titre in titres.items():
        if blocs[pk].titre != titre:
            blocs[pk].titre = titre
            blocs[pk].save()
            changes.append({"bloc": pk, "titre": titre})
    for (quoi, pk), bloc in attributions.items():
        parties = PARTIES[quoi].objects.filter(rapport=courant, pk=pk)
        if parties.exclude(bloc=bloc).exists() if bloc else parties.filter(bloc__isnull=False).exists():
            _attribuer(quoi, [pk], bloc)
            changes.append({"quoi": quoi, "id": pk, "bloc": bloc})
    if changes:
        Journal.noter(
            courant, "composer_les_blocs", "Composer les blocs de vote", par=par, donnees={"changements": changes}
        )
    return bool(changes)


def _attribuer(quoi, ids, bloc):
    PARTIES[quoi]._base_manager.filter(pk__in=ids).update(bloc=bloc)


@transaction.atomic
def presider(bloc, *, president, secretaire, vu: str, par) -> bool:
    """Who chairs and who writes for this block (élu ids, None: as for the séance). False when nothing changes.

    Raises VersionPerimee (`vu`: what the page showed), ActeRefuse when the one chosen is not there or steps aside.
    """
    courant = _verrouiller(bloc.rapport)
    bloc = BlocDeVote.objects.select_for_update(of=("self",)).get(pk=bloc.pk)
    if (bloc.president_id, bloc.secretaire_id) == (president, secretaire):
        return False
    if vu != presidence_vue(bloc):
        raise VersionPerimee("La présidence de ce bloc vient d’être modifiée par quelqu’un d’autre : vérifiez-la.")
    courant = Rapport.objects.select_related("seance__instance").get(pk=courant.pk)
    membres = au_rapport(courant).par_elu()
    deportes = set(Deport.objects.filter(bloc=bloc).values_list("elu", flat=True))
    for elu_id, role in ((president, "Qui préside"), (secretaire, "Le secrétaire")):
        membre = membres.get(elu_id)
        if elu_id is None:
            continue
        if membre is None or not membre.a_voix or membre.etat not in ("present", None):
            raise ActeRefuse(f"{role} est un membre présent, à voix délibérative.")
        if elu_id in deportes:
            raise ActeRefuse(f"{membre} se déporte de ce bloc : choisissez quelqu’un d’autre.")
    bloc.president_id, bloc.secretaire_id = president, secretaire
    bloc.save()
    noms = [str(membres[pk]) for pk in (president, secretaire) if pk]
    Journal.noter(
        courant, "presider_bloc", f"Présidence du bloc « {bloc} »"[:120], par=par, vers=" / ".join(noms)[:60],
        donnees={"bloc": bloc.pk, "president": president, "secretaire": secretaire},
    )  # fmt: skip
    return True


def presidence_vue(bloc) -> str:
    return f"{bloc.president_id or ''}/{bloc.secretaire_id or ''}"


@transaction.atomic
def reprendre_figures(bloc, figures: dict | None, *, par) -> bool:
    """Keep the figures that a published act printed (None forgets them). They must add up to the voting members.

    The finding, when they differ from those computed, is shown by the sheet of the vote. Raises ActeRefuse.
    """
    courant = _verrouiller(bloc.rapport)
    bloc = BlocDeVote.objects.select_for_update(of=("self",)).get(pk=bloc.pk)
    if figures is not None:
        figures = {categorie: int(figures[categorie]) for categorie in CATEGORIES}
        courant = Rapport.objects.select_related("seance__instance").get(pk=courant.pk)
        verifier_figures(figures, len(au_rapport(courant).votants))
    if bloc.imprime == figures:
        return False
    avant, bloc.imprime = bloc.imprime, figures
    try:
        bloc.full_clean()
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur
    bloc.save()
    Journal.noter(
        courant, "reprendre_figures", f"Reprendre les figures imprimées, bloc « {bloc} »"[:120], par=par,
        de=_en_clair(avant), vers=_en_clair(figures),
    )  # fmt: skip
    return True


def _en_clair(figures) -> str:
    return "/".join(str(figures[categorie]) for categorie in CATEGORIES) if figures else ""
