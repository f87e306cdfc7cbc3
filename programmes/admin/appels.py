"""The yearly call in the admin: thématiques, dispositifs, fiches with all their rows, and the referentials they use."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch

from dpid.admin_actes import ActeDAdmin, AvecActes
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, EnLigneLecture, FormsetEnLigne, montant
from dpid.admin_echanges import Exportable, Importable
from programmes.appels.echeancier import exces
from programmes.appels.forms import ChoixDeTypes
from programmes.appels.ouverture import appel_suivant, ouvrir_suivant
from programmes.appels.relecture import declarer_relue
from programmes.models import (
    AppelAProjets,
    CadreStrategique,
    ContactDispositif,
    CoutUnitaire,
    Critere,
    Dispositif,
    Fiche,
    Indicateur,
    PieceExigee,
    ResultatAttendu,
    SessionDepot,
    Suivi,
    Thematique,
    TypeAgrement,
    TypePiece,
    VersementPrevu,
)
from programmes.perms import peut_modifier_fiche
from programmes.regles import couts_incoherents
from programmes.resources import DispositifResource


def _ouvrir(appel, agent, form):
    suivant, _ = ouvrir_suivant(appel, par=agent)
    return f"L’appel {suivant.annee} est ouvert : relisez chacune de ses fiches."


OUVRIR = ActeDAdmin(
    nom="ouvrir_suivant",
    titre="Ouvrir l’année suivante",
    permis=lambda appel, agent: appel_suivant(appel) is None,
    accomplir=_ouvrir,
    consequence=lambda appel: (
        f"Tout l’appel {appel.annee} est recopié vers {appel.annee + 1} : thématiques, dispositifs, fiches et leurs "
        "règles, dates avancées d’un an. Chaque fiche sera à relire."
    ),
    permission="programmes.ouvrir_appel",
)
RELIRE = ActeDAdmin(
    nom="relire",
    titre="Fiche relue",
    permis=lambda fiche, agent: fiche.relue_le is None and peut_modifier_fiche(agent, fiche.dispositif),
    accomplir=lambda fiche, agent, form: declarer_relue(fiche, par=agent),
    consequence=lambda fiche: "La fiche porte la date du jour et s’imprime sans la mention « PROJET ».",
    succes="La fiche est déclarée relue.",
    permission="programmes.change_fiche",
    en_lot=True,
)


@admin.register(AppelAProjets)
class AppelAdmin(AvecActes, AvecHistorique, AdminBase):
    class ThematiqueEnLigne(EnLigne):
        model = Thematique
        show_change_link = True

    actes_de_procedure = (OUVRIR,)
    list_display = ["annee", "titre", "debut", "fin"]
    list_display_links = ["annee", "titre"]
    search_fields = ["titre", "annee"]
    readonly_fields = ["copie_de"]
    inlines = [ThematiqueEnLigne]


@admin.register(Thematique)
class ThematiqueAdmin(AvecHistorique, AdminBase):
    class DispositifEnLigne(EnLigneLecture):
        model = Dispositif
        fields = readonly_fields = ["reference", "titre", "service", "ligne_par_defaut"]

    list_display = ["titre", "numero", "appel", "titre_axe"]
    list_select_related = ["appel"]
    list_filter = ["appel"]
    search_fields = ["titre", "appel__annee"]
    inlines = [DispositifEnLigne]


class DeSonService:
    """An instructor changes the dispositifs and fiches of their services, as on the daily pages."""

    @staticmethod
    def dispositif_de(objet) -> Dispositif:
        return objet

    def has_change_permission(self, request, obj=None):
        permis = super().has_change_permission(request, obj)
        if not permis or obj is None or obj.pk is None:
            return permis
        return peut_modifier_fiche(request.user, self.dispositif_de(obj))


@admin.register(Dispositif)
class DispositifAdmin(DeSonService, Importable, Exportable, AvecHistorique, AdminBase):
    resource_classes = [DispositifResource]
    list_display = ["reference", "titre", "thematique", "service", "service_local", "ligne_par_defaut"]
    list_display_links = ["reference", "titre"]
    list_filter = ["thematique__appel", "service", "service_local"]
    search_fields = ["reference", "titre", "libelle_court", "thematique__appel__annee"]
    autocomplete_fields = ["thematique", "ligne_par_defaut", "precedent"]
    fieldsets = [
        (None, {"fields": ["thematique", "reference", "titre", "libelle_court", "precedent"]}),
        ("Instruction", {"fields": ["service", "service_local", "delai_avis", "avis_echu", "instance_externe"]}),
        ("Budget", {"fields": ["ligne_par_defaut", "sources_par_defaut"]}),
        ("Condition suspensive", {"fields": ["condition_suspensive", "condition_levee_le"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("thematique__appel", "service", "ligne_par_defaut")


class TypesDeStructure:
    """The JSON lists of types of structure are ticked, not typed."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in ("types_eligibles", "types_structure", "exigee_pour"):
            texte = "Plusieurs choix possibles (Ctrl) ; aucun : tous."
            if db_field.name == "exigee_pour":
                texte = "Plusieurs choix possibles (Ctrl) ; aucun : exigée par les seules fiches."
            champ = ChoixDeTypes(label=db_field.verbose_name.capitalize(), help_text=texte)
            champ.widget.attrs["aria-label"] = str(champ.label)
            return champ
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class FormsetDesVersements(FormsetEnLigne):
    def clean(self):
        super().clean()
        saisis = [f.cleaned_data for f in self.forms if getattr(f, "cleaned_data", None)]
        if phrase := exces(d.get("pourcentage") for d in saisis if not d.get("DELETE")):
            raise ValidationError(phrase)


