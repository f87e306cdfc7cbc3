"""Annexes of a rapport: their list with who refers to them, adding, editing, the usual set, the lines of an act."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from deliberations import palette
from deliberations.documents.lecture import Lecture
from deliberations.forms import AnnexeForm, RattachementForm
from deliberations.models import AnnexePresentee
from deliberations.redaction import annexes as redaction
from deliberations.redaction import projets
from deliberations.views.communs import (
    creer_une_fois,
    enregistrer_partie_ouverte,
    page_de_formulaire,
    preparer,
    rapport_visible,
    renvois_de,
    tenter,
    voir,
)
from dpid.erreurs import ActeRefuse
from dpid.gestes import nouveau_jeton
from dpid.typographie import accorder

Nature = AnnexePresentee.Nature
AJOUTABLES = (Nature.DESCRIPTIVE, Nature.PROJET_ACTE, Nature.MODELE, Nature.FINANCIERE, Nature.REPARTITION)


@voir
@require_safe
def annexes(request, pk):
    """Numbers, keys, and who refers to each."""
    rapport = rapport_visible(request, pk)
    citees = redaction.referents(rapport)
    numerotees = redaction.numerotees(rapport)
    presentes = {annexe.nature for _, annexe in numerotees}
    joints = Lecture(rapport, adoptee=False).projets
    contexte = {
        "rapport": rapport,
        "adresse_des_projets": projets.adresse(rapport),
        "annexes": [
            (numero, annexe, citees[annexe.pk], len(joints.get(annexe.cle, ()))) for numero, annexe in numerotees
        ],
        "natures": [n for n in AJOUTABLES if n != Nature.REPARTITION or n not in presentes],
        "modifiable": rapport.est_ouvert and request.user.has_perm("deliberations.preparer"),
    }
    return render(request, "deliberations/annexes.html", contexte)


def _annexe(request, pk):
    annexe = get_object_or_404(AnnexePresentee.objects.select_related("rapport__seance"), pk=pk)
    return annexe, rapport_visible(request, annexe.rapport_id)


@preparer
def ajouter(request, pk, nature):
    if nature not in Nature.values:
        raise Http404
    rapport = rapport_visible(request, pk)
    annexe = AnnexePresentee(rapport=rapport, nature=nature)
    form = AnnexeForm(request.POST or None, instance=annexe, initial={"jeton": nouveau_jeton()})
    if request.method == "POST" and form.is_valid():
        try:
            creer_une_fois(request, form.instance, form.cleaned_data["jeton"], redaction.ajouter, "Ajouter l’annexe")
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "L’annexe est ajoutée : son numéro suit son rang, et ses renvois le suivent.")
            return redirect("rapport_annexes", rapport.pk)
    titre = f"Ajouter une annexe : {Nature(nature).label.lower()}"
    return _page(request, form, rapport, titre, "Ajouter l’annexe")


@preparer
def modifier(request, pk):
    annexe, rapport = _annexe(request, pk)
    form, est_enregistree = enregistrer_partie_ouverte(
        request, rapport, annexe, lambda donnees, partie: AnnexeForm(donnees, instance=partie)
    )
    if est_enregistree:
        messages.success(request, f"L’annexe « {annexe.intitule} » est enregistrée.")
        return redirect("rapport_annexes", rapport.pk)
    return _page(request, form, rapport, f"Modifier l’annexe « {annexe.intitule} »", "Enregistrer")


def _page(request, form, rapport, titre, bouton):
    retour = reverse("rapport_annexes", args=[rapport.pk])
    renvois = renvois_de(rapport, palette.RAPPORT) if "texte" in form.fields else {}
    return page_de_formulaire(request, form, titre=titre, bouton=bouton, retour=retour, rapport=rapport, **renvois)


@preparer
@require_POST
def creer_usuelles(request, pk):
    """One act: a descriptive annexe per thématique, and the répartition."""
    rapport = rapport_visible(request, pk)
    try:
        ajoutees = redaction.creer_usuelles(rapport)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
    else:
        phrase = f"{accorder(len(ajoutees), 'annexe ajoutée', 'annexes ajoutées')}."
        messages.success(request, phrase if ajoutees else "Les annexes usuelles sont déjà là : rien n’est ajouté.")
    return redirect("rapport_annexes", rapport.pk)


@preparer
def rattacher(request, pk):
    """The lines whose act this annexe carries, by opération and nature of act."""
    annexe, rapport = _annexe(request, pk)
    if not annexe.est_un_acte:
        raise Http404
    form = RattachementForm(request.POST or None, groupes=redaction.groupes_de_lignes(rapport))
    if request.method == "POST" and form.is_valid():
        cles = form.cleaned_data["groupes"]
        succes = f"Les lignes cochées sont rattachées à l’annexe « {annexe.intitule} »."
        if tenter(request, lambda: redaction.rattacher(annexe, cles), succes):
            return redirect("rapport_annexes", rapport.pk)
    titre = f"Rattacher des lignes à l’annexe « {annexe.intitule} »"
    return _page(request, form, rapport, titre, "Rattacher")
