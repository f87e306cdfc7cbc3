"""The calls for projects: the tree of one call, what must be reviewed, opening the next year."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid.erreurs import ActeRefuse
from dpid.gestes import exiger, nouveau_jeton
from dpid.models import Role
from programmes.appels import ouverture
from programmes.appels.arbre import tableau, total
from programmes.appels.relecture import relectures
from programmes.models import AppelAProjets

voir = permission_required("programmes.view_appelaprojets", raise_exception=True)


@require_safe
@voir
def appels(request):
    """The call of the current exercice, else the latest."""
    tous = list(AppelAProjets.objects.all())
    demandee = request.GET.get("annee", str(request.session.get("exercice", "")))
    appel = next((a for a in tous if str(a.annee) == demandee), tous[0] if tous else None)
    return _afficher(request, appel, tous)


@require_safe
@voir
def appel(request, pk):
    return _afficher(request, get_object_or_404(AppelAProjets, pk=pk), list(AppelAProjets.objects.all()))


def _afficher(request, appel, tous):
    groupes = tableau(appel, request.user) if appel else []
    agent = request.user
    contexte = {
        "appels": tous,
        "appel": appel,
        "groupes": groupes,
        "total": total([r for _, rangs, _ in groupes for r in rangs]),
        "suivant": next((a for a in tous if appel and a.annee == appel.annee + 1), None),
        "peut_ouvrir": agent.has_perm("programmes.ouvrir_appel"),
        "peut_administrer": agent.is_staff and agent.has_perm("programmes.change_appelaprojets"),
        "est_partiel": not set(agent.roles) - {Role.TERRITOIRE, Role.INSTRUCTION},
    }
    return render(request, "programmes/appel.html", contexte)


@require_safe
@voir
def relecture(request, pk):
    """What must be reviewed before the call is published."""
    appel = get_object_or_404(AppelAProjets, pk=pk)
    toutes = relectures(appel)
    contexte = {
        "appel": appel,
        "relectures": toutes,
        "nb_relues": sum(r.est_relue for r in toutes),
        "nb_bloquees": sum(r.est_bloquee for r in toutes),
    }
    return render(request, "programmes/appel_relecture.html", contexte)


def ouvrir(request, pk):
    """Confirm, with what will be copied, then open year N+1."""
    appel = get_object_or_404(AppelAProjets, pk=pk)
    exiger(request.user, "programmes.ouvrir_appel")
    if request.method == "POST":
        try:
            suivant, est_nouveau = ouverture.ouvrir_suivant(
                appel, par=request.user, jeton=request.POST.get("jeton", "")
            )
        except ActeRefuse as refus:
            messages.error(request, str(refus))
            return redirect(ouverture.appel_suivant(appel) or appel)
        if est_nouveau:
            messages.success(request, f"L’appel {suivant.annee} est ouvert : relisez chacune de ses fiches.")
        return redirect("appel_relecture", suivant.pk)
    contexte = {
        "appel": appel,
        "jeton": nouveau_jeton(),
        "bilan": ouverture.bilan(appel),
        "suivant": ouverture.appel_suivant(appel),
    }
    return render(request, "programmes/appel_ouvrir.html", contexte)
