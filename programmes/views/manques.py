"""« Il vous manque » : the message to a structure, and those that were sent."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid.erreurs import ActeRefuse
from dpid.gestes import envoi, exiger, nouveau_jeton
from programmes.structures import manques, memoire, registre
from programmes.structures.forms import MessageForm
from programmes.views.structures import la_structure


def preparer(request, pk):
    """Everything that is missing in one text, to be changed, copied, mailed or printed, then dated as sent."""
    exiger(request.user, "programmes.add_courrier")
    structure = la_structure(request, pk)
    trouves = registre.manques_de(structure, request.user)
    form = MessageForm(envoi(request), initial=manques.rediger(structure, trouves, request.user))
    if request.method == "POST" and form.is_valid():
        try:
            courrier, est_nouveau = manques.envoyer(
                structure, par=request.user, jeton=request.POST.get("jeton", ""), **form.cleaned_data
            )
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            succes = f"L’envoi du {courrier.envoye_le:%d/%m/%Y} est noté."
            messages.success(request, succes if est_nouveau else "Cet envoi était déjà noté.")
            return redirect("structure_courrier", pk, courrier.pk)
    contexte = {
        "structure": structure,
        "manques": trouves,
        "form": form,
        "jeton": request.POST.get("jeton") or nouveau_jeton(),
    }
    return render(request, "programmes/structure_manques.html", contexte)


@require_safe
def courrier(request, pk, courrier):
    """A message as it was sent."""
    exiger(request.user, "programmes.view_courrier")
    structure = la_structure(request, pk)
    objet = get_object_or_404(memoire.courriers(structure, request.user), pk=courrier)
    return render(request, "programmes/structure_courrier.html", {"structure": structure, "courrier": objet})
