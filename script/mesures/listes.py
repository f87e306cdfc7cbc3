"""Pages read all day: the list of dossiers and the page of a rapport, through the whole stack."""

from script.mesures.outils import chronometrer, compter_requetes, enfant, horloge, mediane

PETIT, GRAND, GRAND_RAPIDE = 1_000, 100_000, 10_000
# A call of its own, of an ordinary size: forty dispositifs.
ANNEE = 2025
LIGNES_DE_RAPPORT = (1, 20, 100, 1000)
# The floor: the same hundred rows, the same cells, by the template engine and nothing around the table.
PLANCHER = """<table>{% for d in dossiers %}<tr><th scope="row"><a href="/dossiers/{{ d.0 }}/">{{ d.1 }}</a>
<br>{{ d.2 }}</th><td>{{ d.3 }} {{ d.4 }}</td><td>{{ d.5 }}</td><td><span class="etat etat-{{ d.6 }}">{{ d.6 }}</span>
</td><td class="montant">{{ d.7|floatformat:2 }}</td><td class="montant">{{ d.8|floatformat:2 }}</td>
<td class="montant">{{ d.9|floatformat:2 }}</td></tr>{% endfor %}</table>{{ total }}"""
SQL_PAGE = """
SELECT d.id, s.raison_sociale, d.intitule, p.reference, p.libelle_court, '', d.etat,
  (SELECT SUM(l.demande) FROM programmes_lignedossier l WHERE l.dossier_id = d.id),
  (SELECT SUM(l.propose) FROM programmes_lignedossier l WHERE l.dossier_id = d.id),
  (SELECT SUM(f.montant) FROM programmes_financement f
     JOIN programmes_lignedossier l ON l.id = f.ligne_id WHERE l.dossier_id = d.id)
FROM programmes_dossier d JOIN programmes_structure s ON s.id = d.structure_id
  JOIN programmes_dispositif p ON p.id = d.dispositif_id
  JOIN programmes_thematique t ON t.id = p.thematique_id JOIN programmes_appelaprojets a ON a.id = t.appel_id
WHERE a.annee = %s ORDER BY s.cle, d.id LIMIT 100
"""
SQL_NOMBRE = """
SELECT COUNT(*) FROM programmes_dossier d JOIN programmes_dispositif p ON p.id = d.dispositif_id
  JOIN programmes_thematique t ON t.id = p.thematique_id JOIN programmes_appelaprojets a ON a.id = t.appel_id
WHERE a.annee = %s
"""
SQL_LIEUX = """
SELECT l.dossier_id, t.libelle FROM programmes_ligneterritoire x JOIN programmes_lignedossier l ON l.id = x.ligne_id
  JOIN dpid_territoire t ON t.id = x.territoire_id WHERE l.dossier_id = ANY_OF ORDER BY l.ordre, l.id, x.ordre
"""


def mesurer(bases, resultats):
    grand = GRAND_RAPIDE if resultats.rapide else GRAND
    resultats.partie(f"Liste des dossiers : page de 100, de {PETIT} à {grand} dossiers en base")
    petite, grande = bases.copier("listes_petite"), bases.copier("listes_grande")
    enfant("listes:remplir", petite, nombre=PETIT)
    enfant("listes:remplir", grande, nombre=grand)
    _mesurer_liste(resultats, petite, grande, grand)
    resultats.partie("Page d’un rapport, de 1 à 1 000 lignes")
    rapports = enfant("donnees:creer_rapports", petite, nombres=list(LIGNES_DE_RAPPORT))
    pages = {n: enfant("listes:mesurer_rapport", petite, rapport=rapports[str(n)]) for n in LIGNES_DE_RAPPORT}
    for nombre, page in pages.items():
        detail = f"{page['octets'] / 1000:.0f} ko, {1000 * page['temps']:.0f} ms"
        resultats.noter(f"requêtes de la page d’un rapport de {nombre} lignes", page["requetes"], 15, detail=detail)


