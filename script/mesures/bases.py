"""Databases made for one run and dropped with it: one migrated model, copied for each need."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from script.mesures.outils import enfant


class BasesSqlite:
    """Files in a temporary folder."""

    def __init__(self):
        self.dossier = Path(tempfile.mkdtemp(prefix="dpid-mesures-"))

    def adresse(self, nom: str) -> str:
        return f"sqlite:///{self.dossier / nom}.sqlite3"

    def creer_modele(self) -> str:
        return self.adresse("modele")

    def copier(self, nom: str) -> str:
        # The model is at rest (its process has ended, its journal is folded in): a plain copy is a whole database.
        shutil.copyfile(self.dossier / "modele.sqlite3", self.dossier / f"{nom}.sqlite3")
        return self.adresse(nom)

    def supprimer(self):
        shutil.rmtree(self.dossier, ignore_errors=True)


class BasesPostgres:
    """Databases of a server, named after this run."""

    def __init__(self, serveur: str):
        self.serveur = urlsplit(serveur)
        self.prefixe = f"dpid_mesures_{secrets.token_hex(4)}"
        self.noms: list[str] = []
        self.dossier = Path(tempfile.mkdtemp(prefix="dpid-mesures-"))

    def adresse(self, nom: str) -> str:
        return urlunsplit(self.serveur._replace(path=f"/{self.prefixe}_{nom}"))

    def _ordonner(self, ordre: str, **noms):
        import psycopg
        from psycopg import sql

        adresse = urlunsplit(self.serveur._replace(scheme="postgresql", path="/postgres"))
        identifiants = {cle: sql.Identifier(f"{self.prefixe}_{nom}") for cle, nom in noms.items()}
        with psycopg.connect(adresse, autocommit=True) as connexion:
            connexion.execute(sql.SQL(ordre).format(**identifiants))

    def creer_modele(self) -> str:
        self._ordonner("CREATE DATABASE {nom} TEMPLATE template0 ENCODING 'UTF8'", nom="modele")
        self.noms.append("modele")
        return self.adresse("modele")

    def copier(self, nom: str) -> str:
        self._ordonner("CREATE DATABASE {nom} TEMPLATE {modele}", nom=nom, modele="modele")
        self.noms.append(nom)
        return self.adresse(nom)

    def supprimer(self):
        for nom in self.noms:
            self._ordonner("DROP DATABASE IF EXISTS {nom} WITH (FORCE)", nom=nom)
        shutil.rmtree(self.dossier, ignore_errors=True)


def serveur_postgres() -> str | None:
    """Address of the server to use: DATABASE_URL when it names one, else a local server open to us."""
    demande = os.environ.get("DATABASE_URL", "")
    if demande.startswith(("postgres://", "postgresql://")):
        return demande
    import psycopg

    for role in ("postgres", "root"):
        adresse = f"postgresql://{role}@127.0.0.1:{os.environ.get('TEST_PG_PORT', '5432')}"
        try:
            with psycopg.connect(f"{adresse}/postgres", connect_timeout=2) as connexion:
                droit = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                if connexion.execute(droit).fetchone()[0]:
                    return f"{adresse}/postgres"
        except psycopg.Error:
            continue
    return None


def preparer(bases) -> None:
    """Migrate the model and load the reference data; every other database is a copy of it."""
    enfant("donnees:preparer_modele", bases.creer_modele())
