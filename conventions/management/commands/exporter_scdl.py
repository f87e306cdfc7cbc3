"""`manage.py exporter_scdl --annee 2024 --sortie subventions.csv`: open data of the acts signed in a year."""

from django.core.management.base import CommandError

from conventions import scdl
from dpid.fichiers import ecrire
from dpid.management.base import CommandeMetier


class Command(CommandeMetier):
    help = "Exporte les actes signés dans l’année au schéma national « subventions » (SCDL 2.1.1)."

    def add_arguments(self, parser):
        parser.add_argument("--annee", type=int, required=True)
        parser.add_argument("--sortie", required=True, metavar="FICHIER")
        parser.add_argument("--tout", action="store_true", help="y compris les publications volontaires")

    def handle(self, *args, annee, sortie, tout, **options):
        gardees = scdl.a_exporter(scdl.rangees(annee), tout=tout)
        ecrire(sortie, scdl.en_csv(gardees))
        fautives = [r for r in gardees if r.fautes]
        self.stdout.write(
            f"{len(gardees) - len(fautives)} ligne(s) dans {sortie}, dont "
            f"{sum(r.est_obligatoire for r in gardees if not r.fautes)} obligatoire(s)."
        )
        for r in fautives:
            self.stdout.write(f"  écartée : {r.acte} — {' '.join(r.fautes)}")
        if fautives:
            raise CommandError(f"{len(fautives)} ligne(s) écartée(s).")
