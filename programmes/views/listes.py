"""The list of dossiers, its exports, and the acts on a selection."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dpid.erreurs import ActeRefuse
from dpid.gestes import nouveau_jeton
from dpid.models import Travail
from dpid.tableaux import en_csv, en_ods, en_xlsx
from programmes import listes, lots

FORMATS = {
    "xlsx": (en_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ods": (en_ods, "application/vnd.oasis.opendocument.spreadsheet"),
    "csv": (en_csv, "text/csv; charset=utf-8"),
}
MONTRES = 100
voir = permission_required("programmes.view_dossier", raise_exception=True)


@require_safe
@voir
def dossiers(request):
    liste, actes = listes.lire(request), lots.actes_permis(request.user)
    totaux = liste.totaux()
    page = liste.page(totaux["nombre"])
    contexte = {
        "liste": liste, "totaux": totaux, "page": page, "formats": FORMATS, "actes": actes,
        "rangees": liste.rangees(page, bool(actes)),
    }  # fmt: skip
    return liste.retenir(render(request, "programmes/dossiers.html", contexte))


@require_safe
@voir
def exporter(request, format):
    return telecharger(listes.lire(request), format)


def telecharger(liste, format: str) -> HttpResponse:
    """Exactly what a list has on screen, in one of `FORMATS`; unknown otherwise."""
    if format not in FORMATS:
        raise Http404
    ecrire, nature = FORMATS[format]
    reponse = HttpResponse(ecrire([liste.en_tableau()]), content_type=nature)
    reponse["Content-Disposition"] = f'attachment; filename="{liste.NOM}.{format}"'
    return reponse


@voir
def lot(request):
    """Say what the act would do to the selection; then do it, once."""
    if request.method != "POST":
        return redirect("dossiers")
    acte = lots.ACTES.get(request.POST.get("acte", ""))
    if acte is None:
        messages.error(request, "Choisissez un acte à faire sur les dossiers sélectionnés.")
        return redirect(_retour(request))
    if not request.user.has_perm(acte.permission):
        raise PermissionDenied
    try:
        apercu = lots.apercu(acte, _selection(request), request.user)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return redirect(_retour(request))
    est_confirme = "jeton" in request.POST
    form = lots.formulaire(acte, request.POST if est_confirme else None)
    if est_confirme and form.is_valid() and (travail := _faire(request, acte, form)):
        return redirect("lot_resultat", travail.pk)
    contexte = {
        "acte": acte, "apercu": apercu, "form": form, "retour": _retour(request), "requete": _requete(request),
        "jeton": request.POST.get("jeton") or nouveau_jeton(), "montres": apercu.pris[:MONTRES],
        "ecartes": apercu.ecartes[:MONTRES],
    }  # fmt: skip
    return render(request, "programmes/lot.html", contexte)


def _faire(request, acte, form):
    """The job, or None when nothing was left to do it on."""
    identifiants = lots.lire_identifiants(request.POST.get("ids", ""))[: lots.LOT_MAX]
    if not identifiants:
        messages.error(request, "Aucun des dossiers sélectionnés ne permet cet acte.")
        return None
    jeton = request.POST.get("jeton", "")[:64] or nouveau_jeton()
    return lots.demander_lot(acte, identifiants, form, par=request.user, jeton=jeton, retour=_requete(request))


def _selection(request) -> list[int]:
    """What was ticked, on this page and on the others, or everything that is filtered."""
    if request.POST.get("tous") and "jeton" not in request.POST:
        return listes.composer(request.user, QueryDict(_requete(request))).identifiants()
    cochees = [*request.POST.getlist("d"), *request.POST.getlist("ids")]
    return lots.lire_identifiants(",".join(cochees))


def _requete(request) -> str:
    """Filters, order, columns and page of the list that one comes from; nothing that the list does not know."""
    lue = QueryDict(request.POST.get("requete", "")[:4000])
    garde = QueryDict(mutable=True)
    for nom in (*listes.PARAMETRES, "page"):
        if lue.getlist(nom):
            garde.setlist(nom, lue.getlist(nom))
    return garde.urlencode()


def _retour(request) -> str:
    requete = _requete(request)
    return f"{reverse('dossiers')}?{requete}" if requete else reverse("dossiers")


@require_safe
@voir
def resultat(request, pk):
    """What became of each dossier of the selection."""
    travail = get_object_or_404(Travail.objects.visibles_par(request.user).defer("resultat"), pk=pk, nature=lots.NATURE)
    elements = travail.elements.order_by("est_fait", "pk")
    contexte = {
        "travail": travail,
        "acte": lots.ACTES[travail.parametres["acte"]],
        "bilan": lots.bilan(travail),
        "est_vivant": travail.etat in (Travail.Etat.EN_ATTENTE, Travail.Etat.EN_COURS),
        "page": Paginator(elements, listes.PAR_PAGE).get_page(request.GET.get("page")),
        "retour": f"{reverse('dossiers')}?{travail.parametres['retour']}",
    }
    return render(request, "programmes/lot_resultat.html", contexte)
