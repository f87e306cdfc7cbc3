"""Texts of a rapport: the preview of what a text will print, the texts taken up from another rapport."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from deliberations import palette
from deliberations.documents.lecture import Lecture
from deliberations.redaction import reprise
from deliberations.redaction.saisies import montants_saisis
from deliberations.views.communs import habilite, preparer, rapport_visible
from dpid.erreurs import ActeRefuse
from dpid.textes import cle_numerique
from dpid.typographie import accorder

RAPPORTS_PROPOSES = 30


@habilite("deliberations.change_articleredige")
@require_POST
def apercu(request, pk, lieu):
    """What the text being typed will print there; nothing is written."""
    rapport = rapport_visible(request, pk)
    try:
        valeurs = palette.valeurs(Lecture(rapport, adoptee=False), lieu)
    except palette.LieuInconnu as inconnu:
        raise Http404 from inconnu
    texte = request.POST.get(request.POST.get("champ", ""), "")[:20_000]
    contexte = {"blocs": palette.blocs_resolus(texte, valeurs), "saisis": montants_saisis(texte, valeurs)}
    return render(request, "deliberations/_apercu_texte.html", contexte)


@preparer
def reprendre(request, pk):
    """Take up the texts of the same thématiques and dispositifs from another rapport, where this one has none."""
    rapport = rapport_visible(request, pk)
    autres = reprise.modeles(rapport, request.user)
    choisi = cle_numerique(request.GET.get("modele", "") or request.POST.get("modele", ""))
    autre = get_object_or_404(autres, pk=choisi) if choisi else None
    if request.method == "POST" and autre is not None:
        try:
            nombre = reprise.reprendre(rapport, autre)
        except ActeRefuse as refus:
            messages.error(request, str(refus))
        else:
            repris = accorder(nombre, "texte repris", "textes repris")
            messages.success(request, f"{repris} du rapport {autre}." if nombre else "Aucun texte vide à reprendre.")
        return redirect(rapport)
    contexte = {
        "rapport": rapport,
        "autres": autres[:RAPPORTS_PROPOSES],
        "autre": autre,
        "textes": reprise.textes_a_reprendre(rapport, autre) if autre else (),
    }
    return render(request, "deliberations/reprendre_textes.html", contexte)
