"""The rapport: its page, its header, its outline."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from deliberations import palette, plan, totaux
from deliberations.forms import NumeroForm, OperationForm, RapportForm, ThematiqueForm
from deliberations.models import (
    AnnexePresentee,
    OperationPresentee,
    Rapport,
    RecetteProposee,
    ThematiquePresentee,
    VisaJuridique,
)
from deliberations.repartition import repartir_rapport
from deliberations.views.communs import (
    habilite,
    page_de_formulaire,
    preparer,
    rapport_visible,
    renvois_de,
    tenter,
    vers_rapport,
    voir,
)
from deliberations.views.page import contexte_rapport
from dpid.erreurs import ActeRefuse
from dpid.gestes import adresse_sure
from dpid.models import Journal


@voir
@require_safe
def rapports(request):
    """Every rapport, latest séance first, with its state."""
    etat = request.GET.get("etat", "")
    visibles = Rapport.objects.visibles_par(request.user).select_related("seance__instance", "service")
    if etat in Rapport.Etat.values:
        visibles = visibles.filter(etat=etat)
    lignes = totaux.avec_totaux(visibles)[:300]
    contexte = {"rapports": lignes, "etats": Rapport.Etat.choices, "etat": etat}
    return render(request, "deliberations/rapports.html", contexte)


@voir
@require_safe
def rapport(request, pk):
    objet = rapport_visible(request, pk)
    contexte = contexte_rapport(request, objet, request.GET.get("partie", ""))
    return render(request, "deliberations/rapport.html", contexte)


@voir
@require_safe
def totaux_du_rapport(request, pk):
    """Breakdowns: thématique, source, budget line, territoire, volet."""
    objet = rapport_visible(request, pk)
    repartition = repartir_rapport(objet, avec_zeros=True)
    contexte = {"rapport": objet, "repartition": repartition, "tableaux": totaux.tableaux(objet, repartition)}
    return render(request, "deliberations/totaux.html", contexte)


@voir
@require_safe
def historique(request, pk):
    """Acts on the rapport, latest first."""
    objet = rapport_visible(request, pk)
    contexte = {"rapport": objet, "actes": Journal.objects.de_l_objet(objet)[:200]}
    return render(request, "deliberations/historique.html", contexte)


@preparer
def modifier(request, pk):
    """Header and general texts."""
    vu = rapport_visible(request, pk)
    form = RapportForm(instance=vu)
    if request.method == "POST":
        form = _enregistrer_entete(request, vu)
        if form.is_valid():
            messages.success(request, "Le rapport est enregistré.")
            return redirect(vu)
    return page_de_formulaire(
        request, form, titre="Modifier le rapport", bouton="Enregistrer", retour=vu.get_absolute_url(), rapport=vu,
        **renvois_de(vu, palette.RAPPORT),
    )  # fmt: skip


@transaction.atomic
def _enregistrer_entete(request, vu):
    """The row is locked before the form reads it: a visa given meanwhile is not undone by the save."""
    courant = Rapport.objects.select_for_update().select_related("seance__instance").get(pk=vu.pk)
    form = RapportForm(request.POST, instance=courant)
    if not courant.est_ouvert:
        form.add_error(None, courant.raison_du_gel())
    elif form.is_valid():
        form.save()
    return form


@habilite("deliberations.numeroter")
def numeroter(request, pk):
    objet = rapport_visible(request, pk)
    retour = objet.get_absolute_url()
    form = NumeroForm(request.POST or None, instance=Rapport.objects.get(pk=objet.pk))
    if request.method == "POST" and form.is_valid():
        numero = form.cleaned_data["numero"]
        try:
            objet.numeroter(numero, par=request.user)
        except (ActeRefuse, ValidationError) as refus:
            form.add_error("numero", refus if isinstance(refus, ValidationError) else str(refus))
        else:
            messages.success(request, f"Le rapport porte maintenant le numéro {numero}.")
            return redirect(retour)
    return page_de_formulaire(
        request, form, titre="Numéroter le rapport", bouton="Numéroter", retour=retour, rapport=objet
    )


# --- Outline ----------------------------------------------------------------------------------------------------------


@preparer
def ajouter_thematique(request, pk):
    objet = rapport_visible(request, pk)
    nouvelle = ThematiquePresentee(rapport=objet, ordre=plan.rang_suivant(objet.thematiques))
    return _enregistrer_partie(
        request,
        lambda donnees: ThematiqueForm(donnees, instance=nouvelle, rapport=objet),
        objet,
        "Ajouter une thématique",
        "Ajouter la thématique",
    )


@preparer
def modifier_thematique(request, pk):
    partie, objet = _partie(request, ThematiquePresentee, pk)
    return _enregistrer_partie(
        request,
        lambda donnees: ThematiqueForm(donnees, instance=partie, rapport=objet),
        objet,
        f"Modifier la thématique {partie.numero}",
        "Enregistrer",
        partie=partie,
    )


@preparer
def ajouter_operation(request, pk):
    thematique, objet = _partie(request, ThematiquePresentee, pk)
    nouvelle = OperationPresentee(thematique=thematique, ordre=plan.rang_suivant(thematique.operations))
    initial = {"numero": str(thematique.operations.count() + 1)}
    return _enregistrer_partie(
        request,
        lambda donnees: OperationForm(donnees, instance=nouvelle, thematique=thematique, initial=initial),
        objet,
        "Ajouter une opération",
        "Ajouter l’opération",
        str(thematique),
    )


@preparer
def modifier_operation(request, pk):
    partie, objet = _partie(request, OperationPresentee, pk)
    return _enregistrer_partie(
        request,
        lambda donnees: OperationForm(donnees, instance=partie, thematique=partie.thematique),
        objet,
        f"Modifier l’opération {partie.numero}",
        "Enregistrer",
        str(partie.thematique),
        partie=partie,
    )


def _partie(request, modele, pk):
    """(part, its rapport) among what the agent may see."""
    partie = get_object_or_404(modele, pk=pk)
    return partie, rapport_visible(request, partie.le_rapport.pk)


def _enregistrer_partie(request, ouvrir_form, objet, titre, bouton, sous_titre="", partie=None):
    """Save a part of the outline, read again under the lock of its rapport."""
    form = ouvrir_form(None)
    if request.method == "POST":
        with transaction.atomic():
            try:
                objet.verrouiller_ouvert()
                if partie is not None:
                    partie.refresh_from_db()
                form = ouvrir_form(request.POST)
                if form.is_valid():
                    partie = form.save()
                    messages.success(request, f"« {partie} » est enregistrée.")
                    return vers_rapport(objet, partie.pk if isinstance(partie, OperationPresentee) else None)
            except ActeRefuse as refus:
                form = ouvrir_form(request.POST)
                form.add_error(None, str(refus))
    lieu = palette.lieu_de(partie) if partie is not None else palette.NOUVEAU
    return page_de_formulaire(
        request, form, titre=titre, bouton=bouton, retour=objet.get_absolute_url(), rapport=objet,
        sous_titre=sous_titre, **renvois_de(objet, lieu),
    )  # fmt: skip


MODELES = {
    "thematique": ThematiquePresentee,
    "operation": OperationPresentee,
    "annexe": AnnexePresentee,
    "visa": VisaJuridique,
    "recette": RecetteProposee,
}


@preparer
@require_POST
def deplacer(request, quoi, pk, sens):
    if quoi not in MODELES or sens not in (plan.MONTER, plan.DESCENDRE):
        raise Http404
    partie, objet = _partie(request, MODELES[quoi], pk)
    try:
        plan.deplacer(partie, sens)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
    if request.htmx:
        contexte = contexte_rapport(request, objet, request.POST.get("partie", ""))
        return render(request, "deliberations/_apres_deplacement.html", contexte)
    retour = adresse_sure(request, request.POST.get("retour", ""), "")
    return redirect(retour) if retour else vers_rapport(objet, ancre="plan", partie=request.POST.get("partie", ""))


@preparer
@require_POST
def supprimer(request, quoi, pk):
    if quoi not in MODELES:
        raise Http404
    partie, objet = _partie(request, MODELES[quoi], pk)
    tenter(request, lambda: plan.supprimer(partie), f"« {partie} » ne figure plus au rapport.")
    return redirect(adresse_sure(request, request.POST.get("retour", ""), objet.get_absolute_url()))
