"""The annexe de répartition, from the bytes of a file to a typed description or a list of precise French errors."""

from dpid.classeurs import Collecteur, Feuille, FichierRefuse, ouvrir_classeur
from dpid.textes import cle_texte

from .entetes import reconnaitre
from .lecture import LecteurTableaux, Theme
from .resultat import AnnexeLue, LigneLue, OperationLue, ThematiqueLue
from .totaux import Totaux

__all__ = ["AnnexeLue", "LigneLue", "OperationLue", "ThematiqueLue", "lire_annexe"]


def lire_annexe(contenu: bytes, nom: str) -> AnnexeLue:
    """Read a whole file; `nom` is the name it was uploaded under. Never raises for a bad file.

    With one error or more, `thematiques` is empty: a half-understood annexe must not be applied.
    """
    constats = Collecteur()
    try:
        feuilles = ouvrir_classeur(contenu, nom, reconnaitre=reconnaitre)
    except FichierRefuse as refus:
        return AnnexeLue((), (refus.constat(nom),))
    totaux = Totaux(constats)
    themes = [
        theme
        for feuille in _feuilles_utiles(feuilles, constats)
        for theme in LecteurTableaux(feuille, constats, totaux).lire()
    ]
    _signaler_themes(themes, constats)
    totaux.verifier_generaux(themes)
    if constats.nombre_erreurs:
        return AnnexeLue((), constats.tous())
    return AnnexeLue(tuple(theme.figer() for theme in themes), constats.tous())


def _feuilles_utiles(feuilles: list[Feuille], constats: Collecteur) -> list[Feuille]:
    utiles = []
    for feuille in feuilles:
        if feuille.est_masquee:
            constats.avertir(
                "cette feuille est masquée, elle n’est pas lue",
                "Affichez-la si elle fait partie de l’annexe, supprimez-la sinon.",
                feuille=feuille.nom,
            )
        elif feuille.est_vide:
            constats.erreur("feuille vide", "Supprimez cette feuille du classeur.", feuille=feuille.nom)
        else:
            utiles.append(feuille)
    if not utiles:
        constats.erreur("aucune feuille à lire dans ce fichier", "Déposez le classeur qui contient l’annexe.")
    return utiles


def _signaler_themes(themes: list[Theme], constats: Collecteur) -> None:
    """A thématique is in one place: two would be two totals, and nobody could say which one is voted."""
    connus: dict = {}
    for theme in themes:
        lieu = {"feuille": theme.feuille, "ligne": theme.ligne, "valeur": theme.titre}
        cles = [cle_texte(theme.titre)] + ([theme.numero] if theme.numero is not None else [])
        autre = next((connus[cle] for cle in cles if cle in connus), None)
        if autre:
            constats.erreur(
                f"cette thématique figure déjà dans la feuille « {autre.feuille} », ligne {autre.ligne}",
                "Rassemblez ses opérations en un seul tableau.",
                **lieu,
            )
        connus.update(dict.fromkeys(cles, theme))
        if not theme.a_des_lignes:
            constats.erreur("ce tableau n’a aucune ligne", "Remplissez-le ou supprimez-le.", **lieu)
        _signaler_sans_total(theme, constats)


def _signaler_sans_total(theme: Theme, constats: Collecteur) -> None:
    """Totals are optional, but where there are some, a missing one is most often an accident."""
    if not theme.est_close and not any(g.total_annonce is not None for g in theme.groupes):
        return
    for groupe in theme.groupes:
        if groupe.total_annonce is None and groupe.ligne:
            constats.avertir(
                f"l’opération « {groupe.libelle} » n’a pas de total de contrôle",
                "Ajoutez une ligne TOTAL après sa dernière ligne.",
                feuille=theme.feuille,
                ligne=groupe.ligne,
            )
