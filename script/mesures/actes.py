"""The acts of a rapport: made by the batch, then rendered into their archive, by one process and by two, against
WeasyPrint on the same pages of HTML, untagged, with our stylesheet.
"""

import gc
import os
import time
from itertools import islice
from pathlib import Path

from script.mesures.outils import compter_requetes, enfant, mediane, memoire_mio

ESSAI, PETIT, GRAND, GRAND_RAPIDE = 1, 10, 300, 30


def mesurer(bases, resultats):
    grand = GRAND_RAPIDE if resultats.rapide else GRAND
    resultats.partie(f"Lot de {grand} conventions de douze pages : de la base à l’archive, contre un appel nu")
    base = bases.copier("actes")
    rapports = enfant("actes_pieces:creer", base, nombres=[ESSAI, PETIT, grand])
    lots = {n: enfant("actes:generer", base, rapport=rapports[str(n)]) for n in (ESSAI, PETIT, grand)}
    _noter_generation(resultats, lots, grand)
    page = Path(bases.dossier) / "actes"
    page.mkdir()
    enfant("actes:ecrire_pages", base, rapport=rapports[str(grand)], dossier=str(page))
    petite = enfant("actes:archiver", base, rapport=rapports[str(PETIT)], processus=1)
    tours = [_mesurer_tour(base, rapports[str(grand)], str(page)) for _ in range(2 if resultats.rapide else 1)]
    _noter_archive(resultats, petite, tours)
    memoire = enfant("actes:atelier_unique", base, rapport=rapports[str(grand)])
    resultats.noter(
        f"mémoire d’un atelier, après {grand} documents / après {PETIT}", memoire["fin"] / memoire["debut"], 1.15,
        detail=f"{memoire['debut']:.0f} Mio puis {memoire['fin']:.0f}, sans relève",
    )  # fmt: skip


def _mesurer_tour(base, rapport: int, dossier: str) -> dict:
    """One after the other, the parallel one between the two that it is compared to."""
    return {
        "un": enfant("actes:archiver", base, rapport=rapport, processus=1),
        "deux": enfant("actes:archiver", base, rapport=rapport, processus=2),
        "nu": enfant("plancher_pdf:rendre_pages", dossier=dossier),
        "charge": os.getloadavg()[0],
    }


def _noter_generation(resultats, lots: dict, grand: int):
    petit, gros = lots[PETIT], lots[grand]
    quoi = f"génération, requêtes qui lisent pour tout le lot, {grand} − {PETIT} actes"
    detail = f"{gros['lectures']} en tout"
    resultats.noter(quoi, gros["lectures"] - petit["lectures"], 0, detail=detail)
    detail = f"{gros['par_acte']:.0f} par acte, {1000 * gros['cpu'] / grand:.0f} ms"
    quoi = f"génération, requêtes d’un acte, parmi {grand} / parmi {PETIT}"
    resultats.noter(quoi, gros["par_acte"] / petit["par_acte"], 1.0, detail=detail)


def _noter_archive(resultats, petite: dict, tours: list[dict]):
    un, deux, nu = tours[0]["un"], tours[0]["deux"], tours[0]["nu"]
    temps = mediane(t["deux"]["duree"] / t["un"]["duree"] for t in tours)
    detail = f"{un['duree']:.0f} s puis {deux['duree']:.0f} s, charge {max(t['charge'] for t in tours):.1f}"
    resultats.noter("archive, deux processus / un (temps écoulé)", temps, 0.6, detail=detail)
    # On a machine that others load, this alone says what the second process costs.
    travail = mediane(t["deux"]["cpu"] / t["un"]["cpu"] for t in tours)
    resultats.noter("archive, processeur de deux processus / d’un", travail, 1.15)
    par_page = mediane(t["un"]["cpu"] / t["nu"]["cpu"] for t in tours)
    ms = [f"{1000 * mesure['cpu'] / nu['pages']:.0f} ms" for mesure in (un, nu)]
    detail = f"{ms[0]} et {ms[1]}, {nu['pages']} pages"
    resultats.noter("archive, processeur par page / appel nu de WeasyPrint", par_page, 1.4, detail=detail)
    detail = f"{un['requetes']} en tout ; avancement écrit {un['avancements']} fois"
    resultats.noter(
        f"archive, requêtes, écart avec {PETIT} actes", un["requetes"] - petite["requetes"], 0, detail=detail
    )
    resultats.noter("archive, octets différents entre un et deux processus", int(un["sha256"] != deux["sha256"]), 0)
    resultats.noter("mémoire maximale du travailleur, deux processus (Mio)", round(deux["memoire"]))


