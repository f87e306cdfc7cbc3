"""Documents of a rapport: preview in the page, download, and the worker when they are long."""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from deliberations import documents, dossier_de_seance, tasks
from deliberations.dossier_de_seance import Edition
from deliberations.views.communs import habilite, rapport_visible
from dpid import bureautique
from dpid.erreurs import ActeRefuse

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "zip": "application/zip",
    documents.ARCHIVE: "application/pdf",
    **bureautique.FORMATS,
}
editer = habilite("deliberations.editer")


def _verifier(request, rapport, cle, format, edition="") -> Edition:
    """The document exists, in that format and that edition (else 404), and the agent may read it (else 403)."""
    reserve = documents.RESERVEES.get(cle)
    if reserve and not request.user.has_perm(reserve):
        raise PermissionDenied
    try:
        connu = format in dossier_de_seance.formats(rapport, cle)
    except ActeRefuse as refus:
        raise Http404 from refus
    edition = edition or Edition.SIGNEE
    if not connu or edition not in Edition.values or (edition == Edition.PUBLICATION and not rapport.est_vote):
        raise Http404
    return Edition(edition)


def est_long(rapport, cle, format, edition=Edition.SIGNEE) -> bool:
    """Made by the worker: a bundle, or a PDF to lay out above the threshold; what is frozen is only served."""
    seuil = settings.DPID["lignes_en_tache_de_fond"]
    return not dossier_de_seance.est_immediat(rapport, cle, format, edition, lignes_max=seuil)


@editer
@require_safe
def telecharger(request, pk, nature, format):
    rapport = rapport_visible(request, pk)
    edition = _verifier(request, rapport, nature, format, request.GET.get("edition", ""))
    if est_long(rapport, nature, format, edition):
        contexte = {"rapport": rapport, "nature": nature, "format": format, "edition": edition}
        titre = dossier_de_seance.ASSEMBLAGES.get(nature, "Édition longue")
        return render(request, "deliberations/document_long.html", {**contexte, "titre": titre})
    return _servir(rapport, nature, format, "attachment", edition)


@editer
@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF], "object-src": [SELF], "default-src": [NONE]})
def apercu(request, pk, nature):
    """The printed page inside ours: this answer alone may be framed, by us only."""
    rapport = rapport_visible(request, pk)
    _verifier(request, rapport, nature, "pdf")
    if est_long(rapport, nature, "pdf"):
        return HttpResponse("Ce rapport est long : demandez son édition depuis les documents.", status=413)
    return _servir(rapport, nature, "pdf", "inline")


def _servir(rapport, nature, format, disposition, edition=Edition.SIGNEE):
    try:
        contenu, nom = dossier_de_seance.editer(rapport, nature, format, edition=edition)
    except ActeRefuse as refus:
        return HttpResponse(str(refus), status=409, content_type="text/plain; charset=utf-8")
    return fichier(contenu, nom, format, disposition)


def fichier(contenu: bytes, nom: str, format: str, disposition="attachment") -> HttpResponse:
    reponse = HttpResponse(contenu, content_type=TYPES[format])
    reponse["Content-Disposition"] = f'{disposition}; filename="{nom}"'
    return reponse


@editer
@require_POST
def demander(request, pk, nature):
    """A long edition, by the worker: progress in « Documents en cours »."""
    rapport, format = rapport_visible(request, pk), request.POST.get("format", "pdf")
    edition = _verifier(request, rapport, nature, format, request.POST.get("edition", ""))
    tasks.demander_edition(rapport, nature, format, par=request.user, edition=edition)
    messages.success(request, "L’édition est demandée : elle apparaît ci-dessous avec son avancement.")
    return redirect("travaux")
