"""What a list of dossiers or structures can be narrowed to. Two queries feed the three selects of the call."""

import django_filters
from django import forms
from django.db.models import Q

from dpid.models import Territoire
from programmes.models import AppelAProjets, Dispositif, Dossier, Financement, LigneTerritoire, Structure

CHAMP = {"class": "form-control form-control-sm"}
LISTE = {"class": "form-select form-select-sm"}


def _liste(libelle, **options):
    return django_filters.ChoiceFilter(
        label=libelle, empty_label="Tous", widget=forms.Select(attrs=LISTE), choices=[], **options
    )


class DossierFilter(django_filters.FilterSet):
    annee = _liste("Année", field_name="dispositif__thematique__appel__annee")
    thematique = _liste("Thématique", field_name="dispositif__thematique")
    dispositif = _liste("Dispositif", field_name="dispositif")
    etat = django_filters.ChoiceFilter(
        label="État", empty_label="Tous", choices=Dossier.Etat.choices, widget=forms.Select(attrs=LISTE)
    )
    territoire = _liste("Territoire", method="filtrer_territoire")
    structure = django_filters.CharFilter(
        label="Structure", method="filtrer_structure", widget=forms.TextInput(attrs={**CHAMP, "type": "search"})
    )
    origine = django_filters.ChoiceFilter(
        label="Origine", empty_label="Toutes", choices=Dossier.Origine.choices, widget=forms.Select(attrs=LISTE)
    )

    a_imputer = django_filters.BooleanFilter(
        label="À imputer seulement", method="filtrer_a_imputer", widget=forms.CheckboxInput()
    )

    class Meta:
        model = Dossier
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        annee = self.data.get("annee", "")
        annees = AppelAProjets.objects.filter(thematiques__dispositifs__isnull=False).distinct()
        annees = list(annees.order_by("-annee").values_list("annee", flat=True))
        # Of the year on screen only: twenty years of dispositifs cost more than the hundred rows of the page.
        voulus = [a for a in annees if annee in ("", str(a))]
        de_l_annee = Dispositif.objects.filter(thematique__appel__annee__in=voulus)
        de_l_annee = list(de_l_annee.select_related("thematique__appel").order_by(
            "-thematique__appel__annee", "thematique__numero", "reference"
        ))  # fmt: skip
        thematiques = dict.fromkeys(d.thematique for d in de_l_annee)

        def millesime(thematique):
            return "" if annee else f"{thematique.appel.annee} – "

        self._choisir("annee", [(a, a) for a in annees])
        self._choisir("thematique", [(t.pk, f"{millesime(t)}{t.numero}. {t.titre}") for t in thematiques])
        self._choisir(
            "dispositif",
            [(d.pk, f"{millesime(d.thematique)}{d.reference} {d.libelle_imprime}") for d in de_l_annee],
        )
        self._choisir("territoire", list(Territoire.objects.values_list("pk", "libelle")))

    def _choisir(self, nom, choix):
        self.filters[nom].extra["choices"] = choix

    def filtrer_territoire(self, queryset, name, value):
        """A grouping (« Lens-Hénin ») answers for each of the territoires that it includes."""
        territoires = Territoire.objects.filter(Q(pk=value) | Q(inclus=value)).exclude(exclus=value)
        return queryset.filter(
            pk__in=LigneTerritoire.objects.filter(territoire__in=territoires).values("ligne__dossier")
        )

    def filtrer_a_imputer(self, queryset, name, value):
        return a_imputer(queryset) if value else queryset

    def filtrer_structure(self, queryset, name, value):
        return queryset.filter(structure__in=Structure.objects.rechercher(value).order_by().values("pk"))


def a_imputer(dossiers):
    """Dossiers before the vote, one financement of which has neither an AE nor an outside source."""
    sans_ligne = Financement.objects.filter(autorisation__isnull=True, source__isnull=True)
    ouverts = [Dossier.Etat.EN_INSTRUCTION, Dossier.Etat.PROPOSE, Dossier.Etat.INSCRIT]
    return dossiers.filter(etat__in=ouverts, pk__in=sans_ligne.values("ligne__dossier"))


class StructureFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="Nom, sigle, alias ou SIRET",
        method="filtrer_texte",
        widget=forms.TextInput(attrs={**CHAMP, "type": "search"}),
    )
    type = django_filters.ChoiceFilter(
        label="Type", empty_label="Tous", choices=Structure.Type.choices, widget=forms.Select(attrs=LISTE)
    )
    a_completer = django_filters.BooleanFilter(
        label="À compléter seulement", method="filtrer_a_completer", widget=forms.CheckboxInput()
    )

    class Meta:
        model = Structure
        fields = ()

    def filtrer_texte(self, queryset, name, value):
        return queryset.rechercher(value)

    def filtrer_a_completer(self, queryset, name, value):
        return queryset.filter(Q(est_a_completer=True) | Q(siret__isnull=True)) if value else queryset


def etiquettes(filtre, parametres) -> list[dict]:
    """Active filters as tags: what each says, and the query string without it.

    The year stays as an explicit « no year » once removed: otherwise the current exercice would come back.
    """
    tags = []
    filtre.form.is_valid()  # an unknown value is ignored, the others still count
    for nom, valeur in filtre.form.cleaned_data.items():
        if valeur in (None, "", False):
            continue
        champ = filtre.form.fields[nom]
        libelles = {str(cle): libelle for cle, libelle in getattr(champ, "choices", [])}
        sans = parametres.copy()
        sans.pop("page", None)
        sans[nom] = ""
        texte = champ.label if valeur is True else f"{champ.label} : {libelles.get(str(valeur), valeur)}"
        tags.append({"texte": texte, "requete": sans.urlencode()})
    return tags
