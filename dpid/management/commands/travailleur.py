"""`travailleur`: the worker of the background jobs (django-tasks), plus the watch over those left by a dead one."""

import threading

from django.core.management import call_command
from django.core.management.base import BaseCommand

from dpid.tasks import veiller


class Command(BaseCommand):
    help = "Exécute les travaux de fond ; lancez-en autant que de processeurs à occuper."

    def add_arguments(self, parser):
        parser.add_argument("--une-fois", action="store_true", help="s’arrête quand la file est vide")

    def handle(self, *args, une_fois, **options):
        arret = threading.Event()
        veille = threading.Thread(target=veiller, args=[arret], daemon=True)
        veille.start()
        try:
            call_command("db_worker", reload=False, batch=une_fois, startup_delay=False)
        finally:
            arret.set()
            veille.join(timeout=5)
