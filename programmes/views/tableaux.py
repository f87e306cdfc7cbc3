"""The dashboard of a year: charts beside their tables, exported as they are on screen."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dpid.models import Role
from dpid.tableaux import en_csv, en_ods, en_xlsx
from programmes import tableau_de_bord
from programmes.views.listes import FORMATS, voir

ECRIRE = {"xlsx": en_xlsx, "ods": en_ods, "csv": lambda tableaux: en_csv(tableaux, colonne_titre="Tableau")}


@require_safe
@voir
def tableau(request):
    exercice, annees = _exercice(request)
    contexte = {
        "exercice": exercice,
        "annees": annees,
        "repartitions": tableau_de_bord.repartitions(request.user, exercice),
        "formats": ECRIRE,
        "est_partiel": not set(request.user.roles) - {Role.TERRITOIRE, Role.INSTRUCTION},
    }
    return render(request, "programmes/tableau_de_bord.html", contexte)


@require_safe
@voir
def exporter(request, format):
    """Every table of the page, amounts typed."""
    if format not in ECRIRE:
        raise Http404
    exercice, _ = _exercice(request)
    tableaux = [r.en_tableau(exercice) for r in tableau_de_bord.repartitions(request.user, exercice)]
    reponse = HttpResponse(ECRIRE[format](tableaux), content_type=FORMATS[format][1])
    reponse["Content-Disposition"] = f'attachment; filename="tableau-de-bord-{exercice}.{format}"'
    return reponse


def _exercice(request) -> tuple[int, list[int]]:
    """The year asked for, else that of the header, else the latest call; and the years to choose from."""
    annees = tableau_de_bord.annees()
    demande = request.GET.get("exercice", "")
    voulus = (int(demande) if demande.isdecimal() and len(demande) == 4 else None, request.session.get("exercice"))
    choisi = next((a for a in voulus if a in annees), None)
    return choisi or next(iter(annees), timezone.localdate().year), annees
