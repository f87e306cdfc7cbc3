"""A délibération and what follows its vote: editions kept, transmission, publication, list of the decisions."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from deliberations import tasks
from deliberations.dossier_de_seance import conservation, decisions, feuilles, transmission
from deliberations.forms import DatesForm
from deliberations.models import Deliberation
from deliberations.views.communs import habilite, page_de_formulaire, seances_visibles
from deliberations.views.documents import fichier
from dpid.erreurs import ActeRefuse

transmettre = habilite("deliberations.transmettre")
voir = habilite("deliberations.view_deliberation")
editer = habilite("deliberations.editer")
TELECHARGEMENTS = {"json": transmission.en_json, "zip": transmission.en_zip}


def deliberation_visible(request, pk):
    actes = Deliberation.objects.visibles_par(request.user)
    joints = ("rapport__seance__instance", "rapport__service", "transmission", "par", "remplace")
    return get_object_or_404(actes.select_related(*joints), pk=pk)


@voir
@require_safe
def deliberation(request, pk):
    acte = deliberation_visible(request, pk)
    editions = conservation.conserves(acte)
    contexte = {
        "deliberation": acte,
        "rapport": acte.rapport,
        "editions": editions,
        "travail": None if editions else tasks.travail_du_dossier(acte),
        "figes": conservation.pieces_figees(acte),
        "metadonnees": transmission.metadonnees(acte) if acte.est_a_transmettre else None,
        "dates": transmission.lignes(acte),
        "manque": "" if acte.est_executoire else transmission.ce_qui_manque(acte),
        "peut_transmettre": acte.est_a_transmettre and request.user.has_perm("deliberations.transmettre"),
    }
    return render(request, "deliberations/deliberation.html", contexte)


@transmettre
def dates(request, pk):
    """Dates of transmission, of receipt, of publication."""
    acte = deliberation_visible(request, pk)
    form = DatesForm(request.POST or None, deliberation=acte)
    if request.method == "POST" and form.is_valid():
        try:
            faits = transmission.dater(acte, par=request.user, **form.valeurs())
        except ActeRefuse as refus:
            form.refuser(str(refus))
        else:
            _dire(request, faits)
            return redirect("deliberation", acte.pk)
    return page_de_formulaire(
        request, form, titre="Dates de transmission et de publication", bouton="Enregistrer les dates",
        retour=reverse("deliberation", args=[acte.pk]), rapport=acte.rapport,
        sous_titre=f"Délibération n°\u00a0{acte.numero} : {acte.titre}",
    )  # fmt: skip


def _dire(request, faits) -> None:
    if faits:
        dits = ", ".join(f"« {fait} »" for fait in faits)
        messages.success(request, f"Enregistré : {dits}.")
    else:
        messages.info(request, "Ces dates étaient déjà enregistrées : rien n’a changé.")


@editer
@require_safe
def telecharger(request, pk, format):
    """What the operator of transmission needs: metadata, files under its names."""
    acte = deliberation_visible(request, pk)
    if format not in TELECHARGEMENTS or not acte.est_a_transmettre:
        raise Http404
    try:
        return fichier(*TELECHARGEMENTS[format](acte), format)
    except ActeRefuse as refus:
        return HttpResponse(str(refus), status=409, content_type="text/plain; charset=utf-8")


@transmettre
@require_POST
def conserver(request, pk):
    """Ask for the bundle without waiting for the watch; one job whoever asks."""
    acte = deliberation_visible(request, pk)
    travail = tasks.demander_dossier(acte, par=request.user)
    if travail.par_id == request.user.pk:
        messages.success(request, "Le dossier est demandé : il apparaît ci-dessous avec son avancement.")
        return redirect("travaux")
    messages.info(request, f"Le dossier est déjà demandé par {travail.par} : il sera conservé dans quelques instants.")
    return redirect("deliberation", acte.pk)


@editer
@require_safe
def liste_des_decisions(request, pk, format):
    seance = get_object_or_404(seances_visibles(request), pk=pk)
    if format not in feuilles.FORMATS:
        raise Http404
    try:
        contenu, nom = feuilles.rendre("liste_decisions", decisions.contexte(seance), format)
    except ActeRefuse as refus:
        return HttpResponse(str(refus), status=409, content_type="text/plain; charset=utf-8")
    return fichier(contenu, nom, format)
