"""What the conventions add to the page of a structure: where they are, at no query."""

from urllib.parse import urlencode

from django.urls import reverse


def de_la_structure(structure, agent) -> dict:
    return {"adresse": f"{reverse('conventions')}?{urlencode({'q': structure.raison_sociale})}"}
