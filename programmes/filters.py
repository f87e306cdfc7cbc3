"""What a list of dossiers or structures can be narrowed to. Two queries feed all the choices, whatever their number."""

import re

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from dpid.models import Territoire
from dpid.montants import MontantFormField, euros
from dpid.textes import cle_texte
from programmes.instruction.completude import incomplets
from programmes.models import AppelAProjets, Avis, Dossier, Financement, LigneDossier, LigneTerritoire, Structure
from programmes.options import lire_options

CHAMP = {"class": "form-control form-control-sm"}
LISTE = {"class": "form-select form-select-sm"}
SELECTIONNEE, COCHEE = flatatt({"selected": True}), flatatt({"checked": True})
RECHERCHE_MAX = 200  # characters
MOI, PERSONNE = "moi", "aucun"
ACCENTS = {"a": "àâä", "c": "ç", "e": "éèêë", "i": "îï", "o": "ôö", "u": "ùûü", "y": "ÿ"}
LIGATURE = (f"[o{ACCENTS['o']}][e{ACCENTS['e']}]", f"(œ|[o{ACCENTS['o']}][e{ACCENTS['e']}])")


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


class Saisie(forms.TextInput):
    """A text input without the template engine: there are several in each list."""

    def render(self, name, value, attrs=None, renderer=None):
        attributs = {**self.attrs, **(attrs or {})}
        attributs.setdefault("type", "text")
        lu = self.format_value(value)
        return format_html('<input name="{}"{}>', name, flatatt(attributs | ({"value": lu} if lu is not None else {})))


class Case(forms.CheckboxInput):
    def render(self, name, value, attrs=None, renderer=None):
        cochee = COCHEE if self.check_test(value) else ""
        return format_html(
            '<input type="checkbox" name="{}"{}{}>', name, flatatt({**self.attrs, **(attrs or {})}), cochee
        )


class CasesDepliees(forms.CheckboxSelectMultiple):
    """Several choices in the room of one field: a fold that says how many are ticked."""

    def render(self, name, value, attrs=None, renderer=None):
        cochees = {str(v) for v in value or ()}
        cases = format_html_join(
            "\n",
            '<label class="case"><input type="checkbox" name="{}" value="{}"{}> {}</label>',
            ((name, cle, COCHEE if str(cle) in cochees else "", libelle) for cle, libelle in self.choices),
        )
        resume = ", ".join(str(libelle) for cle, libelle in self.choices if str(cle) in cochees) or "Tous"
        nom = self.attrs.get("aria-label", name)
        return format_html(
            '<details class="cases"><summary id="{}" class="form-select form-select-sm" aria-label="{}">{}</summary>'
            '<div class="cases-volet" role="group" aria-label="{}">{}</div></details>',
            (attrs or {}).get("id", f"id_{name}"), f"{nom} : {resume}", resume, nom, cases,
        )  # fmt: skip


class MontantFilter(django_filters.Filter):
    field_class = MontantFormField


def _liste(libelle, vide="Tous", choices=(), **options):
    return django_filters.ChoiceFilter(
        label=libelle, empty_label=vide, widget=ListeDeroulante(attrs=LISTE), choices=choices, **options
    )


def _case(libelle, methode):
    return django_filters.BooleanFilter(label=libelle, method=methode, widget=Case())


def _texte(libelle, methode, **attrs):
    champ = Saisie(attrs={**CHAMP, "type": "search", **attrs})
    return django_filters.CharFilter(label=libelle, method=methode, widget=champ)


def _montant(libelle):
    champ = Saisie(attrs={"class": f"{CHAMP['class']} montant", "inputmode": "decimal"})
    return MontantFilter(label=libelle, method="filtrer_montant", widget=champ)


