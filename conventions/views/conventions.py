"""Register of the conventions, page of one convention, entry of one born before the application."""

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from conventions.forms import RepriseForm
from conventions.models import Convention
from conventions.reprise import reprendre as reprendre_convention
from conventions.views.communs import convention_visible, habilite, voir
from dpid.erreurs import ActeRefuse

PAR_PAGE = 100


@voir
@require_safe
def conventions(request):
    visibles = Convention.objects.visibles_par(request.user).select_related("structure")
    page = Paginator(visibles, PAR_PAGE).get_page(request.GET.get("page"))
    return render(request, "conventions/conventions.html", {"page": page})


@voir
@require_safe
def convention(request, pk):
    objet = convention_visible(request, pk)
    actes = objet.actes.avec_montant().select_related("rapport__seance")
    contexte = {"convention": objet, "actes": actes, "echeances": objet.echeances.attendues()}
    return render(request, "conventions/convention.html", contexte)


@habilite("conventions.add_convention")
def reprendre(request):
    """The convention that an avenant modifies, when it was signed before the application."""
    form = RepriseForm(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(reprendre_convention(par=request.user, **form.cleaned_data))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
    contexte = {"form": form, "titre": "Reprendre une convention signée", "bouton": "Enregistrer la convention"}
    return render(request, "conventions/formulaire.html", contexte)
