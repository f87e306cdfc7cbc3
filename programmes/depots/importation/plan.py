"""What an import would do, row by row: the vocabulary shared by the matching, the preview and the writing."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b

from dpid.classeurs import Constat, Gravite
from dpid.montants import chaine, euros
from dpid.typographie import date_courte, nombre
from programmes.depots.depot import instant
from programmes.depots.importation.lecture import DepotLu
from programmes.models import Dispositif, Dossier, LigneDossier, SessionDepot, Structure

HORS_EMPREINTE = ("feuille", "ligne")
# What is compared with what the portal said before: code → label.
CHAMPS = {
    "dispositif": "Dispositif", "structure": "Structure", "depose_le": "Déposé le", "intitule": "Intitulé",
    "description": "Description", "territoires": "Territoires", "debut": "Début", "fin": "Fin",
    "quantites": "Quantités", "demande": "Montant demandé", "postes": "Budget prévisionnel",
}  # fmt: skip
DU_DOSSIER = ("dispositif", "structure", "depose_le", "intitule")
DE_LA_LIGNE = ("description", "debut", "fin", "demande")


@dataclass
class Choix:
    """Answers of the officer. `structures`: {key: "pk:12", "creer" or "comme:<key>"}; `reportes`: references moved to
    the next session; `ecrases`: « reference|field » whose officer's value gives way to the portal's."""

    creer_manquants: bool = False
    structures: dict[str, str] = field(default_factory=dict)
    reportes: set[str] = field(default_factory=set)
    ecrases: set[str] = field(default_factory=set)
    motif: str = ""

    @classmethod
    def lire(cls, donnees: dict) -> "Choix":
        return cls(
            bool(donnees.get("creer_manquants")), dict(donnees.get("structures", {})),
            set(donnees.get("reportes", ())), set(donnees.get("ecrases", ())), str(donnees.get("motif", "")),
        )  # fmt: skip

    def en_json(self) -> dict:
        return {
            "creer_manquants": self.creer_manquants, "structures": self.structures,
            "reportes": sorted(self.reportes), "ecrases": sorted(self.ecrases), "motif": self.motif,
        }  # fmt: skip


@dataclass(slots=True)
class StructurePrevue:
    """The structure of a row: known, or to be created once however many rows name it."""

    cle: str
    nom: str
    existante: Structure | None = None
    sigle: str = ""
    siret: str = ""
    rna: str = ""
    type: str = ""
    est_inconnue: bool = field(init=False)  # before the import, whose writing sets `existante`

    def __post_init__(self):
        self.est_inconnue = self.existante is None

    @property
    def pk(self):
        return self.existante.pk if self.existante else None


@dataclass(slots=True)
class Ecart:
    """A field that the portal changed. `est_conflit`: an officer changed it too; kept unless `est_ecrase`."""

    champ: str
    avant: object
    apres: object
    est_conflit: bool = False
    est_ecrase: bool = False

    @property
    def libelle(self) -> str:
        return CHAMPS[self.champ]

    @property
    def est_applique(self) -> bool:
        return not self.est_conflit or self.est_ecrase


@dataclass(slots=True)
class DepotPrevu:
    """A row once matched. `dossier` is None for a new one."""

    lu: DepotLu
    dispositif: Dispositif
    structure: StructurePrevue
    territoires: list
    session: SessionDepot | None = None
    est_reporte: bool = False
    dossier: Dossier | None = None
    ligne: LigneDossier | None = None
    ecarts: list[Ecart] = field(default_factory=list)

    @property
    def est_change(self) -> bool:
        return any(e.est_applique for e in self.ecarts)

    @property
    def conflits(self) -> list[Ecart]:
        return [e for e in self.ecarts if e.est_conflit]

    def valeurs(self) -> dict:
        """The values of the portal as they are kept: texts, ids and lists, fit for JSON."""
        lu = self.lu
        return {
            "dispositif": self.dispositif.pk, "structure": self.structure.pk, "depose_le": lu.depose_le.isoformat(),
            "intitule": lu.intitule, "description": lu.description, "territoires": [t.pk for t in self.territoires],
            "debut": lu.debut and lu.debut.isoformat(), "fin": lu.fin and lu.fin.isoformat(),
            "quantites": [] if lu.quantite is None else [[f"{lu.quantite:.2f}", lu.unite]],
            "demande": chaine(lu.demande),
            "postes": [[str(s), str(n), libelle, chaine(m)] for s, n, libelle, m in lu.postes],
        }  # fmt: skip


def empreinte(lu: DepotLu) -> str:
    """Of what the portal says, wherever in the file and whatever its format."""
    valeurs = [getattr(lu, nom) for nom in DepotLu.__slots__ if nom not in HORS_EMPREINTE]
    return blake2b(repr([_stable(v) for v in valeurs]).encode(), digest_size=20).hexdigest()


def _stable(valeur):
    match valeur:
        case Decimal():
            return f"{valeur:.2f}"
        case datetime() | date():
            return valeur.isoformat()
        case tuple():
            return [_stable(v) for v in valeur]
    return str(valeur or "")


def en_clair(champ: str, valeur, noms: dict) -> str:
    """A kept value as a person reads it; `noms`: {(field, id): label}."""
    if valeur in (None, "", []):
        return "vide"
    match champ:
        case "dispositif" | "structure":
            return noms.get((champ, valeur), str(valeur))
        case "territoires":
            return ", ".join(noms.get((champ, pk), str(pk)) for pk in valeur)
        case "depose_le":
            return instant(datetime.fromisoformat(valeur))
        case "debut" | "fin":
            return date_courte(date.fromisoformat(valeur))
        case "demande":
            return euros(Decimal(valeur), symbole=True)
        case "quantites":
            return ", ".join(f"{nombre(Decimal(v))} {unite}" for v, unite in valeur)
        case "postes":
            return " ; ".join(f"{libelle} : {euros(Decimal(m))}" for _, _, libelle, m in valeur)
    return str(valeur)


@dataclass
class Tardif:
    """A deposit out of every window; `suivante`: the session to which it may be moved."""

    lu: DepotLu
    phrase: str
    suivante: SessionDepot | None
    est_reporte: bool = False


@dataclass
class Decision:
    """A name that resembles known ones: nothing is chosen in the officer's place. `options`: (value, label)."""

    cle: str
    nom: str
    lignes: list[int]
    options: list[tuple[str, str]]
    retenue: str = ""


