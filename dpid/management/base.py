"""Base of the project's commands: French refusals on stderr, exit code ≠ 0, acting account."""

import argparse
import re
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from dpid.acteur import agir_comme
from dpid.erreurs import ActeRefuse
from dpid.models import Agent

# argparse speaks English only, and these commands are for people who do not.
_REFUS_ARGPARSE = (
    (r"the following arguments are required: (.+)", r"il manque \1"),
    (r"unrecognized arguments: (.+)", r"option inconnue : \1"),
    (r"argument (.+): expected one argument", r"\1 attend une valeur"),
    (r"argument (.+): invalid int value: '(.*)'", r"\1 attend un nombre entier, pas « \2 »"),
    (r"argument (.+): invalid choice: '(.*)' \(choose from (.+)\)", r"\1 n’accepte pas « \2 » : choisissez parmi \3"),
    (r"argument (.+?): (.+)", r"\1 : \2"),
)


class CommandeMetier(BaseCommand):
    """A refusal (ActeRefuse) is printed as it is, without traceback."""

    def create_parser(self, prog_name, subcommand, **kwargs):
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        refuser = parser.error
        parser.error = lambda message: refuser(_en_francais(message))
        return parser

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except ActeRefuse as refus:
            raise CommandError(str(refus)) from refus


class CommandeEcriture(CommandeMetier):
    """A command that writes acts as an account: `--par COMPTE`, by default the system account `commande`."""

    permission = ""

    def add_arguments(self, parser):
        parser.add_argument("--par", default=Agent.SYSTEME, metavar="COMPTE", help="compte qui agit")

    def execute(self, *args, **options):
        with agir_comme(None):
            return super().execute(*args, **options)

    def agent(self, options) -> Agent:
        """The acting account; raises CommandError when it does not exist or may not do this."""
        agent = Agent.objects.filter(username=options["par"]).first()
        if agent is None and options["par"] == Agent.SYSTEME:
            agent = Agent.creer_systeme()
        if agent is None or not agent.is_active:
            raise CommandError(f"Le compte « {options['par']} » n’existe pas ou n’est pas actif.")
        if self.permission and not agent.has_perm(self.permission):
            raise CommandError(f"Le compte « {agent.username} » n’a pas le droit de le faire ({agent.libelles_roles}).")
        return agent


def jour(texte: str) -> date:
    """argparse type: an ISO date that exists."""
    try:
        return date.fromisoformat(texte)
    except ValueError as erreur:
        raise argparse.ArgumentTypeError(f"« {texte} » n’est pas une date : écrivez AAAA-MM-JJ.") from erreur


def _en_francais(message: str) -> str:
    for motif, phrase in _REFUS_ARGPARSE:
        if re.fullmatch(motif, message):
            return re.sub(motif, phrase, message)
    return message
