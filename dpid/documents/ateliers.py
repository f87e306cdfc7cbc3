"""Many documents at once: child processes that render, each given one document at a time.

A child starts afresh: the worker has threads, which a fork would copy halfway. It receives a function of a module and
plain data, gives bytes back, and has no database. One that dies, or stays too long at its document, is replaced and
its document tried once more; what cannot be made is told in its place, and the others go on.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from typing import Any, TypeVar

from django.conf import settings

JOURNAL = logging.getLogger(__name__)
CONTEXTE = get_context("spawn")
# A child takes about two seconds to start: fewer documents than that are made here, in less time.
PETIT_LOT = 10
# Documents that a child makes before another takes its place: what the libraries never give back stays bounded.
PAR_ENFANT = 100
# Seconds for a child to start, and for one document: the longest bundle takes one minute.
DEMARRAGE, DELAI = 120, 300
# Documents made ahead of the one that is waited for, by child: a long one does not stop the others.
AVANCE = 4
ESSAIS = 2

# `functools.partial` of a function of a module and of plain data: both travel to another process.
Commande = Callable[[], bytes]
Cle = TypeVar("Cle")


@dataclass(frozen=True)
class Panne:
    """In the place of a document that could not be made; `phrase` is for the person who asked for it."""

    phrase: str


ERREUR = Panne("Ce document n’a pas pu être mis en page : prévenez l’administration.")
ARRET = Panne("La mise en page de ce document s’est arrêtée en cours de route : réessayez plus tard.")


def produire(
    commandes: Iterable[tuple[Cle, Commande]], *, processus: int | None = None
) -> Iterator[tuple[Cle, bytes | Panne]]:
    """Each document with its key, in the order in which they are asked for. `commandes` is read as the work goes on:
    neither it nor what it gives has to fit in memory.

    `processus`: `settings.DPID["ateliers"]` unless told; a single one, or a few documents, and all is done here.
    """
    nombre = processus or settings.DPID["ateliers"]
    commandes = iter(commandes)
    premieres = list(islice(commandes, PETIT_LOT))
    toutes = chain(premieres, commandes)
    if nombre < 2 or len(premieres) < PETIT_LOT:
        for cle, commande in toutes:
            yield cle, executer(commande)
        return
    ateliers = _Ateliers(nombre)
    try:
        yield from ateliers.produire(toutes)
    finally:
        ateliers.fermer()


def executer(commande: Commande) -> bytes | Panne:
    try:
        return commande()
    except Exception:
        JOURNAL.exception("Un document n’a pas pu être mis en page.")
        return ERREUR


@dataclass
class _Tache:
    rang: int
    cle: Any
    commande: Commande
    essais: int = 0


class _Enfant:
    """A child process, seen from its parent."""

    def __init__(self):
        self.bout, le_sien = CONTEXTE.Pipe()
        self.processus = CONTEXTE.Process(target=_travailler, args=(le_sien,), daemon=True)
        self.processus.start()
        le_sien.close()
        self.tache, self.faits, self.est_pret = None, 0, False
        self.echeance = time.monotonic() + DEMARRAGE

    @property
    def est_libre(self) -> bool:
        return self.est_pret and self.tache is None

    def confier(self, tache: _Tache):
        tache.essais += 1
        self.tache, self.echeance = tache, time.monotonic() + DELAI
        try:
            self.bout.send(tache.commande)
        except OSError:
            JOURNAL.warning("Un atelier est mort avant son document.")  # its end of the pipe says so to `ecouter`

    def ecouter(self) -> bytes | Panne | None:
        """What it has to say, nothing when it is ready. Raises EOFError or OSError when it is dead."""
        resultat = self.bout.recv()
        self.faits += self.est_pret
        self.est_pret, self.tache = True, None
        return resultat

    def fermer(self):
        """At rest, it ends by itself and takes its temporary files with it; else it is killed."""
        self.bout.close()
        if self.est_libre:
            self.processus.join(5)
        self.processus.kill()
        self.processus.join()
        self.processus.close()


class _Ateliers:
    def __init__(self, nombre: int):
        self.enfants = [_Enfant() for _ in range(nombre)]
        self.a_faire: list[_Tache] = []  # the one composed ahead, after those to try again
        self.faits: dict[int, tuple[Any, bytes | Panne]] = {}
        self.attendu = 0  # rank of the next document to give

    def produire(self, commandes) -> Iterator[tuple[Any, bytes | Panne]]:
        taches = (_Tache(rang, *commande) for rang, commande in enumerate(commandes))
        while True:
            # The next one is composed while the children work.
            if not self.a_faire and (tache := next(taches, None)):
                self.a_faire.append(tache)
            if self._confier():
                continue
            if self.attendu in self.faits:
                yield self.faits.pop(self.attendu)
                self.attendu += 1
            elif self.a_faire or any(enfant.tache for enfant in self.enfants):
                self._attendre()
            else:
                return

    def _confier(self) -> bool:
        """Give the next document to a child at rest."""
        libre = next((e for e in self.enfants if e.est_libre), None)
        if not libre or not self.a_faire or self.a_faire[0].rang >= self.attendu + AVANCE * len(self.enfants):
            return False
        if libre.faits >= PAR_ENFANT:
            self._remplacer(libre)
        else:
            libre.confier(self.a_faire.pop(0))
        return True

    def _attendre(self):
        """Until a child is ready, has made its document, is dead, or has been too long to answer."""
        if not self.enfants:
            self._faire_ici(self.a_faire.pop(0))
            return
        occupes = [e for e in self.enfants if not e.est_libre]
        delai = max(0, min(e.echeance for e in occupes) - time.monotonic())
        prets = connection.wait([e.bout for e in self.enfants], delai)
        for enfant in list(self.enfants):
            if enfant.bout in prets:
                self._ecouter(enfant)
            elif not enfant.est_libre and enfant.echeance <= time.monotonic():
                self._remplacer(enfant)

    def _ecouter(self, enfant):
        tache = enfant.tache
        try:
            resultat = enfant.ecouter()
        except (EOFError, OSError):
            self._remplacer(enfant)
            return
        if tache:
            self.faits[tache.rang] = tache.cle, resultat

    def _remplacer(self, enfant):
        """A child that never was ready has no successor: nothing says that it would start better."""
        self.enfants.remove(enfant)
        if enfant.est_pret:
            self.enfants.append(_Enfant())
        tache = enfant.tache
        enfant.fermer()
        if tache and tache.essais < ESSAIS:
            self.a_faire.append(tache)
            self.a_faire.sort(key=lambda tache: tache.rang)  # the one that is waited for is always the first
        elif tache:
            JOURNAL.error("Un document a arrêté %s ateliers : il est laissé de côté.", ESSAIS)
            self.faits[tache.rang] = tache.cle, ARRET

    def _faire_ici(self, tache: _Tache):
        """No child starts. What has killed one does not come here."""
        self.faits[tache.rang] = tache.cle, ARRET if tache.essais else executer(tache.commande)

    def fermer(self):
        for enfant in self.enfants:
            enfant.bout.close()
        for enfant in self.enfants:
            enfant.fermer()


# --- In the child


def _travailler(bout):
    """Until the parent closes its end, or dies. What stops the parent gently is no matter of the child's: it would
    leave a document half made."""
    for arret in (signal.SIGINT, signal.SIGTERM):
        signal.signal(arret, signal.SIG_IGN)
    threading.Thread(target=_suivre_le_parent, daemon=True).start()
    _ouvrir()
    resultat = None
    try:
        while True:
            bout.send(resultat)
            resultat = executer(bout.recv())
    except (EOFError, OSError):
        return


def _suivre_le_parent():
    """A child never outlives the worker that was killed, even in the middle of a long document."""
    parent_process().join()
    os._exit(1)


def _ouvrir():
    """Django, for its templates, without a database: what a document prints was read before."""
    import django

    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
    django.setup()
