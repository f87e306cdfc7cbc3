"""Attendance as it is typed: the whole sheet of a séance at once, then its differences for one rapport."""

import hashlib
from dataclasses import dataclass, replace

from django.db import transaction

from deliberations.assemblee import deports
from deliberations.assemblee.composition import Assistance, Etat, Membre, au_rapport, de_la_seance, regle_du_jour
from deliberations.models import Presence, Rapport, Seance
from dpid.erreurs import ActeFige, ActeRefuse, VersionPerimee
from dpid.models import Journal
from dpid.typographie import accorder

PERIMEE = (
    "La feuille a été modifiée pendant votre saisie, par quelqu’un d’autre : les différences sont signalées en regard "
    "de chaque nom. Gardez ou corrigez, puis enregistrez de nouveau."
)


@dataclass(frozen=True)
class Saisi:
    """What is typed of a member: `etat` None when nothing is."""

    etat: str | None
    mandataire_id: int | None = None


def empreinte(seance, assistance: Assistance) -> str:
    """Print of the sheet that a page showed: a save made on another one is refused."""
    lignes = [f"{m.elu_id}:{m.etat or ''}:{m.mandataire_id or ''}" for m in assistance.membres]
    texte = "|".join([*lignes, f"{seance.president_id or ''}:{seance.secretaire_id or ''}"])
    return hashlib.sha256(texte.encode()).hexdigest()[:20]


def appliquer(assistance: Assistance, saisis: dict[int, Saisi]) -> Assistance:
    """The attendance that `saisis` makes of `assistance`."""
    return Assistance(
        tuple(
            replace(m, etat=saisis[m.elu_id].etat, mandataire_id=saisis[m.elu_id].mandataire_id)
            if m.elu_id in saisis
            else m
            for m in assistance.membres
        )
    )


def anomalies(assistance: Assistance, seance) -> dict[int, str]:
    """{élu id: what is wrong with the delegation given}: the holder is a present voting member, within the dated
    rule on how many one may hold (CGCT, L. 3121-16). An unknown holder is accepted: old acts do not say who it was."""
    regle = regle_du_jour(seance)
    au_plus, membres, recues = regle.delegations_max if regle else 1, assistance.par_elu(), {}
    fautes = {}
    for membre in assistance.membres:
        if membre.mandataire_id is None:
            continue
        porteur = membres.get(membre.mandataire_id)
        recues.setdefault(membre.mandataire_id, []).append(membre)
        if not membre.a_voix:
            fautes[membre.elu_id] = "Sans voix délibérative, on ne donne pas de délégation."
        elif membre.etat != Etat.EXCUSE:
            fautes[membre.elu_id] = "Seul un membre excusé donne délégation."
        elif porteur is None or not porteur.a_voix or porteur == membre:
            fautes[membre.elu_id] = "Le mandataire est un autre membre, à voix délibérative."
        elif porteur.etat != Etat.PRESENT:
            fautes[membre.elu_id] = f"{porteur} n’est pas présent(e) : choisissez un membre présent."
        elif len(recues[membre.mandataire_id]) > au_plus:
            deja = ", ".join(str(m) for m in recues[membre.mandataire_id][:-1])
            fautes[membre.elu_id] = (
                f"{porteur} porte déjà {accorder(au_plus, 'délégation')} ({deja}) : {au_plus} au plus par membre."
            )
    return fautes


@transaction.atomic
def enregistrer(seance, saisis: dict[int, Saisi], *, president=None, secretaire=None, lue: str, par) -> bool:
    """Save the whole sheet, its chair and its secretary (élu ids). False when nothing changes.

    Raises VersionPerimee when the sheet is no longer the one that was read (`lue`), ActeRefuse.
    """
    seance = Seance.objects.select_for_update(of=("self",)).select_related("instance").get(pk=seance.pk)
    actuelle = de_la_seance(seance)
    voulue = appliquer(actuelle, saisis)
    if _identiques(actuelle, voulue) and (seance.president_id, seance.secretaire_id) == (president, secretaire):
        return False
    if lue != empreinte(seance, actuelle):
        raise VersionPerimee(PERIMEE)
    for rapport in Rapport._base_manager.select_for_update().filter(seance=seance).order_by("pk"):
        rapport.seance = seance
        if rapport.etat == Rapport.Etat.ADOPTE:
            raise ActeFige(rapport.raison_du_gel())
    _verifier(voulue, seance, president, secretaire)
    _ecrire_feuille(seance, actuelle, voulue)
    if (seance.president_id, seance.secretaire_id) != (president, secretaire):
        seance.president_id, seance.secretaire_id = president, secretaire
        seance.save()
    Journal.noter(
        seance, "saisir_assistance", "Saisir l’assistance", par=par, de=resume(actuelle)[:60], vers=resume(voulue)[:60],
        donnees={"membres": _differences(actuelle, voulue), "president": president, "secretaire": secretaire},
    )  # fmt: skip
    for rapport in Rapport.objects.a_voter().filter(seance=seance).select_related("seance__instance"):
        deports.realigner(rapport, par=par)
    return True


