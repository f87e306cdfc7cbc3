"""From the rows of the extract to deposits: typed, in euros and Paris time, without any reference to the database.

Every wrong cell is said with its place and what to do; a row that has one is refused, the others are read.
"""

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal

from dpid.classeurs import Collecteur, Table, lire_table
from dpid.classeurs.valeurs import (
    ValeurRefusee,
    est_mal_encode,
    lire_date,
    lire_montant,
    lire_nom,
    lire_siret,
    lire_texte,
)
from dpid.montants import ZERO
from dpid.textes import cle_texte
from programmes.depots.importation.colonnes import Correspondance, reconnaitre
from programmes.models import Poste, Structure
from programmes.models.fiche import PARIS

LIGNES_MAX = 100_000
# Beyond, an amount is a slip of the keyboard: the whole programme is worth some tens of millions.
DEMANDE_MAX = Decimal("50000000")
QUANTITE_MAX = Decimal("1000000")
LONGUEURS = {"intitule": 250, "structure": 200, "sigle": 40, "unite": 60, "description": 5000}
REFERENCE = re.compile(r"[\w./-]{1,40}")
RNA = re.compile(r"W\d[A-Z\d]\d{7}")
CHARGES = {
    "charge_directe": Poste.Nature.DIRECTE, "charge_personnel": Poste.Nature.PERSONNEL,
    "charge_prestation": Poste.Nature.PRESTATION, "charge_indirecte": Poste.Nature.INDIRECTE,
}  # fmt: skip
PRODUITS = {
    "produit_public": Poste.Nature.PUBLIC, "produit_prive": Poste.Nature.PRIVE, "produit_propre": Poste.Nature.PROPRE,
}  # fmt: skip
INSTANT = re.compile(r"(.+?)[ T]+(?:à )?(\d{1,2}) ?[:h] ?(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")
FINANCEUR = re.compile(r"(?P<nom>[^:;]*[^\W\d_][^:;]*?)\s*:\s*(?P<montant>[^:;]+)")


@dataclass(slots=True)
class DepotLu:
    """One row. `postes`: (sens, nature, libellé, montant) of its budget prévisionnel."""

    feuille: str
    ligne: int
    reference: str
    depose_le: datetime.datetime
    dispositif: str
    structure: str
    territoires: str
    demande: Decimal
    sigle: str = ""
    siret: str = ""
    rna: str = ""
    type: str = ""
    intitule: str = ""
    description: str = ""
    debut: datetime.date | None = None
    fin: datetime.date | None = None
    quantite: Decimal | None = None
    unite: str = ""
    postes: tuple = ()


@dataclass
class Releve(Collecteur):
    """The findings of a file; `refusees`: numbers of the rows that have an error, however many are kept to be shown."""

    refusees: set[int] = field(default_factory=set)
    colonnes: dict[str, int] = field(default_factory=dict)

    def situer(self, lu, code: str = "") -> dict:
        """Where a field of a deposit is, as `erreur` and `avertir` take it."""
        return {"feuille": lu.feuille, "ligne": lu.ligne, "colonne": self.colonnes.get(code, 0) if code else 0}

    def erreur(self, message, quoi_faire, *, ligne=None, **lieu):
        if ligne:
            self.refusees.add(ligne)
        super().erreur(message, quoi_faire, ligne=ligne, **lieu)


def lire_titres(contenu: bytes, nom: str, constats: Releve | None = None) -> Table:
    """The table of the file. Raises FichierRefuse."""
    return lire_table(contenu, nom, lignes_max=LIGNES_MAX, reconnaitre=reconnaitre, constats=constats)


def lire_extrait(table: Table, correspondance: Correspondance, constats: Releve) -> list[DepotLu]:
    """The rows without any error; findings go to `constats`. A reference present twice refuses both rows."""
    titres = {code: titre for titre, code in correspondance.champs.items()}
    constats.colonnes = {code: table.titres.index(titre) + 1 for code, titre in titres.items() if titre in table.titres}
    vues: dict[str, _Ligne] = {}
    depots = []
    for rangee in table.lignes:
        lecteur = _Ligne(rangee, titres, constats)
        lu = lecteur.lire()
        premiere = vues.setdefault(lu.reference, lecteur) if lu.reference else lecteur
        if premiere is not lecteur:
            for une, autre in ((lecteur, premiere), (premiere, lecteur)):
                une.refuser(
                    "reference",
                    f"ce numéro de dossier est aussi celui de la ligne {autre.rangee.numero}",
                    "Gardez une seule des deux lignes : la plus récente.",
                )
        depots.append(lu)
    return [d for d in depots if d.ligne not in constats.refusees]


