"""Texts that the délibération cites: chosen in the library, added on the fly, copied from another rapport."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from deliberations.forms import TexteForm
from deliberations.models import TexteJuridique
from deliberations.redaction import visas as redaction
from deliberations.views.communs import page_de_formulaire, preparer, rapport_visible, tenter, voir
from dpid.erreurs import ActeRefuse
from dpid.textes import cle_numerique
from dpid.typographie import accorder

RAPPORTS_PROPOSES = 30


@voir
@require_safe
def visas(request, pk):
    """Texts cited in order, in force or not on the day of the séance; what the library offers."""
    rapport = rapport_visible(request, pk)
    jour, recherche = rapport.seance.date, request.GET.get("q", "").strip()[:100]
    modifiable = rapport.est_ouvert and request.user.has_perm("deliberations.preparer")
    cites = [(v, redaction.vigueur(v.texte, jour)) for v in rapport.visas_juridiques.select_related("texte")]
    proposes = redaction.bibliotheque(rapport, recherche) if modifiable else ()
    contexte = {
        "rapport": rapport,
        "cites": cites,
        "recherche": recherche,
        "proposes": [(t, redaction.vigueur(t, jour)) for t in proposes],
        "modeles": redaction.modeles(rapport, request.user)[:RAPPORTS_PROPOSES] if modifiable else (),
        "modifiable": modifiable,
    }
    return render(request, "deliberations/visas.html", contexte)


@preparer
@require_POST
def viser_texte(request, pk):
    rapport = rapport_visible(request, pk)
    texte = TexteJuridique.objects.filter(pk=cle_numerique(request.POST.get("texte", "")) or 0).first()
    if texte is None:
        messages.error(request, "Choisissez un texte de la bibliothèque.")
    else:
        tenter(request, lambda: redaction.viser_texte(rapport, texte), f"Le rapport vise « {texte} ».")
    return redirect("rapport_visas", rapport.pk)


@preparer
def nouveau_texte(request, pk):
    """A text that the library does not hold yet, cited at once."""
    rapport = rapport_visible(request, pk)
    form = TexteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _ajouter(rapport, form)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Le texte est ajouté à la bibliothèque, et visé par ce rapport.")
            return redirect("rapport_visas", rapport.pk)
    return page_de_formulaire(
        request, form, titre="Viser un nouveau texte", bouton="Ajouter et viser",
        retour=reverse("rapport_visas", args=[rapport.pk]), rapport=rapport,
    )  # fmt: skip


@transaction.atomic
def _ajouter(rapport, form):
    texte = form.save(commit=False)
    texte.code = redaction.code_libre(texte.texte)
    texte.save()
    redaction.viser_texte(rapport, texte)


@preparer
@require_POST
def copier(request, pk):
    rapport = rapport_visible(request, pk)
    choisi = cle_numerique(request.POST.get("modele", "")) or 0
    autre = redaction.modeles(rapport, request.user).filter(pk=choisi).first()
    try:
        if autre is None:
            raise ActeRefuse("Choisissez un rapport qui vise des textes.")
        nombre = redaction.copier(rapport, autre)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
    else:
        ajoutes = accorder(nombre, "texte ajouté", "textes ajoutés")
        messages.success(request, f"{ajoutes} depuis le rapport {autre}." if nombre else "Ces textes sont déjà visés.")
    return redirect("rapport_visas", rapport.pk)
