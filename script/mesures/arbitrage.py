"""The grid of a scenario, through the whole stack: against the same statements and the same cells, and nothing else."""

import re

from script.mesures.outils import chronometrer, compter_requetes, enfant, horloge, mediane

NOMBRES = (600, 5_000)
ANNEE = 2025
# The floor: the same rows, the same cells, by the template engine and nothing around the table.
PLANCHER = """<table>{% for r in rangees %}<tr id="ligne-{{ r.0 }}"><th scope="row"><input type="checkbox" name="choix"
value="{{ r.0 }}"><a href="/dossiers/{{ r.1 }}/">{{ r.2 }}</a><span>{{ r.3 }} · {{ r.4 }} · {{ r.5 }}</span></th>
<td>{{ r.6|floatformat:2 }}</td><td>{{ r.7|floatformat:2 }}</td><td>{{ r.8|floatformat:2 }}</td>
<td>{{ r.9|floatformat:2 }}</td><td><input name="montant-{{ r.0 }}" value="{{ r.10|floatformat:2 }}" data-c="{{ r.10 }}"
data-ae="{{ r.11 }}" data-g="{{ r.12 }}" data-q="{{ r.13 }}" aria-label="{{ r.2 }}"></td><td>{{ r.14|floatformat:2 }}
</td><td>{{ r.15 }}</td><td>{{ r.16|floatformat:2 }}</td><td>{{ r.17|floatformat:2 }}</td></tr>{% endfor %}</table>
{% for ae in aes %}<p>{{ ae.1 }} {{ ae.2|floatformat:2 }} {{ ae.3|floatformat:2 }}</p>{% endfor %}{{ total }}"""
# Constants of this module only: nothing typed by anybody enters these statements.
DE_L_APPEL = """
FROM programmes_lignedossier l JOIN programmes_dossier d ON d.id = l.dossier_id
  JOIN programmes_dispositif p ON p.id = d.dispositif_id JOIN programmes_thematique t ON t.id = p.thematique_id
  JOIN programmes_appelaprojets a ON a.id = t.appel_id AND a.annee = %s
"""
SQL_LIGNES = f"""
SELECT l.id, l.dossier_id, s.raison_sociale, d.intitule, d.etat, d.dispositif_id, l.demande, l.propose, l.debut, l.fin,
  l.motif_zero, l.description, l.ordre, d.structure_id
{DE_L_APPEL} JOIN programmes_structure s ON s.id = d.structure_id
WHERE d.etat IN ('en_instruction', 'avis', 'propose', 'inscrit')
  OR l.id IN (SELECT m.ligne_id FROM deliberations_montantdescenario m WHERE m.scenario_id = %s)
ORDER BY s.cle, d.id, l.ordre, l.id
"""  # noqa: S608
SQL_PARTS = f"""
SELECT f.ligne_id, f.autorisation_id, f.source_id, f.montant FROM programmes_financement f
WHERE f.ligne_id IN (SELECT l.id {DE_L_APPEL}) ORDER BY f.id
"""  # noqa: S608
SQL_CHOIX = """
SELECT ligne_id, montant, autorisation_id, motif_zero FROM deliberations_montantdescenario WHERE scenario_id = %s
"""
SQL_DISPOSITIFS = """
SELECT p.id, p.reference, p.titre, p.ligne_par_defaut_id, t.titre FROM programmes_dispositif p
  JOIN programmes_thematique t ON t.id = p.thematique_id JOIN programmes_appelaprojets a ON a.id = t.appel_id
WHERE a.annee = %s
"""
SQL_AES = """
SELECT e.id, b.code, e.vote, e.affecte, e.reserve FROM budget_autorisationengagement e
  JOIN budget_lignebudgetaire b ON b.id = e.ligne_id ORDER BY b.rang, b.code
"""
# What was voted (N-1 and envelopes), and what the open rapports hold without a visa of finances.
SQL_VOTES = """
SELECT d.dispositif_id, d.structure_id, SUM(f.montant) FROM programmes_financement f
  JOIN programmes_lignedossier l ON l.id = f.ligne_id JOIN programmes_dossier d ON d.id = l.dossier_id
WHERE l.votee_le IS NOT NULL AND d.dispositif_id IN ({}) GROUP BY d.dispositif_id, d.structure_id
"""
SQL_INSCRITS = """
SELECT f.autorisation_id, SUM(f.montant) FROM programmes_financement f
  JOIN deliberations_proposition x ON x.ligne_id = f.ligne_id AND x.est_active
  JOIN deliberations_operationpresentee o ON o.id = x.operation_id
  JOIN deliberations_thematiquepresentee h ON h.id = o.thematique_id JOIN deliberations_rapport r ON r.id = h.rapport_id
WHERE r.etat IN ('preparation', 'vise') AND f.autorisation_id IN ({}) AND NOT EXISTS (
  SELECT 1 FROM deliberations_visarapport v WHERE v.rapport_id = r.id AND v.etape = 'finances' AND v.annule_le IS NULL)
GROUP BY f.autorisation_id
"""
SQL_DETAILS = (
    ("programmes_quantite", "ligne_id, valeur, unite", "ligne_id", 0),
    ("programmes_poste", "dossier_id, nature, SUM(montant)", "dossier_id", 1),
    ("programmes_avis", "dossier_id, etat, COUNT(*)", "dossier_id", 1),
)
SQL_LIEUX = """
SELECT x.ligne_id, t.libelle FROM programmes_ligneterritoire x JOIN dpid_territoire t ON t.id = x.territoire_id
WHERE x.ligne_id IN ({}) ORDER BY x.ligne_id, x.ordre
"""


