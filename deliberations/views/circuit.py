"""Visas, adoption, rejection: each act shows its consequence in figures before it is confirmed."""

import hashlib

from django.contrib import messages
from django.shortcuts import redirect, render

from deliberations import adoption, tasks
from deliberations import imputations as table
from deliberations.assemblee import enjeux, vote
from deliberations.controle.registre import du_vote
from deliberations.documents import Lecture
from deliberations.forms import AdoptionForm, RejetForm, VisaForm
from deliberations.models import VisaRapport
from deliberations.repartition import repartir_rapport
from deliberations.views.communs import habilite, rapport_visible
from deliberations.visas import peut_viser
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO

Etape = VisaRapport.Etape


def _empreinte(imputations) -> str:
    """Print of the amounts that the page showed: a visa is given on these figures, not on others."""
    texte = "|".join(f"{i.autorisation.pk}:{i.proposition}" for i in imputations)
    return hashlib.sha256(texte.encode()).hexdigest()[:20]


@habilite("deliberations.viser")
def viser(request, pk):
    """The expected visa, for who may give it."""
    rapport = rapport_visible(request, pk)
    attendue = rapport.etape_attendue()
    if request.method == "POST" and (deja := _deja_donne(request, rapport)):
        messages.info(request, deja)
        return redirect(rapport)
    if attendue is None or not rapport.est_ouvert or not peut_viser(request.user, attendue):
        messages.error(request, _pourquoi_pas(rapport, attendue))
        return redirect(rapport)
    imputations = table.imputations(rapport)
    empreinte = _empreinte(imputations)
    form = VisaForm(
        request.POST or None,
        imputations=imputations if attendue == Etape.FINANCES else (),
        initial={"etape": attendue, "empreinte": empreinte},
    )
    if request.method == "POST" and form.is_valid() and _viser(request, rapport, form, empreinte):
        return redirect(rapport)
    contexte = {
        "rapport": rapport,
        "form": form,
        "etape": Etape(attendue).label,
        "est_finances": attendue == Etape.FINANCES,
        "imputations": imputations,
        "manque": [i for i in imputations if i.depasse],
        "a_imputer": table.a_imputer(rapport).count(),
        "repartition": repartir_rapport(rapport, avec_zeros=True),
        "total_impute": sum((i.proposition for i in imputations), ZERO),
    }
    return render(request, "deliberations/viser.html", contexte)


def _deja_donne(request, rapport) -> str:
    """The sentence that says who gave this visa and when, for a second click or a second person."""
    visa = rapport.visas_actifs().filter(etape=request.POST.get("etape", "")).first()
    if visa is None:
        return ""
    qui = "vous-même" if visa.par_id == request.user.pk else str(visa.par)
    return f"Le visa « {visa.get_etape_display()} » est déjà donné par {qui} : il n’a été compté qu’une fois."


def _pourquoi_pas(rapport, attendue) -> str:
    if not rapport.est_ouvert:
        return rapport.raison_du_gel()
    if attendue is None:
        return "Le circuit de visas est complet : le rapport attend le vote."
    return f"Le visa attendu est « {Etape(attendue).label} » : il n’entre pas dans vos attributions."


def _viser(request, rapport, form, empreinte) -> bool:
    if form.cleaned_data["empreinte"] != empreinte:
        form.add_error(None, "Les montants ont changé depuis l’ouverture de cette page : vérifiez-les, puis visez.")
        form.data = form.data | {"empreinte": empreinte}
        return False
    donnees = form.cleaned_data
    try:
        rapport.viser(
            par=request.user, etape=donnees["etape"], constats=form.constats(), commentaire=donnees["commentaire"]
        )
    except ActeRefuse as refus:
        form.add_error(None, str(refus))
        return False
    reserve = " Les crédits sont réservés." if donnees["etape"] == Etape.FINANCES else ""
    messages.success(request, f"Visa « {Etape(donnees['etape']).label} » donné.{reserve}")
    return True


