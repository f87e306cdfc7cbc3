"""`importer_depots FICHIER --appel 2024 [--simulation] [--creer-manquants] [--reporter MOTIF] [--colonne TITRE=CHAMP]
[--par COMPTE]`"""

from pathlib import Path

from django.core.management.base import CommandError

from dpid.acteur import agir_comme
from dpid.erreurs import ActeRefuse
from dpid.management.base import CommandeEcriture
from programmes import tasks
from programmes.depots.importation import application
from programmes.depots.importation.colonnes import IGNORER, PAR_CODE
from programmes.depots.importation.plan import Choix
from programmes.models import AppelAProjets


class Command(CommandeEcriture):
    help = "Importe l’extrait du portail de dépôt (CSV, XLSX ou ODS) dans un appel à projets."
    permission = "programmes.importer_depots"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--appel", type=int, required=True, metavar="ANNEE")
        parser.add_argument("--simulation", action="store_true", help="dit ce que l’import ferait, sans rien écrire")
        parser.add_argument("--creer-manquants", action="store_true", help="crée les structures inconnues, à compléter")
        parser.add_argument("--reporter", default="", metavar="MOTIF", help="reporte les dépôts tardifs, pour ce motif")
        parser.add_argument(
            "--colonne", action="append", default=[], metavar="TITRE=CHAMP",
            help=f"champ que porte une colonne : {', '.join(PAR_CODE)} ou {IGNORER}",
        )  # fmt: skip

    def handle(self, *args, fichier, appel, simulation, creer_manquants, reporter, colonne, **options):
        par = self.agent(options)
        contenu = self._lire(fichier)
        cible = AppelAProjets.objects.filter(annee=appel).first()
        if cible is None:
            raise CommandError(f"L’appel à projets {appel} n’existe pas : ouvrez-le d’abord.")
        with agir_comme(par):
            extrait = application.preparer(cible, contenu, fichier.name, par=par)
            self._designer(extrait, colonne)
            plan = self._simuler(extrait, par, creer_manquants, reporter)
            if not simulation and plan.a_ecrire:
                extrait.save()
                plan = application.appliquer(extrait, par=par)
        self._rendre_compte(plan, simulation)

    def _lire(self, fichier: Path) -> bytes:
        try:
            return fichier.read_bytes()
        except OSError as erreur:
            cause = "il n’existe pas" if isinstance(erreur, FileNotFoundError) else "vérifiez ses droits"
            raise CommandError(f"Le fichier « {fichier} » ne se lit pas : {cause}.") from erreur

    def _designer(self, extrait, designations):
        champs = dict(extrait.correspondance)
        for designation in designations:
            titre, _, code = designation.rpartition("=")
            if titre not in champs or code not in (*PAR_CODE, IGNORER):
                raise ActeRefuse(
                    f"« {designation} » ne désigne rien : écrivez TITRE=CHAMP, le titre étant celui d’une colonne et "
                    f"le champ l’un de {', '.join(PAR_CODE)}, {IGNORER}."
                )
            champs[titre] = code
        extrait.correspondance = list(champs.items())

    def _simuler(self, extrait, par, creer_manquants, motif):
        choix = Choix(creer_manquants=creer_manquants, motif=motif)
        plan = application.simuler(extrait, par=par, choix=choix)
        if motif and plan.tardifs:
            choix.reportes = {t.lu.reference for t in plan.tardifs if t.suivante}
            plan = application.simuler(extrait, par=par, choix=choix)
        extrait.choix = choix.en_json()
        return plan

    def _rendre_compte(self, plan, simulation):
        for constat in plan.constats:
            self.stderr.write(str(constat))
        if not plan.a_ecrire and plan.refusees:
            raise CommandError("Aucune ligne ne peut être importée : rien n’a été écrit.")
        phrase = tasks.phrase(plan.bilan())
        self.stdout.write(phrase.replace("Import enregistré", "Simulation, rien n’est écrit") if simulation else phrase)
