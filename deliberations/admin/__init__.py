"""Séances, rapports and délibérations in the admin."""

from deliberations.admin import presentation, rapports, votes  # noqa: F401 - registers the pages
