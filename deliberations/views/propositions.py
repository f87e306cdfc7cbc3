"""Lines presented by a rapport: place them, edit their amount, charge them, take them out."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from deliberations import plan
from deliberations.forms import ImputerForm, InscriptionForm, MontantForm, PropositionForm, RetraitForm
from deliberations.models import Proposition
from deliberations.saisie import RIEN, Saisie, enregistrer_montant, imputer
from deliberations.views.communs import page_de_formulaire, preparer, rapport_visible, tenter, vers_rapport
from deliberations.views.page import contexte_rapport
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.montants import euros
from dpid.textes import cle_numerique
from programmes.models import Dispositif, Dossier, Financement, LigneDossier

CANDIDATES_MONTREES = 200


def _proposition(request, pk):
    """An active proposition of a rapport that the agent may see, and this rapport."""
    propositions = Proposition.objects.filter(est_active=True).select_related("operation__thematique", "ligne__dossier")
    proposition = get_object_or_404(propositions, pk=pk)
    return proposition, rapport_visible(request, proposition.operation.thematique.rapport_id)


@preparer
@require_POST
def arbitrer(request, pk):
    """Amount edited in place. With htmx the row and what it moves come back; without, the page."""
    proposition, rapport = _proposition(request, pk)
    form = MontantForm(request.POST)
    visas_avant = list(rapport.visas_actifs())
    refusee, phrase = _arbitrer(request, proposition, rapport, form)
    if phrase and visas_avant and not rapport.visas_actifs().exists():
        noms = ", ".join(f"{v.get_etape_display()} ({v.par})" for v in visas_avant)
        phrase += f" Visas annulés : {noms}. Le circuit reprend du début."
    if request.htmx:
        # The annulment may have changed the state: read the rapport again before showing it.
        rapport = rapport_visible(request, rapport.pk)
        contexte = contexte_rapport(request, rapport, request.POST.get("partie", ""), refusee)
        contexte |= {"phrase": phrase, "oob": True, "cible": proposition.pk}
        return render(request, "deliberations/_apres_montant.html", contexte)
    if refusee is RIEN:
        messages.success(request, phrase or "Le montant est inchangé.")
        partie = request.POST.get("partie", "")
        return vers_rapport(rapport, ancre=f"proposition-{proposition.pk}", partie=partie)
    contexte = contexte_rapport(request, rapport, request.POST.get("partie", ""), refusee)
    return render(request, "deliberations/rapport.html", contexte, status=422)


def _arbitrer(request, proposition, rapport, form):
    """(what was refused or RIEN, the sentence of what changed or "")."""
    typee = {"montant": request.POST.get("montant", ""), "motif_zero": request.POST.get("motif_zero", "")}
    if not form.is_valid():
        erreur = " ".join(e for erreurs in form.errors.values() for e in erreurs)
        return Saisie(proposition.pk, **typee, erreur=erreur), ""
    try:
        _refuser_si_vote(rapport)
        ecrit = enregistrer_montant(proposition.ligne, par=request.user, **form.cleaned_data)
    except VersionPerimee as refus:
        version = LigneDossier.objects.values_list("version", flat=True).get(pk=proposition.ligne_id)
        return Saisie(proposition.pk, **typee, erreur=str(refus), version=version), ""
    except ActeRefuse as refus:
        nul = form.cleaned_data["montant"] == 0
        return Saisie(proposition.pk, **typee, erreur=str(refus), demande_motif=nul), ""
    structure = proposition.ligne.dossier.structure
    montant = euros(form.cleaned_data["montant"], True)
    return RIEN, f"{structure} : {montant} enregistrés." if ecrit else ""


def _refuser_si_vote(rapport):
    if not rapport.est_ouvert:
        raise ActeRefuse(rapport.raison_du_gel())


@preparer
@require_POST
def imputer_financement(request, pk):
    financements = Financement.objects.filter(ligne__propositions__est_active=True).distinct()
    financement = get_object_or_404(financements, pk=pk)
    proposition = Proposition.objects.select_related("operation__thematique").get(
        ligne=financement.ligne_id, est_active=True
    )
    rapport = rapport_visible(request, proposition.operation.thematique.rapport_id)
    form = ImputerForm(request.POST, exercice=rapport.seance.exercice)
    if not form.is_valid():
        messages.error(request, "Choisissez une ligne budgétaire de l’exercice.")
        return vers_rapport(rapport, ancre="a-imputer")
    choisie = form.cleaned_data["autorisation"]
    montant = euros(financement.montant, True)
    succes = f"{montant} imputés sur {choisie.ligne.code} {choisie.intitule}."
    tenter(request, lambda: imputer(financement, choisie, par=request.user), succes)
    return vers_rapport(rapport, ancre="a-imputer")


@preparer
def modifier_proposition(request, pk):
    """How the act of this line is printed: annexe number, wording."""
    proposition, rapport = _proposition(request, pk)
    form = PropositionForm(request.POST or None, instance=proposition)
    if request.method == "POST" and form.is_valid():
        tenter(request, form.save, "L’acte de la ligne est enregistré.")
        return vers_rapport(rapport, proposition.operation_id, f"proposition-{proposition.pk}")
    return page_de_formulaire(
        request, form, titre="Acte de la ligne", bouton="Enregistrer", retour=rapport.get_absolute_url(),
        rapport=rapport, sous_titre=str(proposition.ligne.dossier.structure),
    )  # fmt: skip


@preparer
def retirer(request, pk):
    proposition, rapport = _proposition(request, pk)
    structure = proposition.ligne.dossier.structure
    form = RetraitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        succes = f"La ligne de {structure} est retirée du rapport."
        tenter(request, lambda: rapport.retirer(proposition, par=request.user, **form.cleaned_data), succes)
        return vers_rapport(rapport, proposition.operation_id)
    visee = rapport.visas_actifs().exists()
    return page_de_formulaire(
        request, form, titre="Retirer une ligne du rapport", bouton="Retirer la ligne", rapport=rapport,
        retour=rapport.get_absolute_url(), sous_titre=str(structure),
        avertissement="Les visas déjà donnés seront annulés et les crédits réservés, libérés." if visee else "",
    )  # fmt: skip


# --- Placing lines ----------------------------------------------------------------------------------------------------


def candidates(agent):
    """Lines of proposed dossiers that this agent sees and that stand in no living rapport."""
    return (
        LigneDossier.objects.filter(
            dossier__in=Dossier.objects.visibles_par(agent),
            dossier__etat__in=[Dossier.Etat.PROPOSE, Dossier.Etat.INSCRIT],
            votee_le__isnull=True,
        )
        .exclude(pk__in=Proposition.objects.filter(est_active=True).values("ligne"))
        .avec_retenu()
        .select_related("dossier__structure", "dossier__dispositif")
        .prefetch_related("placements__territoire")
        .order_by("dossier__dispositif__reference", "dossier__structure__raison_sociale", "dossier", "ordre")
    )


@preparer
def inscrire(request, pk):
    """Choose lines and the opération that presents them; each line tells its own result."""
    rapport = rapport_visible(request, pk)
    toutes = candidates(request.user)
    form = InscriptionForm(request.POST or None, rapport=rapport, initial={"operation": request.GET.get("operation")})
    resultats = []
    if request.method == "POST" and form.is_valid():
        resultats = _inscrire(request, rapport, toutes, form.cleaned_data)
        if all(r["fait"] for r in resultats):
            messages.success(request, f"{len(resultats)} ligne(s) inscrite(s) au rapport.")
            return vers_rapport(rapport, form.cleaned_data["operation"].pk)
    texte, dispositif = request.GET.get("q", "").strip(), request.GET.get("dispositif", "")
    filtrees = _filtrer(toutes, texte, dispositif)
    contexte = {
        "rapport": rapport,
        "form": form,
        "resultats": resultats,
        "lignes": list(filtrees[:CANDIDATES_MONTREES]),
        "nombre": filtrees.count(),
        "cochees": set(request.POST.getlist("lignes")),
        "texte": texte,
        "dispositif": dispositif,
        "dispositifs": Dispositif.objects.filter(dossiers__lignes__in=toutes.order_by().values("pk")).distinct(),
    }
    return render(request, "deliberations/inscrire.html", contexte)


def _filtrer(lignes, texte, dispositif):
    if texte:
        lignes = lignes.filter(
            Q(dossier__structure__raison_sociale__icontains=texte) | Q(dossier__intitule__icontains=texte)
        )
    numero = cle_numerique(dispositif)
    return lignes if numero is None else lignes.filter(dossier__dispositif=numero)


def _inscrire(request, rapport, toutes, choix) -> list[dict]:
    """One attempt per line ticked: a refused one does not stop the others."""
    ids = [i for i in map(cle_numerique, request.POST.getlist("lignes")) if i is not None]
    trouvees = {ligne.pk: ligne for ligne in toutes.filter(pk__in=ids)}
    resultats = []
    for pk in ids:
        ligne = trouvees.get(pk)
        if ligne is None:
            resultats.append({"nom": f"Ligne {pk}", "fait": False, "phrase": "n’est plus disponible."})
            continue
        try:
            rapport.inscrire(ligne, choix["operation"], par=request.user)
            phrase, fait = "inscrite au rapport.", True
        except ActeRefuse as refus:
            phrase, fait = str(refus), False
        resultats.append({"nom": f"{ligne.dossier.structure}, ligne {ligne.ordre}", "fait": fait, "phrase": phrase})
    return resultats


@preparer
@require_POST
def deplacer(request, pk, sens):
    proposition, rapport = _proposition(request, pk)
    if sens in (plan.MONTER, plan.DESCENDRE):
        try:
            plan.deplacer(proposition, sens)
        except ActeRefuse as refus:
            messages.error(request, str(refus))
    return vers_rapport(rapport, proposition.operation_id, f"proposition-{pk}")
