"""Completing a project of act: its parties, its instalments, its fiches, what it changes; opening an avenant."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from conventions.fiches import heritages
from conventions.lecture import lire_un
from conventions.models import ClauseInitiale, Convention, FicheAction, Modification
from conventions.redaction import modifications
from conventions.redaction.forms import (
    ActeForm,
    ArticlesForm,
    AvenantForm,
    ConventionForm,
    FicheForm,
    ModificationForm,
    SansChampForm,
)
from conventions.redaction.ouverture import modeles_sans_montant, preparer_avenant
from conventions.redaction.saisie import SaisieFiche, SaisieParties, SaisieVersements
from conventions.versements import par_exercice
from conventions.views.communs import acte_visible, convention_visible, habilite, preparer
from dpid import conciliation
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi, nouveau_jeton

# What the page of a list shows for the instalments alone, or for the parties alone.
DEFAUTS = {
    "montant": None,
    "deja": None,
    "par_exercice": {},
    "est_recalcule": False,
    "recalculable": False,
    "datalist": False,
}
ecrire_modifications = habilite("conventions.change_modification")


def _fige(request, acte):
    """The way back to an act that no longer changes, with the sentence that says why; None while it may."""
    if not acte.est_fige:
        return None
    messages.error(request, acte.raison_du_gel())
    return redirect(acte)


def _enregistrer(request, saisie, form, ecrire, relire):
    """`(saved or None, ecarts)`: a stale save is merged or shown, a refusal is told on the form."""
    if request.method != "POST" or not saisie.is_valid():
        return None, []
    try:
        return conciliation.enregistrer(request, saisie, ecrire, relire)
    except ActeRefuse as refus:
        form.add_error(None, str(refus))
        return None, []


def _saisir(request, acte, saisie, **page):
    """The page of a list of the act."""
    enregistre, ecarts = _enregistrer(
        request, saisie, saisie.form, lambda: saisie.enregistrer(par=request.user), saisie.relire
    )
    if enregistre:
        messages.success(request, page["succes"])
        return redirect(acte)
    listes = [{"titre": saisie.TITRE, "formset": saisie.formset, "est_numerotee": False}]
    contexte = {**DEFAUTS, "acte": acte, "form": saisie.form, "ecarts": ecarts, "listes": listes, **page}
    return render(request, "conventions/liste_d_acte.html", contexte)


@habilite("conventions.change_partie")
def parties(request, pk):
    acte = acte_visible(request, pk)
    if retour := _fige(request, acte):
        return retour
    donnees = envoi(request)
    saisie = SaisieParties(ActeForm(donnees, instance=acte), donnees)
    page = {"titre": "Parties, objet et durée", "bouton": "Enregistrer les parties", "datalist": True}
    return _saisir(request, acte, saisie, succes="Les parties de l’acte sont enregistrées.", **page)


@habilite("conventions.change_versement")
def versements(request, pk):
    """`?recalculer=1` opens the form on what the fiches give: nothing is written before it is sent."""
    acte = acte_visible(request, pk)
    if retour := _fige(request, acte):
        return retour
    donnees = envoi(request)
    form = SansChampForm(donnees, instance=acte)
    est_recalcule = donnees is None and "recalculer" in request.GET
    saisie = SaisieVersements.recalculee(form) if est_recalcule else SaisieVersements(form, donnees)
    page = {
        "titre": "Versements", "bouton": "Enregistrer les versements", "succes": "L’échéancier est enregistré.",
        "montant": saisie.lu.montant, "deja": saisie.lu.ancien_montant,
        "par_exercice": par_exercice(saisie.lu.versements), "est_recalcule": est_recalcule,
        "recalculable": bool(saisie.fiches),
    }  # fmt: skip
    return _saisir(request, acte, saisie, **page)


@preparer
def fiche(request, pk):
    objet = get_object_or_404(FicheAction.objects.select_related("dispositif"), pk=pk)
    acte = objet.acte = acte_visible(request, objet.acte_id)
    if retour := _fige(request, acte):
        return retour
    donnees = envoi(request)
    form = FicheForm(donnees, instance=objet)
    lu = lire_un(acte)
    form.annoncer(heritages(lu, next(lue for lue in lu.fiches if lue.fiche.pk == objet.pk)))
    saisie = SaisieFiche(form, donnees)
    page = {"titre": f"Fiche action : {objet}", "bouton": "Enregistrer la fiche", "succes": "La fiche est enregistrée."}
    return _saisir(request, acte, saisie, **page)


# --- What an avenant changes


@ecrire_modifications
def modification_nouvelle(request, pk):
    acte = acte_visible(request, pk)
    if not acte.est_avenant:
        messages.error(request, "Seul un avenant modifie la convention.")
        return redirect(acte)
    return _modification(request, acte, modifications.nouvelle(acte), "Ajouter une modification")


@ecrire_modifications
def modification_modifier(request, pk):
    objet = get_object_or_404(Modification, pk=pk)
    acte = objet.acte = acte_visible(request, objet.acte_id)
    return _modification(request, acte, objet, f"Modifier : {objet}")


def _modification(request, acte, objet, titre):
    if retour := _fige(request, acte):
        return retour
    form = ModificationForm(envoi(request), instance=objet)
    jeton = request.POST.get("jeton", "")[:32]
    enregistree, ecarts = _enregistrer(
        request, form, form, lambda: modifications.enregistrer(form, par=request.user, jeton=jeton),
        lambda: _relue(objet.pk),
    )  # fmt: skip
    if enregistree:
        messages.success(request, "La modification est enregistrée : relisez sa phrase ci-dessous.")
        return redirect(f"{acte.get_absolute_url()}#modifications")
    palette = modifications.renvois(lire_un(acte))
    contexte = {
        "acte": acte, "form": form, "ecarts": ecarts, "titre": titre, "palette": palette,
        "jeton": jeton or nouveau_jeton(),
    }  # fmt: skip
    return render(request, "conventions/modification.html", contexte)


def _relue(pk):
    return Modification.objects.select_related("acte__convention").get(pk=pk)


@ecrire_modifications
@require_POST
def modification_supprimer(request, pk):
    objet = get_object_or_404(Modification, pk=pk)
    acte = objet.acte = acte_visible(request, objet.acte_id)
    accomplir(
        request, lambda par: modifications.supprimer(objet, par=par), "La modification est supprimée de l’avenant."
    )
    return redirect(f"{acte.get_absolute_url()}#modifications")


@ecrire_modifications
@require_POST
def modification_apercu(request, pk):
    """The sentence of what is being typed; nothing is written."""
    acte = acte_visible(request, pk)
    form = ModificationForm(request.POST, instance=Modification(acte=acte))
    form.is_valid()
    lue = modifications.apercu(lire_un(acte), form.cleaned_data)
    return render(request, "conventions/_apercu_modification.html", {"lue": lue})


# --- What all the acts of a convention print


@habilite("conventions.change_convention")
def convention(request, pk):
    """Its objet while it may change, until when its pièces are kept."""
    objet = convention_visible(request, pk)
    form, ecarts = ConventionForm(envoi(request), instance=objet), []
    if request.method == "POST" and form.is_valid():
        enregistree, ecarts = conciliation.enregistrer(
            request, form, form.enregistrer, lambda: Convention.objects.select_related("structure").get(pk=pk)
        )
        if enregistree:
            messages.success(request, "La convention est enregistrée.")
            return redirect(enregistree)
    contexte = {
        "form": form, "ecarts": ecarts, "titre": f"Modifier la {objet}", "bouton": "Enregistrer", "du_modele": False,
        "retour": objet.get_absolute_url(),
    }  # fmt: skip
    return render(request, "conventions/formulaire.html", contexte)


@habilite("conventions.add_convention")
def articles(request, pk):
    """Those of a convention signed before the application, while no avenant was sent against them."""
    objet = convention_visible(request, pk)
    if not objet.est_reprise or ClauseInitiale(convention=objet).est_fige:
        messages.error(
            request, "Les articles de cette convention ne se saisissent plus : ils se modifient par avenant."
        )
        return redirect(objet)
    form, enregistree, ecarts = ArticlesForm(envoi(request), instance=objet), None, []
    if request.method == "POST" and form.is_valid():
        try:
            enregistree, ecarts = conciliation.enregistrer(
                request, form, lambda: form.enregistrer(par=request.user),
                lambda: Convention.objects.select_related("structure").get(pk=pk),
            )  # fmt: skip
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
    if enregistree:
        messages.success(request, "Les articles sont enregistrés.")
        return redirect(enregistree)
    contexte = {
        "form": form, "ecarts": ecarts, "titre": f"Articles de la {objet}", "bouton": "Enregistrer les articles",
        "du_modele": False, "retour": objet.get_absolute_url(),
    }  # fmt: skip
    return render(request, "conventions/formulaire.html", contexte)


# --- An avenant without money


@habilite("conventions.generer")
def avenant(request, pk):
    """« Préparer un avenant » from the page of the convention, without a rapport."""
    objet = convention_visible(request, pk)
    versions = modeles_sans_montant()
    form = AvenantForm(envoi(request), versions=versions)
    if request.method == "POST" and form.is_valid():
        jeton = request.POST.get("jeton", "")[:32]
        try:
            fait, _ = preparer_avenant(objet, par=request.user, jeton=jeton, **form.ouverture())
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"L’{fait} est préparé : dites maintenant ce qu’il change.")
            return redirect(fait)
    contexte = {
        "convention": objet, "form": form, "jeton": request.POST.get("jeton") or nouveau_jeton(),
        "sans_modele": not versions, "retour": objet.get_absolute_url(), "adresse_modeles": reverse("modeles"),
    }  # fmt: skip
    return render(request, "conventions/avenant.html", contexte)