@habilite("deliberations.adopter")
def adopter(request, pk):
    """Record the vote: number, date, consequence in figures."""
    rapport = rapport_visible(request, pk)
    if rapport.etat == rapport.Etat.ADOPTE:
        messages.info(request, _deja_adopte(rapport))
        return redirect(rapport)
    form = AdoptionForm(request.POST or None, initial={"le": rapport.seance.date})
    if request.method == "POST" and form.is_valid():
        try:
            return _adopter(request, rapport, **form.cleaned_data)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
    return render(request, "deliberations/adopter.html", _page_de_l_adoption(request, rapport, form))


def _adopter(request, rapport, *, numero, le):
    """In the request when its documents are short, else by the worker, with progress."""
    if tasks.est_long(rapport):
        adoption.verifier_adoptable(rapport, par=request.user, numero=numero, le=le)
        tasks.demander_adoption(rapport, numero=numero, le=le, par=request.user)
        messages.success(request, "L’adoption est lancée : suivez ci-dessous l’édition de ses documents.")
        return redirect("travaux")
    rapport.adopter(par=request.user, numero=numero, le=le)
    messages.success(
        request, f"Délibération n°\u00a0{numero} adoptée : crédits affectés, documents figés, dossiers votés."
    )
    return redirect(rapport)


def _deja_adopte(rapport) -> str:
    acte = rapport.deliberation
    return f"Ce rapport est déjà adopté : {acte} du {acte.date:%d/%m/%Y}, enregistrée par {acte.par}."


@habilite("deliberations.adopter")
def rejeter(request, pk):
    rapport = rapport_visible(request, pk)
    if rapport.etat == rapport.Etat.REJETE:
        messages.info(request, "Ce rapport est déjà rejeté : rien de plus n’a été enregistré.")
        return redirect(rapport)
    form = RejetForm(request.POST or None, initial={"le": rapport.seance.date})
    if request.method == "POST" and form.is_valid():
        try:
            rapport.rejeter(par=request.user, **form.cleaned_data)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Rapport rejeté : crédits libérés, dossiers rendus à l’instruction.")
            return redirect(rapport)
    contexte = {
        "rapport": rapport,
        "form": form,
        "imputations": table.imputations(rapport),
        "est_reserve": bool(table.reservations(rapport)),
        "nombre_lignes": rapport.propositions.count(),
    }
    return render(request, "deliberations/rejeter.html", contexte)


def _page_de_l_adoption(request, rapport, form) -> dict:
    """What the vote would write, blocks and amendments applied, and what still forbids it."""
    lecture = Lecture(rapport, adoptee=True)
    feuille = vote.lire(rapport)
    lus = enjeux.lire(rapport, [carte.bloc for carte in feuille.cartes])
    signalees = du_vote(rapport, feuille)
    presentees = sum(e.lignes for e in lus.par_bloc.values())
    retenues = len(lecture.retenues.lignes)
    return {
        "rapport": rapport,
        "form": form,
        "imputations": lecture.imputations,
        "total_impute": sum((i.proposition for i in lecture.imputations), ZERO),
        "cartes": [{"carte": carte, "enjeu": lus.par_bloc[carte.bloc.pk]} for carte in feuille.cartes],
        "est_supposee": feuille.est_supposee,
        "amendements": list(rapport.amendements.select_related("proposition__ligne__dossier__structure")),
        "nombre_lignes": retenues,
        "ecartees": presentees - retenues,
        "alertes": signalees,
        "est_bloque": any(a.est_bloquant for a in signalees),
        "est_auteur": rapport.cree_par_id == request.user.pk,
        "etape_attendue": _libelle_attendu(rapport),
        "a_imputer": table.a_imputer(rapport).count(),
    }


def _libelle_attendu(rapport) -> str:
    attendue = rapport.etape_attendue()
    return Etape(attendue).label if attendue else ""
