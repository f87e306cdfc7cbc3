"""Reading a sheet row by row: opérations opened by their name, closed by their total, gathered in thématiques."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from decimal import Decimal

from dpid.classeurs import Collecteur, Feuille
from dpid.classeurs.valeurs import est_mal_encode, lire_nom, nettoyer_texte
from dpid.textes import cle_texte

from .colonnes import Colonnes, lignes_entetes, lire_colonnes
from .entetes import Champ
from .rangees import Rangee
from .resultat import ZERO, LigneLue, OperationLue, ThematiqueLue
from .totaux import Totaux

ENTETES_MAX = 300
# « Thématique 3 : titre », « Thématique n°3 – titre », « Thématique : titre », « Thématique « titre » ».
THEMATIQUE = re.compile(
    r"\bth[ée]matique\s*(?:n\s*[°o]\s*)?(?:([0-9]{1,2})\b[\s:.–—-]*|:\s*|(?=«))(.*)", re.IGNORECASE | re.DOTALL
)
FEUILLE_NUMEROTEE = re.compile(r"t(?:h|hem|hematique)? ?([0-9]{1,2})")


@dataclass
class Groupe:
    """An opération being read. `est_complet` turns false as soon as an amount could not be read in it."""

    libelle: str
    ligne: int
    lignes: list[LigneLue] = field(default_factory=list)
    somme: Decimal = ZERO
    est_complet: bool = True
    est_clos: bool = False
    libelle_total: str = ""
    total_annonce: Decimal | None = None


@dataclass
class Theme:
    """A thématique being read."""

    numero: int | None
    titre: str
    feuille: str
    ligne: int
    groupes: list[Groupe] = field(default_factory=list)
    est_close: bool = False
    a_des_lignes: bool = False
    total_annonce: Decimal | None = None

    @property
    def somme(self) -> Decimal:
        return sum((g.somme for g in self.groupes), ZERO)

    @property
    def est_complet(self) -> bool:
        return all(g.est_complet for g in self.groupes)

    @property
    def ouvert(self) -> Groupe | None:
        return self.groupes[-1] if self.groupes and not self.groupes[-1].est_clos else None

    def figer(self) -> ThematiqueLue:
        operations = tuple(
            OperationLue(g.libelle, tuple(g.lignes), g.libelle_total, g.total_annonce) for g in self.groupes
        )
        return ThematiqueLue(self.numero, self.titre, self.feuille, operations, self.total_annonce)


def lire_thematique(texte: str) -> tuple[int | None, str]:
    """« Thématique 3 : Accès au logement » → (3, « Accès au logement »); any other text is a title, without number."""
    trouve = THEMATIQUE.search(nettoyer_texte(texte))
    if not trouve:
        return None, nettoyer_texte(texte)
    return int(trouve[1]) if trouve[1] else None, trouve[2].replace("\n", " ").strip(" «»\u00a0")


class LecteurTableaux:
    """Turns one sheet into themes; everything that is not understood goes to `constats`."""

    def __init__(self, feuille: Feuille, constats: Collecteur, totaux: Totaux):
        self.feuille = feuille
        self.constats = constats
        self.totaux = totaux
        self.themes: list[Theme] = []
        self._vues: dict[tuple, int] = {}
        self._closes: set[str] = set()
        self._colonne_thematique = ""

    @property
    def theme(self) -> Theme:
        return self.themes[-1]

    def lire(self) -> list[Theme]:
        entetes = lignes_entetes(self.feuille)
        if not entetes:
            self._signaler_sans_tableau()
            return []
        if len(entetes) > ENTETES_MAX:
            self.constats.erreur(
                f"la feuille a {len(entetes)} lignes d’en-têtes",
                "Une feuille contient une thématique : gardez une seule ligne d’en-têtes.",
                feuille=self.feuille.nom,
                ligne=entetes[1],
            )
            return []
        numeros, precedentes = self.feuille.numeros, None
        for entete, suivante in zip(entetes, [*entetes[1:], numeros[-1] + 1], strict=True):
            bloc = numeros[bisect_left(numeros, entete + 1) : bisect_left(numeros, suivante)]
            colonnes = lire_colonnes(self.feuille, entete, bloc, self.constats)
            if precedentes is None or self.theme.est_close or colonnes.signature != precedentes.signature:
                self._ouvrir_theme(entete, precedentes)
            if colonnes.est_lisible:
                self._lire_bloc(colonnes, bloc, est_suivi=suivante in self.feuille.cellules)
            precedentes = colonnes
        self._signaler_masquees()
        return self.themes

    def _lire_bloc(self, colonnes: Colonnes, numeros: list[int], est_suivi: bool) -> None:
        for numero in numeros:
            rangee = Rangee(colonnes, numero, self.constats)
            if numero <= colonnes.derniere_ligne or rangee.est_vide():
                continue
            total = rangee.total()
            self._suivre_thematique(rangee)
            if rangee.est_decalee():
                self._incomplet()
            elif total:
                self.totaux.appliquer(self.theme, rangee, *total, self._closes)
            elif self._est_note(rangee):
                self._noter(rangee, est_suivi)
            else:
                self._lire_ligne(rangee)

    # -- lines

    def _lire_ligne(self, rangee: Rangee) -> None:
        self.theme.a_des_lignes = True
        if self.theme.est_close:
            colonne, valeur = rangee.cellules()[0]
            self.constats.erreur(
                "cette ligne vient après le total de la thématique",
                "Placez-la avant le total, dans son opération, et corrigez le total.",
                **rangee.lieu(colonne, valeur),
            )
            return
        groupe = self._groupe(rangee)
        montant = rangee.lire_montant()
        ligne = rangee.lire_ligne(montant)
        if groupe is None:
            return
        if montant is None:
            groupe.est_complet = False
        else:
            groupe.somme += montant
        if ligne is not None:
            self._signaler_double(rangee, groupe, ligne)
            groupe.lignes.append(ligne)

    def _suivre_thematique(self, rangee: Rangee) -> None:
        """In a flat table, the column THEMATIQUE says where each row belongs: a new value opens a new theme."""
        texte = rangee.lire(Champ.THEMATIQUE, lire_nom)
        if not texte or cle_texte(texte) == self._colonne_thematique:
            return
        numero, titre = lire_thematique(texte)
        if self._colonne_thematique or self.theme.groupes:
            self.themes.append(Theme(numero, titre, self.feuille.nom, rangee.numero))
            self._closes = set()
        else:
            self.theme.numero, self.theme.titre = numero, titre
        self._colonne_thematique = cle_texte(texte)

    def _groupe(self, rangee: Rangee) -> Groupe | None:
        """The opération this row belongs to: named here, merged from above, or the one still open."""
        valeur, colonne = rangee.propagee(Champ.OPERATION)
        libelle = rangee.lire(Champ.OPERATION, lire_nom)
        courant = self.theme.ouvert
        if libelle is None:
            # Unreadable: a group of its own, so that its lines are not added to the wrong opération.
            self._clore_sans_total()
            self.theme.groupes.append(Groupe("", rangee.numero, est_complet=False))
            return self.theme.ouvert
        cle = cle_texte(libelle)
        if not cle or (courant and cle == cle_texte(courant.libelle)):
            if courant is None:
                self.constats.erreur(
                    "l’opération manque", "Écrivez son nom sur la première ligne.", **rangee.lieu(colonne)
                )
            return courant
        if cle in self._closes:
            self.constats.erreur(
                "cette opération est déjà close par son total ou par l’opération suivante, plus haut dans la feuille",
                "Regroupez ses lignes avant son total.",
                **rangee.lieu(colonne, valeur),
            )
            return None
        self._clore_sans_total()
        self._closes.add(cle)
        self.theme.groupes.append(Groupe(libelle, rangee.numero))
        return self.theme.ouvert

    def _clore_sans_total(self) -> None:
        if self.theme.ouvert:
            self.theme.ouvert.est_clos = True

    def _incomplet(self) -> None:
        self.theme.a_des_lignes = True
        if self.theme.ouvert:
            self.theme.ouvert.est_complet = False
        elif not self.theme.est_close:
            self.theme.groupes.append(Groupe("", 0, est_complet=False))

    def _signaler_double(self, rangee: Rangee, groupe: Groupe, ligne: LigneLue) -> None:
        cle = (
            id(groupe),
            cle_texte(ligne.structure),
            cle_texte(ligne.territoires_texte),
            cle_texte(ligne.description),
            ligne.quantites,
            ligne.montant,
        )
        premiere = self._vues.setdefault(cle, rangee.numero)
        if premiere != rangee.numero:
            self.constats.avertir(
                f"cette ligne est identique à la ligne {premiere}",
                "Supprimez-la si c’est un doublon.",
                **rangee.lieu(rangee.propre(Champ.STRUCTURE)[1], ligne.structure),
            )

    # -- notes and titles

    def _est_note(self, rangee: Rangee) -> bool:
        """Prose around the table: one text alone, once the thématique is closed or before any opération.

        Inside an opération a lonely cell is a broken line, and is said to be one.
        """
        cellules = rangee.cellules()
        if len(cellules) != 1 or not isinstance(cellules[0][1], str):
            return False
        champ = rangee.colonnes.champ_de(cellules[0][0])
        if champ is Champ.MONTANT:
            return False
        return self.theme.est_close or (not self.theme.groupes and champ is Champ.OPERATION)

    def _noter(self, rangee: Rangee, est_suivi: bool) -> None:
        colonne, valeur = rangee.cellules()[0]
        if est_suivi and self.theme.est_close and THEMATIQUE.search(nettoyer_texte(valeur)):
            return  # the title of the table that follows in the same sheet
        self.constats.avertir(
            "cette note est hors du tableau, elle est ignorée",
            "Rien à faire si ce n’est qu’un commentaire.",
            **rangee.lieu(colonne, valeur),
        )

    def _ouvrir_theme(self, entete: int, precedentes: Colonnes | None) -> None:
        debut = precedentes.ligne + 1 if precedentes else 1
        numero, titre = self._lire_titre(debut, entete)
        nom = self.feuille.nom
        trouve = FEUILLE_NUMEROTEE.fullmatch(cle_texte(nom))
        if trouve and precedentes is None and numero is None:
            numero = int(trouve[1])
        elif trouve and precedentes is None and numero != int(trouve[1]):
            self.constats.avertir(
                f"la feuille s’appelle « {nom} » et son titre annonce la thématique {numero} : le titre est retenu",
                "Renommez la feuille ou corrigez le titre.",
                feuille=nom,
            )
        if not titre:
            titre = nom if precedentes is None else f"{nom} (tableau {len(self.themes) + 1})"
        self.themes.append(Theme(numero, titre, nom, entete))
        self._closes, self._colonne_thematique = set(), ""

    def _lire_titre(self, debut: int, entete: int) -> tuple[int | None, str]:
        """« Thématique 3 : Accès au logement » anywhere above the header, the nearest one winning."""
        numeros = self.feuille.numeros
        plage = numeros[bisect_left(numeros, debut) : bisect_left(numeros, entete)]
        for ligne in reversed(plage[-30:]):
            for valeur in self.feuille.cellules[ligne]:
                trouve = THEMATIQUE.search(nettoyer_texte(valeur)) if isinstance(valeur, str) else None
                if trouve and not cle_texte(valeur).startswith(("total", "sous total")):
                    if est_mal_encode(valeur):
                        self.constats.erreur(
                            "caractères abîmés dans le titre : le texte mélange deux encodages",
                            "Retapez ce titre.",
                            feuille=self.feuille.nom,
                            ligne=ligne,
                            valeur=valeur,
                        )
                    return lire_thematique(valeur)
        return None, ""

    # -- the sheet as a whole

    def _signaler_sans_tableau(self) -> None:
        premiere = self.feuille.numeros[0]
        valeur = next((v for v in self.feuille.cellules[premiere] if v not in (None, "")), None)
        self.constats.erreur(
            "aucune ligne d’en-têtes reconnue : il faut OPERATION, TERRITOIRE(S), STRUCTURE, DESCRIPTION, "
            "MONTANT RETENU sur une même ligne",
            "Ajoutez ces en-têtes, ou supprimez la feuille si elle n’est pas une thématique.",
            feuille=self.feuille.nom,
            ligne=premiere,
            valeur=valeur,
        )

    def _signaler_masquees(self) -> None:
        masquees = self.feuille.lignes_masquees
        if masquees:
            self.constats.avertir(
                f"{len(masquees)} lignes masquées ont été lues comme les autres",
                "Supprimez-les si elles ne doivent pas être prises en compte.",
                feuille=self.feuille.nom,
                ligne=masquees[0],
            )
