"""Several agents reserving on one AE at once: our door to the ledger against a plain `select_for_update`.

A server is needed: SQLite has one writer at a time whatever the code. Informative: it depends on the disk.
"""

import multiprocessing
import time
from datetime import date
from decimal import Decimal

from script.mesures.bases import BasesPostgres, preparer, serveur_postgres
from script.mesures.outils import enfant, mediane

CLIENTS = 8
MONTANT = Decimal("0.01")


def mesurer(bases, resultats):
    resultats.partie(f"Réservations : {CLIENTS} agents sur une même AE, contre select_for_update (PostgreSQL)")
    if isinstance(bases, BasesPostgres):
        return _comparer(bases, resultats)
    serveur = None if resultats.rapide else serveur_postgres()
    if serveur is None:
        return resultats.dire("non mesuré : relancez avec --postgres (SQLite n’a qu’un écrivain à la fois).")
    autres = BasesPostgres(serveur)
    try:
        preparer(autres)
        _comparer(autres, resultats)
    finally:
        autres.supprimer()


def _comparer(bases, resultats):
    tours, essais = (2, 25) if resultats.rapide else (5, 60)
    debits = enfant("reservations:debits", bases.copier("reservations"), tours=tours, essais=essais)
    detail = f"{debits['notre']:.0f} contre {debits['nu']:.0f} réservations par seconde"
    resultats.noter(
        "débit / select_for_update", debits["notre"] / debits["nu"], 1.6, sens="≥", detail=detail, informatif=True
    )
    resultats.noter("écart entre le total tenu et le registre (€)", debits["ecart"], 0)


def debits(tours: int, essais: int) -> dict:
    """Acts per second of each way, clients released together, ways taking turns; gap between total and ledger."""
    from django.db import connections

    from budget.models import AutorisationEngagement
    from budget.situation import soldes_au
    from dpid.models import Agent

    pk = AutorisationEngagement.objects.order_by("pk").values_list("pk", flat=True)[0]
    par = Agent.objects.get(username=Agent.SYSTEME)
    mesures: dict[str, list[float]] = {"nu": [], "notre": []}
    for tour in range(tours):
        for nom, fonction in (("nu", reserver_nu), ("notre", reserver)):
            connections.close_all()
            mesures[nom].append(_lancer(fonction, pk, par, f"{nom}-{tour}", essais))
    ae = AutorisationEngagement.objects.get(pk=pk)
    ecart = ae.reserve - soldes_au(date.today(), [pk])[pk]["reserve"]
    return {nom: mediane(m) for nom, m in mesures.items()} | {"ecart": float(ecart)}


def _lancer(fonction, pk, par, cle, essais) -> float:
    contexte = multiprocessing.get_context("fork")
    depart = contexte.Barrier(CLIENTS + 1)
    clients = [
        contexte.Process(target=_client, args=(depart, fonction, pk, par, f"{cle}-{n}", essais)) for n in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    depart.wait(60)
    debut = time.perf_counter()
    for client in clients:
        client.join()
    duree = time.perf_counter() - debut
    if any(client.exitcode for client in clients):
        raise RuntimeError("un client a échoué pendant les réservations.")
    return CLIENTS * essais / duree


def _client(depart, fonction, pk, par, cle, essais):
    from django.db import connection

    connection.ensure_connection()
    depart.wait(60)
    for n in range(essais):
        fonction(pk, par, f"{cle}-{n}")


def reserver(pk, par, cle):
    from budget.mouvements import Ecriture, N, enregistrer

    enregistrer([Ecriture(pk, N.RESERVATION, MONTANT)], par=par, piece="mesure", cle=cle, le=date(2024, 12, 31))


def reserver_nu(pk, par, cle):
    """What one writes first: lock the row, look, write. No idempotency, no stop at later dates."""
    from django.db import transaction

    from budget.models import AutorisationEngagement, Mouvement

    with transaction.atomic():
        ae = AutorisationEngagement.objects.select_for_update().get(pk=pk)
        if ae.vote - ae.affecte - ae.reserve < MONTANT:
            return
        Mouvement(
            autorisation=ae, compteur="reserve", nature="reservation", montant=MONTANT, date_effet=date(2024, 12, 31),
            piece="mesure", par=par, cle=f"{cle}:0",
        ).save(force_insert=True)  # fmt: skip
        AutorisationEngagement.objects.filter(pk=pk).update(reserve=ae.reserve + MONTANT)
