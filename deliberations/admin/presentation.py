"""The outline of a rapport: thématiques, opérations, propositions. Lines enter and leave through its verbs."""

from django.contrib import admin

from deliberations.models import OperationPresentee, Proposition, Rapport, ThematiquePresentee
from dpid.admin import Cases
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, est_fige
from programmes.models import Dispositif

RETRAIT = "Retirée depuis l’administration."


class PartieAdmin(AdminBase):
    """A part is saved under the lock of its rapport; it is created on the page of its parent."""

    def has_add_permission(self, request):
        return False

    def raison_de_ne_pas_modifier(self, request, obj):
        # The rapport decides; its sentence is read without locking it (`decideur` would, on a mere page).
        return obj.le_rapport.raison_du_gel() if est_fige(obj) else ""

    def save_model(self, request, obj, form, change):
        obj.le_rapport.verrouiller_ouvert()
        super().save_model(request, obj, form, change)


class OperationEnLigne(EnLigne):
    model = OperationPresentee
    fields = ["numero", "titre", "libelle_court", "ordre"]
    show_change_link = True


@admin.register(ThematiquePresentee)
class ThematiquePresenteeAdmin(AvecHistorique, PartieAdmin):
    visible_par = ("rapport", Rapport)
    list_display = ["titre", "numero", "rapport", "ordre"]
    list_filter = ["rapport__etat"]
    search_fields = ["titre", "rapport__numero"]
    fields = ["rapport", "thematique", "numero", "titre", "mot", "compte", "ordre", "texte"]
    readonly_fields = ["rapport", "thematique"]
    inlines = [OperationEnLigne]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rapport__seance__instance", "thematique")


class PropositionEnLigne(EnLigne):
    """Lines already placed: their order and the wording of their act."""

    model = Proposition
    fields = ["ordre", "ligne_placee", "annexe", "formule_acte"]
    readonly_fields = ["ligne_placee"]
    verbose_name_plural = "lignes inscrites (cocher « Supprimer » retire la ligne du rapport)"

    def has_add_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).filter(est_active=True).select_related("ligne__dossier__structure")

    @admin.display(description="ligne")
    def ligne_placee(self, proposition):
        return f"{proposition.ligne} – {proposition.ligne.dossier.structure}"


class NouvellePropositionEnLigne(EnLigne):
    """A line to place; only a proposed dossier enters a rapport."""

    model = Proposition
    fields = ["ligne", "annexe", "formule_acte"]
    autocomplete_fields = ["ligne"]
    extra = 1
    can_delete = False
    verbose_name_plural = "lignes à inscrire"

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).none()


@admin.register(OperationPresentee)
class OperationPresenteeAdmin(AvecHistorique, PartieAdmin):
    visible_par = ("thematique__rapport", Rapport)
    list_display = ["titre", "numero", "libelle_court", "thematique", "rapport_affiche", "ordre"]
    list_filter = ["thematique__rapport__etat"]
    search_fields = ["titre", "libelle_court", "thematique__rapport__numero"]
    fields = [
        "thematique",
        "numero",
        "titre",
        "libelle_court",
        "ordre",
        "dispositifs",
        "descriptif",
        "bilan",
        "proposition",
    ]
    readonly_fields = ["thematique"]
    inlines = [PropositionEnLigne, NouvellePropositionEnLigne]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("thematique__rapport__seance__instance", "thematique__thematique")
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        formulaire = super().get_form(request, obj, change=change, **kwargs)
        champ = formulaire.base_fields.get("dispositifs")
        if obj is not None and champ is not None:
            appel = obj.thematique.thematique.appel_id
            dispositifs = Dispositif.objects.filter(thematique__appel=appel)
            champ.queryset = dispositifs.order_by("thematique__numero", "reference")
        return formulaire

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, widget=Cases(), **kwargs)

    def save_formset(self, request, form, formset, change):
        if formset.model is not Proposition:
            super().save_formset(request, form, formset, change)
            return
        objets = formset.save(commit=False)
        rapport = form.instance.le_rapport
        for proposition in formset.deleted_objects:
            rapport.retirer(proposition, par=request.user, motif=RETRAIT)
        for proposition in objets:
            if proposition.pk:
                proposition.save()
                continue
            creee = rapport.inscrire(
                proposition.ligne, form.instance, par=request.user, annexe=proposition.annexe,
                formule_acte=proposition.formule_acte,
            )  # fmt: skip
            proposition.pk = creee.pk

    @admin.display(description="rapport")
    def rapport_affiche(self, operation):
        return operation.le_rapport


@admin.register(Proposition)
class PropositionAdmin(PartieAdmin):
    visible_par = ("operation__thematique__rapport", Rapport)
    list_display = ["ligne", "structure", "operation", "rapport_affiche", "ordre", "est_active"]
    list_filter = ["operation__thematique__rapport__etat", "est_active"]
    search_fields = ["ligne__dossier__structure__cle", "operation__titre", "operation__thematique__rapport__numero"]
    fields = ["ligne", "operation", "ordre", "annexe", "formule_acte", "est_active"]
    readonly_fields = ["ligne", "operation", "est_active"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(
            "ligne__dossier__structure", "operation__thematique__rapport__seance__instance"
        )  # fmt: skip

    def delete_model(self, request, obj):
        obj.le_rapport.retirer(obj, par=request.user, motif=RETRAIT)

    @admin.display(description="structure", ordering="ligne__dossier__structure__raison_sociale")
    def structure(self, proposition):
        return proposition.ligne.dossier.structure

    @admin.display(description="rapport")
    def rapport_affiche(self, proposition):
        return proposition.le_rapport
