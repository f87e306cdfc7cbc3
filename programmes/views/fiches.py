"""The fiche of a dispositif: read, edited, printed, declared reviewed."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from dpid import conciliation
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi
from dpid.panneaux import panneaux_de
from dpid.textes import cle_numerique
from programmes.appels import documents
from programmes.appels.relecture import declarer_relue, dispositifs_de, relire
from programmes.appels.saisie import SaisieFiche
from programmes.models import Dispositif, Fiche
from programmes.perms import peut_modifier_fiche

voir = permission_required("programmes.view_dispositif", raise_exception=True)


def le_dispositif(request, pk) -> Dispositif:
    """The dispositif with its fiche and all that hangs on it, and whether it is of the agent's services."""
    siens = request.user.services.filter(pk=OuterRef("service"))
    return get_object_or_404(dispositifs_de(complets=True).annotate(est_de_ses_services=Exists(siens)), pk=pk)


@require_safe
@voir
def fiche(request, pk):
    objet = le_dispositif(request, pk)
    appel = objet.thematique.appel
    contexte = {
        "dispositif": objet,
        "appel": appel,
        "relecture": relire(objet),
        "peut_modifier": peut_modifier_fiche(request.user, objet),
        "panneaux": panneaux_de(objet, request.user),
        "imprime": documents.mettre_en_page(documents.contexte_fiche(objet)),
    }
    return render(request, "programmes/fiche.html", contexte)


@require_safe
@voir
@xframe_options_sameorigin
def pdf(request, pk):
    objet = le_dispositif(request, pk)
    contexte = documents.contexte_fiche(objet)
    reponse = HttpResponse(documents.rendre_fiche(contexte), content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{documents.nom_de_fiche(objet)}"'
    return reponse


@voir
def modifier(request, pk):
    objet = get_object_or_404(Dispositif.objects.select_related("thematique__appel", "service"), pk=pk)
    if not peut_modifier_fiche(request.user, objet):
        raise PermissionDenied
    stockee = Fiche.objects.filter(dispositif=objet).first() or Fiche(dispositif=objet)
    saisie, ecarts = SaisieFiche(objet, stockee, envoi(request)), []
    if request.method == "POST" and saisie.is_valid():
        try:
            enregistree, ecarts = conciliation.enregistrer(request, saisie, saisie.enregistrer, saisie.relire)
        except ActeRefuse as refus:
            saisie.form.add_error(None, str(refus))
        else:
            if enregistree:
                messages.success(request, f"La fiche {objet.reference} est enregistrée.")
                return redirect(objet)
    contexte = {"dispositif": objet, "appel": objet.thematique.appel, "saisie": saisie, "ecarts": ecarts}
    return render(request, "programmes/fiche_form.html", contexte)


@require_POST
@voir
def relue(request, pk):
    """« Fiche relue », from the fiche or from the checklist."""
    objet = get_object_or_404(Dispositif.objects.select_related("fiche"), pk=pk, fiche__isnull=False)
    if not peut_modifier_fiche(request.user, objet):
        raise PermissionDenied
    lue = request.POST.get("version", "")

    def verbe(par):
        declarer_relue(objet.fiche, par=par, version=cle_numerique(lue))

    accomplir(request, verbe, f"La fiche {objet.reference} est déclarée relue.")
    if request.POST.get("retour") == "relecture":
        return redirect("appel_relecture", objet.thematique.appel_id)
    return redirect(objet)
