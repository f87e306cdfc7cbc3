"""Letters of a dossier: prepared, corrected until they leave, printed, dated."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid.conciliation import enregistrer
from dpid.documents import rendre_pdf
from dpid.gestes import accomplir, envoi, exiger, nouveau_jeton
from programmes import saisie
from programmes.instruction import courriers
from programmes.instruction.forms import CourrierForm, EnvoiForm, NouveauCourrierForm
from programmes.models import Courrier
from programmes.views.dossiers import le_dossier


def le_courrier(request, pk) -> Courrier:
    exiger(request.user, "programmes.view_courrier")
    liens = ("structure", "etabli_par", "dossier__structure", "dossier__dispositif__service")
    return get_object_or_404(Courrier.objects.visibles_par(request.user).select_related(*liens), pk=pk)


def nouveau(request, pk):
    dossier = le_dossier(request, pk)
    exiger(request.user, "programmes.change_courrier")
    form = NouveauCourrierForm(envoi(request), initial={"nature": request.GET.get("nature", "")})
    if request.method == "POST" and form.is_valid():
        jeton = request.POST.get("jeton", "")
        courrier = courriers.etablir(
            dossier, form.cleaned_data["nature"], par=request.user, motif=dossier.motif, jeton=jeton
        )
        messages.success(request, "Le courrier est préparé : relisez-le, puis envoyez-le.")
        return redirect("courrier", courrier.pk)
    contexte = {
        "dossier": dossier, "form": form, "titre": "Établir un courrier", "bouton": "Préparer le courrier",
        "section": "courriers", "chapeau": "Le texte est préparé d’après le dossier ; vous le corrigez ensuite.",
        "jeton": request.POST.get("jeton") or nouveau_jeton(),
    }  # fmt: skip
    return render(request, "programmes/instruction_form.html", contexte)


def courrier(request, pk):
    """Read; corrected too, as long as it has not left."""
    objet = le_courrier(request, pk)
    modifiable = objet.envoye_le is None and request.user.has_perm("programmes.change_courrier")
    form, ecarts = CourrierForm(envoi(request) if modifiable else None, instance=objet), []
    if request.method == "POST":
        exiger(request.user, "programmes.change_courrier")
    if request.method == "POST" and not modifiable:
        messages.error(request, f"Ce courrier est parti le {objet.envoye_le:%d/%m/%Y} : il ne se modifie plus.")
        return redirect("courrier", pk)
    if request.method == "POST" and form.is_valid():
        relire = lambda: Courrier.objects.get(pk=pk)  # noqa: E731
        enregistre, ecarts = enregistrer(request, form, lambda: saisie.modifier(form), relire)
        if enregistre:
            messages.success(request, "Le courrier est enregistré.")
            return redirect("courrier", pk)
    contexte = {
        "courrier": objet, "form": form, "ecarts": ecarts, "modifiable": modifiable, "manque": courriers.manque(objet)
    }  # fmt: skip
    return render(request, "programmes/courrier.html", contexte)


def envoyer(request, pk):
    objet = le_courrier(request, pk)
    exiger(request.user, "programmes.change_courrier")
    form = EnvoiForm(envoi(request))
    if request.method == "POST" and form.is_valid():
        envoi_du_courrier = lambda par, le: courriers.envoyer(objet, par=par, le=le)  # noqa: E731
        if accomplir(request, envoi_du_courrier, "L’envoi du courrier est daté.", **form.cleaned_data):
            return redirect("courrier", pk)
    return render(request, "programmes/courrier_envoyer.html", {"courrier": objet, "form": form})


@require_safe
def pdf(request, pk):
    objet = le_courrier(request, pk)
    contenu = rendre_pdf(
        "documents/courrier.html", courriers.contexte(objet), titre=objet.objet, projet=objet.envoye_le is None
    )
    nom = f"courrier-{objet.pk}_{objet.nature}.pdf"
    entete = {"Content-Disposition": f'inline; filename="{nom}"'}
    return HttpResponse(contenu, content_type="application/pdf", headers=entete)
