"""Who is acting, for what is written far from the request (history, cancelled visas)."""

from contextlib import contextmanager
from contextvars import ContextVar

_acteur = ContextVar("acteur", default=None)


def acteur_courant():
    """The agent of the current request or command, or None outside one."""
    return _acteur.get()


@contextmanager
def agir_comme(agent):
    """Everything done inside is recorded as done by `agent`."""
    jeton = _acteur.set(agent)
    try:
        yield agent
    finally:
        _acteur.reset(jeton)
