"""The workbook that comes back: which cells the officer changed, and what cannot be taken."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from dpid.classeurs import Collecteur, lire_table
from dpid.classeurs.valeurs import ValeurRefusee
from programmes.aller_retour import classeur
from programmes.aller_retour.champs import CHAMPS, TROP_LONG, listes_de_choix
from programmes.aller_retour.classeur import BASE, CLE, DOSSIER, LIGNE, LIGNES_MAX, SIGNATURE, TABLE
from programmes.aller_retour.reprise import Ecart, Reprise, examiner
from programmes.instruction.verbes import peut_modifier, raison_du_refus
from programmes.models import Dossier, LigneDossier

INTROUVABLE = "aucun dossier de ce numéro ne vous est visible"
RETABLIR = "Rétablissez le numéro exporté, ou retirez cette rangée."


@dataclass
class Constats(Collecteur):
    """Remembers which cells could not be read: worth None, they would pass for cells that the officer emptied."""

    illisibles: set = field(default_factory=set)

    def erreur(self, message, quoi_faire, *, feuille="", ligne=None, colonne=0, valeur=None):
        self.illisibles.add((feuille, ligne, colonne))
        super().erreur(message, quoi_faire, feuille=feuille, ligne=ligne, colonne=colonne, valeur=valeur)

    def est_lisible(self, lue, titre: str) -> bool:
        return (lue.feuille, lue.numero, lue.colonnes[titre]) not in self.illisibles


@dataclass(frozen=True)
class Rangee:
    """A row of the table: `objet` is the line, or the dossier that has none."""

    lue: object
    cle: str


def lire(contenu: bytes, nom: str, *, par) -> Reprise:
    """What the file would change. Raises FichierRefuse when it cannot be read at all."""
    constats = Constats()
    connus = {DOSSIER, LIGNE, *CHAMPS}
    options = {"lignes_max": LIGNES_MAX + 1, "constats": constats}
    table = lire_table(contenu, nom, feuille=TABLE, reconnaitre=lambda t: t if t in connus else None, **options)
    bases = _bases(lire_table(contenu, nom, feuille=BASE, **options))
    reprise = Reprise(nom=nom, constats=constats)
    manquants = [t for t in (DOSSIER, LIGNE) if t not in table.titres]
    if manquants:
        constats.erreur(
            f"colonne absente : {', '.join(manquants)}", "Remettez-la : elle relie les rangées à l’application.",
            feuille=table.feuille, ligne=table.entete,
        )  # fmt: skip
        return reprise
    reprise.colonnes_absentes = [t for t in CHAMPS if t not in table.titres]
    rangees = _rangees(table, constats)
    objets = _objets(rangees, par)
    choix = listes_de_choix()
    for rangee in rangees:
        _comparer(rangee, objets.get(rangee.cle), bases.get(rangee.cle), choix, reprise, par)
    reprise.lues = len(rangees)
    examiner(reprise, par)
    return reprise


def _bases(table) -> dict[str, dict[str, str] | None]:
    """{key: what was exported}; None when the row was touched: it then proves nothing."""
    bases = {}
    for ligne in table.lignes:
        textes = {titre: str(ligne.valeurs.get(titre) or "") for titre in CHAMPS}
        la_cle = str(ligne.valeurs.get(CLE) or "")
        signee = classeur.est_signee(la_cle, textes, str(ligne.valeurs.get(SIGNATURE) or ""))
        bases[la_cle] = textes if signee else None
    return bases


def _rangees(table, constats) -> list[Rangee]:
    rangees = []
    for lue in table.lignes:
        numeros = {}
        if not (constats.est_lisible(lue, DOSSIER) and constats.est_lisible(lue, LIGNE)):
            continue
        for titre in (DOSSIER, LIGNE):
            numeros[titre] = _numero(lue[titre])
            if numeros[titre] is None:
                constats.erreur("ce n’est pas un numéro", RETABLIR, **lue.lieu(titre))
        if None in numeros.values():
            continue
        if not any(numeros.values()):
            constats.avertir(
                "rangée ajoutée à la main : elle est laissée de côté", "Créez le dossier dans l’application.",
                **lue.lieu(DOSSIER),
            )  # fmt: skip
            continue
        rangees.append(Rangee(lue, f"L{numeros[LIGNE]}" if numeros[LIGNE] else f"D{numeros[DOSSIER]}"))
    return rangees


def _numero(valeur) -> int | None:
    """A positive integer; 0 for a blank cell, None for anything else."""
    if valeur is None:
        return 0
    texte = str(valeur).strip().removesuffix(".0")
    est_nombre = not isinstance(valeur, bool) and texte.isascii() and texte.isdigit() and len(texte) < 16
    return int(texte) or None if est_nombre else None


def _objets(rangees, par) -> dict[str, object]:
    """{key: line, or dossier without line} among what the agent sees."""
    vus = Dossier.objects.visibles_par(par).select_related("structure", "dispositif", "instructeur")
    vus = vus.annotate(a_des_lignes=Exists(LigneDossier.objects.filter(dossier=OuterRef("pk"))))
    lignes = {int(r.cle[1:]) for r in rangees if r.cle[0] == "L"}
    seuls = {int(r.cle[1:]) for r in rangees if r.cle[0] == "D"}
    objets = {}
    for lot in _par_lots(seuls):
        objets |= {f"D{d.pk}": d for d in vus.filter(pk__in=lot)}
    for lot in _par_lots(lignes):
        trouvees = list(LigneDossier.objects.filter(pk__in=lot))
        dossiers = {d.pk: d for d in vus.filter(pk__in={ligne.dossier_id for ligne in trouvees})}
        for ligne in trouvees:
            if ligne.dossier_id in dossiers:
                ligne.dossier = dossiers[ligne.dossier_id]
                objets[f"L{ligne.pk}"] = ligne
    return objets


def _par_lots(ids, taille=500):
    ids = sorted(ids)
    return (ids[debut : debut + taille] for debut in range(0, len(ids), taille))


def _comparer(rangee, objet, base, choix, reprise, par):
    lue, constats = rangee.lue, reprise.constats
    titre_cle = LIGNE if rangee.cle[0] == "L" else DOSSIER
    if objet is None:
        constats.erreur(INTROUVABLE, RETABLIR, **lue.lieu(titre_cle))
        return
    dossier = objet.dossier if isinstance(objet, LigneDossier) else objet
    if _numero(lue[DOSSIER]) not in (0, dossier.pk):
        constats.erreur(f"cette ligne est celle du dossier {dossier.pk}", RETABLIR, **lue.lieu(DOSSIER))
        return
    if rangee.cle[0] == "D" and dossier.a_des_lignes:
        constats.erreur("le numéro de la ligne manque", RETABLIR, **lue.lieu(LIGNE))
        return
    trouves = _ecarts(lue, objet, base, choix, constats)
    if trouves and not peut_modifier(dossier, par):
        constats.erreur("le dossier ne se modifie pas", raison_du_refus(dossier), **lue.lieu(trouves[0].champ.titre))
        return
    for ecart in trouves:
        _retenir(reprise, ecart)


def _ecarts(lue, objet, base, choix, constats) -> list[Ecart]:
    """Cells that the officer changed, and that do not already say what is stored."""
    trouves = []
    for titre, champ in CHAMPS.items():
        if titre not in lue.valeurs or not constats.est_lisible(lue, titre):
            continue
        qui = classeur.porteur(objet, champ)
        try:
            fichier = champ.lire(lue[titre], choix.get(champ.nom, {}))
        except ValeurRefusee as refus:
            constats.erreur(refus.message, refus.quoi_faire, **lue.lieu(titre))
            continue
        if qui is None:
            if fichier:
                constats.erreur("ce dossier n’a pas encore de ligne", "Saisissez-la d’abord dans l’application.",
                                **lue.lieu(titre))  # fmt: skip
            continue
        actuel, exporte = champ.actuel(qui), base[titre] if base else None
        if champ.egaux(fichier, actuel) or (exporte is not None and champ.egaux(fichier, exporte)):
            continue
        if fichier == TROP_LONG:
            continue
        trouves.append(Ecart(qui, champ, exporte, actuel, fichier, lieu=lue.lieu(titre)))
    return trouves


def _retenir(reprise, ecart):
    """One value per cell of the database: two rows of a dossier may not give it two titles."""
    deja = reprise.ajouter(ecart)
    if deja is None:
        return
    if not ecart.champ.egaux(deja.fichier, ecart.fichier):
        reprise.constats.erreur(
            f"la ligne {deja.lieu['ligne']} donne une autre valeur à la même cellule : la sienne est gardée",
            "Gardez une seule des deux valeurs.", **ecart.lieu,
        )  # fmt: skip
