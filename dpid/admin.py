"""Reference data of the kernel, accounts, and what is only read: journal, frozen documents, background jobs."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html

from dpid.admin_base import AdminBase, EnLigne, FormulaireDAdmin, LectureSeule
from dpid.models import (
    Agent,
    AliasTerritoire,
    Canton,
    Commune,
    Document,
    Epci,
    Journal,
    Role,
    Service,
    Territoire,
    Travail,
)

admin.site.site_header = "Référentiels"
admin.site.site_title = "Référentiels"
admin.site.index_title = "Référentiels et administration"
# Rights come from the roles of the agents (dpid.permissions): Django's groups would be a screen without effect.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

HABILITATIONS = ("roles", "est_chef_de_service", "services", "territoires", "is_active", "is_staff")


class Cases(forms.CheckboxSelectMultiple):
    """Boxes in columns, instead of a list that asks for the Ctrl key."""

    def __init__(self, attrs=None, choices=()):
        super().__init__({"class": "cases", **(attrs or {})}, choices)


@admin.register(Service)
class ServiceAdmin(AdminBase):
    list_display = ["libelle", "code", "direction", "ordre"]
    search_fields = ["libelle", "code"]


@admin.register(Territoire)
class TerritoireAdmin(AdminBase):
    class AliasEnLigne(EnLigne):
        model = AliasTerritoire

    list_display = ["libelle", "code", "type", "ordre"]
    list_filter = ["type"]
    search_fields = ["libelle", "code"]
    inlines = [AliasEnLigne]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, widget=Cases(), **kwargs)


@admin.register(AliasTerritoire)
class AliasTerritoireAdmin(AdminBase):
    list_display = ["texte", "territoire"]
    list_select_related = ["territoire"]
    search_fields = ["texte"]


@admin.register(Canton)
class CantonAdmin(AdminBase):
    list_display = ["nom", "code"]
    search_fields = ["nom", "code"]


@admin.register(Epci)
class EpciAdmin(AdminBase):
    list_display = ["nom", "siren", "nature"]
    list_filter = ["nature"]
    search_fields = ["nom", "siren"]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, widget=Cases(), **kwargs)


@admin.register(Commune)
class CommuneAdmin(AdminBase):
    list_display = ["nom", "code", "canton", "epci"]
    list_select_related = ["canton", "epci"]
    list_filter = ["epci", "canton"]
    search_fields = ["nom", "code"]


class AgentForm(FormulaireDAdmin, UserChangeForm):
    """Roles are a JSON list on the row itself; here they are boxes."""

    roles = forms.MultipleChoiceField(
        label="Rôles", choices=Role.choices, required=False, widget=Cases, help_text="Effectifs dès la page suivante."
    )

    class Meta(UserChangeForm.Meta):
        model = Agent
        fields = "__all__"

    def clean(self):
        """Nobody locks themselves out: the last administrator could not come back in."""
        donnees = super().clean()
        if self.requete and self.requete.user.pk == self.instance.pk:
            garde = Role.ADMINISTRATION in donnees.get("roles", ()) or Role.ADMINISTRATION not in self.instance.roles
            if not garde or not donnees.get("is_active", True) or not donnees.get("is_staff", True):
                raise ValidationError("Vous ne pouvez pas vous retirer à vous-même l’accès à l’administration.")
        return donnees


class NouvelAgentForm(FormulaireDAdmin, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Agent
        fields = ("username",)


@admin.register(Agent)
class AgentAdmin(AdminBase, UserAdmin):
    form = AgentForm
    add_form = NouvelAgentForm
    list_display = ["username", "last_name", "first_name", "libelles_des_roles", "est_chef_de_service", "is_active"]
    list_filter = ["is_active", "est_chef_de_service", "services", "territoires"]
    search_fields = ["username", "last_name", "first_name", "qualite"]
    ordering = ["last_name", "first_name", "username"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Identité", {"fields": ["first_name", "last_name", "email", "qualite"]}),
        ("Habilitations", {"fields": list(HABILITATIONS)}),
        ("Connexions", {"fields": ["last_login", "date_joined"]}),
    ]

    @admin.display(description="rôles")
    def libelles_des_roles(self, agent):
        return agent.libelles_roles

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, widget=Cases(), **kwargs)

    def raison_de_ne_pas_modifier(self, request, obj):
        return "Le compte système des commandes ne se modifie pas." if obj.est_systeme else ""

    def save_related(self, request, form, formsets, change):
        """A change of rights leaves one row of the journal, in the transaction that makes it."""
        super().save_related(request, form, formsets, change)
        touches = [c for c in form.changed_data if c in HABILITATIONS]
        if change and touches:
            donnees = {c: _en_json(form.cleaned_data[c]) for c in touches}
            agent = form.instance
            Journal.noter(agent, "habiliter", "Modifier les habilitations", par=request.user, donnees=donnees)

    def log_addition(self, request, obj, message):
        Journal.noter(obj, "creer", "Créer le compte", par=request.user)
        return super().log_addition(request, obj, message)

    def user_change_password(self, request, id, form_url=""):
        agent = self.get_object(request, id)
        if agent is not None and agent.est_systeme:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


def _en_json(valeur):
    """Ids of a selection, the value of anything else."""
    return sorted(o.pk for o in valeur) if hasattr(valeur, "model") else valeur


@admin.register(Journal)
class JournalAdmin(LectureSeule):
    list_display = ["le", "acte", "libelle", "de", "vers", "par"]
    list_select_related = ["par"]
    list_filter = [("le", admin.DateFieldListFilter), "objet"]
    search_fields = ["libelle", "acte", "motif"]
    date_hierarchy = None


@admin.register(Document)
class DocumentAdmin(LectureSeule):
    list_display = ["titre", "nature", "nom_fichier", "cree_le", "cree_par"]
    list_select_related = ["cree_par"]
    list_filter = ["nature"]
    search_fields = ["titre", "nom_fichier", "sha256"]
    fields = ["titre", "nature", "nom_fichier", "sha256", "cree_le", "cree_par", "telecharger"]
    readonly_fields = ["telecharger"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("pdf", "contexte")

    def get_urls(self):
        vue = self.admin_site.admin_view(self.telecharger_view)
        return [path("<int:pk>/telecharger/", vue, name="dpid_document_telecharger"), *super().get_urls()]

    @admin.display(description="PDF")
    def telecharger(self, document):
        return lien_pdf(document)

    def telecharger_view(self, request, pk):
        """The stored bytes, checked against their print."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = self.model.objects.filter(pk=pk).first()
        if document is None:
            raise Http404
        try:
            document.verifier()
        except ValidationError as erreur:
            messages.error(request, " ".join(erreur.messages))
            return HttpResponseRedirect("../change/")
        entetes = {"Content-Disposition": f'attachment; filename="{document.nom_fichier}"'}
        return HttpResponse(bytes(document.pdf), content_type="application/pdf", headers=entetes)


def lien_pdf(document):
    """Link to the PDF of a frozen document."""
    adresse = reverse("admin:dpid_document_telecharger", args=[document.pk])
    return format_html('<a href="{}">Télécharger {}</a>', adresse, document.nom_fichier)


@admin.register(Travail)
class TravailAdmin(LectureSeule):
    list_display = ["titre", "nature", "etat", "fait", "total", "par", "demande_le", "termine_le"]
    list_select_related = ["par"]
    list_filter = ["etat", "nature"]
    search_fields = ["titre"]
    fields = ["titre", "nature", "etat", "fait", "total", "message", "par", "demande_le", "battement_le", "termine_le"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("resultat", "parametres")
