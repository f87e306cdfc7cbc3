"""Pièces: deposit, the page of one with its preview beside, download, correction, withdrawal."""

from csp.constants import NONE, SELF
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from dpid import conciliation
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi, exiger
from dpid.textes import cle_numerique
from programmes.forms import MotifForm
from programmes.models import Piece
from programmes.structures import pieces
from programmes.structures.forms import DepotPieceForm, PieceForm
from programmes.views.structures import la_structure


def la_piece(request, pk, *, avec_contenu=False) -> Piece:
    """The pièce, if the agent may read it: one of a foreign dossier, or a confidential one, does not exist."""
    exiger(request.user, "programmes.view_piece")
    visibles = Piece.objects.visibles_par(request.user).select_related("type", "structure", "dossier", "deposee_par")
    return get_object_or_404(visibles if avec_contenu else visibles.sans_contenu(), pk=pk)


def deposer(request, pk):
    exiger(request.user, "programmes.add_piece")
    structure = la_structure(request, pk)
    initial = {c: request.GET[c] for c in ("type", "dossier") if cle_numerique(request.GET.get(c, "")) is not None}
    form = DepotPieceForm(
        envoi(request), request.FILES or None, initial=initial, structure=structure, agent=request.user
    )
    if request.method == "POST" and form.is_valid():
        try:
            piece, est_nouvelle = form.deposer()
        except ActeRefuse as refus:
            form.add_error("fichier", str(refus))
        else:
            return _apres_depot(request, piece, est_nouvelle)
    return render(request, "programmes/piece_deposer.html", {"structure": structure, "form": form})


def _apres_depot(request, piece, est_nouvelle):
    """To the pièce, or back to the structure when its reading is reserved."""
    if not est_nouvelle:
        messages.info(request, "Ce fichier était déjà déposé : il ne l’a été qu’une fois.")
    elif piece.type.est_confidentielle and not request.user.has_perm("programmes.voir_compte"):
        messages.success(request, f"« {piece.type} » est déposé. Seuls les agents habilités aux comptes le lisent.")
    else:
        messages.success(request, f"« {piece.type} » est déposé.")
    if Piece.objects.visibles_par(request.user).filter(pk=piece.pk).exists():
        return redirect(piece)
    return redirect(piece.structure)


def piece(request, pk):
    """What is said of the pièce, corrected here, and its content beside."""
    objet = la_piece(request, pk)
    form, ecarts = PieceForm(envoi(request), instance=objet, agent=request.user), []
    if request.method == "POST":
        exiger(request.user, "programmes.change_piece")
        if form.is_valid():
            if (ecarts := _corriger(request, form, pk)) is None:
                return redirect("piece", pk)
    autres = Piece.objects.visibles_par(request.user).filter(structure=objet.structure_id, est_retiree=False)
    contexte = {
        "piece": objet,
        "nature": pieces.NATURES.get(objet.nature),
        "form": form if request.user.has_perm("programmes.change_piece") and not objet.est_retiree else None,
        "ecarts": ecarts,
        "autres": autres.select_related("type").sans_contenu().order_by("type__ordre", "-deposee_le"),
    }
    return render(request, "programmes/piece.html", contexte)


def _corriger(request, form, pk) -> list | None:
    """None once saved; else what both sides changed."""
    try:
        faite, ecarts = conciliation.enregistrer(
            request, form, lambda: pieces.corriger_saisie(form, par=request.user), lambda: la_piece(request, pk)
        )
    except ActeRefuse as refus:
        form.add_error(None, str(refus))
        return []
    if faite is None:
        return ecarts
    messages.success(request, f"« {faite.type} » est corrigé.")
    return None


@require_safe
def volet(request, pk):
    """The same content, to be opened beside a form (htmx)."""
    objet = la_piece(request, pk)
    return render(request, "programmes/_piece_volet.html", {"piece": objet, "nature": pieces.NATURES.get(objet.nature)})


@require_safe
@xframe_options_sameorigin
def contenu(request, pk):
    """What a browser may show: framed by us only, able to load or run nothing."""
    objet = la_piece(request, pk, avec_contenu=True)
    nature = pieces.NATURES.get(objet.nature)
    if nature is None or not nature.est_apercue:
        raise Http404
    reponse = _servir(objet, "inline")
    directives = {"default-src": [NONE], "frame-ancestors": [SELF]}
    if nature is pieces.PDF:
        directives["object-src"] = [SELF]  # the browser's own reader
    else:
        directives |= {"sandbox": [""], "img-src": [SELF]}
    reponse._csp_replace = directives
    return reponse


@require_safe
def telecharger(request, pk):
    reponse = _servir(la_piece(request, pk, avec_contenu=True), "attachment")
    reponse._csp_replace = {"default-src": [NONE], "sandbox": [""]}
    return reponse


def _servir(objet, disposition) -> HttpResponse:
    reponse = HttpResponse(bytes(objet.contenu), content_type=objet.nature.partition(";")[0])
    reponse["Content-Disposition"] = content_disposition_header(disposition == "attachment", objet.nom_fichier)
    reponse["X-Content-Type-Options"] = "nosniff"
    return reponse


def retirer(request, pk):
    objet = la_piece(request, pk)
    if not request.user.has_perm("programmes.change_piece"):
        raise PermissionDenied
    form = MotifForm(envoi(request))
    if request.method == "POST" and form.is_valid():
        accomplir(
            request, lambda *, par, motif: pieces.retirer(objet, par=par, motif=motif),
            "La pièce est retirée : elle ne sert plus à aucun dossier.", motif=form.cleaned_data["motif"],
        )  # fmt: skip
        return redirect(objet.structure)
    return render(request, "programmes/piece_retirer.html", {"piece": objet, "form": form})
