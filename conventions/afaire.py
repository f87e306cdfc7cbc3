"""« À faire » of the acts: to prepare, to send, to remind, to sign, to notify, to follow. Two queries whatever their
number."""

from django.db.models import Case, CharField, F, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone

from conventions.generation.plan import rapports_en_attente
from conventions.models import Acte, Echeance
from conventions.models.acte import limite_de_signature
from dpid.afaire import MONTRES, Groupe, Tache, premiers
from dpid.models import Role
from dpid.typographie import accorder

Etat = Acte.Etat
RELANCER, SIGNER = "conventions.relancer", "conventions.signer"
# group → (title, permission of those who do it, is it awaited from the structure, filter of the register).
GROUPES = {
    "1-relancer": ("Signatures en retard : structures à relancer", RELANCER, False, "?signature=on"),
    "2-signer": ("Actes à signer au nom du Département", SIGNER, False, ""),
    "3-notifier": ("Actes signés à notifier", SIGNER, False, ""),
    "4-remettre": ("Actes à remettre à la signature", SIGNER, False, ""),
    "5-suivre": ("Actes dont une échéance est dépassée", "conventions.change_echeance", False, "?retard=on"),
    "6-attendre": ("Actes à la signature des structures", RELANCER, True, ""),
}
EXECUTOIRE = Q(
    etat=Etat.PROJET,
    rapport__deliberation__transmission__recue_le__isnull=False,
    rapport__deliberation__transmission__publiee_le__isnull=False,
)


def a_faire(agent) -> list[Groupe]:
    return [*_a_preparer(agent), *_a_suivre(agent)]


def _a_preparer(agent) -> list[Groupe]:
    """Rapports voted whose lines still lack an act: it is made for a whole rapport, not dossier by dossier."""
    if not agent.a_role(Role.CONVENTIONS):
        return []
    rapports = list(rapports_en_attente(agent).filter(deliberation__isnull=False))
    taches = [
        Tache(f"Rapport {r.numero} de la {r.seance}", reverse("rapport_actes", args=[r.pk]),
              f"{accorder(r.reste, 'ligne')} sans acte")
        for r in rapports[:MONTRES]
    ]  # fmt: skip
    return (
        [Groupe("Rapports votés, actes à préparer", len(rapports), reverse("conventions"), taches)] if rapports else []
    )


def _a_suivre(agent) -> list[Groupe]:
    permis = {cle for cle, (_, permission, *_) in GROUPES.items() if agent.has_perm(permission)}
    if not permis:
        return []
    aujourd_hui = timezone.localdate()
    par_groupe: dict[str, list] = {}
    for acte in _premiers(agent, aujourd_hui):
        par_groupe.setdefault(acte.groupe, []).append(acte)
    return [_groupe(cle, rangs, aujourd_hui) for cle, rangs in sorted(par_groupe.items()) if cle in permis]


def _premiers(agent, aujourd_hui):
    """The first acts of each group, each with `due_le`: its oldest échéance that is over."""
    limite = limite_de_signature(aujourd_hui)
    dues = Echeance.objects.en_retard(aujourd_hui).filter(acte=OuterRef("pk")).order_by("le")
    groupe = Case(
        When(etat=Etat.A_SIGNER, a_relancer=True, then=Value("1-relancer")),
        When(etat=Etat.SIGNE_STRUCTURE, then=Value("2-signer")),
        When(etat=Etat.SIGNE, then=Value("3-notifier")),
        When(EXECUTOIRE, then=Value("4-remettre")),
        When(etat=Etat.NOTIFIE, due_le__isnull=False, then=Value("5-suivre")),
        When(etat=Etat.A_SIGNER, then=Value("6-attendre")),
        default=Value(""),
        output_field=CharField(),
    )
    tard = Q(etat=Etat.A_SIGNER, remis_le__lt=limite) | Q(due_le__isnull=False)
    tard |= Q(etat=Etat.SIGNE_STRUCTURE, signe_structure_le__lt=limite)
    actes = Acte.objects.visibles_par(agent).exclude(etat=Etat.ABANDONNE)
    actes = actes.annotate(due_le=Subquery(dues.values("le")[:1])).avec_relance_due(aujourd_hui)
    ordre = [F("remis_le").asc(nulls_last=True), "cree_le"]
    return premiers(actes, groupe, ordre=ordre, en_retard=tard).select_related("convention__structure")


def _groupe(cle, actes, aujourd_hui) -> Groupe:
    titre, _, attente, requete = GROUPES[cle]
    taches = [_tache(acte, aujourd_hui) for acte in actes]
    url = f"{reverse('conventions')}{requete}"
    return Groupe(titre, actes[0].nombre, url, taches, actes[0].nb_retards, attente=attente)


def _tache(acte, aujourd_hui) -> Tache:
    depuis = {
        Etat.A_SIGNER: acte.remis_le, Etat.SIGNE_STRUCTURE: acte.signe_structure_le, Etat.SIGNE: acte.signe_le,
    }.get(acte.etat) or timezone.localdate(acte.cree_le)  # fmt: skip
    attente, retard = (aujourd_hui - depuis).days, acte.retard_de_signature(aujourd_hui)
    if acte.etat not in (Etat.A_SIGNER, Etat.SIGNE_STRUCTURE) and acte.due_le:
        attente, retard = 0, (aujourd_hui - acte.due_le).days
    detail = str(acte.convention.structure)
    if acte.etat == Etat.A_SIGNER and acte.relance_le:
        detail += f", relancée le {acte.relance_le:%d/%m/%Y}"
    tenu_par = "la structure" if acte.etat == Etat.A_SIGNER else ""
    return Tache(str(acte).capitalize(), acte.get_absolute_url(), detail, retard, attente, tenu_par)
