"""`manage.py editer repartition 2023-604 --format pdf --sortie annexe.pdf`."""

from deliberations import dossier_de_seance
from deliberations.dossier_de_seance import Edition
from deliberations.models import Rapport
from dpid.fichiers import ecrire
from dpid.management.base import CommandeMetier


class Command(CommandeMetier):
    help = "Écrit un document d’un rapport : les pièces figées après le vote, un projet avant."

    def add_arguments(self, parser):
        parser.add_argument("document", help=f"{', '.join(dossier_de_seance.CLES)} ou annexe-CLÉ")
        parser.add_argument("reference", metavar="REF", help="2023-604, 2023-12-11/64 ou CD:2023-12-11/64")
        parser.add_argument(
            "--format", required=True, metavar="FORMAT",
            help="pdf, archive (PDF/A-3), json ; tableaux : xlsx, ods, csv ; dossier et annexes : zip ; rapport et "
            "délibération, avec l’extension bureautique : odt, docx",
        )  # fmt: skip
        parser.add_argument("--sortie", required=True, metavar="FICHIER")
        parser.add_argument("--edition", choices=Edition.values, default=Edition.SIGNEE, help="signee (par défaut)")

    def handle(self, *args, document, reference, format, sortie, edition, **options):
        rapport = Rapport.objects.par_reference(reference)
        contenu, _ = dossier_de_seance.editer(rapport, document, format, edition=edition)
        self.stdout.write(str(ecrire(sortie, contenu)))
