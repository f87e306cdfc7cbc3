"""The bundle of a séance, made by the application from its database, against WeasyPrint on the same page of HTML,
untagged: the floor is given the HTML that the bundle is made of, with our stylesheet, as anybody would.
"""

import gc
import math
import time
from pathlib import Path

from script.mesures.outils import compter_requetes, enfant, mediane, memoire_mio

LIGNES, LIGNES_RAPIDE = (150, 1500), (50, 150)
ESSAI = 5
CLE = "dossier_de_seance"


def mesurer(bases, resultats):
    resultats.partie("Dossier de séance en un seul PDF, contre WeasyPrint sur la même page, sans balises")
    petit, grand = LIGNES_RAPIDE if resultats.rapide else LIGNES
    base, points = bases.copier("assemblages"), {}
    rapports = enfant("assemblages_pieces:creer", base, nombres=[ESSAI, petit, grand])
    for nombre in (petit, grand):
        tours = 3 if nombre == petit and not resultats.rapide else 1
        points[nombre] = _mesurer_point(bases, base, rapports, nombre, tours, avec_archive=not resultats.rapide)
        _noter(resultats, nombre, points[nombre])
    for nom, cible in (("assemblé", 1.1), ("plancher", None)):
        exposant = math.log(points[grand][nom]["cpu"] / points[petit][nom]["cpu"]) / math.log(grand / petit)
        resultats.noter(f"exposant de croissance {petit} → {grand} lignes, {nom}", exposant, cible)


def _mesurer_point(bases, base, rapports, nombre: int, tours: int, *, avec_archive: bool) -> dict:
    """{variant: {"cpu": median…}}, each rendering in its own process, variants taking turns."""
    page = str(Path(bases.dossier) / f"assemblage-{nombre}.html")
    notre = {"rapport": rapports[str(nombre)], "essai": rapports[str(ESSAI)]}
    enfant("assemblages:ecrire_page", base, rapport=notre["rapport"], chemin=page)
    mesures = {"plancher": [], "assemblé": []} | ({"archive": []} if avec_archive else {})
    for _ in range(tours):
        mesures["plancher"].append(enfant("plancher_pdf:rendre_avec_feuille", chemin=page))
        mesures["assemblé"].append(enfant("assemblages:rendre", base, archive=False, **notre))
        if avec_archive:
            mesures["archive"].append(enfant("assemblages:rendre", base, archive=True, **notre))
    return {nom: {**tous[-1], "cpu": mediane(m["cpu"] for m in tous)} for nom, tous in mesures.items()}


def _noter(resultats, nombre: int, point: dict):
    plancher, notre = point["plancher"], point["assemblé"]
    detail = (
        f"{plancher['pages']} pages, {notre['cpu']:.1f} s, {notre['memoire']:.0f} Mio, {notre['requetes']} requêtes"
    )
    resultats.noter(
        f"{nombre} lignes, PDF/UA assemblé / même page", notre["cpu"] / plancher["cpu"], 1.35, detail=detail
    )
    if archive := point.get("archive"):
        resultats.noter(f"{nombre} lignes, archive PDF/A-3a / même page", archive["cpu"] / plancher["cpu"], 1.35)


def ecrire_page(rapport: int, chemin: str):
    from deliberations.dossier_de_seance import assemblage, contextes
    from deliberations.models import Rapport
    from dpid import documents

    lus = contextes(Rapport.objects.get(pk=rapport))
    Path(chemin).write_text(documents.html_assemble(**assemblage.lier(lus, CLE)), encoding="utf-8")


def rendre(rapport: int, essai: int, archive: bool) -> dict:
    """CPU seconds of the bundle of a rapport, from the queries to the file, with its progress, after that of a short
    one as in a worker that has served."""
    from deliberations import dossier_de_seance
    from deliberations.models import Rapport

    format = "archive" if archive else "pdf"
    dossier_de_seance.editer(Rapport.objects.get(pk=essai), CLE, "pdf")
    objet = Rapport.objects.get(pk=rapport)
    gc.collect()
    with compter_requetes() as requetes:
        debut = time.process_time()
        octets, _ = dossier_de_seance.editer(objet, CLE, format, avancer=lambda fait, total: None)
        cpu = time.process_time() - debut
    return {"cpu": cpu, "memoire": memoire_mio(), "octets": len(octets), "requetes": len(requetes)}
