"""« Qu’est-ce qui a changé ? »: the editions sent, and any two of them compared."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from deliberations import comparaison
from deliberations import editions as room
from deliberations.models import DocumentDEdition
from deliberations.views.communs import habilite, rapport_visible, voir
from dpid.erreurs import ActeRefuse

TITRES = {
    "ajout": "Lignes ajoutées",
    "retrait": "Lignes retirées",
    "montant": "Montants",
    "solde": "Soldes",
    "recette": "Recettes",
    "annexe": "Annexes",
}


@voir
@require_safe
def editions(request, pk):
    """The editions with their prints; by default the last two, or the last one and the content as it stands."""
    rapport = rapport_visible(request, pk)
    envoyees = room.envoyees(rapport)
    choix = [(str(e.rang), f"Édition {e.rang}, {e.get_destinataires_display()}") for e in envoyees]
    if rapport.est_ouvert and envoyees:
        choix.append((room.ACTUEL, "Contenu actuel"))
    defauts = [cle for cle, _ in choix][-2:]
    contexte = {"rapport": rapport, "envoyees": envoyees, "choix": choix, "comparee": None}
    if len(defauts) == 2:
        avant, apres = (request.GET.get(nom) or defaut for nom, defaut in zip(("avant", "apres"), defauts, strict=True))
        contexte |= {"avant": avant, "apres": apres, "comparee": _comparer(request, rapport, avant, apres)}
    return render(request, "deliberations/editions.html", contexte)


def _comparer(request, rapport, avant, apres) -> dict | None:
    try:
        differences = room.comparer(rapport, avant, apres)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return None
    groupes = [(titre, [d for d in differences if d.genre == genre]) for genre, titre in TITRES.items()]
    return {
        "resume": comparaison.resume(differences),
        "groupes": [(titre, lignes) for titre, lignes in groupes if lignes],
        "textes": [(d.objet, *comparaison.mots(d.avant, d.apres)) for d in differences if d.genre == "texte"],
    }


@habilite("deliberations.editer")
@require_safe
def telecharger(request, pk, rang, nature):
    """The PDF that was sent, byte for byte."""
    rapport = rapport_visible(request, pk)
    liens = DocumentDEdition.objects.select_related("document").defer("document__contexte")
    lien = get_object_or_404(liens, edition__rapport=rapport, edition__rang=rang, nature=nature)
    try:
        lien.document.verifier()
    except ValidationError as erreur:
        return HttpResponse(" ".join(erreur.messages), status=409, content_type="text/plain; charset=utf-8")
    reponse = HttpResponse(bytes(lien.document.pdf), content_type="application/pdf")
    reponse["Content-Disposition"] = f'attachment; filename="{lien.document.nom_fichier}"'
    return reponse
