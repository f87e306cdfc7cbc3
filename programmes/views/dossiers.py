"""Dossiers: the page, creation and edition, the acts of the instruction."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid.conciliation import enregistrer
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi, exiger, nouveau_jeton
from dpid.panneaux import panneaux_de
from dpid.textes import cle_numerique
from programmes import saisie
from programmes.depots import depot
from programmes.forms import DossierForm, designation
from programmes.instruction import documents, fiche
from programmes.instruction.forms import formulaire
from programmes.instruction.sections import A_LA_FIN, A_LA_SUITE, SECTIONS, avec_reperes
from programmes.instruction.verbes import (
    VERBES,
    consigne,
    peut_modifier,
    peut_remarquer,
    raison_du_refus,
    verbes_permis,
)
from programmes.models import Dossier, Structure


def le_dossier(request, pk, **filtres) -> Dossier:
    """The dossier, from the same QuerySet as the list: what is not visible does not exist."""
    exiger(request.user, "programmes.view_dossier")
    visibles = avec_reperes(Dossier.objects.visibles_par(request.user), request.user)
    liens = ("structure", "dispositif__thematique__appel", "dispositif__service", "dispositif__fiche")
    return get_object_or_404(visibles.select_related(*liens, "session", "instructeur"), pk=pk, **filtres)


@require_safe
def dossier(request, pk):
    objet = le_dossier(request, pk)
    contexte = fiche.contexte(objet)
    contexte |= {
        "verbes": verbes_permis(objet, request.user),
        "consigne": consigne(objet, request.user),
        "peut_modifier": peut_modifier(objet, request.user),
        "peut_remarquer": peut_remarquer(objet, request.user),
        "panneaux": panneaux_de(objet, request.user),
        "suites": depot.suites(objet, request.user),
        "a_la_suite": _a_lire(A_LA_SUITE),
        "a_la_fin": _a_lire(A_LA_FIN),
    }
    return render(request, "programmes/dossier.html", contexte)


def _a_lire(noms) -> list[dict]:
    return [{"nom": nom, "titre": SECTIONS[nom].titre} for nom in noms]


@require_safe
def section(request, pk, nom):
    """One section: inside the page (htmx), or a page of its own."""
    objet = le_dossier(request, pk)
    contexte = SECTIONS[nom].lire(objet, request.user)
    contexte |= {"nom": nom, "titre": SECTIONS[nom].titre, "gabarit": f"programmes/_{nom}.html"}
    return render(request, contexte["gabarit"] if request.htmx else "programmes/dossier_section.html", contexte)


@permission_required("programmes.add_dossier", raise_exception=True)
def nouveau(request):
    depart = Structure.objects.filter(pk=cle_numerique(request.GET.get("structure", ""))).first()
    initial = {"structure": designation(depart)} if depart else {}
    initial |= {c: request.GET[c] for c in ("origine", "dispositif") if c in request.GET}
    form = DossierForm(envoi(request), initial=initial, agent=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            objet, est_nouveau = saisie.creer_dossier(form, par=request.user, jeton=request.POST.get("jeton", ""))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            if est_nouveau:
                messages.success(request, "Le dossier est créé : ajoutez maintenant ses lignes.")
            else:
                messages.info(request, "Ce dossier venait d’être créé : il ne l’a été qu’une fois.")
            return redirect(objet)
    jeton = request.POST.get("jeton") or nouveau_jeton()
    return render(request, "programmes/dossier_form.html", {"form": form, "jeton": jeton})


def modifier(request, pk):
    objet = le_dossier(request, pk)
    exiger(request.user, "programmes.change_dossier")
    if not peut_modifier(objet, request.user):
        messages.error(request, raison_du_refus(objet))
        return redirect(objet)
    form, ecarts = DossierForm(envoi(request), instance=objet, agent=request.user), []
    if request.method == "POST" and form.is_valid():
        relire = lambda: Dossier.objects.get(pk=pk)  # noqa: E731
        enregistre, ecarts = enregistrer(request, form, lambda: saisie.modifier(form), relire)
        if enregistre:
            messages.success(request, "Le dossier est modifié.")
            return redirect(objet)
    contexte = {"form": form, "dossier": objet, "ecarts": ecarts}
    return render(request, "programmes/dossier_form.html", contexte)


def agir(request, pk, verbe):
    """Confirm an act with its consequence in figures, then do it."""
    objet = le_dossier(request, pk)
    choisi = VERBES[verbe]
    exiger(request.user, choisi.permission)
    if not choisi.permis(objet, request.user):
        messages.error(
            request, f"« {choisi.titre} » est impossible : le dossier est à l’état « {objet.get_etat_display()} »."
        )
        return redirect(objet)
    form = formulaire(choisi, envoi(request), objet)
    if request.method == "POST" and form.is_valid():
        courriers = []
        acte = lambda par, **options: courriers.append(choisi.accomplir(objet, par=par, **options))  # noqa: E731
        if accomplir(request, acte, choisi.succes, **form.options(objet)):
            return redirect("courrier", courriers[0].pk) if courriers[0] else redirect(objet)
    contexte = {"dossier": objet, "verbe": choisi, "form": form, "consequence": choisi.consequence(objet)}
    return render(request, "programmes/dossier_acte.html", contexte)


@require_safe
def fiche_instruction(request, pk):
    contenu, nom = documents.editer(le_dossier(request, pk), request.user)
    entete = {"Content-Disposition": f'inline; filename="{nom}"'}
    return HttpResponse(contenu, content_type="application/pdf", headers=entete)
