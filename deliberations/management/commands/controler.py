"""`controler 2023-604 --format json`: what the coherence check finds. Exit code 1 when something blocks, 2 when the
reference is wrong."""

import json

from django.core.management.base import CommandError

from deliberations.controle import controler
from deliberations.controle.editions import en_donnees, en_texte
from deliberations.models import Rapport
from dpid.erreurs import ActeRefuse
from dpid.management.base import CommandeMetier
from dpid.typographie import accorder

REFERENCE_FAUSSE, BLOQUE = 2, 1


class Command(CommandeMetier):
    help = "Contrôle la cohérence d’un rapport ; le code de sortie est 1 quand un constat est bloquant."

    def add_arguments(self, parser):
        parser.add_argument("reference", metavar="REF", help="2023-604, 2023-12-11/64 ou CD:2023-12-11/64")
        parser.add_argument("--format", choices=["texte", "json"], default="texte")

    def handle(self, *args, reference, format, **options):
        try:
            rapport = Rapport.objects.par_reference(reference)
        except ActeRefuse as refus:
            raise CommandError(str(refus), returncode=REFERENCE_FAUSSE) from refus
        releve = controler(rapport)
        if format == "json":
            self.stdout.write(json.dumps(en_donnees(rapport, releve), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(en_texte(rapport, releve))
        if releve.bloquants:
            nombre = accorder(len(releve.bloquants), "constat bloquant", "constats bloquants")
            raise CommandError(f"{nombre}.", returncode=BLOQUE)
