"""The annexe de répartition, from the query to the PDF, against the bare table given to WeasyPrint."""

import functools
import gc
import math
import time
from pathlib import Path

from script.mesures.outils import compter_requetes, enfant, mediane, memoire_mio

LIGNES, LIGNES_RAPIDE = (50, 300, 1000, 3000), (50, 300, 600)


def mesurer(bases, resultats):
    resultats.partie("Annexe de répartition en PDF : de la base au fichier, contre la table nue de WeasyPrint")
    nombres = LIGNES_RAPIDE if resultats.rapide else LIGNES
    base = bases.copier("annexes")
    rapports = enfant("donnees:creer_rapports", base, nombres=[5, *nombres])
    points = {}
    for nombre in nombres:
        tours = (3 if nombre == 50 else 1) if resultats.rapide else 3
        points[nombre] = _mesurer_point(bases, base, rapports, nombre, tours)
        _noter(resultats, nombre, points[nombre])
    _noter_croissance(resultats, points, 300, nombres[-1])


def _mesurer_point(bases, base, rapports, nombre: int, tours: int) -> dict:
    """{variant: {"cpu": median…}}, each rendering in its own process, variants taking turns."""
    page = str(Path(bases.dossier) / f"annexe-{nombre}.html")
    enfant("pdf:ecrire_page_nue", base, rapport=rapports[str(nombre)], chemin=page)
    notre = {"rapport": rapports[str(nombre)], "essai": rapports["5"]}
    mesures = {"nue": [], "simple": [], "balisée": []}
    for _ in range(tours):
        mesures["nue"].append(enfant("plancher_pdf:rendre", chemin=page))
        mesures["simple"].append(enfant("pdf:rendre", base, variante=None, **notre))
        mesures["balisée"].append(enfant("pdf:rendre", base, variante="pdf/ua-1", **notre))
    return {nom: {**tous[-1], "cpu": mediane(m["cpu"] for m in tous)} for nom, tous in mesures.items()}


def _noter(resultats, nombre, point):
    nue, simple, balisee = point["nue"], point["simple"], point["balisée"]
    detail = f"{nue['cpu']:.2f} s nue, {nue['memoire']:.0f} Mio"
    resultats.noter(f"{nombre} lignes, sans balises / table nue", simple["cpu"] / nue["cpu"], 1.0, detail=detail)
    detail = f"{balisee['cpu']:.2f} s, {balisee['memoire']:.0f} Mio, {balisee['requetes']} requêtes"
    resultats.noter(f"{nombre} lignes, PDF/UA servi / table nue", balisee["cpu"] / nue["cpu"], 1.35, detail=detail)


def _noter_croissance(resultats, points, petit: int, grand: int):
    for nom, libelle in (("balisée", "PDF/UA servi"), ("nue", "table nue")):
        exposant = math.log(points[grand][nom]["cpu"] / points[petit][nom]["cpu"]) / math.log(grand / petit)
        cible = 1.05 if nom == "balisée" else None
        resultats.noter(f"exposant de croissance {petit} → {grand} lignes, {libelle}", exposant, cible)
    ecart = abs(points[grand]["balisée"]["requetes"] - points[50]["balisée"]["requetes"])
    resultats.noter(f"écart de requêtes entre 50 et {grand} lignes", ecart, 0)
    resultats.noter(f"mémoire maximale à {grand} lignes (Mio)", round(points[grand]["balisée"]["memoire"]), 450)


def rendre(rapport: int, essai: int, variante: str | None) -> dict:
    """CPU seconds of `documents.editer`, after a first document of five lines as in a process that serves."""
    from deliberations import documents
    from deliberations.models import Rapport
    from dpid import documents as porte

    porte.rendre_html = functools.partial(porte.rendre_html, variante=variante)
    documents.editer(Rapport.objects.get(pk=essai), "repartition", "pdf")
    objet = Rapport.objects.get(pk=rapport)
    gc.collect()
    with compter_requetes() as requetes:
        debut = time.process_time()
        octets, _ = documents.editer(objet, "repartition", "pdf")
        cpu = time.process_time() - debut
    return {"cpu": cpu, "memoire": memoire_mio(), "octets": len(octets), "requetes": len(requetes)}


def ecrire_page_nue(rapport: int, chemin: str):
    """The rows that our own annexe prints, totals included, as the bare table."""
    from deliberations import documents
    from deliberations.models import Rapport
    from script.mesures.plancher_pdf import page

    contexte = documents.contexte(Rapport.objects.get(pk=rapport), "repartition")
    Path(chemin).write_text(page(cellules(contexte)), encoding="utf-8")


def cellules(contexte: dict) -> list[list[str]]:
    from dpid.montants import euros

    lignes = []
    for groupe in contexte["thematiques"]:
        for operation in groupe["operations"]:
            for rang, ligne in enumerate(operation["lignes"]):
                lignes.append([
                    "" if rang else operation["libelle_court"], ligne["territoires"], ligne["structure"],
                    ligne["description"], euros(ligne["montant"], True), ligne["instrument"] or "",
                ])  # fmt: skip
            lignes.append([f"TOTAL {operation['libelle_court']}", "", "", "", euros(operation["total"], True), ""])
        lignes.append([f"TOTAL thématique {groupe['numero']}", "", "", "", euros(groupe["total"], True), ""])
    return lignes
