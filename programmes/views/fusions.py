"""Duplicates: the pairs proposed, the comparison side by side, the merge, or « ce sont deux structures »."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi, exiger
from programmes.models import Structure
from programmes.structures import doublons, fusion
from programmes.structures.forms import ChoixFusionForm, FusionForm
from programmes.views.structures import la_structure

PAR_PAGE = 50
fusionneur = permission_required("programmes.fusionner", raise_exception=True)


@require_safe
@fusionneur
def paires(request):
    page = Paginator(doublons.candidates(), PAR_PAGE).get_page(request.GET.get("page"))
    return render(request, "programmes/structures_doublons.html", {"page": page, "requete": ""})


@require_POST
@fusionneur
def distinguer(request, pk, autre):
    une, seconde = la_structure(request, pk), la_structure(request, autre)
    succes = f"{une} et {seconde} ne seront plus proposées ensemble."
    accomplir(request, lambda *, par: fusion.distinguer(une, seconde, par=par), succes)
    return redirect("structures_doublons")


@fusionneur
def choisir(request, pk):
    """The other structure, when the register did not propose it."""
    gardee = la_structure(request, pk)
    form = ChoixFusionForm(envoi(request), gardee=gardee)
    if request.method == "POST" and form.is_valid():
        return redirect("structure_fusionner", pk, form.cleaned_data["structure"].pk)
    return render(request, "programmes/structure_fusion_choix.html", {"structure": gardee, "form": form})


def fusionner(request, pk, autre):
    exiger(request.user, "programmes.fusionner")
    gardee, absorbee = la_structure(request, pk), get_object_or_404(Structure, pk=autre)
    if absorbee.fusionnee_dans_id or absorbee.pk == gardee.pk:
        messages.info(request, f"{absorbee} est déjà fusionnée : rien n’a été changé.")
        return redirect(gardee)
    form = FusionForm(envoi(request), initial={"versions": f"{gardee.version}-{absorbee.version}"})
    if request.method == "POST" and form.is_valid():
        try:
            gardee.fusionner(
                absorbee, par=request.user, motif=form.cleaned_data["motif"], versions=form.lues()
            )  # fmt: skip
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"{absorbee} est fusionnée : tout ce qui la nommait nomme {gardee}.")
            return redirect(gardee)
    contexte = {
        "structure": gardee,
        "absorbee": absorbee,
        "form": form,
        "comparaison": fusion.comparaison(gardee, absorbee),
        "comptes_en_clair": ", ".join(f"{nom} ({nombre})" for nom, nombre in fusion.compter(absorbee)),
        "mise_en_garde": fusion.demande_un_motif(gardee, absorbee),
    }
    return render(request, "programmes/structure_fusion.html", contexte)
