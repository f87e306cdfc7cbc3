"""Factories of the objects of the trade. State follows from the facts given: nothing here assigns a state.

Money goes through the ledger (`mouvements.enregistrer`) and acts through their verbs, so that what a test starts from
is what the application would have written.
"""

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from budget.models import AutorisationEngagement, LigneBudgetaire
from budget.mouvements import Ecriture, N, enregistrer
from deliberations.models import Instance, OperationPresentee, Rapport, Seance, ThematiquePresentee
from dpid.models import Agent, Role, Service, Territoire
from programmes.models import (
    AppelAProjets,
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    SourceFinancement,
    Structure,
    Thematique,
)

ANNEE = 2024
BUDGET_LE = date(2024, 1, 1)


class AgentFactory(DjangoModelFactory):
    """`AgentFactory(instruction=True)`: one trait per role. Without any, the agent may do nothing."""

    class Meta:
        model = Agent
        skip_postgeneration_save = True

    class Params:
        territoire = factory.Trait(roles=[Role.TERRITOIRE.value])
        instruction = factory.Trait(roles=[Role.INSTRUCTION.value])
        budget = factory.Trait(roles=[Role.BUDGET.value])
        direction = factory.Trait(roles=[Role.DIRECTION.value])
        assemblees = factory.Trait(roles=[Role.ASSEMBLEES.value])
        conventions = factory.Trait(roles=[Role.CONVENTIONS.value])
        consultation = factory.Trait(roles=[Role.CONSULTATION.value])
        administration = factory.Trait(roles=[Role.ADMINISTRATION.value], is_staff=True)

    username = factory.Sequence(lambda n: f"agent-{n}")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Agent {n}")

    @factory.post_generation
    def services(self, create, extracted, **kwargs):
        if create and extracted:
            self.services.set(extracted)

    @factory.post_generation
    def territoires(self, create, extracted, **kwargs):
        if create and extracted:
            self.territoires.set(extracted)


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = Service

    code = factory.Sequence(lambda n: f"service-{n}")
    libelle = factory.Sequence(lambda n: f"Service {n}")


class TerritoireFactory(DjangoModelFactory):
    class Meta:
        model = Territoire
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"T{n}")
    libelle = factory.Sequence(lambda n: f"Territoire {n}")
    ordre = factory.Sequence(lambda n: n % 1000)

    @factory.post_generation
    def inclus(self, create, extracted, **kwargs):
        """A grouping: the territoires that it includes."""
        if create and extracted:
            self.inclus.set(extracted)


class LigneBudgetaireFactory(DjangoModelFactory):
    class Meta:
        model = LigneBudgetaire

    code = factory.Sequence(lambda n: f"C02-{100 + n // 100 % 900}A{n % 100:02d}")
    nature = "6568"
    fonction = "93428"
    libelle = factory.Sequence(lambda n: f"Ligne budgétaire {n}")
    rang = factory.Sequence(lambda n: n % 1000)


class AutorisationFactory(DjangoModelFactory):
    """An AE voted for `vote` euros on the first day of the year (nothing when 0)."""

    class Meta:
        model = AutorisationEngagement
        skip_postgeneration_save = True

    ligne = factory.SubFactory(LigneBudgetaireFactory)
    millesime = ANNEE

    @factory.post_generation
    def vote(self, create, extracted, **kwargs):
        montant = Decimal("100000.00" if extracted is None else extracted)
        if create and montant:
            par = Agent.objects.filter(username="finances").first() or AgentFactory(username="finances", budget=True)
            ecriture = Ecriture(self.pk, N.VOTE, montant)
            enregistrer([ecriture], par=par, piece=f"BP {self.millesime}", cle=f"vote-{self.pk}", le=BUDGET_LE)
            self.refresh_from_db()


class AppelFactory(DjangoModelFactory):
    class Meta:
        model = AppelAProjets
        django_get_or_create = ["annee"]

    annee = ANNEE
    titre = "Appel à projets"


class ThematiqueFactory(DjangoModelFactory):
    class Meta:
        model = Thematique
        django_get_or_create = ["appel", "numero"]

    appel = factory.SubFactory(AppelFactory)
    numero = 1
    titre = factory.LazyAttribute(lambda o: f"Thématique {o.numero}")


class DispositifFactory(DjangoModelFactory):
    class Meta:
        model = Dispositif

    thematique = factory.SubFactory(ThematiqueFactory)
    reference = factory.Sequence(lambda n: f"1.{n}")
    titre = factory.Sequence(lambda n: f"Dispositif {n}")
    libelle_court = factory.Sequence(lambda n: f"D{n}")


