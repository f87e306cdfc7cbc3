"""Control totals: never lines, always checked. A difference of one cent is said."""

from collections import defaultdict
from decimal import Decimal

from dpid.classeurs.constats import Collecteur, euros, nombre
from dpid.classeurs.valeurs import ValeurRefusee, cle_unite, separer_quantites
from dpid.textes import cle_texte

from .entetes import Champ
from .rangees import Rangee
from .resultat import ZERO

GENERAUX = ("general", "generale", "annexe", "toutes thematiques", "des thematiques")
CORRIGER = "Corrigez la ligne fausse, ou le total."


class Totaux:
    """Applies the TOTAL rows of a file to what was read above them."""

    def __init__(self, constats: Collecteur):
        self.constats = constats
        self.generaux: list[tuple[Rangee, int, Decimal]] = []

    def appliquer(self, theme, rangee: Rangee, colonne: int, suite: str, closes: set[str]) -> None:
        """The first total closes the opération; the next, or one that says so, the thématique; or the whole file."""
        self._signaler_total_et_ligne(rangee, colonne)
        annonce = rangee.lire_montant(obligatoire=False)
        if annonce is None:
            self._signaler_sans_montant(rangee, colonne)
        cle = cle_texte(suite)
        quantites = self._quantites(rangee, colonne, suite)
        if any(mot in cle for mot in GENERAUX):
            self._general(theme, rangee, colonne, annonce)
        elif theme.est_close:
            self.constats.erreur(
                "ce total vient après celui de la thématique",
                "Supprimez-le, ou écrivez « TOTAL GÉNÉRAL » s’il porte sur tout le fichier.",
                **rangee.lieu(colonne, suite or "TOTAL"),
            )
        elif not theme.groupes:
            self.constats.erreur(
                "ce total ne suit aucune ligne", "Supprimez-le.", **rangee.lieu(colonne, suite or "TOTAL")
            )
        elif theme.ouvert and "thematique" not in cle:
            self._clore_operation(theme.ouvert, rangee, suite, annonce, quantites)
        else:
            self._clore_thematique(theme, rangee, annonce, quantites)

    def _clore_operation(self, groupe, rangee, suite, annonce, quantites) -> None:
        groupe.est_clos, groupe.total_annonce = True, annonce
        groupe.libelle_total = suite if not quantites or not suite[:1].isdigit() else ""
        if groupe.est_complet:
            self._comparer(rangee, annonce, groupe.somme, f"des lignes de l’opération « {groupe.libelle} »")
        self._comparer_quantites(rangee, quantites, groupe.lignes, f"de l’opération « {groupe.libelle} »")

    def _clore_thematique(self, theme, rangee, annonce, quantites) -> None:
        if theme.ouvert:
            theme.ouvert.est_clos = True
        theme.est_close, theme.total_annonce = True, annonce
        if theme.est_complet:
            self._comparer(rangee, annonce, theme.somme, "des lignes de la thématique")
        lignes = [ligne for groupe in theme.groupes for ligne in groupe.lignes]
        self._comparer_quantites(rangee, quantites, lignes, "de la thématique")

    def _general(self, theme, rangee, colonne, annonce) -> None:
        if theme.ouvert:
            theme.ouvert.est_clos = True
        theme.est_close = True
        if annonce is not None:
            self.generaux.append((rangee, colonne, annonce))

    def verifier_generaux(self, themes: list) -> None:
        """Once every sheet is read: « total général » is the whole file's."""
        if not all(theme.est_complet for theme in themes):
            return
        somme = sum((theme.somme for theme in themes), ZERO)
        for rangee, _, annonce in self.generaux:
            self._comparer(rangee, annonce, somme, "des lignes de tout le fichier")

    # -- comparing

    def _comparer(self, rangee: Rangee, annonce: Decimal | None, somme: Decimal, de_quoi: str) -> None:
        if annonce is None or annonce == somme:
            return
        valeur, colonne = rangee.propre(Champ.MONTANT)
        self.constats.erreur(
            f"le total annoncé ({euros(annonce)}) diffère de la somme {de_quoi} ({euros(somme)}) "
            f"de {euros(abs(annonce - somme))}",
            CORRIGER,
            **rangee.lieu(colonne, valeur),
        )

    def _quantites(self, rangee: Rangee, colonne: int, suite: str):
        """[(quantity, unit)] announced by the row, in its PLACES or DESCRIPTION cell or after the word TOTAL."""
        for champ in (Champ.PLACES, Champ.DESCRIPTION):
            valeur, ou = rangee.propre(champ)
            if valeur is None:
                continue
            texte = suite if ou == colonne else valeur
            try:
                quantites, reste = separer_quantites(texte, rangee.colonnes.unite)
            except ValeurRefusee as refus:
                self.constats.erreur(refus.message, refus.quoi_faire, **rangee.lieu(ou, valeur))
                continue
            if quantites and not reste:
                return quantites
        return []

    def _comparer_quantites(self, rangee: Rangee, annoncees, lignes, de_quoi: str) -> None:
        if not annoncees:
            return
        sommes = _sommer(lignes)
        valeur, colonne = rangee.propre(Champ.PLACES)
        if valeur is None:
            valeur, colonne = rangee.propre(Champ.DESCRIPTION)
        for quantite, unite in annoncees:
            somme = sommes.get(cle_unite(unite))
            if somme is None:
                self.constats.avertir(
                    f"le total annonce {nombre(quantite)} {unite}, mais aucune ligne {de_quoi} n’a cette unité",
                    "Vérifiez l’unité.",
                    **rangee.lieu(colonne, valeur),
                )
            elif somme != quantite:
                self.constats.erreur(
                    f"le total annoncé ({nombre(quantite)} {unite}) diffère de la somme des lignes {de_quoi} "
                    f"({nombre(somme)} {unite}) de {nombre(abs(somme - quantite))}",
                    CORRIGER,
                    **rangee.lieu(colonne, valeur),
                )

    # -- what a total row should not be

    def _signaler_sans_montant(self, rangee: Rangee, colonne: int) -> None:
        if rangee.propre(Champ.MONTANT)[0] is None:
            self.constats.erreur(
                "ce total n’a pas de montant",
                "Écrivez le montant dans sa colonne, ou supprimez la ligne.",
                **rangee.lieu(colonne, rangee.feuille.valeur(rangee.numero, colonne)),
            )

    def _signaler_total_et_ligne(self, rangee: Rangee, colonne: int) -> None:
        """TOTAL in the description of a row that names a structure: line or total? Nobody can tell."""
        valeur, ou = rangee.propre(Champ.STRUCTURE)
        if valeur is not None and ou != colonne and rangee.colonnes.champ_de(colonne) in DESCRIPTIFS:
            self.constats.erreur(
                "cette ligne nomme une structure et sa description commence par TOTAL : ligne ou total ?",
                "Reformulez la description, ou effacez la structure.",
                **rangee.lieu(colonne, rangee.feuille.valeur(rangee.numero, colonne)),
            )


DESCRIPTIFS = (Champ.DESCRIPTION, Champ.PLACES)


def _sommer(lignes) -> dict[str, Decimal]:
    sommes: dict[str, Decimal] = defaultdict(Decimal)
    for ligne in lignes:
        for quantite, unite in ligne.quantites or _quantites_de(ligne.description):
            sommes[cle_unite(unite)] += quantite
    return dict(sommes)


def _quantites_de(description: str):
    """A DESCRIPTION column may hold nothing but quantities; only then are they counted."""
    try:
        quantites, reste = separer_quantites(description)
    except ValeurRefusee:
        return []
    return [] if reste else quantites
