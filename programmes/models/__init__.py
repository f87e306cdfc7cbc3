"""Calls for projects and their fiches, structures, dossiers and their lines, instruction."""

from programmes.models.appel import AppelAProjets, Dispositif, Thematique
from programmes.models.attendus import Indicateur, ResultatAttendu, Suivi
from programmes.models.courrier import Courrier
from programmes.models.dossier import Dossier
from programmes.models.fiche import (
    CadreStrategique,
    ContactDispositif,
    CoutUnitaire,
    Critere,
    Fiche,
    PieceExigee,
    SessionDepot,
    VersementPrevu,
)
from programmes.models.financement import Financement, Quantite, SourceFinancement, Ventilation
from programmes.models.instruction import Avis, AvisInstance, NoteCritere, Remarque
from programmes.models.ligne import LigneDossier, LigneTerritoire
from programmes.models.portail import DepotPortail, ImportDepots
from programmes.models.previsionnel import Poste
from programmes.models.registre import Agrement, CompteBancaire, Contact, Piece, Representant, TypeAgrement, TypePiece
from programmes.models.structure import AliasStructure, Structure

__all__ = [
    "Agrement", "AliasStructure", "AppelAProjets", "Avis", "AvisInstance", "CadreStrategique", "CompteBancaire",
    "Contact", "ContactDispositif", "CoutUnitaire", "Courrier", "Critere", "DepotPortail", "Dispositif", "Dossier",
    "Fiche", "Financement", "ImportDepots", "Indicateur", "LigneDossier", "LigneTerritoire", "NoteCritere", "Piece",
    "PieceExigee", "Poste", "Quantite", "Remarque", "Representant", "ResultatAttendu", "SessionDepot",
    "SourceFinancement", "Structure", "Suivi", "Thematique", "TypeAgrement", "TypePiece", "Ventilation",
    "VersementPrevu",
]  # fmt: skip
