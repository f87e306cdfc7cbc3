"""The layout of a table: which columns hold what, deduced from its header row and the cells below it."""

from dataclasses import dataclass, field

from dpid.classeurs.constats import Collecteur, lettre_colonne, montrer
from dpid.classeurs.feuille import COLONNES_MAX, Feuille
from dpid.classeurs.valeurs import ESPACES
from dpid.textes import cle_texte

from .entetes import Champ, est_ligne_entetes, reconnaitre, unite_de

SIGNES_EURO = frozenset(("€", "eur", "euro", "euros"))


@dataclass
class Colonnes:
    """`par_champ[champ]` lists the columns under that header, the first being the one that names it."""

    feuille: Feuille
    ligne: int
    par_champ: dict[Champ, list[int]] = field(default_factory=dict)
    entetes: dict[int, str] = field(default_factory=dict)
    hors_tableau: set[int] = field(default_factory=set)
    unite: str = "places"
    derniere_ligne: int = 0
    index: dict[int, Champ] = field(default_factory=dict)

    @property
    def est_lisible(self) -> bool:
        return all(c in self.par_champ for c in (Champ.OPERATION, Champ.STRUCTURE, Champ.MONTANT))

    @property
    def toutes(self) -> list[int]:
        return sorted(c for colonnes in self.par_champ.values() for c in colonnes)

    def de(self, champ: Champ) -> list[int]:
        return self.par_champ.get(champ) or []

    def champ_de(self, colonne: int) -> Champ | None:
        return next((champ for champ, colonnes in self.par_champ.items() if colonne in colonnes), None)

    @property
    def signature(self):
        """Two header rows with the same signature are the same header, repeated from page to page."""
        return tuple(sorted((champ, tuple(colonnes[:1])) for champ, colonnes in self.par_champ.items()))


def lignes_entetes(feuille: Feuille) -> list[int]:
    return [numero for numero in feuille.numeros if est_ligne_entetes(feuille.cellules[numero])]


def lire_colonnes(feuille: Feuille, ligne: int, numeros: list[int], constats: Collecteur) -> Colonnes:
    """Headers of row `ligne`, for the rows `numeros` below. What is missing or doubled goes to `constats`."""
    colonnes = Colonnes(feuille, ligne, derniere_ligne=ligne)
    for numero in range(1, len(feuille.cellules[ligne]) + 1):
        texte = feuille.valeur(ligne, numero)
        if texte is not None and str(texte).strip():
            _placer(colonnes, numero, texte, constats)
    _rattacher_suites(colonnes, numeros, constats)
    _signaler_manquants(colonnes, constats)
    colonnes.index = {c: colonnes.champ_de(c) for c in colonnes.toutes}
    return colonnes


def _placer(colonnes: Colonnes, numero: int, texte, constats: Collecteur) -> None:
    champ = reconnaitre(texte)
    lieu = {"feuille": colonnes.feuille.nom, "ligne": colonnes.ligne, "colonne": numero, "valeur": texte}
    colonnes.entetes[numero] = montrer(texte)
    plage = colonnes.feuille.fusion(colonnes.ligne, numero)
    if plage:
        colonnes.derniere_ligne = max(colonnes.derniere_ligne, plage.ligne_max)
    if champ is None:
        colonnes.hors_tableau.add(numero)
        constats.avertir(
            "cet en-tête n’est pas reconnu, la colonne est ignorée",
            f"Renommez-la si elle doit être lue ; en-têtes attendus : {', '.join(Champ)}.",
            **lieu,
        )
    elif champ in colonnes.par_champ:
        premiere = lettre_colonne(colonnes.par_champ[champ][0])
        constats.erreur(
            f"l’en-tête {champ} figure deux fois (déjà en colonne {premiere})",
            "Ne gardez qu’une de ces deux colonnes.",
            **lieu,
        )
    else:
        dernier = min(plage.colonne_max, COLONNES_MAX) if plage else numero
        colonnes.par_champ[champ] = list(range(numero, dernier + 1))
        if champ is Champ.PLACES:
            colonnes.unite = unite_de(str(texte))