class StructureFactory(DjangoModelFactory):
    class Meta:
        model = Structure

    raison_sociale = factory.Sequence(lambda n: f"Structure {n}")


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = SourceFinancement

    code = factory.Sequence(lambda n: f"source-{n}")
    libelle = factory.Sequence(lambda n: f"Source {n}")


class DossierFactory(DjangoModelFactory):
    """A dossier in instruction; `lignes=3` gives it lines, `propose=True` proposes it (one line at least)."""

    class Meta:
        model = Dossier
        skip_postgeneration_save = True

    dispositif = factory.SubFactory(DispositifFactory)
    structure = factory.SubFactory(StructureFactory)
    intitule = factory.Sequence(lambda n: f"Action {n}")

    @factory.post_generation
    def lignes(self, create, extracted, **kwargs):
        for _ in range(extracted or 0):
            LigneFactory(dossier=self, **kwargs)

    @factory.post_generation
    def propose(self, create, extracted, **kwargs):
        if create and extracted:
            if not self.lignes.exists():
                LigneFactory(dossier=self)
            self.proposer(par=AgentFactory(instruction=True))


class LigneFactory(DjangoModelFactory):
    """A line somewhere. `finance=ae` (or a source, or `"à imputer"`) retains `retenu` euros on it."""

    class Meta:
        model = LigneDossier
        skip_postgeneration_save = True
        exclude = ["retenu"]

    dossier = factory.SubFactory(DossierFactory)
    ordre = factory.LazyAttribute(lambda o: o.dossier.lignes.count() + 1)
    description = "Accompagnement de jeunes sans logement"
    demande = Decimal("1000.00")
    propose = Decimal("800.00")
    retenu = Decimal("800.00")

    @factory.post_generation
    def territoires(self, create, extracted, **kwargs):
        for rang, territoire in enumerate(extracted or [TerritoireFactory()], 1):
            LigneTerritoire.objects.create(ligne=self, territoire=territoire, ordre=rang)

    @factory.post_generation
    def quantite(self, create, extracted, **kwargs):
        if extracted:
            Quantite.objects.create(ligne=self, valeur=Decimal(extracted), unite="mesures")

    @factory.post_generation
    def finance(self, create, extracted, montant="800.00", **kwargs):
        if extracted is not None:
            financer(self, montant, extracted)


def financer(ligne, montant, origine="à imputer") -> Financement:
    """Retain `montant` euros on an AE, on an outside source, or « à imputer »."""
    return Financement.objects.create(
        ligne=ligne,
        autorisation=origine if isinstance(origine, AutorisationEngagement) else None,
        source=origine if isinstance(origine, SourceFinancement) else None,
        montant=Decimal(montant),
    )


class InstanceFactory(DjangoModelFactory):
    class Meta:
        model = Instance
        django_get_or_create = ["code"]

    code = "CP"
    libelle = "Commission permanente"


class SeanceFactory(DjangoModelFactory):
    class Meta:
        model = Seance
        django_get_or_create = ["instance", "date"]

    instance = factory.SubFactory(InstanceFactory)
    date = date(2024, 6, 17)


class RapportFactory(DjangoModelFactory):
    """A rapport in preparation, opened by its verb. `propositions=[lignes]` presents these lines.

    Its number is the secrétariat's: a provisional one is never voted.
    """

    class Meta:
        model = Rapport
        skip_postgeneration_save = True

    seance = factory.SubFactory(SeanceFactory)
    numero = factory.Sequence(lambda n: str(700 + n))
    titre = "Appel à projets 2024"
    par = factory.SubFactory(AgentFactory, instruction=True)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.ouvrir(**kwargs)

    @factory.post_generation
    def propositions(self, create, extracted, **kwargs):
        for ligne in extracted or ():
            presenter(self, ligne)


def operation_de(rapport, dispositif) -> OperationPresentee:
    """The operation that presents `dispositif` in `rapport`, made when needed."""
    trouvee = OperationPresentee.objects.filter(thematique__rapport=rapport, dispositifs=dispositif).first()
    if trouvee:
        return trouvee
    thematique, _ = ThematiquePresentee.objects.get_or_create(
        rapport=rapport,
        thematique=dispositif.thematique,
        defaults={"numero": dispositif.thematique.numero, "titre": dispositif.thematique.titre},
    )
    operation = OperationPresentee.objects.create(
        thematique=thematique, numero=dispositif.reference, titre=dispositif.titre, libelle_court=dispositif.reference
    )
    operation.dispositifs.add(dispositif)
    return operation


def presenter(rapport, ligne):
    """Propose the dossier of `ligne` when needed, and place the line in the rapport."""
    dossier = ligne.dossier
    if dossier.etat == Dossier.Etat.EN_INSTRUCTION:
        dossier.proposer(par=rapport.cree_par)
    return rapport.inscrire(ligne, operation_de(rapport, dossier.dispositif), par=rapport.cree_par)
