"""The list of dossiers: its filters, its columns, its order, its first column."""

from functools import cached_property

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from programmes import colonnes
from programmes.colonnes import CATALOGUE
from programmes.filters import DossierFilter
from programmes.models import Dossier
from programmes.options import LISTE
from programmes.pages_de_liste import PAR_PAGE, PageDeListe, colonnes_et_ordre, parametres_de

__all__ = ["PAR_PAGE", "PARAMETRES", "PageDeDossiers", "composer", "lire"]

# Everything that the address of the list may say, and that a saved view may keep.
PARAMETRES = (*DossierFilter.base_filters, "tri", "col")
CASE = "<td><input type=checkbox name=d value={} aria-labelledby=d{}>"
PREMIERE = '<th scope=row class=colle id=d{}><a href="{}">{}</a>{}'


class PageDeDossiers(PageDeListe):
    NOM, ADRESSE, TITRE, CATALOGUE = LISTE, "/dossiers/", "Dossiers", CATALOGUE
    MONTANTS = ("demande", "propose", "retenu")
    SANS_FILTRE = {"annee": ""}  # otherwise the current exercice would come back

    def vues_lues(self):
        return self.filtre.options["vues"]

    @cached_property
    def _adresse(self) -> str:
        # Once for the page: the resolver takes longer to find an address than to print a row.
        return reverse("dossier", args=[0])

    def _motif(self, avec_cases):
        return f"{CASE if avec_cases else ''}{PREMIERE}"

    def _rang(self, lu, avec_cases):
        pk, structure, intitule = lu[:3]
        action = mark_safe(f"<br>{conditional_escape(intitule)}") if intitule else ""  # noqa: S308 - escaped here
        cases = (pk, pk) if avec_cases else ()
        return (*cases, pk, self._adresse.replace("/0/", f"/{pk}/"), structure, action)


def lire(request) -> PageDeDossiers:
    """The list that the address asks for; without any parameter: the one that was left, else the agent's default view,
    else the current exercice."""
    parametres = parametres_de(request, LISTE)
    if not parametres and request.session.get("exercice"):
        parametres["annee"] = str(request.session["exercice"])
    return composer(request.user, parametres)


def composer(agent, parametres: QueryDict) -> PageDeDossiers:
    """The list of `agent` for these parameters; those that mean nothing are ignored."""
    parametres = parametres.copy()
    montrees, ordre = colonnes_et_ordre(CATALOGUE, parametres)
    tri = parametres.get("tri", "")
    dossiers = Dossier.objects.visibles_par(agent).avec_totaux()
    dossiers = colonnes.annoter(dossiers, {tri.removeprefix("-"), *(c.cle for c in montrees)})
    filtre = DossierFilter(parametres, queryset=dossiers, agent=agent)
    return PageDeDossiers(filtre, parametres, filtre.qs.order_by(*ordre), tri, montrees)
