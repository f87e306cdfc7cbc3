"""Entry point of script/bench."""

import argparse
import os
import sys
import time

from script.mesures import (
    actes,
    arbitrage,
    assemblages,
    budget,
    depots,
    importations,
    listes,
    pdf,
    reservations,
    tableurs,
)
from script.mesures.bases import BasesPostgres, BasesSqlite, preparer, serveur_postgres
from script.mesures.outils import Resultats

PARTIES = {
    "pdf": pdf.mesurer,
    "assemblages": assemblages.mesurer,
    "actes": actes.mesurer,
    "tableurs": tableurs.mesurer,
    "budget": budget.mesurer,
    "reservations": reservations.mesurer,
    "import": importations.mesurer,
    "depots": depots.mesurer,
    "listes": listes.mesurer,
    "arbitrage": arbitrage.mesurer,
}


def lire_arguments():
    lecteur = argparse.ArgumentParser(prog="script/bench")
    lecteur.add_argument("--rapide", action="store_true")
    lecteur.add_argument("--postgres", action="store_true")
    lecteur.add_argument("parties", nargs="*", choices=[*PARTIES, []], metavar="partie")
    return lecteur.parse_args()


def choisir_bases(postgres: bool):
    if not postgres:
        return BasesSqlite()
    serveur = serveur_postgres()
    if serveur is None:
        sys.exit("Erreur : PostgreSQL est introuvable : donnez DATABASE_URL, ou démarrez un serveur local.")
    return BasesPostgres(serveur)


def main() -> int:
    options = lire_arguments()
    debut = time.perf_counter()
    # Either way of asking for PostgreSQL; an application's own database is never opened, only its server.
    postgres = options.postgres or os.environ.get("DATABASE_URL", "").startswith("postgres")
    bases = choisir_bases(postgres)
    resultats = Resultats(rapide=options.rapide)
    echecs = []
    print(f"Rapports à un plancher mesuré en même temps ({'PostgreSQL' if postgres else 'SQLite'}).")
    try:
        preparer(bases)
        for nom in options.parties or PARTIES:
            try:
                PARTIES[nom](bases, resultats)
            except RuntimeError as erreur:
                print(f"  ÉCHEC : {erreur}", flush=True)
                echecs.append(nom)
    finally:
        bases.supprimer()
    resultats.resume()
    print(f"Durée : {time.perf_counter() - debut:.0f} s.")
    if echecs:
        print(f"Mesures impossibles : {', '.join(echecs)}.", file=sys.stderr)
    return 1 if echecs else 0


if __name__ == "__main__":
    sys.exit(main())
