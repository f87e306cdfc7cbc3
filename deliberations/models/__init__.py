"""The assembly, séances, rapports, votes and délibérations."""

from deliberations.models.annexe import AnnexePresentee, RecetteProposee
from deliberations.models.assemblee import (
    Commission,
    Elu,
    Groupe,
    Interet,
    Mandat,
    RegleAssemblee,
    Signataire,
)
from deliberations.models.deliberation import Deliberation, DocumentDeDeliberation, ImputationVotee, RecetteVotee
from deliberations.models.edition import DocumentDEdition, EditionDuRapport, Justification, Transmission
from deliberations.models.liens import OperationDispositif, RapportCanton, RapportEpci, RapportTerritoire
from deliberations.models.presentation import OperationPresentee, Proposition, ThematiquePresentee
from deliberations.models.rapport import Rapport
from deliberations.models.scenario import MontantDeScenario, Scenario
from deliberations.models.seance import Instance, Presence, Seance
from deliberations.models.textes import ArticleRedige, AvisDeCommission, TexteJuridique, VisaJuridique
from deliberations.models.visa import VisaRapport
from deliberations.models.vote import AmendementDeSeance, BlocDeVote, Deport, VoixDissidente

__all__ = [
    "AmendementDeSeance", "AnnexePresentee", "ArticleRedige", "AvisDeCommission", "BlocDeVote", "Commission",
    "Deliberation", "Deport", "DocumentDEdition", "DocumentDeDeliberation", "EditionDuRapport", "Elu", "Groupe",
    "ImputationVotee", "Instance", "Interet", "Justification", "Mandat", "MontantDeScenario", "OperationDispositif",
    "OperationPresentee", "Presence", "Proposition", "Rapport", "RapportCanton", "RapportEpci", "RapportTerritoire",
    "RecetteProposee", "RecetteVotee", "RegleAssemblee", "Scenario", "Seance", "Signataire", "TexteJuridique",
    "ThematiquePresentee", "Transmission", "VisaJuridique", "VisaRapport", "VoixDissidente",
]  # fmt: skip
