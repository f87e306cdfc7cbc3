"""Dossiers: the list, the page, creation and edition, the acts of the instruction."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid.erreurs import VersionPerimee
from dpid.gestes import accomplir, envoi, exiger, nouveau_jeton, signaler_peremption
from dpid.montants import euros
from dpid.panneaux import panneaux_de
from dpid.tableaux import en_csv, en_ods, en_xlsx
from programmes import fiche, listes, saisie
from programmes.forms import DossierForm, MotifForm, designation
from programmes.models import Dossier, Structure
from programmes.verbes import VERBES, peut_modifier, raison_du_refus, verbes_permis

FORMATS = {
    "xlsx": (en_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ods": (en_ods, "application/vnd.oasis.opendocument.spreadsheet"),
    "csv": (en_csv, "text/csv; charset=utf-8"),
}
voir = permission_required("programmes.view_dossier", raise_exception=True)


@require_safe
@voir
def dossiers(request):
    liste = listes.lire(request)
    totaux = liste.totaux()
    contexte = {"liste": liste, "totaux": totaux, "page": liste.page(totaux["nombre"]), "formats": FORMATS}
    return listes.retenir(render(request, "programmes/dossiers.html", contexte), liste)


@require_safe
@voir
def exporter(request, format):
    if format not in FORMATS:
        raise Http404
    ecrire, nature = FORMATS[format]
    reponse = HttpResponse(ecrire([listes.lire(request).en_tableau()]), content_type=nature)
    reponse["Content-Disposition"] = f'attachment; filename="dossiers.{format}"'
    return reponse


def le_dossier(request, pk, **filtres) -> Dossier:
    """The dossier, from the same QuerySet as the list: what is not visible does not exist."""
    exiger(request.user, "programmes.view_dossier")
    visibles = Dossier.objects.visibles_par(request.user)
    return get_object_or_404(
        visibles.select_related("structure", "dispositif__thematique__appel", "dispositif__service"), pk=pk, **filtres
    )


@require_safe
def dossier(request, pk):
    objet = le_dossier(request, pk)
    contexte = fiche.contexte(objet, request.user)
    contexte |= {
        "verbes": verbes_permis(objet, request.user),
        "peut_modifier": peut_modifier(objet, request.user),
        "panneaux": panneaux_de(objet, request.user),
    }
    return render(request, "programmes/dossier.html", contexte)


@permission_required("programmes.add_dossier", raise_exception=True)
def nouveau(request):
    numero = request.GET.get("structure", "")
    depart = Structure.objects.filter(pk=numero).first() if numero.isdigit() else None
    initial = {"structure": designation(depart)} if depart else None
    form = DossierForm(envoi(request), initial=initial, agent=request.user)
    if request.method == "POST" and form.is_valid():
        objet, est_nouveau = saisie.creer_dossier(form, par=request.user, jeton=request.POST.get("jeton", ""))
        if est_nouveau:
            messages.success(request, "Le dossier est créé : ajoutez maintenant ses lignes.")
        else:
            messages.info(request, "Ce dossier venait d’être créé : il ne l’a été qu’une fois.")
        return redirect(objet)
    jeton = request.POST.get("jeton") or nouveau_jeton()
    return render(request, "programmes/dossier_form.html", {"form": form, "jeton": jeton})


def modifier(request, pk):
    objet = le_dossier(request, pk)
    exiger(request.user, "programmes.change_dossier")
    if not peut_modifier(objet, request.user):
        messages.error(request, raison_du_refus(objet))
        return redirect(objet)
    form, ecarts = DossierForm(envoi(request), instance=objet, agent=request.user), []
    if request.method == "POST" and form.is_valid():
        try:
            saisie.modifier(form)
        except VersionPerimee:
            signaler_peremption(request)
            ecarts = form.comparer(Dossier.objects.get(pk=pk))
        else:
            messages.success(request, "Le dossier est modifié.")
            return redirect(objet)
    contexte = {"form": form, "dossier": objet, "ecarts": ecarts}
    return render(request, "programmes/dossier_form.html", contexte)


def agir(request, pk, verbe):
    """Confirm an act with its consequence in figures, then do it."""
    objet = le_dossier(request, pk)
    choisi = VERBES[verbe]
    exiger(request.user, choisi.permission)
    form = MotifForm(envoi(request)) if choisi.motif else None
    if not choisi.permis(objet, request.user):
        messages.error(
            request, f"« {choisi.titre} » est impossible : le dossier est à l’état « {objet.get_etat_display()} »."
        )
        return redirect(objet)
    if request.method == "POST" and (form is None or form.is_valid()):
        motif = {"motif": form.cleaned_data["motif"]} if form else {}
        accomplir(request, getattr(objet, verbe), choisi.succes, **motif)
        return redirect(objet)
    consequence = choisi.consequence.format(retenu=euros(fiche.retenu(objet), symbole=True))
    contexte = {"dossier": objet, "verbe": choisi, "form": form, "consequence": consequence}
    return render(request, "programmes/dossier_acte.html", contexte)
