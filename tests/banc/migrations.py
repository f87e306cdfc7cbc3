"""Migrate back and forth on a filled database; prints the totals before and after."""

import json

from tests.banc import comptes, demarrer

NOTRES = ("dpid", "budget", "programmes", "deliberations", "conventions")


def totaux() -> dict:
    """Rows of every table of ours, and the sums of the money columns."""
    from django.apps import apps
    from django.db.models import Sum

    from dpid.montants import MontantField

    resultat = {}
    for modele in apps.get_models(include_auto_created=True):
        if modele._meta.app_label in NOTRES:
            tous = modele._base_manager.all()
            sommes = {
                f.name: str(tous.aggregate(t=Sum(f.name))["t"])
                for f in modele._meta.local_fields
                if isinstance(f, MontantField)
            }
            resultat[modele._meta.label] = [tous.count(), sommes]
    return resultat


def le_grand_livre_se_defend() -> bool:
    from django.db import DatabaseError, transaction

    from tests import maquette

    try:
        with transaction.atomic():
            maquette.sql("UPDATE budget_mouvement SET id = id")
            return False
    except DatabaseError:
        return True


def tables() -> list[str]:
    from django.db import connection

    prefixes = tuple(f"{app}_" for app in NOTRES)
    with connection.cursor() as curseur:
        noms = [n for n in connection.introspection.table_names(curseur) if n.startswith(prefixes)]
        if connection.vendor == "postgresql":
            curseur.execute("SELECT proname FROM pg_proc WHERE proname LIKE '%_refuse'")
            noms += [nom for (nom,) in curseur.fetchall()]
    return sorted(noms)


def reculables() -> list[tuple[str, str, str]]:
    """(app, migration before, migration) of the last migrations that hold no table of their own."""
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.operations.models import CreateModel

    chargeur = MigrationLoader(None)
    trouvees = []
    for app in NOTRES:
        noms = sorted(n for a, n in chargeur.disk_migrations if a == app)
        for precedente, nom in zip(noms, noms[1:], strict=False):
            operations = chargeur.disk_migrations[app, nom].operations
            if operations and all(o.reversible for o in operations):
                if not any(isinstance(o, CreateModel) for o in operations) and not nom.endswith("initial"):
                    trouvees.append((app, precedente, nom))
    return trouvees


def principal():
    demarrer()
    from django.core.management import call_command

    from deliberations import documents
    from tests import maquette

    documents.rendre = lambda contexte, format: b"%PDF-essai"
    monde = maquette.monde()
    monde.viser()
    monde.adopter()
    maquette.monde(numero="65", n=11)
    bilan = {"comptes_avant": totaux(), "declencheurs_poses": {"avant": le_grand_livre_se_defend()}}
    etapes = reculables()
    bilan["aller_retour"] = [f"{app}.{nom}" for app, _, nom in etapes]
    # Down to the first of each app in one walk: every call reads the whole graph again.
    for app, precedente in {app: precedente for app, precedente, _ in reversed(etapes)}.items():
        call_command("migrate", app, precedente, verbosity=0)
    bilan["declencheurs_poses"]["sans"] = le_grand_livre_se_defend()
    call_command("migrate", verbosity=0)
    bilan["declencheurs_poses"]["apres"] = le_grand_livre_se_defend()
    bilan["comptes_apres"], bilan["ecarts"] = totaux(), comptes()
    call_command("migrate", NOTRES[0], "zero", verbosity=0)  # all the others rest on it
    bilan["tables_a_zero"] = tables()
    call_command("migrate", verbosity=0)
    bilan["tables_refaites"] = len(tables())
    print(json.dumps(bilan, default=str))


if __name__ == "__main__":
    principal()
