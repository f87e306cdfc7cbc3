"""Verbs of the procedure in the admin: a page that asks what the act needs, a POST that does it, nothing else.

The state stays read-only: buttons lead to these pages, and the same verbs serve one object or a selection, in which
case each row tells its own result.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from dpid.erreurs import ActeRefuse

LOT_MAXIMAL = 500


class SansSaisie(forms.Form):
    """An act that asks nothing but its confirmation."""


class MotifForm(forms.Form):
    motif = forms.CharField(
        label="Motif", widget=forms.Textarea(attrs={"rows": 3}), help_text="Conservé dans l’historique."
    )


@dataclass(frozen=True)
class ActeDAdmin:
    """`permis(objet, agent)`: state and rights together. `form(data, objet)` builds what is asked;
    `accomplir(objet, agent, form)` calls the verb; `consequence(objet)` says what will happen."""

    nom: str
    titre: str
    permis: Callable
    accomplir: Callable
    form: Callable = lambda data, objet: SansSaisie(data)  # noqa: E731 - a default, not a function of ours
    consequence: Callable = lambda objet: ""  # noqa: E731
    succes: str = "L’acte est enregistré."
    permission: str = ""
    est_dangereux: bool = False
    en_lot: bool = False


@dataclass(frozen=True)
class Resultat:
    """What became of one row of a selection."""

    objet: object
    est_fait: bool
    message: str


def tenter(acte: ActeDAdmin, objet, agent, form) -> Resultat:
    """Do the act, or tell why it was refused. `accomplir` may return its own sentence."""
    try:
        phrase = acte.accomplir(objet, agent, form)
    except ActeRefuse as refus:
        return Resultat(objet, False, str(refus))
    except ValidationError as erreur:
        return Resultat(objet, False, " ".join(erreur.messages))
    return Resultat(objet, True, phrase if isinstance(phrase, str) else acte.succes)


class AvecActes:
    """Mixin of ModelAdmin: buttons, pages and bulk actions for the verbs of `actes`."""

    actes_de_procedure: tuple[ActeDAdmin, ...] = ()

    def get_urls(self):
        nom = f"{self.opts.app_label}_{self.opts.model_name}_acte"
        vue = self.admin_site.admin_view(self.acte_view)
        return [path("<path:object_id>/acte/<slug:nom>/", vue, name=nom), *super().get_urls()]

    def actes_permis(self, objet, agent) -> list[ActeDAdmin]:
        return [a for a in self.actes_de_procedure if self._habilite(a, agent) and a.permis(objet, agent)]

    @staticmethod
    def _habilite(acte, agent) -> bool:
        return not acte.permission or agent.has_perm(acte.permission)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        contexte = {**(extra_context or {})}
        if object_id is not None and (objet := self.get_object(request, unquote(object_id))) is not None:
            contexte["actes"] = [
                {"titre": a.titre, "url": self._adresse(objet, a), "est_dangereux": a.est_dangereux}
                for a in self.actes_permis(objet, request.user)
            ]
        return super().changeform_view(request, object_id, form_url, contexte)

    def _adresse(self, objet, acte) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_acte", args=[objet.pk, acte.nom])

    def acte_view(self, request, object_id, nom):
        """GET asks, POST does. An object that the agent does not see is unknown."""
        acte = next((a for a in self.actes_de_procedure if a.nom == nom), None)
        objet = self.get_object(request, unquote(object_id))
        if acte is None or objet is None:
            raise Http404
        if not self.has_view_permission(request, objet) or not self._habilite(acte, request.user):
            raise PermissionDenied
        fiche = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[objet.pk])
        if request.method != "POST" and not acte.permis(objet, request.user):
            messages.error(request, f"« {acte.titre} » n’est pas possible maintenant sur {objet}.")
            return HttpResponseRedirect(fiche)
        form = acte.form(request.POST if request.method == "POST" else None, objet)
        if request.method == "POST" and form.is_valid():
            resultat = tenter(acte, objet, request.user, form)
            if resultat.est_fait:
                messages.success(request, resultat.message)
                return HttpResponseRedirect(fiche)
            form.add_error(None, resultat.message)
        contexte = {"acte": acte, "objet": objet, "form": form, "fiche": fiche, "consequence": acte.consequence(objet)}
        return self._page(request, "admin/dpid/acte.html", acte.titre, contexte)

    def _page(self, request, gabarit, titre, contexte):
        request.current_app = self.admin_site.name
        commun = {**self.admin_site.each_context(request), "title": titre, "opts": self.opts, "media": self.media}
        return TemplateResponse(request, gabarit, {**commun, **contexte})

    # --- Several at once

    def get_actions(self, request):
        actions = super().get_actions(request)
        for acte in self.actes_de_procedure:
            if acte.en_lot and self._habilite(acte, request.user):
                actions[acte.nom] = (_action(acte), acte.nom, f"{acte.titre} les éléments cochés")
        return actions

    def acte_en_lot(self, request, queryset, acte):
        """First asks and confirms, then does the act row by row: each in its own transaction, each with its result."""
        choisis = list(queryset.order_by("pk")[: LOT_MAXIMAL + 1])
        if len(choisis) > LOT_MAXIMAL:
            messages.error(request, f"Au plus {LOT_MAXIMAL} éléments à la fois : réduisez la sélection.")
            return None
        confirme = "confirmer" in request.POST
        form = acte.form(request.POST if confirme else None, None)
        resultats = []
        if confirme and form.is_valid():
            resultats = [tenter(acte, objet, request.user, form) for objet in choisis]
        contexte = {
            "acte": acte,
            "choisis": choisis,
            "form": form,
            "resultats": resultats,
            "nb_faits": sum(r.est_fait for r in resultats),
            "nom_case": helpers.ACTION_CHECKBOX_NAME,
            "cochees": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
        }
        return self._page(request, "admin/dpid/acte_en_lot.html", acte.titre, contexte)


def _action(acte):
    """The function that Django's list of actions wants."""

    @admin.action(description=acte.titre)
    def agir(modeladmin, request, queryset):
        return modeladmin.acte_en_lot(request, queryset, acte)

    return agir
