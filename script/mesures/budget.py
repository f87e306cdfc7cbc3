"""Situation budgétaire of 500 lines: today's figures must not depend on the ledger, a past date is one GROUP BY."""

from datetime import date

from script.mesures.outils import chronometrer, compter_requetes, enfant, horloge, mediane

JOUR = "2024-06-30"
PETIT, GRAND, GRAND_RAPIDE = 1_000, 100_000, 30_000


def mesurer(bases, resultats):
    nombre = GRAND_RAPIDE if resultats.rapide else GRAND
    resultats.partie(f"Situation budgétaire : 500 lignes, de {PETIT} à {nombre} mouvements")
    petite, grande = bases.copier("budget_petit"), bases.copier("budget_grand")
    enfant("donnees:creer_mouvements", petite, nombre=PETIT)
    enfant("donnees:creer_mouvements", grande, nombre=nombre)
    tours = 2 if resultats.rapide else 4
    points = {"petite": [], "grande": []}
    for _ in range(tours):
        points["petite"].append(enfant("budget:mesurer_base", petite, tours=7))
        points["grande"].append(enfant("budget:mesurer_base", grande, tours=7))
    grand = {cle: mediane(p[cle] for p in points["grande"]) for cle in points["grande"][0]}
    petit = {cle: mediane(p[cle] for p in points["petite"]) for cle in points["petite"][0]}
    for cle, quoi in (("jour", "situation du jour"), ("page", "page /budget/ du jour, toute la pile")):
        detail = f"{1000 * grand[cle]:.1f} ms"
        resultats.noter(f"{quoi}, {nombre} / {PETIT} mouvements", grand[cle] / petit[cle], 1.2, detail=detail)
    detail = f"{1000 * grand['passe']:.1f} ms"
    resultats.noter("situation au 30 juin / GROUP BY nu", grand["passe"] / grand["sql"], 1.2, detail=detail)
    resultats.noter("page au 30 juin / page du jour", grand["page_passee"] / grand["page"])
    resultats.noter("requêtes de la page", grand["requetes"], 15, detail=f"{grand['octets'] / 1000:.0f} ko de HTML")
    resultats.noter("écart de requêtes entre les deux volumes", abs(grand["requetes"] - petit["requetes"]), 0)


def mesurer_base(tours: int) -> dict:
    """Median seconds of each way, in one process on one database."""
    from budget.situation import situation
    from script.mesures.donnees import ANNEE
    from script.mesures.navigateur import ouvrir_session

    client = ouvrir_session("budget")
    jour = date.fromisoformat(JOUR)

    def page(requete=""):
        reponse = client.get(f"/budget/?exercice={ANNEE}{requete}")
        if reponse.status_code != 200:
            raise RuntimeError(f"/budget/ répond {reponse.status_code}.")
        return reponse

    fonctions = {
        "jour": lambda: situation(ANNEE),
        "passe": lambda: situation(ANNEE, jour),
        "sql": group_by_nu,
        "page": page,
        "page_passee": lambda: page(f"&au={JOUR}"),
    }
    temps = {cle: mediane(t) for cle, t in chronometrer(fonctions, tours, horloge=horloge()).items()}
    with compter_requetes() as requetes:
        octets = len(page().content)
    return {**temps, "requetes": len(requetes), "octets": octets}


def group_by_nu():
    """The AE of the year with their line, and the sums of their movements: two statements, no object."""
    from django.db import connection

    from script.mesures.donnees import ANNEE

    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT a.*, l.* FROM budget_autorisationengagement a JOIN budget_lignebudgetaire l ON l.id = a.ligne_id "
            "WHERE a.millesime = %s ORDER BY l.rang, l.code",
            [ANNEE],
        )
        autorisations = curseur.fetchall()
        curseur.execute(
            "SELECT autorisation_id, compteur, SUM(montant) FROM budget_mouvement "
            "WHERE date_effet <= %s GROUP BY autorisation_id, compteur",
            [JOUR],
        )
        return autorisations, curseur.fetchall()
