"""XLSX of the annexe, from its context to the bytes, against XlsxWriter writing the same cells with nothing around."""

import copy
import io

from script.mesures.outils import chronometrer, enfant, mediane

LIGNES, LIGNES_RAPIDE = (300, 3000, 30_000), (300, 3000)
MODELE = 300


def mesurer(bases, resultats):
    resultats.partie("Classeur XLSX de l’annexe : du contexte au fichier, contre XlsxWriter seul")
    base = bases.copier("classeurs")
    rapport = enfant("donnees:creer_rapports", base, nombres=[MODELE])[str(MODELE)]
    for nombre in LIGNES_RAPIDE if resultats.rapide else LIGNES:
        tours = 3 if nombre >= 30_000 else 7
        mesure = enfant("tableurs:ecrire", base, rapport=rapport, nombre=nombre, tours=tours)
        detail = f"{mesure['nu']:.3f} s nu, {mesure['notre']:.3f} s, {mesure['cellules']} cellules"
        resultats.noter(f"{nombre} lignes / XlsxWriter seul", mesure["notre"] / mesure["nu"], 1.25, detail=detail)


def ecrire(rapport: int, nombre: int, tours: int) -> dict:
    from deliberations import documents
    from deliberations.models import Rapport

    contexte = contexte_de(documents.contexte(Rapport.objects.get(pk=rapport), "repartition"), nombre)
    feuilles = cellules(contexte)
    temps = chronometrer({"nu": lambda: nu(feuilles), "notre": lambda: documents.rendre(contexte, "xlsx")}, tours)
    nombre_de_cellules = sum(len(appels) for _, appels, _ in feuilles)
    return {nom: mediane(t) for nom, t in temps.items()} | {"cellules": nombre_de_cellules}


def contexte_de(contexte: dict, nombre: int) -> dict:
    """The same context with `nombre` lines: its thématiques repeated under other numbers."""
    thematiques = []
    for tour in range(nombre // MODELE):
        for groupe in copy.deepcopy(contexte["thematiques"]):
            groupe["numero"] += 20 * tour
            thematiques.append(groupe)
    return {**contexte, "thematiques": thematiques}


def cellules(contexte: dict) -> list[tuple]:
    """[(name, calls, widths)]: the very calls of our own writer, values ready (no Decimal left to convert)."""
    from deliberations import documents
    from deliberations.documents import tableurs
    from dpid import tableaux

    feuilles = tableurs.repartition(contexte, documents.titre(contexte))
    return [
        (nom, _appels(feuille, tableaux), [c.largeur for c in feuille.colonnes])
        for nom, feuille in zip(tableaux.noms_de_feuilles(feuilles), feuilles, strict=True)
    ]


def _appels(feuille, tableaux) -> list[tuple]:
    """(row, column, number of rows, kind, value, format)."""
    appels = [(rang, 0, 1, "texte", texte, "titre") for rang, texte in enumerate(feuille.intitules)]
    entete = len(feuille.intitules)
    appels += [(entete, n, 1, "texte", c.titre, "entete") for n, c in enumerate(feuille.colonnes)]
    for n, colonne in enumerate(feuille.colonnes):
        for debut, taille in tableaux.groupes_verticaux(feuille.lignes, n):
            ligne = feuille.lignes[debut]
            valeur = tableaux.valeurs(ligne)[n]
            format_ = f"{colonne.genre} total" if isinstance(ligne, tableaux.Total) else colonne.genre
            if valeur is None or valeur == "":
                genre = "vide"
            else:
                genre = "texte" if isinstance(valeur, str) else "nombre"
            appels.append(
                (entete + 1 + debut, n, taille, genre, float(valeur) if genre == "nombre" else valeur, format_)
            )
    return appels


def nu(feuilles: list[tuple]) -> bytes:
    """Nothing but the library: these cells, these formats."""
    import xlsxwriter

    from dpid.tableaux import _formats

    sortie = io.BytesIO()
    with xlsxwriter.Workbook(sortie, {"in_memory": True}) as classeur:
        formats = _formats(classeur)
        for nom, appels, largeurs in feuilles:
            feuille = classeur.add_worksheet(nom)
            for numero, largeur in enumerate(largeurs):
                feuille.set_column(numero, numero, largeur)
            for ligne, colonne, taille, genre, valeur, format_ in appels:
                if taille > 1:
                    feuille.merge_range(ligne, colonne, ligne + taille - 1, colonne, "", formats[format_])
                if genre == "texte":
                    feuille.write_string(ligne, colonne, valeur, formats[format_])
                elif genre == "nombre":
                    feuille.write_number(ligne, colonne, valeur, formats[format_])
                else:
                    feuille.write_blank(ligne, colonne, None, formats[format_])
    return sortie.getvalue()
