"""Saved views of the lists: save what is on screen, rename, share, choose the default one, delete."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dpid import vues
from dpid.erreurs import ActeRefuse
from dpid.gestes import exiger
from dpid.models import VueDeListe


class VueForm(forms.ModelForm):
    class Meta:
        model = VueDeListe
        fields = ["nom", "est_partagee", "est_par_defaut"]
        labels = {
            "nom": "Nom de la vue",
            "est_partagee": "Partagée avec tous les agents",
            "est_par_defaut": "Ouvrir la liste sur cette vue",
        }
        help_texts = {"est_partagee": "", "est_par_defaut": ""}

    def reglages(self) -> dict:
        return {nom: self.cleaned_data[nom] for nom in self._meta.fields}


def _liste(request, nom: str) -> vues.Liste:
    liste = vues.la_liste(nom)
    if liste is None:
        raise Http404
    exiger(request.user, liste.permission)
    return liste


def _sienne(request, pk) -> tuple:
    """A view of this agent and its list: others' shared views are read, never changed."""
    vue = get_object_or_404(VueDeListe, pk=pk, agent=request.user)
    return vue, _liste(request, vue.liste)


@require_safe
def gerer(request, liste):
    """The agent's views, each in its form; those that others share, to apply."""
    liste = _liste(request, liste)
    visibles = VueDeListe.objects.visibles_par(request.user).filter(liste=liste.nom).select_related("agent")
    siennes = [v for v in visibles if v.agent_id == request.user.pk]
    contexte = {
        "liste": liste,
        "siennes": [(v, VueForm(instance=v, prefix=f"vue-{v.pk}")) for v in siennes],
        "partagees": [v for v in visibles if v.agent_id != request.user.pk],
    }
    return render(request, "dpid/vues.html", contexte)


@require_POST
def enregistrer(request, liste):
    liste = _liste(request, liste)
    form, parametres = VueForm(request.POST), request.POST.get("parametres", "")
    suite = f"{liste.adresse()}?{parametres}"
    if not form.is_valid():
        messages.error(request, f"La vue n’est pas enregistrée. {_erreurs(form)}")
        return redirect(suite)
    try:
        vue, nouvelle = vues.enregistrer(liste, par=request.user, parametres=parametres, **form.reglages())
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return redirect(suite)
    messages.success(request, f"La vue « {vue.nom} » est {'enregistrée' if nouvelle else 'remplacée'}.")
    return redirect(f"{liste.adresse()}?{vue.parametres}")


@require_POST
def modifier(request, pk):
    vue, liste = _sienne(request, pk)
    form = VueForm(request.POST, prefix=f"vue-{pk}")
    if not form.is_valid():
        messages.error(request, f"La vue « {vue.nom} » n’est pas modifiée. {_erreurs(form)}")
        return redirect("vues", liste.nom)
    try:
        vues.modifier(vue, par=request.user, **form.reglages())
    except ActeRefuse as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"La vue « {vue.nom} » est modifiée.")
    return redirect("vues", liste.nom)


@require_POST
def supprimer(request, pk):
    vue, liste = _sienne(request, pk)
    vue.delete()
    messages.success(request, f"La vue « {vue.nom} » est supprimée.")
    return redirect("vues", liste.nom)


def _erreurs(form) -> str:
    return " ".join(f"{form[nom].label} : {' '.join(erreurs)}" for nom, erreurs in form.errors.items())
