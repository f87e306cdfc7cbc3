"""`manage.py generer_actes 2023-604 [--simulation]`: the acts that a rapport calls for, made once each."""

from django.core.management.base import CommandError

from conventions.composition import composer, resumer
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire_un
from deliberations.models import Rapport
from dpid.erreurs import ActeRefuse
from dpid.management.base import CommandeEcriture
from dpid.montants import euros


class Command(CommandeEcriture):
    permission = "conventions.generer"
    help = "Prépare les conventions et avenants d’un rapport ; --simulation dit ce qui serait fait, sans rien écrire."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("reference", metavar="REF", help="2023-604, 2023-12-11/64 ou CD:2023-12-11/64")
        parser.add_argument("--simulation", action="store_true", help="n’écrit rien")

    def handle(self, *args, reference, simulation, **options):
        rapport = Rapport.objects.par_reference(reference)
        par, arretes = self.agent(options), 0
        for prevu in prevoir(rapport):
            phrase, fait = _faire(prevu, rapport, par=par, simulation=simulation)
            arretes += not fait
            self.stdout.write(f"{'✓' if fait else '✗'} {prevu.libelle} ({euros(prevu.montant, True)}) : {phrase}")
        if arretes:
            raise CommandError(f"{arretes} acte(s) à compléter.")


def _faire(prevu, rapport, *, par, simulation) -> tuple[str, bool]:
    if prevu.empechement:
        return prevu.empechement, False
    if simulation:
        return f"déjà préparé ({prevu.acte})" if prevu.acte else f"à préparer avec « {prevu.version.modele} »", True
    try:
        acte, _ = preparer(prevu, rapport, par=par)
    except ActeRefuse as refus:
        return str(refus), False
    manques = composer(lire_un(acte)).manques
    return f"{acte}. {resumer(manques)}".strip(), not manques
