"""Saved views of the lists: apply in one click, save, rename, share, choose the one by default, delete.

A list of a higher room registers itself with its address and the parameters that a view may keep; everything else that
stands in a query string is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.http import QueryDict

from dpid.erreurs import ActeRefuse
from dpid.models import Agent, VueDeListe

PARAMETRES_MAX = 2000
# Never part of a view: where one is in the list, and what protects the forms.
IGNORES = ("page", "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Liste:
    """`adresse()` → address of the list; `permission`: who may see it; `parametres`: names that a view may keep."""

    nom: str
    titre: str
    adresse: Callable
    permission: str
    parametres: frozenset


_listes: dict[str, Liste] = {}


def inscrire_liste(nom: str, titre: str, adresse: Callable, permission: str, parametres) -> None:
    _listes[nom] = Liste(nom, titre, adresse, permission, frozenset(parametres))


def la_liste(nom: str) -> Liste | None:
    return _listes.get(nom)


@dataclass(frozen=True)
class Vue:
    """A view as a list shows it."""

    pk: int
    nom: str
    requete: str
    auteur: str
    est_par_defaut: bool

    @classmethod
    def lue(cls, agent, pk, nom, parametres, proprietaire, auteur, par_defaut):
        """From texts read in a compound statement. `auteur` is empty on the agent's own views."""
        sienne = str(proprietaire) == str(agent.pk)
        return cls(pk, nom, parametres, "" if sienne else auteur, sienne and str(par_defaut).lower() in ("1", "true"))

    def est_appliquee(self, requete: str) -> bool:
        return cle_de_requete(self.requete) == cle_de_requete(requete)


def cle_de_requete(requete: str) -> list:
    """Two query strings that ask the same thing have the same key: order and empty values do not count."""
    lus = [(nom, v) for nom, valeurs in QueryDict(requete).lists() for v in valeurs if nom not in IGNORES]
    return sorted((nom, partie) for nom, v in lus for partie in v.split(".") if partie)


def nettoyer_parametres(liste: Liste, brut: str) -> str:
    """The query string that a view may keep. Raises ActeRefuse when it is too long."""
    lus = QueryDict(brut[: PARAMETRES_MAX * 4], mutable=True)
    for nom in list(lus):
        if nom in IGNORES or nom not in liste.parametres:
            del lus[nom]
    propre = lus.urlencode()
    if len(propre) > PARAMETRES_MAX:
        raise ActeRefuse("Ces filtres sont trop longs pour être enregistrés : retirez-en.")
    return propre


def par_defaut(agent, liste: str) -> str | None:
    """Query string of the agent's default view, or None."""
    vues = VueDeListe.objects.filter(agent=agent, liste=liste, est_par_defaut=True)
    return vues.values_list("parametres", flat=True).first()


def applicables(agent, liste: str) -> list[Vue]:
    """The agent's views of a list and those that others share, in the order of their names: one query."""
    lues = VueDeListe.objects.visibles_par(agent).filter(liste=liste)
    lues = lues.values_list("pk", "nom", "parametres", "agent_id", "agent__last_name", "est_par_defaut")
    return sorted((Vue.lue(agent, *lue) for lue in lues), key=lambda vue: vue.nom.casefold())


def enregistrer(liste: Liste, *, par, nom: str, parametres: str, est_partagee=False, est_par_defaut=False):
    """(view, True when it is new). A view of the same name is replaced: saving again is how one corrects it."""
    propre = nettoyer_parametres(liste, parametres)
    with transaction.atomic():
        _verrouiller(par)
        vue = VueDeListe.objects.filter(agent=par, liste=liste.nom, nom=nom).first()
        nouvelle = vue is None
        vue = vue or VueDeListe(agent=par, liste=liste.nom, nom=nom)
        vue.parametres = propre
        _regler(vue, est_partagee=est_partagee, est_par_defaut=est_par_defaut)
    return vue, nouvelle


def modifier(vue: VueDeListe, *, par, nom: str, est_partagee: bool, est_par_defaut: bool):
    """Rename, share, choose by default. Raises ActeRefuse when another view of the agent has this name."""
    with transaction.atomic():
        _verrouiller(par)
        if VueDeListe.objects.filter(agent=par, liste=vue.liste, nom=nom).exclude(pk=vue.pk).exists():
            raise ActeRefuse(f"Vous avez déjà une vue « {nom} » : choisissez un autre nom.")
        vue.nom = nom
        _regler(vue, est_partagee=est_partagee, est_par_defaut=est_par_defaut)
    return vue


def _verrouiller(agent) -> None:
    Agent.objects.select_for_update().get(pk=agent.pk)


def _regler(vue, *, est_partagee, est_par_defaut):
    if est_par_defaut:
        autres = VueDeListe.objects.filter(agent=vue.agent, liste=vue.liste, est_par_defaut=True)
        autres.exclude(pk=vue.pk).update(est_par_defaut=False)
    vue.est_partagee, vue.est_par_defaut = est_partagee, est_par_defaut
    vue.full_clean()
    vue.save()
