"""`manage.py generer_actes 2023-604 [--simulation]`: the acts that a rapport calls for, made once each."""

from django.core.management.base import CommandError
from django.db import transaction

from conventions.composition import Manque, composer, resumer
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire_un
from conventions.models import Acte
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
    try:
        phrase, manques = (_simuler if simulation else _preparer)(prevu, rapport, par=par)
    except ActeRefuse as refus:
        return str(refus), False
    return f"{phrase}. {resumer(manques)}".strip(), not manques


def _preparer(prevu, rapport, *, par) -> tuple[str, list[Manque]]:
    acte, _ = preparer(prevu, rapport, par=par)
    return str(acte), composer(lire_un(acte)).manques


def _simuler(prevu, rapport, *, par) -> tuple[str, list[Manque]]:
    """What the page will say that the act lacks: read on the act itself, which is made then undone."""
    if prevu.acte:
        est_projet = prevu.acte.etat == Acte.Etat.PROJET
        return f"déjà préparé ({prevu.acte})", composer(lire_un(prevu.acte)).manques if est_projet else []
    with transaction.atomic():
        _, manques = _preparer(prevu, rapport, par=par)
        transaction.set_rollback(True)
    return f"à préparer avec « {prevu.version.modele} »", manques
