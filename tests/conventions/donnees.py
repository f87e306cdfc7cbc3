"""A small world for the acts: a published model of each nature, a structure that may sign, a rapport, its lines."""

from datetime import date, timedelta
from decimal import Decimal

from stdnum import luhn

from budget.mouvements import Ecriture, N, enregistrer
from conventions import documents
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire_un
from conventions.models import Acte, BlocDeModele, Modele, VersionDeModele
from deliberations.models import Deliberation, Signataire, Transmission
from programmes.models import Fiche, Indicateur, LigneDossier, Representant, Structure, VersementPrevu
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    StructureFactory,
)

Nature = BlocDeModele.Nature
BLOCS = {
    Modele.Nature.CONVENTION_TYPE: [
        (Nature.VISA, "code", "", "le code de l’action sociale et des familles", {}),
        (Nature.PREAMBULE, "preambule", "", "Le Département soutient {structure}.", {}),
        (Nature.ARTICLE, "objet", "Objet", "La convention porte sur {operations}, {periode}.", {}),
        (Nature.ARTICLE, "cout", "Montant", "La participation est de {montant} au plus.\n\nElle est détaillée en "
         "{annexe:fiche-action}.", {}),
        (Nature.ARTICLE, "versement", "Versements", "Selon l’échéancier :", {"contenu": "versements"}),
        (Nature.ARTICLE, "engagement", "Contrat d’engagement républicain", "L’association le respecte et remet son "
         "compte rendu financier.",
         {"condition": "association"}),
        (Nature.ANNEXE, "fiche-action", "Fiche action", "", {"contenu": "fiches"}),
    ],
    Modele.Nature.AVENANT: [
        (Nature.ARTICLE, "objet", "Objet", "L’avenant modifie la convention {numero} du {date_convention}.", {}),
        (Nature.ARTICLE, "cout", "Montant", "Le nouveau montant est de {montant}.",
         {"operation": "remplacer", "cible": "article", "numero": 4}),
        (Nature.ARTICLE, "autres", "Autres modifications", "", {"contenu": "modifications"}),
        (Nature.ARTICLE, "reste", "Autres dispositions", "Le reste demeure inchangé.", {}),
    ],
}  # fmt: skip


def modele_publie(nature=Modele.Nature.CONVENTION_TYPE, blocs=None, **options):
    """A published version with these blocks."""
    par = AgentFactory(conventions=True)
    options.setdefault("code", f"modele-{Modele.objects.count()}")
    modele = Modele.objects.create(nature=nature, titre=f"Modèle {nature}", **options)
    version = modele.nouvelle_version(par=par)
    for rang, (n, cle, titre, texte, reste) in enumerate(BLOCS[nature] if blocs is None else blocs, 1):
        BlocDeModele.objects.create(
            version_modele=version, ordre=rang, nature=n, cle=cle, titre=titre, texte=texte, **reste
        )
    version.publier(par=par)
    return version


def structure_signataire(**options):
    structure = StructureFactory(**{"adresse": "1 rue d’Exemple 62000 Arras", "siret": siret_libre(), **options})
    Representant.objects.create(
        structure=structure, civilite="Mme", prenom="Jeanne", nom="EXEMPLE", qualite="Présidente",
        habilitation="la délibération du 3 mars 2022", debut=date(2022, 1, 1),
    )  # fmt: skip
    return structure


def siret_libre() -> str:
    """A published one first, then valid ones that belong to nobody."""
    rang = Structure.objects.count()
    if not rang:
        return "48054398200023"
    siren = f"9992{rang:04d}"
    siret = f"{siren}{luhn.calc_check_digit(siren)}0001"
    return siret + luhn.calc_check_digit(siret)


def signataire(**options):
    valeurs = {
        "code": "directrice", "civilite": "Mme", "prenom": "Sabine", "nom": "DESPIERRE", "debut": date(2020, 1, 1),
        "qualite": "La Directrice des politiques d’inclusion durable", "delegation": "l’arrêté du 1er juillet 2021",
    }  # fmt: skip
    return Signataire.objects.create(**{**valeurs, **options})


