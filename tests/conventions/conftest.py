"""An agent of the conventions at a browser, a project of act of theirs, an avenant that they have just opened."""

import pytest

from tests.conventions.donnees import actes_de, ligne_retenue, modele_publie, rapport_de, signataire
from tests.conventions.saisies import ouverture, reprise, saisie_avenant
from tests.factories import AgentFactory


@pytest.fixture
def agent():
    return AgentFactory(conventions=True)


@pytest.fixture
def poste(agent, connecter):
    """Their browser."""
    return connecter(agent)


@pytest.fixture
def acte():
    modele_publie()
    signataire()
    (fait,) = actes_de(rapport_de(ligne_retenue()))
    return fait


@pytest.fixture
def avenant(poste):
    """Opened from the page of a convention signed before the application."""
    convention = reprise()
    poste.post(ouverture(convention), saisie_avenant())
    return convention.actes.get(rang=1)
