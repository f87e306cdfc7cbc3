"""What the acts of each dispositif say of personal data (RGPD, art. 28): their list, one page for each."""

from django.contrib import messages
from django.db.models import Max
from django.forms import model_to_dict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from conventions.forms import TraitementForm
from conventions.modeles import edition
from conventions.models import TraitementDeDonnees
from conventions.views.communs import habilite
from dpid import conciliation
from dpid.gestes import envoi
from dpid.textes import cle_numerique
from programmes.models import AppelAProjets, Dispositif

REPRIS = "Repris du dispositif de l’année précédente : relisez-le, puis enregistrez."


@habilite("conventions.view_traitementdedonnees")
@require_safe
def traitements(request):
    """The dispositifs of one call; those of the latest when the address names none."""
    annee = cle_numerique(request.GET.get("annee", "")) or AppelAProjets.objects.aggregate(m=Max("annee"))["m"]
    dispositifs = Dispositif.objects.filter(thematique__appel__annee=annee).select_related("traitement")
    contexte = {
        "annee": annee,
        "annees": AppelAProjets.objects.order_by("-annee").values_list("annee", flat=True).distinct(),
        "lignes": [
            (d, getattr(d, "traitement", None)) for d in dispositifs.order_by("thematique__numero", "reference")
        ],
    }
    return render(request, "conventions/traitements.html", contexte)


@habilite("conventions.change_traitementdedonnees")
def traitement(request, pk):
    """That of a dispositif; proposed from the year before while nobody filled it."""
    dispositif = get_object_or_404(Dispositif.objects.select_related("thematique__appel", "precedent"), pk=pk)
    form, ecarts = TraitementForm(envoi(request), instance=_actuel(dispositif)), []
    if request.method == "POST" and form.is_valid():
        enregistre, ecarts = conciliation.enregistrer(
            request, form, lambda: edition.enregistrer_traitement(form), lambda: _actuel(dispositif)
        )
        if enregistre:
            messages.success(request, "Les prochains actes de ce dispositif l’imprimeront.")
            return redirect(f"{reverse('traitements')}?annee={dispositif.thematique.appel.annee}")
    contexte = {
        "form": form, "ecarts": ecarts, "titre": f"Données personnelles : {dispositif}", "bouton": "Enregistrer",
        "du_modele": True, "retour": reverse("traitements"),
        "avis": REPRIS if form.instance._state.adding and form.instance.objet and not form.is_bound else "",
    }  # fmt: skip
    return render(request, "conventions/formulaire.html", contexte)


def _actuel(dispositif) -> TraitementDeDonnees:
    """Stored, else a new one that repeats that of the year before."""
    stocke = TraitementDeDonnees.objects.filter(dispositif=dispositif).first()
    if stocke is not None:
        return stocke
    neuf = TraitementDeDonnees(dispositif=dispositif)
    avant = TraitementDeDonnees.objects.filter(dispositif=dispositif.precedent_id).first()
    for nom, valeur in model_to_dict(avant, TraitementForm._meta.fields).items() if avant else ():
        setattr(neuf, nom, valeur)
    return neuf
