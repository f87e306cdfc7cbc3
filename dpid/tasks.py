"""Background jobs: asked once per key, run by the worker, taken up again when their worker died.

django-tasks carries the message (« run job 12 »); `Travail` owns what a person sees: progress, result, failure. The
message may be delivered twice or lost with a killed worker: claiming the row makes the work happen once at a time.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager

from django.db import close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from dpid.acteur import agir_comme
from dpid.erreurs import ActeRefuse
from dpid.models import Travail
from dpid.models.travail import BATTEMENT_MAXIMAL

journal = logging.getLogger(__name__)
BATTEMENT = 30
_fabriques: dict[str, Callable] = {}
_veilles: list[Callable] = []
Etat = Travail.Etat


def inscrire_fabrique(nature: str, fabrique: Callable) -> None:
    """`fabrique(travail)` → (bytes, file name) or (None, message); registered by the higher rooms' apps.py."""
    _fabriques[nature] = fabrique


def inscrire_veille(fonction: Callable) -> None:
    """`fonction()` runs every minute beside the jobs: what time alone brings about (a deadline that passes)."""
    if fonction not in _veilles:
        _veilles.append(fonction)


@transaction.atomic
def demander(nature: str, titre: str, parametres: dict, *, par, cle: str, en_file: bool = True) -> Travail:
    """The job with this key, created and queued when it is new or had failed.

    `en_file=False`: the caller runs it at once with `executer_ici`; the watch takes it up if that process dies.
    """
    travail, cree = Travail.objects.get_or_create(
        cle=cle, defaults={"nature": nature, "titre": titre, "parametres": parametres, "par": par}
    )
    if not cree and travail.etat == Etat.ECHOUE:
        cree = Travail.objects.filter(pk=travail.pk, etat=Etat.ECHOUE).update(
            etat=Etat.EN_ATTENTE, message="", parametres=parametres, battement_le=timezone.now()
        )
    if cree:
        if en_file:
            executer.enqueue(travail.pk)
        travail.refresh_from_db()
    return travail


def executer_ici(travail: Travail) -> Travail:
    """Run a short job in this process, unless it was already run or is being run. Returns it as it then stands."""
    executer.func(travail.pk)
    travail.refresh_from_db()
    return travail


@task()
def executer(travail_id: int) -> None:
    """Run one job, unless another worker is already at it."""
    if not _prendre(travail_id):
        return
    travail = Travail.objects.select_related("par").get(pk=travail_id)
    try:
        with _battre(travail_id), agir_comme(travail.par):
            contenu, nom = _fabriques[travail.nature](travail)
    except ActeRefuse as refus:
        _conclure(travail_id, Etat.ECHOUE, message=str(refus))
    except Exception:
        journal.exception("Le travail %s a échoué.", travail_id)
        _conclure(travail_id, Etat.ECHOUE, message="Le travail a échoué : réessayez, ou prévenez l’administration.")
    else:
        fichier = {"resultat": contenu, "nom_fichier": nom} if contenu is not None else {"message": nom}
        _conclure(travail_id, Etat.TERMINE, **fichier)


def par_centieme(avancer: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """`avancer(fait, total)` called for a change of a hundredth only: each one is a write."""
    dit = -1

    def dire(fait: int, total: int):
        nonlocal dit
        if (centieme := 100 * fait // max(total, 1)) != dit:
            dit = centieme
            avancer(fait, total)

    return dire


def relancer_abandonnes() -> int:
    """Queue again the jobs that have given no sign for two minutes; returns how many."""
    abandonnes = list(Travail.objects.abandonnes().values_list("pk", flat=True))
    # A waiting job is queued again at most every two minutes: behind a long queue its first message is not lost.
    Travail.objects.filter(pk__in=abandonnes, etat=Etat.EN_ATTENTE).update(battement_le=timezone.now())
    for pk in abandonnes:
        executer.enqueue(pk)
    return len(abandonnes)


def _prendre(travail_id: int) -> bool:
    """Claim the row: waiting, or abandoned by a dead worker. One UPDATE, so that only one worker gets it."""
    maintenant = timezone.now()
    libre = Q(etat=Etat.EN_ATTENTE) | Q(etat=Etat.EN_COURS, battement_le__lt=maintenant - BATTEMENT_MAXIMAL)
    return bool(
        Travail.objects.filter(libre, pk=travail_id).update(etat=Etat.EN_COURS, battement_le=maintenant, fait=0)
    )


def _conclure(travail_id: int, etat: str, **valeurs) -> None:
    Travail.objects.filter(pk=travail_id, etat=Etat.EN_COURS).update(
        etat=etat, termine_le=timezone.now(), battement_le=timezone.now(), **valeurs
    )


@contextmanager
def _battre(travail_id: int):
    """Heartbeat every 30 s from a thread: a long rendering is not a dead worker."""
    fini = threading.Event()

    def battre():
        try:
            while not fini.wait(BATTEMENT):
                Travail.objects.filter(pk=travail_id).update(battement_le=timezone.now())
        finally:
            connection.close()

    fil = threading.Thread(target=battre, daemon=True)
    fil.start()
    try:
        yield
    finally:
        fini.set()
        fil.join()


def veiller(arret: threading.Event, intervalle: int = 60) -> None:
    """Loop of the worker's watch: abandoned jobs are taken up at start and every minute, deadlines are applied."""
    while True:
        close_old_connections()
        try:
            for veille in (relancer_abandonnes, *_veilles):
                try:
                    veille()
                except Exception:
                    journal.exception("La veille « %s » a échoué.", veille.__name__)
        finally:
            connection.close()
        if arret.wait(intervalle):
            return
