"""Import of the portal's extract against `bulk_create` of the very rows it writes, and re-import against an upsert.

One row in fifty has an error: what is measured reads, matches, explains and leaves them out.
"""

import csv
import gc
import io
from datetime import date, timedelta

from script.mesures.donnees import ANNEE
from script.mesures.outils import compter_requetes, enfant, horloge, mediane

LIGNES, LIGNES_RAPIDE = (1_000, 10_000), (1_000,)
TITRES = (
    "N° dossier;Date de dépôt;Dispositif;Structure;SIRET;Intitulé;Description;Territoires;Début;Fin;Nombre de places;"
    "Montant demandé;Charges de personnel;Charges directes;Cofinanceurs publics;Fonds propres"
).split(";")


def mesurer(bases, resultats):
    resultats.partie("Import de l’extrait du portail (CSV), contre bulk_create et contre upsert des mêmes lignes")
    base = bases.copier("depots")
    for nombre in LIGNES_RAPIDE if resultats.rapide else LIGNES:
        tours = 2 if resultats.rapide or nombre > 1_000 else 3
        m = enfant("depots:importer", base, nombre=nombre, tours=tours)
        for cle, plancher, quoi in (
            ("importer", "creer_nu", "simulation puis import / bulk_create"),
            ("reimporter", "upsert_nu", "tout changé, simulation puis import / upsert"),
            ("inchange", "upsert_nu", "rien de changé, simulation / upsert"),
        ):
            detail = f"{m[cle]:.2f} s contre {m[plancher]:.2f} s, {m[f'requetes_{cle}']} requêtes"
            resultats.noter(f"{nombre} dossiers, {quoi}", m[cle] / m[plancher], 3.0, detail=detail)
        resultats.noter(f"{nombre} dossiers, dont simulation / bulk_create", m["simuler"] / m["creer_nu"])


def importer(nombre: int, tours: int) -> dict:
    """Every pass is undone: all ways start from the same database."""
    temps: dict[str, list[float]] = {}
    requetes = {}
    fichiers = [extrait(nombre, variante) for variante in (0, 1)]
    for _ in range(tours):
        for nom, duree, n in _un_tour(*fichiers):
            temps.setdefault(nom, []).append(duree)
            requetes[f"requetes_{nom}"] = n
    return {nom: mediane(t) for nom, t in temps.items()} | requetes


def _un_tour(premier: bytes, change: bytes):
    from django.db import transaction

    reperes = _reperes()
    with transaction.atomic():
        yield "simuler", *_chronometrer(lambda: _simuler(premier))
        yield "importer", *_chronometrer(lambda: _importer(premier))
        crees = _lignes_ecrites(reperes)
        yield "inchange", *_chronometrer(lambda: _simuler(premier))
        avant = _reperes()
        yield "reimporter", *_chronometrer(lambda: _importer(change))
        tracees = _lignes_ecrites(avant)
        etat = _lignes_ecrites(reperes)
        yield "upsert_nu", *_chronometrer(lambda: _reecrire_nu(etat, tracees))
        transaction.set_rollback(True)
    with transaction.atomic():
        yield "creer_nu", *_chronometrer(lambda: _ecrire_nu(crees))
        transaction.set_rollback(True)


def _chronometrer(fonction) -> tuple[float, int]:
    gc.collect()
    montre = horloge()
    with compter_requetes() as requetes:
        debut = montre()
        fonction()
        duree = montre() - debut
    return duree, len(requetes)


def _deposer(contenu):
    """The upload, as the page does it."""
    from dpid.models import Agent
    from programmes.depots.importation import application
    from programmes.models import AppelAProjets

    par = Agent.objects.get(username=Agent.SYSTEME)
    return application.deposer_fichier(AppelAProjets.objects.get(annee=ANNEE), contenu, "extrait.csv", par=par), par


def _simuler(contenu):
    """Upload and dry run."""
    from programmes.depots.importation import application

    depose, par = _deposer(contenu)
    application.simuler(depose, par=par)
    return depose, par


