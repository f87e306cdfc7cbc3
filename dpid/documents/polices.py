"""Where the engine unpacks its fonts: a folder per process, removed with it.

A process that is killed cannot: the next one on the same machine removes what it left, so that a worker stopped a
hundred times does not fill the disk.
"""

import os
import platform
import shutil
import tempfile
from pathlib import Path


def ranger(polices):
    """Give the engine's font configuration a folder that bears the number of this process."""
    prefixe = f"dpid-polices-{platform.node()}-"
    for dossier in Path(tempfile.gettempdir()).glob(f"{prefixe}*"):
        numero = dossier.name.removeprefix(prefixe).partition("-")[0]
        if numero.isdigit() and not _vit(int(numero)):
            shutil.rmtree(dossier, ignore_errors=True)
    # The library makes one without a name when it has none; it removes either with the configuration.
    polices._folder = Path(tempfile.mkdtemp(prefix=f"{prefixe}{os.getpid()}-"))
    return polices


def _vit(numero: int) -> bool:
    try:
        os.kill(numero, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
