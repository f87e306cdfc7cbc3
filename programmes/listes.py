"""The list of dossiers: what is filtered, its columns, its order, its totals. No query depends on the number of rows.

A row of the screen is texts written once in Python over the pattern of the chosen columns: a hundred dossiers and their
parents as model objects, then a filter per amount in the template, cost more than everything else on the page.
"""

from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dpid import vues
from dpid.montants import somme
from dpid.tableaux import Tableau
from programmes import colonnes
from programmes.colonnes import COLONNES, EN_TETES, TRI_STRUCTURE, Lecture
from programmes.filters import DossierFilter, etiquettes
from programmes.models import Dossier
from programmes.options import LISTE

PAR_PAGE = 100
COOKIE = "filtres_dossiers"
MONTANTS = ("demande", "propose", "retenu")
# Everything that the address of the list may say, and that a saved view may keep.
PARAMETRES = (*DossierFilter.base_filters, "tri", "col")
CASE = "<td><input type=checkbox name=d value={} aria-labelledby=d{}>"
PREMIERE = '<th scope=row class=colle id=d{}><a href="{}">{}</a>{}'


@dataclass
class PageDeDossiers:
    """`totaux()` (euros) are those of everything that is filtered, not of the page."""

    filtre: DossierFilter
    parametres: QueryDict
    queryset: object
    tri: str
    colonnes: list

    def totaux(self) -> dict:
        # An aggregate named like the annotation that it adds up would silently return 0.
        sommes = {f"total_{c}": somme(c) for c in MONTANTS}
        lus = self.queryset.order_by().values("pk", *MONTANTS)
        return lus.aggregate(nombre=Count("pk"), **sommes)

    def page(self, nombre: int):
        """The page that the address asks for; its rows are what `rangees` writes."""
        paginator = Paginator(self.queryset.values_list(*self.lecture.chemins), PAR_PAGE)
        paginator.count = nombre  # already counted with the totals
        return paginator.get_page(self.parametres.get("page"))

    @cached_property
    def lecture(self) -> Lecture:
        return Lecture(self.colonnes)

    def rangees(self, page, avec_cases: bool) -> SafeString:
        """The `<tr>` of the page: texts escaped by `format_html_join`, the patterns are ours."""
        # Once for the page: the resolver takes longer to find an address than to print a row.
        adresse = reverse("dossier", args=[0])
        motif = f"<tr>{CASE if avec_cases else ''}{PREMIERE}{self.lecture.motif()}"
        return format_html_join("\n", motif, (self._rang(lu, adresse, avec_cases) for lu in self._lus(page)))

    def _lus(self, page) -> list[tuple]:
        return self.lecture.lire(list(page.object_list))

    def _rang(self, lu: tuple, adresse: str, avec_cases: bool) -> list:
        pk, structure, intitule = lu[:3]
        action = mark_safe(f"<br>{conditional_escape(intitule)}") if intitule else ""  # noqa: S308 - escaped here
        cases = (pk, pk) if avec_cases else ()
        return [*cases, pk, adresse.replace("/0/", f"/{pk}/"), structure, action, *self.lecture.textes(lu)]

    def identifiants(self) -> list[int]:
        """Of everything that is filtered, in the order of the screen: what « tous les dossiers filtrés » means."""
        return list(self.queryset.values_list("pk", flat=True))

    def etiquettes(self) -> list[dict]:
        return etiquettes(self.filtre, self.parametres)

    def en_tetes(self) -> list[dict]:
        """Headers: title, link that sorts, direction announced to screen readers."""
        premiere = {"titre": "Structure", "classe": "colle", **self._tri("structure")}
        suite = [
            {"titre": c.titre, "classe": "montant" if c.est_montant else "", **(self._tri(c.cle) if c.tri else {})}
            for c in self.colonnes
        ]
        return [premiere, *suite]

    def _tri(self, cle: str) -> dict:
        sens = {cle: "ascending", f"-{cle}": "descending"}.get(self.tri, "none")
        return {"sens": sens, "requete": self.requete(tri=f"-{cle}" if sens == "ascending" else cle)}

    def choix_de_colonnes(self) -> list[dict]:
        montrees = {c.cle for c in self.colonnes}
        return [{"cle": c.cle, "titre": c.titre, "est_montree": c.cle in montrees} for c in COLONNES.values()]

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
        reste["annee"] = ""
        for nom in ("tri", "col"):
            if self.parametres.getlist(nom):
                reste.setlist(nom, self.parametres.getlist(nom))
        return reste.urlencode()

    def vues(self) -> list[dict]:
        """Saved views, the one on screen marked."""
        courante = self.requete()
        return [{"vue": v, "est_appliquee": v.est_appliquee(courante)} for v in self.filtre.options["vues"]]

    def en_tableau(self) -> Tableau:
        """Exactly what is on screen, every page of it."""
        lignes = [[*lu[:3], *self.lecture.cellules(lu)] for lu in self.lecture.lire(self.queryset)]
        titres = [*EN_TETES, *(c.en_tete() for c in self.colonnes)]
        return Tableau("Dossiers", titres, lignes, ["Dossiers", *(e["texte"] for e in self.etiquettes())])


def lire(request) -> PageDeDossiers:
    """The list that the address asks for; without any parameter: the one that was left, else the agent's default view,
    else the current exercice."""
    parametres = request.GET.copy()
    if not parametres:
        parametres = QueryDict(request.COOKIES.get(COOKIE, ""), mutable=True)
    if not parametres:
        parametres = QueryDict(vues.par_defaut(request.user, LISTE) or "", mutable=True)
    if not parametres and request.session.get("exercice"):
        parametres["annee"] = str(request.session["exercice"])
    return composer(request.user, parametres)


def composer(agent, parametres: QueryDict) -> PageDeDossiers:
    """The list of `agent` for these parameters; those that mean nothing are ignored."""
    parametres = parametres.copy()
    cles = [cle for v in parametres.getlist("col") for cle in v.split(".")]
    if cles:  # one value instead of twenty in each link of the page
        parametres["col"] = ".".join(c for c in dict.fromkeys(cles) if c in COLONNES)
    tri, montrees = parametres.get("tri", ""), colonnes.choisies(cles)
    cle = tri.removeprefix("-")
    dossiers = Dossier.objects.visibles_par(agent).avec_totaux()
    dossiers = colonnes.annoter(dossiers, {cle, *(c.cle for c in montrees)})
    filtre = DossierFilter(parametres, queryset=dossiers, agent=agent)
    tries = (COLONNES[cle].tri if cle in COLONNES else ()) or TRI_STRUCTURE
    signe = "-" if tri.startswith("-") else ""
    ordre = [f"{signe}{c}" for c in (*tries, "pk")]
    return PageDeDossiers(filtre, parametres, filtre.qs.order_by(*ordre), tri, montrees)


def retenir(reponse, liste: PageDeDossiers):
    """Keep the filters for the way back. A cookie, because reading a page writes nothing in the database."""
    texte = liste.parametres.urlencode()
    if len(texte) < 3500:  # more than a browser keeps
        reponse.set_cookie(COOKIE, texte, httponly=True, samesite="Lax", path="/dossiers/")
    return reponse
