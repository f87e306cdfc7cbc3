"""Filters of the lists of dossiers and of their lines: one query each, and no duplicate row."""

from django.contrib.admin import SimpleListFilter

from dpid.models import Territoire
from programmes.instruction.completude import incomplets
from programmes.models import AppelAProjets, Dispositif, LigneTerritoire, Thematique


class FiltreDeDossier(SimpleListFilter):
    """`vers_dossier`: path from the listed model to the dossier (empty for the dossiers themselves)."""

    vers_dossier = ""
    chemin = ""

    def queryset(self, request, queryset):
        connues = {str(cle) for cle, _ in self.lookup_choices}
        if self.value() not in connues:
            return queryset
        return queryset.filter(**{f"{self.vers_dossier}{self.chemin}": self.value()})


class ParAnnee(FiltreDeDossier):
    title, parameter_name, chemin = "année", "annee", "dispositif__thematique__appel__annee"

    def lookups(self, request, model_admin):
        return [(annee, str(annee)) for annee in AppelAProjets.objects.values_list("annee", flat=True)]


def _de_l_annee(requete, chemin, annee):
    return requete.filter(**{chemin: annee}) if annee and annee.isascii() and annee.isdigit() else requete


class ParThematique(FiltreDeDossier):
    """Numbers and titles change every year: the year is said unless it is already chosen."""

    title, parameter_name, chemin = "thématique", "thematique", "dispositif__thematique"

    def lookups(self, request, model_admin):
        annee = request.GET.get("annee")
        trouvees = _de_l_annee(Thematique.objects.select_related("appel"), "appel__annee", annee)
        return [
            (t.pk, f"{t.numero}. {t.titre}" if annee else f"{t.appel.annee} – {t.numero}. {t.titre}") for t in trouvees
        ]


class ParDispositif(FiltreDeDossier):
    title, parameter_name, chemin = "dispositif", "dispositif", "dispositif"

    def lookups(self, request, model_admin):
        annee = request.GET.get("annee")
        trouves = Dispositif.objects.select_related("thematique__appel")
        trouves = _de_l_annee(trouves, "thematique__appel__annee", annee)
        return [
            (d.pk, f"{d.reference} {d.libelle_imprime}" if annee else f"{d.thematique.appel.annee} – {d}")
            for d in trouves
        ]


class ParTerritoire(FiltreDeDossier):
    title, parameter_name = "territoire", "territoire"

    def lookups(self, request, model_admin):
        return [(t.pk, t.libelle) for t in Territoire.objects.all()]

    def queryset(self, request, queryset):
        if self.value() not in {str(cle) for cle, _ in self.lookup_choices}:
            return queryset
        placements = LigneTerritoire.objects.filter(territoire=self.value())
        champ = "ligne" if self.vers_dossier else "ligne__dossier"
        return queryset.filter(pk__in=placements.order_by().values(champ))


class PiecesManquantes(SimpleListFilter):
    title, parameter_name = "pièces", "pieces"

    def lookups(self, request, model_admin):
        return [("manquantes", "Pièces manquantes")]

    def queryset(self, request, queryset):
        return incomplets(queryset) if self.value() == "manquantes" else queryset


def filtres_pour(vers_dossier: str = "") -> list:
    """The four filters, for the dossiers (`""`) or for their lines (`"dossier__"`)."""
    bases = (ParAnnee, ParThematique, ParDispositif, ParTerritoire)
    return [type(b.__name__, (b,), {"vers_dossier": vers_dossier}) for b in bases]
