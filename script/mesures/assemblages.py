"""The bundle of a séance, against WeasyPrint on the same page of HTML, untagged.

`PIECES` names what is measured: a function `(lignes) -> keyword arguments of dpid.documents.assembler`, called in the
process that renders. The floor is given the HTML that comes out of it, with our stylesheet, as anybody would.
"""

import gc
import importlib
import math
import time
from pathlib import Path

from script.mesures.outils import enfant, mediane, memoire_mio

LIGNES, LIGNES_RAPIDE = (150, 1500), (50, 150)
PIECES = "assemblages_pieces:generer"


def mesurer(bases, resultats):
    resultats.partie("Dossier de séance en un seul PDF, contre WeasyPrint sur la même page, sans balises")
    petit, grand = LIGNES_RAPIDE if resultats.rapide else LIGNES
    base, points = bases.copier("assemblages"), {}
    for nombre in (petit, grand):
        tours = 3 if nombre == petit and not resultats.rapide else 1
        points[nombre] = _mesurer_point(bases, base, nombre, tours, avec_archive=not resultats.rapide)
        _noter(resultats, nombre, points[nombre])
    for nom, cible in (("assemblé", 1.1), ("plancher", None)):
        exposant = math.log(points[grand][nom]["cpu"] / points[petit][nom]["cpu"]) / math.log(grand / petit)
        resultats.noter(f"exposant de croissance {petit} → {grand} lignes, {nom}", exposant, cible)


def _mesurer_point(bases, base, lignes: int, tours: int, *, avec_archive: bool) -> dict:
    """{variant: {"cpu": median…}}, each rendering in its own process, variants taking turns."""
    page = str(Path(bases.dossier) / f"assemblage-{lignes}.html")
    enfant("assemblages:ecrire_page", base, lignes=lignes, chemin=page)
    mesures = {"plancher": [], "assemblé": []} | ({"archive": []} if avec_archive else {})
    for _ in range(tours):
        mesures["plancher"].append(enfant("plancher_pdf:rendre_avec_feuille", chemin=page))
        mesures["assemblé"].append(enfant("assemblages:rendre", base, lignes=lignes, archive=False))
        if avec_archive:
            mesures["archive"].append(enfant("assemblages:rendre", base, lignes=lignes, archive=True))
    return {nom: {**tous[-1], "cpu": mediane(m["cpu"] for m in tous)} for nom, tous in mesures.items()}


def _noter(resultats, nombre: int, point: dict):
    plancher, notre = point["plancher"], point["assemblé"]
    detail = f"{plancher['pages']} pages, {notre['cpu']:.1f} s, {notre['memoire']:.0f} Mio"
    resultats.noter(
        f"{nombre} lignes, PDF/UA assemblé / même page", notre["cpu"] / plancher["cpu"], 1.35, detail=detail
    )
    if archive := point.get("archive"):
        resultats.noter(f"{nombre} lignes, archive PDF/A-3a / même page", archive["cpu"] / plancher["cpu"], 1.35)


def _assemblage(lignes: int) -> dict:
    module, _, fonction = PIECES.partition(":")
    return getattr(importlib.import_module(f"script.mesures.{module}"), fonction)(lignes)


def ecrire_page(lignes: int, chemin: str):
    from dpid import documents

    Path(chemin).write_text(documents.html_assemble(**_assemblage(lignes)), encoding="utf-8")


def rendre(lignes: int, archive: bool) -> dict:
    """CPU seconds of an assembly, its templates included, after a short one as in a worker that has served."""
    from dpid import documents

    court = _assemblage(5)
    documents.assembler(**{**court, "pieces": court["pieces"][:1]})
    donnees = _assemblage(lignes)
    gc.collect()
    debut = time.process_time()
    documents.assembler(**donnees, archive=[] if archive else None, avancer=lambda fait, total: None)
    cpu = time.process_time() - debut
    return {"cpu": cpu, "memoire": memoire_mio()}
