"""Columns that the list of dossiers may show: what each reads, how it is written on screen and in a spreadsheet.

The screen and the exports are made from the same declarations: what one shows, the other holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from dpid.montants import euros
from dpid.tableaux import DATE, MONTANT, NOMBRE, TEXTE, Colonne
from dpid.typographie import accorder, date_courte
from programmes.models import Avis, Dossier, LigneTerritoire, Structure

ETATS, ORIGINES = dict(Dossier.Etat.choices), dict(Dossier.Origine.choices)
TYPES, CANAUX = dict(Structure.Type.choices), dict(Dossier.Canal.choices)
# Without the end tags and quotes that HTML lets out: a hundred rows of twenty columns stay under 100 kB.
CELLULE, COURTE, CHIFFREE = "<td>{}", "<td class=court>{}", "<td class=montant>{}"
ETAT = '<td><span class="etat etat-{}">{}</span>'
TERRITOIRES = "territoires"


def _seul(valeur):
    return (valeur,)


@dataclass(frozen=True)
class ColonneDeListe:
    """`lus`: paths read; `ecrire(*values)` → the texts of `motif`; `exporter(*values)` → the cell of a spreadsheet."""

    cle: str
    titre: str
    lus: tuple[str, ...]
    ecrire: Callable = _seul
    exporter: Callable = lambda *valeurs: valeurs[0]  # noqa: E731 - a default, not a function of ours
    motif: str = CELLULE
    genre: str = TEXTE
    largeur: float = 20
    tri: tuple[str, ...] = ()
    est_d_office: bool = False

    @property
    def est_montant(self) -> bool:
        return self.genre == MONTANT

    def en_tete(self) -> Colonne:
        return Colonne(self.titre, self.genre, self.largeur)


def _jour(instant):
    return timezone.localtime(instant).date() if instant else None


def _montant(cle: str, titre: str) -> ColonneDeListe:
    ecrire = lambda valeur: (euros(valeur),)  # noqa: E731
    return ColonneDeListe(
        cle, titre, (cle,), ecrire, motif=CHIFFREE, genre=MONTANT, largeur=15, tri=(cle,), est_d_office=True
    )


def _date(cle: str, titre: str) -> ColonneDeListe:
    ecrire = lambda instant: (date_courte(_jour(instant)),)  # noqa: E731
    return ColonneDeListe(cle, titre, (cle,), ecrire, _jour, COURTE, DATE, 13, tri=(cle,))


def _nommee(prenom, nom, compte) -> str:
    return f"{prenom or ''} {nom or ''}".strip() or compte or ""


def _dispositif(reference, court, titre) -> str:
    return f"{reference} {court or titre}"


def _avis(attendus, retard) -> str:
    if not attendus:
        return "—"
    return f"{accorder(attendus, 'attendu')}, {retard} en retard" if retard else accorder(attendus, "attendu")


_session = lambda ordre: f"Session {ordre}" if ordre else ""  # noqa: E731
_DISPOSITIF = ("dispositif__reference", "dispositif__libelle_court", "dispositif__titre")
_INSTRUCTEUR = ("instructeur__first_name", "instructeur__last_name", "instructeur__username")
# In the order of the screen. The structure and its action always come first.
COLONNES = {
    c.cle: c
    for c in (
        ColonneDeListe("numero", "N°", ("pk",), genre=NOMBRE, largeur=9, tri=("pk",)),
        ColonneDeListe(
            "annee", "Année", ("dispositif__thematique__appel__annee",), genre=NOMBRE, largeur=7,
            tri=("dispositif__thematique__appel__annee",),
        ),
        ColonneDeListe(
            "thematique", "Thématique", ("dispositif__thematique__numero", "dispositif__thematique__titre"),
            lambda numero, titre: (f"{numero}. {titre}",), lambda numero, titre: f"{numero}. {titre}", largeur=36,
            tri=("dispositif__thematique__numero", "dispositif__thematique__titre"),
        ),
        ColonneDeListe(
            "dispositif", "Dispositif", _DISPOSITIF, lambda *lus: (_dispositif(*lus),), _dispositif, largeur=36,
            tri=("dispositif__thematique__numero", "dispositif__reference"), est_d_office=True,
        ),
        ColonneDeListe(
            "service", "Service", ("dispositif__service__libelle",), lambda libelle: (libelle or "",),
            tri=("dispositif__service__libelle",),
        ),
        ColonneDeListe(TERRITOIRES, "Territoires", (TERRITOIRES,), largeur=26, est_d_office=True),
        ColonneDeListe(
            "etat", "État", ("etat",), lambda etat: (etat, ETATS[etat]), lambda etat: ETATS[etat], ETAT, largeur=18,
            tri=("etat",), est_d_office=True,
        ),
        _date("etat_le", "Depuis le"),
        ColonneDeListe(
            "instructeur", "Instructeur", _INSTRUCTEUR, lambda *lus: (_nommee(*lus),), _nommee, largeur=22,
            tri=("instructeur__last_name", "instructeur__first_name"),
        ),
        ColonneDeListe("avis", "Avis", ("nb_attendus", "nb_retard"), lambda *lus: (_avis(*lus),), _avis, COURTE,
                       largeur=24, tri=("nb_retard", "nb_attendus")),
        ColonneDeListe(
            "origine", "Origine", ("origine",), lambda cle: (ORIGINES[cle],), lambda cle: ORIGINES[cle], largeur=22,
            tri=("origine",),
        ),
        ColonneDeListe("session", "Session", ("session__ordre",), lambda n: (_session(n),), _session, COURTE,
                       largeur=10, tri=("session__ordre",)),
        _date("depose_le", "Déposé le"),
        ColonneDeListe(
            "canal", "Reçu par", ("canal",), lambda cle: (CANAUX[cle],), lambda cle: CANAUX[cle], largeur=16,
        ),
        ColonneDeListe(
            "type", "Type de structure", ("structure__type",), lambda cle: (TYPES[cle],), lambda cle: TYPES[cle],
            tri=("structure__type",),
        ),
        ColonneDeListe("siret", "SIRET", ("structure__siret",), lambda siret: (siret or "",), lambda s: s or "", COURTE,
                       largeur=16),
        ColonneDeListe("motif", "Motif", ("motif",), largeur=40),
        _montant("demande", "Demandé"),
        _montant("propose", "Proposé"),
        _montant("retenu", "Retenu"),
    )
}  # fmt: skip
D_OFFICE = tuple(c.cle for c in COLONNES.values() if c.est_d_office)
# First column of the screen; a spreadsheet gives each its own, and the number that names the dossier.
PREMIERE = ("pk", "structure__raison_sociale", "intitule")
EN_TETES = [Colonne("Dossier", NOMBRE, 9), Colonne("Structure", TEXTE, 40), Colonne("Action", TEXTE, 40)]
TRI_STRUCTURE = ("structure__cle",)


def choisies(cles) -> list[ColonneDeListe]:
    """Columns named by `cles`, in the order of the screen; the usual ones when none of them exists."""
    voulues = set(cles) & set(COLONNES) or set(D_OFFICE)
    return [c for c in COLONNES.values() if c.cle in voulues]


def annoter(dossiers, cles):
    """Numbers of avis awaited and late, when a column or the order asks for them."""
    if "avis" not in cles:
        return dossiers
    attendus = Avis.objects.attendus().filter(dossier=OuterRef("pk")).order_by().values("dossier")
    retards = attendus.filter(echeance_le__lt=timezone.localdate())
    compte = lambda requete: Coalesce(Subquery(requete.annotate(n=Count("pk")).values("n")), 0)  # noqa: E731
    return dossiers.annotate(nb_attendus=compte(attendus), nb_retard=compte(retards))


class Lecture:
    """Reads the chosen columns of a QuerySet of dossiers: one query, two when the territoires are shown."""

    def __init__(self, colonnes):
        self.colonnes = colonnes
        lus = [p for c in colonnes for p in c.lus if p != TERRITOIRES]
        self.chemins = list(dict.fromkeys([*PREMIERE, *lus]))
        rangs = {chemin: rang for rang, chemin in enumerate(self.chemins)}
        rangs[TERRITOIRES] = len(self.chemins)  # appended to what is read
        self._valeurs = [(c, _prendre([rangs[p] for p in c.lus])) for c in colonnes]
        self._sans_lieux = all(c.cle != TERRITOIRES for c in colonnes)

    def lire(self, dossiers) -> list[tuple]:
        """Tuples in the order of `chemins`, the territoires at the end."""
        lus = list(dossiers.values_list(*self.chemins)) if hasattr(dossiers, "values_list") else list(dossiers)
        lieux = {} if self._sans_lieux else territoires_de([d[0] for d in lus])
        return [(*d, lieux.get(d[0], "")) for d in lus]

    def textes(self, lu: tuple) -> list:
        """What fills the pattern of a row."""
        return [texte for c, prendre in self._valeurs for texte in c.ecrire(*prendre(lu))]

    def cellules(self, lu: tuple) -> list:
        """What the row of a spreadsheet holds."""
        return [c.exporter(*prendre(lu)) for c, prendre in self._valeurs]

    def motif(self) -> str:
        return "".join(c.motif for c in self.colonnes)


def _prendre(rangs: list[int]) -> Callable:
    if len(rangs) == 1:
        (rang,) = rangs
        return lambda lu: (lu[rang],)
    return itemgetter(*rangs)


def territoires_de(dossiers: list[int]) -> dict[int, str]:
    """{dossier id: « Artois, Ternois »}, each once, in the order entered: one query for the page."""
    libelles: dict[int, dict[str, None]] = {}
    placements = LigneTerritoire.objects.filter(ligne__dossier__in=dossiers)
    placements = placements.order_by("ligne__ordre", "ligne_id", "ordre", "pk")
    for dossier, libelle in placements.values_list("ligne__dossier_id", "territoire__libelle"):
        libelles.setdefault(dossier, {})[libelle] = None
    return {dossier: ", ".join(vus) for dossier, vus in libelles.items()}
