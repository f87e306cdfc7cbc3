"""Forking a process that acts, and killing it at a random instant of its transaction."""

import os
import random
import select
import signal
import time
from contextlib import contextmanager

TIRAGE = random.Random(62)


def enfant(travail) -> tuple[int, int]:
    """Fork; the child runs `travail(dire)` and says « debut » then « oui » on the pipe. Returns (pid, reading end)."""
    from django.db import connections

    connections.close_all()
    lecture, ecriture = os.pipe()
    pid = os.fork()
    if pid:
        os.close(ecriture)
        return pid, lecture
    code = 1
    try:
        os.close(lecture)
        travail(lambda mot: os.write(ecriture, mot.encode() + b"\n"))
        code = 0
    except Exception as erreur:
        os.write(ecriture, f"erreur {type(erreur).__name__}: {erreur}\n".encode()[:2000])
    finally:
        os._exit(code)


def lire(lecture) -> list[str]:
    """Everything the child said before it ended."""
    morceaux = []
    while morceau := os.read(lecture, 65536):
        morceaux.append(morceau)
    os.close(lecture)
    return b"".join(morceaux).decode().splitlines()


def interrompre(travail, duree: float) -> list[str]:
    """Kill the child at a random instant of its transaction, `duree` seconds long; returns what it had said."""
    pid, lecture = enfant(travail)
    select.select([lecture], [], [], 30)  # « debut »: the transaction is open
    time.sleep(TIRAGE.random() * duree)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return lire(lecture)


def chronometrer(travail) -> float:
    """Seconds between « debut » and the end, for an undisturbed run."""
    pid, lecture = enfant(travail)
    select.select([lecture], [], [], 30)
    debut = time.monotonic()
    os.waitpid(pid, 0)
    duree = time.monotonic() - debut
    dits = lire(lecture)
    assert dits[-1] == "oui", dits
    return duree


@contextmanager
def annoncer(objet, nom, dire):
    """Say « debut » when the act reaches `objet.nom`, inside its transaction."""
    origine = getattr(objet, nom)

    def entree(*args, **kwargs):
        dire("debut")
        return origine(*args, **kwargs)

    setattr(objet, nom, entree)
    yield
    setattr(objet, nom, origine)
