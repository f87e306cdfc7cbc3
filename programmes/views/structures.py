"""Structures: the register, the page of one, its form."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid.erreurs import VersionPerimee
from dpid.gestes import envoi, signaler_peremption
from dpid.montants import ZERO
from programmes import fiche, saisie
from programmes.filters import StructureFilter, etiquettes
from programmes.forms import StructureForm, designation
from programmes.models import Dossier, Structure

PAR_PAGE = 100
PROPOSEES = 12
voir = permission_required("programmes.view_structure", raise_exception=True)


@require_safe
@voir
def structures(request):
    filtre = StructureFilter(request.GET, queryset=Structure.objects.order_by("cle", "pk"))
    page = Paginator(filtre.qs, PAR_PAGE).get_page(request.GET.get("page"))
    parametres = request.GET.copy()
    parametres.pop("page", None)
    contexte = {
        "filtre": filtre,
        "page": page,
        "etiquettes": etiquettes(filtre, request.GET),
        "requete": parametres.urlencode(),
    }
    return render(request, "programmes/structures.html", contexte)


@require_safe
@voir
def structure(request, pk):
    objet = get_object_or_404(Structure.objects.prefetch_related("alias"), pk=pk)
    contexte = {
        "structure": objet,
        "annees": par_annee(objet, request.user),
        "alertes": fiche.alertes_structure(objet),
        "peut_modifier": request.user.has_perm("programmes.change_structure"),
        "peut_creer_dossier": request.user.has_perm("programmes.add_dossier"),
    }
    return render(request, "programmes/structure.html", contexte)


def par_annee(objet, agent) -> list[dict]:
    """Dossiers that the agent may see, by year of the call, with the totals (euros) of each year."""
    dossiers = Dossier.objects.visibles_par(agent).avec_totaux().filter(structure=objet)
    dossiers = dossiers.select_related("dispositif__thematique__appel")
    annees: dict[int, list] = {}
    for dossier in dossiers.order_by("-dispositif__thematique__appel__annee", "pk"):
        dossier.montant_vote = dossier.retenu if dossier.etat == Dossier.Etat.VOTE else None
        annees.setdefault(dossier.dispositif.thematique.appel.annee, []).append(dossier)
    return [
        {
            "annee": annee,
            "dossiers": rangs,
            "demande": sum((d.demande for d in rangs), ZERO),
            "propose": sum((d.propose for d in rangs), ZERO),
            "retenu": sum((d.retenu for d in rangs), ZERO),
            "vote": sum((d.montant_vote or ZERO for d in rangs), ZERO),
        }
        for annee, rangs in annees.items()
    ]


@permission_required("programmes.add_structure", raise_exception=True)
def nouvelle(request):
    return _saisir(request, Structure(), "La structure est créée.")


@permission_required("programmes.change_structure", raise_exception=True)
def modifier(request, pk):
    return _saisir(request, get_object_or_404(Structure, pk=pk), "La structure est modifiée.")


def _saisir(request, objet, succes):
    form, ecarts = StructureForm(envoi(request), instance=objet), []
    if request.method == "POST" and form.is_valid():
        try:
            enregistree = saisie.enregistrer_structure(form)
        except VersionPerimee:
            signaler_peremption(request)
            ecarts = form.comparer(Structure.objects.get(pk=objet.pk))
        else:
            messages.success(request, succes)
            return redirect(enregistree)
    est_nouvelle = objet._state.adding
    contexte = {"form": form, "structure": None if est_nouvelle else objet, "ecarts": ecarts}
    return render(request, "programmes/structure_form.html", contexte)


@require_safe
@voir
def choix(request):
    """Options of the field « Structure », as one types."""
    texte = request.GET.get("structure", "").strip()
    trouvees = Structure.objects.rechercher(texte).order_by("raison_sociale")[:PROPOSEES] if len(texte) > 1 else []
    return render(request, "programmes/_choix_structures.html", {"choix": [designation(s) for s in trouvees]})
