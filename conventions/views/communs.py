"""What the pages of this room share: who may, which object, how an act is tried."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_date

from conventions.models import Acte, Convention


def habilite(permission: str):
    """The view answers 403 to an agent who does not hold `permission`."""
    return permission_required(permission, raise_exception=True)


voir = habilite("conventions.view_convention")
preparer = habilite("conventions.change_acte")


def convention_visible(request, pk) -> Convention:
    """Among those that the agent may see; anything else is unknown (404)."""
    visibles = Convention.objects.visibles_par(request.user).select_related("structure")
    return get_object_or_404(visibles, pk=pk)


def acte_visible(request, pk) -> Acte:
    visibles = Acte.objects.visibles_par(request.user).select_related(
        "convention__structure", "rapport__seance__instance", "rapport__deliberation__transmission",
        "version_modele__modele", "document", "scan",
    )  # fmt: skip
    return get_object_or_404(visibles.defer("document__pdf", "scan__pdf"), pk=pk)


def jour_saisi(texte: str | None) -> date | None:
    """The day typed, today when none was, None when it does not exist or is of another century."""
    try:
        jour = parse_date(texte) if texte else timezone.localdate()
    except ValueError:
        return None
    return jour if jour and 2000 <= jour.year < 2100 else None


def jour_lu(request) -> date:
    """The day that the page is asked for (`?au=`); today, and it is said, when there is no such day."""
    jour = jour_saisi(request.GET.get("au"))
    if jour is None:
        messages.error(request, "Cette date n’existe pas : la page montre ce qui vaut aujourd’hui.")
    return jour or timezone.localdate()
