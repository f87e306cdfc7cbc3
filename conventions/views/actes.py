"""One act: what it says, what it lacks, the verbs that make it go on."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from conventions import documents
from conventions.composition import composer
from conventions.forms import FicheForm
from conventions.lecture import lire_un
from conventions.models import Acte, FicheAction
from conventions.vie import signature
from conventions.views.communs import acte_visible, preparer, voir
from dpid.documents import blocs
from dpid.gestes import accomplir, exiger

# verb of the address → (method, permission, sentence of success)
VERBES = {
    "remettre": ("remettre", "conventions.signer", "L’acte est remis à la signature de la structure."),
    "signer-structure": ("signer_structure", "conventions.signer", "La signature de la structure est enregistrée."),
    "signer": ("signer", "conventions.signer", "L’acte est signé : son montant est engagé."),
    "notifier": ("notifier", "conventions.signer", "L’acte est notifié."),
    "abandonner": ("abandonner", "conventions.generer", "L’acte est abandonné."),
}


@voir
@require_safe
def acte(request, pk):
    objet = acte_visible(request, pk)
    lu = lire_un(objet)
    texte = composer(lu)
    contexte = {
        "acte": objet, "lu": lu, "texte": texte, "obstacles": signature.obstacles(objet, lu),
        "clauses": [(clause, blocs(clause.texte)) for clause in texte.clauses],
    }  # fmt: skip
    return render(request, "conventions/acte.html", contexte)


@voir
@require_safe
def document(request, pk):
    contenu, nom = documents.editer(acte_visible(request, pk))
    reponse = HttpResponse(contenu, content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{nom}"'
    return reponse


@voir
@require_POST
def verbe(request, pk, verbe):
    if verbe not in VERBES:
        raise Http404
    methode, permission, succes = VERBES[verbe]
    objet = acte_visible(request, pk)
    exiger(request.user, permission)
    options = {"motif": request.POST.get("motif", "")}
    if methode == "remettre" and objet.etat == Acte.Etat.PROJET and composer(lire_un(objet)).est_complet:
        options["document"] = documents.figer(objet, par=request.user)
    accomplir(request, getattr(objet, methode), succes, **options)
    return redirect(objet)


@preparer
def fiche(request, pk):
    objet = get_object_or_404(FicheAction.objects.select_related("acte__convention", "dispositif"), pk=pk)
    acte_ = acte_visible(request, objet.acte_id)
    form = FicheForm(request.POST or None, instance=objet)
    enregistree = request.method == "POST" and form.is_valid()
    if enregistree and accomplir(request, form.enregistrer, "La fiche est enregistrée."):
        return redirect(acte_)
    contexte = {"form": form, "titre": f"Fiche action : {objet}", "bouton": "Enregistrer la fiche", "retour": acte_}
    return render(request, "conventions/formulaire.html", contexte)
