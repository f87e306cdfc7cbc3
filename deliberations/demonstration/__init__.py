"""Demo data: reads `fixtures/` and goes through the same verbs as the pages. Loading twice changes nothing."""

from deliberations.demonstration.assemblee import charger_assemblee
from deliberations.demonstration.budget import charger_budget
from deliberations.demonstration.fichiers import lire_csv, lire_json
from deliberations.demonstration.rapports import charger_rapport
from deliberations.demonstration.referentiels import (
    MOT_DE_PASSE,
    charger_comptes,
    charger_referentiels,
    charger_structures,
)
from deliberations.demonstration.votes import voter

# The published acts, in the order of their séances: each one finds on its AE what the former ones left.
PUBLIES = ("2022-375", "2023-243", "2023-604", "2024-273")
# Every rapport, those that the guide follows first.
RAPPORTS = ("2023-604", "2024-preparation", "2022-375", "2023-243", "2024-273")

__all__ = [
    "MOT_DE_PASSE", "PUBLIES", "RAPPORTS", "charger_assemblee", "charger_budget", "charger_comptes", "charger_rapport",
    "charger_referentiels", "charger_structures", "lire_csv", "lire_json", "voter",
]  # fmt: skip
