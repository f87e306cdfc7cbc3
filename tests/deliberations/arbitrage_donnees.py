"""A call to arbitrate: two thématiques, three dispositifs with rules, lines of every kind, an AE for each."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from budget.models import AutorisationEngagement
from deliberations.models import Scenario
from programmes.models import (
    AppelAProjets,
    Dispositif,
    Dossier,
    Fiche,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Poste,
    Quantite,
    Structure,
    Thematique,
)
from tests.maquette import ANNEE, Equipe, autorisation, equipe, territoire

D = Decimal


@dataclass
class Arbitrage:
    """`lignes`: ids by name (« A1 » is the first line of dispositif A)."""

    equipe: Equipe
    appel: AppelAProjets
    dispositifs: dict[str, Dispositif]
    aes: dict[str, AutorisationEngagement]
    lignes: dict[str, LigneDossier] = field(default_factory=dict)

    def scenario(self, nom="Enveloppe maintenue", **montants) -> Scenario:
        """`scenario(A1="100.00")`: amounts by the names of the lines."""
        ecrits = {self.lignes[cle].pk: D(m) for cle, m in montants.items()}
        return Scenario.ouvrir(appel=self.appel, nom=nom, par=self.equipe.direction, montants=ecrits)


def dispositif(appel, numero, reference, ae, **fiche) -> Dispositif:
    theme, _ = Thematique.objects.get_or_create(appel=appel, numero=numero, defaults={"titre": f"Thème {numero}"})
    cree = Dispositif.objects.create(
        thematique=theme, reference=reference, titre=f"Dispositif {reference}", libelle_court=f"D{reference}",
        ligne_par_defaut=ae.ligne if ae else None,
    )  # fmt: skip
    if fiche:
        Fiche.objects.create(dispositif=cree, **fiche)
    return cree


def ligne(repond_a, nom, demande, *, retenu=None, ae=None, source=None, quantite=None, unite="places", charges=None,
          lieu="ARTOIS", dossier=None, propose=None):  # fmt: skip
    """A line of a dossier in instruction; amounts are texts in euros."""
    structure, _ = Structure.objects.get_or_create(raison_sociale=nom)
    dossier = dossier or Dossier.objects.create(dispositif=repond_a, structure=structure, intitule=f"Action de {nom}")
    creee = LigneDossier.objects.create(
        dossier=dossier, ordre=dossier.lignes.count() + 1, demande=demande and D(demande),
        propose=propose and D(propose), debut=date(ANNEE, 1, 1), fin=date(ANNEE, 12, 31),
    )  # fmt: skip
    LigneTerritoire.objects.create(ligne=creee, territoire=territoire(lieu))
    if retenu is not None:
        Financement.objects.create(ligne=creee, autorisation=ae, source=source, montant=D(retenu))
    if quantite:
        Quantite.objects.create(ligne=creee, valeur=D(quantite), unite=unite)
    if charges:
        Poste.objects.create(dossier=dossier, sens="charge", nature="directe", libelle="Charges", montant=D(charges))
    return creee


def monde() -> Arbitrage:
    """A (4.1, envelope 1 000,00, AE of 10 000,00): A1, A2, A3; B (4.10, no fiche, AE of 500,00): B1; C (3.2, AE of
    5 000,00): C1. Nothing is retained but 100,00 on A1."""
    gens = equipe()
    appel, _ = AppelAProjets.objects.get_or_create(annee=ANNEE, defaults={"titre": "Appel à projets"})
    aes = {"A": autorisation(1, "10000.00"), "B": autorisation(2, "500.00"), "C": autorisation(3, "5000.00")}
    regle = {"cout_unitaire": D("100"), "unite": "places", "enveloppe": D("1000.00")}
    dispositifs = {
        "A": dispositif(appel, 4, "4.1", aes["A"], **regle),
        "B": dispositif(appel, 4, "4.10", aes["B"]),
        "C": dispositif(appel, 3, "3.2", aes["C"], taux_plafond=D("50")),
    }
    m = Arbitrage(gens, appel, dispositifs, aes)
    m.lignes = {
        "A1": ligne(dispositifs["A"], "4AJ", "600.00", retenu="100.00", ae=aes["A"], quantite="5", charges="2000.00"),
        "A2": ligne(dispositifs["A"], "CAPSO", "300.00", quantite="3", lieu="TERNOIS"),
        "A3": ligne(dispositifs["A"], "ADEFI", "300.00", quantite="2"),
        "B1": ligne(dispositifs["B"], "AMIE", "700.00"),
        "C1": ligne(dispositifs["C"], "Habitat Insertion", "1500.00", charges="2000.00"),
    }
    return m
