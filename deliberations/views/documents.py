"""Documents of a rapport: preview in the page, download, and the worker when they are long."""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from deliberations import documents, tasks
from deliberations.views.communs import habilite, rapport_visible
from dpid.erreurs import ActeRefuse

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
editer = habilite("deliberations.editer")


def _verifier(rapport, cle, format):
    """The document exists, in that format; anything else is unknown (404)."""
    try:
        connu = format in documents.piece(rapport, cle).formats
    except ActeRefuse as refus:
        raise Http404 from refus
    if not connu:
        raise Http404


def est_long(rapport, format) -> bool:
    """A live PDF above the threshold is made by the worker; a frozen one is only served."""
    if format != "pdf" or rapport.est_vote:
        return False
    return rapport.propositions.count() > settings.DPID["lignes_en_tache_de_fond"]


@editer
@require_safe
def telecharger(request, pk, nature, format):
    rapport = rapport_visible(request, pk)
    _verifier(rapport, nature, format)
    if est_long(rapport, format):
        return render(request, "deliberations/document_long.html", {"rapport": rapport, "nature": nature})
    return _servir(rapport, nature, format, "attachment")


@editer
@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF], "object-src": [SELF], "default-src": [NONE]})
def apercu(request, pk, nature):
    """The printed page inside ours: this answer alone may be framed, by us only."""
    rapport = rapport_visible(request, pk)
    _verifier(rapport, nature, "pdf")
    if est_long(rapport, "pdf"):
        return HttpResponse("Ce rapport est long : demandez son édition depuis les documents.", status=413)
    return _servir(rapport, nature, "pdf", "inline")


def _servir(rapport, nature, format, disposition):
    try:
        contenu, nom = documents.editer(rapport, nature, format)
    except ActeRefuse as refus:
        return HttpResponse(str(refus), status=409, content_type="text/plain; charset=utf-8")
    reponse = HttpResponse(contenu, content_type=TYPES[format])
    reponse["Content-Disposition"] = f'{disposition}; filename="{nom}"'
    return reponse


@editer
@require_POST
def demander(request, pk, nature):
    """A long edition, by the worker: progress in « Documents en cours »."""
    rapport = rapport_visible(request, pk)
    _verifier(rapport, nature, "pdf")
    tasks.demander_edition(rapport, nature, "pdf", par=request.user)
    messages.success(request, "L’édition est demandée : elle apparaît ci-dessous avec son avancement.")
    return redirect("travaux")
