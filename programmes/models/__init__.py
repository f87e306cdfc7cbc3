"""Calls for projects, structures, dossiers and their lines."""

from programmes.models.appel import AppelAProjets, Dispositif, Thematique
from programmes.models.dossier import Dossier, LigneDossier, LigneTerritoire
from programmes.models.financement import Financement, Quantite, SourceFinancement, Ventilation
from programmes.models.structure import AliasStructure, Structure

__all__ = [
    "AliasStructure", "AppelAProjets", "Dispositif", "Dossier", "Financement", "LigneDossier", "LigneTerritoire",
    "Quantite", "SourceFinancement", "Structure", "Thematique", "Ventilation",
]  # fmt: skip
