"""What the tests of the rules share: a rapport with which no rule finds fault, and cases that each change one thing.

A case says what a rule finds when `fait` is done to that rapport, and that it finds nothing when `voisin`, the nearest
situation, is done instead. The rapport is built once per module; each test works in a savepoint.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils.timezone import make_aware

from budget.models import Inscription, LigneBudgetaire
from deliberations.controle.examen import Examen, Moment
from deliberations.controle.registre import REGLES
from deliberations.models import (
    AnnexePresentee,
    AvisDeCommission,
    BlocDeVote,
    Commission,
    EditionDuRapport,
    Elu,
    Presence,
    Rapport,
    RecetteProposee,
    Seance,
    Signataire,
    TexteJuridique,
    VisaJuridique,
)
from programmes.models import LigneDossier, Quantite, Representant, SourceFinancement, Structure
from tests import maquette
from tests.assemblee import tenir

SIRETS = ("34309733300078", "48782289200013", "41351608900013")
DEBUT, FIN = date(2024, 7, 1), date(2025, 6, 30)
AVIS_LE = date(2024, 6, 3)
PAR_CLE = {r.cle: r for r in REGLES}


def rien(s) -> None:
    """The rapport as it is built."""


@dataclass(frozen=True)
class Cas:
    """`attendu`: the messages, every space an ordinary one. `fait` may return the Examen to read, when the fault is one
    that the data cannot hold and is planted in what was computed from them."""

    regle: str
    fait: Callable
    attendu: list[str]
    voisin: Callable = rien
    moment: Moment = Moment.ENVOI

    def __str__(self):
        return f"{self.regle}-{self.fait.__name__.strip('_')}"


class Situation:
    """Rows are read again by each access: a test works in a savepoint, nothing is kept from the one before."""

    @property
    def rapport(self) -> Rapport:
        return Rapport.objects.select_related("seance__instance").get(numero="64")

    @property
    def propositions(self) -> list:
        return list(self.rapport.propositions.select_related("operation__thematique", "ligne__dossier__structure"))

    @property
    def operation(self):
        return self.propositions[0].operation

    @property
    def thematique(self):
        return self.operation.thematique

    def ligne(self, rang: int) -> LigneDossier:
        return self.propositions[rang].ligne

    def structure(self, rang: int) -> Structure:
        return self.ligne(rang).dossier.structure

    def financement(self, rang: int):
        return self.ligne(rang).financements.get()

    @property
    def seance(self) -> Seance:
        return self.rapport.seance

    @property
    def elus(self) -> list[Elu]:
        return list(Elu.objects.order_by("ordre"))

    @property
    def bloc(self) -> BlocDeVote:
        return BlocDeVote.objects.first()

    @property
    def instruction(self):
        return maquette.equipe().instruction

    def examen(self, moment=Moment.ENVOI) -> Examen:
        return Examen(self.rapport, moment=moment)

    def ecrire(self, texte: str) -> None:
        """The introduction of the rapport."""
        changer(self.rapport, introduction=texte)

    def presence(self, rang: int, etat: str, mandataire=None) -> None:
        Presence.objects.filter(elu=self.elus[rang]).update(etat=etat, mandataire=mandataire)

    def operation_suivante(self, numero="2"):
        """An opération of the same thématique, with its texts and no line yet."""
        creee = maquette.operation(self.rapport, numero=numero, libelle=f"O{numero}")
        changer(creee, descriptif="Ce qu’elle fait.", proposition="La reconduire.", bilan="Tenu.")
        return creee

    def presenter(self, montant, operation=None, *, rang_ae=0, nom="CAPSO", quantite=None, **options):
        """One more line, as complete as the others. Returns the proposition."""
        options.setdefault("ae", self.financement(rang_ae).autorisation if "source" not in options else None)
        creee = maquette.presenter(
            self.rapport, operation or self.operation, montant, nom=nom, par=self.instruction, **options
        )
        completer(creee.ligne)
        if quantite:
            Quantite.objects.create(ligne=creee.ligne, valeur=Decimal(quantite), unite="places")
        return creee


def changer(objet, **champs):
    """Write past the verbs: what is tested is what the check reads, not how it came there."""
    type(objet)._base_manager.filter(pk=objet.pk).update(**champs)


def completer(ligne):
    changer(ligne, debut=DEBUT, fin=FIN, nature_acte="convention_type")


def envoyer_le(edition, jour: date) -> None:
    changer(edition, le=make_aware(datetime.combine(jour, time(9))))


def source(code="fsl"):
    return SourceFinancement.objects.get_or_create(code=code, defaults={"libelle": code.upper()})[0]


def recette(montant) -> RecetteProposee:
    """Revenue of which the budget inscribes 100,00 €."""
    ligne = LigneBudgetaire.objects.create(
        code="C02-428N01", sens="recette", nature="7478", fonction="428", libelle="Participation de l’État"
    )
    inscription = Inscription.objects.create(ligne=ligne, exercice=maquette.ANNEE, montant=Decimal("100.00"))
    return RecetteProposee.objects.create(
        rapport=Rapport.objects.get(numero="64"), inscription=inscription, montant=Decimal(montant)
    )


def construire() -> Situation:
    """400,00 € for 4AJ and 200,00 € for CAPSO on C02-100A01, 50,00 € for ADEFI on C02-100A02, 100,00 € a place; three
    members present (Anne ALLARD chairs, Chloé CARLIER writes), one block."""
    m = maquette.monde()
    for rang, (ligne, places) in enumerate(zip(m.lignes, ("4", "2", "0.5"), strict=True)):
        completer(ligne)
        Quantite.objects.create(ligne=ligne, valeur=Decimal(places), unite="places")
        changer(ligne.dossier.structure, siret=SIRETS[rang])
        Representant.objects.create(
            structure=ligne.dossier.structure, civilite="Mme", prenom="Dominique", nom="ESSAI", qualite="Présidente",
            habilitation="délibération du 3 mars 2022", debut=date(2022, 1, 1),
        )  # fmt: skip
    changer(m.rapport, introduction="Chaque année, le Département soutient l’inclusion.")
    changer(m.operation, descriptif="Ce qu’elle fait.", proposition="La reconduire.", bilan="Tenu.")
    AnnexePresentee.objects.create(
        rapport=m.rapport, cle="modele", nature="modele", nature_acte="convention_type", texte="Articles.", ordre=2
    )
    texte = TexteJuridique.objects.create(code="cgct", nature="code", texte="le code des collectivités")
    VisaJuridique.objects.create(rapport=m.rapport, texte=texte)
    commission = Commission.objects.create(numero=2, libelle="Solidarités")
    AvisDeCommission.objects.create(rapport=m.rapport, commission=commission, date=AVIS_LE)
    edition = EditionDuRapport.objects.create(
        rapport=m.rapport, rang=1, destinataires="commissions", par=m.equipe.assemblees
    )
    envoyer_le(edition, AVIS_LE)
    tenir(m.rapport.seance)
    anne, _, chloe = (p.elu for p in Presence.objects.order_by("elu__ordre"))
    signataire = Signataire.objects.create(
        code="dgs", civilite="Mme", prenom="Dominique", nom="ESSAI", qualite="La Directrice", debut=date(2021, 7, 1)
    )
    changer(m.rapport.seance, president=anne, secretaire=chloe, signataire=signataire)
    BlocDeVote.objects.create(rapport=m.rapport)
    return Situation()


@contextmanager
def une_fois(django_db_blocker):
    """The situation, built once: to be entered by a fixture of module scope."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield construire()
        transaction.set_rollback(True)


def relever(examen, cle: str) -> list[str]:
    """Messages of one rule, every space an ordinary one."""
    trouves = [c.message for groupe in PAR_CLE[cle].appliquer(examen) for c in groupe.constats]
    return [" ".join(message.replace("\u00a0", " ").replace("\u202f", " ").split()) for message in trouves]


def verifier_le_constat(s, cas):
    assert cas.moment in PAR_CLE[cas.regle].moments
    examen = cas.fait(s) or s.examen(cas.moment)
    assert relever(examen, cas.regle) == cas.attendu


def verifier_le_voisin(s, cas):
    examen = cas.voisin(s) or s.examen(cas.moment)
    assert relever(examen, cas.regle) == []


def avec_un_cas(liste):
    """Parametrise a test by the cases of its module."""
    return pytest.mark.parametrize("cas", liste, ids=str)
