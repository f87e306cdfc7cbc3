"""Scenarios: the list of each call, create, copy, rename, put aside, reopen, adopt into a rapport."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from deliberations import tasks
from deliberations.arbitrage import retenue
from deliberations.arbitrage.forms import MotifScenarioForm, NouveauScenarioForm, RetenirForm, ScenarioForm
from deliberations.arbitrage.lecture import Lecture
from deliberations.arbitrage.ouverture import montants_de_depart
from deliberations.arbitrage.soldes import soldes
from deliberations.models import Scenario
from deliberations.views.arbitrage import arbitrer, scenarios_de_l_appel, voir
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.gestes import accomplir, deja_cree, envoi, nouveau_jeton, signaler_peremption
from dpid.models import Journal
from dpid.montants import ZERO, somme
from dpid.textes import cle_numerique
from programmes.models import AppelAProjets

# Adopting goes through the verbs of each line (thirty queries): beyond this many, the worker does it.
LIGNES_EN_REQUETE = 60


@voir
@require_safe
def scenarios(request):
    """Scenarios of one call (`appel`; else that of the current exercice, else the latest), with their totals."""
    appels = list(AppelAProjets.objects.all())
    voulu, exercice = cle_numerique(request.GET.get("appel", "")), request.session.get("exercice")
    appel = next((a for a in appels if a.pk == voulu), None)
    appel = appel or next((a for a in appels if a.annee == exercice), appels[0] if appels else None)
    visibles = Scenario.objects.visibles_par(request.user).filter(appel=appel)
    visibles = visibles.select_related("appel", "rapport__seance__instance", "cree_par", "copie_de")
    lignes = list(visibles.annotate(nb_montants=Count("montants"), ecrit=somme("montants__montant")).order_by("nom"))
    page = {"appel": appel, "appels": appels, "scenarios": _avec_totaux(lignes, request.user)}
    return render(request, "deliberations/arbitrage.html", page)


def _avec_totaux(scenarios, agent):
    """`total`: euros of the lines that the agent sees; as written, once the scenario is history."""
    ouverts = [s for s in scenarios if not s.est_fige]
    lecture = Lecture(ouverts[0], agent, ouverts) if ouverts else None
    for scenario in scenarios:
        if scenario.est_fige:
            scenario.total = scenario.ecrit
        else:
            scenario.total = sum((lecture.montant(ligne, scenario.pk) for ligne in lecture.visibles), ZERO)
    return scenarios


@arbitrer
def nouveau(request):
    """Create, from what is retained, asked, computed… or copied. The same form sent twice creates once."""
    copiables = Scenario.objects.visibles_par(request.user).select_related("appel")
    copie = cle_numerique(request.GET.get("copie", ""))
    modele = next((s for s in copiables if s.pk == copie), None)
    initial = {"appel": request.GET.get("appel") or request.session.get("appel")}
    if modele:
        initial = {"appel": modele.appel_id, "depart": f"s{modele.pk}", "nom": f"{modele.nom} (copie)"[:80]}
    form = NouveauScenarioForm(envoi(request), initial=initial, copiables=copiables)
    if request.method == "POST":
        existant = deja_cree_avec(request)
        if existant:
            messages.info(request, "Ce scénario venait d’être créé : il ne l’a été qu’une fois.")
            return redirect("scenario", existant)
        if form.is_valid() and (objet := _creer(request, form)):
            messages.success(request, f"Le scénario « {objet.nom} » est créé.")
            return redirect(objet)
    page = {"form": form, "jeton": request.POST.get("jeton") or nouveau_jeton()}
    return render(request, "deliberations/arbitrage_nouveau.html", page, status=422 if form.errors else 200)


@transaction.atomic
def deja_cree_avec(request):
    jeton = request.POST.get("jeton", "")
    return deja_cree(Scenario, request.user, jeton) if jeton else None


def _creer(request, form):
    d = form.cleaned_data
    copie = form.copiables.get(d["depart"])
    try:
        with transaction.atomic():
            # Locks the agent: a second click waits here, then finds the first.
            deja_cree(Scenario, request.user, request.POST.get("jeton", ""))
            montants = None if copie else montants_de_depart(d["appel"], d["depart"], request.user)
            return Scenario.ouvrir(
                appel=d["appel"], nom=d["nom"], note=d["note"], par=request.user, copie_de=copie, montants=montants,
                jeton=request.POST.get("jeton", ""),
            )  # fmt: skip
    except ValidationError as erreur:
        form.add_error(None, erreur.messages)
    return None


@arbitrer
def modifier(request, pk):
    """Rename, annotate."""
    objet, _ = scenarios_de_l_appel(request, pk)
    if objet.est_fige:
        messages.error(request, objet.raison_du_gel())
        return redirect(objet)
    form, ecarts = ScenarioForm(envoi(request), instance=objet), []
    if request.method == "POST" and form.is_valid():
        try:
            _renommer(form, request.user)
        except VersionPerimee:
            signaler_peremption(request)
            ecarts = form.comparer(Scenario.objects.get(pk=pk))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Le scénario est modifié.")
            return redirect(objet)
    page = {"form": form, "scenario": objet, "ecarts": ecarts, "titre": "Renommer le scénario"}
    page |= {"bouton": "Enregistrer", "consequence": ""}
    return render(request, "deliberations/arbitrage_modifier.html", page)


@transaction.atomic
def _renommer(form, par):
    form.verrouiller()
    avant = Scenario.objects.values_list("nom", flat=True).get(pk=form.instance.pk)
    scenario = form.save()
    Journal.noter(scenario, "modifier", "Modifier le scénario", par=par, de=avant[:60], vers=scenario.nom[:60])


ACTES = {
    "ecarter": (
        "Écarter le scénario", "Écarter", "Le scénario est écarté : il reste lisible et se copie.",
        "Ses montants sont écrits tels qu’ils sont aujourd’hui ; il ne se modifie plus. Vous pourrez le rouvrir.",
    ),
    "rouvrir": (
        "Rouvrir le scénario", "Rouvrir", "Le scénario est rouvert.",
        "Il redevient modifiable, avec les montants qu’il avait.",
    ),
}  # fmt: skip


@arbitrer
def agir(request, pk, verbe):
    """Put aside or reopen, after a confirmation."""
    objet, _ = scenarios_de_l_appel(request, pk)
    titre, bouton, succes, consequence = ACTES[verbe]
    form = MotifScenarioForm(envoi(request))
    if request.method == "POST" and form.is_valid():
        accomplir(request, getattr(objet, verbe), succes, motif=form.cleaned_data["motif"])
        return redirect(objet)
    page = {"form": form, "scenario": objet, "titre": titre, "bouton": bouton, "consequence": consequence, "ecarts": []}
    return render(request, "deliberations/arbitrage_modifier.html", page)


@arbitrer
def retenir(request, pk):
    """Confirm with the figures, then adopt into a rapport in one act."""
    objet, _ = scenarios_de_l_appel(request, pk)
    if objet.etat == Scenario.Etat.RETENU:
        messages.info(
            request, f"Ce scénario est déjà retenu dans le rapport {objet.rapport} : il ne l’a été qu’une fois."
        )
        return redirect(objet.rapport)
    lecture = Lecture(objet, request.user)
    depart = {"empreinte": retenue.empreinte_de(lecture), "seance": request.session.get("seance"),
              "titre": str(objet.appel)}  # fmt: skip
    form, raisons = RetenirForm(envoi(request), initial=depart, agent=request.user), []
    prevu = retenue.prevoir(lecture)
    if request.method == "POST" and form.is_valid():
        if len(prevu.inscrites) + len(prevu.a_zero) > LIGNES_EN_REQUETE:
            tasks.demander_retenue(objet, form.cleaned_data, par=request.user)
            messages.success(request, "L’adoption du scénario est lancée : suivez-la ci-dessous.")
            return redirect("travaux")
        try:
            rapport = objet.retenir(par=request.user, **form.cleaned_data)
        except retenue.RetenueRefusee as refus:
            raisons = refus.raisons
            form.add_error(None, refus.args[0])
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"Le scénario « {objet.nom} » est retenu : ses lignes sont au rapport {rapport}.")
            return redirect(rapport)
        form.data = form.data.copy()
        form.data["empreinte"] = depart["empreinte"]
    page = {
        "scenario": objet,
        "form": form,
        "raisons": raisons,
        "prevu": prevu,
        "soldes": [s for s in soldes(lecture) if s.scenario],
    }
    return render(request, "deliberations/arbitrage_retenir.html", page, status=422 if form.errors else 200)
