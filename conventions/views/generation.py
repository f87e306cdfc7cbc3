"""The acts that a rapport calls for, and their generation."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from conventions.generation import courriers, lot, regroupement
from conventions.generation.envoi import demander_envoi
from conventions.generation.groupes import RANGEMENTS
from conventions.generation.plan import prevoir
from conventions.generation.refus import refus
from conventions.modeles import presentation
from conventions.views.communs import habilite, voir
from deliberations.models import AnnexePresentee, Rapport
from dpid.gestes import accomplir, exiger, nouveau_jeton
from dpid.montants import ZERO
from dpid.textes import cle_numerique
from dpid.typographie import accorder
from programmes.models import Structure


@voir
def actes_du_rapport(request, pk):
    """What would be made, what holds each back; then the job that makes them, and what each project lacks."""
    rapports = Rapport.objects.visibles_par(request.user).select_related("seance__instance", "deliberation")
    rapport = get_object_or_404(rapports, pk=pk)
    if request.method == "POST":
        exiger(request.user, "conventions.generer")
        lot.demander_generation(rapport, par=request.user, jeton=request.POST.get("jeton", "")[:32])
        messages.success(request, "La génération est demandée : le résultat de chaque acte vient sur cette page.")
        return redirect("rapport_actes", rapport.pk)
    prevus, travail = prevoir(rapport), lot.dernier(rapport, request.user)
    est_vivant = travail is not None and travail.est_vivant
    if not est_vivant:  # while it runs the page is read again every two seconds: it only counts
        lot.relever_les_manques(prevus)
    modifiable = rapport.est_ouvert and request.user.has_perm("conventions.change_modelepresente")
    contexte = {
        "refus": refus(rapport, request.user), "modeles_joints": presentation.a_joindre(rapport, modifiable=modifiable),
        "rapport": rapport, "prevus": prevus, "jeton": nouveau_jeton(), "travail": travail, "est_vivant": est_vivant,
        "total": sum((p.montant for p in prevus), ZERO), "comptes": _comptes(prevus),
    }  # fmt: skip
    return render(request, "conventions/generation.html", contexte)


def _comptes(prevus) -> dict[str, int]:
    """How many acts at each stage."""
    faits = [p for p in prevus if p.acte]
    return {
        "faits": len(faits),
        "a_preparer": sum(1 for p in prevus if p.acte is None and not p.empechement),
        "retenus": sum(1 for p in prevus if p.acte is None and p.empechement),
        "a_completer": sum(1 for p in faits if p.manques),
    }


@habilite("conventions.generer")
def regrouper(request, pk, structure):
    """Which opérations of a structure go together, before its acts are made."""
    rapport = get_object_or_404(Rapport.objects.visibles_par(request.user).select_related("seance__instance"), pk=pk)
    structure = get_object_or_404(Structure, pk=structure)
    siennes = regroupement.operations(rapport, structure)
    if not siennes:
        raise Http404
    maniere = request.POST.get("maniere", "")
    if request.method == "POST" and maniere in regroupement.Maniere.values:
        choix = {o.dossier.pk: n for o in siennes if (n := cle_numerique(request.POST.get(f"acte-{o.dossier.pk}", "")))}
        if accomplir(
            request, partial(regroupement.regrouper, rapport, structure, maniere, choix=choix),
            f"Le regroupement des opérations de {structure} est enregistré.", vu=request.POST.get("vu", ""),
        ):  # fmt: skip
            return redirect("rapport_actes", rapport.pk)
        siennes = regroupement.operations(rapport, structure)
    contexte = {
        "rapport": rapport, "structure": structure, "operations": siennes, "vu": regroupement.empreinte(siennes),
        "numeros": regroupement.numeros(siennes), "manieres": regroupement.Maniere.choices,
        "modifiable": any(o.acte is None for o in siennes),
    }  # fmt: skip
    return render(request, "conventions/regroupement.html", contexte)


@habilite("conventions.change_modelepresente")
@require_POST
def presenter_modele(request, pk):
    """The version that an annexe « modèle à adopter » joins to its rapport."""
    rapports = Rapport.objects.visibles_par(request.user)
    annexes = AnnexePresentee.objects.filter(nature=AnnexePresentee.Nature.MODELE, rapport__in=rapports)
    annexe = get_object_or_404(annexes.select_related("rapport__seance__instance"), pk=pk)
    version = presentation.versions().filter(pk=cle_numerique(request.POST.get("version", "")) or 0).first()
    if version is None:
        messages.error(request, "Choisissez le modèle à joindre dans la liste.")
    else:
        succes = f"« {version} » est joint à l’annexe « {annexe.intitule} »."
        accomplir(request, lambda par: presentation.joindre(annexe, version, par=par), succes)
    return redirect("rapport_actes", annexe.rapport_id)


@habilite("programmes.change_courrier")
@require_POST
def etablir_les_refus(request, pk):
    """The letters of refusal still missing, to be read again one by one."""
    rapport = get_object_or_404(Rapport.objects.visibles_par(request.user), pk=pk)
    nombre = courriers.etablir_les_refus(rapport, par=request.user)
    phrase = f"{accorder(nombre, 'lettre de refus est prête', 'lettres de refus sont prêtes')} à relire."
    messages.success(request, phrase if nombre else "Toutes les lettres de refus sont déjà établies.")
    return redirect(f"{reverse('rapport_actes', args=[rapport.pk])}#refus")


@voir
@require_POST
def archive(request, pk):
    """Ask for the archive of the acts; it comes to the tray of the jobs."""
    rapport = get_object_or_404(Rapport.objects.visibles_par(request.user), pk=pk)
    rangement = request.POST.get("rangement", "structure")
    if rangement not in RANGEMENTS:
        raise Http404
    demander_envoi(rapport, par=request.user, rangement=rangement)
    messages.success(request, "L’archive des actes est demandée : elle apparaîtra dans vos travaux.")
    return redirect("rapport_actes", rapport.pk)
