"""Who steps aside: said of a block by a present member, of the whole rapport by an absent or a non-voting one."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction

from deliberations.assemblee import blocs
from deliberations.assemblee.composition import Etat, Membre, au_rapport
from deliberations.models import Deport, Interet, Presence, Rapport, VoixDissidente
from dpid.erreurs import ActeRefuse
from dpid.models import Journal


def verrouiller_le_vote(rapport) -> Rapport:
    """The rapport, locked, with its séance. Raises ActeFige once it is voted."""
    lus = Rapport._base_manager.select_for_update(of=("self",)).select_related("seance__instance")
    courant = lus.get(pk=rapport.pk)
    courant.refuser_si_vote()
    return courant


def peut_quitter_la_salle(membre: Membre) -> bool:
    """A voting member who is there, or who is still expected."""
    return membre.a_voix and membre.etat in (Etat.PRESENT, None)


@transaction.atomic
def deporter(rapport, elu_id: int, bloc=None, *, par) -> str:
    """Record that a member steps aside; the attendance says of what. Said twice, it counts once.

    An excused member gives no delegation for a rapport that interests him: he is then absent of this rapport.
    `bloc`: None for the first one. Returns the sentence of what is recorded, empty when it already was.
    """
    courant = verrouiller_le_vote(rapport)
    membre = au_rapport(courant).par_elu().get(elu_id)
    if membre is None:
        raise ActeRefuse("Cette personne ne siège pas à cette séance.")
    if peut_quitter_la_salle(membre):
        if bloc is None and courant.blocs.count() > 1:
            raise ActeRefuse(f"{membre} est présent(e) : dites de quel bloc.")
        bloc = bloc or blocs.premier(courant)
        _, cree = Deport.objects.get_or_create(rapport=courant, bloc=bloc, elu_id=elu_id)
        phrase = f"{membre} se déporte : {bloc}."
    else:
        _sans_delegation(courant, membre)
        _, cree = Deport.objects.get_or_create(rapport=courant, bloc=None, elu_id=elu_id)
        phrase = f"{membre} : intéressé(e) à l’affaire, sans délégation pour ce rapport."
        if not membre.a_voix:
            phrase = f"{membre} : intéressé(e) à l’affaire, ne prend pas part au débat."
        bloc = None
    if not cree:
        return ""
    Journal.noter(
        courant, "deporter", f"Déporter {membre}"[:120], par=par, vers=str(bloc or "rapport")[:60],
        donnees={"elu": elu_id, "bloc": bloc.pk if bloc else None},
    )  # fmt: skip
    return " ".join([phrase, *retirer_voix_impossibles(courant, par=par)])


@transaction.atomic
def annuler(rapport, elu_id: int, bloc=None, *, par) -> bool:
    """The member takes part again. False when the déport was not recorded any more."""
    courant = verrouiller_le_vote(rapport)
    deport = Deport.objects.filter(rapport=courant, bloc=bloc, elu=elu_id).first()
    if deport is None:
        return False
    deport.delete()
    membre = au_rapport(courant).par_elu().get(elu_id, "ce membre")
    Journal.noter(
        courant, "annuler_deport", f"Annuler le déport de {membre}"[:120], par=par, de=str(bloc or "rapport")[:60],
        donnees={"elu": elu_id, "bloc": bloc.pk if bloc else None},
    )  # fmt: skip
    return True


def realigner(rapport, *, par) -> list[str]:
    """After the attendance changed: each déport is said where the member now stands, impossible voices are removed.

    Call it inside the transaction that changes the attendance. Returns a sentence per change.
    """
    lignes = defaultdict(list)
    for deport in Deport.objects.filter(rapport=rapport).select_related("bloc"):
        lignes[deport.elu_id].append(deport)
    membres, phrases = au_rapport(rapport).par_elu(), []
    for elu_id, deports in lignes.items():
        membre = membres.get(elu_id)
        if membre is None:
            continue
        if membre.est_present and membre.a_voix:
            deplaces = [d for d in deports if d.bloc_id is None]
            cibles = list(rapport.blocs.all()) or [blocs.premier(rapport)]
            suite = "présent(e), se déporte maintenant de chaque bloc."
        elif not peut_quitter_la_salle(membre):
            _sans_delegation(rapport, membre)
            deplaces, cibles = [d for d in deports if d.bloc_id is not None], [None]
            suite = "son déport vaut maintenant pour tout le rapport, sans délégation."
        else:
            continue
        for deport in deplaces:
            deport.delete()
        if deplaces:
            for bloc in cibles:
                Deport.objects.get_or_create(rapport=rapport, bloc=bloc, elu_id=elu_id)
            Journal.noter(rapport, "deporter", f"Déplacer le déport de {membre}"[:120], par=par,
                          donnees={"elu": elu_id, "blocs": [b.pk if b else None for b in cibles]})  # fmt: skip
            phrases.append(f"{membre} : {suite}")
    return [*phrases, *retirer_voix_impossibles(rapport, par=par)]


def retirer_voix_impossibles(rapport, *, par) -> list[str]:
    """A member who steps aside, is absent or has no voice no longer votes against nor abstains."""
    membres = au_rapport(rapport).par_elu()
    deports = set(Deport.objects.filter(rapport=rapport).values_list("bloc", "elu"))
    phrases = []
    for voix in VoixDissidente.objects.filter(bloc__rapport=rapport).select_related("bloc__rapport"):
        membre = membres.get(voix.elu_id)
        vote = membre is not None and membre.a_voix and membre.etat in (Etat.PRESENT, Etat.EXCUSE)
        if vote and (voix.bloc_id, voix.elu_id) not in deports:
            continue
        voix.delete()
        phrase = f"La voix « {voix.get_sens_display().lower()} » de {membre or 'ce membre'} est retirée."
        Journal.noter(rapport, "retirer_voix", phrase[:120], par=par, de=voix.sens, donnees={"elu": voix.elu_id})
        phrases.append(phrase)
    return phrases


def _sans_delegation(rapport, membre):
    """Excused at the séance, absent of this rapport: an interested member gives no delegation for it."""
    if membre.a_voix and membre.etat == Etat.EXCUSE:
        Presence.objects.filter(rapport=rapport, elu=membre.elu_id).delete()
        Presence.objects.create(seance=rapport.seance, rapport=rapport, elu_id=membre.elu_id, etat=Etat.ABSENT)


# --- What the declared interests propose


@dataclass(frozen=True)
class Proposee:
    """A déport that the register of interests suggests. `blocs`: (id or None, label) of those where money is at stake;
    empty when the déport is said of the whole rapport."""

    membre: Membre
    motifs: tuple[str, ...]
    blocs: tuple[tuple[int | None, str], ...]


def proposes(rapport, vote, structures: dict[int, set], *, agent) -> list[Proposee]:
    """Déports not recorded yet, for members who sit in a structure that the rapport finances; only for who may read
    the interests. `structures`: {structure id: ids of the blocks that finance it}; `vote`: the sheet of the vote."""
    interets = Interet.objects.visibles_par(agent).au(rapport.seance.date).filter(structure__in=structures)
    par_elu = defaultdict(list)
    for elu, structure, nom, qualite in interets.values_list(
        "elu", "structure", "structure__raison_sociale", "qualite"
    ):  # fmt: skip
        par_elu[elu].append((structure, f"{qualite}, {nom}"))
    resultat = []
    for membre in vote.assistance.membres:
        lignes = par_elu.get(membre.elu_id)
        if not lignes:
            continue
        concernes = set().union(*(structures[s] for s, _ in lignes))
        motifs = tuple(sorted({motif for _, motif in lignes}))
        if not peut_quitter_la_salle(membre):
            if membre.elu_id not in {m.elu_id for m in vote.deportes_du_rapport}:
                resultat.append(Proposee(membre, motifs, ()))
            continue
        restants = [
            (carte.bloc.pk, str(carte.bloc)) for carte in vote.cartes
            if carte.bloc.pk in concernes and membre.elu_id not in carte.ids_deportes
        ]  # fmt: skip
        if restants:
            resultat.append(Proposee(membre, motifs, tuple(restants)))
    return resultat