@dataclass
class Plan:
    """Everything that an import would write, and everything that it would not."""

    constats: tuple[Constat, ...] = ()
    nouveaux: list[DepotPrevu] = field(default_factory=list)
    modifies: list[DepotPrevu] = field(default_factory=list)
    inchanges: int = 0
    decides: list[tuple[DepotLu, Dossier]] = field(default_factory=list)
    refusees: set[int] = field(default_factory=set)
    tardifs: list[Tardif] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    noms: dict = field(default_factory=dict)
    lignes: int = 0

    @property
    def erreurs(self):
        return [c for c in self.constats if c.gravite is Gravite.ERREUR]

    @property
    def structures_a_creer(self) -> list[StructurePrevue]:
        vues = {id(d.structure): d.structure for d in self.nouveaux if d.structure.est_inconnue}
        return list(vues.values())

    @property
    def a_ecrire(self) -> list[DepotPrevu]:
        """Rows that change something, and those whose conflict has been seen."""
        return [*self.nouveaux, *self.modifies]

    def bilan(self) -> dict:
        """Counts, fit for JSON."""
        return {
            "lignes": self.lignes, "nouveaux": len(self.nouveaux), "inchanges": self.inchanges,
            "modifies": sum(1 for d in self.modifies if d.est_change), "refuses": len(self.refusees),
            "conflits": sum(len(d.conflits) for d in self.modifies), "decides": len(self.decides),
            "reportes": sum(1 for d in self.nouveaux if d.est_reporte),
            "structures": len(self.structures_a_creer),
        }  # fmt: skip