@transaction.atomic
def amender(rapport, elu_id: int, saisi: Saisi, *, vu: str, par) -> str:
    """How one member attends this rapport; `etat` None goes back to the sheet of the séance.

    Returns the sentence of what changed, empty when nothing does. Raises VersionPerimee (`vu`: the state that the page
    showed), ActeRefuse.
    """
    courant = deports.verrouiller_le_vote(rapport)
    assistance, feuille = au_rapport(courant), de_la_seance(courant.seance)
    avant = assistance.par_elu().get(elu_id)
    if avant is None:
        raise ActeRefuse("Cette personne ne siège pas à cette séance.")
    prevu = feuille.par_elu()[elu_id]
    voulu = saisi if saisi.etat else Saisi(prevu.etat, prevu.mandataire_id)
    if (avant.etat, avant.mandataire_id) == (voulu.etat, voulu.mandataire_id):
        return ""
    if vu != (avant.etat or ""):
        raise VersionPerimee(f"{avant} est maintenant « {dire(avant)} » : quelqu’un l’a changé entre-temps.")
    faute = anomalies(appliquer(assistance, {elu_id: voulu}), courant.seance).get(elu_id)
    if faute:
        raise ActeRefuse(faute)
    Presence.objects.filter(rapport=courant, elu=elu_id).delete()
    if voulu != Saisi(prevu.etat, prevu.mandataire_id):
        Presence.objects.create(
            seance=courant.seance, rapport=courant, elu_id=elu_id, etat=voulu.etat, mandataire_id=voulu.mandataire_id
        )
    apres = replace(avant, etat=voulu.etat, mandataire_id=voulu.mandataire_id)
    Journal.noter(
        courant, "amender_assistance", f"Amender l’assistance : {avant}"[:120], par=par, de=dire(avant)[:60],
        vers=dire(apres)[:60], donnees={"elu": elu_id, "mandataire": voulu.mandataire_id},
    )  # fmt: skip
    suites = deports.realigner(courant, par=par)
    return " ".join([f"{apres} : {dire(apres).lower()} à ce rapport.", *suites])


def dire(membre: Membre) -> str:
    return Etat(membre.etat).label if membre.etat else "Non saisi"


def resume(assistance: Assistance) -> str:
    """« 30 présents, 9 excusés, 5 absents »."""
    comptes = (
        (len(assistance.presents), "présent"), (len(assistance.excuses), "excusé"), (len(assistance.absents), "absent"),
    )  # fmt: skip
    return ", ".join(accorder(nombre, mot) for nombre, mot in comptes)


def _identiques(une: Assistance, autre: Assistance) -> bool:
    return not _differences(une, autre)


def _differences(avant: Assistance, apres: Assistance) -> list[dict]:
    return [
        {"elu": b.elu_id, "de": a.etat, "vers": b.etat, "mandataire": b.mandataire_id}
        for a, b in zip(avant.membres, apres.membres, strict=True)
        if (a.etat, a.mandataire_id) != (b.etat, b.mandataire_id)
    ]


def _verifier(assistance, seance, president, secretaire):
    fautes = anomalies(assistance, seance)
    membres = assistance.par_elu()
    if fautes:
        raise ActeRefuse(" ".join(f"{membres[pk]} : {faute}" for pk, faute in fautes.items()))
    for elu_id, role in ((president, "Le président de séance"), (secretaire, "Le secrétaire de séance")):
        membre = membres.get(elu_id)
        if elu_id and (membre is None or not membre.a_voix or membre.etat not in (Etat.PRESENT, None)):
            raise ActeRefuse(f"{role} est un membre présent, à voix délibérative.")


def _ecrire_feuille(seance, actuelle, voulue):
    """Only the rows that change."""
    changes = {d["elu"] for d in _differences(actuelle, voulue)}
    lignes = {p.elu_id: p for p in Presence.objects.filter(seance=seance, rapport__isnull=True, elu__in=changes)}
    nouvelles, gardees, videes = [], [], []
    for membre in voulue.membres:
        if membre.elu_id not in changes:
            continue
        ligne = lignes.get(membre.elu_id)
        if membre.etat is None:
            videes += [ligne.pk] if ligne else []
            continue
        (gardees if ligne else nouvelles).append(ligne or Presence(seance=seance, elu_id=membre.elu_id))
        cible = (gardees if ligne else nouvelles)[-1]
        cible.etat, cible.mandataire_id = membre.etat, membre.mandataire_id
    Presence.objects.filter(pk__in=videes).delete()
    Presence.objects.bulk_create(nouvelles)
    Presence.objects.bulk_update(gardees, ["etat", "mandataire"])
