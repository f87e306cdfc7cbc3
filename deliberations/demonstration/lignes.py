"""Lines of a rapport: one by one through the acts of the instruction, or taken over in bulk as an import does."""

from dataclasses import dataclass
from decimal import Decimal

from budget.models import AutorisationEngagement, Inscription
from deliberations.demonstration.fichiers import jour
from deliberations.models import AnnexePresentee, OperationPresentee, Proposition
from dpid.models import Journal
from programmes.models import (
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    Structure,
)


@dataclass
class LignePrevue:
    """A line of the fixture with what it names."""

    operation: OperationPresentee
    ordre: int
    dispositif: Dispositif
    structure: Structure
    donnees: dict
    annexe: AnnexePresentee | None
    recette: Inscription | None

    @property
    def placement(self) -> dict:
        """How the rapport prints it."""
        formule = self.donnees["acte"].get("formule", "")
        return {"ordre": self.ordre, "annexe": self.annexe, "recette": self.recette, "formule_acte": formule}


def _ligne(dossier, d, **options) -> LigneDossier:
    acte = d.get("acte", {})
    propose = d.get("montant") or d.get("propose")
    return LigneDossier(
        dossier=dossier,
        description=d["description"],
        debut=jour(d.get("debut")),
        fin=jour(d.get("fin")),
        demande=Decimal(d.get("demande") or propose),
        propose=Decimal(propose) if propose else None,
        nature_acte=acte.get("nature", ""),
        acte_initial_numero=acte.get("initial_numero", ""),
        acte_initial_le=jour(acte.get("initial_le")),
        numero_avenant=acte.get("avenant"),
        ancien_montant=Decimal(d["ancien_montant"]) if "ancien_montant" in d else None,
        montant_imprime=d.get("imprime", LigneDossier.MontantImprime.COMPLEMENT),
        **options,
    )


def _lieux(ligne, d, registre):
    return [
        LigneTerritoire(ligne=ligne, territoire=registre.territoires[code], ordre=ordre)
        for ordre, code in enumerate(d["territoires"], start=1)
    ]


def _quantites(ligne, d):
    return [Quantite(ligne=ligne, valeur=Decimal(valeur), unite=unite) for valeur, unite in d.get("quantites", [])]


# --- One by one


def saisir(dispositif, structure, d, registre, par) -> LigneDossier:
    """A dossier of one line, as an instructor enters it."""
    dossier = Dossier.objects.create(dispositif=dispositif, structure=structure, intitule=d["description"][:250])
    ligne = _ligne(dossier, d)
    ligne.save()
    for enfant in [*_lieux(ligne, d, registre), *_quantites(ligne, d)]:
        enfant.save()
    if d.get("source"):
        Financement.objects.create(ligne=ligne, source=registre.sources[d["source"]], montant=Decimal(d["montant"]))
    elif ligne.propose:
        ligne.arbitrer(ligne.propose, par=par)
    return ligne


def inscrire(rapport, prevue: LignePrevue, registre, par):
    ligne = saisir(prevue.dispositif, prevue.structure, prevue.donnees, registre, par)
    ligne.dossier.proposer(par=par)
    rapport.inscrire(ligne, prevue.operation, par=par, **prevue.placement)


# --- In bulk


def reprendre(prevues: list[LignePrevue], annee: int, registre, par):
    """Dossiers of origin « reprise », one per structure and dispositif: the acts that led to them are not known."""
    dossiers: dict[tuple, Dossier] = {}
    for p in prevues:
        intitule = p.donnees["description"][:250]
        dossiers.setdefault(
            (p.dispositif, p.structure),
            Dossier(
                dispositif=p.dispositif, structure=p.structure, intitule=intitule, origine=Dossier.Origine.REPRISE,
                etat=Dossier.Etat.INSCRIT,
            ),
        )  # fmt: skip
    Dossier.objects.bulk_create(dossiers.values())
    Journal.objects.bulk_create(
        Journal.ligne(d, "reprendre_tableau", "Reprendre d’un tableau", par=par, vers=d.etat) for d in dossiers.values()
    )
    rangs = dict.fromkeys(dossiers, 0)
    lignes = []
    for p in prevues:
        cle = (p.dispositif, p.structure)
        rangs[cle] += 1
        lignes.append(_ligne(dossiers[cle], p.donnees, ordre=rangs[cle]))
    LigneDossier.objects.bulk_create(lignes)
    paires = list(zip(prevues, lignes, strict=True))
    LigneTerritoire.objects.bulk_create(t for p, ligne in paires for t in _lieux(ligne, p.donnees, registre))
    Quantite.objects.bulk_create(q for p, ligne in paires for q in _quantites(ligne, p.donnees))
    Financement.objects.bulk_create(_financements(paires, annee, registre))
    Proposition.objects.bulk_create(
        Proposition(operation=p.operation, ligne=ligne, **p.placement) for p, ligne in paires
    )


def _financements(paires, annee, registre):
    """On the default line of the dispositif, or on the outside source that the fixture names."""
    ouvertes = {a.ligne_id: a for a in AutorisationEngagement.objects.de_l_exercice(annee).order_by("millesime")}
    for p, ligne in paires:
        source = p.donnees.get("source")
        origine = (
            {"source": registre.sources[source]}
            if source
            else {"autorisation": ouvertes[p.dispositif.ligne_par_defaut_id]}
        )
        yield Financement(ligne=ligne, montant=ligne.propose, **origine)
