"""`importer_repartition FICHIER.xlsx --rapport REF [--simulation] [--creer-manquants] [--par COMPTE]`"""

from pathlib import Path

from django.core.management.base import CommandError

from deliberations.importation.application import appliquer, simuler
from dpid.acteur import agir_comme
from dpid.management.base import CommandeEcriture
from dpid.montants import euros


class Command(CommandeEcriture):
    help = "Importe une annexe de répartition tenue dans un tableur (XLSX, ODS ou CSV)."
    permission = "deliberations.importer"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--rapport", required=True, metavar="REF")
        parser.add_argument("--simulation", action="store_true", help="dit ce que l’import ferait, sans rien écrire")
        parser.add_argument("--creer-manquants", action="store_true", help="crée ce que le fichier nomme et qui manque")

    def handle(self, *args, fichier, rapport, simulation, creer_manquants, **options):
        par = self.agent(options)
        try:
            contenu = fichier.read_bytes()
        except OSError as erreur:
            cause = "il n’existe pas" if isinstance(erreur, FileNotFoundError) else "vérifiez ses droits"
            raise CommandError(f"Le fichier « {fichier} » ne se lit pas : {cause}.") from erreur
        with agir_comme(par):
            bilan = simuler(contenu, fichier.name, rapport, par=par, creer_manquants=creer_manquants)
            for constat in bilan.avertissements:
                self.stderr.write(f"Attention. {constat}")
            if not bilan.est_applicable:
                refus = "\n".join(str(c) for c in bilan.erreurs)
                raise CommandError(f"{refus}\nImport refusé : rien n’a été écrit.")
            if not simulation:
                bilan = appliquer(contenu, fichier.name, rapport, par=par, creer_manquants=creer_manquants)
        self._rendre_compte(bilan, simulation)

    def _rendre_compte(self, bilan, simulation):
        for creation in bilan.creations:
            self.stdout.write(f"  création : {creation}")
        for ligne in bilan.ajouts:
            self.stdout.write(f"  ajout : {ligne}")
        for ligne in bilan.changements:
            details = " ; ".join(f"{champ} : {a} → {b}" for champ, (a, b) in ligne.differences.items())
            self.stdout.write(f"  changement : {ligne} ({details})")
        for ligne in bilan.retraits:
            self.stdout.write(f"  retrait : {ligne.structure} : {euros(ligne.montant, True)}")
        verbe = "Simulation, rien n’est écrit" if simulation else "Import enregistré"
        self.stdout.write(
            f"{verbe} : rapport {bilan.reference}, {len(bilan.ajouts)} ajout(s), "
            f"{len(bilan.changements)} changement(s), {len(bilan.retraits)} retrait(s), "
            f"{bilan.plan.inchangees} ligne(s) inchangée(s), total {euros(bilan.total, True)}."
        )