def remplir(nombre: int):
    """As many dossiers this year in both bases; the others are those of twenty past years."""
    from script.mesures.donnees import creer_dossiers, creer_programme, entretenir

    creer_programme(4, ANNEE)
    creer_dossiers(PETIT, annee=ANNEE)
    for annee in range(ANNEE - 21, ANNEE - 1) if nombre > PETIT else ():
        creer_programme(4, annee)
        creer_dossiers((nombre - PETIT) // 20, annee=annee)
    entretenir()


def _mesurer_liste(resultats, petite, grande, grand):
    points = {"petite": [], "grande": []}
    for _ in range(2 if resultats.rapide else 3):
        points["petite"].append(enfant("listes:mesurer_liste", petite, tours=7))
        points["grande"].append(enfant("listes:mesurer_liste", grande, tours=7))
    petit = {cle: mediane(p[cle] for p in points["petite"]) for cle in points["petite"][0]}
    grande_ = {cle: mediane(p[cle] for p in points["grande"]) for cle in points["grande"][0]}
    for nombre, p in ((PETIT, petit), (grand, grande_)):
        detail = f"{1000 * p['page']:.1f} ms contre {1000 * p['nu']:.1f} ms"
        resultats.noter(f"{nombre} dossiers, page / SQL et gabarit nus", p["page"] / p["nu"], 2.0, detail=detail)
    for cle, quoi, cible in (
        ("page", "première page de l’exercice", 1.3),
        ("fin", "dernière page de l’exercice", 1.5),
        ("texte", "recherche d’une structure dans l’exercice", 2.0),
        ("tout", "première page, toutes années confondues", None),
    ):
        detail = f"{1000 * grande_[cle]:.1f} ms"
        resultats.noter(f"{quoi}, {grand} / {PETIT} dossiers", grande_[cle] / petit[cle], cible, detail=detail)
    resultats.noter("requêtes de la liste", grande_["requetes"], 8)
    resultats.noter("HTML de la page de 100 (ko)", grande_["octets"] / 1000, 100)


def mesurer_liste(tours: int) -> dict:
    from django.template import engines

    from script.mesures.navigateur import ouvrir_session

    client = ouvrir_session("direction")
    gabarit = engines["django"].from_string(PLANCHER)

    def page(requete="", annee=ANNEE):
        reponse = client.get(f"/dossiers/?annee={annee}{requete}")
        if reponse.status_code != 200:
            raise RuntimeError(f"/dossiers/ répond {reponse.status_code}.")
        return reponse.content

    fonctions = {
        "nu": lambda: page_nue(gabarit),
        "page": page,
        "fin": lambda: page("&page=last"),
        "texte": lambda: page("&structure=ccas"),
        "tout": lambda: page(annee=""),
    }
    temps = {nom: mediane(t) for nom, t in chronometrer(fonctions, tours, horloge=horloge()).items()}
    with compter_requetes() as requetes:
        octets = len(page())
    return {**temps, "octets": octets, "requetes": len(requetes)}


def page_nue(gabarit) -> str:
    """Three statements and one template: what the list costs with nothing of Django but its engine."""
    from decimal import Decimal

    from django.db import connection

    with connection.cursor() as curseur:
        curseur.execute(SQL_NOMBRE, [ANNEE])
        (total,) = curseur.fetchone()
        curseur.execute(SQL_PAGE, [ANNEE])
        lignes = [list(ligne) for ligne in curseur.fetchall()]
        ids = [ligne[0] for ligne in lignes]
        curseur.execute(SQL_LIEUX.replace("= ANY_OF", f"IN ({', '.join(['%s'] * len(ids))})"), ids)
        lieux: dict[int, list[str]] = {}
        for dossier, libelle in curseur.fetchall():
            lieux.setdefault(dossier, []).append(libelle)
    for ligne in lignes:
        ligne[5] = ", ".join(lieux.get(ligne[0], ()))
        ligne[7:] = [Decimal(int(centimes or 0)) / 100 for centimes in ligne[7:]]
    return gabarit.render({"dossiers": lignes, "total": total})


def mesurer_rapport(rapport: int) -> dict:
    from script.mesures.navigateur import ouvrir_session

    client = ouvrir_session("instruction")
    reponse = client.get(f"/rapports/{rapport}/")
    if reponse.status_code != 200:
        raise RuntimeError(f"/rapports/{rapport}/ répond {reponse.status_code}.")
    temps = chronometrer({"page": lambda: client.get(f"/rapports/{rapport}/")}, 5, horloge=horloge())["page"]
    with compter_requetes() as requetes:
        octets = len(client.get(f"/rapports/{rapport}/").content)
    return {"requetes": len(requetes), "octets": octets, "temps": mediane(temps)}
