"""The grid, the totals and the comparison as XLSX, ODS or CSV: exactly what is on screen, every page of it."""

from deliberations.arbitrage import details as autour
from deliberations.arbitrage.grille import ETATS, Grille
from deliberations.arbitrage.lecture import Lecture
from deliberations.arbitrage.totaux import contre_les_ae
from deliberations.arbitrage.totaux import tableaux as totaux
from dpid.tableaux import Colonne, Tableau, Total

M = "montant"


def grille(vue: Grille) -> Tableau:
    """The lines that the filters keep, with the columns of the screen."""
    lignes = [ligne for g in vue.groupes for ligne in g.lignes]
    details = autour.lire(vue.lecture, lignes)
    vue.details = details
    compare = vue.compare
    colonnes = [
        Colonne("Ligne", "nombre", 8), Colonne("Dossier", "nombre", 9), Colonne("Thématique", largeur=30),
        Colonne("Dispositif", largeur=12), Colonne("Structure", largeur=40), Colonne("Action", largeur=36),
        Colonne("Territoires", largeur=24), Colonne("État", largeur=18), Colonne("Demandé", M, 15),
        Colonne("Voté N-1", M, 15), Colonne("Règle", M, 15), Colonne("Retenu", M, 15),
        Colonne(vue.scenario.nom, M, 15), *([Colonne(compare.nom, M, 15)] if compare else []),
        Colonne(f"Écart ({vue.libelle_reference})", M, 15), Colonne("Avis", largeur=20),
        Colonne("Coût unitaire", M, 13), Colonne("Unité", largeur=14), Colonne("Part du budget (%)", "nombre", 10),
        Colonne("Commentaire", largeur=40),
    ]  # fmt: skip
    rangees = []
    for ligne in lignes:
        detail, dispositif = details.par_ligne[ligne.pk], vue.lecture.dispositifs[ligne.dispositif_id]
        reference = vue.reference_de(ligne)
        rangees.append(
            (
                ligne.pk, ligne.dossier_id, str(dispositif.thematique), dispositif.reference, ligne.structure,
                ligne.intitule, detail.territoires, ETATS[ligne.etat], ligne.demande, ligne.n1,
                detail.regle.montant if detail.regle else None, ligne.retenu, ligne.montant,
                *([reference] if compare else []), None if reference is None else ligne.montant - reference,
                detail.avis, detail.cout(ligne.montant), detail.quantite.unite if detail.quantite else "",
                detail.part(ligne.montant), ligne.choix.commentaire if ligne.choix else "",
            )
        )  # fmt: skip
    somme = [sum((r[n] or 0 for r in rangees), 0) if c.genre == M else "" for n, c in enumerate(colonnes)]
    for n, colonne in enumerate(colonnes):
        if colonne.titre == "Coût unitaire":
            somme[n] = ""
    somme[4] = "Total"
    return Tableau("Arbitrage", colonnes, [*rangees, Total(somme)], _intitules(vue.lecture))


def synthese(lecture: Lecture, *, avec_ae=True) -> list[Tableau]:
    """One sheet per breakdown, then the AE (`avec_ae`), whose columns are others."""
    noms = [lecture.scenario.nom, *(s.nom for s in lecture.compares)]
    # The same columns in every breakdown: the CSV puts them under one header.
    colonnes = [Colonne("Libellé", largeur=44), Colonne("Demandé", M, 15), Colonne("Voté N-1", M, 15)]
    colonnes += [Colonne("Retenu", M, 15), *(Colonne(nom, M, 15) for nom in noms)]
    colonnes += [Colonne(f"Écart {nom} / {noms[0]}", M, 15) for nom in noms[1:]]
    feuilles = []
    for t in totaux(lecture):
        lignes = [*(_rang(r, t.avec_n1) for r in t.rangs), Total(_rang(t.total, t.avec_n1))]
        feuilles.append(Tableau(t.titre, colonnes, lignes, _intitules(lecture)))
    if not avec_ae:
        return feuilles
    colonnes = [Colonne("Ligne", largeur=14), Colonne("Libellé", largeur=40), Colonne("AE votée", M, 15)]
    colonnes += [Colonne("Disponible", M, 15), Colonne("Réservé", M, 15), Colonne("Inscrit sans visa", M, 15)]
    for nom in noms:
        colonnes += [Colonne(nom, M, 15), Colonne(f"Reste après {nom}", M, 15)]
    lignes = [
        (
            ae["solde"].code, ae["solde"].intitule, ae["solde"].vote, ae["solde"].disponible, ae["solde"].reserve,
            ae["solde"].inscrit, *(v for r in ae["restes"] for v in (r["scenario"], r["reste"])),
        )
        for ae in contre_les_ae(lecture)
    ]  # fmt: skip
    return [*feuilles, Tableau("AE", colonnes, lignes, _intitules(lecture))]


def _rang(rang, avec_n1: bool) -> tuple:
    return (rang.libelle, rang.demande, rang.n1 if avec_n1 else None, rang.retenu, *rang.scenarios, *rang.ecarts)


def comparaison(lecture: Lecture, lignes) -> Tableau:
    """Scenarios side by side, line by line."""
    noms = [lecture.scenario.nom, *(s.nom for s in lecture.compares)]
    colonnes = [
        Colonne("Dispositif", largeur=12), Colonne("Structure", largeur=40), Colonne("Dossier", "nombre", 9),
        Colonne("Demandé", M, 15), *(Colonne(nom, M, 15) for nom in noms),
        *(Colonne(f"Écart {nom} / {noms[0]}", M, 15) for nom in noms[1:]),
    ]  # fmt: skip
    rangees = [
        (r["reference"], r["structure"], r["dossier"], r["demande"], *r["montants"], *r["ecarts"]) for r in lignes
    ]
    somme = [sum((r[n] or 0 for r in rangees), 0) if c.genre == M else "" for n, c in enumerate(colonnes)]
    somme[1] = "Total"
    return Tableau("Comparaison", colonnes, [*rangees, Total(somme)], _intitules(lecture))


def comparer(lecture: Lecture, *, differences: bool) -> list[dict]:
    """Rows of the comparison; `differences`: only the lines that the scenarios do not treat alike."""
    ordre = {pk: n for n, pk in enumerate(lecture.dispositifs)}
    lignes = []
    for ligne in sorted(lecture.visibles, key=lambda li: ordre[li.dispositif_id]):
        montants = [ligne.montant, *(lecture.montant(ligne, s.pk) for s in lecture.compares)]
        if differences and len(set(montants)) == 1:
            continue
        dispositif = lecture.dispositifs[ligne.dispositif_id]
        lignes.append(
            {
                "reference": dispositif.reference, "dispositif": str(dispositif), "structure": ligne.structure,
                "dossier": ligne.dossier_id, "ordre": ligne.ordre, "demande": ligne.demande, "montants": montants,
                "ecarts": [m - montants[0] for m in montants[1:]],
            }
        )  # fmt: skip
    return lignes


def _intitules(lecture: Lecture) -> list[str]:
    etat = lecture.scenario.get_etat_display().lower()
    return [str(lecture.appel), f"Scénario « {lecture.scenario.nom} » ({etat})"]
