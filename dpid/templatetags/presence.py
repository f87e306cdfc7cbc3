"""`{% presence dossier saisie=True %}`: the region of a page that says who else has the object open."""

from django import template
from django.urls import reverse

register = template.Library()


@register.inclusion_tag("dpid/_presence.html", takes_context=True)
def presence(context, objet, saisie=False):
    adresse = reverse("presence", args=[objet._meta.label_lower, objet.pk])
    return {"adresse": adresse, "saisie": saisie, "csrf_token": context.get("csrf_token", "")}
