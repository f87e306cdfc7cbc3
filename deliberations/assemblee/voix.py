"""Voices that are not « pour »: one member, or a whole group in one act."""

from django.db import transaction

from deliberations.assemblee.chiffres import refuser_voix
from deliberations.assemblee.composition import Etat, au_rapport
from deliberations.assemblee.deports import verrouiller_le_vote
from deliberations.models import BlocDeVote, Deport, VoixDissidente
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.typographie import accorder

Sens = VoixDissidente.Sens


@transaction.atomic
def exprimer(bloc: BlocDeVote, elus: list[int], sens: str, *, par) -> int:
    """These members vote « contre » or « abstention » on the block. Returns how many voices change.

    Raises ActeRefuse when one of them cannot cast that voice.
    """
    courant = verrouiller_le_vote(bloc.rapport)
    deports = set(Deport.objects.filter(bloc=bloc).values_list("elu", flat=True))
    refuser_voix(au_rapport(courant), deports, dict.fromkeys(elus, sens))
    deja = dict(VoixDissidente.objects.filter(bloc=bloc).values_list("elu", "sens"))
    changees = [elu for elu in elus if deja.get(elu) != sens]
    if changees:
        VoixDissidente.objects.filter(bloc=bloc, elu__in=changees).delete()
        VoixDissidente.objects.bulk_create(VoixDissidente(bloc=bloc, elu_id=elu, sens=sens) for elu in changees)
        libelle = f"Enregistrer {accorder(len(changees), 'voix', 'voix')} « {Sens(sens).label.lower()} »"
        _noter(courant, bloc, "exprimer_voix", libelle, par=par, vers=sens, elus=changees)
    return len(changees)


@transaction.atomic
def retirer(bloc: BlocDeVote, elu_id: int, *, par) -> bool:
    """The member votes « pour » again. False when no other voice was recorded."""
    courant = verrouiller_le_vote(bloc.rapport)
    voix = VoixDissidente.objects.filter(bloc=bloc, elu=elu_id).select_related("bloc__rapport").first()
    if voix is None:
        return False
    voix.delete()
    _noter(courant, bloc, "retirer_voix", "Retirer une voix", par=par, de=voix.sens, elus=[elu_id])
    return True


def du_groupe(assistance, groupe: str, deports) -> list[int]:
    """Ids of the members of a group who can vote on a block. Raises ActeRefuse when there is none."""
    elus = [
        m.elu_id for m in assistance.votants
        if m.groupe == groupe and m.etat in (Etat.PRESENT, Etat.EXCUSE) and m.elu_id not in deports
    ]  # fmt: skip
    if not elus:
        raise ActeRefuse(f"Aucun membre du groupe « {groupe} » ne peut voter sur ce bloc.")
    return elus


def _noter(rapport, bloc, verbe, acte, *, par, elus, **options):
    donnees = {"bloc": bloc.pk, "elus": elus}
    Journal.noter(rapport, verbe, f"{acte}, bloc « {bloc} »"[:120], par=par, donnees=donnees, **options)
