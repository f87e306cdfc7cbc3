"""The workbook that leaves: the table to edit, a notice, two hidden sheets (what was exported, lists of choices)."""

import io
import json
from datetime import date
from decimal import Decimal

import xlsxwriter
from django.core.signing import Signer
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from dpid.classeurs.valeurs import nettoyer_texte
from dpid.erreurs import ActeRefuse
from dpid.tableaux import DATE, MONTANT, NOMBRE, nettoyer
from dpid.typographie import accorder, date_courte
from programmes.aller_retour.champs import CHAMPS, listes_de_choix
from programmes.models import Dossier, LigneDossier

TABLE, BASE, LISTES, NOTICE = "Instruction", "base", "listes", "Notice"
DOSSIER, LIGNE, CLE, SIGNATURE = "Dossier", "Ligne", "Clé", "Signature"
LIGNES_MAX = 5_000
# (title, width, kind): cells that say where one is, locked.
REPERES = (
    (DOSSIER, 9, NOMBRE), (LIGNE, 9, NOMBRE), ("Structure", 36, ""), ("Dispositif", 26, ""), ("Territoires", 24, ""),
    ("État", 16, ""), ("Montant retenu", 15, MONTANT),
)  # fmt: skip
FORMATS = {MONTANT: "#,##0.00", DATE: "dd/mm/yyyy", NOMBRE: "0"}
CONSIGNES = (
    "Modifiez les cellules blanches de la feuille « Instruction » ; les grises disent où vous êtes.",
    "Vous pouvez masquer, filtrer, ajouter des colonnes, retirer des lignes. Pour trier, ôtez la protection de la "
    "feuille (menu Révision, sans mot de passe).",
    "Ne changez pas les colonnes « Dossier » et « Ligne » : elles relient chaque rangée à l’application.",
    "Un dossier de plusieurs lignes occupe plusieurs rangées : changez son intitulé ou son instructeur sur une seule.",
    "Une ligne nouvelle, un territoire, un financement se saisissent dans l’application.",
    "Au retour : Dossiers, « Travailler hors ligne », déposez ce classeur. Seules les cellules changées vous sont "
    "proposées, et rien n’est enregistré avant votre accord.",
    "Enregistrez au format XLSX : la feuille masquée « base » doit rester dans le classeur.",
)


def lignes_a_exporter(identifiants: list[int], agent) -> list:
    """Lines of these dossiers, in the order given; a dossier without any stands for itself. Raises ActeRefuse."""
    vus = Dossier.objects.visibles_par(agent).select_related("structure", "dispositif", "instructeur")
    lignes = LigneDossier.objects.avec_retenu().prefetch_related("placements__territoire").order_by("ordre", "pk")
    objets: list = []
    for debut in range(0, len(identifiants), 500):
        lot = identifiants[debut : debut + 500]
        dossiers = {d.pk: d for d in vus.filter(pk__in=lot)}
        par_dossier: dict[int, list] = {}
        for ligne in lignes.filter(dossier__in=dossiers):
            ligne.dossier = dossiers[ligne.dossier_id]
            par_dossier.setdefault(ligne.dossier_id, []).append(ligne)
        for pk in lot:
            if pk in dossiers:
                objets += par_dossier.get(pk) or [dossiers[pk]]
        if len(objets) > LIGNES_MAX:
            raise ActeRefuse(f"Plus de {accorder(LIGNES_MAX, 'ligne')} : filtrez la liste, puis exportez de nouveau.")
    return objets


def cle(objet) -> str:
    """`L12` for a line, `D7` for a dossier without any."""
    return f"{'L' if isinstance(objet, LigneDossier) else 'D'}{objet.pk}"


def porteur(objet, champ):
    """What carries the field: the line, its dossier, or None (a field of a line, for a dossier without any)."""
    if champ.modele is Dossier:
        return objet.dossier if isinstance(objet, LigneDossier) else objet
    return objet if isinstance(objet, LigneDossier) else None


def stockees(objet) -> dict[str, str]:
    """{title: text} of what is stored."""
    return {
        titre: champ.actuel(qui) if (qui := porteur(objet, champ)) is not None else ""
        for titre, champ in CHAMPS.items()
    }


def signer(la_cle: str, textes: dict[str, str]) -> str:
    """Signature of a row of the hidden sheet: what was exported, and for which line.

    Spaces apart: a spreadsheet may write a line break its own way without anybody having touched the row.
    """
    valeurs = [nettoyer_texte(texte) for texte in textes.values()]
    return Signer(salt="programmes.aller_retour").signature(json.dumps([la_cle, *valeurs]))


def est_signee(la_cle: str, textes: dict[str, str], signature: str) -> bool:
    return constant_time_compare(signer(la_cle, textes), signature or "")


def ecrire(objets: list, *, par) -> bytes:
    """The workbook. Amounts and dates are numbers of the spreadsheet; texts are never formulas."""
    sortie = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(sortie, options) as classeur:
        feuilles = {nom: classeur.add_worksheet(nom) for nom in (TABLE, NOTICE, BASE, LISTES)}
        listes = listes_de_choix()
        _notice(classeur, feuilles[NOTICE], len(objets), par)
        _table(classeur, feuilles[TABLE], objets, listes)
        _base(feuilles[BASE], objets)
        for rang, choix in enumerate(listes.values()):
            feuilles[LISTES].write_column(0, rang, [nettoyer(libelle) for libelle in choix.values()])
        for nom in (BASE, LISTES):
            feuilles[nom].hide()
    return sortie.getvalue()


