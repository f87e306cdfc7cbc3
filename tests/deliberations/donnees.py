"""A small rapport built row by row for the tests of the documents: lines of every kind that an annexe prints."""

from datetime import date
from decimal import Decimal

from budget.models import AutorisationEngagement, LigneBudgetaire
from budget.mouvements import Ecriture, N, enregistrer
from deliberations.models import (
    AnnexePresentee,
    AvisDeCommission,
    Commission,
    Instance,
    OperationPresentee,
    Proposition,
    Rapport,
    Seance,
    Signataire,
    TexteJuridique,
    ThematiquePresentee,
    VisaJuridique,
)
from dpid.models import Agent, Service, Territoire
from programmes.models import (
    AppelAProjets,
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    SourceFinancement,
    Structure,
    Thematique,
)
from tests.assemblee import elu

JOUR = date(2023, 12, 11)
CAF = {
    "structure": "CAISSE D'ALLOCATIONS FAMILIALES (CAF)",
    "montant": "156236.00",
    "code": "C02-446A05",
    "nature_acte": "avenant",
    "numero_avenant": 4,
    "annexe_acte": 4,
}
CLLAJ = [
    {
        "structure": nom,
        "montant": "20000.00",
        "code": "C02-428B02",
        "nature_acte": "avenant",
        "annexe_acte": 3,
        "acte_initial_le": date(2022, 9, 7),
    }
    for nom in ("4AJ", "Habitat Insertion", "Rencontres et Loisirs", "CAPSO", "Mission Locale", "AMIE", "ADEFI")
]
FAJ = [
    {
        "structure": "MAISON DE L'EMPLOI ET DES METIERS EN PAYS D'ARTOIS",
        "montant": "5121.00",
        "code": "C02-428C02",
        "nature_acte": "convention_type",
    },
    {
        "structure": "Fédération des Centres Sociaux",
        "montant": "10000.00",
        "code": "C02-428C02",
        "nature_acte": "convention_type",
    },
]
PUBLIE = [
    (3, "Accès au logement et accompagnement budgétaire", [("CAF", [CAF])]),
    (4, "Autonomie et inclusion des jeunes", [("CLLAJ", CLLAJ), ("FAJ collectif", FAJ)]),
]
AUTORISATIONS = {
    "C02-446A05": (1, "93446", "Indemnisation des organismes référents", "6193643.00", "882651.77"),
    "C02-428C02": (2, "93428", "Accompagnement des jeunes", "1331000.00", "259559.54"),
    "C02-428B02": (3, "93428", "Logement des jeunes", "600000.00", "176000.00"),
}


def agent(nom="preparatrice") -> Agent:
    return Agent.objects.get_or_create(username=nom, defaults={"roles": ["instruction"]})[0]


def ouvrir_ae() -> dict[str, AutorisationEngagement]:
    """The three AE of 2023 with the published disponible."""
    ouvertes = {}
    for code, (rang, fonction, libelle, vote, disponible) in AUTORISATIONS.items():
        ligne = LigneBudgetaire.objects.create(code=code, nature="6568", fonction=fonction, libelle=libelle, rang=rang)
        ae = AutorisationEngagement.objects.create(ligne=ligne, millesime=2023)
        autres = Decimal(vote) - Decimal(disponible)
        ecritures = [Ecriture(ae.pk, N.VOTE, Decimal(vote)), Ecriture(ae.pk, N.HORS_APPLICATION, autres)]
        enregistrer(ecritures, par=agent(), piece="Budget 2023", cle=f"doc-{code}", le=date(2023, 1, 1))
        ouvertes[code] = ae
    return ouvertes