def dispositif_a_fiche(**options):
    """A dispositif whose fiche fills every label of a fiche action: 60 % in advance, the rest after the bilan."""
    dispositif = DispositifFactory(**options)
    fiche = Fiche.objects.create(
        dispositif=dispositif, public="Jeunes de 16 à 25 ans", objectifs="Accéder à un logement",
        modalites_accueil="Entretiens individuels", profil_professionnel="Travailleur social", bilan="Bilan chiffré",
        bilan_delai_mois=3,
    )  # fmt: skip
    VersementPrevu.objects.create(
        fiche=fiche, ordre=1, type="avance", pourcentage=Decimal(60), declencheur="à la signature"
    )
    VersementPrevu.objects.create(fiche=fiche, ordre=2, type="solde", condition="après le bilan")
    Indicateur.objects.create(fiche=fiche, libelle="Nombre de jeunes logés")
    return dispositif


def ligne_retenue(montant="20000.00", *, structure=None, dispositif=None, ae=None, **options):
    """A financed line, ready for a rapport."""
    dossier = DossierFactory(
        structure=structure or structure_signataire(), dispositif=dispositif or dispositif_a_fiche()
    )
    options.setdefault("nature_acte", LigneDossier.NatureActe.CONVENTION_TYPE)
    options.setdefault("debut", date(2024, 7, 1))
    options.setdefault("fin", date(2025, 6, 30))
    return LigneFactory(dossier=dossier, finance=ae or AutorisationFactory(), finance__montant=montant, **options)


def rapport_de(*lignes):
    return RapportFactory(propositions=lignes)


def actes_de(rapport, par=None):
    """Every act of the rapport that can be made, made."""
    par = par or AgentFactory(conventions=True)
    return [preparer(p, rapport, par=par)[0] for p in prevoir(rapport) if not p.empechement]


def voter(rapport):
    """The délibération of a rapport, exécutoire the next day, without the whole séance."""
    auteur = AgentFactory(assemblees=True)
    deliberation = Deliberation.objects.create(
        rapport=rapport, numero=f"2024-{100 + Deliberation.objects.count()}", date=rapport.seance.date,
        titre=rapport.titre, resultat=Deliberation.Resultat.ADOPTE, par=auteur,
    )  # fmt: skip
    le = rapport.seance.date
    Transmission.objects.create(
        deliberation=deliberation, transmise_le=le, recue_le=le, publiee_le=le + timedelta(days=1)
    )
    return deliberation


def acte_signe(montant="20000.00", *, le, structure=None, **options):
    """An act signed on `le`, its money affected then engaged, through the verbs."""
    if not VersionDeModele.objects.filter(modele__nature=Modele.Nature.CONVENTION_TYPE).exists():
        modele_publie()
        signataire()
    ae = AutorisationFactory()
    structure = structure or structure_signataire(**options)
    rapport = rapport_de(ligne_retenue(montant, structure=structure, ae=ae))
    (acte,) = actes_de(rapport)
    affecter(ae, montant, le=rapport.seance.date)
    voter(rapport)
    acte = Acte.objects.get(pk=acte.pk)
    signer(acte, le=le)
    return acte


def acte_vote(montant="20000.00", **options):
    """A project, voted, exécutoire the next day, its money affected."""
    modele_publie()
    signataire()
    ae = AutorisationFactory()
    rapport = rapport_de(ligne_retenue(montant, ae=ae, **options))
    (acte,) = actes_de(rapport)
    affecter(ae, montant, le=rapport.seance.date)
    voter(rapport)
    return Acte.objects.get(pk=acte.pk)


def affecter(ae, montant, *, le):
    enregistrer(
        [Ecriture(ae.pk, N.AFFECTATION, Decimal(montant))], par=AgentFactory(budget=True), piece="essai",
        cle=f"affectation-{ae.pk}", le=le,
    )  # fmt: skip


def signer(acte, *, le):
    """From the project to the notification, all on the same day."""
    par = AgentFactory(conventions=True)
    acte.remettre(par=par, le=le, edition=edition_sans_pdf(acte, le))
    acte.signer_structure(par=par, le=le)
    acte.signer(par=par, le=le)
    acte.notifier(par=par, le=le)


def edition_sans_pdf(acte, le=None):
    """What is sent to signature on `le`, without the cost of its PDF."""
    return documents.Edition(documents.contexte(lire_un(acte, le)), b"%PDF")