class _Ligne:
    """Reads one row, field by field."""

    def __init__(self, rangee, titres: dict[str, str], constats: Releve):
        self.rangee, self.titres, self.constats = rangee, titres, constats

    def brut(self, code: str):
        titre = self.titres.get(code)
        return self.rangee.valeurs[titre] if titre else None

    def lieu(self, code: str) -> dict:
        titre = self.titres.get(code)
        return self.rangee.lieu(titre) if titre else {"feuille": self.rangee.feuille, "ligne": self.rangee.numero}

    def refuser(self, code: str, message: str, quoi_faire: str) -> None:
        self.constats.erreur(message, quoi_faire, **self.lieu(code))

    def valeur(self, code: str, lecteur, vide=None):
        """The field read by `lecteur`; `vide` when the cell is blank or refused."""
        brut = self.brut(code)
        if brut is None:
            return vide
        try:
            return lecteur(brut)
        except ValeurRefusee as refus:
            self.refuser(code, refus.message, refus.quoi_faire)
            return vide

    def texte(self, code: str, lecteur=lire_nom) -> str:
        texte = self.valeur(code, lecteur, "")
        limite = LONGUEURS.get(code)
        if limite and len(texte) > limite:
            self.refuser(code, f"{len(texte)} caractères, au plus {limite}", "Raccourcissez ce texte.")
        if texte and not texte.isascii() and (abime := est_mal_encode(texte)):
            self.refuser(
                code, f"accents abîmés (« {abime} »)", "Exportez de nouveau depuis le portail, au format XLSX ou UTF-8."
            )
        return texte

    def lire(self) -> DepotLu:
        lu = DepotLu(
            feuille=self.rangee.feuille, ligne=self.rangee.numero,
            reference=self._reference(), depose_le=self.valeur("depose_le", lire_instant),
            dispositif=self.texte("dispositif", lire_texte), structure=self.texte("structure"),
            territoires=self.texte("territoires"), demande=self.valeur("demande", lire_demande),
            sigle=self.texte("sigle"), siret=self._siret(), rna=self.valeur("rna", lire_rna, ""),
            type=self.valeur("type", lire_type, ""), intitule=self.texte("intitule", lire_libre),
            description=self.texte("description", lire_libre), debut=self.valeur("debut", lire_date),
            fin=self.valeur("fin", lire_date), quantite=self.valeur("quantite", lire_quantite),
            unite=self.texte("unite"), postes=(),
        )  # fmt: skip
        self._exiger(lu)
        lu.postes = tuple(self._postes(lu))
        return lu

    def _exiger(self, lu):
        for code in ("reference", "depose_le", "dispositif", "structure", "territoires", "demande"):
            valeur = getattr(lu, code)
            if valeur in (None, "") and self.brut(code) is None:
                self.refuser(code, f"« {self.titres[code]} » est vide", "Complétez cette cellule.")
        if lu.debut and lu.fin and lu.fin < lu.debut:
            self.refuser("fin", "l’action se termine avant de commencer", "Vérifiez les deux dates.")
        if lu.quantite is not None and not lu.unite:
            lu.unite = "places"

    def _reference(self) -> str:
        texte = self.valeur("reference", lire_texte, "")
        if texte and not REFERENCE.fullmatch(texte):
            self.refuser("reference", "ce n’est pas un numéro de dossier", "Reprenez celui du portail, sans espace.")
        return texte

    def _siret(self) -> str:
        lu = self.valeur("siret", lire_siret)
        if lu is None:
            return ""
        if lu.avertissement:
            self.refuser("siret", lu.avertissement, "Corrigez le SIRET dans une cellule au format texte.")
        return lu.valeur

    def _postes(self, lu):
        """Charges, then produits: the Département pays what is asked, the others what the file says."""
        for code, nature in CHARGES.items():
            montant = self.valeur(code, lire_demande)
            if montant:
                yield (Poste.Sens.CHARGE, nature, nature.label, montant)
        if not any(code in self.titres for code in (*CHARGES, *PRODUITS)):
            return
        if lu.demande:
            yield (Poste.Sens.PRODUIT, Poste.Nature.DEPARTEMENT, "Département du Pas-de-Calais", lu.demande)
        for code, nature in PRODUITS.items():
            for nom, montant in self.valeur(code, lire_financeurs, []):
                yield (Poste.Sens.PRODUIT, nature, (nom or nature.label)[:150], montant)


# --- Values of this extract -------------------------------------------------------------------------------------------


