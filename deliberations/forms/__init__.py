"""What is typed about séances and rapports. Labels and help come from the models."""

from deliberations.forms.base import AvecEmpreinte, champ_date
from deliberations.forms.imports import TAILLE_MAXIMALE, ConfirmationForm, ImportForm
from deliberations.forms.lignes import ImputerForm, InscriptionForm, MontantForm, PropositionForm, RetraitForm
from deliberations.forms.procedure import AdoptionForm, AvisForm, EnvoiForm, ModificatifForm, RejetForm, VisaForm
from deliberations.forms.rapports import (
    NouveauRapportForm,
    NumeroForm,
    OperationForm,
    RapportForm,
    SeanceForm,
    ThematiqueForm,
)
from deliberations.forms.redaction import AnnexeForm, ArticleForm, RattachementForm, RecetteForm, TexteForm
from deliberations.forms.transmission import DatesForm

__all__ = [
    "TAILLE_MAXIMALE", "AdoptionForm", "AnnexeForm", "ArticleForm", "AvecEmpreinte", "AvisForm", "ConfirmationForm",
    "DatesForm", "EnvoiForm", "ImportForm", "ImputerForm", "InscriptionForm", "ModificatifForm", "MontantForm",
    "NouveauRapportForm", "NumeroForm", "OperationForm", "PropositionForm", "RapportForm", "RattachementForm",
    "RecetteForm", "RejetForm", "RetraitForm", "SeanceForm", "TexteForm", "ThematiqueForm", "VisaForm", "champ_date",
]  # fmt: skip
