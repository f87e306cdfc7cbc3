"""What the shell of every page shows; no query here."""

from django.conf import settings

from dpid import contexte, navigation


def coquille(request):
    """Name, logo, doors, current exercice and séance (chosen at login or in the header, kept in the session)."""
    session = getattr(request, "session", {})
    return {
        "DPID": settings.DPID,
        "exercice_courant": session.get("exercice"),
        "seance_courante": session.get("seance"),
        "contexte_courant": contexte.choisis(session),
        "portes": lambda: navigation.portes(request),
    }
