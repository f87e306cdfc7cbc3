"""One row of the table: its cells by field, merges included, and the line they make."""

import re
from dataclasses import dataclass

from dpid.classeurs.constats import Collecteur, euros
from dpid.classeurs.valeurs import (
    ESPACES,
    ValeurRefusee,
    est_mal_encode,
    lire_montant,
    lire_nom,
    lire_siret,
    lire_texte,
    separer_quantites,
)
from dpid.textes import cle_texte

from .colonnes import SIGNES_EURO, Colonnes
from .entetes import Champ
from .resultat import LigneLue

TOTAL = re.compile(r"(?:s |sous )?tota(?:l|ux)\b ?(.*)")
DEBUT_TOTAL = re.compile(r"^\W*(?:sous[\s-]*|s/)?tota(?:l|ux)\b[\s:.–—-]*", re.IGNORECASE)
# A merge down these columns repeats the value; down the others it would share one amount between several lines.
PROPAGES = frozenset(
    (
        Champ.OPERATION,
        Champ.TERRITOIRES,
        Champ.STRUCTURE,
        Champ.DESCRIPTION,
        Champ.PLACES,
        Champ.ACTE,
        Champ.CODE_OPERATION,
        Champ.SIRET,
        Champ.THEMATIQUE,
    )
)
CHIFFRES_NUS = re.compile(r"[0-9]{1,2} ?€?")
SAISIR = "Ce qui est écrit dans l’annexe sera voté : complétez la cellule."


