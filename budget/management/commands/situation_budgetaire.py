"""`manage.py situation_budgetaire --exercice 2023 --au 2023-12-10 --format json --sortie situation.json`."""

from budget.documents import FORMATS, situation_en
from budget.situation import exercices
from dpid.erreurs import ActeRefuse
from dpid.fichiers import ecrire
from dpid.management.base import CommandeMetier, jour


class Command(CommandeMetier):
    help = "Écrit la situation budgétaire d’un exercice, aujourd’hui ou à une date passée."

    def add_arguments(self, parser):
        parser.add_argument("--exercice", type=int, required=True)
        parser.add_argument("--au", type=jour, metavar="AAAA-MM-JJ", help="par défaut, les totaux du jour")
        parser.add_argument("--format", required=True, metavar="FORMAT", help=", ".join(FORMATS))
        parser.add_argument("--sortie", required=True, metavar="FICHIER")

    def handle(self, *args, exercice, au, format, sortie, **options):
        if exercice not in exercices():
            raise ActeRefuse(f"Aucune AE ni recette n’est enregistrée pour l’exercice {exercice}.")
        self.stdout.write(str(ecrire(sortie, situation_en(exercice, au, format))))
