"""`echoir_avis`: avis past their deadline are « réputés favorables » or « non rendus », as their dispositif says."""

from django.core.management.base import BaseCommand

from dpid.acteur import agir_comme
from dpid.typographie import accorder
from programmes.instruction.actes import echoir_avis, systeme


class Command(BaseCommand):
    help = "Constate les avis échus (le travailleur le fait aussi, chaque minute)."

    def handle(self, *args, **options):
        par = systeme()
        with agir_comme(par):
            faits = echoir_avis(par=par)
        self.stdout.write(f"{accorder(faits, 'avis échu constaté', 'avis échus constatés')}.")
