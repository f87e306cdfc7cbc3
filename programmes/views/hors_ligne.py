"""Work offline: take the instruction table away, bring it back, approve its changed cells."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dpid.erreurs import ActeRefuse
from dpid.typographie import accorder
from programmes import listes
from programmes.aller_retour import classeur, lecture, reprise
from programmes.views.listes import FORMATS

modifier = permission_required("programmes.change_dossier", raise_exception=True)


class DepotForm(forms.Form):
    fichier = forms.FileField(label="Classeur rempli", help_text="Le XLSX exporté d’ici, 10 Mo au plus.")


@modifier
def hors_ligne(request):
    if request.method != "POST":
        return _page(request, DepotForm())
    if "depot" in request.POST:
        return _valider(request)
    form = DepotForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    fichier = form.cleaned_data["fichier"]
    try:
        lue = lecture.lire(fichier.read(), fichier.name[:150], par=request.user)
    except ActeRefuse as refus:
        form.add_error("fichier", str(refus))
        return _page(request, form)
    return _page(request, DepotForm(), lue)


def _valider(request):
    """One approval for all: everything that is ticked is written, or nothing."""
    depot, pris = request.POST["depot"], set(request.POST.getlist("prendre"))
    try:
        nombre = reprise.appliquer(depot, pris, par=request.user)
    except ActeRefuse as refus:
        return _revoir(request, depot, str(refus))
    if nombre:
        messages.success(request, f"{accorder(nombre, 'cellule enregistrée', 'cellules enregistrées')}.")
    else:
        messages.info(request, "Aucune cellule n’était cochée : rien n’a changé.")
    return redirect("dossiers")


def _revoir(request, depot, refus: str):
    """The preview again, on what is stored now; nothing was written."""
    try:
        lue = reprise.relire(depot, request.user)
    except ActeRefuse as perime:
        messages.error(request, str(perime))
        return _page(request, DepotForm())
    reprise.actualiser(lue)
    if not lue.ecarts:
        messages.info(request, "Ces changements étaient déjà enregistrés : rien n’a changé.")
        return redirect("dossiers")
    messages.error(request, f"{refus} Rien n’a été enregistré.")
    return _page(request, DepotForm(), lue)


def _page(request, form, lue=None):
    contexte = {"form": form, "reprise": lue, "requete": request.GET.urlencode()}
    if lue is not None:
        contexte["depot"] = lue.signer(request.user)
    return render(request, "programmes/hors_ligne.html", contexte)


@require_safe
@modifier
def exporter(request):
    """The instruction table of the list on screen, ready to be edited."""
    try:
        objets = classeur.lignes_a_exporter(listes.lire(request).identifiants(), request.user)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return redirect(f"{reverse('hors_ligne')}?{request.GET.urlencode()}")
    reponse = HttpResponse(classeur.ecrire(objets, par=request.user), content_type=FORMATS["xlsx"][1])
    nom = f"instruction_{timezone.localdate():%Y-%m-%d}.xlsx"
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    return reponse
