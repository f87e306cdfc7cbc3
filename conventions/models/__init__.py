from conventions.models.acte import Acte, Partie
from conventions.models.contenu import FicheAction, LigneDActe, Modification, PartDeFinancement, Versement
from conventions.models.convention import ClauseInitiale, Convention, Numerotation
from conventions.models.modele import BlocDeModele, Modele, ModelePresente, TraitementDeDonnees, VersionDeModele
from conventions.models.regroupement import Regroupement
from conventions.models.suivi import Echeance, LotDeNumerisation, PageNumerisee

__all__ = [
    "Acte", "BlocDeModele", "ClauseInitiale", "Convention", "Echeance", "FicheAction", "LigneDActe",
    "LotDeNumerisation", "Modele", "ModelePresente", "Modification", "Numerotation", "PageNumerisee",
    "PartDeFinancement", "Partie", "Regroupement", "TraitementDeDonnees", "Versement", "VersionDeModele",
]  # fmt: skip
