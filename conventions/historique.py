"""The history of an act, or of a convention with all its acts: verbs, lists typed, fields edited, latest first."""

from itertools import zip_longest

from django.db.models import Q

from conventions.models import Acte, Convention, FicheAction, Modification
from dpid.historique import Changement, Evenement, modifications, regrouper
from dpid.models import Journal
from dpid.typographie import avec_majuscule

# Told by the verb that sets them, or of no use to who reads.
SAUF_ACTE = ("convention", "rang", "version_modele", "rapport", "cle", "fige_le", "document", "scan")
SAUF_CONTENU = ("acte", "ordre", "bloc", "dispositif", "operation", "cible", "numero")
ETATS = {**dict(Convention.Etat.choices), **dict(Acte.Etat.choices)}
# Key of the lists that a row of the journal keeps whole (`redaction.saisie`): how a row of each is called.
LISTES = {"parties": "Partie", "versements": "Versement", "parts": "Part"}


def de_l_acte(acte) -> list[Evenement]:
    return _historique([acte], nommer=lambda objet: "")


def de_la_convention(convention) -> list[Evenement]:
    """With those of its acts, each named."""
    actes = list(convention.actes.select_related("convention"))
    noms = {(Acte._meta.label_lower, a.pk): f"avenant n°\u00a0{a.rang}" if a.rang else "acte initial" for a in actes}
    return _historique(actes, nommer=lambda objet: noms.get(objet, ""), convention=convention)


def _historique(actes, nommer, convention=None) -> list[Evenement]:
    cles = [a.pk for a in actes]
    acte = Acte._meta.label_lower
    filtre = Q(objet=acte, objet_id__in=cles)
    if convention:
        filtre |= Q(objet=Convention._meta.label_lower, objet_id=convention.pk)
    etats_des_actes = Acte.history.model.objects.filter(id__in=cles)
    fiches = FicheAction.history.model.objects.filter(acte_id__in=cles)
    modifies = Modification.history.model.objects.filter(acte_id__in=cles)
    filtre |= Q(objet=Modification._meta.label_lower, objet_id__in=modifies.order_by().values("id"))
    evenements = _du_journal(Journal.objects.filter(filtre).select_related("par").order_by("le", "pk"), nommer)
    for etats, designer, sauf, saisies in (
        (etats_des_actes, lambda h: avec_majuscule(nommer((acte, h.id))), SAUF_ACTE, False),
        (fiches, lambda h: f"Fiche action {h.titre}".strip(), SAUF_CONTENU, True),
        (modifies, Modification.__str__, SAUF_CONTENU, True),
    ):
        evenements += modifications(etats, designer, sauf=sauf, saisies=saisies)
    if convention:
        evenements += modifications(convention.history.all(), lambda h: "", saisies=False)
    return regrouper(sorted(evenements, key=lambda e: e.le, reverse=True))


def _du_journal(actes, nommer) -> list[Evenement]:
    """`actes`, oldest first: a list typed again is told by what it changed of the one before."""
    precedentes, evenements = {}, []
    for a in actes:
        objet = (a.objet, a.objet_id)
        changements = [_passage(a)] if a.vers and a.de != a.vers else []
        for nom in LISTES.keys() & a.donnees.keys():
            changements += _ecarts(LISTES[nom], precedentes.get((objet, nom), []), a.donnees[nom])
            precedentes[objet, nom] = a.donnees[nom]
        de_qui = nommer(objet)
        titre = f"{a.acte} ({de_qui})" if de_qui else a.acte
        evenements.append(Evenement(a.le, str(a.par or ""), titre, a.motif, True, changements))
    return evenements


def _passage(acte) -> Changement:
    """From a state to another; what else the journal keeps there (the day of a reminder) is told as it is."""
    if acte.vers in ETATS:
        return Changement("État", ETATS.get(acte.de), ETATS[acte.vers])
    return Changement("", acte.de or None, acte.vers)


def _ecarts(nom, avant: list[str], apres: list[str]) -> list[Changement]:
    """Rows that differ, each against the one that had its rank."""
    return [
        Changement(f"{nom} {rang}" if nouveau else f"{nom} {rang} ({ancien})", ancien, nouveau)
        for rang, (ancien, nouveau) in enumerate(zip_longest(avant, apres), 1)
        if ancien != nouveau
    ]