class DossierFilter(django_filters.FilterSet):
    structure = _texte("Structure, action ou n°", "filtrer_texte")
    annee = _liste("Année", "Toutes", field_name="dispositif__thematique__appel__annee")
    thematique = _liste("Thématique", "Toutes", field_name="dispositif__thematique")
    dispositif = _liste("Dispositif", field_name="dispositif")
    etat = django_filters.MultipleChoiceFilter(
        label="État", choices=Dossier.Etat.choices, distinct=False, widget=CasesDepliees(attrs={"aria-label": "État"})
    )
    territoire = _liste("Territoire", method="filtrer_territoire")
    instructeur = _liste("Instructeur", method="filtrer_instructeur")
    service = _liste("Service instructeur", field_name="dispositif__service")
    session = _liste("Session", "Toutes", field_name="session")
    origine = _liste("Origine", "Toutes", choices=Dossier.Origine.choices)
    type = _liste("Type de structure", choices=Structure.Type.choices, field_name="structure__type")
    montant_de = _liste(
        "Montants comparés", "Demandé", choices=[("propose", "Proposé"), ("retenu", "Retenu")], method="sans_effet"
    )
    montant_min = _montant("D’au moins (€)")
    montant_max = _montant("D’au plus (€)")
    sans_montant = _case("Sans montant proposé", "filtrer_sans_montant")
    pieces_manquantes = _case("Pièces manquantes", "filtrer_pieces_manquantes")
    avis_en_retard = _case("Avis en retard", "filtrer_avis_en_retard")
    a_imputer = _case("À imputer seulement", "filtrer_a_imputer")

    PRINCIPAUX = ("structure", "annee", "thematique", "dispositif", "etat", "territoire", "instructeur")

    class Meta:
        model = Dossier
        fields = ()

    def __init__(self, data, *, agent, **kwargs):
        super().__init__(data, **kwargs)
        self.agent = agent
        self.options = lire_options(agent, self.data.get("annee", ""))
        for nom in ("annee", "thematique", "dispositif", "territoire", "service", "session"):
            self.filters[nom].extra["choices"] = self.options[nom]
        self.filters["instructeur"].extra["choices"] = [
            (MOI, "Mes dossiers"), (PERSONNE, "Sans instructeur"), *self.options["instructeur"],
        ]  # fmt: skip

    def principaux(self) -> list:
        return [self.form[nom] for nom in self.PRINCIPAUX]

    def autres(self) -> list:
        return [champ for champ in self.form if champ.name not in self.PRINCIPAUX]

    def autres_sont_actifs(self) -> bool:
        return any(self.data.get(nom) for nom in self.form.fields if nom not in self.PRINCIPAUX)

    def filtrer_texte(self, queryset, name, value):
        """Structure by name, sigle, alias or SIRET; else all the words in the action; or the number of the dossier."""
        value = value[:RECHERCHE_MAX]
        structures = Structure.objects.rechercher(value).order_by().values("pk")
        trouves = Q(structure__in=structures) | Q(reference_portail=value)
        if value.isascii() and value.isdigit() and len(value) < 9:
            trouves |= Q(pk=int(value))
        mots = cle_texte(value).split()[:8]
        if mots:
            dans_l_action = Q()
            for mot in mots:
                dans_l_action &= Q(intitule__iregex=motif_sans_accents(mot))
            trouves |= dans_l_action
        return queryset.filter(trouves)

    def filtrer_territoire(self, queryset, name, value):
        """A grouping (« Lens-Hénin ») answers for each of the territoires that it includes."""
        territoires = Territoire.objects.filter(Q(pk=value) | Q(inclus=value)).exclude(exclus=value)
        return queryset.filter(
            pk__in=LigneTerritoire.objects.filter(territoire__in=territoires).values("ligne__dossier")
        )

    def filtrer_instructeur(self, queryset, name, value):
        if value == PERSONNE:
            return queryset.filter(instructeur__isnull=True)
        return queryset.filter(instructeur=self.agent.pk if value == MOI else value)

    def sans_effet(self, queryset, name, value):
        """Says which amount the two next ones bound."""
        return queryset

    def filtrer_montant(self, queryset, name, value):
        champ = self.form.cleaned_data.get("montant_de") or "demande"
        return queryset.filter(**{f"{champ}__{'gte' if name == 'montant_min' else 'lte'}": value})

    def filtrer_sans_montant(self, queryset, name, value):
        if not value:
            return queryset
        proposees = LigneDossier.objects.filter(dossier=OuterRef("pk"), propose__isnull=False)
        financees = Financement.objects.filter(ligne__dossier=OuterRef("pk"))
        return queryset.filter(~Exists(proposees), ~Exists(financees))

    def filtrer_pieces_manquantes(self, queryset, name, value):
        return incomplets(queryset) if value else queryset

    def filtrer_avis_en_retard(self, queryset, name, value):
        en_retard = Avis.objects.attendus().filter(dossier=OuterRef("pk"), echeance_le__lt=timezone.localdate())
        return queryset.filter(Exists(en_retard)) if value else queryset

    def filtrer_a_imputer(self, queryset, name, value):
        return a_imputer(queryset) if value else queryset


