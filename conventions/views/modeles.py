"""Models of acts: their list, one model and its versions, one version and its blocks."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conventions.models import Modele, VersionDeModele
from conventions.views.communs import habilite
from dpid.documents import blocs

voir = habilite("conventions.view_modele")


@voir
@require_safe
def modeles(request):
    tous = Modele.objects.prefetch_related("versions", "dispositifs")
    return render(request, "conventions/modeles.html", {"modeles": tous})


@voir
@require_safe
def modele(request, pk):
    objet = get_object_or_404(Modele.objects.prefetch_related("versions", "dispositifs"), pk=pk)
    return render(request, "conventions/modele.html", {"modele": objet, "versions": objet.versions.all()})


@voir
@require_safe
def version(request, pk):
    objet = get_object_or_404(VersionDeModele.objects.select_related("modele").prefetch_related("blocs"), pk=pk)
    return render(
        request,
        "conventions/version.html",
        {"version": objet, "blocs": [(b, blocs(b.texte)) for b in objet.blocs.all()]},
    )
