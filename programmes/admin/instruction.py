"""Avis, remarks and letters in the admin: filters, buttons for their acts, bulk acts with a result per row."""

from django import forms
from django.contrib import admin

from dpid.admin_actes import ActeDAdmin, AvecActes
from dpid.admin_base import AdminBase, montant
from dpid.admin_echanges import Exportable
from programmes.admin.filtres import filtres_pour
from programmes.instruction import courriers
from programmes.instruction.forms import AvisForm, EnvoiForm, RelanceForm, ReponseForm, libelle_ancre
from programmes.instruction.resources import AvisResource
from programmes.instruction.verbes import INSTRUIRE, peut_remarquer
from programmes.models import Avis, Courrier, Dossier, Remarque


def _peut_rendre(avis, agent) -> bool:
    return Avis.objects.filter(pk=avis.pk).rendables_par(agent).exists()


def _rendre(avis, agent, form):
    """In a selection, what is addressed to others is refused row by row."""
    if not _peut_rendre(avis, agent):
        raise forms.ValidationError("Cet avis n’est pas à rendre par vous, ou ne l’est plus.")
    avis.rendre(par=agent, **form.cleaned_data)


class SansAjout:
    """Made by an act of the dossier, never by a form of the admin."""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Avis)
class AvisAdmin(AvecActes, Exportable, SansAjout, AdminBase):
    actes_de_procedure = (
        ActeDAdmin(
            "rendre", "Rendre l’avis", _peut_rendre, _rendre, form=lambda data, avis: AvisForm(data),
            succes="L’avis est rendu.", permission="programmes.rendre_avis",
        ),
        ActeDAdmin(
            "relancer", "Relancer", lambda avis, agent: avis.etat == Avis.Etat.DEMANDE,
            lambda avis, agent, form: avis.relancer(par=agent, **{c: v for c, v in form.cleaned_data.items() if v})
            and None,
            form=lambda data, avis: RelanceForm(data), succes="La relance est faite.", permission=INSTRUIRE,
            en_lot=True,
        ),
        ActeDAdmin(
            "echoir", "Constater l’échéance", lambda avis, agent: bool(avis.jours_de_retard),
            lambda avis, agent, form: avis.echoir(par=agent) and None, permission=INSTRUIRE, en_lot=True,
            consequence=lambda a: f"Règle du dispositif : {a.dossier.dispositif.get_avis_echu_display().lower()}.",
            succes="L’échéance est constatée.",
        ),
    )  # fmt: skip
    resource_classes = [AvisResource]
    visible_par = ("dossier", Dossier)
    list_display = [
        "numero", "structure", "destinataire", "etat", "sens", montant("montant"), "echeance_le", "retard",
    ]  # fmt: skip
    list_filter = ["etat", "sens", *filtres_pour("dossier__")]
    search_fields = ["dossier__pk", "dossier__structure__cle", "dossier__structure__raison_sociale", "question"]
    fields = [
        "dossier", "destinataire", "question", "demande_le", "demande_par", "echeance_le", "relance_le", "etat", "sens",
        "texte", montant("montant"), "quantite", "rendu_le", "rendu_par",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request):
        liens = ("dossier__structure", "dossier__dispositif", "territoire", "service", "demande_par", "rendu_par")
        return super().get_queryset(request).select_related(*liens)

    @admin.display(description="dossier", ordering="dossier")
    def numero(self, avis):
        return f"dossier {avis.dossier_id}"

    @admin.display(description="structure", ordering="dossier__structure__raison_sociale")
    def structure(self, avis):
        return avis.dossier.structure

    @admin.display(description="demandé à")
    def destinataire(self, avis):
        return avis.destinataire

    @admin.display(description="jours de retard")
    def retard(self, avis):
        return avis.jours_de_retard or "—"


def _acte_de_remarque(nom, titre, etats, **options):
    return ActeDAdmin(
        nom, titre, lambda r, agent: r.etat in etats and peut_remarquer(r.dossier, agent),
        lambda r, agent, form: getattr(r, nom)(par=agent, **form.cleaned_data) and None,
        permission="programmes.remarquer", **options,
    )  # fmt: skip


E = Remarque.Etat


@admin.register(Remarque)
class RemarqueAdmin(AvecActes, SansAjout, AdminBase):
    actes_de_procedure = (
        _acte_de_remarque(
            "repondre", "Répondre", (E.OUVERTE, E.REPONDUE), form=lambda data, r: ReponseForm(data),
            succes="La réponse est enregistrée.",
        ),
        _acte_de_remarque("clore", "Clore", (E.OUVERTE, E.REPONDUE), en_lot=True, succes="La remarque est close."),
        _acte_de_remarque("rouvrir", "Rouvrir", (E.CLOSE,), en_lot=True, succes="La remarque est rouverte."),
    )  # fmt: skip
    visible_par = ("dossier", Dossier)
    list_display = ["numero", "structure", "porte_sur", "texte", "est_pour_structure", "par", "le", "etat"]
    list_filter = ["etat", "est_pour_structure", *filtres_pour("dossier__")]
    search_fields = ["dossier__pk", "dossier__structure__cle", "texte"]
    fields = readonly_fields = [
        "dossier", "porte_sur", "texte", "est_pour_structure", "par", "le", "etat", "reponse", "repondue_par",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("dossier__structure", "par", "repondue_par")

    @admin.display(description="dossier", ordering="dossier")
    def numero(self, remarque):
        return f"dossier {remarque.dossier_id}"

    @admin.display(description="structure")
    def structure(self, remarque):
        return remarque.dossier.structure

    @admin.display(description="porte sur")
    def porte_sur(self, remarque):
        return libelle_ancre(remarque)


@admin.register(Courrier)
class CourrierAdmin(AvecActes, AdminBase):
    """Prepared by the acts of the dossiers; corrected until it leaves."""

    actes_de_procedure = (
        ActeDAdmin(
            "envoyer", "Marquer comme envoyé", lambda c, agent: c.envoye_le is None,
            lambda c, agent, form: courriers.envoyer(c, par=agent, le=form.cleaned_data["le"]),
            form=lambda data, c: EnvoiForm(data), succes="L’envoi est daté.", permission="programmes.change_courrier",
            consequence=lambda c: courriers.manque(c) or "Une fois parti, le courrier ne se modifie plus.", en_lot=True,
        ),
    )  # fmt: skip
    list_display = ["objet", "structure", "dossier_court", "nature", "etabli_le", "envoye_le"]
    list_filter = ["nature", "envoye_le"]
    search_fields = ["objet", "structure__cle", "dossier__pk"]
    fields = [
        "structure",
        "dossier",
        "nature",
        "destinataire",
        "objet",
        "corps",
        "etabli_le",
        "etabli_par",
        "envoye_le",
    ]
    readonly_fields = ["structure", "dossier", "nature", "etabli_le", "etabli_par", "envoye_le"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("structure", "dossier__structure", "etabli_par")

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def raison_de_ne_pas_modifier(self, request, obj):
        return f"Ce courrier est parti le {obj.envoye_le:%d/%m/%Y} : il ne se modifie plus." if obj.envoye_le else ""

    def get_view_on_site_url(self, obj=None):
        return None

    @admin.display(description="dossier", ordering="dossier")
    def dossier_court(self, courrier):
        return f"dossier {courrier.dossier_id}" if courrier.dossier_id else "—"
