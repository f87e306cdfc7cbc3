"""Models of acts: their list, one model and its versions, one version, its blocks, its lint, its preview."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from conventions import documents
from conventions.forms import BlocForm, ModeleForm, VersionForm
from conventions.modeles import apercus, edition
from conventions.modeles.relecture import relire
from conventions.models import BlocDeModele, Modele, VersionDeModele
from conventions.views.communs import habilite
from deliberations import palette
from dpid import conciliation
from dpid.documents import blocs as paragraphes
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi

voir = habilite("conventions.view_modele")
ecrire = habilite("conventions.change_modele")


@voir
@require_safe
def modeles(request):
    tous = Modele.objects.prefetch_related("versions", "dispositifs__thematique__appel")
    return render(request, "conventions/modeles.html", {"modeles": [(m, _par_etat(m)) for m in tous]})


def _par_etat(modele) -> dict[str, VersionDeModele | None]:
    """The latest version in each state, of those already read."""
    par_etat = {"publiee": None, "brouillon": None}
    return par_etat | {str(v.etat): v for v in reversed(modele.versions.all())}


@ecrire
def nouveau(request):
    form = ModeleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            modele = form.save()
            version = modele.nouvelle_version(par=request.user)
        messages.success(request, f"Le modèle « {modele} » est créé : écrivez ses blocs.")
        return redirect(version)
    contexte = {
        "form": form,
        "ecarts": [],
        "du_modele": True,
        "titre": "Nouveau modèle d’acte",
        "bouton": "Créer le modèle",
        "retour": reverse("modeles"),
    }
    return render(request, "conventions/formulaire.html", contexte)


@voir
@require_safe
def modele(request, pk):
    objet = get_object_or_404(Modele.objects.prefetch_related("versions__publiee_par", "versions__adoptee_par"), pk=pk)
    contexte = {"modele": objet, "versions": objet.versions.all(), "brouillon": _par_etat(objet)["brouillon"]}
    return render(request, "conventions/modele.html", contexte)


@ecrire
@require_POST
def ouvrir_version(request, pk):
    objet = get_object_or_404(Modele, pk=pk)
    try:
        version = objet.nouvelle_version(par=request.user)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return redirect(objet)
    messages.success(request, f"La version {version.rang} est ouverte : elle reprend la précédente.")
    return redirect(version)


def version_lue(pk) -> VersionDeModele:
    return get_object_or_404(VersionDeModele.objects.select_related("modele", "publiee_par", "adoptee_par"), pk=pk)


@voir
@require_safe
def version(request, pk):
    objet = version_lue(pk)
    constats = relire(objet)
    contexte = {
        "version": objet,
        "blocs": [(b, paragraphes(b.texte)) for b in objet.blocs.all()],
        "constats": constats,
        "bloquee": any(c.est_bloquant for c in constats),
        "adoption": objet.adoption,
        "jointe": objet.presentations.select_related("annexe__rapport").order_by("-pk").first(),
        "exemples": apercus.exemples(objet, request.user),
        "modifiable": not objet.est_fige and request.user.has_perm("conventions.change_modele"),
    }
    return render(request, "conventions/version.html", contexte)


@ecrire
def version_modifier(request, pk):
    """How many originals an act has, how its structure is called, what is noted of the model."""
    objet = version_lue(pk)
    if objet.est_fige:
        messages.error(request, objet.raison_du_gel())
        return redirect(objet)
    form, ecarts = VersionForm(envoi(request), instance=objet), []
    if request.method == "POST" and form.is_valid():
        enregistree, ecarts = conciliation.enregistrer(
            request, form, lambda: edition.enregistrer_version(form), lambda: version_lue(pk)
        )
        if enregistree:
            messages.success(request, "La version est enregistrée.")
            return redirect(objet)
    contexte = {
        "form": form, "ecarts": ecarts, "titre": f"Modifier : {objet}", "bouton": "Enregistrer", "du_modele": True,
        "retour": objet.get_absolute_url(),
    }  # fmt: skip
    return render(request, "conventions/formulaire.html", contexte)


@habilite("conventions.publier_modele")
@require_POST
def publier(request, pk):
    objet = version_lue(pk)
    accomplir(request, objet.publier, f"La version {objet.rang} est publiée : les prochains actes l’emploieront.")
    return redirect(objet)


@voir
@require_safe
def apercu(request, pk):
    """The act of the address, printed with this version: nothing is written."""
    objet = version_lue(pk)
    acte = request.GET.get("acte", "")
    donnees = apercus.contexte(objet, int(acte) if acte.isdigit() else 0, request.user)
    if donnees is None:
        raise Http404
    reponse = HttpResponse(documents.rendre(donnees, projet=True), content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="apercu_{objet.modele.code}_v{objet.rang}.pdf"'
    return reponse


# --- Blocks


def bloc_lu(pk) -> BlocDeModele:
    return get_object_or_404(BlocDeModele.objects.select_related("version_modele__modele"), pk=pk)


@ecrire
def bloc_nouveau(request, pk):
    objet = version_lue(pk)
    return _bloc(request, BlocDeModele(version_modele=objet, nature=BlocDeModele.Nature.ARTICLE), "Ajouter un bloc")


@ecrire
def bloc_modifier(request, pk):
    bloc = bloc_lu(pk)
    return _bloc(request, bloc, f"Modifier : {bloc}")


def _bloc(request, bloc, titre):
    version_ = bloc.version_modele
    if version_.est_fige:
        messages.error(request, version_.raison_du_gel())
        return redirect(version_)
    form, ecarts = BlocForm(envoi(request), instance=bloc), []
    if request.method == "POST" and form.is_valid():
        try:
            enregistre, ecarts = conciliation.enregistrer(
                request, form, lambda: edition.enregistrer(form), lambda: bloc_lu(bloc.pk)
            )
        except ActeRefuse as refus:
            messages.error(request, str(refus))
        else:
            if enregistre:
                messages.success(request, "Le bloc est enregistré.")
                return redirect(version_)
    contexte = {
        "form": form, "ecarts": ecarts, "titre": titre, "bouton": "Enregistrer le bloc",
        "retour": version_.get_absolute_url(),
        "version": version_, "palette": edition.renvois(version_),
        "est_avenant": version_.modele.nature == Modele.Nature.AVENANT,
    }  # fmt: skip
    return render(request, "conventions/bloc.html", contexte)


@ecrire
@require_POST
def bloc_deplacer(request, pk, sens):
    bloc = bloc_lu(pk)
    if sens not in ("monter", "descendre"):
        raise Http404
    accomplir(request, lambda par: edition.deplacer(bloc, sens), "L’ordre des blocs est changé.")
    return redirect(bloc.version_modele)


@ecrire
@require_POST
def bloc_supprimer(request, pk):
    bloc = bloc_lu(pk)
    accomplir(request, lambda par: bloc.delete(), f"Le bloc « {bloc} » est supprimé.")
    return redirect(bloc.version_modele)


@ecrire
@require_POST
def bloc_apercu(request, pk):
    """What the text being typed will print, each field by its example; nothing is written."""
    version_ = version_lue(pk)
    exemples = {r.nom: r.valeur for r in edition.renvois(version_)}
    texte = request.POST.get(request.POST.get("champ", ""), "")[:20_000]
    blocs = palette.blocs_resolus(texte, exemples)
    return render(request, "deliberations/_apercu_texte.html", {"blocs": blocs, "saisis": []})