def rapport(thematiques=PUBLIE, **champs) -> Rapport:
    """A rapport of the commission permanente of 11/12/2023, with `(numéro, titre, [(opération, [ligne])])`."""
    instance, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
    seance, _ = Seance.objects.get_or_create(
        instance=instance,
        date=JOUR,
        defaults={
            "president": elu(
                "leroy", civilite="M.", prenom="Jean-Claude", nom="LEROY", instance=instance,
                qualite="Président du Conseil départemental",
            ),
            "secretaire": elu("bachelet", civilite="M.", prenom="Claude", nom="BACHELET", instance=instance),
            "signataire": _signataire(),
        },
    )  # fmt: skip
    service, _ = Service.objects.get_or_create(
        code="mbce", defaults={"libelle": "Mission budget", "pole": "Pôle Solidarités", "direction": "Direction"}
    )
    valeurs = {
        "numero": "64",
        "titre": "Appel à projets des politiques d’inclusion durable 2023 - Phase 7",
        "service": service,
        "introduction": "Chaque année, le Département soutient l’inclusion :\n- premier axe ;\n- second axe.\n\nFin !",
        **champs,
    }
    cree = Rapport.objects.create(seance=seance, cree_par=agent(), **valeurs)
    _textes(cree)
    ae = {a.ligne.code: a for a in AutorisationEngagement.objects.select_related("ligne")} or ouvrir_ae()
    appel, _ = AppelAProjets.objects.get_or_create(annee=2023, defaults={"titre": "Appel à projets DPID"})
    for ordre, (numero, titre, operations) in enumerate(thematiques, start=1):
        theme, _ = Thematique.objects.get_or_create(appel=appel, numero=numero, defaults={"titre": titre})
        presentee = ThematiquePresentee.objects.create(
            rapport=cree, thematique=theme, numero=numero, titre=titre, ordre=ordre, texte="Texte de la thématique."
        )
        for rang, (libelle, lignes) in enumerate(operations, start=1):
            _operation(presentee, rang, libelle, lignes, ae)
    return cree


def _signataire() -> Signataire:
    return Signataire.objects.get_or_create(
        code="vinclaire",
        defaults={"civilite": "Mme", "prenom": "Maryline", "nom": "VINCLAIRE", "debut": date(2021, 7, 1),
                  "qualite": "La Directrice générale des services"},
    )[0]  # fmt: skip


def _textes(cree):
    """Two texts cited, one avis, and four annexes: presentation, répartition, two projects of act."""
    for ordre, texte in enumerate(("le code général des collectivités territoriales", "la loi n° 90-449"), start=1):
        cite, _ = TexteJuridique.objects.get_or_create(code=f"texte-{ordre}", defaults={"texte": texte})
        VisaJuridique.objects.create(rapport=cree, texte=cite, ordre=ordre)
    commission, _ = Commission.objects.get_or_create(numero=2, defaults={"libelle": "Solidarités humaines"})
    AvisDeCommission.objects.create(rapport=cree, commission=commission, date=date(2023, 11, 27))
    natures = (("presentation", "descriptive"), ("repartition", "repartition"), ("cllaj", "projet_acte"),
               ("caf", "projet_acte"))  # fmt: skip
    for ordre, (cle, nature) in enumerate(natures, start=1):
        AnnexePresentee.objects.create(rapport=cree, cle=cle, nature=nature, ordre=ordre)


def _operation(presentee, rang, libelle, lignes, ae):
    dispositif, _ = Dispositif.objects.get_or_create(
        thematique=presentee.thematique, reference=f"{presentee.numero}.{rang}", defaults={"titre": libelle}
    )
    operation = OperationPresentee.objects.create(
        thematique=presentee,
        numero=str(rang),
        titre=f"Opération {libelle}",
        libelle_court=libelle,
        descriptif="Ce que fait l’opération.",
        bilan="Action nouvelle.",
        proposition="Reconduire l’action.",
        ordre=rang,
    )
    for ordre, ligne in enumerate(lignes, start=1):
        placer(operation, dispositif, ordre, dict(ligne), ae)


def placer(operation, dispositif, ordre, ligne, ae):
    """One line with its financing: `code` names an AE, `source` a source outside the budget."""
    nom = ligne.pop("structure")
    structure, _ = Structure.objects.get_or_create(raison_sociale=nom, defaults={"siret": ligne.pop("siret", None)})
    montant, code, source = Decimal(ligne.pop("montant")), ligne.pop("code", None), ligne.pop("source", None)
    placement = {cle: ligne.pop(cle) for cle in ("formule_acte",) if cle in ligne}
    if numero := ligne.pop("annexe_acte", None):
        placement["annexe"] = operation.le_rapport.annexes.all()[numero - 1]
    territoires = ligne.pop("territoires", ["Artois"])
    dossier = Dossier.objects.create(dispositif=dispositif, structure=structure)
    ligne = {"description": "Développement de l’action", **ligne}
    creee = LigneDossier.objects.create(dossier=dossier, **ligne)
    for rang, libelle in enumerate(territoires, start=1):
        territoire, _ = Territoire.objects.get_or_create(libelle=libelle, defaults={"code": libelle[:10].upper()})
        LigneTerritoire.objects.create(ligne=creee, territoire=territoire, ordre=rang)
    if source:
        source, _ = SourceFinancement.objects.get_or_create(code=source.lower(), defaults={"libelle": source})
    if montant or code:
        Financement.objects.create(
            ligne=creee, montant=montant, autorisation=ae.get(code) if code else None, source=source
        )
    Proposition.objects.create(operation=operation, ligne=creee, ordre=ordre, **placement)
