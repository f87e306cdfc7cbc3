"""Budget pages: the situation of the AE, the movements behind each figure, what finances types."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from budget import actes, barre, mouvements_lus, situation, tableau
from budget.forms import (
    AffectationForm,
    ConstatForm,
    NouvelleAEForm,
    SituationForm,
    VoteForm,
    autorisations_ouvertes,
)
from budget.models import AutorisationEngagement
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO, euros
from dpid.panneaux import panneaux_de

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
PAR_PAGE = 100
voir = permission_required("budget.voir_situation", raise_exception=True)
saisir = permission_required("budget.saisir_mouvement", raise_exception=True)


def _choix(request):
    """(form, exercice, day or None, exercices): what the filters ask, else what the header keeps."""
    annees = situation.exercices()
    form = SituationForm(request.GET, exercices=annees)
    lu = form.cleaned_data if form.is_valid() else {}
    defaut = request.session.get("exercice")
    exercice = lu.get("exercice") or (defaut if defaut in annees else None)
    exercice = exercice or (annees[0] if annees else timezone.localdate().year)
    return form, exercice, lu.get("au"), annees


@voir
@require_safe
def voir_situation(request):
    form, exercice, au, annees = _choix(request)
    lignes = situation.situation(exercice, au)
    totaux = tableau.totaux(lignes)
    contexte = {
        "form": form,
        "exercice": exercice,
        "exercices": annees,
        "au": au,
        "lignes": tableau.rangs(lignes, au),
        "totaux": totaux,
        "total": tableau.rang_total(totaux, exercice, au),
        "recettes": situation.recettes(exercice),
    }
    contexte["total_recettes"] = sum((r.montant for r in contexte["recettes"]), ZERO)
    return render(request, "budget/situation.html", contexte)


@voir
@require_safe
def exporter_situation(request, format):
    """Exactly what is on screen: same exercice, same day."""
    if format not in FORMATS:
        raise Http404
    from budget.documents import situation_en

    _, exercice, au, _ = _choix(request)
    reponse = HttpResponse(situation_en(exercice, au, format), content_type=FORMATS[format])
    jour = (au or timezone.localdate()).isoformat()
    nom = f"situation-budgetaire-{exercice}_au-{jour}.{format}"
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    return reponse


@voir
@require_safe
def mouvements_ae(request, pk):
    """Movements of one AE, or those behind one of its figures."""
    autorisations = AutorisationEngagement.objects.select_related("ligne")
    ae = get_object_or_404(autorisations, pk=pk)
    contexte = _contexte_mouvements(request, [ae.pk])
    contexte |= {
        "ae": ae,
        "lignee": mouvements_lus.lignee(ae),
        "constats": list(ae.constats.select_related("par")[:10]),
        "panneaux": panneaux_de(ae, request.user),
        "situation": situation.situation_de(ae, contexte["au"]),
    }
    return render(request, "budget/mouvements.html", contexte | barre.dessin(contexte["situation"]))


@voir
@require_safe
def mouvements_exercice(request):
    """Movements behind a figure of the totals row."""
    _, exercice, _, _ = _choix(request)
    contexte = _contexte_mouvements(request, autorisations_ouvertes(exercice).order_by().values("pk"))
    return render(request, "budget/mouvements_exercice.html", contexte | {"exercice": exercice})


def _contexte_mouvements(request, autorisations) -> dict:
    form = SituationForm(request.GET, exercices=[])
    form.is_valid()
    compteur = request.GET.get("compteur", "")
    au = form.cleaned_data.get("au")
    chiffre = mouvements_lus.chiffre(autorisations, compteur, au)
    page = Paginator(chiffre.mouvements, PAR_PAGE).get_page(request.GET.get("page"))
    choix = [{"code": code, "titre": titre} for code, (titre, *_) in mouvements_lus.CHIFFRES.items()]
    compteur = compteur if compteur in mouvements_lus.CHIFFRES else ""
    return {"chiffre": chiffre, "page": page, "compteur": compteur, "au": au, "choix": choix}


def _saisir_mouvement(request, ae, form, acte, *, titre, bouton, consequence):
    """Common to the two entries: one act, written once whatever the number of clicks."""
    if request.method == "POST" and form.is_valid():
        try:
            ecrit = acte(ae, par=request.user, **form.cleaned_data)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            _dire_le_mouvement(request, ae, ecrit, form.cleaned_data["montant"])
            return redirect("mouvements", ae.pk)
    contexte = {"form": form, "ae": ae, "titre": titre, "bouton": bouton, "consequence": consequence}
    return render(request, "budget/saisie.html", contexte)


def _dire_le_mouvement(request, ae, ecrit, montant):
    if not ecrit:
        messages.info(request, "Cet acte était déjà enregistré : il n’a été compté qu’une fois.")
        return
    messages.success(
        request,
        f"{euros(montant, True)} enregistrés sur {ae.ligne.code} : disponible {euros(ae.disponible, True)}, "
        f"{euros(ae.disponible_apres_reserve, True)} une fois déduit le réservé.",
    )


@saisir
def voter(request, pk):
    ae = get_object_or_404(AutorisationEngagement.objects.select_related("ligne"), pk=pk)
    return _saisir_mouvement(
        request, ae, VoteForm(request.POST or None), actes.voter,
        titre="Décision modificative", bouton="Enregistrer le vote", consequence="L’AE votée change de ce montant.",
    )  # fmt: skip


@saisir
def affecter(request, pk):
    ae = get_object_or_404(AutorisationEngagement.objects.select_related("ligne"), pk=pk)
    return _saisir_mouvement(
        request, ae, AffectationForm(request.POST or None), actes.affecter_hors_application,
        titre="Affectation hors application", bouton="Enregistrer l’affectation",
        consequence="Le disponible diminue de ce montant (il augmente si le montant est négatif).",
    )  # fmt: skip


@saisir
def ouvrir(request):
    """Vote an AE that does not exist yet."""
    _, exercice, _, _ = _choix(request)
    form = NouvelleAEForm(request.POST or None, initial={"millesime": exercice})
    if request.method == "POST" and form.is_valid():
        try:
            ae, ecrit = actes.ouvrir_ae(par=request.user, **form.cleaned_data)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            _dire_le_mouvement(request, ae, ecrit, form.cleaned_data["montant"])
            return redirect("mouvements", ae.pk)
    return render(request, "budget/saisie.html", {"form": form, "titre": "Voter une AE", "bouton": "Voter l’AE"})


@saisir
def constater(request, pk):
    """What finances reads in its own software, beside what we compute."""
    ae = get_object_or_404(AutorisationEngagement.objects.select_related("ligne"), pk=pk)
    form = ConstatForm(request.POST or None, initial={"le": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            constat, _ = actes.constater(ae, par=request.user, **form.cleaned_data)
        except ActeRefuse as refus:
            form.add_error("explication" if "expliquez" in str(refus) else None, str(refus))
        else:
            ecart = "aucun écart" if not constat.ecart else f"écart {euros(constat.ecart, True)}"
            messages.success(
                request, f"Disponible constaté sur {ae.ligne.code} : {euros(constat.montant, True)}, {ecart}."
            )
            return redirect("mouvements", ae.pk)
    calcule = actes.disponible_calcule(ae, timezone.localdate())
    constats = list(ae.constats.select_related("par")[:20])
    return render(request, "budget/constater.html", {"form": form, "ae": ae, "calcule": calcule, "constats": constats})
