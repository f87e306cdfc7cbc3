"""The garbage collector while a long document is built. It belongs to the whole process: to all its threads."""

import gc
import threading
from contextlib import contextmanager

_VERROU = threading.Lock()
_repos, _seuils = 0, gc.get_threshold()


@contextmanager
def ramasse_miettes_au_repos():
    """Full passes of the collector over what a long document builds cost it up to 30 % of its time: none until it is
    done. Several threads may be inside; the last one out puts the collector back."""
    global _repos, _seuils
    with _VERROU:
        if not _repos:
            _seuils = gc.get_threshold()
            gc.freeze()
            gc.set_threshold(100_000, 20, 20)
        _repos += 1
    try:
        yield
    finally:
        with _VERROU:
            _repos -= 1
            if not _repos:
                gc.set_threshold(*_seuils)
                gc.unfreeze()
