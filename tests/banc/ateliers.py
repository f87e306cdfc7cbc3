"""What the children of `dpid.documents.ateliers` are given in the tests: they find it here, by its name."""

import os
import signal
import time
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