def _importer(contenu):
    """Upload, dry run, confirmation."""
    from programmes.depots.importation import application

    depose, par = _simuler(contenu)
    application.appliquer(depose, par=par)


def extrait(nombre: int, variante: int) -> bytes:
    """`nombre` dossiers of the known structures; `variante` changes a title and an amount of each."""
    from dpid.models import Territoire
    from programmes.models import Dispositif, Structure
    from script.mesures.donnees import DESCRIPTIONS

    dispositifs = list(Dispositif.objects.filter(thematique__appel__annee=ANNEE).values_list("reference", flat=True))
    structures = list(Structure.objects.exclude(siret=None).order_by("pk").values_list("raison_sociale", "siret"))
    territoires = list(Territoire.objects.filter(type="territoire").values_list("libelle", flat=True))
    tampon = io.StringIO()
    plume = csv.writer(tampon, delimiter=";")
    plume.writerow(TITRES)
    for r in range(nombre):
        nom, siret = structures[r * 7 % len(structures)]
        jour = date(ANNEE, 1, 2) + timedelta(days=r % 300)
        demande = 1_000 + r * 137 % 60_000 + variante
        plume.writerow([
            f"P-{r}", f"{jour:%d/%m/%Y} 09:{r % 60:02d}", dispositifs[r % len(dispositifs)], nom, siret,
            f"Action {r % 40}{' revue' * variante}", DESCRIPTIONS[r % len(DESCRIPTIONS)],
            ", ".join(territoires[(r + n) % len(territoires)] for n in range(1 + (r % 5 == 0))),
            f"01/03/{ANNEE}", f"31/12/{ANNEE}", r % 90, "mille" if r % 50 == 49 else f"{demande},00", "6 000,00",
            f"{demande},00", "CAF : 4 000,00 ; Commune : 1 500,00", "500",
        ])  # fmt: skip
    return tampon.getvalue().encode("utf-8-sig")


def _modeles() -> list:
    from dpid.models import Journal
    from programmes.models import DepotPortail, Dossier, LigneDossier, LigneTerritoire, Poste, Quantite

    histoires = [Dossier.history.model, LigneDossier.history.model]
    return [Dossier, LigneDossier, LigneTerritoire, Quantite, Poste, DepotPortail, *histoires, Journal]


def _reperes() -> dict:
    """{model: last id}"""
    return {m: m._base_manager.order_by("-pk").values_list("pk", flat=True).first() or 0 for m in _modeles()}


def _lignes_ecrites(reperes) -> list[tuple]:
    """[(model, values of each row)] written since."""
    return [(m, list(m._base_manager.filter(pk__gt=pk).order_by("pk").values())) for m, pk in reperes.items()]


def _ecrire_nu(lignes: list[tuple]):
    """The same rows, ids included, by the plain QuerySet. Foreign keys are deferred: undone, they are never checked."""
    from django.db.models import QuerySet

    for modele, valeurs in lignes:
        QuerySet(modele).bulk_create([modele(**v) for v in valeurs], batch_size=1000)


def _reecrire_nu(etat: list[tuple], tracees: list[tuple]):
    """Upsert of the rows that live, plain insertion of what an import adds to the history and the journal."""
    from django.db.models import QuerySet

    ajouts = {m: valeurs for m, valeurs in tracees}
    for modele, valeurs in etat:
        if "history_id" in {f.name for f in modele._meta.fields} or modele._meta.label == "dpid.Journal":
            cle = modele._meta.pk.attname
            QuerySet(modele).bulk_create(
                [modele(**{k: v for k, v in ligne.items() if k != cle}) for ligne in ajouts[modele]], batch_size=1000
            )
            continue
        champs = [f.name for f in modele._meta.concrete_fields if not f.primary_key]
        QuerySet(modele).bulk_create(
            [modele(**v) for v in valeurs], batch_size=1000, update_conflicts=True, unique_fields=["pk"],
            update_fields=champs,
        )  # fmt: skip
