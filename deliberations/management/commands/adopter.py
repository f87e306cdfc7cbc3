"""`adopter REF --numero 2023-604 --le 2023-12-11 [--par COMPTE]`"""

from deliberations.models import Rapport
from dpid.acteur import agir_comme
from dpid.management.base import CommandeEcriture, jour


class Command(CommandeEcriture):
    help = "Adopte un rapport ; le compte système donne d’abord les visas qui manquent."
    permission = "deliberations.adopter"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("reference", metavar="REF")
        parser.add_argument("--numero", required=True, help="numéro de la délibération, 2023-604")
        parser.add_argument("--le", required=True, type=jour, help="date de la séance, 2023-12-11")

    def handle(self, *args, reference, numero, le, **options):
        par = self.agent(options)
        rapport = Rapport.objects.par_reference(reference)
        # Taking over an act already voted is a batch job: no officer is there to sign the circuit. The system
        # account signs under its own name; a person's account adopts only what its colleagues have signed.
        with agir_comme(par):
            rapport.adopter(par=par, numero=numero, le=le, reprise=par.est_systeme)
        self.stdout.write(f"Rapport {rapport.reference} adopté : délibération n° {numero} du {le:%d/%m/%Y}.")
