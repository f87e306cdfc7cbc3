"""The assembly: members and their mandates, groups, commissions, signatories, rules, declared interests, texts."""

from django.contrib import admin

from deliberations.models import (
    Commission,
    Elu,
    Groupe,
    Interet,
    Mandat,
    RegleAssemblee,
    Signataire,
    TexteJuridique,
)
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne


class MandatEnLigne(EnLigne):
    model = Mandat
    fields = ["instance", "debut", "fin", "prenom", "nom", "groupe", "a_voix", "qualite"]


@admin.register(Elu)
class EluAdmin(AdminBase):
    list_display = ["__str__", "code", "ordre"]
    search_fields = ["code", "mandats__nom", "mandats__prenom"]
    inlines = [MandatEnLigne]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("mandats__elu")


@admin.register(Groupe)
class GroupeAdmin(AdminBase):
    list_display = ["libelle", "code", "ordre"]
    search_fields = ["libelle", "code"]


@admin.register(Commission)
class CommissionAdmin(AdminBase):
    list_display = ["numero", "libelle"]
    search_fields = ["libelle"]


@admin.register(RegleAssemblee)
class RegleAdmin(AdminBase):
    list_display = ["instance", "debut", "fin", "compte_representes", "delegations_max", "source"]
    list_select_related = ["instance"]
    search_fields = ["source"]


@admin.register(Signataire)
class SignataireAdmin(AdminBase):
    list_display = ["nom", "prenom", "qualite", "portee", "debut", "fin"]
    search_fields = ["nom", "prenom", "qualite"]


@admin.register(Interet)
class InteretAdmin(AdminBase):
    """Seen by the secrétariat des assemblées alone."""

    list_display = ["elu", "structure", "qualite", "debut", "fin"]
    search_fields = ["elu__mandats__nom", "structure__raison_sociale"]
    autocomplete_fields = ["elu", "structure"]

    def get_queryset(self, request):
        lus = super().get_queryset(request) & Interet.objects.visibles_par(request.user)
        return lus.select_related("structure", "elu").prefetch_related("elu__mandats__elu")


@admin.register(TexteJuridique)
class TexteAdmin(AvecHistorique, AdminBase):
    list_display = ["code", "nature", "texte", "numero", "en_vigueur_du", "en_vigueur_au"]
    list_filter = ["nature"]
    search_fields = ["code", "texte", "numero"]