class FormsetDesCouts(FormsetEnLigne):
    def clean(self):
        super().clean()
        saisis = [f.cleaned_data for f in self.forms if getattr(f, "cleaned_data", None)]
        unites = [d["unite"] for d in saisis if d.get("unite") and not d.get("DELETE")]
        if phrase := couts_incoherents(self.instance.cout_unitaire, self.instance.unite, unites):
            raise ValidationError(phrase)


def en_ligne(modele, *, formset=FormsetEnLigne, exclude=()):
    """The inline of a list of the fiche."""
    options = {"model": modele, "formset": formset, "exclude": list(exclude), "__module__": __name__}
    return type(f"{modele.__name__}EnLigne", (TypesDeStructure, EnLigne), options)


@admin.register(Fiche)
class FicheAdmin(DeSonService, TypesDeStructure, AvecActes, AvecHistorique, AdminBase):
    actes_de_procedure = (RELIRE,)
    list_display = ["dispositif", "appel", "service", montant("enveloppe"), "relue_le"]
    list_filter = ["dispositif__thematique__appel", "dispositif__service", ("relue_le", admin.EmptyFieldListFilter)]
    search_fields = ["dispositif__reference", "dispositif__titre"]
    autocomplete_fields = ["dispositif"]
    readonly_fields = ["relue_le"]
    inlines = [
        en_ligne(CoutUnitaire, formset=FormsetDesCouts), en_ligne(SessionDepot),
        en_ligne(VersementPrevu, formset=FormsetDesVersements), en_ligne(ResultatAttendu),
        en_ligne(Suivi), en_ligne(Indicateur), en_ligne(Critere), en_ligne(PieceExigee), en_ligne(ContactDispositif),
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["dispositif", "relue_le"]}),
        ("Présentation", {"fields": [
            "contexte", "objectifs", "phasage", "modalites_accueil", "profil_professionnel", "resultats_attendus",
        ]}),
        ("Public, porteurs, territoires", {"fields": [
            "public", "age_min", "age_max", "age_min_etendu", "porteurs", "types_eligibles", "agrements_exiges",
            "territoires",
        ]}),
        ("Dépôt et durée", {"fields": [
            "depot", "est_contact_obligatoire", "contact_prealable", "duree_mois", "duree_max_mois",
            "duree_max_annees",
        ]}),
        ("Règles de financement", {"fields": [
            "cout_unitaire", "unite", "cout_pour_mois", "forfait", "taux_plafond", "taux_indirect_max", "enveloppe",
            "est_poste_finance",
        ]}),
        ("Suivi et bilan", {"fields": [
            "bilan", "bilan_delai_mois", "bilan_jour", "bilan_mois", "cadres",
        ]}),
    ]  # fmt: skip

    @staticmethod
    def dispositif_de(objet):
        return objet.dispositif

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "cadres":
            kwargs["queryset"] = CadreStrategique.objects.select_related("parent")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request):
        fiches = super().get_queryset(request).select_related("dispositif__thematique__appel", "dispositif__service")
        # A reader sees the cadres as a text, each with its parent.
        return fiches.prefetch_related(Prefetch("cadres", CadreStrategique.objects.select_related("parent")))

    @admin.display(description="appel", ordering="dispositif__thematique__appel__annee")
    def appel(self, fiche):
        return fiche.dispositif.thematique.appel.annee

    @admin.display(description="service", ordering="dispositif__service")
    def service(self, fiche):
        return fiche.dispositif.service


@admin.register(CadreStrategique)
class CadreAdmin(AdminBase):
    class ElementEnLigne(EnLigne):
        model = CadreStrategique
        verbose_name = "élément"
        verbose_name_plural = "ambitions, engagements, objectifs"

    list_display = ["libelle", "parent", "debut", "fin", "code"]
    list_filter = [("parent", admin.EmptyFieldListFilter)]
    list_select_related = ["parent"]
    search_fields = ["libelle", "code"]
    inlines = [ElementEnLigne]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Two levels: a cadre, and its ambitions or engagements."""
        if db_field.name == "parent":
            kwargs["queryset"] = CadreStrategique.objects.filter(parent__isnull=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("parent")


@admin.register(TypePiece)
class TypePieceAdmin(TypesDeStructure, AdminBase):
    list_display = ["libelle", "code", "est_du_dossier", "validite_mois", "est_confidentielle", "ordre"]
    list_filter = ["est_du_dossier", "est_confidentielle"]
    search_fields = ["libelle", "code"]


@admin.register(TypeAgrement)
class TypeAgrementAdmin(AdminBase):
    list_display = ["libelle", "code", "ordre"]
    search_fields = ["libelle", "code"]
