"""What the worker does for the programmes: imports of more than a few thousand dossiers."""

import hashlib
import json

from dpid.tasks import demander
from dpid.typographie import accorder
from programmes.depots.importation import application
from programmes.models import ImportDepots


def demander_import(extrait: ImportDepots, *, par):
    """One job per file and set of answers: a double click is one import."""
    reponses = hashlib.sha256(json.dumps(extrait.choix, sort_keys=True).encode()).hexdigest()[:12]
    return demander(
        "depots", f"Import de {extrait}", {"import": extrait.pk}, par=par, cle=f"depots-{extrait.pk}-{reponses}"
    )


def importer(travail):
    """Factory of the « depots » jobs. Taken up after a crash it finds the import done, or does it: never twice."""
    extrait = ImportDepots.objects.get(pk=travail.parametres["import"])
    if extrait.applique_le:
        return None, phrase(extrait.bilan)
    application.appliquer(extrait, par=travail.par)
    return None, phrase(extrait.bilan)


def phrase(bilan: dict) -> str:
    """What an import did, in one sentence."""
    return (
        f"Import enregistré : {accorder(bilan['nouveaux'], 'dossier nouveau', 'dossiers nouveaux')}, "
        f"{accorder(bilan['modifies'], 'modifié')}, {accorder(bilan['inchanges'], 'inchangé')}, "
        f"{accorder(bilan['refuses'], 'refusé')} ; "
        f"{accorder(bilan['structures'], 'structure créée', 'structures créées')}."
    )
