"""The coherence check: its page, its summary, what is justified."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from deliberations.controle import Gravite, controler
from deliberations.controle.justifications import justifier as justifier_groupe
from deliberations.controle.justifications import reprendre as reprendre_justification
from deliberations.controle.registre import est_reservee, voit_les_reserves
from deliberations.models import Justification
from deliberations.views.communs import habilite, rapport_visible, voir
from dpid.erreurs import ActeRefuse

TITRES = {
    Gravite.BLOQUANT: "Bloquants",
    Gravite.A_JUSTIFIER: "À justifier",
    Gravite.INFORMATION: "Informations",
}
SIGNAUX = {Gravite.BLOQUANT: "bloque", Gravite.A_JUSTIFIER: "surveiller", Gravite.INFORMATION: "savoir"}
MOTS = {Gravite.BLOQUANT: "Bloquant", Gravite.A_JUSTIFIER: "À justifier", Gravite.INFORMATION: "Information"}


@voir
@require_safe
def controle(request, pk):
    return render(request, "deliberations/controle.html", _contexte(request, rapport_visible(request, pk)))


@voir
@require_safe
def resume(request, pk):
    """The counts alone, asked by the page of the rapport once it is shown: the check costs more than that page."""
    rapport = rapport_visible(request, pk)
    releve = controler(rapport, agent=request.user)
    contexte = {"rapport": rapport, "comptes": _comptes(releve), "justifies": releve.justifies}
    return render(request, "deliberations/controle_resume.html", contexte)


@habilite("deliberations.justifier")
@require_POST
def justifier(request, pk):
    rapport = rapport_visible(request, pk)
    champs = {nom: request.POST.get(nom, "") for nom in ("regle", "lieu", "empreinte", "motif")}
    return _agir(
        request, rapport, lambda: justifier_groupe(rapport, **champs, par=request.user), "Le constat est justifié.",
        saisie=champs,
    )  # fmt: skip


@habilite("deliberations.justifier")
@require_POST
def reprendre(request, pk, justification):
    rapport = rapport_visible(request, pk)
    objet = get_object_or_404(Justification, pk=justification, rapport=rapport)
    if est_reservee(objet.regle) and not voit_les_reserves(request.user):
        raise Http404
    return _agir(
        request, rapport, lambda: reprendre_justification(objet, par=request.user),
        "La justification est reprise : le constat est à traiter.",
    )  # fmt: skip


def _agir(request, rapport, acte, succes, saisie=None):
    """Run `acte()`. With htmx the list comes back with the sentence, and with what was typed when it is refused."""
    refus = ""
    try:
        acte()
    except ActeRefuse as refuse:
        refus = str(refuse)
    if request.htmx:
        contexte = _contexte(request, rapport) | {"phrase": refus or succes, "est_refus": bool(refus)}
        contexte["saisie"] = saisie if refus and saisie else {}
        return render(request, "deliberations/controle_constats.html", contexte)
    (messages.error if refus else messages.success)(request, refus or succes)
    return HttpResponseRedirect(reverse("rapport_controle", args=[rapport.pk]))


def _contexte(request, rapport) -> dict:
    releve = controler(rapport, agent=request.user)
    return {
        "rapport": rapport,
        "releve": releve,
        "comptes": _comptes(releve),
        "sections": _sections(releve, _anciennes(rapport)),
        "peut_justifier": not rapport.est_vote and request.user.has_perm("deliberations.justifier"),
        "phrase": "",
        "est_refus": False,
        "saisie": {},
    }


def _comptes(releve) -> list[dict]:
    return [{"signal": SIGNAUX[g], "mot": MOTS[g], "nombre": releve.compte[g.value]} for g in Gravite]


def _sections(releve, anciennes) -> list[dict]:
    """One section per gravity that has findings; numbers run through the whole list."""
    sections, rang = [], 1
    for gravite in Gravite:
        groupes = releve.de_gravite(gravite)
        lignes = [
            {"rang": rang + i, "groupe": g, "ancienne": anciennes.get((g.regle.cle, g.lieu.cle))}
            for i, g in enumerate(groupes)
        ]
        if lignes:
            sections.append(
                {"titre": TITRES[gravite], "signal": SIGNAUX[gravite], "mot": MOTS[gravite], "debut": rang,
                 "lignes": lignes, "se_justifie": gravite is Gravite.A_JUSTIFIER}
            )  # fmt: skip
        rang += len(groupes)
    return sections


def _anciennes(rapport) -> dict:
    """{(rule, place): the last justification given there}: shown again when the data have changed since."""
    return {(j.regle, j.lieu): j for j in rapport.justifications.select_related("par").order_by("le")}
