"""Lines of dossiers: the proposed amount edited in the list, everything that hangs on a line on its own page."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.html import format_html, format_html_join

from budget.models import AutorisationEngagement, Volet
from dpid.admin_base import (
    AdminBase,
    AvecHistorique,
    EnLigne,
    FormsetEnLigne,
    FormulaireDAdmin,
    choix_lus,
    montant,
)
from dpid.admin_echanges import Exportable
from dpid.models import Territoire
from dpid.montants import ZERO, euros
from programmes.admin.dossiers import peut_recevoir
from programmes.admin.filtres import filtres_pour
from programmes.models import (
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    SourceFinancement,
    Ventilation,
)
from programmes.resources import LignesDeDossierResource
from programmes.saisie import supprimer_ligne


class MontantDeListe(forms.TextInput):
    """The amount and, hidden beside it, the version of the row that the list showed."""

    version = 0

    def render(self, name, value, attrs=None, renderer=None):
        cache = format_html('<input type="hidden" name="{}-version" value="{}">', name, self.version)
        return format_html("{}{}", super().render(name, value, attrs, renderer), cache)


class LigneDeListeForm(forms.ModelForm):
    """One cell of the list. Frozen, closed or stale: refused in the cell, with what is stored now."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return  # the empty form that Django builds for its scripts
        libelle = f"Montant proposé, {self.instance}, {self.instance.dossier.structure}"
        champ = self.fields["propose"]
        champ.widget = MontantDeListe({"inputmode": "decimal", "class": "montant-admin", "aria-label": libelle})
        if self.instance.votee_le:
            champ.widget.attrs["readonly"] = True
        champ.widget.version = self.data.get(self._nom_version()) or self.instance.version

    def _nom_version(self) -> str:
        return f"{self.add_prefix('propose')}-version"

    def clean(self):
        donnees = super().clean()
        if self.has_changed():
            refus = self._refus()
            if refus:
                self.add_error("propose", refus)
        return donnees

    def _refus(self) -> str:
        actuelle = (
            LigneDossier.objects.select_for_update(of=("self",)).select_related("dossier").get(pk=self.instance.pk)
        )
        if actuelle.votee_le:
            return actuelle.raison_du_gel()
        if raison := peut_recevoir(actuelle.dossier, self.agent):
            return raison
        if self.data.get(self._nom_version()) == str(actuelle.version):
            return ""
        self.fields["propose"].widget.version = actuelle.version
        stocke = euros(actuelle.propose, True) or "vide"
        return f"Cette ligne a été modifiée entre-temps : elle porte {stocke}. Enregistrez de nouveau pour remplacer."


class TerritoireEnLigne(EnLigne):
    model = LigneTerritoire

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return choix_lus(champ, Territoire.objects.all())


class QuantiteEnLigne(EnLigne):
    model = Quantite


class FinancementForm(FormulaireDAdmin):
    """The parts of a financement add up to it: its amount is then changed with them, on its own page."""

    def clean(self):
        donnees = super().clean()
        if self.instance.pk and "montant" in self.changed_data and not self.errors:
            parts = self.instance.ventilations.aggregate(t=Sum("montant"))["t"]
            if parts is not None and parts != donnees["montant"]:
                raise ValidationError(
                    f"Ce financement est ventilé pour {euros(parts, True)} : changez son montant et ses parts "
                    "ensemble, depuis sa page."
                )
        return donnees


class FinancementEnLigne(EnLigne):
    model = Financement
    form = FinancementForm
    fields = ["autorisation", "source", "montant", "ventilation"]
    readonly_fields = ["ventilation"]
    show_change_link = True

    def get_formset(self, request, obj=None, **kwargs):
        self.ligne = obj
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("autorisation__ligne", "source").prefetch_related(
            "ventilations__territoire", "ventilations__volet"
        )  # fmt: skip

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "source":
            return choix_lus(champ, SourceFinancement.objects.all())
        return choix_lus(champ, autorisations_pour(self.ligne), libelle_ae)

    @admin.display(description="ventilation")
    def ventilation(self, financement):
        if not financement.pk:
            return "—"
        parts = [(str(v), euros(v.montant, True)) for v in financement.ventilations.all()]
        return format_html_join(", ", "{} : {}", parts) or "—"


def autorisations_pour(ligne) -> list:
    """AE open in the exercice of the call, and those that the line already uses."""
    if ligne is None:
        return []
    ouvertes = list(
        AutorisationEngagement.objects.de_l_exercice(ligne.dossier.dispositif.thematique.appel.annee).avec_ligne()
    )
    connues = {a.pk for a in ouvertes}
    utilisees = AutorisationEngagement.objects.filter(financements__ligne=ligne).select_related("ligne").distinct()
    return ouvertes + [a for a in utilisees if a.pk not in connues]


def libelle_ae(ae) -> str:
    return f"{ae.ligne.code} {ae.intitule} ({ae.millesime}, reste {euros(ae.disponible_apres_reserve, True)})"


class LigneForm(FormulaireDAdmin):
    def clean(self):
        donnees = super().clean()
        dossier = donnees.get("dossier")
        if dossier is not None and self.requete and (raison := peut_recevoir(dossier, self.requete.user)):
            self.add_error("dossier", raison)
        return donnees


