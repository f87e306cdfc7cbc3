"""Clocks, interleaving, children processes, and the table of results."""

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

OK, AU_DESSUS, INFO = "OK", "AU-DESSUS", "pour information"


@dataclass
class Resultats:
    """Rows printed as they come; `rapide` asks each part for its short version."""

    rapide: bool = False
    lignes: list[tuple] = field(default_factory=list)

    def partie(self, titre: str):
        print(f"\n── {titre}", flush=True)

    def noter(self, quoi: str, valeur: float, cible: float | None = None, *, detail="", sens="≤", informatif=False):
        """One figure beside its target; `sens` « ≥ » when more is better."""
        tenu = cible is None or (valeur <= cible if sens == "≤" else valeur >= cible)
        verdict = "" if cible is None else OK if tenu else AU_DESSUS if sens == "≤" else "EN DESSOUS"
        if informatif and verdict:
            verdict += f" ({INFO})"
        borne = "" if cible is None else f"{sens} {nombre(cible)}"
        self.lignes.append((quoi, valeur, borne, verdict))
        print(f"  {quoi:<58} {nombre(valeur):>9}  {borne:<8} {verdict:<10} {detail}".rstrip(), flush=True)

    def dire(self, texte: str):
        print(f"  {texte}", flush=True)

    def resume(self):
        manques = [ligne for ligne in self.lignes if ligne[3] and not ligne[3].startswith(OK)]
        print(f"\n{len(self.lignes)} mesures, {len(manques)} hors de leur cible.")
        for quoi, valeur, borne, verdict in manques:
            print(f"  {quoi} : {nombre(valeur)} (cible {borne}) {verdict}")


def nombre(valeur: float) -> str:
    """French decimal comma, three significant figures for ratios, none for counts."""
    if valeur == int(valeur):
        return str(int(valeur))
    return (f"{valeur:.0f}" if abs(valeur) >= 100 else f"{valeur:.2f}").replace(".", ",")


def mediane(valeurs) -> float:
    return statistics.median(valeurs)


def memoire_mio() -> float:
    """Peak of the process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def horloge():
    """CPU time when the database lives in our process (SQLite). A server computes in its own: wall time then."""
    from django.db import connection

    return time.process_time if connection.vendor == "sqlite" else time.perf_counter


def chronometrer(fonctions: dict[str, Callable], tours: int, *, horloge=time.process_time) -> dict[str, list[float]]:
    """{name: seconds of each turn}, the functions taking turns after one unmeasured pass."""
    temps: dict[str, list[float]] = {nom: [] for nom in fonctions}
    for fonction in fonctions.values():
        fonction()
    for _ in range(tours):
        for nom, fonction in fonctions.items():
            gc.collect()
            debut = horloge()
            fonction()
            temps[nom].append(horloge() - debut)
    return temps


@contextmanager
def compter_requetes():
    """Yields a list that receives the SQL of each query, without Django's debug bookkeeping."""
    from django.db import connection

    requetes: list[str] = []

    def noter(execute, sql, params, many, context):
        requetes.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noter):
        yield requetes


def enfant(fonction: str, base: str = "", **arguments):
    """Result of `module:fonction(**arguments)` run in a fresh process, on the database `base` (none: no Django)."""
    environnement = {**os.environ, "DATABASE_URL": base} if base else dict(os.environ)
    commande = [sys.executable, "-m", "script.mesures.enfant", fonction, json.dumps(arguments)]
    fini = subprocess.run(commande, env=environnement, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if fini.returncode:
        raise RuntimeError(f"la mesure {fonction} {arguments} a échoué (code {fini.returncode}).")
    return json.loads(fini.stdout.splitlines()[-1])
