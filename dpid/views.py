"""Pages of the kernel: what awaits me, search, context, background jobs, accounts, errors."""

import mimetypes

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dpid import afaire, contexte, recherche
from dpid.forms import ContexteForm
from dpid.gestes import adresse_sure, envoi
from dpid.models import Travail

TRAVAUX_MONTRES = 50


class Connexion(auth.LoginView):
    """Our login page; the current exercice and séance are set on the way in."""

    redirect_authenticated_user = True

    def form_valid(self, form):
        reponse = super().form_valid(form)
        contexte.initialiser(self.request.session, form.get_user())
        return reponse


class MotDePasse(auth.PasswordChangeView):
    template_name = "registration/mot_de_passe.html"
    success_url = reverse_lazy("accueil")

    def form_valid(self, form):
        messages.success(self.request, "Votre mot de passe est changé.")
        return super().form_valid(form)


@login_not_required
@require_safe
def connexion_admin(request):
    """The admin's login is ours; somebody already logged in has simply no right to be there."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    return redirect(f"{reverse('connexion')}?{request.GET.urlencode()}")


@require_safe
def accueil(request):
    groupes = afaire.groupes(request.user)
    page = {
        "a_faire": [g for g in groupes if not g.attente],
        "en_attente": [g for g in groupes if g.attente],
        "blocs": afaire.blocs(request),
    }
    return render(request, "dpid/accueil.html", page)


@require_safe
def rechercher(request):
    texte = request.GET.get("q", "").strip()[:100]
    groupes = recherche.chercher(request.user, texte) if len(texte) >= recherche.MINIMUM else []
    return render(request, "dpid/recherche.html", {"texte": texte, "groupes": groupes})


def choisir_contexte(request):
    form = ContexteForm(envoi(request), agent=request.user, session=request.session)
    suite = adresse_sure(request, request.POST.get("suite") or request.headers.get("Referer", ""), reverse("accueil"))
    if request.method == "POST" and form.is_valid():
        form.enregistrer()
        messages.success(request, "L’exercice et la séance de travail sont changés.")
        return redirect(suite)
    return render(request, "dpid/contexte.html", {"form": form, "suite": suite})


@require_safe
def travaux(request):
    """Jobs of the agent; the list alone is sent again, every two seconds, while one is running."""
    mes_travaux = list(Travail.objects.visibles_par(request.user).defer("resultat")[:TRAVAUX_MONTRES])
    page = {"travaux": mes_travaux, "est_vivant": any(t.est_vivant for t in mes_travaux)}
    return render(request, "dpid/_travaux.html" if request.htmx else "dpid/travaux.html", page)


@require_safe
def telecharger_travail(request, pk):
    travail = get_object_or_404(Travail.objects.visibles_par(request.user), pk=pk)
    if travail.resultat is None:
        raise Http404
    nature = mimetypes.guess_type(travail.nom_fichier)[0] or "application/octet-stream"
    return HttpResponse(
        bytes(travail.resultat),
        content_type=nature,
        headers={"Content-Disposition": f'attachment; filename="{travail.nom_fichier}"'},
    )


@login_not_required
@never_cache
@require_safe
def sante(request):
    """For the supervision: the application answers and reaches its database."""
    try:
        with connection.cursor() as curseur:
            curseur.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"etat": "base indisponible"}, status=503)
    return JsonResponse({"etat": "en service"})


# --- Errors. 400 and 500 use no context processor: whatever failed may fail again there.


def erreur_csrf(request, reason=""):
    """The session expired or the form is too old: say what to do, keep the person on the site."""
    return render(request, "erreurs/csrf.html", status=403)


def erreur_400(request, exception):
    return HttpResponse(render_to_string("400.html", {"DPID": settings.DPID}), status=400)


def erreur_500(request):
    return HttpResponse(render_to_string("500.html", {"DPID": settings.DPID}), status=500)
