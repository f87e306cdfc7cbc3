"""The yearly call, its thématiques and dispositifs, the register of structures, the sources of money."""

from django.contrib import admin

from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, FormulaireDAdmin
from dpid.admin_echanges import Exportable, Importable
from programmes.models import (
    AliasStructure,
    AppelAProjets,
    Dispositif,
    SourceFinancement,
    Structure,
    Thematique,
)
from programmes.resources import DispositifResource, StructureResource


@admin.register(AppelAProjets)
class AppelAdmin(AvecHistorique, AdminBase):
    class ThematiqueEnLigne(EnLigne):
        model = Thematique
        show_change_link = True

    list_display = ["annee", "titre"]
    list_display_links = ["annee", "titre"]
    search_fields = ["titre", "annee"]
    inlines = [ThematiqueEnLigne]


@admin.register(Thematique)
class ThematiqueAdmin(AvecHistorique, AdminBase):
    list_display = ["titre", "numero", "appel"]
    list_select_related = ["appel"]
    list_filter = ["appel"]
    search_fields = ["titre", "appel__annee"]


@admin.register(Dispositif)
class DispositifAdmin(Importable, Exportable, AvecHistorique, AdminBase):
    resource_classes = [DispositifResource]
    list_display = ["reference", "titre", "thematique", "service", "ligne_par_defaut"]
    list_display_links = ["reference", "titre"]
    list_filter = ["thematique__appel", "service"]
    search_fields = ["reference", "titre", "libelle_court", "thematique__appel__annee"]
    autocomplete_fields = ["thematique", "ligne_par_defaut"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("thematique__appel", "service", "ligne_par_defaut")


@admin.register(SourceFinancement)
class SourceAdmin(AdminBase):
    list_display = ["libelle", "code"]
    search_fields = ["libelle", "code"]


class StructureForm(FormulaireDAdmin):
    """An agent pastes « 480 543 982 00023 »: the spaces go before the length is judged."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        champ = self.fields.get("siret")
        if champ is not None:
            champ.max_length = None
            champ.widget.attrs.pop("maxlength", None)
            champ.validators = [v for v in champ.validators if getattr(v, "code", "") != "max_length"]

    def clean_siret(self):
        return "".join((self.cleaned_data["siret"] or "").split()) or None


@admin.register(Structure)
class StructureAdmin(Importable, Exportable, AvecHistorique, AdminBase):
    class AliasEnLigne(EnLigne):
        model = AliasStructure

    form = StructureForm
    resource_classes = [StructureResource]
    list_display = ["raison_sociale", "sigle", "type", "siret", "est_a_completer"]
    list_filter = ["type", "est_a_completer"]
    search_fields = ["raison_sociale", "sigle", "siret", "cle", "alias__cle"]
    inlines = [AliasEnLigne]
