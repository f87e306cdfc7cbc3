"""Séances, rapports and délibérations in the admin."""

from deliberations.admin import assemblee, presentation, rapports, scenarios, seance, votes  # noqa: F401 - registers the pages
