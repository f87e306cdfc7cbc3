"""« Claire Dupont consulte ce dossier »: pages say who has them open, and are told who else has.

The rooms register what may be watched and who sees it; an object that the agent does not see is a 404. Nothing of it is
an act: no row in the journal, and the session is not prolonged (see `SessionGlissanteMiddleware`).
"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from dpid.models import Presence

FINI = 286  # htmx stops polling
CHEMIN = "/presence/"
_suivis: dict[str, Callable] = {}


def suivre(modele: str, visibles_par: Callable) -> None:
    """Watch the objects of `modele` (« programmes.dossier »); `visibles_par(agent)` → QuerySet."""
    _suivis[modele] = visibles_par


@login_not_required
@require_POST
def presence(request, modele, pk):
    """Say that I am here; answer who else is. Without a session any more: say so, and stop asking."""
    if not request.user.is_authenticated:
        return render(request, "dpid/_presence_finie.html", status=FINI)
    if modele not in _suivis:
        raise Http404
    objet = get_object_or_404(_suivis[modele](request.user), pk=pk)
    Presence.signaler(objet, request.user, est_en_saisie=request.POST.get("saisie") == "1")
    return render(request, "dpid/_presences.html", {"presents": phrases(objet, request.user)})


def phrases(objet, agent) -> list[str]:
    """One sentence per other agent, those who write first."""
    presents = sorted(Presence.objects.sur(objet, sauf=agent), key=lambda p: not p.est_en_saisie)
    nom = objet._meta.verbose_name
    return [
        f"{p.agent} est en train de modifier ce {nom}." if p.est_en_saisie else f"{p.agent} consulte ce {nom}."
        for p in presents
    ]
