"""Around a dossier: avis, verdicts of instances, remarks, notes. Each act is a page that asks, and a POST that does."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dpid.conciliation import enregistrer
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi, exiger, nouveau_jeton
from programmes.instruction import actes
from programmes.instruction.forms import (
    AvisForm,
    AvisInstanceForm,
    NotesForm,
    RelanceForm,
    RemarqueForm,
    ReponseForm,
    libelle_ancre,
)
from programmes.instruction.verbes import peut_instruire, peut_remarquer
from programmes.models import Avis, Remarque
from programmes.views.dossiers import le_dossier

PAR_PAGE = 100
ACTES_DE_REMARQUE = {"clore": "La remarque est close.", "rouvrir": "La remarque est rouverte."}


def retour(dossier, section):
    return redirect(f"{dossier.get_absolute_url()}#{section}")


def exiger_instruction(request, dossier) -> bool:
    """False, with its message, when the state does not allow it; 403 when the role does not."""
    exiger(request.user, "programmes.instruire")
    if peut_instruire(dossier, request.user):
        return True
    messages.error(request, f"Le dossier est « {dossier.get_etat_display()} » : son instruction est close.")
    return False


# --- Avis


@require_safe
def mes_avis(request):
    """Avis that the agent is awaited on, late first; and, for who instructs, those awaited from others."""
    exiger(request.user, "programmes.view_dossier")
    demandes = request.GET.get("de") == "demandes" and request.user.has_perm("programmes.instruire")
    tous = Avis.objects.visibles_par(request.user)
    avis = tous.attendus() if demandes else tous.a_rendre_par(request.user)
    avis = avis.select_related("dossier__structure", "dossier__dispositif", "territoire", "service", "demande_par")
    page = Paginator(avis.order_by("echeance_le", "pk"), PAR_PAGE).get_page(request.GET.get("page"))
    for a in page.object_list:
        a.jours_restants = (a.echeance_le - timezone.localdate()).days
    contexte = {
        "page": page,
        "demandes": demandes,
        "requete": "de=demandes" if demandes else "",
        "peut_instruire": request.user.has_perm("programmes.instruire"),
    }
    return render(request, "programmes/avis.html", contexte)


def l_avis(request, pk) -> tuple:
    avis = get_object_or_404(Avis.objects.select_related("territoire", "service", "demande_par"), pk=pk)
    avis.dossier = le_dossier(request, avis.dossier_id)
    return avis, avis.dossier


def rendre(request, pk):
    avis, dossier = l_avis(request, pk)
    exiger(request.user, "programmes.rendre_avis")
    if not Avis.objects.filter(pk=pk).destines_a(request.user).exists():
        raise PermissionDenied
    if not Avis.objects.filter(pk=pk).rendables_par(request.user).exists():
        messages.error(request, f"L’{avis} n’est plus à rendre : il est « {avis.get_etat_display()} ».")
        return retour(dossier, "avis")
    form = AvisForm(envoi(request))
    if request.method == "POST" and form.is_valid():
        if accomplir(request, avis.rendre, "Votre avis est rendu.", **form.cleaned_data):
            return retour(dossier, "avis")
    return render(request, "programmes/avis_rendre.html", {"avis": avis, "dossier": dossier, "form": form})


def relancer(request, pk):
    avis, dossier = l_avis(request, pk)
    exiger(request.user, "programmes.instruire")
    form = RelanceForm(envoi(request))
    if request.method == "POST" and form.is_valid():
        options = {c: v for c, v in form.cleaned_data.items() if v}
        if accomplir(request, avis.relancer, f"Relance faite : {avis.destinataire}.", **options):
            return retour(dossier, "avis")
    contexte = {"dossier": dossier, "form": form, "titre": f"Relancer : {avis.destinataire}", "bouton": "Relancer"}
    contexte["chapeau"] = f"Avis à rendre avant le {avis.echeance_le:%d/%m/%Y}, relancé {avis.nb_relances} fois."
    return render(request, "programmes/instruction_form.html", {**contexte, "section": "avis"})


def instance(request, pk):
    dossier = le_dossier(request, pk)
    if not exiger_instruction(request, dossier):
        return retour(dossier, "avis")
    form = AvisInstanceForm(envoi(request), initial={"instance": dossier.dispositif.instance_externe})
    if request.method == "POST" and form.is_valid():
        try:
            actes.saisir_instance(form, dossier, par=request.user, jeton=request.POST.get("jeton", ""))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "L’avis de l’instance est enregistré.")
            return retour(dossier, "avis")
    return _demander(request, dossier, form, "Saisir l’avis d’une instance", "Enregistrer l’avis", "avis")


def _demander(request, dossier, form, titre, bouton, section, **options):
    contexte = {
        "dossier": dossier, "form": form, "titre": titre, "bouton": bouton, "section": section, "chapeau": "",
        "jeton": request.POST.get("jeton") or nouveau_jeton(), **options,
    }  # fmt: skip
    return render(request, "programmes/instruction_form.html", contexte)


# --- Remarks


def remarquer(request, pk):
    dossier = le_dossier(request, pk)
    exiger(request.user, "programmes.remarquer")
    if not peut_remarquer(dossier, request.user):
        messages.error(request, "Ce dossier a été voté : il ne reçoit plus de remarque.")
        return retour(dossier, "remarques")
    form = RemarqueForm(envoi(request), initial={"champ": request.GET.get("champ", "")})
    if request.method == "POST" and form.is_valid():
        try:
            Remarque.poser(dossier, par=request.user, jeton=request.POST.get("jeton", ""), **form.cleaned_data)
        except ValidationError as refus:  # voted in the same instant
            form.add_error(None, refus)
        else:
            messages.success(request, "La remarque est posée.")
            return retour(dossier, "remarques")
    return _demander(request, dossier, form, "Poser une remarque", "Poser la remarque", "remarques")


def la_remarque(request, pk) -> Remarque:
    remarque = get_object_or_404(Remarque.objects.visibles_par(request.user).select_related("par"), pk=pk)
    remarque.dossier = le_dossier(request, remarque.dossier_id)
    exiger(request.user, "programmes.remarquer")
    return remarque


def repondre(request, pk):
    remarque = la_remarque(request, pk)
    form = ReponseForm(envoi(request), initial={"reponse": remarque.reponse})
    if request.method == "POST" and form.is_valid():
        if accomplir(request, remarque.repondre, "La réponse est enregistrée.", **form.cleaned_data):
            return retour(remarque.dossier, "remarques")
    chapeau = f"{libelle_ancre(remarque)} : {remarque.texte}"
    return _demander(request, remarque.dossier, form, "Répondre", "Répondre", "remarques", chapeau=chapeau)


@require_POST
def acte_de_remarque(request, pk, verbe):
    if verbe not in ACTES_DE_REMARQUE:
        raise Http404
    remarque = la_remarque(request, pk)
    accomplir(request, getattr(remarque, verbe), ACTES_DE_REMARQUE[verbe])
    return retour(remarque.dossier, "remarques")


# --- Notes


def criteres(request, pk):
    dossier = le_dossier(request, pk)
    if not exiger_instruction(request, dossier):
        return retour(dossier, "criteres")
    form, ecarts = NotesForm(envoi(request), dossier=dossier), []
    if request.method == "POST" and form.is_valid():
        noter = lambda: actes.noter(form, par=request.user)  # noqa: E731
        try:
            enregistre, ecarts = enregistrer(request, form, noter, lambda: NotesForm(dossier=dossier))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            if enregistre:
                messages.success(request, "Les notes sont enregistrées.")
                return retour(dossier, "criteres")
    return render(request, "programmes/criteres_form.html", {"dossier": dossier, "form": form, "ecarts": ecarts})
