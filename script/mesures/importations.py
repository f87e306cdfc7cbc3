"""Import of an annexe (XLSX read, checked, compared, written) against `bulk_create` of the very rows it writes."""

import gc

from script.mesures.outils import compter_requetes, enfant, horloge, mediane

LIGNES, LIGNES_RAPIDE = (1_000, 10_000), (1_000,)
MODELE = 1_000


def mesurer(bases, resultats):
    resultats.partie("Import d’une annexe XLSX, contre bulk_create des mêmes lignes")
    base = bases.copier("imports")
    rapports = enfant("donnees:creer_rapports", base, nombres=[MODELE, 0])
    modele, cible = rapports[str(MODELE)], rapports["0"]
    for nombre in LIGNES_RAPIDE if resultats.rapide else LIGNES:
        tours = 2 if resultats.rapide or nombre > 1_000 else 3
        m = enfant("importations:importer", base, modele=modele, cible=cible, nombre=nombre, tours=tours)
        for cle, quoi in (("simuler", "simulation"), ("appliquer", "application"), ("reimporter", "sans changement")):
            detail = f"{m[cle]:.2f} s contre {m['nu']:.2f} s, {m[f'requetes_{cle}']} requêtes"
            resultats.noter(
                f"{nombre} lignes, {quoi} / bulk_create", m[cle] / m["nu"], 3.0, detail=detail, informatif=True
            )
        resultats.noter(f"{nombre} lignes, dont lecture du classeur / bulk_create", m["lire"] / m["nu"])


def importer(modele: int, cible: int, nombre: int, tours: int) -> dict:
    """Every pass is undone: all ways start from the same database."""
    from deliberations import documents
    from deliberations.importation.annexe import lire_annexe
    from deliberations.models import Rapport
    from dpid.models import Agent

    fichier = classeur(documents.contexte(Rapport.objects.get(pk=modele), "repartition"), nombre)
    lignes = lignes_ecrites(fichier, cible)
    par = Agent.objects.get(username="instruction")
    temps = {"lire": [], "simuler": [], "appliquer": [], "reimporter": [], "nu": []}
    requetes = {}
    for _ in range(tours):
        temps["lire"].append(_chronometrer(lambda: lire_annexe(fichier, "annexe.xlsx"))[0])
        for nom, t, n in _un_tour(fichier, cible, par):
            temps[nom].append(t)
            requetes[f"requetes_{nom}"] = n
        temps["nu"].append(_annule(lambda: ecrire_nu(lignes))[0])
    return {nom: mediane(t) for nom, t in temps.items()} | requetes


def _un_tour(fichier, cible, par):
    """Dry run, import, then the same file again on what it has written."""
    from django.db import transaction

    from deliberations.importation.application import appliquer, simuler
    from deliberations.models import Rapport

    options = {"par": par, "creer_manquants": True}

    def agir(fonction):
        return fonction(fichier, "annexe.xlsx", Rapport.objects.get(pk=cible), **options)

    with transaction.atomic():
        yield "simuler", *_chronometrer(lambda: agir(simuler))
        yield "appliquer", *_chronometrer(lambda: agir(appliquer))
        yield "reimporter", *_chronometrer(lambda: agir(appliquer))
        transaction.set_rollback(True)


def _chronometrer(fonction) -> tuple[float, int]:
    gc.collect()
    montre = horloge()
    with compter_requetes() as requetes:
        debut = montre()
        fonction()
        duree = montre() - debut
    return duree, len(requetes)


def _annule(fonction):
    from django.db import transaction

    with transaction.atomic():
        resultat = _chronometrer(fonction)
        transaction.set_rollback(True)
    return resultat


def classeur(contexte: dict, nombre: int) -> bytes:
    """Our own edition of the annexe, which the importer reads back: thématiques of 200 lines, titles all different."""
    from deliberations import documents
    from script.mesures.donnees import PAR_OPERATION, PAR_THEMATIQUE

    thematiques, lignes = [], 0
    for tour in range(100):
        for groupe in contexte["thematiques"]:
            if lignes < nombre:
                numero = len(thematiques) + 1
                thematiques.append({**groupe, "numero": numero, "titre": f"{groupe['titre']}, import {tour + 1}"})
                lignes += PAR_OPERATION * PAR_THEMATIQUE
    return documents.rendre({**contexte, "thematiques": thematiques}, "xlsx")


def lignes_ecrites(fichier: bytes, cible: int) -> list[tuple]:
    """[(model, values of each row)] that the import writes in bulk; the import itself is undone."""
    from django.db import transaction

    from deliberations.importation.application import appliquer
    from deliberations.models import Proposition, Rapport
    from dpid.models import Agent, Journal
    from programmes.models import Dossier, Financement, LigneDossier, LigneTerritoire, Quantite

    depart = Journal.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    par = Agent.objects.get(username="instruction")
    with transaction.atomic():
        rapport = Rapport.objects.get(pk=cible)
        appliquer(fichier, "annexe.xlsx", rapport, par=par, creer_manquants=True)
        propositions = Proposition.objects.filter(operation__thematique__rapport=rapport)
        lignes = LigneDossier.objects.filter(pk__in=propositions.values("ligne"))
        requetes = [
            (Dossier, Dossier.objects.filter(pk__in=lignes.values("dossier"))),
            (Journal, Journal.objects.filter(pk__gt=depart)),
            (LigneDossier, lignes),
            *((m, m.objects.filter(ligne__in=lignes)) for m in (LigneTerritoire, Quantite, Financement)),
            (Proposition, propositions),
        ]
        ecrites = [(modele, list(requete.order_by("pk").values())) for modele, requete in requetes]
        transaction.set_rollback(True)
    return ecrites


def ecrire_nu(lignes: list[tuple]):
    """The same rows, ids included, by the plain QuerySet. Foreign keys are deferred: undone, they are never checked."""
    from django.db.models import QuerySet

    for modele, valeurs in lignes:
        QuerySet(modele).bulk_create([modele(**v) for v in valeurs], batch_size=1000)
