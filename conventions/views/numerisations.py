"""Scans that come back: deposit of a file, the sorting tray."""

import io

import pypdfium2
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from conventions.forms import LotForm, TriForm
from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import numerisation
from conventions.views.communs import habilite
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir

LOTS_MONTRES = 20
POINTS = 90  # an inch, of the image of a page to sort
lire_les_scans = habilite("conventions.view_lotdenumerisation")
signer = habilite("conventions.signer")


@lire_les_scans
def numerisations(request):
    """Deposit a file; below, the pages to sort and the latest lots."""
    form = LotForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        return _deposer(request, form)
    return _page(request, form)


@signer
def _deposer(request, form):
    if not form.is_valid():
        return _page(request, form)
    fichier = form.cleaned_data["fichier"]
    try:
        lot = numerisation.deposer(fichier.name, fichier.read(), par=request.user)
    except ActeRefuse as refus:
        form.add_error("fichier", str(refus))
        return _page(request, form)
    numerisation.demander_lecture(lot, par=request.user)
    messages.success(request, f"Le lot « {lot} » est déposé : ses pages se rangent d’elles-mêmes, ou viennent au tri.")
    return redirect("numerisations")


def _page(request, form):
    a_trier = list(PageNumerisee.objects.a_trier().select_related("lot").defer("lot__contenu"))
    actes = _actes(request.user)
    proposees = numerisation.places_probables(a_trier, actes)
    lots = LotDeNumerisation.objects.defer("contenu").select_related("depose_par").annotate(
        rangees=Count("pages", filter=Q(pages__acte__isnull=False)),
        ecartees=Count("pages", filter=Q(pages__est_ecartee=True)), lues=Count("pages"),
    )  # fmt: skip
    contexte = {
        "form": form,
        "pages": [(page, TriForm(page=page, actes=actes, initial=proposees.get(page.pk))) for page in a_trier],
        "lots": lots[:LOTS_MONTRES],
    }
    return render(request, "conventions/numerisations.html", contexte)


def _actes(agent) -> dict[int, Acte]:
    """Those whose signed copy is awaited, among those that the agent sees."""
    attendus = Acte.objects.visibles_par(agent).filter(etat=Acte.Etat.A_SIGNER)
    return {acte.pk: acte for acte in attendus.select_related("convention__structure")}


@lire_les_scans
@require_safe
def image(request, pk):
    """The page itself, just large enough to be read: what the person sorts by."""
    page = get_object_or_404(PageNumerisee.objects.select_related("lot"), pk=pk)
    pdf = pypdfium2.PdfDocument(bytes(page.lot.contenu))
    sortie = io.BytesIO()
    pdf[page.rang - 1].render(scale=numerisation.echelle(pdf[page.rang - 1], POINTS)).to_pil().save(sortie, "PNG")
    pdf.close()
    return HttpResponse(sortie.getvalue(), content_type="image/png")


@signer
@require_POST
def trier(request, pk):
    page = get_object_or_404(PageNumerisee, pk=pk)
    if "ecarter" in request.POST:
        accomplir(request, lambda par: numerisation.trier(page, par=par), "La page est écartée.")
        return redirect("numerisations")
    form = TriForm(request.POST, page=page, actes=_actes(request.user))
    if form.is_valid():
        accomplir(request, lambda par: numerisation.trier(page, par=par, **form.cleaned_data), "La page est rangée.")
    else:
        messages.error(request, "Choisissez l’acte et le numéro de la page, ou écartez-la.")
    return redirect("numerisations")
