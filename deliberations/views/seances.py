"""Séances: their list, their rapports, a new séance, a new rapport."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from deliberations import calendrier, documents, totaux
from deliberations.assemblee import composition
from deliberations.assemblee import conducteur as feuille
from deliberations.forms import NouveauRapportForm, SeanceForm
from deliberations.models import Rapport, Seance
from deliberations.views.communs import habilite, page_de_formulaire, preparer, seances_visibles, tenter
from deliberations.views.documents import TYPES
from dpid.erreurs import ActeRefuse
from dpid.models import Agent, Journal
from dpid.montants import ZERO

voir = habilite("deliberations.view_seance")


@voir
@require_safe
def seances(request):
    """Séances to come first, then the past ones."""
    lues = seances_visibles(request).prefetch_related("president__mandats__elu")
    toutes = list(lues.annotate(nb_rapports=Count("rapports")))
    aujourdhui = timezone.localdate()
    contexte = {
        "a_venir": sorted((s for s in toutes if s.date >= aujourdhui), key=lambda s: s.date),
        "passees": [s for s in toutes if s.date < aujourdhui],
    }
    return render(request, "deliberations/seances.html", contexte)


@voir
@require_safe
def seance(request, pk):
    objet = get_object_or_404(calendrier.avec_avis_attendus(seances_visibles(request), request.user), pk=pk)
    visibles = Rapport.objects.visibles_par(request.user).filter(seance=objet)
    visibles = visibles.select_related("service", "seance__instance").order_by("numero")
    rapports = list(calendrier.avec_jalons(totaux.avec_totaux(visibles)))
    contexte = {
        "seance": objet,
        "rapports": rapports,
        "total": sum((r.total for r in rapports), ZERO),
        "budget": sum((r.budget for r in rapports), ZERO),
        "calendrier": calendrier.de_la_seance(objet, rapports),
        "est_future": objet.date >= timezone.localdate(),
        **_assistance(objet),
    }
    return render(request, "deliberations/seance.html", contexte)


def _assistance(seance) -> dict:
    """The sheet, its quorum, and the bureau under the names of the day."""
    assistance = composition.de_la_seance(seance)
    membres = assistance.par_elu()
    return {
        "assistance": assistance,
        "quorum": composition.quorum(assistance, seance),
        "president": membres.get(seance.president_id),
        "secretaire": membres.get(seance.secretaire_id),
    }


@habilite("deliberations.lire_conducteur")
@require_safe
def conducteur(request, pk, format):
    """The conducteur of the whole séance; that of one rapport is among its documents."""
    objet = get_object_or_404(seances_visibles(request), pk=pk)
    if format not in ("pdf", "json"):
        raise Http404
    rapports = Rapport.objects.visibles_par(request.user).filter(seance=objet)
    rapports = rapports.select_related("seance__instance", "service", "deliberation").order_by("numero")
    contexte = feuille.de_la_seance(objet, list(rapports))
    reponse = HttpResponse(documents.rendre(contexte, format), content_type=TYPES[format])
    reponse["Content-Disposition"] = f'attachment; filename="{documents.nom_fichier(contexte, format)}"'
    return reponse


@habilite("deliberations.add_seance")
def nouvelle_seance(request):
    form = SeanceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        objet = form.save()
        messages.success(request, f"La séance « {objet} » est créée.")
        return redirect(objet)
    return page_de_formulaire(
        request, form, titre="Nouvelle séance", bouton="Créer la séance", retour=reverse("seances")
    )


@habilite("deliberations.change_seance")
def modifier_seance(request, pk):
    objet = get_object_or_404(seances_visibles(request), pk=pk)
    form = SeanceForm(request.POST or None, instance=Seance.objects.get(pk=objet.pk))
    if request.method == "POST" and form.is_valid():
        tenter(request, form.save, "La séance est enregistrée.")
        return redirect(objet)
    return page_de_formulaire(
        request, form, titre="Modifier la séance", bouton="Enregistrer", retour=objet.get_absolute_url(),
        sous_titre=str(objet),
    )  # fmt: skip


@preparer
def nouveau_rapport(request, pk):
    objet = get_object_or_404(seances_visibles(request), pk=pk)
    form = NouveauRapportForm(request.POST or None, instance=Rapport(seance=objet))
    if request.method == "POST" and form.is_valid():
        try:
            rapport = _ouvrir(objet, form.cleaned_data, request.user)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"Le rapport {rapport} est ouvert : ajoutez ses thématiques et ses opérations.")
            return redirect(rapport)
    return page_de_formulaire(
        request, form, titre="Ouvrir un rapport", bouton="Ouvrir le rapport", retour=objet.get_absolute_url(),
        sous_titre=str(objet),
    )  # fmt: skip


@transaction.atomic
def _ouvrir(objet, donnees, agent):
    """Open once: the same form sent twice is the same rapport."""
    jeton = str(donnees["jeton"])
    Agent.objects.select_for_update().get(pk=agent.pk)  # two clicks at the same instant follow one another
    ouvertures = Journal.objects.filter(par=agent, objet="deliberations.rapport", verbe="ouvrir", donnees__jeton=jeton)
    connu = ouvertures.values_list("objet_id", flat=True).first()
    if connu:
        return Rapport.objects.select_related("seance__instance").get(pk=connu)
    return Rapport.ouvrir(seance=objet, titre=donnees["titre"], service=donnees["service"], par=agent, jeton=jeton)