def mesurer(bases, resultats):
    resultats.partie("Grille d’arbitrage")
    for nombre in NOMBRES:
        base = bases.copier(f"arbitrage_{nombre}")
        scenario = enfant("arbitrage:remplir", base, nombre=nombre)
        points = [enfant("arbitrage:mesurer_grille", base, scenario=scenario, tours=7) for _ in range(3)]
        p = {cle: mediane(point[cle] for point in points) for cle in points[0]}
        detail = f"{1000 * p['page']:.0f} ms contre {1000 * p['nu']:.0f} ms, {p['lignes']:.0f} lignes montrées"
        resultats.noter(f"{nombre} lignes, grille / SQL et gabarit nus", p["page"] / p["nu"], 2.0, detail=detail)
        resultats.noter(f"requêtes de la grille de {nombre} lignes", p["requetes"], 15)
        resultats.noter(f"HTML de la grille de {nombre} lignes (ko)", p["octets"] / 1000, 1200)


def remplir(nombre: int) -> int:
    """A call of `nombre` lines over 150 dispositifs, and a scenario that gives an amount to one in two."""
    from decimal import Decimal

    from django.db import connection

    from deliberations.models import MontantDeScenario, Scenario
    from dpid.models import Agent
    from programmes.models import AppelAProjets
    from script.mesures.donnees import creer_dossiers, creer_programme

    creer_programme(15, ANNEE)
    lignes = creer_dossiers(nombre, annee=ANNEE)
    par = Agent.objects.get(username="direction")
    appel = AppelAProjets.objects.get(annee=ANNEE)
    scenario = Scenario.ouvrir(appel=appel, nom="Mesure", par=par)
    MontantDeScenario.objects.bulk_create(
        MontantDeScenario(scenario=scenario, ligne=ligne, montant=Decimal("1000.00")) for ligne in lignes[::2]
    )
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")
    return scenario.pk


