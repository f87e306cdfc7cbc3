"""Deposits: a dossier made again from last year's, an avenant, a move to a later session, the budget prévisionnel."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import redirect, render

from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.gestes import accomplir, envoi, exiger, nouveau_jeton, signaler_peremption
from programmes import regles
from programmes.depots import depot, previsionnel
from programmes.depots.forms import AvenantForm, ReconductionForm, ReportForm
from programmes.instruction.verbes import peut_modifier, raison_du_refus
from programmes.views.dossiers import le_dossier

ALERTES_DU_BUDGET = ("equilibre", "demande", "plafond", "indirectes", "postes")
creer = permission_required("programmes.add_dossier", raise_exception=True)


@creer
def reconduire(request, pk):
    """« Reprendre le dossier de l’an dernier »."""
    source = le_dossier(request, pk)
    ids = [d.pk for d in [*depot.successeurs(source.dispositif), source.dispositif]]
    form = ReconductionForm(envoi(request), dispositifs=depot.proposables(request.user).filter(pk__in=ids))
    return _deposer(request, source, form, depot.reconduire, {
        "titre": "Reprendre ce dossier pour une nouvelle demande",
        "bouton": "Créer le nouveau dossier",
        "succes": "Le dossier est repris : saisissez maintenant les montants demandés.",
        "explication": (
            "Structure, intitulé, territoires, quantités et budget prévisionnel sont repris ; les périodes avancent "
            "jusqu’à la nouvelle année. Les montants demandés sont à saisir de nouveau."
        ),
    })  # fmt: skip


@creer
def avenant(request, pk):
    source = le_dossier(request, pk)
    return _deposer(request, source, AvenantForm(envoi(request)), depot.ouvrir_avenant, {
        "titre": "Ouvrir une demande d’avenant",
        "bouton": "Ouvrir l’avenant",
        "succes": "La demande d’avenant est ouverte : saisissez le complément demandé sur chaque ligne.",
        "explication": (
            "Les lignes sont reprises avec l’acte qu’elles modifient et le montant déjà voté. Une demande d’avenant "
            "n’a pas de session de dépôt : elle est instruite aussitôt."
        ),
    })  # fmt: skip


def _deposer(request, source, form, acte, textes):
    """Confirm, then create once."""
    if request.method == "POST" and form.is_valid():
        try:
            nouveau, est_nouveau = acte(
                source, par=request.user, jeton=request.POST.get("jeton", ""), **form.depot()
            )  # fmt: skip
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, textes["succes"] if est_nouveau else "Ce dossier venait d’être créé.")
            return redirect(nouveau)
    jeton = request.POST.get("jeton") or nouveau_jeton()
    return render(request, "programmes/depot_reprise.html", {**textes, "dossier": source, "form": form, "jeton": jeton})


def reporter(request, pk):
    dossier = le_dossier(request, pk)
    exiger(request.user, "programmes.instruire")
    sessions = depot.sessions_ulterieures(dossier)
    if not sessions:
        messages.error(request, "Ce dossier ne peut être reporté à aucune session ultérieure.")
        return redirect(dossier)
    form = ReportForm(envoi(request), sessions=sessions)
    if request.method == "POST" and form.is_valid():
        session, motif = form.cleaned_data["session"], form.cleaned_data["motif"]
        accomplir(request, lambda par: depot.reporter(dossier, session, par=par, motif=motif), "Le dépôt est reporté.")
        return redirect(dossier)
    return render(request, "programmes/depot_report.html", {"dossier": dossier, "form": form})


def budget(request, pk):
    """The budget prévisionnel of a dossier, its totals and what the fiche says of it."""
    dossier = le_dossier(request, pk)
    exiger(request.user, "programmes.change_poste")
    if not peut_modifier(dossier, request.user):
        messages.error(request, raison_du_refus(dossier))
        return redirect(dossier)
    saisie = previsionnel.SaisieBudget(dossier, envoi(request))
    if request.method == "POST" and saisie.is_valid():
        try:
            saisie.enregistrer(par=request.user)
        except VersionPerimee:
            signaler_peremption(request)
            saisie.comparer()
        except ActeRefuse as refus:
            messages.error(request, str(refus))
        else:
            return _apres_budget(request, dossier, saisie.totaux())
    alertes = [a for a in regles.alertes(dossier) if a.code in ALERTES_DU_BUDGET]
    contexte = {
        "dossier": dossier, "saisie": saisie, "totaux": saisie.totaux(), "alertes": alertes,
        "listes": [
            {"titre": titre, "formset": saisie.listes[sens], "est_numerotee": False}
            for sens, (titre, *_) in previsionnel.LISTES.items()
        ],
    }  # fmt: skip
    return render(request, "programmes/depot_budget.html", contexte)


def _apres_budget(request, dossier, totaux):
    if totaux["ecart"]:
        ecart = regles.e(abs(totaux["ecart"]))
        messages.warning(request, f"Le budget est enregistré, mais il n’est pas équilibré : écart de {ecart}.")
    else:
        messages.success(request, "Le budget prévisionnel est enregistré : charges et produits s’équilibrent.")
    return redirect(f"{dossier.get_absolute_url()}#budget")
