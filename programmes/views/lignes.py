"""Lines of a dossier: add, edit, delete."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from dpid.conciliation import enregistrer
from dpid.erreurs import ActeRefuse
from dpid.gestes import envoi, exiger
from programmes import saisie
from programmes.forms import LigneForm
from programmes.instruction.verbes import peut_modifier, raison_du_refus
from programmes.models import LigneDossier
from programmes.views.dossiers import le_dossier


def _modifiable(request, pk):
    """The dossier, and whether it may be edited now; the message says what to do instead."""
    dossier = le_dossier(request, pk)
    exiger(request.user, "programmes.change_lignedossier")
    if peut_modifier(dossier, request.user):
        return dossier, True
    messages.error(request, raison_du_refus(dossier))
    return dossier, False


def nouvelle(request, pk):
    dossier, permis = _modifiable(request, pk)
    if not permis:
        return redirect(dossier)
    return _saisir(request, dossier, LigneDossier(dossier=dossier), "La ligne est ajoutée.")


def modifier(request, pk, ligne):
    dossier, permis = _modifiable(request, pk)
    objet = get_object_or_404(LigneDossier, pk=ligne, dossier=dossier)
    if permis and objet.votee_le:
        messages.error(request, objet.raison_du_gel())
    if not permis or objet.votee_le:
        return redirect(dossier)
    objet.dossier = dossier
    return _saisir(request, dossier, objet, "La ligne est modifiée.")


def _saisir(request, dossier, ligne, succes):
    form = LigneForm(envoi(request), instance=ligne)
    ligne_saisie = saisie.SaisieLigne(form, envoi(request))
    ecarts = []
    if request.method == "POST" and ligne_saisie.is_valid():
        try:
            enregistree, ecarts = enregistrer(
                request, ligne_saisie, ligne_saisie.enregistrer, lambda: LigneDossier.objects.get(pk=ligne.pk)
            )
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            if enregistree:
                messages.success(request, succes)
                return redirect(dossier)
    contexte = {
        "dossier": dossier,
        "ligne": ligne,
        "form": form,
        "ecarts": ecarts,
        "listes": [
            {"nom": nom, "titre": titre, "formset": ligne_saisie.listes[nom], "est_numerotee": nom == "financements"}
            for nom, (titre, *_) in saisie.LISTES.items()
        ],
    }
    return render(request, "programmes/ligne_form.html", contexte)


def supprimer(request, pk, ligne):
    dossier, permis = _modifiable(request, pk)
    objet = get_object_or_404(LigneDossier.objects.avec_retenu(), pk=ligne, dossier=dossier)
    if not permis:
        return redirect(dossier)
    if request.method == "POST":
        try:
            saisie.supprimer_ligne(objet, par=request.user)
        except ActeRefuse as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, "La ligne est supprimée.")
        return redirect(dossier)
    return render(request, "programmes/ligne_supprimer.html", {"dossier": dossier, "ligne": objet})
