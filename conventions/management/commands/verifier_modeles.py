"""`manage.py verifier_modeles`: the lint of every version in use or in draft; non-zero when one has a fault."""

from django.core.management.base import CommandError

from conventions.modeles.relecture import relire
from conventions.models import VersionDeModele
from dpid.management.base import CommandeMetier


class Command(CommandeMetier):
    help = "Relit les modèles d’acte en brouillon et publiés : champs inconnus, marques oubliées, renvois sans but."

    def handle(self, *args, **options):
        versions = VersionDeModele.objects.exclude(etat=VersionDeModele.Etat.RETIREE)
        versions = list(versions.select_related("modele").prefetch_related("blocs"))
        fautes = 0
        for version in versions:
            constats = relire(version)
            fautes += sum(c.est_bloquant for c in constats)
            self.stdout.write(f"{version} ({version.get_etat_display().lower()}) : {len(constats) or 'aucun'} constat")
            for constat in constats:
                debut = "" if constat.est_bloquant else "À vérifier\u00a0: "
                self.stdout.write(f"  - {debut}{constat.phrase}")
        self.stdout.write(f"{len(versions)} version(s) relue(s).")
        if fautes:
            raise CommandError(f"{fautes} constat(s) qui empêchent de publier.")
