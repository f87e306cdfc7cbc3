"""What the pages of this room share: who may, which object, how an act is tried."""

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


def jour_lu(texte: str | None):
    """The day of an address or of a form; today when there is none, or none that exists."""
    try:
        return parse_date(texte or "") or timezone.localdate()
    except ValueError:
        return timezone.localdate()
