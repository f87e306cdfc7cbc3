"""What was voted and signed: read, exported, downloaded; never written here."""

from django.contrib import admin

from deliberations.models import Deliberation, DocumentDeDeliberation, ImputationVotee, VisaRapport
from deliberations.resources import DeliberationResource, ImputationResource
from dpid.admin import lien_pdf
from dpid.admin_base import EnLigneLecture, LectureSeule, montant
from dpid.admin_echanges import Exportable

CHIFFRES = [montant("ae", "AE"), montant("disponible"), montant("proposition"), montant("solde")]


@admin.register(VisaRapport)
class VisaAdmin(LectureSeule):
    list_display = ["le", "rapport", "etape", "par", "annule_le"]
    list_filter = ["etape", ("le", admin.DateFieldListFilter)]
    search_fields = ["rapport__numero", "par__last_name", "commentaire"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "par")


class ImputationEnLigne(EnLigneLecture):
    model = ImputationVotee
    show_change_link = False
    fields = readonly_fields = ["ordre", "code", "imputation", "libelle", *CHIFFRES]


class DocumentEnLigne(EnLigneLecture):
    model = DocumentDeDeliberation
    show_change_link = False
    fields = readonly_fields = ["nature", "telecharger"]

    def get_queryset(self, request):
        lus = super().get_queryset(request).select_related("document")
        return lus.defer("document__pdf", "document__contexte")

    @admin.display(description="PDF")
    def telecharger(self, lien):
        return lien_pdf(lien.document)


@admin.register(Deliberation)
class DeliberationAdmin(Exportable, LectureSeule):
    resource_classes = [DeliberationResource]
    list_display = ["numero", "date", "titre", "resultat", "rapport", "par"]
    list_filter = ["resultat", ("date", admin.DateFieldListFilter)]
    search_fields = ["numero", "titre"]
    inlines = [ImputationEnLigne, DocumentEnLigne]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "par")


@admin.register(ImputationVotee)
class ImputationAdmin(Exportable, LectureSeule):
    resource_classes = [ImputationResource]
    list_display = ["deliberation", "ordre", "code", "libelle", *CHIFFRES]
    list_filter = [("deliberation__date", admin.DateFieldListFilter)]
    search_fields = ["deliberation__numero", "code", "libelle"]
    fields = ["deliberation", "autorisation", "ordre", "code", "imputation", "libelle", *CHIFFRES]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("deliberation", "autorisation__ligne")


@admin.register(DocumentDeDeliberation)
class DocumentDeDeliberationAdmin(LectureSeule):
    list_display = ["deliberation", "nature", "telecharger"]
    list_filter = ["nature"]
    search_fields = ["deliberation__numero", "nature"]
    fields = ["deliberation", "nature", "telecharger"]
    readonly_fields = fields

    def get_queryset(self, request):
        lus = super().get_queryset(request).select_related("deliberation", "document")
        return lus.defer("document__pdf", "document__contexte")

    @admin.display(description="PDF")
    def telecharger(self, lien):
        return lien_pdf(lien.document)
