"""`travailleur`: the worker of the background jobs (django-tasks), plus the watch over those left by a dead one."""

import logging
import threading
import time

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError
from django_tasks_db.utils import is_locked_database_exception

from dpid.tasks import veiller

journal = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Exécute les travaux de fond ; lancez-en autant que de processeurs à occuper."

    def add_arguments(self, parser):
        parser.add_argument("--une-fois", action="store_true", help="s’arrête quand la file est vide")

    def handle(self, *args, une_fois, **options):
        arret = threading.Event()
        veille = threading.Thread(target=veiller, args=[arret], daemon=True)
        veille.start()
        try:
            while not self._travailler(une_fois):
                time.sleep(1)
        finally:
            arret.set()
            veille.join(timeout=5)

    def _travailler(self, une_fois: bool) -> bool:
        """False when a long writing held SQLite longer than its timeout: a worker waits, it does not die of it."""
        try:
            call_command("db_worker", reload=False, batch=une_fois, startup_delay=False)
        except OperationalError as erreur:
            if not is_locked_database_exception(erreur):
                raise
            journal.warning("La base est occupée : le travailleur reprend dans un instant.")
            return False
        return True