def _rattacher_suites(colonnes: Colonnes, numeros: list[int], constats: Collecteur) -> None:
    """A column with data and no header belongs to OPERATION (its territoires) or MONTANT (a € sign) on its left.

    This is the published layout: OPERATION | (nothing) | STRUCTURE…, where the second column is the territoire.
    """
    connues = set(colonnes.toutes) | colonnes.hors_tableau
    remplies = _colonnes_remplies(colonnes, numeros)
    for numero in sorted(set(remplies) - connues):
        precedent = colonnes.champ_de(numero - 1)
        if precedent is Champ.OPERATION and Champ.TERRITOIRES not in colonnes.par_champ:
            colonnes.par_champ[Champ.OPERATION].append(numero)
        elif precedent is Champ.MONTANT and remplies[numero][2]:
            colonnes.par_champ[Champ.MONTANT].append(numero)
        else:
            _signaler_sans_entete(colonnes, numero, remplies[numero], constats)
    operation = colonnes.de(Champ.OPERATION)
    if len(operation) == 2 and Champ.TERRITOIRES not in colonnes.par_champ:
        colonnes.par_champ[Champ.TERRITOIRES] = [operation.pop()]


def _colonnes_remplies(colonnes: Colonnes, numeros: list[int]) -> dict[int, tuple]:
    """Column → (first row with a value, that value, whether it only ever holds € signs)."""
    remplies: dict[int, tuple] = {}
    for numero in numeros:
        if numero <= colonnes.derniere_ligne:
            continue
        for rang, valeur in enumerate(colonnes.feuille.cellules[numero], start=1):
            if valeur is None or (isinstance(valeur, str) and not valeur.strip()):
                continue
            seul_signe = isinstance(valeur, str) and ESPACES.sub("", valeur).strip().lower() in SIGNES_EURO
            if rang not in remplies:
                remplies[rang] = (numero, valeur, seul_signe)
            elif remplies[rang][2] and not seul_signe:
                remplies[rang] = (numero, valeur, False)
    return remplies


def _signaler_sans_entete(colonnes: Colonnes, numero: int, rempli: tuple, constats: Collecteur) -> None:
    colonnes.hors_tableau.add(numero)
    lieu = {"feuille": colonnes.feuille.nom, "ligne": rempli[0], "colonne": numero, "valeur": rempli[1]}
    dedans = colonnes.toutes and colonnes.toutes[0] < numero < colonnes.toutes[-1]
    if colonnes.feuille.format == "csv" and numero > len(colonnes.feuille.cellules[colonnes.ligne]):
        return  # said row by row: the cells of that row are shifted
    if dedans:
        constats.erreur(
            "cette colonne contient des données sans en-tête au milieu du tableau",
            "Donnez-lui un en-tête, ou videz-la.",
            **lieu,
        )
    else:
        constats.avertir("cette colonne est hors du tableau, elle est ignorée", "Videz-la si elle est inutile.", **lieu)


def _signaler_manquants(colonnes: Colonnes, constats: Collecteur) -> None:
    presents = colonnes.par_champ
    manquants = [
        champ for champ in (Champ.OPERATION, Champ.TERRITOIRES, Champ.STRUCTURE, Champ.MONTANT) if champ not in presents
    ]
    if Champ.DESCRIPTION not in presents and Champ.PLACES not in presents:
        manquants.append(f"{Champ.DESCRIPTION} (ou {Champ.PLACES})")
    lus = ", ".join(f"{lettre_colonne(c)} = {t}" for c, t in sorted(colonnes.entetes.items()))
    for champ in manquants:
        constats.erreur(
            f"la colonne {champ} manque ; en-têtes lus : {lus}",
            f"Ajoutez ou renommez l’en-tête : {champ}.",
            feuille=colonnes.feuille.nom,
            ligne=colonnes.ligne,
            valeur=_proche(colonnes, champ),
        )


def _proche(colonnes: Colonnes, champ: str) -> str | None:
    """An unrecognised header that looks like the missing one: « MONTANT ACCORDE »."""
    debut = cle_texte(champ).split()[0][:5]
    return next(
        (t for c, t in colonnes.entetes.items() if debut in cle_texte(t) and c in colonnes.hors_tableau),
        None,
    )