def motif_sans_accents(mot: str) -> str:
    """Regular expression that finds `mot` (a word of `cle_texte`) under any accents: « oeuvrer » finds « Œuvrer ».

    Neither database compares without accents by itself; both read this.
    """
    lettres = (f"[{lettre}{ACCENTS[lettre]}]" if lettre in ACCENTS else re.escape(lettre) for lettre in mot)
    return "".join(lettres).replace(*LIGATURE)


def a_imputer(dossiers):
    """Dossiers before the vote, one financement of which has neither an AE nor an outside source."""
    sans_ligne = Financement.objects.filter(autorisation__isnull=True, source__isnull=True)
    ouverts = [*Dossier.EN_COURS, Dossier.Etat.PROPOSE, Dossier.Etat.INSCRIT]
    return dossiers.filter(etat__in=ouverts, pk__in=sans_ligne.values("ligne__dossier"))


class StructureFilter(django_filters.FilterSet):
    q = _texte("Nom, sigle, alias ou SIRET", "filtrer_texte")
    type = _liste("Type", choices=Structure.Type.choices)
    annee = _liste("Un dossier en", "Sans condition", method="filtrer_annee")
    a_completer = _case("À compléter seulement", "filtrer_a_completer")

    class Meta:
        model = Structure
        fields = ()

    def __init__(self, data, *, agent, **kwargs):
        super().__init__(data, **kwargs)
        self.agent = agent
        annees = AppelAProjets.objects.order_by("-annee").values_list("annee", flat=True)
        self.filters["annee"].extra["choices"] = [(a, a) for a in annees]

    def filtrer_texte(self, queryset, name, value):
        return queryset.filter(pk__in=Structure.objects.rechercher(value).order_by().values("pk"))

    def filtrer_annee(self, queryset, name, value):
        """Those of which the agent sees a dossier of that call."""
        dossiers = Dossier.objects.visibles_par(self.agent).filter(dispositif__thematique__appel__annee=value)
        return queryset.filter(pk__in=dossiers.order_by().values("structure"))

    def filtrer_a_completer(self, queryset, name, value):
        return queryset.filter(Q(est_a_completer=True) | Q(siret__isnull=True)) if value else queryset


def etiquettes(filtre, parametres) -> list[dict]:
    """Active filters as tags, one per value: what each says, and the query string without it.

    The year stays as an explicit « no year » once removed: otherwise the current exercice would come back.
    """
    tags = []
    filtre.form.is_valid()  # an unknown value is ignored, the others still count
    for nom, valeur in filtre.form.cleaned_data.items():
        champ = filtre.form.fields[nom]
        libelles = {str(cle): libelle for cle, libelle in getattr(champ, "choices", [])}
        for une in valeur if isinstance(valeur, list) else [valeur]:
            if une in (None, "", False):
                continue
            dit = euros(une, True) if isinstance(champ, MontantFormField) else libelles.get(str(une), une)
            texte = champ.label if une is True else f"{champ.label.removesuffix(' (€)')} : {dit}"
            tags.append({"texte": texte, "requete": _sans(parametres, nom, une)})
    return tags


def _sans(parametres, nom, valeur) -> str:
    reste = parametres.copy()
    reste.pop("page", None)
    autres = [v for v in parametres.getlist(nom) if v != str(valeur)] if len(parametres.getlist(nom)) > 1 else []
    reste.setlist(nom, autres or [""])
    return reste.urlencode()
