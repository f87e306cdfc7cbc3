"""What every page that acts does the same way: run a verb, show its refusal, do it once."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.http import url_has_allowed_host_and_scheme

from dpid.erreurs import ActeRefuse
from dpid.models import Agent, Journal


def exiger(agent, permission: str) -> None:
    """Raise PermissionDenied (page 403) when the agent does not hold `permission`."""
    if not agent.has_perm(permission):
        raise PermissionDenied


def envoi(request):
    """What a form is bound to: the POST, even an empty one, or nothing."""
    return request.POST if request.method == "POST" else None


def accomplir(request, verbe, succes: str, **options) -> bool:
    """Run `verbe(par=…, **options)`. A refusal is a message for the person, never an error page."""
    try:
        verbe(par=request.user, **options)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return False
    messages.success(request, succes)
    return True


def signaler_peremption(request) -> None:
    """Said above the two versions set side by side."""
    messages.error(
        request,
        "Une autre personne a enregistré cette fiche pendant votre saisie. Rien n’est perdu : comparez les deux "
        "versions ci-dessous, corrigez, puis enregistrez de nouveau.",
    )


def nouveau_jeton() -> str:
    """Key of a form that creates something: the same key twice is the same creation."""
    return uuid.uuid4().hex


def deja_cree(modele, agent, jeton: str):
    """Id of what this agent already created with `jeton`, or None. Call inside the transaction of the creation.

    The agent's row is locked: two clicks at the same instant follow one another.
    """
    Agent.objects.select_for_update().get(pk=agent.pk)
    actes = Journal.objects.filter(par=agent, objet=modele._meta.label_lower, verbe="creer", donnees__jeton=jeton)
    return actes.values_list("objet_id", flat=True).first()


def adresse_sure(request, adresse: str, defaut: str) -> str:
    """`adresse` when it stays on this site, else `defaut`."""
    sure = url_has_allowed_host_and_scheme(adresse, {request.get_host()}, require_https=request.is_secure())
    return adresse if adresse and sure else defaut
