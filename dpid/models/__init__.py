"""Kernel models: agents, geography, journal, frozen documents, background jobs, presence, saved views."""

from dpid.models.agent import Agent, Role, Service
from dpid.models.document import Document
from dpid.models.geographie import AliasTerritoire, Canton, Commune, Epci, Territoire
from dpid.models.journal import Journal
from dpid.models.presence import Presence
from dpid.models.travail import ElementTravail, Travail
from dpid.models.vue import VueDeListe

__all__ = [
    "Agent", "AliasTerritoire", "Canton", "Commune", "Document", "ElementTravail", "Epci", "Journal", "Presence",
    "Role", "Service", "Territoire", "Travail", "VueDeListe",
]  # fmt: skip
