"""Columns of the list of dossiers."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from dpid.tableaux import NOMBRE, TEXTE, Colonne
from dpid.typographie import accorder
from programmes.colonnes_de_liste import COURTE, Catalogue, ColonneDeListe, date, montant
from programmes.models import Avis, Dossier, LigneTerritoire, Structure

ETATS, ORIGINES = dict(Dossier.Etat.choices), dict(Dossier.Origine.choices)
TYPES, CANAUX = dict(Structure.Type.choices), dict(Dossier.Canal.choices)
ETAT = '<td><span class="etat etat-{}">{}</span>'
TERRITOIRES = "territoires"


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
        date("etat_le", "Depuis le"),
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
        date("depose_le", "Déposé le"),
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
        montant("demande", "Demandé"),
        montant("propose", "Proposé"),
        montant("retenu", "Retenu"),
    )
}  # fmt: skip
CATALOGUE = Catalogue(
    COLONNES,
    # First column of the screen; a spreadsheet gives each its own, and the number that names the dossier.
    premiere=("pk", "structure__raison_sociale", "intitule"),
    en_tetes=(Colonne("Dossier", NOMBRE, 9), Colonne("Structure", TEXTE, 40), Colonne("Action", TEXTE, 40)),
    titre_premiere="Structure",
    cle_premiere="structure",
    tri=("structure__cle",),
    complements={TERRITOIRES: lambda dossiers: territoires_de(dossiers)},
)


def annoter(dossiers, cles):
    """Numbers of avis awaited and late, when a column or the order asks for them."""
    if "avis" not in cles:
        return dossiers
    attendus = Avis.objects.attendus().filter(dossier=OuterRef("pk")).order_by().values("dossier")
    retards = attendus.filter(echeance_le__lt=timezone.localdate())
    compte = lambda requete: Coalesce(Subquery(requete.annotate(n=Count("pk")).values("n")), 0)  # noqa: E731
    return dossiers.annotate(nb_attendus=compte(attendus), nb_retard=compte(retards))


def territoires_de(dossiers: list[int]) -> dict[int, str]:
    """{dossier id: « Artois, Ternois »}, each once, in the order entered: one query for the page."""
    libelles: dict[int, dict[str, None]] = {}
    placements = LigneTerritoire.objects.filter(ligne__dossier__in=dossiers)
    placements = placements.order_by("ligne__ordre", "ligne_id", "ordre", "pk")
    for dossier, libelle in placements.values_list("ligne__dossier_id", "territoire__libelle"):
        libelles.setdefault(dossier, {})[libelle] = None
    return {dossier: ", ".join(vus) for dossier, vus in libelles.items()}
