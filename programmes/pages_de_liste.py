"""What every list of officers is made of: filters, columns, order, saved views, the way back, its export.

No query depends on the number of rows. A row of the screen is texts written once in Python over the pattern of the
chosen columns: a hundred rows and their parents as model objects, then a filter per amount in the template, cost more
than everything else on the page. A list declares its columns (`Catalogue`), its filters and its first column.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from dpid import vues
from dpid.montants import somme
from dpid.tableaux import Tableau
from programmes.colonnes_de_liste import Catalogue, Lecture
from programmes.filters import etiquettes

PAR_PAGE = 100


@dataclass
class PageDeListe:
    """A list as one address asks for it. `totaux()` (euros) are those of everything that is filtered."""

    filtre: object
    parametres: QueryDict
    queryset: object
    tri: str
    colonnes: list

    NOM: ClassVar[str]  # of its saved views, of its export
    ADRESSE: ClassVar[str]
    TITRE: ClassVar[str]
    CATALOGUE: ClassVar[Catalogue]
    MONTANTS: ClassVar[tuple[str, ...]] = ()
    SANS_FILTRE: ClassVar[dict[str, str]] = {}

    def vues_lues(self) -> list:
        """The saved views that the agent may apply."""
        raise NotImplementedError

    def _rang(self, lu: tuple, avec_cases: bool) -> tuple:
        """What fills `_motif` for one row."""
        raise NotImplementedError

    def _motif(self, avec_cases: bool) -> str:
        """HTML of the first cells of a row."""
        raise NotImplementedError

    def totaux(self) -> dict:
        # An aggregate named like the annotation that it adds up would silently return 0.
        sommes = {f"total_{c}": somme(c) for c in self.MONTANTS}
        lus = self.queryset.order_by().values("pk", *self.MONTANTS)
        return lus.aggregate(nombre=Count("pk"), **sommes)

    def page(self, nombre: int):
        """The page that the address asks for; its rows are what `rangees` writes."""
        paginator = Paginator(self.queryset.values_list(*self.lecture.chemins), PAR_PAGE)
        paginator.count = nombre  # already counted with the totals
        return paginator.get_page(self.parametres.get("page"))

    @cached_property
    def lecture(self) -> Lecture:
        return Lecture(self.CATALOGUE, self.colonnes)

    def rangees(self, page, avec_cases: bool = False) -> SafeString:
        """The `<tr>` of the page: texts escaped by `format_html_join`, the patterns are ours."""
        motif = f"<tr>{self._motif(avec_cases)}{self.lecture.motif()}"
        lus = self.lecture.lire(list(page.object_list))
        return format_html_join("\n", motif, ([*self._rang(lu, avec_cases), *self.lecture.textes(lu)] for lu in lus))

    def identifiants(self) -> list[int]:
        """Of everything that is filtered, in the order of the screen."""
        return list(self.queryset.values_list("pk", flat=True))

    def etiquettes(self) -> list[dict]:
        return etiquettes(self.filtre, self.parametres)

    def en_tetes(self) -> list[dict]:
        """Headers: title, link that sorts, direction announced to screen readers."""
        premiere = {"titre": self.CATALOGUE.titre_premiere, "classe": "colle", **self._tri(self.CATALOGUE.cle_premiere)}
        suite = [
            {"titre": c.titre, "classe": "montant" if c.est_montant else "", **(self._tri(c.cle) if c.tri else {})}
            for c in self.colonnes
        ]
        return [premiere, *suite]

    def _tri(self, cle: str) -> dict:
        sens = {cle: "ascending", f"-{cle}": "descending"}.get(self.tri, "none")
        return {"sens": sens, "requete": self.requete(tri=f"-{cle}" if sens == "ascending" else cle)}

    @property
    def est_large(self) -> bool:
        """More columns than a 1366-pixel screen holds."""
        return len(self.colonnes) > 8

    def choix_de_colonnes(self) -> list[dict]:
        montrees = {c.cle for c in self.colonnes}
        toutes = self.CATALOGUE.colonnes.values()
        return [{"cle": c.cle, "titre": c.titre, "est_montree": c.cle in montrees} for c in toutes]

    def caches(self, *sauf) -> list[tuple]:
        """(name, value) of what a form of the list must carry along, but for the names that it asks itself."""
        exclus = {"page", *sauf}
        return [(nom, v) for nom, valeurs in self.parametres.lists() for v in valeurs if v and nom not in exclus]

    def caches_des_filtres(self) -> list[tuple]:
        return self.caches(*self.filtre.form.fields)

    def caches_des_colonnes(self) -> list[tuple]:
        return self.caches("col")

    def requete(self, **changements) -> str:
        """The query string of this list with `changements`."""
        parametres = self.parametres.copy()
        parametres.pop("page", None)
        for cle, valeur in changements.items():
            parametres[cle] = valeur
        return parametres.urlencode()

    def sans_filtre(self) -> str:
        """Query string of « tout effacer »: order and columns stay."""
        reste = QueryDict(mutable=True)
        reste.update(self.SANS_FILTRE)
        for nom in ("tri", "col"):
            if self.parametres.getlist(nom):
                reste.setlist(nom, self.parametres.getlist(nom))
        return reste.urlencode()

    def vues(self) -> list[dict]:
        """Saved views, the one on screen marked."""
        courante = self.requete()
        return [{"vue": v, "est_appliquee": v.est_appliquee(courante)} for v in self.vues_lues()]

    def en_tableau(self) -> Tableau:
        """Exactly what is on screen, every page of it."""
        lues, n = self.lecture.lire(self.queryset), len(self.CATALOGUE.premiere)
        lignes = [[*lu[:n], *self.lecture.cellules(lu)] for lu in lues]
        titres = [*self.CATALOGUE.en_tetes, *(c.en_tete() for c in self.colonnes)]
        return Tableau(self.TITRE, titres, lignes, [self.TITRE, *(e["texte"] for e in self.etiquettes())])

    def retenir(self, reponse):
        """Keep the filters for the way back. A cookie, because reading a page writes nothing in the database."""
        texte = self.parametres.urlencode()
        if len(texte) < 3500:  # more than a browser keeps
            reponse.set_cookie(cookie(self.NOM), texte, httponly=True, samesite="Lax", path=self.ADRESSE)
        return reponse


def cookie(nom: str) -> str:
    return f"filtres_{nom}"


def parametres_de(request, nom: str) -> QueryDict:
    """What the address asks; without any parameter: the list that was left, else the agent's default view."""
    parametres = request.GET.copy()
    if not parametres:
        parametres = QueryDict(request.COOKIES.get(cookie(nom), ""), mutable=True)
    if not parametres:
        parametres = QueryDict(vues.par_defaut(request.user, nom) or "", mutable=True)
    return parametres


def colonnes_et_ordre(catalogue: Catalogue, parametres: QueryDict) -> tuple[list, list[str]]:
    """Columns and order that `parametres` asks; those that mean nothing are ignored. Writes `col` as one value."""
    cles = [cle for v in parametres.getlist("col") for cle in v.split(".")]
    if cles:  # one value instead of twenty in each link of the page
        parametres["col"] = ".".join(c for c in dict.fromkeys(cles) if c in catalogue.colonnes)
    tri = parametres.get("tri", "")
    colonne = catalogue.colonnes.get(tri.removeprefix("-"))
    tries = (colonne.tri if colonne else ()) or catalogue.tri
    signe = "-" if tri.startswith("-") else ""
    return catalogue.choisies(cles), [f"{signe}{c}" for c in (*tries, "pk")]
