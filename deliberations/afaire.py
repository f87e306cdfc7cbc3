"""« À faire » of the rapports: visas to give, rapports to adopt, to number, to complete; what others hold."""

from django.conf import settings
from django.db.models import Value
from django.urls import reverse
from django.utils import timezone

from deliberations.models import Mandat, Presence, Rapport, Scenario, VisaRapport
from deliberations.visas import avec_visas_donnes, peut_viser
from dpid.afaire import MONTRES, Groupe, Tache, premiers
from dpid.models import Role
from dpid.typographie import accorder

CIRCUIT = settings.DPID["circuit_visas"]


def a_faire(agent) -> list[Groupe]:
    """One query: the rapports still to be voted that the agent sees, with their visas; one more for who arbitrates."""
    if not agent.has_perm("deliberations.view_rapport"):
        return []
    ouverts = (
        avec_visas_donnes(Rapport.objects.visibles_par(agent).a_voter())
        .select_related("seance__instance", "cree_par")
        .order_by("seance__date", "numero")
    )
    rapports = [(r, r.etape_attendue(r.visas_donnes)) for r in ouverts]
    return [
        *_visas(agent, rapports),
        *_assemblees(agent, [r for r, _ in rapports]),
        *_preparation(agent, rapports),
        *_scenarios(agent),
    ]


def _visas(agent, rapports) -> list[Groupe]:
    miens = [r for r, etape in rapports if etape and peut_viser(agent, etape) and _est_pret(r, etape)]
    return [_groupe("Visas à donner", miens, "rapport_viser", "preparation")]


def _est_pret(rapport, etape) -> bool:
    """The first visa is asked for by its preparer; the following ones are awaited as soon as the former is given."""
    return bool(rapport.visas_donnes) or etape == CIRCUIT[0]


def _assemblees(agent, rapports) -> list[Groupe]:
    aujourd_hui = timezone.localdate()
    groupes = []
    if agent.has_perm("deliberations.tenir_seance"):
        groupes += _assistances(rapports, aujourd_hui)
    if agent.has_perm("deliberations.adopter"):
        votes = [
            r for r in rapports
            if r.etat == Rapport.Etat.ENVOYE and r.seance.date <= aujourd_hui and r.cree_par_id != agent.pk
        ]  # fmt: skip
        groupes.append(_groupe("Votes à enregistrer", votes, "rapport_vote", "envoye"))
    if agent.has_perm("deliberations.numeroter"):
        groupes.append(
            _groupe("Rapports à numéroter", [r for r in rapports if r.est_provisoire], "rapport_numeroter", "")
        )
    return groupes


def _assistances(rapports, aujourd_hui) -> list[Groupe]:
    """Séances held, or held today, whose sheet lacks a voting member; two queries when there is one."""
    tenues = {
        r.seance_id: r.seance for r in rapports if r.etat == Rapport.Etat.ENVOYE and r.seance.date <= aujourd_hui
    }  # fmt: skip
    if not tenues:
        return []
    saisis = set(Presence.objects.filter(seance__in=tenues, rapport__isnull=True).values_list("seance", "elu"))
    mandats = list(Mandat.objects.filter(a_voix=True, instance__in={s.instance_id for s in tenues.values()}))
    taches = []
    for seance in sorted(tenues.values(), key=lambda s: s.date):
        votants = {
            m.elu_id for m in mandats
            if m.instance_id == seance.instance_id and m.debut <= seance.date <= (m.fin or seance.date)
        }  # fmt: skip
        reste = sum(1 for elu in votants if (seance.pk, elu) not in saisis)
        if reste or not votants:
            detail = f"{accorder(reste, 'membre')} à saisir" if votants else "aucun membre ne siège à cette date"
            retard = (aujourd_hui - seance.date).days
            taches.append(Tache(str(seance), reverse("seance_assistance", args=[seance.pk]), detail, retard))
    retards = sum(1 for t in taches if t.retard)
    return (
        [Groupe("Assistances à saisir", len(taches), reverse("seances"), taches[:MONTRES], retards)] if taches else []
    )


def _preparation(agent, rapports) -> list[Groupe]:
    """Mine that somebody else holds: who, and since when the séance is past or near."""
    if not agent.has_perm("deliberations.preparer"):
        return []
    tenus = [(r, e) for r, e in rapports if r.cree_par_id == agent.pk and (e is None or not peut_viser(agent, e))]
    groupe = _groupe("Mes rapports chez les autres", [r for r, _ in tenus], "rapport", "")
    libelles = {r.pk: VisaRapport.Etape(e).label if e else "le vote" for r, e in tenus}
    items = [
        Tache(t.titre, t.url, f"{t.detail} · attend {libelles[r.pk]}", t.retard)
        for t, (r, _) in zip(groupe.items, tenus, strict=False)
    ]
    return [Groupe(groupe.titre, groupe.nombre, groupe.url, items, groupe.retard, attente=True)]


def _scenarios(agent) -> list[Groupe]:
    """Scenarios still open, for those who decide between them."""
    if not (agent.a_role(Role.DIRECTION, Role.ADMINISTRATION) or agent.est_chef_de_service):
        return []
    ouverts = Scenario.objects.visibles_par(agent).filter(etat=Scenario.Etat.OUVERT)
    lus = premiers(ouverts, Value("scenarios"), ordre=["cree_le"])
    lus = list(lus.values_list("nombre", "pk", "nom", "appel__annee", "cree_le", "cree_par__last_name"))
    aujourd_hui = timezone.localdate()
    taches = [
        Tache(
            nom, reverse("scenario", args=[pk]), f"appel {annee}", 0,
            (aujourd_hui - timezone.localdate(le)).days, auteur,
        )
        for _, pk, nom, annee, le, auteur in lus
    ]  # fmt: skip
    return [Groupe("Scénarios d’arbitrage ouverts", lus[0][0], reverse("arbitrage"), taches)] if lus else []


def _groupe(titre, rapports, vue, etat) -> Groupe:
    taches = [_tache(r, vue) for r in rapports]
    url = reverse("rapports") + (f"?etat={etat}" if etat else "")
    return Groupe(titre, len(rapports), url, taches[:MONTRES], sum(1 for t in taches if t.retard))


def _tache(rapport, vue) -> Tache:
    """Late when the séance has been held."""
    reste = (rapport.seance.date - timezone.localdate()).days
    quand = f"séance du {rapport.seance.date:%d/%m/%Y}"
    if reste >= 0:
        quand += f", dans {reste} jour{'s' if reste > 1 else ''}"
    titre = f"Rapport {rapport.numero} : {rapport.titre}"
    return Tache(titre, reverse(vue, args=[rapport.pk]), quand, max(-reste, 0))
