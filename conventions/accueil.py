"""What the conventions bring to the shell: their search."""

from django.db.models import Q

from conventions.models import Convention
from dpid.recherche import Resultat


def chercher(agent, texte, limite) -> list[Resultat]:
    """Conventions by the start of their number or by their object."""
    visibles = Convention.objects.visibles_par(agent).select_related("structure")
    trouvees = visibles.filter(Q(numero__startswith=texte.strip()) | Q(objet__icontains=texte.strip()))[:limite]
    return [
        Resultat(str(c).capitalize(), c.get_absolute_url(), f"{c.structure} · {c.get_etat_display()}") for c in trouvees
    ]
