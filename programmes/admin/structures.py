"""The register of structures and what each holds; pièces; merges and « il vous manque », as on the daily pages."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html

from dpid.acteur import acteur_courant
from dpid.admin_actes import ActeDAdmin, AvecActes, MotifForm
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, EnLigneLecture, FormulaireDAdmin
from dpid.admin_echanges import Exportable, Importable
from dpid.erreurs import ActeRefuse
from programmes.forms import ChampStructure
from programmes.models import (
    Agrement,
    AliasStructure,
    CompteBancaire,
    Contact,
    Piece,
    Representant,
    Structure,
)
from programmes.resources import StructureResource
from programmes.structures import manques, pieces, registre
from programmes.structures.forms import MessageForm, sans_longueur


class StructureForm(FormulaireDAdmin):
    """An agent pastes « 480 543 982 00023 »: the spaces go before the length is judged."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "siret" in self.fields:
            sans_longueur(self.fields["siret"])

    def clean_siret(self):
        return "".join((self.cleaned_data["siret"] or "").split()) or None


class AbsorberForm(forms.Form):
    structure = ChampStructure(
        label="Structure à absorber",
        help_text="Son nom, son sigle ou son SIRET ; tout ce qui la nomme nommera cette fiche.",
    )
    motif = forms.CharField(label="Motif", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["structure"].widget = forms.TextInput(attrs={"class": "vTextField"})  # no htmx in the admin


def _absorber(gardee, agent, form):
    autre = form.cleaned_data["structure"]
    gardee.fusionner(autre, par=agent, motif=form.cleaned_data["motif"])
    return f"{autre} est fusionnée : tout ce qui la nommait nomme {gardee}."


def _message(data, structure):
    agent = acteur_courant()
    initial = manques.rediger(structure, registre.manques_de(structure, agent), agent) if data is None else None
    return MessageForm(data, initial=initial)


def _envoyer(structure, agent, form):
    manques.envoyer(structure, par=agent, **form.cleaned_data)


def _en_service(permission):
    return lambda structure, agent: structure.fusionnee_dans_id is None and agent.has_perm(permission)


FUSIONNER = ActeDAdmin(
    "fusionner", "Absorber un doublon", _en_service("programmes.fusionner"), _absorber,
    form=lambda data, objet: AbsorberForm(data), permission="programmes.fusionner", est_dangereux=True,
    consequence=lambda objet: "La fiche absorbée n’est plus proposée ; ses noms sont gardés par celle-ci.",
)  # fmt: skip
IL_VOUS_MANQUE = ActeDAdmin(
    "il-vous-manque", "Il vous manque", _en_service("programmes.add_courrier"), _envoyer, form=_message,
    permission="programmes.add_courrier", succes="L’envoi est noté.",
    consequence=lambda objet: "Envoyez ce message depuis votre messagerie, puis validez : l’envoi sera daté et gardé.",
)  # fmt: skip


class EnService(admin.SimpleListFilter):
    """Merged rows are out of the list unless they are asked for."""

    title, parameter_name = "fiche", "fiche"

    def lookups(self, request, model_admin):
        return [("fusionnees", "Fusionnées"), ("toutes", "Toutes")]

    def queryset(self, request, queryset):
        if self.value() == "fusionnees":
            return queryset.filter(fusionnee_dans__isnull=False)
        return queryset if self.value() == "toutes" else queryset.actives()

    def choices(self, changelist):
        choix = list(super().choices(changelist))
        choix[0]["display"] = "En service"
        return choix


class AliasEnLigne(EnLigne):
    model = AliasStructure


class RepresentantEnLigne(EnLigne):
    model = Representant
    fields = ["civilite", "prenom", "nom", "qualite", "habilitation", "debut", "fin"]


class ContactEnLigne(EnLigne):
    model = Contact


class AgrementEnLigne(EnLigne):
    model = Agrement
    fields = ["type", "autorite", "numero", "debut", "fin"]


class CompteEnLigne(EnLigne):
    """Absent for those who may not see bank accounts."""

    model = CompteBancaire
    fields = ["titulaire", "iban", "bic", "domiciliation", "debut", "fin"]


class PieceEnLigne(EnLigneLecture):
    model = Piece
    fields = readonly_fields = ["type", "nom_fichier", "datee_le", "valable_jusqu_au", "est_retiree", "deposee_le"]

    def get_queryset(self, request):
        vues = Piece.objects.visibles_par(request.user).order_by().values("pk")
        return super().get_queryset(request).filter(pk__in=vues).sans_contenu()


@admin.register(Structure)
class StructureAdmin(AvecActes, Importable, Exportable, AvecHistorique, AdminBase):
    form = StructureForm
    actes_de_procedure = (IL_VOUS_MANQUE, FUSIONNER)
    resource_classes = [StructureResource]
    list_display = ["raison_sociale", "sigle", "type", "siret", "est_a_completer"]
    list_filter = [EnService, "type", "est_a_completer"]
    search_fields = ["raison_sociale", "sigle", "siret", "rna", "cle", "alias__cle"]
    autocomplete_fields = ["commune"]
    inlines = [AliasEnLigne, RepresentantEnLigne, ContactEnLigne, AgrementEnLigne, CompteEnLigne, PieceEnLigne]
    readonly_fields = ["fusionnee_dans"]

    def raison_de_ne_pas_modifier(self, request, obj):
        return f"Cette fiche a été fusionnée dans {obj.fusionnee_dans}." if obj.fusionnee_dans_id else ""

    def get_search_results(self, request, queryset, search_term):
        """What the fields of other pages propose: structures in service only."""
        trouvees, doublons = super().get_search_results(request, queryset, search_term)
        return (trouvees.actives() if request.path.endswith("/autocomplete/") else trouvees), doublons


class DateAdmin(AvecHistorique, AdminBase):
    """Dated elements: corrected here, ended by their last day; never deleted in bulk."""

    autocomplete_fields = ["structure"]
    list_select_related = ["structure"]
    date_hierarchy = None

    @admin.display(boolean=True, description="en vigueur")
    def en_vigueur(self, objet):
        return objet.est_en_vigueur()


@admin.register(Representant)
class RepresentantAdmin(DateAdmin):
    list_display = ["__str__", "qualite", "structure", "debut", "fin", "en_vigueur"]
    search_fields = ["nom", "prenom", "structure__cle"]


@admin.register(Agrement)
class AgrementAdmin(DateAdmin):
    list_display = ["type", "autorite", "structure", "debut", "fin", "en_vigueur"]
    list_select_related = ["structure", "type"]
    list_filter = ["type"]
    search_fields = ["numero", "autorite", "structure__cle"]


@admin.register(CompteBancaire)
class CompteAdmin(DateAdmin):
    """Its pages and its history exist only for those who may see bank accounts (`perms.py`)."""

    list_display = ["titulaire", "structure", "compte", "debut", "fin", "en_vigueur"]
    search_fields = ["titulaire", "structure__cle"]

    @admin.display(description="IBAN")
    def compte(self, objet):
        return objet.iban_masque


class PieceForm(FormulaireDAdmin):
    """The file is asked once, when the pièce is deposited."""

    fichier = forms.FileField(label="Fichier", required=False, help_text=f"{pieces.FORMATS} ; 10 Mo au plus.")

    def clean(self):
        donnees, fichier = super().clean(), self.cleaned_data.get("fichier")
        if self.instance.pk:
            return donnees
        if not fichier or fichier.size > pieces.TAILLE_MAX:
            self.add_error("fichier", "Joignez un fichier de 10 Mo au plus.")
            return donnees
        try:
            self.contenu = fichier.read()
            pieces.examiner(fichier.name, self.contenu)
        except ActeRefuse as refus:
            self.add_error("fichier", ValidationError(str(refus)))
        return donnees


@admin.register(Piece)
class PieceAdmin(AvecActes, AdminBase):
    form = PieceForm
    actes_de_procedure = (
        ActeDAdmin(
            "retirer", "Retirer", lambda piece, agent: not piece.est_retiree,
            lambda piece, agent, form: pieces.retirer(piece, par=agent, motif=form.cleaned_data["motif"]) and None,
            form=lambda data, objet: MotifForm(data), permission="programmes.change_piece", est_dangereux=True,
            consequence=lambda piece: "Elle ne servira plus à aucun dossier ; son contenu reste lisible.",
            succes="La pièce est retirée.", en_lot=True,
        ),
    )  # fmt: skip
    list_display = ["type", "structure", "dossier_id", "nom_fichier", "valable_jusqu_au", "est_retiree", "deposee_le"]
    list_filter = ["type", "est_retiree"]
    search_fields = ["structure__cle", "structure__siret", "nom_fichier"]
    autocomplete_fields = ["structure", "dossier"]
    date_hierarchy = None

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("type", "structure", "deposee_par").sans_contenu()

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["structure", "dossier", "type", "fichier", "datee_le", "valable_jusqu_au"]
        return [*self.get_readonly_fields(request, obj), "type", "datee_le", "valable_jusqu_au"]

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        return ["structure", "dossier", "lire", "nature_lisible", "est_retiree", "deposee_le", "deposee_par"]

    def raison_de_ne_pas_modifier(self, request, obj):
        return "Cette pièce est retirée : elle ne se modifie plus." if obj.est_retiree else ""

    def save_model(self, request, obj, form, change):
        donnees = form.cleaned_data
        if change:
            pieces.corriger(obj, par=request.user, **{c: donnees[c] for c in pieces.CORRIGIBLES})
            return
        piece, _ = pieces.deposer(
            donnees["structure"], par=request.user, nom=donnees["fichier"].name, contenu=form.contenu,
            dossier=donnees["dossier"], **{c: donnees[c] for c in pieces.CORRIGIBLES},
        )  # fmt: skip
        obj.__dict__.update({c: v for c, v in piece.__dict__.items() if c != "_state"})

    @admin.display(description="fichier")
    def lire(self, piece):
        return format_html('<a href="{}">{}</a>', reverse("piece", args=[piece.pk]), piece.nom_fichier)

    @admin.display(description="format")
    def nature_lisible(self, piece):
        nature = pieces.NATURES.get(piece.nature)
        return nature.titre if nature else piece.nature
