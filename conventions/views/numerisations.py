"""Scans that come back: deposit of a file, the sorting tray."""

import io

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from pypdfium2 import PdfiumError

from conventions.forms import LotForm, TriForm
from conventions.models import Acte, LotDeNumerisation, PageNumerisee
from conventions.vie import exemplaires, numerisation, retours
from conventions.views.communs import habilite
from conventions.views.exemplaires import lire_depot
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir
from dpid.models import Travail

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
    fichier, signe_le = form.cleaned_data["fichier"], form.cleaned_data["signe_le"]
    try:
        lot = numerisation.deposer(fichier.name, lire_depot(fichier), par=request.user, signe_le=signe_le)
    except ActeRefuse as refus:
        form.add_error("fichier", str(refus))
        return _page(request, form)
    return _lire(request, lot)


def _lire(request, lot):
    """Read the lot, now or by the worker, and say what came of it."""
    travail = numerisation.demander_lecture(lot, par=request.user)
    if travail.etat == Travail.Etat.ECHOUE:
        messages.error(request, f"La lecture de « {lot} » a échoué : le fichier est gardé, relisez-le ci-dessous.")
    elif travail.est_vivant:
        messages.success(request, f"Le lot « {lot} » est déposé : ses pages se rangent à mesure de leur lecture.")
    else:
        messages.success(request, f"Le lot « {lot} » est lu. {travail.message}")
    return redirect("numerisations")


def _page(request, form):
    a_trier = list(PageNumerisee.objects.a_trier().select_related("lot").defer("lot__contenu"))
    actes = _actes(request.user)
    proposees = numerisation.places_probables(a_trier, actes)
    contexte = {
        "form": form,
        "pages": [(page, TriForm(page=page, actes=actes, initial=proposees.get(page.pk))) for page in a_trier],
        "lots": _lots(),
    }
    return render(request, "conventions/numerisations.html", contexte)


def _lots() -> list[LotDeNumerisation]:
    """The latest, with where their pages stand; `est_en_echec`: their reading stopped."""
    ecartee = Q(pages__est_ecartee=True)
    lots = LotDeNumerisation.objects.defer("contenu").select_related("depose_par").annotate(
        rangees=Count("pages", filter=Q(pages__acte__isnull=False) & ~ecartee),
        ecartees=Count("pages", filter=ecartee), lues=Count("pages"),
    )[:LOTS_MONTRES]  # fmt: skip
    cles = {numerisation.cle_de_lecture(lot): lot for lot in lots}
    echecs = Travail.objects.filter(cle__in=cles, etat=Travail.Etat.ECHOUE).values_list("cle", flat=True)
    for cle in echecs:
        cles[cle].est_en_echec = True
    return list(cles.values())


def _actes(agent) -> dict[int, Acte]:
    return {acte.pk: acte for acte in retours.qui_attendent(agent)}


@signer
@require_POST
def relire(request, pk):
    """Read again a lot whose reading failed."""
    return _lire(request, get_object_or_404(LotDeNumerisation.objects.defer("contenu"), pk=pk))


@signer
@require_POST
def ecarter(request, pk):
    """Put aside what a lot left in the tray: a file read twice, blank backs."""
    lot = get_object_or_404(LotDeNumerisation.objects.defer("contenu"), pk=pk)
    accomplir(request, lambda par: numerisation.ecarter_le_reste(lot, par=par), "Ces pages sont écartées.")
    return redirect("numerisations")


@lire_les_scans
@require_safe
def image(request, pk):
    """The page itself, just large enough to be read: what the person sorts by."""
    page = get_object_or_404(PageNumerisee.objects.select_related("lot"), pk=pk)
    sortie = io.BytesIO()
    try:
        with exemplaires.ouvrir(bytes(page.lot.contenu)) as pdf:
            feuille = pdf[page.rang - 1]
            feuille.render(scale=numerisation.echelle(feuille, POINTS)).to_pil().save(sortie, "PNG")
    except PdfiumError as erreur:
        raise Http404 from erreur  # a damaged page: the tray says so
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
        dits = []
        accomplir(
            request, lambda par: dits.extend(numerisation.trier(page, par=par, **form.cleaned_data)),
            "La page est rangée.",
        )  # fmt: skip
        for dit in dits:
            messages.warning(request, dit)
    else:
        messages.error(request, "Choisissez l’acte et le numéro de la page, ou écartez-la.")
    return redirect("numerisations")
