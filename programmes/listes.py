"""The list of dossiers: what is filtered, its order, its totals, its rows. No query depends on the number of rows."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import QueryDict

from dpid.montants import somme
from dpid.tableaux import Colonne, Tableau
from programmes.filters import DossierFilter, etiquettes
from programmes.models import Dossier, LigneTerritoire

PAR_PAGE = 100
COOKIE = "filtres_dossiers"
# key of the query string → (title, ordering)
TRIS = {
    "structure": ("Structure", ("structure__cle", "pk")),
    "dispositif": ("Dispositif", ("dispositif__thematique__numero", "dispositif__reference", "pk")),
    "etat": ("État", ("etat", "pk")),
    "demande": ("Demandé", ("demande", "pk")),
    "propose": ("Proposé", ("propose", "pk")),
    "retenu": ("Retenu", ("retenu", "pk")),
}
EXPORT = [
    Colonne("Dossier", "nombre", 9), Colonne("Année", "nombre", 7), Colonne("Dispositif", largeur=12),
    Colonne("Intitulé du dispositif", largeur=36), Colonne("Structure", largeur=40), Colonne("SIRET", largeur=16),
    Colonne("Action", largeur=40), Colonne("Territoires", largeur=26), Colonne("État", largeur=18),
    Colonne("Origine", largeur=22), Colonne("Demandé", "montant", 15), Colonne("Proposé", "montant", 15),
    Colonne("Retenu", "montant", 15),
]  # fmt: skip


@dataclass
class PageDeDossiers:
    """`nombre` and `totaux` (euros) are those of everything that is filtered, not of the page."""

    filtre: DossierFilter
    parametres: QueryDict
    queryset: object
    tri: str

    def totaux(self) -> dict:
        # An aggregate named like the annotation that it adds up would silently return 0.
        sommes = {f"total_{c}": somme(c) for c in ("demande", "propose", "retenu")}
        return self.queryset.order_by().aggregate(nombre=Count("pk"), **sommes)

    def page(self, nombre: int):
        paginator = Paginator(self.queryset, PAR_PAGE)
        paginator.count = nombre  # already counted with the totals
        page = paginator.get_page(self.parametres.get("page"))
        page.object_list = list(page.object_list)
        poser_territoires(page.object_list)
        return page

    def etiquettes(self) -> list[dict]:
        return etiquettes(self.filtre, self.parametres)

    def colonnes(self) -> list[dict]:
        """Headers that sort: title, link, direction announced to screen readers."""
        colonnes = []
        for cle, (titre, _) in TRIS.items():
            sens = {cle: "ascending", f"-{cle}": "descending"}.get(self.tri, "none")
            colonnes.append(
                {
                    "titre": titre,
                    "sens": sens,
                    "requete": self.requete(tri=f"-{cle}" if sens == "ascending" else cle),
                    "est_montant": cle in ("demande", "propose", "retenu"),
                }
            )
        return colonnes

    def requete(self, **changements) -> str:
        """The query string of this list with `changements`."""
        parametres = self.parametres.copy()
        parametres.pop("page", None)
        for cle, valeur in changements.items():
            parametres[cle] = valeur
        return parametres.urlencode()

    def en_tableau(self) -> Tableau:
        """Exactly what is on screen, every page of it."""
        dossiers = list(self.queryset)
        poser_territoires(dossiers)
        lignes = [
            (
                d.pk, d.dispositif.thematique.appel.annee, d.dispositif.reference, d.dispositif.titre,
                d.structure.raison_sociale, d.structure.siret or "", d.intitule, d.territoires, d.get_etat_display(),
                d.get_origine_display(), d.demande, d.propose, d.retenu,
            )
            for d in dossiers
        ]  # fmt: skip
        return Tableau("Dossiers", EXPORT, lignes, ["Dossiers", *(e["texte"] for e in self.etiquettes())])


def lire(request) -> PageDeDossiers:
    """The list that the address asks for; without any parameter, the one that was left, or the current exercice."""
    parametres = request.GET.copy()
    if not parametres:
        parametres = QueryDict(request.COOKIES.get(COOKIE, ""), mutable=True)
    if not parametres and request.session.get("exercice"):
        parametres["annee"] = str(request.session["exercice"])
    dossiers = Dossier.objects.visibles_par(request.user).avec_totaux()
    dossiers = dossiers.select_related("structure", "dispositif__thematique__appel")
    filtre = DossierFilter(parametres, queryset=dossiers)
    tri = parametres.get("tri", "")
    cles = TRIS.get(tri.removeprefix("-"), TRIS["structure"])[1]
    ordre = [f"-{c}" for c in cles] if tri.startswith("-") else cles
    return PageDeDossiers(filtre, parametres, filtre.qs.order_by(*ordre), tri)


def retenir(reponse, liste: PageDeDossiers):
    """Keep the filters for the way back. A cookie, because reading a page writes nothing in the database."""
    reponse.set_cookie(COOKIE, liste.parametres.urlencode(), httponly=True, samesite="Lax", path="/dossiers/")
    return reponse


def poser_territoires(dossiers) -> None:
    """`dossier.territoires` = « Artois, Ternois », each once, in the order entered: one query for the page."""
    libelles: dict[int, dict[str, None]] = {}
    placements = LigneTerritoire.objects.filter(ligne__dossier__in=[d.pk for d in dossiers])
    placements = placements.order_by("ligne__ordre", "ligne_id", "ordre", "pk")
    for dossier, libelle in placements.values_list("ligne__dossier_id", "territoire__libelle"):
        libelles.setdefault(dossier, {})[libelle] = None
    for dossier in dossiers:
        dossier.territoires = ", ".join(libelles.get(dossier.pk, ()))
