"""The vote of a rapport: one page, one card per block; each gesture of the secrétariat is one small POST."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from deliberations.assemblee import blocs, deports, enjeux, gestes
from deliberations.assemblee import vote as feuille_de_vote
from deliberations.assemblee.forms import BlocsForm
from deliberations.controle.registre import du_vote
from deliberations.documents import Lecture
from deliberations.models import BlocDeVote
from deliberations.repartition import repartir_rapport
from deliberations.views.assistance import tenir
from deliberations.views.communs import rapport_visible
from dpid.erreurs import ActeRefuse
from dpid.textes import cle_numerique


@tenir
@require_safe
def vote(request, pk):
    rapport = rapport_visible(request, pk)
    return render(request, "deliberations/votes.html", contexte_du_vote(request, rapport))


def contexte_du_vote(request, rapport) -> dict:
    feuille = feuille_de_vote.lire(rapport)
    lus = enjeux.lire(rapport, [carte.bloc for carte in feuille.cartes])
    signalees = du_vote(rapport, feuille)
    proposees = deports.proposes(rapport, feuille, lus.structures, agent=request.user)
    return {
        "rapport": rapport,
        "vote": feuille,
        "quorum": feuille.quorum,
        "assistance": feuille.comptee,
        "cartes": [
            {
                "carte": carte,
                "enjeu": lus.par_bloc[carte.bloc.pk],
                "alertes": [a for a in signalees if a.lieu.cle == f"b{carte.bloc.pk or 0}"],
                "presidence_vue": blocs.presidence_vue(carte.bloc),
                "a_remplacer": carte.empeche(carte.president) or carte.empeche(carte.secretaire),
            }
            for carte in feuille.cartes
        ],
        "alertes": [a for a in signalees if a.lieu.cle[0] != "b"],
        "proposees": [] if rapport.est_vote else proposees,
        "est_ouvert": not rapport.est_vote,
        "en_seance": rapport.etat == rapport.Etat.ENVOYE,
        "est_divise": len(feuille.cartes) > 1,
        "est_divisible": sum(len(e.thematiques) for e in lus.par_bloc.values()) > 1,
        "resultats": BlocDeVote.Resultat.choices,
        "annonce": "",
        "refus": "",
    }


@tenir
@require_POST
def agir(request, pk, acte):
    """One gesture. With htmx the whole sheet comes back, so that figures, quorum and alerts always agree."""
    rapport = rapport_visible(request, pk)
    if acte not in gestes.GESTES:
        raise Http404
    bloc = _bloc(request, rapport)
    annonce, refus = "", ""
    try:
        annonce = gestes.faire(acte, rapport, bloc, request.POST, par=request.user)
    except ActeRefuse as erreur:
        refus = str(erreur)
    if request.htmx:
        contexte = contexte_du_vote(request, rapport) | {"annonce": annonce, "refus": refus}
        return render(request, "deliberations/_vote.html", contexte)
    if refus:
        messages.error(request, refus)
    else:
        messages.success(request, annonce or "Rien n’a changé.")
    return redirect(_retour(request, rapport))


def _retour(request, rapport) -> str:
    """Back to the page where the gesture was made."""
    if request.POST.get("retour") == "lignes":
        bloc = cle_numerique(request.POST.get("bloc", ""))
        return reverse("rapport_vote_lignes", args=[rapport.pk]) + (f"?bloc={bloc}" if bloc else "")
    if request.POST.get("retour") == "blocs":
        return reverse("rapport_vote_blocs", args=[rapport.pk])
    return reverse("rapport_vote", args=[rapport.pk])


def _bloc(request, rapport):
    """The block designated, among those of this rapport; None when the gesture names none."""
    texte = (request.POST if request.method == "POST" else request.GET).get("bloc", "")
    if not texte:
        return None
    return get_object_or_404(BlocDeVote.objects.select_related("rapport"), pk=cle_numerique(texte), rapport=rapport)


@tenir
@require_safe
def lignes(request, pk):
    """Lines of a block: withdraw one, amend one, with the totals and the soldes as the séance retains them."""
    rapport = rapport_visible(request, pk)
    bloc = _bloc(request, rapport)
    feuille = feuille_de_vote.lire(rapport)
    bloc = bloc or feuille.cartes[0].bloc
    lus = enjeux.lire(rapport, [carte.bloc for carte in feuille.cartes])
    amendements = {a.proposition_id: a for a in rapport.amendements.all()}
    presentee = repartir_rapport(rapport, avec_zeros=True)
    siennes = {t.pk for t in lus.par_bloc[bloc.pk].thematiques}
    contexte = {
        "rapport": rapport,
        "bloc": bloc,
        "enjeu": lus.par_bloc[bloc.pk],
        "thematiques": [
            {"groupe": t, "operations": [_operation(o, amendements) for o in t.operations]}
            for t in presentee.thematiques
            if t.thematique.pk in siennes
        ],
        "imputations": _imputations(rapport, presentee),
        "choisie": cle_numerique(request.GET.get("ligne", "")),
        "en_seance": rapport.etat == rapport.Etat.ENVOYE,
    }
    return render(request, "deliberations/votes_lignes.html", contexte)


def _operation(operation, amendements) -> dict:
    return {
        "operation": operation.operation,
        "lignes": [
            {"ligne": ligne, "amendement": a, "vu": gestes.amendement_vu(a)}
            for ligne in operation.lignes
            for a in [amendements.get(ligne.proposition.pk)]
        ],
    }


def _imputations(rapport, presentee) -> list[dict]:
    """Presented and retained by the séance, line of budget by line of budget, with the solde that follows."""
    proposees = presentee.par_ae()
    adoptees = {i.autorisation.pk: i for i in Lecture(rapport, adoptee=True).imputations}
    lues = Lecture(rapport, adoptee=False).imputations
    return [
        {
            "ligne": i,
            "presente": proposees.get(i.autorisation.pk, 0),
            "adopte": adoptees[i.autorisation.pk].proposition if i.autorisation.pk in adoptees else 0,
            "solde": adoptees[i.autorisation.pk].solde if i.autorisation.pk in adoptees else i.disponible,
        }
        for i in lues
    ]


@tenir
def composer(request, pk):
    """How the decisions are grouped: titles, thématiques, annexes to sign and recettes of each block."""
    rapport = rapport_visible(request, pk)
    existants = list(rapport.blocs.all())
    form = BlocsForm(request.POST or None, blocs=existants, parties=_parties(rapport) if existants else [])
    if request.method == "POST" and form.is_valid():
        try:
            change = blocs.composer(rapport, form.titres, form.attributions, par=request.user)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Les blocs sont enregistrés." if change else "Rien n’a changé.")
            return redirect("rapport_vote_blocs", pk=pk)
    contexte = {
        "rapport": rapport,
        "form": form,
        "blocs": existants,
        "rang_suivant": max(len(existants), 1) + 1,
        "est_divisible": rapport.thematiques.count() > 1,
    }
    return render(request, "deliberations/votes_blocs.html", contexte)


def _parties(rapport) -> list:
    """What may be given to a block: thématiques, annexes that are acts, recettes."""
    annexes = [a for a in rapport.annexes.all() if a.est_un_acte]
    recettes = rapport.recettes.select_related("inscription__ligne", "rapport__seance__instance")
    return [
        *(("thematique", t) for t in rapport.thematiques.defer("texte")),
        *(("annexe", a) for a in annexes),
        *(("recette", r) for r in recettes),
    ]
