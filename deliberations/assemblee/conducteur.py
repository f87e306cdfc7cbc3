"""Conducteur de séance: who leaves the room, who chairs, what is expected of each vote, what is at stake.

A working paper of the secrétariat, always live, never frozen. It says who steps aside, never why: the declared
interests stay in the register.
"""

from django.conf import settings

from deliberations.assemblee import enjeux, vote
from deliberations.assemblee.chiffres import CATEGORIES
from dpid.montants import ZERO, chaine


def contexte(rapport) -> dict:
    """The conducteur of one rapport, as JSON data."""
    from deliberations import documents

    return documents.contexte(rapport, "conducteur")


def de_la_seance(seance, rapports) -> dict:
    """The conducteur of a whole séance, its rapports in their order, in the shape of that of one rapport."""
    from deliberations.documents import contextes
    from deliberations.documents.lecture import Lecture

    lectures = [Lecture(r, adoptee=r.etat == r.Etat.ENVOYE or r.est_vote) for r in rapports]
    return {
        "nature": "conducteur",
        "cle": "conducteur",
        "version": contextes.VERSION,
        "numero": None,
        "reference": f"{seance.instance.code}-{seance.date:%Y-%m-%d}",
        "date": seance.date.isoformat(),
        "titre": "",
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "annexe": None,
        "annexes": [],
        "seance": contextes.seance_imprimee(seance),
        "rapport": {"numero": "", "provisoire": False, "pole": "", "direction": "", "service": ""},
        **corps(lectures),
    }


def corps(lectures) -> dict:
    """A point per rapport. `projet` is False: what is printed here is no draft of an act."""
    return {"projet": False, "points": [_point(lecture) for lecture in lectures]}


def _point(lecture) -> dict:
    rapport = lecture.rapport
    feuille = vote.lire(rapport)
    lus = enjeux.lire(rapport, [carte.bloc for carte in feuille.cartes])
    return {
        "numero": rapport.numero,
        "titre": rapport.titre,
        "etat": rapport.get_etat_display(),
        "suppose": feuille.est_supposee,
        "assistance": {
            "presents": len(feuille.comptee.presents),
            "excuses": len(feuille.comptee.excuses),
            "absents": len(feuille.comptee.absents),
        },
        "quorum": {
            "effectif": feuille.quorum.effectif,
            "seuil": feuille.quorum.seuil,
            "comptes": feuille.quorum.comptes,
            "atteint": feuille.quorum.est_atteint,
            "source": feuille.quorum.source,
        },
        "amendes": [f"{m} ({m.etat})" for m in feuille.amendes],
        "hors_debat": [str(m) for m in feuille.deportes_du_rapport],
        "montant": chaine(sum((e.budget for e in lus.par_bloc.values()), ZERO)),
        "imputations": _imputations(lecture),
        "blocs": [_bloc(carte, lus.par_bloc[carte.bloc.pk], len(feuille.cartes) > 1) for carte in feuille.cartes],
    }


def _imputations(lecture) -> list[dict]:
    """As voted once the délibération exists, else as the séance would retain them."""
    deliberation = getattr(lecture.rapport, "deliberation", None)
    lignes = deliberation.imputations.all() if deliberation else lecture.imputations
    return [
        {"code": i.code, "libelle": i.libelle, "proposition": chaine(i.proposition), "solde": chaine(i.solde)}
        for i in lignes
    ]


def _bloc(carte, enjeu, est_divise) -> dict:
    chiffres = carte.chiffres
    remplace = {"president": carte.bloc.president_id, "secretaire": carte.bloc.secretaire_id}
    return {
        "titre": str(carte.bloc) if est_divise else "Ensemble du rapport",
        "quittent": [str(m) for m in carte.deportes],
        "president": _bureau(carte, carte.president, remplace["president"]),
        "secretaire": _bureau(carte, carte.secretaire, remplace["secretaire"]),
        "sans_porteur": [str(m) for m in chiffres.sans_porteur] if chiffres else [],
        "figures": {c: getattr(chiffres, c).voix for c in CATEGORIES} if chiffres else None,
        "montant": chaine(enjeu.budget),
        "hors_budget": chaine(enjeu.hors_budget) if enjeu.hors_budget else "",
        "retirees": enjeu.retirees,
        "amendees": enjeu.amendees,
        "resultat": "" if carte.bloc.est_adopte else carte.bloc.get_resultat_display(),
    }


def _bureau(carte, membre, remplacant) -> dict:
    """`a_designer`: the one who holds this seat steps aside or is not there, and nobody replaces him yet."""
    return {
        "nom": str(membre) if membre else "",
        "remplace": remplacant is not None,
        "a_designer": carte.empeche(membre),
    }
