"""Dossiers: their lines, the verbs of the instruction, one by one or on a selection."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html

from dpid.admin_actes import ActeDAdmin, AvecActes
from dpid.admin_base import VERSION, AdminBase, AvecHistorique, FormulaireDAdmin, montant
from dpid.admin_echanges import Exportable
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from programmes.admin.en_ligne import EN_LIGNE, INSTRUCTION
from programmes.admin.filtres import PiecesManquantes, filtres_pour
from programmes.depots import depot
from programmes.instruction.forms import formulaire
from programmes.instruction.verbes import MODIFIABLES, VERBES, peut_modifier, raison_du_refus
from programmes.models import Dossier
from programmes.resources import DossierResource, LignesDeDossierResource

INSCRIT = (
    "Ce dossier est inscrit à un rapport : retirez-le du rapport, qui rend les crédits, avant de reprendre "
    "l’instruction."
)


def _acte(verbe) -> ActeDAdmin:
    """A verb of the daily pages, with the same rights, conditions, sentences and letter."""

    def accomplir(dossier, agent, form):
        if verbe.nom == "reprendre" and dossier.etat == Dossier.Etat.INSCRIT:
            raise ActeRefuse(INSCRIT)
        courrier = verbe.accomplir(dossier, par=agent, **form.options(dossier))
        if courrier is not None:
            return f"{verbe.succes} Le courrier « {courrier.objet} » est préparé."
        return None

    return ActeDAdmin(
        nom=verbe.nom,
        titre=verbe.titre,
        permis=verbe.permis,
        accomplir=accomplir,
        form=lambda data, dossier: formulaire(verbe, data, dossier),
        consequence=verbe.consequence,
        succes=verbe.succes,
        permission=verbe.permission,
        est_dangereux=verbe.est_dangereux,
        en_lot=True,
    )


class DossierForm(FormulaireDAdmin):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if champ := self.fields.get("depose_le"):
            # Two boxes under one label: each is named for who hears the page.
            for boite, nom in zip(champ.widget.widgets, ("jour", "heure"), strict=True):
                boite.attrs["aria-label"] = f"{champ.label} : {nom}"

    def clean(self):
        donnees = super().clean()
        if self.requete and not self.instance.pk and self.requete.method == "POST":
            deja = deja_cree(Dossier, self.requete.user, donnees.get(VERSION) or "")
            if deja:
                raise ValidationError(
                    f"Ce dossier vient d’être créé sous le numéro {deja} : il n’a été créé qu’une fois."
                )
        return donnees


@admin.register(Dossier)
class DossierAdmin(AvecActes, Exportable, AvecHistorique, AdminBase):
    form = DossierForm
    jeton_a_la_creation = True
    actes_de_procedure = (*(_acte(v) for v in VERBES.values()), *INSTRUCTION)
    resource_classes = [DossierResource, LignesDeDossierResource]
    totaux = [montant("demande", "demandé"), montant("propose", "proposé"), montant("retenu", "retenu")]
    list_display = ["numero", "structure", "dispositif_court", "etat", *totaux]
    list_display_links = ["numero", "structure"]
    list_filter = [*filtres_pour(), "etat", PiecesManquantes, "origine", "canal", "instructeur"]
    search_fields = ["pk", "structure__cle", "structure__siret", "intitule", "structure__raison_sociale"]
    autocomplete_fields = ["dispositif", "structure"]
    inlines = EN_LIGNE
    # The motive of a refusal, the state and the date of the vote are written by the verbs alone.
    readonly_fields = ["etat", "motif", "vote_le", "cree_le", "prochaine_action", *totaux, "ajouter_une_ligne"]
    fieldsets = [
        (None, {"fields": [
            "structure", "dispositif", "intitule", "origine", "canal", "depose_le", "contact_le", "contact_avec",
            "instructeur",
        ]}),
        ("État", {"fields": ["etat", "prochaine_action", "motif", "vote_le", "cree_le"]}),
        ("Montants", {"fields": [*totaux, "ajouter_une_ligne"]}),
    ]  # fmt: skip

    def get_fieldsets(self, request, obj=None):
        groupes = super().get_fieldsets(request, obj)
        return [(None, {"fields": [*groupes[0][1]["fields"], VERSION]})] if obj is None else groupes

    def get_inlines(self, request, obj):
        return super().get_inlines(request, obj) if obj else []

    def get_queryset(self, request):
        return super().get_queryset(request).avec_totaux().select_related("structure", "dispositif__thematique__appel")

    def raison_de_ne_pas_modifier(self, request, obj):
        return "" if obj.etat in MODIFIABLES else raison_du_refus(obj)

    def save_model(self, request, obj, form, change):
        """A new dossier enters by the door of the deposits: its state and its session follow from its origin."""
        if change:
            super().save_model(request, obj, form, change)
            return
        champs = ("structure", "dispositif", "intitule", "origine", "canal", "depose_le", "contact_le", "contact_avec")
        depose, _ = depot.deposer(
            par=request.user, jeton=form.cleaned_data[VERSION], **{c: form.cleaned_data[c] for c in champs}
        )
        if obj.instructeur_id:
            depose.instructeur = obj.instructeur
            depose.save()
        obj.relire(depose)
        obj._state.adding = False

    @admin.display(description="n°", ordering="pk")
    def numero(self, dossier):
        return dossier.pk

    @admin.display(description="dispositif", ordering="dispositif__reference")
    def dispositif_court(self, dossier):
        return f"{dossier.dispositif.reference} {dossier.dispositif.libelle_imprime}"

    @admin.display(description="à faire")
    def prochaine_action(self, dossier):
        return dossier.prochaine_action

    @admin.display(description="ligne nouvelle")
    def ajouter_une_ligne(self, dossier):
        adresse = f"{reverse('admin:programmes_lignedossier_add')}?dossier={dossier.pk}"
        return format_html('<a href="{}">Ajouter une ligne à ce dossier</a>', adresse)


def peut_recevoir(dossier, agent) -> str:
    """Why a line cannot be added to or changed in this dossier, empty when it can."""
    if peut_modifier(dossier, agent):
        return ""
    return (
        raison_du_refus(dossier) if dossier.etat not in MODIFIABLES else "Ce dossier n’entre pas dans vos attributions."
    )
