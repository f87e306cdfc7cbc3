"""What the children of `dpid.documents.ateliers` are given in the tests: they find it here, by its name."""

import json
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path


def dire(texte: str) -> bytes:
    return texte.encode()


def echouer() -> bytes:
    raise ValueError("un document impossible")


def mourir() -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)


def mourir_une_fois(temoin: str) -> bytes:
    if Path(temoin).exists():
        return b"fait au second essai"
    Path(temoin).touch()
    mourir()


def s_attarder() -> bytes:
    time.sleep(600)


def lire_la_base() -> bytes:
    from dpid.models import Agent

    return str(Agent.objects.count()).encode()


def ne_pas_demarrer(bout) -> None:
    os._exit(1)


def rendre_ou_mourir(donnees: dict, *, projet: bool) -> bytes:
    """In the place of the rendering of an act."""
    structure = donnees["parties"][1]["nom"]
    if structure == "Fatale":
        mourir()
    if structure == "Impossible":
        echouer()
    return f"{structure} {projet}".encode()


def principal():
    """A worker whose children are at work: says their pids, then waits to be killed."""
    from dpid.documents import ateliers

    def commandes():
        for rang in range(20):
            yield rang, partial(noter_puis_s_attarder, sys.argv[1])

    threading.Thread(target=lambda: list(ateliers.produire(commandes(), processus=2)), daemon=True).start()
    while len(pids := [f.name for f in Path(sys.argv[1]).iterdir()]) < 2:
        time.sleep(0.1)
    print(json.dumps([int(pid) for pid in pids]), flush=True)
    time.sleep(600)


def noter_puis_s_attarder(dossier: str) -> bytes:
    (Path(dossier) / str(os.getpid())).touch()
    s_attarder()


if __name__ == "__main__":
    principal()
