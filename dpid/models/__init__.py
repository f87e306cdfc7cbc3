"""Kernel models: agents, geography, journal, frozen documents, background jobs."""

from dpid.models.agent import Agent, Role, Service
from dpid.models.document import Document
from dpid.models.geographie import AliasTerritoire, Canton, Commune, Epci, Territoire
from dpid.models.journal import Journal
from dpid.models.travail import Travail

__all__ = [
    "Agent", "AliasTerritoire", "Canton", "Commune", "Document", "Epci", "Journal", "Role", "Service", "Territoire",
    "Travail",
]  # fmt: skip
