"""Séances, rapports and délibérations in the admin."""

from deliberations.admin import (  # noqa: F401 - registers the pages
    assemblee,
    presentation,
    rapports,
    redaction,
    scenarios,
    seance,
    votes,
)
