"""What every page of the admin owes to the rest of the application.

The admin is a second door to the same verbs: it reads through `visibles_par`, asks the same permissions, refuses what
is frozen or stale with the same sentences, and never lets a refusal become an error page.
"""

import hashlib
import json
from contextlib import nullcontext

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from dpid.erreurs import ActeRefuse
from dpid.figeage import Figeable
from dpid.gestes import nouveau_jeton
from dpid.models.base import AvecVersion
from dpid.montants import MontantField, euros

VERSION = "version_lue"
BASE_REFUSE = (
    "La base a refusé cet enregistrement : une valeur existe déjà ou contredit une autre. Vérifiez votre saisie ; "
    "rien n’a été enregistré."
)
FICHE_MODIFIEE = (
    "Cette fiche a été modifiée pendant votre saisie : comparez les valeurs signalées, puis enregistrez de nouveau."
)


def empreinte(objet) -> str:
    """What a form was opened on: the version of the row, or a print of its columns when it carries none."""
    if isinstance(objet, AvecVersion):
        return str(objet.version)
    valeurs = {c.attname: getattr(objet, c.attname) for c in objet._meta.concrete_fields if c.editable}
    texte = json.dumps(valeurs, cls=DjangoJSONEncoder, sort_keys=True, default=str)
    return hashlib.sha256(texte.encode()).hexdigest()[:20]


def est_fige(objet) -> bool:
    """True when the row is frozen; asked once per instance."""
    if not isinstance(objet, Figeable) or objet.pk is None:
        return False
    if not hasattr(objet, "_gel_connu"):
        modele = type(objet)
        objet._gel_connu = modele._base_manager.filter(modele.filtre_fige(), pk=objet.pk).exists()
    return objet._gel_connu


def visibles(modele, agent):
    """Rows of `modele` that the agent may see, each once: `visibles_par` may join several tables."""
    tous = modele._default_manager.all()
    if not hasattr(tous, "visibles_par"):
        return tous
    vus = tous.visibles_par(agent)
    return tous.filter(pk__in=vus.order_by().values("pk")) if vus.query.where else vus


def montant(champ: str, titre: str | None = None, *, triable=True):
    """Column or read-only field showing an amount the French way; not sortable when it is a property."""

    @admin.display(description=titre or champ.replace("_", " "), ordering=champ if triable else None)
    def colonne(objet):
        return euros(getattr(objet, champ), True)

    colonne.__name__ = f"{champ}_en_euros"
    return colonne


class ChampVersion(forms.CharField):
    """Hidden, and never « changed »: it is not data."""

    widget = forms.HiddenInput

    def has_changed(self, initial, data):
        return False


class FormulaireDAdmin(forms.ModelForm):
    """Carries what it was opened on; a stale save shows what was typed and what is stored now, and loses nothing."""

    version_lue = ChampVersion(required=False)
    refus = ""  # sentence of the refusal met by the save just tried: shown again with what was typed
    requete = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial[VERSION] = empreinte(self.instance) if self.instance.pk else nouveau_jeton()

    def clean(self):
        donnees = super().clean()
        if self.refus:
            self.add_error(None, self.refus)
        elif self.instance.pk and self._a_comparer():
            self._comparer()
        return donnees

    def _a_comparer(self) -> bool:
        return self.requete is not None or self.has_changed()

    def _comparer(self):
        """Lock the row and compare. The caller runs in a transaction (the admin's own, on a POST)."""
        modele = type(self.instance)
        actuel = modele._base_manager.select_for_update().order_by("pk").filter(pk=self.instance.pk).first()
        if actuel is None:
            self.add_error(None, "Cette fiche vient d’être supprimée par quelqu’un d’autre.")
            return
        lue = self.data.get(self.add_prefix(VERSION))
        if lue == empreinte(actuel):
            return
        self.data = self.data.copy()
        self.data[self.add_prefix(VERSION)] = empreinte(actuel)
        stockees = forms.model_to_dict(actuel, fields=list(self.fields))
        for nom, champ in self.fields.items():
            if nom in stockees and nom not in self.errors and champ.has_changed(stockees[nom], self[nom].data):
                self.add_error(nom, f"Valeur enregistrée entre-temps : « {self._en_clair(champ, stockees[nom])} ».")
        self.add_error(None, FICHE_MODIFIEE)

    @staticmethod
    def _en_clair(champ, valeur) -> str:
        if valeur in (None, "", []):
            return "vide"
        if isinstance(champ, forms.ModelChoiceField):
            cles = [getattr(v, "pk", v) for v in (valeur if isinstance(valeur, list) else [valeur])]
            return ", ".join(str(o) for o in champ.queryset.filter(pk__in=cles))
        if isinstance(champ, forms.BooleanField):
            return "oui" if valeur else "non"
        if isinstance(champ, forms.ChoiceField):
            choix = dict(champ.choices)
            return ", ".join(str(choix.get(v, v)) for v in (valeur if isinstance(valeur, list) else [valeur]))
        if isinstance(valeur, list):
            return ", ".join(str(v) for v in valeur)
        return str(champ.widget.format_value(champ.prepare_value(valeur)))[:300]


