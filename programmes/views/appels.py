"""The calls for projects, to read; they are edited in the admin."""

from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.shortcuts import render
from django.views.decorators.http import require_safe

from programmes.models import AppelAProjets, Dispositif


@require_safe
@permission_required("programmes.view_appelaprojets", raise_exception=True)
def appels(request):
    tous = list(AppelAProjets.objects.all())
    demandee = request.GET.get("annee", str(request.session.get("exercice", "")))
    appel = next((a for a in tous if str(a.annee) == demandee), tous[0] if tous else None)
    dispositifs = Dispositif.objects.filter(thematique__appel=appel).annotate(nb_dossiers=Count("dossiers"))
    dispositifs = dispositifs.select_related("thematique", "service", "ligne_par_defaut")
    contexte = {
        "appels": tous,
        "appel": appel,
        "dispositifs": dispositifs.order_by("thematique__numero", "reference"),
        "peut_modifier": request.user.is_staff and request.user.has_perm("programmes.change_dispositif"),
    }
    return render(request, "programmes/appels.html", contexte)
