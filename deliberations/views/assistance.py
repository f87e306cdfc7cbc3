"""The sheet of attendance of a séance: the whole list at once."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from deliberations.assemblee import saisie
from deliberations.assemblee.composition import de_la_seance, quorum
from deliberations.assemblee.forms import FeuilleForm
from deliberations.models import Rapport
from deliberations.views.communs import habilite, seances_visibles
from dpid.erreurs import ActeRefuse
from dpid.typographie import accorder

tenir = habilite("deliberations.tenir_seance")


@tenir
def assistance(request, pk):
    objet = get_object_or_404(seances_visibles(request), pk=pk)
    feuille = de_la_seance(objet)
    form = FeuilleForm(request.POST or None, seance=objet, assistance=feuille)
    if request.method == "POST" and form.is_valid() and _enregistrer(request, objet, form):
        return redirect("seance_assistance", pk=pk)
    rapports = Rapport.objects.visibles_par(request.user).filter(seance=objet).order_by("numero")
    rapports = list(rapports.select_related("seance__instance"))
    vote = next((r for r in rapports if r.etat == Rapport.Etat.ADOPTE), None)
    contexte = {
        "seance": objet,
        "form": form,
        "rangees": form.rangees(),
        "empreinte": saisie.empreinte(objet, feuille),
        "quorum": quorum(feuille, objet),
        "assistance": feuille,
        "rapports": rapports,
        "gel": vote.raison_du_gel() if vote else "",
    }
    return render(request, "deliberations/assistance.html", contexte)


def _enregistrer(request, seance, form) -> bool:
    donnees = form.cleaned_data
    try:
        change = saisie.enregistrer(
            seance, form.saisis, president=donnees["president"], secretaire=donnees["secretaire"],
            lue=donnees["empreinte"], par=request.user,
        )  # fmt: skip
    except ActeRefuse as refus:
        form.add_error(None, str(refus))
        return False
    feuille = de_la_seance(seance)
    succes = f"L’assistance est enregistrée : {saisie.resume(feuille)}."
    if feuille.a_saisir:
        succes += f" Il reste {accorder(len(feuille.a_saisir), 'membre')} à saisir."
    messages.success(request, succes if change else "L’assistance est inchangée.")
    return True
