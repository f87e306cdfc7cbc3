"""Test bench: programs run in processes of their own, on a database of their own, with the production settings.

What kills processes, drops constraints or opens 32 connections never touches the database of the suite: each trial
starts from a copy of the migrated one (a file for SQLite, a `CREATE DATABASE … TEMPLATE` for PostgreSQL). The flush of
`TransactionTestCase` has thereby nothing to clean: on SQLite the append-only triggers would refuse its DELETE.
"""

import json
import os
import subprocess
import sys
from contextlib import closing, contextmanager
from itertools import count
from urllib.parse import urlsplit

import pytest
from django.conf import settings

# The database must exist, and no transaction may hold it: nothing is written in it, so nothing is flushed either.
SUR_UNE_COPIE = pytest.mark.django_db(transaction=True, available_apps=[])
EPREUVES = os.environ.get("EPREUVES") == "1"
_numero = count(1)


@contextmanager
def base_isolee(dossier):
    """Address of a fresh copy of the migrated test database, removed at the end."""
    from django.db import connection

    if connection.vendor == "sqlite":
        yield _copie_sqlite(connection, dossier / "banc.sqlite3")
        return
    with _copie_postgresql(connection) as adresse:
        yield adresse


def _copie_sqlite(connection, fichier) -> str:
    import sqlite3

    connection.ensure_connection()
    with closing(sqlite3.connect(fichier)) as cible:
        connection.connection.backup(cible)
    return f"sqlite:///{fichier}"


@contextmanager
def _copie_postgresql(connection):
    modele = connection.settings_dict["NAME"]
    nom = f"banc_{os.getpid()}_{next(_numero)}"
    connection.close()  # a template has no other session
    with connection._nodb_cursor() as curseur:
        curseur.execute(f'CREATE DATABASE "{nom}" TEMPLATE "{modele}"')
    try:
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{nom}").geturl()
    finally:
        with connection._nodb_cursor() as curseur:
            curseur.execute(f'DROP DATABASE "{nom}" WITH (FORCE)')


def lancer(programme: str, adresse: str, delai=280, **parametres) -> dict:
    """Run `tests.banc.<programme>` on the database `adresse`; returns what it printed (JSON)."""
    environnement = {**os.environ, "DATABASE_URL": adresse, "DJANGO_SETTINGS_MODULE": "dpid.settings"}
    environnement.pop("PYTEST_XDIST_WORKER", None)
    fini = subprocess.run(
        [sys.executable, "-m", f"tests.banc.{programme}", json.dumps(parametres)],
        cwd=settings.BASE_DIR, env=environnement, capture_output=True, text=True, timeout=delai, check=False,
    )  # fmt: skip
    assert fini.returncode == 0, fini.stderr[-4000:]
    return json.loads(fini.stdout.strip().splitlines()[-1])


def demarrer() -> dict:
    """Top of each program: set Django up and read the parameters."""
    import django

    django.setup()
    return json.loads(sys.argv[1])


def comptes() -> list[str]:
    """Gaps found by `verifier_comptes`."""
    from budget import verification as budget
    from deliberations import verification as deliberations

    return [*budget.ecarts(), *deliberations.ecarts()]
