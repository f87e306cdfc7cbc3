"""What the pages of this room share: who may, which rapport, how a refusal is shown."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from deliberations import palette
from deliberations.documents.lecture import Lecture
from deliberations.models import Rapport, Seance
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal


def habilite(permission: str):
    """The view answers 403 to an agent who does not hold `permission`."""
    return permission_required(permission, raise_exception=True)


voir = habilite("deliberations.view_rapport")
preparer = habilite("deliberations.preparer")


def rapport_visible(request, pk):
    """The rapport among those that the agent may see; anything else is unknown (404)."""
    rapports = Rapport.objects.visibles_par(request.user)
    return get_object_or_404(
        rapports.select_related(
            "seance__instance", "service", "cree_par", "deliberation__par", "deliberation__transmission"
        ),
        pk=pk,
    )


def seances_visibles(request):
    """Every agent who holds a role reads the séances."""
    visibles = Seance.objects.all() if request.user.has_perm("deliberations.view_seance") else Seance.objects.none()
    return visibles.select_related("instance")


def tenter(request, acte, succes: str) -> bool:
    """Run `acte()`; its refusal is a message. True when done."""
    try:
        acte()
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return False
    messages.success(request, succes)
    return True


def vers_rapport(rapport, operation=None, ancre="", partie=""):
    """Back to the rapport, on the part that was being worked on."""
    partie = partie or (f"o{operation}" if operation else "")
    partie = f"?{urlencode({'partie': partie})}" if partie else ""
    return HttpResponseRedirect(f"{reverse('rapport', args=[rapport.pk])}{partie}{f'#{ancre}' if ancre else ''}")


def page_de_formulaire(request, form, *, titre, bouton, retour, rapport=None, sous_titre="", status=200, **reste):
    """The common page of a form: title, fields, one button, a way back."""
    contexte = {
        "form": form,
        "titre": titre,
        "bouton": bouton,
        "retour": retour,
        "rapport": rapport,
        "sous_titre": sous_titre,
        **reste,
    }
    return render(request, "deliberations/formulaire.html", contexte, status=status)


def renvois_de(rapport, lieu: str) -> dict:
    """What `formulaire.html` needs to offer and preview the references of a place."""
    return {"lieu": lieu, "palette": palette.offerts(Lecture(rapport, adoptee=False), lieu)}


def enregistrer_partie_ouverte(request, rapport, partie, ouvrir_form):
    """(form, saved?) of a part of what a rapport says, read again under the lock of its rapport.

    `ouvrir_form(data, part)` builds the form. A refusal shows the form again, with what was typed.
    """
    if request.method != "POST":
        return ouvrir_form(None, partie), False
    with transaction.atomic():
        try:
            rapport.verrouiller_ouvert()
            if partie.pk:
                partie.refresh_from_db()
            form = ouvrir_form(request.POST, partie)
            if form.is_valid():
                partie.full_clean()
                form.save()
                return form, True
        except ActeRefuse as refus:
            form = ouvrir_form(request.POST, partie)
            form.add_error(None, str(refus))
        except ValidationError as erreur:
            form.add_error(None, " ".join(erreur.messages))
    return form, False


@transaction.atomic
def creer_une_fois(request, objet, jeton: str, creer, titre: str) -> None:
    """`creer(objet)`, unless this agent already created one with this key: a double click is one creation."""
    if jeton and deja_cree(type(objet), request.user, jeton):
        return
    creer(objet)
    Journal.noter(objet, "creer", titre, par=request.user, donnees={"jeton": jeton})