def mesurer_grille(scenario: int, tours: int) -> dict:
    from django.template import engines

    from script.mesures.navigateur import ouvrir_session

    client, gabarit = ouvrir_session("direction"), engines["django"].from_string(PLANCHER)

    def page():
        reponse = client.get(f"/arbitrage/{scenario}/")
        if reponse.status_code != 200:
            raise RuntimeError(f"/arbitrage/{scenario}/ répond {reponse.status_code}.")
        return reponse.content

    montrees = [int(m) for m in re.findall(r'id="ligne-(\d+)"', page().decode())]
    fonctions = {"nu": lambda: grille_nue(gabarit, scenario, montrees), "page": page}
    temps = {nom: mediane(t) for nom, t in chronometrer(fonctions, tours, horloge=horloge()).items()}
    with compter_requetes() as requetes:
        octets = len(page())
    return {**temps, "octets": octets, "requetes": len(requetes), "lignes": len(montrees)}


def grille_nue(gabarit, scenario: int, montrees: list[int]) -> str:
    """The statements of the grid, the sums that it shows, one template: nothing of Django but its engine."""
    from collections import defaultdict
    from decimal import Decimal

    from django.db import connection

    def argent(centimes):
        return Decimal(int(centimes or 0)) / 100

    with connection.cursor() as curseur:

        def lire(sql, *parametres):
            curseur.execute(sql, parametres)
            return curseur.fetchall()

        lignes = lire(SQL_LIGNES, ANNEE, scenario)
        parts = {p[0]: p for p in lire(SQL_PARTS, ANNEE)}
        choix = {c[0]: c for c in lire(SQL_CHOIX, scenario)}
        dispositifs = {d[0]: d for d in lire(SQL_DISPOSITIFS, ANNEE)}
        aes = lire(SQL_AES)
        utiles = {p[1] for p in parts.values() if p[1]}
        lire(SQL_VOTES.format(", ".join(["%s"] * len(dispositifs))), *dispositifs)
        inscrits = dict(lire(SQL_INSCRITS.format(", ".join(["%s"] * len(utiles))), *utiles))
        voulues, dossiers = set(montrees), {ligne[1] for ligne in lignes if ligne[0] in set(montrees)}
        details = []
        for table, champs, cle, groupe in SQL_DETAILS:
            ids = list(dossiers if cle == "dossier_id" else voulues)
            suite = f" GROUP BY {champs.rsplit(', ', 1)[0]}" if groupe else ""
            marques = ", ".join(["%s"] * len(ids))
            details.append(lire(f"SELECT {champs} FROM {table} WHERE {cle} IN ({marques}){suite}", *ids))  # noqa: S608
        lieux = defaultdict(list)
        for pk, libelle in lire(SQL_LIEUX.format(", ".join(["%s"] * len(montrees))), *montrees):
            lieux[pk].append(libelle)
    quantites = {pk: valeur for pk, valeur, _ in details[0]}
    par_ae, par_dispositif, rangees, total = defaultdict(Decimal), defaultdict(Decimal), [], Decimal(0)
    for ligne in lignes:
        part, dit = parts.get(ligne[0]), choix.get(ligne[0])
        retenu = argent(part[3]) if part else Decimal(0)
        montant = argent(dit[1]) if dit else retenu
        demande = argent(ligne[6])
        par_ae[part[1] if part else None] += montant
        par_dispositif[ligne[5]] += montant
        total += montant
        if ligne[0] in voulues:
            quantite = quantites.get(ligne[0])
            rangees.append(
                (
                    ligne[0], ligne[1], ligne[2], ligne[3], ", ".join(lieux[ligne[0]]), ligne[4], demande, None, None,
                    retenu, montant, part and part[1], dispositifs[ligne[5]][1], quantite, montant - retenu, "",
                    montant / Decimal(str(quantite)) if quantite else None, None,
                )
            )  # fmt: skip
    soldes = [
        (pk, code, argent(v) - argent(a) - argent(r) - argent(inscrits.get(pk)) - par_ae[pk], par_ae[pk])
        for pk, code, v, a, r in aes
    ]
    return gabarit.render({"rangees": rangees, "aes": [s for s in soldes if s[3] and s[2] < 0], "total": total})