def generer(rapport: int) -> dict:
    """The batch by the door of its page. `lectures`: queries of the plan and of the review, which serve every act;
    `par_acte`: those of the transaction of each."""
    from conventions.generation import lot
    from deliberations.models import Rapport
    from dpid.models import Agent
    from dpid.tasks import executer_ici

    par, lectures, actes = Agent.objects.get(username="conventions"), [], []
    for nom, compte in (("prevoir", lectures), ("relire", lectures), ("generer_un", actes)):
        setattr(lot, nom, _compter(getattr(lot, nom), compte))
    debut = time.process_time()
    travail = executer_ici(lot.demander_generation(Rapport.objects.get(pk=rapport), par=par))
    cpu = time.process_time() - debut
    if travail.etat != "termine" or travail.elements.filter(est_fait=False).exists():
        raise RuntimeError(f"la génération n’a pas abouti : {travail.message}")
    return {"cpu": cpu, "lectures": sum(lectures), "par_acte": sum(actes) / len(actes)}


def _compter(fonction, compte: list[int]):
    def comptee(*args, **options):
        with compter_requetes() as siennes:
            resultat = fonction(*args, **options)
        compte.append(len(siennes))
        return resultat

    return comptee


def archiver(rapport: int, processus: int) -> dict:
    """Seconds of the whole archive, from the queries to its bytes, in a process that has already rendered."""
    import hashlib

    from conventions.generation import envoi
    from deliberations.models import Rapport
    from dpid.documents import rendre_html
    from dpid.models import Agent

    par, objet = Agent.objects.get(username="conventions"), Rapport.objects.select_related("seance").get(pk=rapport)
    avancements = []
    rendre_html('<html lang="fr"><title>a</title><p>a</p></html>')
    gc.collect()
    with compter_requetes() as requetes:
        debut, cpu = time.perf_counter(), _processeur()
        contenu = envoi.composer_archive(
            objet, "structure", agent=par, avancer=lambda *fait: avancements.append(fait), processus=processus
        )
        duree, cpu = time.perf_counter() - debut, _processeur() - cpu
    return {
        "duree": duree, "cpu": cpu, "requetes": len(requetes), "avancements": len(avancements),
        "memoire": memoire_mio(), "sha256": hashlib.sha256(contenu).hexdigest(),
    }  # fmt: skip


def _processeur() -> float:
    """CPU seconds of this process and of its children that have ended."""
    temps = os.times()
    return temps.user + temps.system + temps.children_user + temps.children_system


def ecrire_pages(rapport: int, dossier: str):
    """The pages of HTML that the acts are rendered from, one file each."""
    from conventions import documents

    for rang, (commande, _) in enumerate(_commandes_des_actes(rapport)):
        donnees = commande.args[0]
        html = documents.html_seul(
            documents.GABARIT, documents.mettre_en_page(donnees), titre=donnees["titre"], **commande.keywords
        )
        (Path(dossier) / f"{rang:04}.html").write_text(html, encoding="utf-8")


def atelier_unique(rapport: int) -> dict:
    """Memory (MiB) of a child that renders all the acts and is never replaced, after the first ones and at the end."""
    from dpid.documents import ateliers

    ateliers.PAR_ENFANT = 1_000_000
    un_seul = ateliers._Ateliers(1)
    produits = un_seul.produire((cle, commande) for commande, cle in _commandes_des_actes(rapport))
    try:
        if len(list(islice(produits, PETIT))) < PETIT:
            raise RuntimeError("trop peu d’actes")
        debut = _memoire_vive(un_seul.enfants[0].processus.pid)
        for _, contenu in produits:
            if isinstance(contenu, ateliers.Panne):
                raise RuntimeError(contenu.phrase)
        return {"debut": debut, "fin": _memoire_vive(un_seul.enfants[0].processus.pid)}
    finally:
        un_seul.fermer()


def _commandes_des_actes(rapport: int):
    """`(order, name)` of each act, as the archive gives them."""
    from conventions.generation import envoi
    from conventions.lecture import lire
    from deliberations.models import Rapport

    lus = lire(envoi.actes_du_rapport(Rapport.objects.get(pk=rapport)))
    rangs = [envoi._Rang(numero, lu, "") for numero, lu in enumerate(lus)]
    return ((envoi._projet(rang), rang.nom) for rang in rangs)


def _memoire_vive(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
