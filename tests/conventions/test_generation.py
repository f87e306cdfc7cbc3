"""Making the acts of a rapport: what two officers do at the same time, which opérations go together."""

import pytest

from conventions.generation import lot
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.models import Acte
from dpid.erreurs import ActeRefuse
from dpid.tasks import executer_ici
from tests.conventions.donnees import ligne_retenue, modele_publie, rapport_de, signataire, structure_signataire
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def structure():
    modele_publie()
    signataire()
    return structure_signataire()


@pytest.fixture
def rapport(structure):
    """Two opérations of one structure, one of another."""
    autre = structure_signataire()
    return rapport_de(*(ligne_retenue(structure=s) for s in (structure, structure, autre)))


# --- Two officers at the same time


def test_une_ligne_prise_entre_temps_refuse_son_acte_et_laisse_faire_les_autres(rapport, par, monkeypatch):
    """The plan of a batch is read, then another officer makes an act of one of its lines."""

    def pendant(*args, **options):
        plan = prevoir(*args, **options)
        seule = prevoir(rapport)[0]
        seule.lignes = seule.lignes[:1]
        preparer(seule, rapport, par=AgentFactory(conventions=True))
        return plan

    travail = lot.demander_generation(rapport, par=par, jeton="a")
    monkeypatch.setattr(lot, "prevoir", pendant)
    executer_ici(travail)
    travail.refresh_from_db()
    pris = Acte.objects.order_by("pk").first()
    assert travail.etat == "termine" and Acte.objects.count() == 2
    refusee, faite = travail.elements.order_by("pk")
    assert (refusee.est_fait, faite.est_fait) == (False, True)
    assert f"dans un autre acte : {pris}." in refusee.phrase


def test_un_rang_pris_au_meme_instant_se_dit(rapport, par, monkeypatch):
    """What only the database sees: the unicity of the key, after the lines were found free."""
    prevu = prevoir(rapport)[0]
    Acte.objects.create(convention=preparer(prevoir(rapport)[1], rapport, par=par)[0].convention, rang=1, cle=prevu.cle)
    with pytest.raises(ActeRefuse, match="au même instant"):
        preparer(prevu, rapport, par=par)
    assert Acte.objects.count() == 2
