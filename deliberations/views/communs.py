"""What the pages of this room share: who may, which rapport, how a refusal is shown."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from deliberations.models import Rapport, Seance
from dpid.erreurs import ActeRefuse


def habilite(permission: str):
    """The view answers 403 to an agent who does not hold `permission`."""
    return permission_required(permission, raise_exception=True)


voir = habilite("deliberations.view_rapport")
preparer = habilite("deliberations.preparer")


def rapport_visible(request, pk):
    """The rapport among those that the agent may see; anything else is unknown (404)."""
    rapports = Rapport.objects.visibles_par(request.user)
    return get_object_or_404(
        rapports.select_related("seance__instance", "service", "cree_par", "deliberation__par"), pk=pk
    )


def seances_visibles(request):
    """Every agent who holds a role reads the séances."""
    visibles = Seance.objects.all() if request.user.has_perm("deliberations.view_seance") else Seance.objects.none()
    return visibles.select_related("instance")


def tenter(request, acte, succes: str) -> bool:
    """Run `acte()`; its refusal is a message. True when done."""
    try:
        acte()
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return False
    messages.success(request, succes)
    return True


def vers_rapport(rapport, operation=None, ancre="", partie=""):
    """Back to the rapport, on the part that was being worked on."""
    partie = partie or (f"o{operation}" if operation else "")
    partie = f"?{urlencode({'partie': partie})}" if partie else ""
    return HttpResponseRedirect(f"{reverse('rapport', args=[rapport.pk])}{partie}{f'#{ancre}' if ancre else ''}")


def page_de_formulaire(request, form, *, titre, bouton, retour, rapport=None, sous_titre="", status=200, **reste):
    """The common page of a form: title, fields, one button, a way back."""
    contexte = {
        "form": form,
        "titre": titre,
        "bouton": bouton,
        "retour": retour,
        "rapport": rapport,
        "sous_titre": sous_titre,
        **reste,
    }
    return render(request, "deliberations/formulaire.html", contexte, status=status)
