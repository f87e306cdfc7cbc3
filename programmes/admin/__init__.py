"""Calls, structures and dossiers in the admin."""

from programmes.admin import dossiers, lignes, referentiels  # noqa: F401 - registers the pages