def lire_instant(valeur) -> datetime.datetime:
    """`14/01/2024 10:32`, an ISO instant or a date cell; in Paris unless it says otherwise. A day alone is its noon."""
    if isinstance(valeur, datetime.datetime):
        return valeur.replace(tzinfo=PARIS, microsecond=0)
    trouve = INSTANT.fullmatch(valeur.strip()) if isinstance(valeur, str) else None
    if not trouve:
        return datetime.datetime.combine(lire_date(valeur), datetime.time(12), tzinfo=PARIS)
    jour, heure, minute, seconde, fuseau = trouve.groups()
    try:
        horaire = datetime.time(int(heure), int(minute), int(seconde or 0))
    except ValueError as erreur:
        raise ValeurRefusee("cette heure n’existe pas", "Écrivez par exemple 31/01/2024 17:45.") from erreur
    instant = datetime.datetime.combine(lire_date(jour), horaire)
    if fuseau is None:
        return instant.replace(tzinfo=PARIS)
    try:
        ecrit = datetime.datetime.fromisoformat(f"{instant.isoformat()}{fuseau.replace('Z', '+00:00')}")
    except ValueError as erreur:
        raise ValeurRefusee("ce fuseau horaire n’existe pas", "Écrivez par exemple 31/01/2024 17:45.") from erreur
    return ecrit.astimezone(PARIS)


def lire_demande(valeur) -> Decimal:
    """Euros; an amount that no call ever granted is a slip."""
    montant = lire_montant(valeur)
    if montant > DEMANDE_MAX:
        raise ValeurRefusee("ce montant n’est pas vraisemblable", "Vérifiez la virgule et le nombre de zéros.")
    return montant


def lire_quantite(valeur) -> Decimal:
    """A positive number, two decimals at most."""
    try:
        nombre = lire_montant(valeur)
    except ValeurRefusee as refus:
        message = refus.message.replace("le montant", "la quantité").replace("un montant", "une quantité")
        raise ValeurRefusee(message, "Écrivez par exemple 25 ou 3,5.") from refus
    if nombre > QUANTITE_MAX:
        raise ValeurRefusee("cette quantité n’est pas vraisemblable", "Vérifiez le nombre.")
    return nombre


def lire_libre(valeur) -> str:
    """Free text, never the beginning of a formula when it is opened again in a spreadsheet."""
    texte = lire_texte(valeur)
    if texte[:1] and texte[:1] in "=@+" or re.match(r"-\s*[\w(]+[(!|]", texte):
        raise ValeurRefusee("ce texte commence comme une formule", "Effacez son premier caractère.")
    return texte


def lire_rna(valeur) -> str:
    texte = "".join(lire_texte(valeur).split()).upper()
    if texte and not RNA.fullmatch(texte):
        raise ValeurRefusee("ce n’est pas un RNA", "Un RNA s’écrit W621000000.")
    return texte


TYPES = {cle_texte(libelle): valeur for valeur, libelle in Structure.Type.choices} | {
    "association loi 1901": Structure.Type.ASSOCIATION, "ccas": Structure.Type.CCAS, "cias": Structure.Type.CCAS,
    "bailleur social": Structure.Type.BAILLEUR, "collectivite": Structure.Type.COMMUNE,
    "ecole de la deuxieme chance": Structure.Type.FORMATION,
}  # fmt: skip


def lire_type(valeur) -> str:
    cle = cle_texte(lire_texte(valeur))
    if cle and cle not in TYPES:
        raise ValeurRefusee(
            "type de structure inconnu", f"Choisissez parmi {', '.join(t.label for t in Structure.Type)}."
        )
    return TYPES.get(cle, "")


def lire_financeurs(valeur) -> list[tuple[str, Decimal]]:
    """« CAF : 3 000,00 ; Ville de Lens : 1 500 » → names and amounts (euros); a bare amount has no name."""
    if not isinstance(valeur, str) or not any(c.isalpha() for c in valeur.replace("€", "")):
        montant = lire_demande(valeur)
        return [("", montant)] if montant else []
    financeurs = []
    for morceau in filter(str.strip, re.split(r"[;\n]", valeur)):
        trouve = FINANCEUR.fullmatch(morceau.strip())
        if not trouve:
            raise ValeurRefusee("financeur sans montant", "Écrivez par exemple « CAF : 3 000,00 ; FSE+ : 2 000,00 ».")
        financeurs.append((lire_nom(trouve["nom"]), lire_demande(trouve["montant"])))
    return [(nom, montant) for nom, montant in financeurs if montant > ZERO]
