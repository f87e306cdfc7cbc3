"""French formats in templates; loaded everywhere as builtins. The only place where a template formats an amount."""

from django import template

from dpid import montants, typographie

register = template.Library()


@register.filter
def euros(valeur):
    """`6 193 643,00`"""
    return montants.euros(valeur)


@register.filter
def euros_symbole(valeur):
    """`6 193 643,00 €`"""
    return montants.euros(valeur, symbole=True)


@register.filter
def date_longue(valeur):
    """`1er janvier 2024`"""
    return typographie.date_longue(valeur)


@register.filter
def date_courte(valeur):
    """`11/12/2023`"""
    return typographie.date_courte(valeur)


@register.filter
def nombre(valeur):
    """`18 801`, `3,5`"""
    return typographie.nombre(valeur)


@register.filter
def typo(valeur):
    """Text typed by an agent, with the no-break spaces of French typography."""
    return typographie.composer(valeur)


@register.filter
def accorder(n, formes):
    """`{{ n|accorder:"ligne,lignes" }}` → `3 lignes`"""
    singulier, _, pluriel = formes.partition(",")
    return typographie.accorder(n, singulier, pluriel or None)
