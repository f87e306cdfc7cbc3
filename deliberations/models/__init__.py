"""Instances, séances, rapports and délibérations."""

from deliberations.models.deliberation import Deliberation, DocumentDeDeliberation, ImputationVotee
from deliberations.models.presentation import OperationPresentee, Proposition, ThematiquePresentee
from deliberations.models.rapport import Rapport
from deliberations.models.scenario import MontantDeScenario, Scenario
from deliberations.models.seance import Instance, Seance
from deliberations.models.visa import VisaRapport

__all__ = [
    "Deliberation", "DocumentDeDeliberation", "ImputationVotee", "Instance", "MontantDeScenario", "OperationPresentee",
    "Proposition", "Rapport", "Scenario", "Seance", "ThematiquePresentee", "VisaRapport",
]  # fmt: skip