@dataclass
class Rangee:
    """Row `numero` seen through the columns of its table."""

    colonnes: Colonnes
    numero: int
    constats: Collecteur

    def __post_init__(self):
        couples = ((c, self.feuille.valeur(self.numero, c)) for c in self.colonnes.index)
        self._valeurs = {c: v for c, v in couples if not _est_vide(v)}

    @property
    def feuille(self):
        return self.colonnes.feuille

    def lieu(self, colonne: int, valeur=None) -> dict:
        return {"feuille": self.feuille.nom, "ligne": self.numero, "colonne": colonne, "valeur": valeur}

    def propre(self, champ: Champ):
        """(value, column) written in this row, merges not followed; (None, first column) when there is none."""
        colonnes = self.colonnes.de(champ)
        for colonne in colonnes:
            if colonne in self._valeurs:
                return self._valeurs[colonne], colonne
        return None, (colonnes[0] if colonnes else 0)

    def propagee(self, champ: Champ):
        """Like `propre`, following a vertical merge up to its first row when it belongs to the same field."""
        valeur, colonne = self.propre(champ)
        if valeur is not None or champ not in PROPAGES:
            return valeur, colonne
        for autre in self.colonnes.de(champ):
            plage = self.feuille.fusion(self.numero, autre)
            if plage and plage.ligne_min > self.colonnes.ligne and plage.colonne_min in self.colonnes.de(champ):
                valeur = self.feuille.valeur(plage.ligne_min, plage.colonne_min)
                if not _est_vide(valeur):
                    return valeur, autre
        return None, colonne

    def est_vide(self) -> bool:
        return not self._valeurs

    def cellules(self) -> list[tuple[int, object]]:
        """(column, value) of the cells of the table written in this row."""
        return list(self._valeurs.items())

    def total(self) -> tuple[int, str] | None:
        """(column, what follows TOTAL) when the row is a control total."""
        for colonne, valeur in self._valeurs.items():
            if self.colonnes.index[colonne] in (Champ.MONTANT, Champ.SIRET) or not isinstance(valeur, str):
                continue
            if "tota" in valeur[:40].lower() and TOTAL.fullmatch(cle_texte(valeur)):
                return colonne, DEBUT_TOTAL.sub("", lire_texte(valeur)).strip()
        return None

    # -- values, each error said once and worth None

    def lire(self, champ: Champ, lecteur, defaut=""):
        valeur, colonne = self.propagee(champ)
        if valeur is None:
            return defaut
        try:
            if isinstance(valeur, str) and (morceau := est_mal_encode(valeur)):
                raise ValeurRefusee(
                    f"caractères abîmés (« {morceau} ») : le texte mélange deux encodages",
                    "Retapez ce texte, ou enregistrez le fichier d’origine en « CSV UTF-8 » ou en XLSX.",
                )
            return lecteur(valeur)
        except ValeurRefusee as refus:
            if self.propre(champ)[0] is not None:  # under a merge, it was said on the first row
                self.constats.erreur(refus.message, refus.quoi_faire, **self.lieu(colonne, valeur))
            return None

    def lire_montant(self, obligatoire: bool = True):
        """The one amount among the MONTANT columns, € signs set apart; None after an error."""
        cellules = []
        for colonne in self.colonnes.de(Champ.MONTANT):
            valeur = self._valeurs.get(colonne)
            if valeur is not None and not _est_signe_euro(valeur):
                cellules.append((colonne, valeur))
        premiere = self.colonnes.de(Champ.MONTANT)[0]
        if len(cellules) > 1:
            self.constats.erreur("deux montants sous le même en-tête", "N’en gardez qu’un.", **self.lieu(*cellules[1]))
            return None
        if not cellules:
            if obligatoire:
                self._montant_absent(premiere)
            return None
        colonne, valeur = cellules[0]
        plage = self.feuille.fusion(self.numero, colonne)
        if plage and plage.est_verticale:
            self.constats.erreur(
                f"un même montant est fusionné sur les lignes {plage.ligne_min} à {plage.ligne_max}",
                "Défusionnez la cellule et donnez à chaque ligne son montant.",
                **self.lieu(colonne, valeur),
            )
            return None
        try:
            return lire_montant(valeur)
        except ValeurRefusee as refus:
            self.constats.erreur(refus.message, refus.quoi_faire, **self.lieu(colonne, valeur))
            return None

    def _montant_absent(self, colonne: int) -> None:
        plage = self.feuille.fusion(self.numero, colonne)
        if plage and plage.ligne_min < self.numero:
            return  # said on the first row of the merge
        self.constats.erreur("le montant manque", SAISIR, **self.lieu(colonne))

    def lire_quantites(self):
        """(quantities, text beyond them) of the PLACES column."""
        valeur, colonne = self.propre(Champ.PLACES)
        lues = self.lire(Champ.PLACES, lambda v: separer_quantites(v, self.colonnes.unite), ((), ""))
        if lues is None:
            return None, ""
        quantites, reste = lues
        if valeur is None:
            return (), reste  # under a merge the text is shared, never the quantity
        plage = self.feuille.fusion(self.numero, colonne)
        if quantites and plage and plage.est_verticale:
            self.constats.erreur(
                f"une même quantité est fusionnée sur les lignes {plage.ligne_min} à {plage.ligne_max}",
                "Défusionnez la cellule et donnez à chaque ligne sa quantité.",
                **self.lieu(colonne, valeur),
            )
        if reste:
            self.constats.avertir(
                "ce texte n’est pas seulement une quantité : il est gardé comme description",
                "Écrivez par exemple « 60 places » pour que la quantité soit comptée entièrement.",
                **self.lieu(colonne, valeur),
            )
        return tuple(quantites), reste

    def lire_ligne(self, montant) -> LigneLue | None:
        """The line of this row, or None when something in it is wrong (already said)."""
        structure = self.lire(Champ.STRUCTURE, lire_nom)
        if structure == "":
            self.constats.erreur("la structure manque", SAISIR, **self.lieu(self.colonnes.de(Champ.STRUCTURE)[0]))
        territoires = self.lire(Champ.TERRITOIRES, lire_nom)
        self._signaler_territoire(territoires)
        description = self.lire(Champ.DESCRIPTION, lire_texte)
        quantites, reste = self.lire_quantites()
        acte = self.lire(Champ.ACTE, lire_texte)
        self._signaler_decalage(acte)
        code = self.lire(Champ.CODE_OPERATION, lire_nom)
        siret = self.lire(Champ.SIRET, self._siret, defaut=False)
        if None in (montant, territoires, description, quantites, acte, code, siret) or not structure:
            return None
        if montant == 0:
            self.constats.avertir(
                f"le montant est de {euros(montant)}",
                "Vérifiez qu’il s’agit bien d’une ligne sans financement.",
                **self.lieu(self.propre(Champ.MONTANT)[1]),
            )
        description = "\n".join(filter(None, (description, reste)))
        return LigneLue(
            self.feuille.nom,
            self.numero,
            territoires,
            structure,
            description,
            quantites,
            montant,
            acte,
            code,
            siret or None,
        )

    def _siret(self, valeur):
        lu = lire_siret(valeur)
        if lu.avertissement:
            colonne = self.propagee(Champ.SIRET)[1]
            self.constats.avertir(lu.avertissement, "Vérifiez-le auprès de la structure.", **self.lieu(colonne, valeur))
        return lu

    def _signaler_territoire(self, territoires) -> None:
        if territoires == "" and self.colonnes.de(Champ.TERRITOIRES):
            self.constats.avertir(
                "aucun territoire sur cette ligne (une cellule vide n’hérite pas de celle du dessus)",
                "Écrivez le territoire, ou fusionnez réellement la cellule avec celle du dessus.",
                **self.lieu(self.colonnes.de(Champ.TERRITOIRES)[0]),
            )

    def _signaler_decalage(self, acte) -> None:
        if acte and CHIFFRES_NUS.fullmatch(acte):
            self.constats.erreur(
                "un ou deux chiffres seuls : la ligne est sans doute décalée par une virgule décimale",
                "Entourez les montants de guillemets dans le CSV, ou enregistrez en XLSX.",
                **self.lieu(self.colonnes.de(Champ.ACTE)[0], acte),
            )

    def est_decalee(self) -> bool:
        """A CSV row with more cells than its header: an unquoted decimal comma has cut an amount in two."""
        if self.feuille.format != "csv":
            return False
        rangee, entetes = (self.feuille.cellules[n] for n in (self.numero, self.colonnes.ligne))
        largeur = max(len(entetes), max(self.colonnes.index))
        if not any(cellule.strip() for cellule in map(str, rangee[largeur:])):
            return False
        self.constats.erreur(
            f"la ligne a {len(rangee)} cellules et le tableau {largeur} colonnes : une virgule décimale "
            "ou un séparateur sans guillemets a décalé la suite",
            "Entourez de guillemets les montants et les textes qui contiennent le séparateur, ou enregistrez en XLSX.",
            **self.lieu(largeur + 1, rangee[largeur]),
        )
        return True


def _est_vide(valeur) -> bool:
    return valeur is None or (isinstance(valeur, str) and not valeur.strip())


def _est_signe_euro(valeur) -> bool:
    return isinstance(valeur, str) and ESPACES.sub("", valeur).strip().lower() in SIGNES_EURO
