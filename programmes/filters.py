"""What a list of dossiers or structures can be narrowed to. Two queries feed the three selects of the call."""

import django_filters
from django import forms
from django.db.models import Q
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join

from dpid.models import Territoire
from programmes.models import AppelAProjets, Dispositif, Dossier, Financement, LigneTerritoire, Structure

CHAMP = {"class": "form-control form-control-sm"}
LISTE = {"class": "form-select form-select-sm"}
SELECTIONNEE = flatatt({"selected": True})


class ListeDeroulante(forms.Select):
    """A select without groups. Django renders two templates per option: more than the rows of the list themselves."""

    def render(self, name, value, attrs=None, renderer=None):
        choisies = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((cle, SELECTIONNEE if str(cle) in choisies else "", libelle) for cle, libelle in self.choices),
        )
        attributs = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>\n{}\n</select>', name, attributs, options)


def _liste(libelle, vide="Tous", choices=(), **options):
    return django_filters.ChoiceFilter(
        label=libelle, empty_label=vide, widget=ListeDeroulante(attrs=LISTE), choices=choices, **options
    )


class DossierFilter(django_filters.FilterSet):
    annee = _liste("Année", field_name="dispositif__thematique__appel__annee")
    thematique = _liste("Thématique", field_name="dispositif__thematique")
    dispositif = _liste("Dispositif", field_name="dispositif")
    etat = _liste("État", choices=Dossier.Etat.choices)
    territoire = _liste("Territoire", method="filtrer_territoire")
    structure = django_filters.CharFilter(
        label="Structure", method="filtrer_structure", widget=forms.TextInput(attrs={**CHAMP, "type": "search"})
    )
    origine = _liste("Origine", "Toutes", choices=Dossier.Origine.choices)
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
        lus = Dispositif.objects.filter(thematique__appel__annee__in=voulus).values_list(
            "thematique__appel__annee", "thematique", "thematique__numero", "thematique__titre",
            "pk", "reference", "libelle_court", "titre",
        ).order_by("-thematique__appel__annee", "thematique__numero", "reference")  # fmt: skip
        thematiques, dispositifs = {}, []
        for an, thematique, numero, intitule, pk, reference, libelle_court, titre in lus:
            millesime = "" if annee else f"{an} – "
            thematiques[thematique] = f"{millesime}{numero}. {intitule}"
            dispositifs.append((pk, f"{millesime}{reference} {libelle_court or titre}"))
        self._choisir("annee", [(a, a) for a in annees])
        self._choisir("thematique", list(thematiques.items()))
        self._choisir("dispositif", dispositifs)
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
    type = _liste("Type", choices=Structure.Type.choices)
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
