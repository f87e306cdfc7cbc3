"""Calls, structures and dossiers in the admin."""

from programmes.admin import (  # noqa: F401 - registers the pages
    appels,
    dossiers,
    instruction,
    lignes,
    referentiels,
    structures,
)
