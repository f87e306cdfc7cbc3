"""The list of structures in service: its filters, its columns, its order, its first column."""

from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from dpid import vues
from programmes.filters import StructureFilter
from programmes.models import Structure
from programmes.pages_de_liste import PageDeListe, colonnes_et_ordre, parametres_de
from programmes.structures.colonnes import CATALOGUE, annoter

LISTE = "structures"
# Everything that the address of the list may say, and that a saved view may keep.
PARAMETRES = (*StructureFilter.base_filters, "tri", "col")


class PageDeStructures(PageDeListe):
    NOM, ADRESSE, TITRE, CATALOGUE = LISTE, "/structures/", "Structures", CATALOGUE
    # Said explicitly: without any parameter, the list that was left would come back.
    SANS_FILTRE = {"q": ""}

    def vues_lues(self):
        return vues.applicables(self.filtre.agent, LISTE)

    @cached_property
    def _adresse(self) -> str:
        return reverse("structure", args=[0])

    def _motif(self, avec_cases):
        return '<th scope=row class=colle><a href="{}">{}</a>'

    def _rang(self, lu, avec_cases):
        pk, raison_sociale = lu[:2]
        return (self._adresse.replace("/0/", f"/{pk}/"), raison_sociale)


def lire(request) -> PageDeStructures:
    """The list that the address asks for; without any parameter: the one that was left, else the default view."""
    return composer(request.user, parametres_de(request, LISTE))


def composer(agent, parametres: QueryDict) -> PageDeStructures:
    """The list of `agent` for these parameters; those that mean nothing are ignored."""
    parametres = parametres.copy()
    montrees, ordre = colonnes_et_ordre(CATALOGUE, parametres)
    tri = parametres.get("tri", "")
    structures = annoter(Structure.objects.actives(), {tri.removeprefix("-"), *(c.cle for c in montrees)}, agent)
    filtre = StructureFilter(parametres, queryset=structures, agent=agent)
    return PageDeStructures(filtre, parametres, filtre.qs.order_by(*ordre), tri, montrees)