@admin.register(LigneDossier)
class LigneDossierAdmin(Exportable, AvecHistorique, AdminBase):
    form = LigneForm
    visible_par = ("dossier", Dossier)
    resource_classes = [LignesDeDossierResource]
    list_display = [
        "designation", "structure", "dispositif", "territoires_de_la_ligne", "demande_en_euros", "propose", "retenu",
        "etat_du_dossier", "votee_le",
    ]  # fmt: skip
    list_editable = ["propose"]
    list_filter = [*filtres_pour("dossier__"), "dossier__etat"]
    search_fields = ["dossier__pk", "dossier__structure__cle", "dossier__structure__raison_sociale", "description"]
    autocomplete_fields = ["dossier"]
    inlines = [TerritoireEnLigne, QuantiteEnLigne, FinancementEnLigne]
    fieldsets = [
        (None, {"fields": ["dossier", "ordre", "description", ("debut", "fin")]}),
        ("Montants", {"fields": ["demande", "propose", "retenu", "motif_zero"]}),
        (
            "Acte",
            {
                "fields": [
                    "nature_acte", "acte_initial_numero", "acte_initial_le", "numero_avenant", "ancien_montant",
                    "montant_imprime",
                ]
            },
        ),
        ("Vote", {"fields": ["votee_le", "acte_vote"]}),
    ]  # fmt: skip
    demande_en_euros = staticmethod(montant("demande", "demandé"))

    def get_queryset(self, request):
        return super().get_queryset(request).avec_retenu().select_related(
            "dossier__structure", "dossier__dispositif__thematique__appel"
        ).prefetch_related("placements__territoire")  # fmt: skip

    def get_readonly_fields(self, request, obj=None):
        return ["retenu", "votee_le", "acte_vote", *(["dossier"] if obj else [])]

    def get_inlines(self, request, obj):
        """Financements are charged on the AE of the dossier's exercice: the line is saved first."""
        return self.inlines if obj else self.inlines[:2]

    def get_changelist_form(self, request, **kwargs):
        formulaire = type("LigneDeListeForm", (LigneDeListeForm,), {"agent": request.user})
        return super().get_changelist_form(request, form=formulaire, **kwargs)

    def raison_de_ne_pas_modifier(self, request, obj):
        if obj.votee_le:
            return obj.raison_du_gel()
        return peut_recevoir(obj.dossier, request.user) if request.user.has_perm(MODIFIER) else ""

    def delete_model(self, request, obj):
        """The page's own act: it leaves a row in the journal of the dossier."""
        supprimer_ligne(obj, par=request.user)

    @admin.display(description="ligne", ordering="dossier")
    def designation(self, ligne):
        return f"dossier {ligne.dossier_id}, ligne {ligne.ordre}"

    @admin.display(description="structure", ordering="dossier__structure__raison_sociale")
    def structure(self, ligne):
        return ligne.dossier.structure

    @admin.display(description="dispositif", ordering="dossier__dispositif__reference")
    def dispositif(self, ligne):
        return f"{ligne.dossier.dispositif.reference} {ligne.dossier.dispositif.libelle_imprime}"

    @admin.display(description="territoires")
    def territoires_de_la_ligne(self, ligne):
        return ligne.libelles_territoires()

    @admin.display(description="retenu", ordering="retenu")
    def retenu(self, ligne):
        return euros(getattr(ligne, "retenu", ZERO), True)

    @admin.display(description="état", ordering="dossier__etat")
    def etat_du_dossier(self, ligne):
        return ligne.dossier.get_etat_display()


MODIFIER = "programmes.change_lignedossier"


class VentilationEnLigne(EnLigne):
    model = Ventilation

    class formset(FormsetEnLigne):  # noqa: N801 - the name that Django reads
        """The parts add up to the financement, or there is none."""

        def clean(self):
            super().clean()
            parts = [f.cleaned_data for f in self.forms if f.is_valid() and f.cleaned_data]
            parts = [p["montant"] for p in parts if not p.get("DELETE") and p.get("montant") is not None]
            if parts and sum(parts, ZERO) != self.instance.montant:
                total, attendu = euros(sum(parts, ZERO), True), euros(self.instance.montant, True)
                raise ValidationError(f"Les parts font {total}, le financement est de {attendu} : corrigez.")

    def get_formset(self, request, obj=None, **kwargs):
        self.financement = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "territoire":
            return choix_lus(champ, Territoire.objects.all())
        ae = self.financement.autorisation if self.financement else None
        return choix_lus(champ, Volet.objects.filter(ligne=ae.ligne) if ae else [])


@admin.register(Financement)
class FinancementAdmin(AvecHistorique, AdminBase):
    """A financement and its parts, changed together. It is created on the page of its line."""

    visible_par = ("ligne__dossier", Dossier)
    list_display = ["numero", "ligne", "structure", "autorisation", "source", montant("montant")]
    list_display_links = ["numero", "ligne"]
    list_filter = ["source", "autorisation__millesime"]
    search_fields = ["ligne__dossier__structure__cle", "autorisation__ligne__code"]
    fields = ["ligne", "autorisation", "source", "montant"]
    readonly_fields = ["ligne"]
    autocomplete_fields = ["autorisation"]
    inlines = [VentilationEnLigne]

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related(
                "ligne__dossier__structure",
                "ligne__dossier__dispositif__thematique__appel",
                "autorisation__ligne",
                "source",
            )
        )

    def has_add_permission(self, request):
        return False

    def raison_de_ne_pas_modifier(self, request, obj):
        ligne = obj.ligne
        if ligne.votee_le:
            return ligne.raison_du_gel()
        return peut_recevoir(ligne.dossier, request.user) if request.user.has_perm(MODIFIER) else ""

    def save_related(self, request, form, formsets, change):
        """The line is the unit that people compare: whoever had it open is told."""
        super().save_related(request, form, formsets, change)
        LigneDossier.objects.select_for_update().get(pk=form.instance.ligne_id).save()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        LigneDossier.objects.select_for_update().get(pk=obj.ligne_id).save()

    @admin.display(description="n°", ordering="pk")
    def numero(self, financement):
        return financement.pk

    @admin.display(description="structure")
    def structure(self, financement):
        return financement.ligne.dossier.structure
