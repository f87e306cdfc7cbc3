"""The register of the signatories on a day: who may sign what, by which delegation. It prints."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conventions.views.communs import habilite, jour_lu
from deliberations.models import Signataire
from dpid.documents import rendre_pdf
from dpid.typographie import date_longue

voir = habilite("deliberations.view_signataire")


@voir
@require_safe
def signataires(request):
    """Those in force on `?au=`, then the others: to come, or over."""
    au = jour_lu(request)
    tous = sorted(Signataire.objects.all(), key=lambda s: (not s.est_en_vigueur(au), s.nom, s.prenom, s.debut))
    contexte = {"au": au, "signataires": [(s, s.est_en_vigueur(au)) for s in tous]}
    return render(request, "conventions/signataires.html", contexte)


@voir
@require_safe
def imprimer(request):
    au = jour_lu(request)
    titre = f"Signataires du Département au {date_longue(au)}"
    contexte = {
        "collectivite": settings.DPID["collectivite"], "titre_h1": titre, "date": au, "pied": titre,
        "signataires": Signataire.objects.au(au).order_by("nom", "prenom"),
    }  # fmt: skip
    reponse = HttpResponse(rendre_pdf("documents/signataires.html", contexte, titre=titre), "application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="signataires_{au.isoformat()}.pdf"'
    return reponse
