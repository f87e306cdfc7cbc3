"""What a structure holds, dated: add, correct, end. One view per gesture for the four kinds."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from dpid import conciliation
from dpid.erreurs import ActeRefuse
from dpid.gestes import envoi, exiger, nouveau_jeton
from programmes.structures import memoire, saisie
from programmes.structures.forms import FinForm
from programmes.views.structures import la_structure


def _volet(nom) -> memoire.Volet:
    if nom not in memoire.VOLETS:
        raise Http404
    return memoire.VOLETS[nom]


def _element(request, pk, nom, element):
    """(structure, volet, element), from what the agent may read of this structure."""
    volet = _volet(nom)
    structure = la_structure(request, pk)
    exiger(request.user, f"programmes.change_{volet.permission}")
    return structure, volet, get_object_or_404(memoire.elements(volet, structure, request.user), pk=element)


def ajouter(request, pk, volet):
    choisi = _volet(volet)
    structure = la_structure(request, pk)
    exiger(request.user, f"programmes.add_{choisi.permission}")
    form = choisi.form(envoi(request), instance=choisi.modele(structure=structure))
    if request.method == "POST" and form.is_valid():
        try:
            saisie.creer_element(form, par=request.user, jeton=request.POST.get("jeton", ""))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"C’est enregistré : {choisi.modele._meta.verbose_name}.")
            return redirect("structure_identite", pk)
    jeton = request.POST.get("jeton") or nouveau_jeton()
    return _formulaire(request, structure, choisi.ajouter, form, jeton=jeton)


def modifier(request, pk, volet, element):
    structure, choisi, objet = _element(request, pk, volet, element)
    form, ecarts = choisi.form(envoi(request), instance=objet), []
    if request.method == "POST" and form.is_valid():
        faite, ecarts = conciliation.enregistrer(
            request, form, lambda: saisie.modifier_element(form),
            lambda: choisi.modele.objects.get(pk=element),
        )  # fmt: skip
        if faite:
            messages.success(request, "La correction est enregistrée.")
            return redirect("structure_identite", pk)
    return _formulaire(request, structure, f"Corriger : {choisi.modele._meta.verbose_name}", form, ecarts=ecarts)


def clore(request, pk, volet, element):
    structure, choisi, objet = _element(request, pk, volet, element)
    if not choisi.est_date:
        raise Http404
    form = FinForm(envoi(request), initial={"fin": objet.fin} if objet.fin else None)
    if request.method == "POST" and form.is_valid():
        try:
            saisie.clore(objet, par=request.user, fin=form.cleaned_data["fin"])
        except ActeRefuse as refus:
            form.add_error("fin", str(refus))
        else:
            messages.success(request, f"{objet} : la fin est enregistrée.")
            return redirect("structure_identite", pk)
    return _formulaire(request, structure, f"Mettre fin : {objet}", form, bouton="Mettre fin")


@require_POST
def retirer(request, pk, volet, element):
    """A contact, which is not dated. Anything else is ended, never removed."""
    _, choisi, objet = _element(request, pk, volet, element)
    if choisi.est_date:
        raise Http404
    saisie.retirer_contact(objet, par=request.user)
    messages.success(request, "Le contact est retiré.")
    return redirect("structure_identite", pk)


def _formulaire(request, structure, titre, form, *, ecarts=(), jeton="", bouton="Enregistrer"):
    contexte = {
        "structure": structure, "titre": titre, "form": form, "ecarts": ecarts, "jeton": jeton, "bouton": bouton,
    }  # fmt: skip
    return render(request, "programmes/structure_element.html", contexte)
