"""Import and export pages of the admin, on top of import-export.

What is confirmed is what was previewed: the uploaded file waits in a private temporary file whose signed name carries
its SHA-256, the agent and the table (the library would read, and delete, any file of the temporary folder that a form
names). A refused row refuses the whole file, at the preview and at the confirmation alike.
"""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from import_export.admin import ExportActionMixin, ImportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from import_export.results import RowResult
from import_export.tmp_storages import BaseStorage

from dpid.classeurs import TAILLE_MAX, FichierRefuse
from dpid.echanges import CSV, ODS, XLSX
from dpid.erreurs import ActeRefuse

SEL = "dpid.admin_echanges"
DUREE = 3600
PREFIXE = "dpid-import-"
REFUS = (
    "L’import est refusé : rien n’a été enregistré. Corrigez les lignes signalées, puis déposez le fichier à nouveau."
)


class FichierEnAttente(BaseStorage):
    """A file readable by this account only, forgotten after an hour."""

    def save(self, data):
        _purger()
        descripteur, self.name = tempfile.mkstemp(prefix=PREFIXE)
        with os.fdopen(descripteur, "wb") as fichier:
            fichier.write(data)

    def read(self):
        return Path(self.name).read_bytes()

    def remove(self):
        Path(self.name).unlink(missing_ok=True)


def _purger():
    for fichier in Path(tempfile.gettempdir()).glob(f"{PREFIXE}*"):
        try:
            if fichier.stat().st_mtime < time.time() - DUREE:
                fichier.unlink()
        except OSError:  # somebody else's, or gone meanwhile
            continue


class DepotForm(ImportForm):
    """One file; its format is read from its content."""

    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.fields["import_file"].label = "Fichier à importer"
        self.fields["import_file"].help_text = "Classeur XLSX ou ODS, ou CSV ; 10 Mo et 5 000 lignes au plus."
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()

    @property
    def media(self):
        return forms.Media()

    def clean_format(self):
        return "0"

    def clean_import_file(self):
        fichier = self.cleaned_data["import_file"]
        if fichier.size > TAILLE_MAX:
            raise forms.ValidationError("Le fichier dépasse 10 Mo : gardez la seule feuille à importer, sans image.")
        return fichier


class ExporterForm(ExportForm):
    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.fields["resource"].label = "Contenu"
        self.fields["format"].choices = [c for c in self.fields["format"].choices if c[0] != ""]


class ConfirmerForm(ConfirmImportForm):
    """Carries the signed name of the file; `scelle` is set by the page (table and agent)."""

    sceau = ""

    def clean_import_file_name(self):
        perime = forms.ValidationError("Ce dépôt a expiré ou a déjà été importé : déposez le fichier à nouveau.")
        try:
            depot = signing.loads(self.cleaned_data["import_file_name"], salt=SEL, max_age=DUREE)
            contenu = Path(depot["nom"]).read_bytes()
        except (signing.BadSignature, OSError) as erreur:
            raise perime from erreur
        if depot["sceau"] != self.sceau or hashlib.sha256(contenu).hexdigest() != depot["sha256"]:
            raise perime
        return depot["nom"]


class Exportable(ExportActionMixin):
    """Exports exactly what is on the list (filters included) or what is ticked."""

    export_form_class = ExporterForm
    show_change_form_export = False
    change_form_template = "admin/dpid/change_form.html"

    @property
    def export_formats(self):
        return [XLSX, ODS, CSV]

    def has_export_permission(self, request):
        return self.has_view_permission(request)

    def get_valid_export_item_pks(self, request):
        return list(self.get_queryset(request).values_list("pk", flat=True))

    def get_export_filename(self, request, queryset, file_format):
        nom = self.opts.model_name
        return f"{nom}_{timezone.localdate().isoformat()}.{file_format.get_extension()}"

    @admin.action(description="Exporter les éléments cochés")
    def export_admin_action(self, request, queryset):
        return super().export_admin_action(request, queryset)

    def get_actions(self, request):
        actions = super().get_actions(request)
        if "export_admin_action" in actions:
            fonction, nom, _ = actions["export_admin_action"]
            actions["export_admin_action"] = (fonction, nom, "Exporter les éléments cochés")
        return actions


class Importable(ImportMixin):
    """Preview, then confirmation: all or nothing, errors by row, in French."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_form_class = DepotForm
    confirm_form_class = ConfirmerForm
    tmp_storage_class = FichierEnAttente

    @property
    def import_formats(self):
        return [XLSX]  # one reader for XLSX, ODS and CSV: the content decides

    def has_import_permission(self, request):
        return self.has_add_permission(request) and self.has_change_permission(request)

    def get_import_resource_kwargs(self, request, **kwargs):
        return {}

    def get_confirm_form_class(self, request):
        sceau = f"{self.opts.label_lower}:{request.user.pk}"
        return type("ConfirmerForm", (ConfirmerForm,), {"sceau": sceau})

    def get_confirm_form_initial(self, request, import_form):
        initial = super().get_confirm_form_initial(request, import_form)
        if import_form is not None:
            nom = initial["import_file_name"]
            sha256 = hashlib.sha256(Path(nom).read_bytes()).hexdigest()
            sceau = f"{self.opts.label_lower}:{request.user.pk}"
            initial["import_file_name"] = signing.dumps({"nom": nom, "sha256": sha256, "sceau": sceau}, salt=SEL)
        return initial

    def get_import_data_kwargs(self, **kwargs):
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form, e):
        lisible = isinstance(e, FichierRefuse)
        form.add_error("import_file", str(e) if lisible else "Ce fichier ne se lit pas : est-ce bien un tableur ?")

    def import_action(self, request, **kwargs):
        try:
            return super().import_action(request, **kwargs)
        except ActeRefuse as refus:
            messages.error(request, str(refus))
            return HttpResponseRedirect(request.path)

    def process_import(self, request, **kwargs):
        if request.method == "POST" and self.has_import_permission(request):
            formulaire = self.create_confirm_form(request)
            if not formulaire.is_valid():
                erreurs = [e for liste in formulaire.errors.values() for e in liste]
                messages.error(request, " ".join(dict.fromkeys(erreurs)))
                return HttpResponseRedirect(self._adresse_d_echange("import"))
        elif request.method == "POST":
            raise PermissionDenied
        return super().process_import(request, **kwargs)

    def _adresse_d_echange(self, page) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    def process_result(self, result, request):
        """The library announces a success whatever happened: a refusal met at the confirmation is shown as such."""
        if not result.has_errors() and not result.has_validation_errors():
            return super().process_result(result, request)
        messages.error(request, REFUS)
        formulaire = self.create_import_form(request)
        formulaire.is_bound = False
        contexte = {
            **self.admin_site.each_context(request),
            "title": "Importer",
            "form": formulaire,
            "opts": self.opts,
            "result": result,
        }
        return TemplateResponse(request, [self.import_template_name], contexte)

    def add_success_message(self, result, request):
        t = result.totals
        messages.success(
            request,
            f"Import enregistré : {t[RowResult.IMPORT_TYPE_NEW]} ajout(s), {t[RowResult.IMPORT_TYPE_UPDATE]} "
            f"modification(s), {t[RowResult.IMPORT_TYPE_SKIP]} ligne(s) inchangée(s).",
        )