def _notice(classeur, feuille, nombre, par):
    feuille.set_column(0, 0, 110)
    quand = timezone.localtime()
    feuille.write_string(0, 0, "Travailler hors ligne", classeur.add_format({"bold": True, "font_size": 14}))
    phrase = f"{accorder(nombre, 'ligne')}, exportées le {date_courte(quand)} à {quand:%H} h {quand:%M} par {par}."
    feuille.write_string(1, 0, nettoyer(phrase))
    enroule = classeur.add_format({"text_wrap": True, "valign": "top"})
    for rang, consigne in enumerate(CONSIGNES, 3):
        feuille.write_string(rang, 0, f"{rang - 2}. {consigne}", enroule)
    feuille.protect()


def _table(classeur, feuille, objets, listes):
    cadre = {"border": 1, "border_color": "#7F7F7F", "valign": "top", "text_wrap": True}
    entete = classeur.add_format({**cadre, "bold": True, "bg_color": "#E8ECF1"})
    gris = {g: classeur.add_format({**cadre, "bg_color": "#EEF1F3", "num_format": m})
            for g, m in {**FORMATS, "": "@"}.items()}  # fmt: skip
    blanc = {g: classeur.add_format({**cadre, "locked": False, "num_format": FORMATS.get(g, "@")})
             for g in {c.genre for c in CHAMPS.values()}}  # fmt: skip
    titres = [(titre, largeur) for titre, largeur, _ in REPERES] + [(t, c.largeur) for t, c in CHAMPS.items()]
    for rang, (titre, largeur) in enumerate(titres):
        feuille.set_column(rang, rang, largeur)
        feuille.write_string(0, rang, titre, entete)
    for rang, objet in enumerate(objets, 1):
        for colonne, ((_, _, genre), valeur) in enumerate(zip(REPERES, _reperes(objet), strict=True)):
            _cellule(feuille, rang, colonne, valeur, gris[genre])
        for colonne, champ in enumerate(CHAMPS.values(), len(REPERES)):
            qui = porteur(objet, champ)
            if qui is None:
                feuille.write_blank(rang, colonne, None, gris[""])
            else:
                _cellule(feuille, rang, colonne, _valeur(champ, champ.actuel(qui), listes), blanc[champ.genre])
    _regles(feuille, len(objets), listes)
    feuille.freeze_panes(1, 3)
    feuille.autofilter(0, 0, max(1, len(objets)), len(titres) - 1)
    autorises = ("autofilter", "sort", "format_columns", "format_rows", "insert_columns", "delete_rows")
    feuille.protect("", dict.fromkeys(autorises, True))
    feuille.set_landscape()
    feuille.set_paper(9)
    feuille.fit_to_pages(1, 0)
    feuille.repeat_rows(0)


def _reperes(objet) -> list:
    dossier = porteur(objet, next(c for c in CHAMPS.values() if c.modele is Dossier))
    est_ligne = isinstance(objet, LigneDossier)
    return [
        dossier.pk, objet.pk if est_ligne else None, dossier.structure.raison_sociale, str(dossier.dispositif),
        objet.libelles_territoires() if est_ligne else "", dossier.get_etat_display(),
        objet.retenu if est_ligne else None,
    ]  # fmt: skip


def _valeur(champ, texte: str, listes):
    """What the cell holds: a number, a date, the label of a choice, a text."""
    if champ.est_choix:
        return listes[champ.nom].get(texte, texte)
    return champ.ecrire(texte)


def _cellule(feuille, rang, colonne, valeur, format_):
    if valeur is None or valeur == "":
        feuille.write_blank(rang, colonne, None, format_)
    elif isinstance(valeur, str):
        feuille.write_string(rang, colonne, nettoyer(valeur), format_)
    elif isinstance(valeur, date):
        feuille.write_datetime(rang, colonne, valeur, format_)
    else:
        # Spreadsheets know binary numbers only; up to 99 999 999 999,99 a double gives the centime back exactly.
        feuille.write_number(rang, colonne, float(Decimal(valeur)), format_)


def _regles(feuille, nombre, listes):
    """What the spreadsheet itself refuses or offers while one types."""
    for colonne, champ in enumerate(CHAMPS.values(), len(REPERES)):
        if champ.est_choix and listes[champ.nom]:
            lettre = "ABCDEFG"[list(listes).index(champ.nom)]
            source = f"={LISTES}!${lettre}$1:${lettre}${len(listes[champ.nom])}"
            regle = {"validate": "list", "source": source, "error_message": "Choisissez dans la liste."}
        elif champ.genre == MONTANT:
            regle = {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "Un montant, en euros."}
        elif champ.genre == DATE:
            borne = {"minimum": date(1990, 1, 1), "maximum": date(2100, 12, 31)}
            regle = {"validate": "date", "criteria": "between", **borne, "error_message": "Une date JJ/MM/AAAA."}
        else:
            continue
        feuille.data_validation(1, colonne, max(1, nombre), colonne, {"error_title": champ.titre, **regle})


def _base(feuille, objets):
    feuille.write_row(0, 0, [CLE, *CHAMPS, SIGNATURE])
    for rang, objet in enumerate(objets, 1):
        textes = {titre: nettoyer(texte) for titre, texte in stockees(objet).items()}
        rangee = [cle(objet), *textes.values(), signer(cle(objet), textes)]
        for colonne, texte in enumerate(rangee):
            if texte:
                feuille.write_string(rang, colonne, texte)
