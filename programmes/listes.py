"""The list of dossiers: what is filtered, its order, its totals, its rows. No query depends on the number of rows.

A row of the screen is plain texts made once in Python: a hundred dossiers and their four parents as model objects,
then a filter per amount in the template, cost more than everything else on the page.
"""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse

from dpid.montants import euros, somme
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
LUS = (
    "pk", "structure__raison_sociale", "intitule", "dispositif__reference", "dispositif__libelle_court",
    "dispositif__titre", "etat", "demande", "propose", "retenu",
)  # fmt: skip
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
        lus = self.queryset.order_by().values("pk", "demande", "propose", "retenu")
        return lus.aggregate(nombre=Count("pk"), **sommes)

    def page(self, nombre: int):
        """The page that the address asks for, its rows ready to print."""
        paginator = Paginator(self.queryset.values_list(*LUS), PAR_PAGE)
        paginator.count = nombre  # already counted with the totals
        page = paginator.get_page(self.parametres.get("page"))
        page.object_list = rangees(list(page.object_list))
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
        territoires = territoires_de([d.pk for d in dossiers])
        lignes = [
            (
                d.pk, d.dispositif.thematique.appel.annee, d.dispositif.reference, d.dispositif.titre,
                d.structure.raison_sociale, d.structure.siret or "", d.intitule, territoires.get(d.pk, ""),
                d.get_etat_display(), d.get_origine_display(), d.demande, d.propose, d.retenu,
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


def rangees(dossiers: list[tuple]) -> list[dict]:
    """Values of `LUS` → what a row prints: texts only, amounts already formatted."""
    territoires = territoires_de([d[0] for d in dossiers])
    # Once for the page: the resolver takes longer to find an address than the template to print a row.
    adresse = reverse("dossier", args=[0])
    etats = dict(Dossier.Etat.choices)
    return [
        {
            "adresse": adresse.replace("/0/", f"/{pk}/"),
            "structure": structure,
            "intitule": intitule,
            "dispositif": f"{reference} {libelle_court or titre}",
            "territoires": territoires.get(pk, ""),
            "etat": etat,
            "libelle_etat": etats[etat],
            "demande": euros(demande),
            "propose": euros(propose),
            "retenu": euros(retenu),
        }
        for pk, structure, intitule, reference, libelle_court, titre, etat, demande, propose, retenu in dossiers
    ]


def territoires_de(dossiers: list[int]) -> dict[int, str]:
    """{dossier id: « Artois, Ternois »}, each once, in the order entered: one query for the page."""
    libelles: dict[int, dict[str, None]] = {}
    placements = LigneTerritoire.objects.filter(ligne__dossier__in=dossiers)
    placements = placements.order_by("ligne__ordre", "ligne_id", "ordre", "pk")
    for dossier, libelle in placements.values_list("ligne__dossier_id", "territoire__libelle"):
        libelles.setdefault(dossier, {})[libelle] = None
    return {dossier: ", ".join(vus) for dossier, vus in libelles.items()}
