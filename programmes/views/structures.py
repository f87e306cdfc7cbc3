"""Structures: the register, the 360° page of one, its other tabs, its form."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from dpid import conciliation
from dpid.gestes import envoi, exiger, nouveau_jeton
from dpid.models import Commune
from dpid.panneaux import panneaux_de
from dpid.textes import cle_texte
from programmes.forms import designation
from programmes.models import Structure
from programmes.structures import liste, memoire, registre, saisie
from programmes.structures.forms import StructureForm, designer_commune
from programmes.views.listes import FORMATS, telecharger

PROPOSEES = 12
voir = permission_required("programmes.view_structure", raise_exception=True)


def la_structure(request, pk) -> Structure:
    """The structure, from the register of those in service. A merged one is unknown to the pages that act."""
    exiger(request.user, "programmes.view_structure")
    return get_object_or_404(Structure.objects.actives().select_related("commune"), pk=pk)


@require_safe
@voir
def structures(request):
    page_lue = liste.lire(request)
    nombre = page_lue.totaux()["nombre"]
    page = page_lue.page(nombre)
    contexte = {
        "liste": page_lue, "nombre": nombre, "page": page, "formats": FORMATS, "rangees": page_lue.rangees(page),
    }  # fmt: skip
    return page_lue.retenir(render(request, "programmes/structures.html", contexte))


@require_safe
@voir
def exporter(request, format):
    return telecharger(liste.lire(request), format)


@require_safe
@voir
def structure(request, pk):
    objet = get_object_or_404(Structure.objects.select_related("commune").prefetch_related("alias"), pk=pk)
    if objet.fusionnee_dans_id:
        messages.info(request, f"{objet} a été fusionnée dans cette fiche.")
        return redirect("structure", objet.fusionnee_dans_id)
    contexte = droits(request.user) | {
        "structure": objet,
        "vue": registre.horizon(objet, request.user),
        "panneaux": panneaux_de(objet, request.user),
        "onglet": "ensemble",
    }
    return render(request, "programmes/structure.html", contexte)


def droits(agent) -> dict[str, bool]:
    """What the pages of a structure offer to this agent."""
    return {
        "peut_modifier": agent.has_perm("programmes.change_structure"),
        "peut_creer_dossier": agent.has_perm("programmes.add_dossier"),
        "peut_deposer": agent.has_perm("programmes.add_piece"),
        "peut_ecrire": agent.has_perm("programmes.add_courrier"),
        "peut_fusionner": agent.has_perm("programmes.fusionner"),
    }


@require_safe
def identite(request, pk):
    """Second tab: representatives, contacts, agréments, bank accounts, past ones included."""
    objet = la_structure(request, pk)
    contexte = droits(request.user) | {
        "structure": objet,
        "volets": memoire.volets(objet, request.user),
        "onglet": "identite",
    }
    return render(request, "programmes/structure_identite.html", contexte)


@require_safe
def historique(request, pk):
    """Third tab: acts and edits, messages sent."""
    objet = la_structure(request, pk)
    contexte = droits(request.user) | {
        "structure": objet,
        "evenements": memoire.evenements(objet),
        "courriers": memoire.courriers(objet, request.user),
        "onglet": "historique",
    }
    return render(request, "programmes/structure_historique.html", contexte)


@permission_required("programmes.add_structure", raise_exception=True)
def nouvelle(request):
    form = StructureForm(envoi(request), instance=Structure())
    if request.method == "POST" and form.is_valid():
        jeton = request.POST.get("jeton", "")
        objet, est_nouvelle = saisie.creer_structure(form, par=request.user, jeton=jeton)
        succes = "La structure est créée." if est_nouvelle else "Cette structure venait d’être créée."
        messages.success(request, succes)
        return redirect(objet)
    contexte = {"form": form, "structure": None, "ecarts": [], "jeton": request.POST.get("jeton") or nouveau_jeton()}
    return render(request, "programmes/structure_form.html", contexte)


def modifier(request, pk):
    exiger(request.user, "programmes.change_structure")
    objet = la_structure(request, pk)
    form, ecarts = StructureForm(envoi(request), instance=objet), []
    if request.method == "POST" and form.is_valid():
        faite, ecarts = conciliation.enregistrer(
            request, form, lambda: saisie.modifier_structure(form), lambda: la_structure(request, pk)
        )
        if faite:
            messages.success(request, "La structure est modifiée.")
            return redirect(objet)
    contexte = {"form": form, "structure": objet, "ecarts": ecarts, "jeton": ""}
    return render(request, "programmes/structure_form.html", contexte)


@require_safe
@voir
def choix(request):
    """Options of the field « Structure », as one types."""
    texte = request.GET.get("structure", "").strip()
    actives = Structure.objects.actives()
    trouvees = actives.rechercher(texte).order_by("raison_sociale")[:PROPOSEES] if len(texte) > 1 else []
    return render(request, "programmes/_choix_structures.html", {"choix": [designation(s) for s in trouvees]})


@require_safe
@voir
def communes(request):
    """Options of the field « Commune », as one types; nine hundred names are compared without accents in memory."""
    cle = cle_texte(request.GET.get("commune", ""))
    connues = Commune.objects.order_by("nom") if len(cle) > 1 else []
    trouvees = [c for c in connues if cle_texte(c.nom).startswith(cle)][:PROPOSEES]
    return render(request, "programmes/_choix_structures.html", {"choix": [designer_commune(c) for c in trouvees]})
