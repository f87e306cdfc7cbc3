"""`verifier_comptes`: re-derives every account and exits non-zero with the list of gaps."""

from django.core.management.base import CommandError
from django.db import transaction

from budget import verification as budget
from deliberations import verification as deliberations
from dpid.management.base import CommandeMetier


class Command(CommandeMetier):
    help = "Recalcule tous les soldes depuis les mouvements et liste les écarts."

    def handle(self, *args, **options):
        with transaction.atomic():
            ecarts = [*budget.ecarts(), *deliberations.ecarts()]
        if ecarts:
            raise CommandError("\n".join([*ecarts, f"{len(ecarts)} écart(s) trouvé(s)."]))
        self.stdout.write("Comptes vérifiés : aucun écart.")
