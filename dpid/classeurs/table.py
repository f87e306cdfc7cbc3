"""A flat table: one sheet, one row of titles, one thing per row. Exports of a portal, round trips, the admin."""

from dataclasses import dataclass
from pathlib import Path

from dpid.classeurs.constats import Collecteur, ErreurTableur, FormuleSansValeur
from dpid.classeurs.feuille import Feuille, FichierRefuse
from dpid.classeurs.ouverture import ouvrir_classeur

LIGNES_TABLE_MAX = 5_000
LIGNES_SONDEES = 60
GARDER_UNE = "Gardez la seule feuille à importer, et déposez à nouveau le classeur."
COLLER = "Collez la valeur seule à la place de la formule, puis enregistrez."


@dataclass(frozen=True, slots=True)
class LigneTable:
    """A row. `valeurs`: {title: value}, every title present, None where the cell is blank."""

    feuille: str
    numero: int
    valeurs: dict[str, object]
    colonnes: dict[str, int]

    def __getitem__(self, titre: str):
        return self.valeurs[titre]

    def lieu(self, titre: str) -> dict:
        """Where the cell is, as `Collecteur.erreur`, `Collecteur.avertir` and `FichierRefuse` take it."""
        place = {"feuille": self.feuille, "ligne": self.numero, "colonne": self.colonnes[titre]}
        return {**place, "valeur": self.valeurs[titre]}


@dataclass(frozen=True, slots=True)
class Table:
    """`entete`: number of the row of titles. Blank rows are left out of `lignes`; each keeps its own number."""

    feuille: str
    entete: int
    titres: list[str]
    lignes: list[LigneTable]


def lire_table(
    source: bytes | Path,
    nom: str = "",
    *,
    lignes_max: int = LIGNES_TABLE_MAX,
    reconnaitre=None,
    feuille: str = "",
    constats: Collecteur | None = None,
) -> Table:
    """The only visible and filled sheet of a file, or the one called `feuille`.

    Titles are in the first row; with `reconnaitre(text)` (title → anything but None when the caller knows it), they are
    in the row of the first 60 where most are known. A cell that holds an error or a formula without result, or that is
    beyond the last title, refuses the file; with `constats` it is said there, all of them, and worth None.
    Raises FichierRefuse, and nothing else, whatever the content.
    """
    choisie = _choisir(ouvrir_classeur(source, nom, reconnaitre=reconnaitre), feuille)
    entete = _entete(choisie, reconnaitre)
    titres = _titres(choisie, entete)
    numeros = [n for n in choisie.numeros if n > entete]
    if numeros and numeros[-1] - entete > lignes_max:
        raise FichierRefuse(
            f"plus de {lignes_max} lignes", "Déposez le tableau en plusieurs fois.", feuille=choisie.nom
        )
    colonnes = {titre: rang for rang, titre in enumerate(titres, start=1)}
    lignes = [_ligne(choisie, numero, colonnes, constats) for numero in numeros]
    pleines = [ligne for ligne in lignes if any(v is not None for v in ligne.valeurs.values())]
    return Table(choisie.nom, entete, titres, pleines)


def _choisir(feuilles: list[Feuille], nom: str) -> Feuille:
    if nom:
        trouvee = next((f for f in feuilles if f.nom == nom), None)
        if trouvee is None:
            noms = ", ".join(f"« {f.nom} »" for f in feuilles[:10])
            raise FichierRefuse(f"la feuille « {nom} » manque (lues : {noms})", "Déposez le classeur d’origine.")
        return trouvee
    pleines = [f for f in feuilles if not f.est_masquee and not f.est_vide]
    if not pleines:
        raise FichierRefuse("le fichier ne contient aucune ligne", "La première doit porter les titres des colonnes.")
    if len(pleines) > 1:
        raise FichierRefuse(f"le classeur a {len(pleines)} feuilles remplies", GARDER_UNE)
    return pleines[0]


def _entete(feuille: Feuille, reconnaitre) -> int:
    if reconnaitre is None:
        return 1

    def connus(numero):
        textes = {c for c in feuille.cellules[numero] if isinstance(c, str)}
        return sum(1 for texte in textes if reconnaitre(texte) is not None)

    sondees = [n for n in feuille.numeros if n <= LIGNES_SONDEES]
    meilleure = max(sondees, key=connus, default=0)
    return meilleure if meilleure and connus(meilleure) else 1


def _titres(feuille: Feuille, entete: int) -> list[str]:
    cellules = range(1, len(feuille.cellules.get(entete, ())) + 1)
    titres = [" ".join(str(_valeur(feuille, entete, c, None) or "").split()) for c in cellules]
    while titres and not titres[-1]:
        titres.pop()
    lieu = {"feuille": feuille.nom, "ligne": entete}
    if "" in titres or not titres:
        raise FichierRefuse("chaque colonne doit porter un titre", "Écrivez les titres sur cette ligne.", **lieu)
    doubles = sorted({t for t in titres if titres.count(t) > 1})
    if doubles:
        raise FichierRefuse(f"colonne présente deux fois : {', '.join(doubles)}", "Gardez-en une.", **lieu)
    return titres


def _ligne(feuille: Feuille, numero: int, colonnes: dict[str, int], constats) -> LigneTable:
    valeurs = {titre: _valeur(feuille, numero, colonne, constats) for titre, colonne in colonnes.items()}
    for colonne in range(len(colonnes) + 1, len(feuille.cellules[numero]) + 1):
        valeur = feuille.valeur(numero, colonne)
        if valeur is not None and str(valeur).strip():
            _dire(
                constats,
                "une valeur dépasse la dernière colonne",
                "Un montant dont la virgule sépare les colonnes ? Mettez-le entre guillemets ou déposez un classeur.",
                feuille=feuille.nom,
                ligne=numero,
                colonne=colonne,
                valeur=valeur,
            )
            break
    return LigneTable(feuille.nom, numero, valeurs, colonnes)


def _valeur(feuille: Feuille, numero: int, colonne: int, constats):
    valeur = feuille.valeur(numero, colonne)
    if isinstance(valeur, ErreurTableur | FormuleSansValeur):
        quoi = "une erreur de calcul" if isinstance(valeur, ErreurTableur) else "une formule sans résultat enregistré"
        lieu = {"feuille": feuille.nom, "ligne": numero, "colonne": colonne, "valeur": valeur}
        _dire(constats, f"la cellule contient {quoi}", COLLER, **lieu)
        return None
    return None if isinstance(valeur, str) and not valeur.strip() else valeur


def _dire(constats: Collecteur | None, message: str, quoi_faire: str, **lieu) -> None:
    if constats is None:
        raise FichierRefuse(message, quoi_faire, **lieu)
    constats.erreur(message, quoi_faire, **lieu)
