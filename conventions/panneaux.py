"""What the conventions add to the pages of lower rooms, at no query."""

from urllib.parse import urlencode

from django.urls import reverse


def de_la_structure(structure, agent) -> dict:
    return {"adresse": f"{reverse('conventions')}?{urlencode({'q': structure.raison_sociale})}"}


def du_dispositif(dispositif, agent) -> dict:
    """Where what its acts say of personal data is written, at no query: what is missing holds the act back."""
    permis = agent.has_perm("conventions.change_traitementdedonnees")
    return {"adresse": reverse("traitement", args=[dispositif.pk]) if permis else reverse("traitements")}
