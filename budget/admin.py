"""Budget in the admin: lines are reference data, totals move only with the ledger, movements are read."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse

from budget import actes
from budget.forms import AffectationForm, NouvelleAEForm, VoteForm
from budget.models import (
    AutorisationEngagement,
    DisponibleConstate,
    Inscription,
    LigneBudgetaire,
    Mouvement,
    Volet,
)
from budget.resources import AffectationHorsResource, AutorisationResource, LigneResource, MouvementResource
from dpid.admin_actes import ActeDAdmin, AvecActes
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, LectureSeule, montant
from dpid.admin_echanges import Exportable, Importable
from dpid.erreurs import ActeRefuse
from dpid.montants import euros

SAISIR = "budget.saisir_mouvement"


@admin.register(LigneBudgetaire)
class LigneBudgetaireAdmin(Importable, Exportable, AvecHistorique, AdminBase):
    class VoletEnLigne(EnLigne):
        model = Volet

    resource_classes = [LigneResource]
    list_display = ["code", "libelle", "nature", "fonction", "sens", "rang"]
    list_filter = ["sens", "nature"]
    search_fields = ["code", "libelle"]
    autocomplete_fields = ["predecesseur"]
    inlines = [VoletEnLigne]


@admin.register(Volet)
class VoletAdmin(AdminBase):
    list_display = ["libelle", "ligne"]
    list_select_related = ["ligne"]
    search_fields = ["libelle", "ligne__code"]
    autocomplete_fields = ["ligne"]


@admin.register(Inscription)
class InscriptionAdmin(AvecHistorique, AdminBase):
    list_display = ["exercice", "ligne", montant("montant", "montant inscrit"), "source"]
    list_select_related = ["ligne"]
    list_filter = ["exercice"]
    search_fields = ["ligne__code", "ligne__libelle", "source"]


def _peut_saisir(ae, agent) -> bool:
    return agent.has_perm(SAISIR)


def _reste(ae) -> str:
    return (
        f"AE votée {euros(ae.vote, True)}, affecté {euros(ae.affecte, True)}, disponible {euros(ae.disponible, True)}, "
        f"{euros(ae.disponible_apres_reserve, True)} une fois déduit le réservé."
    )


@admin.register(AutorisationEngagement)
class AutorisationAdmin(AvecActes, Exportable, AvecHistorique, AdminBase):
    """Born with its first vote; every later change of a total is an act with its document."""

    totaux = [
        montant("vote", "AE votée"),
        montant("affecte", "affecté"),
        montant("engage", "dont engagé"),
        montant("reserve", "réservé"),
    ]
    resource_classes = [AutorisationResource]
    list_display = ["ligne", "millesime", *totaux, "caduque_le"]
    list_filter = ["millesime", "caduque_le"]
    search_fields = ["ligne__code", "ligne__libelle", "libelle"]
    fields = ["ligne", "millesime", "exercice_fin", "libelle", *totaux, "caduque_le", "note"]
    readonly_fields = ["ligne", "millesime", *totaux]
    actes_de_procedure = (
        ActeDAdmin(
            "voter", "Voter ou modifier l’AE", _peut_saisir,
            lambda ae, agent, form: actes.voter(ae, par=agent, **form.cleaned_data),
            form=lambda data, ae: VoteForm(data), consequence=_reste, permission=SAISIR,
            succes="Le vote est enregistré : l’AE votée a changé de ce montant.",
        ),
        ActeDAdmin(
            "affecter", "Saisir une affectation hors application", _peut_saisir,
            lambda ae, agent, form: actes.affecter_hors_application(ae, par=agent, **form.cleaned_data),
            form=lambda data, ae: AffectationForm(data), consequence=_reste, permission=SAISIR,
            succes="L’affectation est enregistrée : le disponible a changé de ce montant.",
        ),
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("ligne")

    def has_add_permission(self, request):
        return request.user.has_perm(SAISIR)

    def add_view(self, request, form_url="", extra_context=None):
        """An AE without a vote is nothing: the page that adds one is the page that votes it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NouvelleAEForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                ae, ecrit = actes.ouvrir_ae(par=request.user, **form.cleaned_data)
            except ActeRefuse as refus:
                form.add_error(None, str(refus))
            else:
                messages.success(request, f"{ae} : {euros(ae.vote, True)} votés.")
                return HttpResponseRedirect(reverse("admin:budget_autorisationengagement_change", args=[ae.pk]))
        acte = {"titre": "Voter l’AE"}
        fiche = reverse("admin:budget_autorisationengagement_changelist")
        return self._page(request, "admin/dpid/acte.html", "Voter une AE", {"acte": acte, "form": form, "fiche": fiche})


@admin.register(Mouvement)
class MouvementAdmin(Importable, Exportable, LectureSeule):
    """The ledger. What was affected outside the application enters by file; nothing here is ever changed."""

    resource_classes = [MouvementResource]
    list_display = ["date_effet", "autorisation", "nature", "compteur", montant("montant"), "piece", "par"]
    list_filter = [
        ("date_effet", admin.DateFieldListFilter), "nature", "compteur", "autorisation__millesime",
    ]  # fmt: skip
    search_fields = ["piece", "motif", "autorisation__ligne__code"]
    fields = [
        "autorisation", "nature", "compteur", montant("montant"), "date_effet", "enregistre_le", "piece", "motif",
        "par", "cle",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("autorisation__ligne", "par")

    def has_import_permission(self, request):
        return request.user.has_perm(SAISIR)

    def get_import_resource_classes(self, request):
        return [AffectationHorsResource]


@admin.register(DisponibleConstate)
class DisponibleConstateAdmin(LectureSeule):
    chiffres = [montant("montant", "constaté"), montant("calcule", "calculé"), montant("ecart", "écart", triable=False)]
    list_display = ["le", "autorisation", *chiffres, "par"]
    list_filter = [("le", admin.DateFieldListFilter)]
    search_fields = ["autorisation__ligne__code", "explication"]
    fields = ["autorisation", "le", *chiffres, "explication", "par", "enregistre_le"]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("autorisation__ligne", "par")
