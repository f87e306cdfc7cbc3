"""What holds an act back on a day: the vote, the suspensive condition, the convention, who is in office.

Some a reason of the direction overrides, kept in the journal; the others nothing does.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from conventions.lecture import lire_un
from conventions.models import Acte, Convention
from conventions.vie.sans_vote import montants_sans_vote
from deliberations.models import Deliberation
from dpid.typographie import date_courte

Etat = Acte.Etat


@dataclass(frozen=True)
class Obstacle:
    """`est_levable`: whoever may override gives a reason and goes on."""

    phrase: str
    est_levable: bool = True

    def __str__(self):
        return self.phrase


def obstacles(acte, lu=None, le: date | None = None) -> list[Obstacle]:
    """Why the next verb of the act may not be done on `le` (default: today), one sentence each."""
    lu, le = lu or lire_un(acte), le or timezone.localdate()
    trouves = [*_de_la_convention(acte, lu, le), *_du_remplacement(acte)]
    if acte.etat != Etat.A_SIGNER:  # what the structure signs is a fact: the vote holds back the Département
        trouves += [*_du_vote(acte, le), *_des_conditions(lu)]
    if acte.etat == Etat.PROJET:
        trouves += _de_l_argent(acte, lu)
    return [*trouves, *_des_personnes(acte, lu, le)]


def jour_de_saisie(acte) -> date:
    """The last day that the next verb may bear: an act signed in time is entered after the end of its convention."""
    convention = acte.convention
    if convention.etat == Convention.Etat.ECHUE and acte.etat in (Etat.A_SIGNER, Etat.SIGNE_STRUCTURE):
        return convention.terminee_le
    return timezone.localdate()


def _du_vote(acte, le):
    """Nothing is signed before the délibération is exécutoire (CGCT, L. 3131-1)."""
    deliberation = acte.deliberation
    if acte.rapport_id and deliberation is None:
        yield Obstacle(f"Le rapport {acte.rapport} n’est pas encore voté.", est_levable=False)
    elif deliberation and not deliberation.est_executoire:
        yield Obstacle(f"La {deliberation} n’est pas encore exécutoire : il manque sa réception ou sa publication.")
    elif deliberation and le < deliberation.executoire_le:
        depuis = date_courte(deliberation.executoire_le)
        yield Obstacle(f"La {deliberation} n’est exécutoire que depuis le {depuis} : donnez une date qui la suit.")


def _de_l_argent(acte, lu):
    for montant in montants_sans_vote(acte, lu):
        yield Obstacle(
            f"{montant} : ce montant n’est pas dans le texte en vigueur. Un avenant qui accorde de l’argent passe "
            "par un rapport et son vote."
        )


def remplacante(acte):
    """The délibération that stands now in the place of the act's own, None when that one stands."""
    courante, trouvee = acte.deliberation, None
    while courante is not None:
        courante = Deliberation.objects.filter(remplace=courante).order_by("enregistree_le").last()
        trouvee = courante or trouvee
    return trouvee


def _du_remplacement(acte):
    nouvelle = remplacante(acte)
    if nouvelle is None:
        return
    if acte.etat == Etat.PROJET and nouvelle.est_a_transmettre:
        suite = "rattachez-lui cet acte, ou abandonnez-le"
    else:
        suite = "abandonnez cet acte et préparez-en un autre" if acte.etat in Acte.EN_COURS else "faites-le constater"
    yield Obstacle(f"La {acte.deliberation} est remplacée par la {nouvelle} : {suite}.", est_levable=False)


def _des_conditions(lu):
    for lue in lu.fiches:
        dispositif = lue.fiche.dispositif
        if dispositif and dispositif.est_suspendu:
            condition = dispositif.condition_suspensive
            yield Obstacle(f"Condition suspensive du dispositif {dispositif.reference} : {condition}.")


def _de_la_convention(acte, lu, le):
    """An avenant follows a convention that is notified, and dies with it; one signed before the end is notified
    after it, and may reopen it."""
    convention, E = lu.convention, Convention.Etat
    fin = date_courte(convention.terminee_le) if convention.terminee_le else ""
    if convention.etat in (E.RESILIEE, E.DENONCEE):
        dite = convention.get_etat_display().lower()
        yield Obstacle(f"La {convention} est {dite} depuis le {fin} : abandonnez cet acte.", est_levable=False)
    elif convention.etat == E.ECHUE and _apres_la_fin(acte, convention, le):
        phrase = f"La {convention} est échue depuis le {fin} : seul un acte signé au plus tard ce jour-là la modifie."
        yield Obstacle(phrase, est_levable=False)
    elif acte.est_avenant and convention.etat in (E.PROJET, E.ABANDONNEE):
        phrase = f"La {convention} n’est pas notifiée : son avenant attend qu’elle le soit."
        yield Obstacle(phrase, est_levable=False)


def _apres_la_fin(acte, convention, le) -> bool:
    if acte.etat == Etat.SIGNE:
        return acte.signe_le > convention.terminee_le
    return acte.etat == Etat.PROJET or le > convention.terminee_le


def _des_personnes(acte, lu, le):
    """Whoever the text sent names must be in office the day they sign: the structure's, then the Département's."""
    if not acte.document_id or acte.etat not in (Etat.A_SIGNER, Etat.SIGNE_STRUCTURE):
        return
    du_departement = acte.etat == Etat.SIGNE_STRUCTURE
    for partie, dite in zip(lu.parties, lu.acte.document.contexte["parties"], strict=True):
        en_fonction = [str(personne) for personne in lu.en_fonction(partie, le)]
        if dite["departement"] == du_departement and dite["representant"] not in en_fonction:
            yield Obstacle(_changement(dite, en_fonction, le))


def _changement(dite, en_fonction, jour) -> str:
    qui = "n’a pas de délégation" if dite["departement"] else f"ne représente pas {dite['nom']}"
    autres = f" ({', '.join(en_fonction)} en fonction ce jour-là)" if en_fonction else ""
    return (
        f"Le texte remis nomme {dite['representant']}, qui {qui} le {date_courte(jour)}{autres} : "
        "abandonnez cet acte et préparez-en un autre."
    )
