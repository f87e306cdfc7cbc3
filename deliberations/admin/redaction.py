"""What a rapport says beside its lines, and what was sent of it: annexes, revenue, visas, avis, editions."""

from django.contrib import admin

from deliberations import plan
from deliberations.models import (
    AnnexePresentee,
    AvisDeCommission,
    DocumentDEdition,
    EditionDuRapport,
    Justification,
    Rapport,
    RecetteProposee,
    Transmission,
    VisaJuridique,
)
from dpid.admin import lien_pdf
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, EnLigneLecture, LectureSeule, est_fige
from dpid.erreurs import ActeRefuse

HORS_COMMISSION = (
    "L’avis d’une commission s’enregistre quand le rapport lui a été envoyé, et ne se modifie plus quand les élus "
    "l’ont reçu."
)


class AnnexeEnLigne(EnLigneLecture):
    """Added, moved and taken out on the daily page, where who refers to them is seen; edited on their own page."""

    model = AnnexePresentee
    fields = readonly_fields = ["ordre", "cle", "nature", "intitule"]


class RecetteEnLigne(EnLigne):
    model = RecetteProposee
    fields = ["ordre", "inscription", "section", "montant", "objet"]
    autocomplete_fields = ["inscription"]
    show_change_link = False


class VisaJuridiqueEnLigne(EnLigne):
    model = VisaJuridique
    fields = ["ordre", "texte"]
    autocomplete_fields = ["texte"]


class AvisEnLigne(EnLigneLecture):
    model = AvisDeCommission
    fields = readonly_fields = ["commission", "date", "sens", "observations"]


class EditionEnLigne(EnLigneLecture):
    model = EditionDuRapport
    fields = readonly_fields = ["rang", "destinataires", "motif", "par", "le"]


@admin.register(AnnexePresentee)
class AnnexeAdmin(AvecHistorique, AdminBase):
    visible_par = ("rapport", Rapport)
    list_display = ["intitule", "cle", "nature", "rapport", "ordre"]
    list_filter = ["nature", "rapport__etat"]
    search_fields = ["cle", "titre", "rapport__numero"]
    readonly_fields = ["rapport", "cle", "nature", "ordre", "thematique", "bloc"]
    fields = [
        "rapport", "cle", "nature", "ordre", "titre", "thematique", "texte", "nature_acte", "objet", "parties",
        "regroupement", "bloc",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "thematique", "bloc")

    def has_add_permission(self, request):
        return False

    def raison_de_ne_pas_modifier(self, request, obj):
        return obj.rapport.raison_du_gel() if est_fige(obj) else ""

    def delete_model(self, request, obj):
        plan.supprimer(obj)


@admin.register(AvisDeCommission)
class AvisAdmin(AvecHistorique, AdminBase):
    list_display = ["rapport", "commission", "date", "sens"]
    list_filter = ["sens", "commission", ("date", admin.DateFieldListFilter)]
    search_fields = ["rapport__numero", "rapport__titre", "observations"]
    autocomplete_fields = ["rapport", "commission"]
    fields = ["rapport", "commission", "date", "sens", "observations"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "commission")

    def get_readonly_fields(self, request, obj=None):
        return ["rapport"] if obj else []

    def raison_de_ne_pas_modifier(self, request, obj):
        """Said to who could otherwise modify it; the others are simply refused."""
        peut = request.user.has_perm("deliberations.change_avisdecommission")
        return HORS_COMMISSION if peut and not obj.rapport.recoit_les_avis else ""

    def save_model(self, request, obj, form, change):
        if not obj.rapport.recoit_les_avis:
            raise ActeRefuse(HORS_COMMISSION)
        super().save_model(request, obj, form, change)


class DocumentDEditionEnLigne(EnLigneLecture):
    model = DocumentDEdition
    show_change_link = False
    fields = readonly_fields = ["nature", "telecharger"]

    def get_queryset(self, request):
        lus = super().get_queryset(request).select_related("document")
        return lus.defer("document__pdf", "document__contexte")

    @admin.display(description="PDF")
    def telecharger(self, lien):
        return lien_pdf(lien.document)


@admin.register(EditionDuRapport)
class EditionAdmin(LectureSeule):
    list_display = ["rapport", "rang", "destinataires", "le", "par", "motif"]
    list_filter = ["destinataires", ("le", admin.DateFieldListFilter)]
    search_fields = ["rapport__numero", "rapport__titre", "motif"]
    fields = readonly_fields = ["rapport", "rang", "destinataires", "motif", "par", "le", "ce_qui_change"]
    inlines = [DocumentDEditionEnLigne]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "par")

    @admin.display(description="différences avec la précédente")
    def ce_qui_change(self, edition):
        return " ; ".join(edition.differences) or "aucune"


@admin.register(Transmission)
class TransmissionAdmin(LectureSeule):
    list_display = ["deliberation", "transmise_le", "recue_le", "publiee_le", "executoire_le"]
    list_filter = [("transmise_le", admin.DateFieldListFilter)]
    search_fields = ["deliberation__numero"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("deliberation")


@admin.register(Justification)
class JustificationAdmin(LectureSeule):
    list_display = ["rapport", "regle", "lieu", "motif", "par", "le"]
    list_filter = ["regle"]
    search_fields = ["rapport__numero", "motif"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "par")
