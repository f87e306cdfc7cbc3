"""`manage.py editer repartition 2023-604 --format pdf --sortie annexe.pdf`."""

from deliberations import documents
from deliberations.models import Rapport
from dpid.fichiers import ecrire
from dpid.management.base import CommandeMetier


class Command(CommandeMetier):
    help = "Écrit un document d’un rapport : les pièces figées après le vote, un projet avant."

    def add_arguments(self, parser):
        parser.add_argument("document", help=", ".join(documents.NATURES))
        parser.add_argument("reference", metavar="REF", help="2023-604, 2023-12-11/64 ou CD:2023-12-11/64")
        parser.add_argument("--format", required=True, metavar="FORMAT", help="pdf, json ; tableaux : xlsx, ods, csv")
        parser.add_argument("--sortie", required=True, metavar="FICHIER")

    def handle(self, *args, document, reference, format, sortie, **options):
        contenu, _ = documents.editer(Rapport.objects.par_reference(reference), document, format)
        self.stdout.write(str(ecrire(sortie, contenu)))
