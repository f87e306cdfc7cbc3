"""Choices of the filters of the list of dossiers: two queries, whatever their number.

Years, territoires, services, instructors, sessions and saved views come from one compound statement: six short lists
do not deserve six questions to the database on a page that is opened all day.
"""

import functools

from django.db import connection
from django.db.models import CharField, Value
from django.db.models.functions import Cast

from dpid.models import Agent, Service, Territoire, VueDeListe
from dpid.vues import Vue
from programmes.models import AppelAProjets, Dispositif, Dossier, SessionDepot

LISTE = "dossiers"
# Stand for the agent and the year in the compound statement; nobody, and no call, has these.
AGENT, ANNEE = -62, 32_062


def lire_options(agent, annee: str) -> dict[str, list]:
    """{filter: choices} and, under « vues », the saved views that the agent may apply. `annee`: as typed."""
    lus: dict[str, list[tuple]] = {}
    for genre, *valeurs in _listes_courtes(agent, annee):
        lus.setdefault(genre, []).append(tuple(valeurs))
    annees = sorted((cle for cle, *_ in lus.get("annee", ())), reverse=True)
    options = {
        "annee": [(a, a) for a in annees],
        "territoire": [(cle, nom) for _, nom, cle in sorted(_ranges(lus, "territoire"))],
        "service": [(cle, nom) for _, nom, cle in sorted(_ranges(lus, "service"))],
        "instructeur": _instructeurs(lus.get("instructeur", ())),
        "session": _sessions(lus.get("session", ()), annee),
        "vues": [Vue.lue(agent, *v) for v in sorted(lus.get("vue", ()), key=lambda v: v[1].casefold())],
    }
    return options | _arbre(annees, annee)


def _listes_courtes(agent, annee) -> list[tuple]:
    """Rows of the compound statement. `annee` narrows the sessions when it is a year."""
    est_annee = annee.isascii() and annee.isdigit() and len(annee) == 4
    texte, parametres = _requete_composee(connection.vendor, est_annee)
    reels = {AGENT: agent.pk, ANNEE: int(annee) if est_annee else ANNEE}
    with connection.cursor() as curseur:
        curseur.execute(texte, [reels.get(p, p) for p in parametres])
        return curseur.fetchall()


@functools.cache
def _requete_composee(vendor: str, est_annee: bool) -> tuple[str, tuple]:
    """SQL and parameters of the compound statement, `AGENT` and `ANNEE` standing for the real ones.

    Written once per process by the ORM, from the same QuerySets as everywhere: composing six of them at each page took
    as long as the rows themselves.
    """
    avec_dispositifs = AppelAProjets.objects.filter(thematiques__dispositifs__isnull=False).distinct()
    instructeurs = Agent.objects.filter(pk__in=Dossier.objects.exclude(instructeur=None).values("instructeur"))
    sessions = SessionDepot.objects.all()
    if est_annee:
        sessions = sessions.filter(fiche__dispositif__thematique__appel__annee=ANNEE)
    vues = VueDeListe.objects.visibles_par(Agent(pk=AGENT)).filter(liste=LISTE)
    union = _tirer(avec_dispositifs, "annee", "annee").union(
        _tirer(Territoire.objects.all(), "territoire", "pk", "libelle", "ordre"),
        _tirer(Service.objects.all(), "service", "pk", "libelle", "ordre"),
        _tirer(instructeurs, "instructeur", "pk", "first_name", "last_name", "username"),
        _tirer(
            sessions, "session", "pk", "fiche__dispositif__reference", "ordre", "cloture",
            "fiche__dispositif__thematique__appel__annee",
        ),
        _tirer(vues, "vue", "pk", "nom", "parametres", "agent_id", "agent__last_name", "est_par_defaut"),
        all=True,
    )  # fmt: skip
    texte, parametres = union.query.get_compiler(connection=connection).as_sql()
    return texte, tuple(parametres)


def _tirer(requete, genre: str, cle: str, *textes):
    """Rows (genre, key, five texts): the columns of a compound statement are those of its first part."""
    texte = lambda valeur: Cast(valeur, CharField(max_length=2100))  # noqa: E731
    colonnes = {f"t{rang}": texte(chemin) for rang, chemin in enumerate(textes)}
    colonnes |= {f"t{rang}": texte(Value("")) for rang in range(len(textes), 5)}
    requete = requete.order_by().annotate(genre_lu=texte(Value(genre)), **colonnes)
    return requete.values_list("genre_lu", cle, *sorted(colonnes))


def _ranges(lus, genre) -> list[tuple]:
    return [(int(ordre), nom, cle) for cle, nom, ordre, *_ in lus.get(genre, ())]


def _instructeurs(lus) -> list[tuple]:
    agents = [(nom.casefold(), f"{prenom} {nom}".strip() or compte, cle) for cle, prenom, nom, compte, *_ in lus]
    return [(cle, libelle) for _, libelle, cle in sorted(agents)]


def _sessions(lus, annee) -> list[tuple]:
    """« 4.1, session 2 (close le 15/09/2024) », the year said unless it is already chosen."""
    dates = [(an, reference, int(ordre), jour[:10].split("-"), cle) for cle, reference, ordre, jour, an, _ in lus]
    return [
        (cle, f"{'' if annee else f'{an} – '}{reference}, session {ordre} (jusqu’au {jour}/{mois}/{a})")
        for an, reference, ordre, (a, mois, jour), cle in sorted(dates)
    ]


def _arbre(annees, annee) -> dict[str, list]:
    """Thématiques and dispositifs of the year on screen only: twenty years cost more than the rows of the page."""
    voulus = [a for a in annees if annee in ("", str(a))]
    lus = Dispositif.objects.filter(thematique__appel__annee__in=voulus).values_list(
        "thematique__appel__annee", "thematique", "thematique__numero", "thematique__titre",
        "pk", "reference", "libelle_court", "titre",
    ).order_by("-thematique__appel__annee", "thematique__numero", "reference")  # fmt: skip
    thematiques, dispositifs = {}, []
    for an, thematique, numero, intitule, pk, reference, libelle_court, titre in lus:
        millesime = "" if annee else f"{an} – "
        thematiques[thematique] = f"{millesime}{numero}. {intitule}"
        dispositifs.append((pk, f"{millesime}{reference} {libelle_court or titre}"))
    return {"thematique": list(thematiques.items()), "dispositif": dispositifs}
