"""A small world for the tests of the chain: accounts, AE, dossiers, rapports. Plain functions, real verbs.

Nothing here takes a short cut around the models: what a test starts from is what the application would have written.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count

from django.apps import apps
from django.db import connection

from budget.models import AutorisationEngagement, LigneBudgetaire
from budget.mouvements import Ecriture, N, enregistrer
from deliberations.models import Instance, OperationPresentee, Rapport, Seance, ThematiquePresentee
from dpid.models import Agent, Role, Territoire
from programmes.models import (
    AppelAProjets,
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Structure,
    Thematique,
)
from tests.assemblee import mener_au_vote

ANNEE = 2024
SEANCE_LE = date(2024, 6, 17)
BUDGET_LE = date(2024, 1, 1)
_suite = count(1)


@dataclass
class Equipe:
    """One account per role; `autre` also holds the role of the secrétariat."""

    instruction: Agent
    chef: Agent
    direction: Agent
    budget: Agent
    assemblees: Agent
    autre: Agent
    consultation: Agent
    systeme: Agent


def agent(username: str, *roles, **options) -> Agent:
    trouve = Agent.objects.filter(username=username).first()
    return trouve or Agent.objects.create(
        username=username, first_name=username.capitalize(), last_name="Essai", roles=[str(r) for r in roles], **options
    )


def equipe() -> Equipe:
    return Equipe(
        instruction=agent("m-instruction", Role.INSTRUCTION),
        chef=agent("m-chef", Role.INSTRUCTION, est_chef_de_service=True),
        direction=agent("m-direction", Role.DIRECTION),
        budget=agent("m-budget", Role.BUDGET),
        assemblees=agent("m-assemblees", Role.ASSEMBLEES),
        autre=agent("m-autre", Role.ASSEMBLEES),
        consultation=agent("m-consultation", Role.CONSULTATION),
        systeme=Agent.objects.filter(username=Agent.SYSTEME).first() or Agent.creer_systeme(),
    )


def code(n: int) -> str:
    """`C02-100A01`, `C02-100A02`…"""
    return f"C02-{100 + n // 100}A{n % 100:02d}"


def autorisation(n: int = 1, vote="1000.00", *, par=None, le=BUDGET_LE, **options) -> AutorisationEngagement:
    """A line of expense and its AE of 2024, voted for `vote` euros (no vote when 0)."""
    ligne, _ = LigneBudgetaire.objects.get_or_create(
        code=code(n), defaults={"nature": "65748", "fonction": "9344", "libelle": f"Ligne {n}", "rang": n}
    )
    ae = AutorisationEngagement.objects.create(ligne=ligne, millesime=ANNEE, **options)
    if Decimal(vote):
        par = par or agent("m-budget", Role.BUDGET)
        enregistrer([Ecriture(ae.pk, N.VOTE, Decimal(vote))], par=par, piece="BP 2024", cle=f"vote-{ae.pk}", le=le)
        ae.refresh_from_db()
    return ae


def ecrire(ae, nature, montant, *, par=None, le=date(2024, 3, 1), cle=None, piece="essai") -> bool:
    """One act of the ledger."""
    ecriture = Ecriture(getattr(ae, "pk", ae), nature, Decimal(montant))
    par = par or agent("m-budget", Role.BUDGET)
    return enregistrer([ecriture], par=par, piece=piece, cle=cle or f"essai-{next(_suite)}", le=le)


def dispositif(reference="4.1", ligne_par_defaut=None, numero=4) -> Dispositif:
    appel, _ = AppelAProjets.objects.get_or_create(annee=ANNEE, defaults={"titre": "Appel à projets"})
    theme, _ = Thematique.objects.get_or_create(appel=appel, numero=numero, defaults={"titre": f"Thème {numero}"})
    trouve, _ = Dispositif.objects.get_or_create(
        thematique=theme,
        reference=reference,
        defaults={
            "titre": f"Dispositif {reference}",
            "libelle_court": f"D{reference}",
            "ligne_par_defaut": ligne_par_defaut,
        },
    )
    return trouve


def territoire(texte="ARTOIS") -> Territoire:
    trouve, _ = Territoire.objects.get_or_create(code=texte[:3], defaults={"libelle": texte})
    return trouve


def ligne(montant=None, *, ae=None, nom="4AJ", source=None, lieu="ARTOIS", answering=None, dossier=None):
    """A line of a dossier in instruction, with one financing of `montant` euros when given."""
    structure, _ = Structure.objects.get_or_create(raison_sociale=nom)
    dossier = dossier or Dossier.objects.create(
        dispositif=answering or dispositif(), structure=structure, intitule=f"Action de {nom}"
    )
    cree = LigneDossier.objects.create(
        dossier=dossier, ordre=dossier.lignes.count() + 1, description="Accompagnement", demande=Decimal("50000")
    )
    LigneTerritoire.objects.create(ligne=cree, territoire=territoire(lieu))
    if montant is not None:
        Financement.objects.create(ligne=cree, autorisation=ae, source=source, montant=Decimal(montant))
    return cree


def rapport(par, *, numero="64", le=SEANCE_LE, titre="Appel à projets 2024", instance="CP") -> Rapport:
    corps, _ = Instance.objects.get_or_create(code=instance, defaults={"libelle": "Commission permanente"})
    seance, _ = Seance.objects.get_or_create(instance=corps, date=le)
    return Rapport.ouvrir(seance=seance, titre=titre, par=par, numero=numero)


def operation(rapport, answering=None, *, numero="1", libelle="CLLAJ") -> OperationPresentee:
    answering = answering or dispositif()
    presentee, _ = ThematiquePresentee.objects.get_or_create(
        rapport=rapport,
        thematique=answering.thematique,
        defaults={"numero": answering.thematique.numero, "titre": answering.thematique.titre},
    )
    creee = OperationPresentee.objects.create(
        thematique=presentee, numero=numero, titre=f"Opération {numero}", libelle_court=libelle
    )
    creee.dispositifs.add(answering)
    return creee


def presenter(rapport, op, montant, *, par, **options):
    """A proposed dossier of one line, placed in `op`. Returns the proposition."""
    nouvelle = ligne(montant, **options)
    nouvelle.dossier.proposer(par=par)
    return rapport.inscrire(nouvelle, op, par=par)


@dataclass
class Monde:
    """A rapport with three lines: 400,00 and 200,00 on `ae` (voted 1 000,00), 50,00 on `ae2` (voted 500,00)."""

    equipe: Equipe
    ae: AutorisationEngagement
    ae2: AutorisationEngagement
    rapport: Rapport
    operation: OperationPresentee
    propositions: list

    @property
    def lignes(self):
        return [p.ligne for p in self.propositions]

    def viser(self, jusqu_a="finances"):
        """Give the visas in order, up to and including `jusqu_a`."""
        comptes = {"chef_service": "chef", "direction": "direction", "finances": "budget"}
        for etape, compte in comptes.items():
            if self.rapport.etape_attendue() == etape:
                self.rapport.viser(par=getattr(self.equipe, compte))
            if etape == jusqu_a:
                break

    def mener_au_vote(self):
        """Visas given, rapport sent to the members, attendance typed."""
        self.viser()
        mener_au_vote(self.rapport, par=self.equipe.assemblees)

    def adopter(self, numero="2024-100", **options):
        if self.rapport.etat == Rapport.Etat.VISE:
            mener_au_vote(self.rapport, par=self.equipe.assemblees)
        return self.rapport.adopter(
            **{"par": self.equipe.assemblees, "numero": numero, "le": self.rapport.seance.date, **options}
        )


def monde(*, numero="64", n=1) -> Monde:
    """See `Monde`; `n` chooses the budget lines, so that several worlds may live together."""
    gens = equipe()
    ae, ae2 = autorisation(n, "1000.00"), autorisation(n + 1, "500.00")
    ouvert = rapport(gens.instruction, numero=numero)
    op = operation(ouvert)
    propositions = [
        presenter(ouvert, op, montant, ae=sur, nom=nom, par=gens.instruction)
        for montant, sur, nom in (("400.00", ae, "4AJ"), ("200.00", ae, "CAPSO"), ("50.00", ae2, "ADEFI"))
    ]
    return Monde(gens, ae, ae2, ouvert, op, propositions)


def lever_declencheurs(table: str) -> None:
    """Drop the append-only triggers of a table, inside the test's own transaction, to plant a gap past the guards."""
    with connection.cursor() as curseur:
        if connection.vendor == "sqlite":
            for verbe in ("update", "delete"):
                curseur.execute(f"DROP TRIGGER {table}_{verbe}_refuse")
        else:
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else: « pending trigger events »
            curseur.execute(f"DROP TRIGGER {table}_refuse ON {table}")


def sql(ordre: str, *parametres) -> int:
    """Raw SQL, around the ORM; returns the number of rows."""
    with connection.cursor() as curseur:
        curseur.execute(ordre, parametres)
        return curseur.rowcount


def etat_de_la_base() -> dict:
    """Number of rows and content of every table that an act may write: « nothing written » is equality of this."""
    modeles = [
        m for m in apps.get_models(include_auto_created=True)
        if m._meta.app_label in ("dpid", "budget", "programmes", "deliberations") and m._meta.managed
    ]  # fmt: skip
    return {m._meta.label: sorted(map(repr, m._base_manager.order_by("pk").values_list())) for m in modeles}
