"""Revenue that a rapport proposes to enter in the budget."""

from django.contrib import messages
from django.shortcuts import get_object_or_404

from deliberations import plan
from deliberations.forms import RecetteForm
from deliberations.models import RecetteProposee
from deliberations.views.communs import (
    enregistrer_partie_ouverte,
    page_de_formulaire,
    preparer,
    rapport_visible,
    vers_rapport,
)


@preparer
def ajouter(request, pk):
    rapport = rapport_visible(request, pk)
    recette = RecetteProposee(rapport=rapport, ordre=plan.rang_suivant(rapport.recettes))
    return _enregistrer(request, rapport, recette, "Proposer une recette", "Proposer la recette")


@preparer
def modifier(request, pk):
    recette = get_object_or_404(RecetteProposee.objects.select_related("rapport__seance"), pk=pk)
    rapport = rapport_visible(request, recette.rapport_id)
    return _enregistrer(request, rapport, recette, "Modifier la recette proposée", "Enregistrer")


def _enregistrer(request, rapport, recette, titre, bouton):
    form, est_enregistree = enregistrer_partie_ouverte(
        request, rapport, recette, lambda donnees, partie: RecetteForm(donnees, instance=partie)
    )
    if est_enregistree:
        messages.success(request, f"La recette {recette.inscription} est enregistrée.")
        return vers_rapport(rapport, ancre="pied")
    return page_de_formulaire(
        request, form, titre=titre, bouton=bouton, retour=rapport.get_absolute_url(), rapport=rapport
    )