class Droits:
    """Shared by pages and inlines: nothing is changed under a frozen row, foreign rows are not offered."""

    def raison_de_ne_pas_modifier(self, request, obj) -> str:
        """The sentence that says why `obj` cannot be edited now, empty when it can."""
        return obj.raison_du_gel() if est_fige(obj) else ""

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not self._ferme(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not self._ferme(request, obj)

    def _ferme(self, request, obj) -> bool:
        return obj is not None and obj.pk is not None and bool(self.raison_de_ne_pas_modifier(request, obj))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        modele = db_field.related_model
        if "queryset" not in kwargs and hasattr(modele._default_manager, "visibles_par"):
            kwargs["queryset"] = visibles(modele, request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def choix_lus(champ, objets, libelle=str):
    """Choices of a foreign key read once for all the rows of an inline, instead of once per row."""
    champ.choices = [("", champ.empty_label or ""), *((o.pk, libelle(o)) for o in objets)]
    return champ


class AvecParents:
    """Each row of an inline prints itself, often with its parents: they are read with the rows."""

    def get_queryset(self, request):
        parents = [c.name for c in self.model._meta.fields if c.many_to_one]
        requete = super().get_queryset(request)
        return requete.select_related(*parents) if parents else requete


class FormsetEnLigne(forms.BaseInlineFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            nom = f"Supprimer {form.instance}" if form.instance.pk else "Supprimer"
            form.fields["DELETE"].widget.attrs["aria-label"] = nom


class EnLigne(Droits, AvecParents, admin.TabularInline):
    """Base of the inlines."""

    form = FormulaireDAdmin
    formset = FormsetEnLigne
    extra = 0
    show_change_link = False

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not self._ferme(request, obj)

    def get_fieldsets(self, request, obj=None):
        return avec_version(super().get_fieldsets(request, obj), self.has_change_permission(request, obj))

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Related objects have their own pages (no icons in every cell); each cell says its name."""
        champ = super().formfield_for_dbfield(db_field, request, **kwargs)
        if champ is None:
            return None
        if isinstance(champ.widget, RelatedFieldWidgetWrapper):
            champ.widget = champ.widget.widget
        # Cells have a column title, which no screen reader ties to them.
        champ.widget.attrs.setdefault("aria-label", str(champ.label or db_field.verbose_name))
        return champ


class EnLigneLecture(AvecParents, admin.TabularInline):
    """Rows shown for reading, with a link to their own page."""

    extra = max_num = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


def avec_version(fieldsets, modifiable: bool) -> list:
    """`fieldsets` with the hidden version once, on a form that can be saved; nowhere on a page for reading."""
    nets = [(nom, {**options, "fields": [f for f in options["fields"] if f != VERSION]}) for nom, options in fieldsets]
    if modifiable and nets:
        nets[-1][1]["fields"].append(VERSION)
    return nets


class AdminBase(Droits, admin.ModelAdmin):
    """Base of every page of the admin."""

    form = FormulaireDAdmin
    change_form_template = "admin/dpid/change_form.html"
    show_full_result_count = False
    list_per_page = 100
    list_max_show_all = 500
    actions_on_top = True  # without it the stock list writes an inline style
    suppression_en_lot = False
    jeton_a_la_creation = False  # the add form carries a key: the same form sent twice creates once
    # Path to the object whose `visibles_par` decides, when the model has none of its own.
    visible_par: tuple[str, type[models.Model]] | None = None

    # --- What is seen

    def get_queryset(self, request):
        requete = super().get_queryset(request)
        if hasattr(requete, "visibles_par"):
            vus, ordre = visibles(self.model, request.user), self.get_ordering(request)
            return vus.order_by(*ordre) if ordre else vus
        if self.visible_par:
            chemin, modele = self.visible_par
            vus = modele._default_manager.visibles_par(request.user)
            if vus.query.where:
                requete = requete.filter(**{f"{chemin}__in": vus.order_by().values("pk")})
        return requete

    def get_object(self, request, object_id, from_field=None):
        """Read once for a page that only shows it; a form that saves always gets a fresh instance."""
        if request.method != "GET" or from_field:
            return super().get_object(request, object_id, from_field)
        connus = request.__dict__.setdefault("_objets_lus", {})
        cle = (self.model, object_id)
        if cle not in connus:
            connus[cle] = super().get_object(request, object_id)
        return connus[cle]

    def get_view_on_site_url(self, obj=None):
        """The daily page of the object, when it exists."""
        try:
            return obj.get_absolute_url() if obj is not None and hasattr(obj, "get_absolute_url") else None
        except NoReverseMatch:
            return None

    def get_fieldsets(self, request, obj=None):
        modifiable = self.jeton_a_la_creation if obj is None else self.has_change_permission(request, obj)
        return avec_version(super().get_fieldsets(request, obj), modifiable)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A related object is changed or deleted on its own page, where what hangs on it is seen."""
        champ = super().formfield_for_dbfield(db_field, request, **kwargs)
        if champ is not None and isinstance(champ.widget, RelatedFieldWidgetWrapper):
            champ.widget.can_delete_related = champ.widget.can_change_related = False
        return champ

    def get_actions(self, request):
        actions = super().get_actions(request)
        if not self.suppression_en_lot:
            actions.pop("delete_selected", None)
        return actions

    # --- What is saved

    def get_form(self, request, obj=None, change=False, **kwargs):
        classe = super().get_form(request, obj, change=change, **kwargs)
        return type(classe.__name__, (classe,), {"refus": getattr(request, "refus", ""), "requete": request})

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """A refusal raised by the save shows the form again with what was typed; a frozen object says why it is."""
        titre = capfirst(self.opts.verbose_name)
        contexte = {"title": titre if object_id else f"Ajouter : {self.opts.verbose_name}", **(extra_context or {})}
        if object_id is not None and (objet := self.get_object(request, unquote(object_id))) is not None:
            contexte["raison_du_gel"] = self.raison_de_ne_pas_modifier(request, objet)
            if contexte["raison_du_gel"] and request.method == "POST":
                messages.error(request, contexte["raison_du_gel"])
                return HttpResponseRedirect(request.get_full_path())
        try:
            return super().changeform_view(request, object_id, form_url, contexte)
        except (ActeRefuse, IntegrityError) as refus:
            request.refus = str(refus) if isinstance(refus, ActeRefuse) else BASE_REFUSE
        return super().changeform_view(request, object_id, form_url, contexte)

    def delete_view(self, request, object_id, extra_context=None):
        objet = self.get_object(request, unquote(object_id))
        if objet is not None and (raison := self.raison_de_ne_pas_modifier(request, objet)):
            messages.error(request, raison)
            return HttpResponseRedirect("../change/")
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ActeRefuse, IntegrityError) as refus:
            messages.error(request, str(refus) if isinstance(refus, ActeRefuse) else BASE_REFUSE)
        return HttpResponseRedirect("../change/")

    def changelist_view(self, request, extra_context=None):
        """Cells edited in the list are checked and saved in one transaction."""
        enregistre = request.method == "POST" and "_save" in request.POST
        extra_context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        try:
            with transaction.atomic() if enregistre else nullcontext():
                return super().changelist_view(request, extra_context)
        except (ActeRefuse, IntegrityError) as refus:
            messages.error(request, str(refus) if isinstance(refus, ActeRefuse) else BASE_REFUSE)
        return HttpResponseRedirect(request.get_full_path())


class LectureSeule(AdminBase):
    """Append-only tables: read, filtered, exported; never written here."""

    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def raison_de_ne_pas_modifier(self, request, obj):
        return ""


class ValeursLisibles(HistoricalRecordContextHelper):
    """Values of the history as people read them."""

    def prepare_delta_change_value(self, change, value):
        champ = self.model._meta.get_field(change.field)
        if value in (None, ""):
            return "vide"
        if isinstance(champ, MontantField):
            return euros(value, True)
        if isinstance(value, bool):
            return "oui" if value else "non"
        if getattr(champ, "choices", None):
            return str(dict(champ.flatchoices).get(value, value))
        return super().prepare_delta_change_value(change, value)


class AvecHistorique(SimpleHistoryAdmin):
    """History button of simple-history. It would otherwise show the past of an object that the agent may not see, and
    accept a POST that rewrites it."""

    def history_view(self, request, object_id, extra_context=None):
        self._exiger_visible(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        self._exiger_visible(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        if not str(version_id).isdecimal():
            raise Http404
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _exiger_visible(self, request, object_id):
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404

    def get_historical_record_context_helper(self, request, historical_record):
        return ValeursLisibles(self.model, historical_record)
