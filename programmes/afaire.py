"""« À faire » of the instruction: dossiers to move on, avis to give or to remind, remarks to answer; who holds what.

Four queries whatever the number of dossiers: each reads the first rows of every group, with the size of the group.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from dpid.afaire import Groupe, Tache, premiers
from dpid.models import Role
from programmes.filters import a_imputer
from programmes.models import Avis, Courrier, Dossier, Remarque

Etat = Dossier.Etat
INSTRUISENT = (Role.INSTRUCTION, Role.ADMINISTRATION)


@dataclass(frozen=True)
class Attendu:
    """A group of dossiers. `delai`: calendar days in the state beyond which a dossier is late (setting of the
    service, from 01/01/2024; None when nothing is late). `requete` narrows the list of dossiers to the same rows."""

    cle: str
    titre: str
    condition: Q
    requete: str
    delai: int | None
    roles: tuple = INSTRUISENT
    attente: bool = False
    tenu_par: str = ""


_avis_attendus = Exists(Avis.objects.filter(dossier=OuterRef("pk"), etat=Avis.Etat.DEMANDE))
_notifie = Exists(
    Courrier.objects.filter(
        dossier=OuterRef("pk"),
        nature__in=[Courrier.Nature.IRRECEVABILITE, Courrier.Nature.REFUS],
        envoye_le__isnull=False,
    )
)


def _etat(etat) -> dict:
    return {"condition": Q(etat=etat), "requete": f"etat={etat}"}


# In the order of the procedure: a dossier counts in the first group that its reader's roles give.
ATTENDUS = (
    Attendu("01", "Dossiers déposés à vérifier", **_etat(Etat.DEPOSE), delai=15),
    Attendu(
        "02", "Dossiers incomplets à relancer", **_etat(Etat.INCOMPLET), delai=30, tenu_par="la structure"
    ),
    Attendu("03", "Recevabilité à prononcer", **_etat(Etat.COMPLET), delai=10),
    Attendu("04", "Instructions à ouvrir", **_etat(Etat.RECEVABLE), delai=10),
    Attendu("05", "Dossiers à instruire et à proposer", **_etat(Etat.EN_INSTRUCTION), delai=30),
    Attendu(
        "06", "Avis rendus ou échus : dossiers à proposer", Q(~_avis_attendus, etat=Etat.AVIS), "etat=avis", delai=5
    ),
    Attendu(
        "07", "Dossiers proposés à arbitrer", **_etat(Etat.PROPOSE), delai=None, roles=(Role.DIRECTION,)
    ),
    Attendu("08", "Dossiers proposés à inscrire à un rapport", **_etat(Etat.PROPOSE), delai=30),
    Attendu("09", "Dossiers ajournés à reprendre", **_etat(Etat.AJOURNE), delai=60),
    Attendu(
        "10", "Refus et irrecevabilités à notifier",
        Q(~_notifie, etat__in=[Etat.REFUSE, Etat.IRRECEVABLE]) & ~Q(origine=Dossier.Origine.REPRISE),
        f"etat={Etat.REFUSE}&etat={Etat.IRRECEVABLE}", delai=10,
    ),
)  # fmt: skip


@dataclass
class _Lu:
    """Rows of one group, as they come."""

    nombre: int = 0
    retards: int = 0
    taches: list[Tache] = field(default_factory=list)


def a_faire(agent) -> list[Groupe]:
    """What this agent must do with dossiers, avis and remarks, then what others hold of theirs."""
    if not agent.has_perm("programmes.view_dossier"):
        return []
    miens = les_miens(agent)
    return [*_dossiers(agent, miens), *_a_imputer(agent, miens), *_avis(agent, miens), *_remarques(agent, miens)]


def les_miens(agent):
    """Dossiers that this agent moves on: those they instruct and those nobody instructs yet; all those of their
    services for a head of service; all for the roles that do not instruct."""
    visibles = Dossier.objects.visibles_par(agent)
    if agent.a_role(Role.INSTRUCTION) and not agent.est_chef_de_service and not agent.a_role(Role.ADMINISTRATION):
        return visibles.filter(Q(instructeur=agent) | Q(instructeur__isnull=True))
    return visibles


def _dossiers(agent, miens) -> list[Groupe]:
    attendus = {a.cle: a for a in ATTENDUS if agent.a_role(*a.roles)}
    if not attendus:
        return []
    groupe = Case(*(When(a.condition, then=Value(a.cle)) for a in attendus.values()), default=Value(""))
    tard = Q(pk__in=[])
    for a in attendus.values():
        if a.delai is not None:
            tard |= Q(a.condition, etat_le__lt=_matin(a.delai))
    lus = premiers(miens, groupe, ordre=["etat_le"], en_retard=tard)
    lus = lus.values_list(
        "groupe", "nombre", "nb_retards", "pk", "structure__raison_sociale", "dispositif__reference",
        "dispositif__libelle_court", "dispositif__titre", "etat_le",
        "instructeur__first_name", "instructeur__last_name",
    )  # fmt: skip
    par_groupe: dict[str, _Lu] = defaultdict(_Lu)
    for cle, nombre, retards, pk, structure, reference, court, titre, le, prenom, nom in lus:
        attendu, lu = attendus[cle], par_groupe[cle]
        depuis = _jours_depuis(le)
        retard = max(0, depuis - attendu.delai) if attendu.delai is not None else 0
        tenu_par = attendu.tenu_par or f"{prenom or ''} {nom or ''}".strip() or "sans instructeur"
        lu.nombre, lu.retards = nombre, retards
        lu.taches.append(
            Tache(structure, reverse("dossier", args=[pk]), f"{reference} {court or titre}", retard, depuis, tenu_par)
        )
    return [_groupe(attendus[cle], lu) for cle, lu in par_groupe.items()]


def _groupe(attendu: Attendu, lu: _Lu) -> Groupe:
    url = f"{reverse('dossiers')}?annee=&{attendu.requete}"
    return Groupe(attendu.titre, lu.nombre, url, lu.taches, lu.retards, attendu.attente)


def _matin(jours: int):
    """The first instant of the day `jours` days ago, in Paris: who is late is late by whole days."""
    return timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(jours), time.min))


def _jours_depuis(instant) -> int:
    return (timezone.localdate() - timezone.localdate(instant)).days


def _a_imputer(agent, miens) -> list[Groupe]:
    """Money retained on no budget line yet."""
    if not agent.has_perm("programmes.instruire"):
        return []
    lus = premiers(a_imputer(miens), Value("a_imputer", output_field=CharField()), ordre=["cree_le"])
    lus = list(lus.values_list("nombre", "pk", "structure__raison_sociale", "dispositif__reference"))
    taches = [Tache(structure, reverse("dossier", args=[pk]), reference) for _, pk, structure, reference in lus]
    url = f"{reverse('dossiers')}?annee=&a_imputer=true"
    return [Groupe("Dossiers dont un financement reste à imputer", lus[0][0], url, taches)] if lus else []


def _avis(agent, miens) -> list[Groupe]:
    """Mine to give, late first; those of my dossiers that are late (to remind) or still in time (to wait for)."""
    jour = timezone.localdate()
    cas = [When(pk__in=Avis.objects.a_rendre_par(agent).values("pk"), then=Value("rendre"))]
    if agent.has_perm("programmes.instruire"):
        siens = miens.order_by().values("pk")
        cas += [
            When(dossier__in=siens, echeance_le__lt=jour, then=Value("relancer")),
            When(dossier__in=siens, then=Value("z_attendre")),
        ]
    elif not agent.has_perm("programmes.rendre_avis"):
        return []
    lus = premiers(
        Avis.objects.attendus(), Case(*cas, default=Value("")), ordre=["echeance_le"],
        en_retard=Q(echeance_le__lt=jour),
    ).values_list(
        "groupe", "nombre", "nb_retards", "dossier", "dossier__structure__raison_sociale",
        "dossier__dispositif__reference", "echeance_le", "demande_le", "territoire__libelle", "service__libelle",
    )  # fmt: skip
    par_groupe: dict[str, _Lu] = defaultdict(_Lu)
    premieres = {}
    for cle, nombre, retards, pk, structure, reference, echeance, demande, territoire, service in lus:
        lu = par_groupe[cle]
        lu.nombre, lu.retards = nombre, retards
        premieres.setdefault(cle, echeance)
        url, detail = f"{reverse('dossier', args=[pk])}#avis", f"{reference}, à rendre avant le {echeance:%d/%m/%Y}"
        retard, depuis = max(0, (jour - echeance).days), (jour - demande).days
        lu.taches.append(Tache(structure, url, detail, retard, depuis, territoire or service))
    titres = {
        "rendre": ("Avis à rendre", _adresse_avis()),
        "relancer": ("Avis en retard à relancer", f"{reverse('dossiers')}?annee=&avis_en_retard=true"),
        "z_attendre": ("Avis attendus sur mes dossiers", f"{reverse('dossiers')}?annee=&etat=avis"),
    }
    return [
        Groupe(titres[cle][0], lu.nombre, titres[cle][1], lu.taches, lu.retards, cle == "z_attendre", premieres[cle])
        for cle, lu in par_groupe.items()
    ]


def _adresse_avis() -> str:
    try:
        return reverse("avis")
    except NoReverseMatch:
        return f"{reverse('dossiers')}?annee=&etat=avis"


def _remarques(agent, miens) -> list[Groupe]:
    """Questions on my dossiers, answers to my questions."""
    if not agent.has_perm("programmes.remarquer"):
        return []
    cas = [When(etat=Remarque.Etat.REPONDUE, par=agent, then=Value("lire"))]
    if agent.has_perm("programmes.instruire"):
        a_moi = Q(etat=Remarque.Etat.OUVERTE, dossier__in=miens.order_by().values("pk")) & ~Q(par=agent)
        cas.append(When(a_moi, then=Value("repondre")))
    visibles = Remarque.objects.visibles_par(agent).exclude(etat=Remarque.Etat.CLOSE)
    lus = premiers(visibles, Case(*cas, default=Value("")), ordre=["le"]).values_list(
        "groupe", "nombre", "dossier", "dossier__structure__raison_sociale", "texte", "le",
        "par__first_name", "par__last_name",
    )  # fmt: skip
    par_groupe: dict[str, _Lu] = defaultdict(_Lu)
    for cle, nombre, pk, structure, texte, le, prenom, nom in lus:
        lu = par_groupe[cle]
        lu.nombre = nombre
        url = f"{reverse('dossier', args=[pk])}#remarques"
        lu.taches.append(Tache(structure, url, _debut(texte), 0, _jours_depuis(le), f"{prenom} {nom}".strip()))
    titres = {"repondre": "Remarques à répondre", "lire": "Réponses à vos remarques, à clore"}
    return [Groupe(titres[cle], lu.nombre, lu.taches[0].url, lu.taches) for cle, lu in par_groupe.items()]


def _debut(texte: str, longueur: int = 90) -> str:
    return texte if len(texte) <= longueur else f"{texte[:longueur].rsplit(' ', 1)[0]}…"
