"""Documents and adoption too long for a request: asked in a page, made by the real worker, kept with their agent."""

import pytest

from deliberations.demonstration import lire_json
from deliberations.demonstration.assemblee import saisir_assistance
from deliberations.documents import pieces
from deliberations.models import Rapport
from deliberations.tasks import demander_adoption, demander_edition
from dpid.models import Agent, Travail
from tests.assemblee import envoyer

pytestmark = [pytest.mark.usefixtures("demo_en_preparation", "db"), pytest.mark.neutre]


@pytest.fixture
def rapport():
    return Rapport.objects.select_related("seance__instance", "service").get(numero="64")


def agent(nom):
    return Agent.objects.get(username=nom)


def travailler(travail):
    """What the worker does of one message, without its loop."""
    from dpid.tasks import executer

    executer.func(travail.pk)
    travail.refresh_from_db()
    return travail


def test_une_edition_demandee_deux_fois_est_faite_une_fois(rapport):
    premier = demander_edition(rapport, "repartition", "pdf", par=agent("instruction"))
    assert demander_edition(rapport, "repartition", "pdf", par=agent("instruction")).pk == premier.pk
    travailler(premier)
    assert premier.etat == Travail.Etat.TERMINE, premier.message
    assert bytes(premier.resultat).startswith(b"%PDF-") and premier.nom_fichier.endswith(".pdf")


def test_un_rapport_modifie_est_edite_de_nouveau(rapport):
    premier = demander_edition(rapport, "repartition", "csv", par=agent("instruction"))
    rapport.propositions.last().ligne.arbitrer(9_000, par=agent("instruction"))
    assert demander_edition(rapport, "repartition", "csv", par=agent("instruction")).pk != premier.pk


def test_l_adoption_se_fait_une_fois_et_se_dit(rapport):
    for compte in ("chef", "direction", "budget"):
        rapport.viser(par=agent(compte))
    saisir_assistance(rapport.seance, lire_json("rapport_2023-604.json")["seance"]["presences"])
    envoyer(rapport, par=agent("instruction"))
    travail = demander_adoption(rapport, numero="2023-604", le=rapport.seance.date, par=agent("assemblees"))
    travailler(travail)
    assert travail.etat == Travail.Etat.TERMINE and "2023-604" in travail.message
    # The message comes again after a crash between the commit and the conclusion: found done, not done again.
    Travail.objects.filter(pk=travail.pk).update(etat=Travail.Etat.EN_ATTENTE)
    assert travailler(travail).etat == Travail.Etat.TERMINE
    assert Rapport.objects.get(pk=rapport.pk).deliberation.documents.count() == len(pieces(rapport)) - 1


def test_un_refus_est_celui_de_l_acte(rapport):
    travail = demander_adoption(rapport, numero="2023-604", le=rapport.seance.date, par=agent("assemblees"))
    travailler(travail)
    assert travail.etat == Travail.Etat.ECHOUE and "visa attendu" in travail.message
