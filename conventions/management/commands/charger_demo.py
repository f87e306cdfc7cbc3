"""`charger_demo --jusqu-a {preparation,adoption}`: the demo data, up to a stage. Idempotent."""

from conventions import demonstration as conventions
from deliberations import demonstration as demo
from dpid.acteur import agir_comme
from dpid.management.base import CommandeMetier
from dpid.models import Agent
from programmes import demonstration as programmes


class Command(CommandeMetier):
    help = "Charge les données de démonstration et affiche les comptes."

    def add_arguments(self, parser):
        parser.add_argument(
            "--jusqu-a",
            choices=["preparation", "adoption"],
            default="adoption",
            dest="stade",
            help="preparation : les rapports sont prêts, aucun n’est voté ; adoption : les quatre actes publiés.",
        )

    def handle(self, *args, stade, **options):
        demo.charger_referentiels()
        comptes = demo.charger_comptes()
        instruction = Agent.objects.get(username="instruction")
        with agir_comme(instruction):
            demo.charger_budget(Agent.objects.get(username="budget"))
            demo.charger_structures()
            demo.charger_assemblee()
            rapports = {numero: demo.charger_rapport(f"rapport_{numero}.json", instruction) for numero in demo.RAPPORTS}
            programmes.charger_types()
            for nom in programmes.FICHES:
                programmes.charger_fiches(instruction, nom)
            # The acts first: they are annexes of the rapports, which the vote freezes.
            for charger in (conventions.charger_modeles, conventions.charger_reprises, conventions.charger_actes,
                            conventions.charger_projets):  # fmt: skip
                charger(Agent.objects.get(username="conventions"))
        if stade == "adoption":
            for numero in demo.PUBLIES:
                demo.voter(rapports[numero], f"rapport_{numero}.json")
        self.stdout.write(f"Comptes de démonstration (mot de passe commun : {demo.MOT_DE_PASSE})")
        for agent in comptes:
            self.stdout.write(f"  {agent.username:<16} {agent.libelles_roles} — {agent.qualite}")
