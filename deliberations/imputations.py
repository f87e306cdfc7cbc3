"""Imputation table of a rapport: code, imputation, libellé, AE, disponible, proposition, solde."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum

from budget.models import AutorisationEngagement, Mouvement
from budget.situation import soldes_au
from dpid.montants import ZERO, chaine
from programmes.models import Financement


@dataclass(frozen=True)
class Imputation:
    """One row; amounts in euros. `solde` = `disponible` − `proposition`."""

    autorisation: AutorisationEngagement
    ae: Decimal
    disponible: Decimal
    proposition: Decimal

    @property
    def solde(self) -> Decimal:
        return self.disponible - self.proposition

    @property
    def depasse(self) -> bool:
        return self.solde < 0

    @property
    def manque(self) -> Decimal:
        """Shortfall in euros, 0 when the disponible covers the proposition."""
        return max(-self.solde, ZERO)

    @property
    def code(self) -> str:
        return self.autorisation.ligne.code

    @property
    def imputation(self) -> str:
        return self.autorisation.ligne.imputation

    @property
    def libelle(self) -> str:
        return self.autorisation.intitule

    def en_donnees(self) -> dict:
        """The row as the JSON edition and the frozen context carry it (amounts as strings)."""
        return {
            "code": self.code,
            "imputation": self.imputation,
            "libelle": self.libelle,
            "ae": chaine(self.ae),
            "disponible": chaine(self.disponible),
            "proposition": chaine(self.proposition),
            "solde": chaine(self.solde),
        }


def propositions_par_ae(rapport) -> dict[int, Decimal]:
    """{AE id: euros proposed by the rapport}; only new money on an AE counts."""
    financements = Financement.objects.filter(
        ligne__propositions__operation__thematique__rapport=rapport,
        ligne__propositions__est_active=True,
        autorisation__isnull=False,
        montant__gt=0,
    )
    return dict(financements.order_by().values_list("autorisation_id").annotate(Sum("montant")))


def imputations(rapport, proposees: dict[int, Decimal] | None = None) -> list[Imputation]:
    """Rows of the table at the date of the séance, in the order of the budget.

    Disponible = AE − affecté − what the *other* rapports reserve (settings DPID `disponible_deduit_reserve`).
    `proposees`: {AE id: euros} when it is not what the rapport presents (amendments of the séance).
    """
    if proposees is None:
        proposees = propositions_par_ae(rapport)
    if not proposees:
        return []
    autorisations = AutorisationEngagement.objects.filter(pk__in=proposees).avec_ligne()
    propre = f"{cle_mouvements(rapport)}:"
    soldes = soldes_au(rapport.seance.date, list(proposees), hors_reserve=propre)
    lignes = []
    for ae in autorisations:
        solde = soldes.get(ae.pk) or dict.fromkeys(AutorisationEngagement.COMPTEURS, ZERO)
        disponible = solde["vote"] - solde["affecte"]
        if settings.DPID["disponible_deduit_reserve"]:
            disponible -= solde["reserve"]
        lignes.append(Imputation(ae, solde["vote"], disponible, proposees[ae.pk]))
    return lignes


def cle_mouvements(rapport) -> str:
    """Prefix of the idempotency keys of every movement of a rapport."""
    return f"rapport-{rapport.pk}"


def reservations(rapport) -> dict[int, Decimal]:
    """{AE id: euros} that this rapport holds reserved now."""
    mouvements = Mouvement.objects.filter(
        cle__startswith=f"{cle_mouvements(rapport)}:", compteur=Mouvement.Compteur.RESERVE
    )
    sommes = mouvements.order_by().values_list("autorisation_id").annotate(Sum("montant"))
    return {pk: total for pk, total in sommes if total}


def a_imputer(rapport):
    """Financings of the rapport with neither AE nor outside source: adoption refuses until there is none."""
    return Financement.objects.filter(
        ligne__propositions__operation__thematique__rapport=rapport,
        ligne__propositions__est_active=True,
        autorisation__isnull=True,
        source__isnull=True,
        montant__gt=0,
    ).select_related("ligne__dossier__structure")
