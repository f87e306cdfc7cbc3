"""What the conventions add to the page of a structure."""

from conventions.models import Convention


def de_la_structure(structure, agent) -> dict:
    """Its conventions, latest first (one query)."""
    visibles = Convention.objects.visibles_par(agent).filter(structure=structure)
    return {"conventions": list(visibles.order_by("-numero", "-pk"))}
