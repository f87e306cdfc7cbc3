"""What the conventions add to the pages of lower rooms."""

from urllib.parse import urlencode

from django.urls import reverse

from conventions.models import TraitementDeDonnees


def de_la_structure(structure, agent) -> dict:
    # Where they are, at no query.
    return {"adresse": f"{reverse('conventions')}?{urlencode({'q': structure.raison_sociale})}"}


def du_dispositif(dispositif, agent) -> dict:
    """What its acts say of personal data."""
    return {
        "traitement": TraitementDeDonnees.objects.filter(dispositif=dispositif).first(),
        "adresse": reverse("traitement", args=[dispositif.pk]),
        "modifiable": agent.has_perm("conventions.change_traitementdedonnees"),
    }
