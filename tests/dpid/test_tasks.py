"""Background jobs: asked once, taken by one worker, taken up again when it died, concluded once."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from dpid import tasks
from dpid.erreurs import ActeRefuse
from dpid.management.commands import travailleur
from dpid.models import Travail
from tests import maquette

pytestmark = pytest.mark.django_db
Etat = Travail.Etat


@pytest.fixture
def fabrique(monkeypatch):
    """A factory whose calls are counted; queued messages are kept aside, as a worker that has not come yet."""
    appels, messages = [], []
    monkeypatch.setitem(tasks._fabriques, "essai", lambda t: (appels.append(t.pk), (b"fait", "essai.txt"))[1])
    monkeypatch.setattr(type(tasks.executer), "enqueue", lambda self, pk: messages.append(pk))
    return appels, messages


def demander(cle="c", **parametres):
    return tasks.demander("essai", "Essai", parametres, par=maquette.equipe().instruction, cle=cle)


def vieillir(travail, **champs):
    passe = timezone.now() - timedelta(minutes=2, seconds=1)
    Travail.objects.filter(pk=travail.pk).update(**(champs or {"battement_le": passe, "demande_le": passe}))
    return passe


def test_la_meme_cle_est_le_meme_travail(fabrique):
    appels, messages = fabrique
    assert demander().pk == demander().pk and messages == [demander().pk]
    assert demander("autre").pk != demander().pk


def test_execute_une_fois_meme_si_le_message_arrive_deux_fois(fabrique):
    appels, _ = fabrique
    t = demander()
    tasks.executer.func(t.pk)
    tasks.executer.func(t.pk)
    t.refresh_from_db()
    assert (t.etat, bytes(t.resultat), t.nom_fichier, appels) == ("termine", b"fait", "essai.txt", [t.pk])


def test_un_refus_et_une_panne_se_disent_et_se_reessaient(fabrique, monkeypatch):
    _, messages = fabrique

    def refuser(travail):
        raise ActeRefuse("Le rapport a été modifié.")

    monkeypatch.setitem(tasks._fabriques, "essai", refuser)
    t = demander()
    tasks.executer.func(t.pk)
    t.refresh_from_db()
    assert (t.etat, t.message, t.resultat) == ("echoue", "Le rapport a été modifié.", None)
    monkeypatch.setitem(tasks._fabriques, "essai", lambda t: 1 / 0)
    assert demander().etat == "en_attente" and len(messages) == 2
    tasks.executer.func(t.pk)
    t.refresh_from_db()
    assert t.etat == "echoue" and "réessayez" in t.message and "division" not in t.message


def test_un_travail_en_cours_n_est_pas_pris_deux_fois(fabrique):
    appels, _ = fabrique
    t = demander()
    assert tasks._prendre(t.pk) and not tasks._prendre(t.pk)
    assert tasks.relancer_abandonnes() == 0


@pytest.mark.parametrize("etat", [Etat.EN_COURS, Etat.EN_ATTENTE])
def test_un_travail_abandonne_est_repris(fabrique, etat):
    """In progress: its worker died. Waiting: the message was claimed by a worker killed before it took the job."""
    appels, messages = fabrique
    t = demander()
    messages.clear()
    vieillir(t)
    Travail.objects.filter(pk=t.pk).update(etat=etat)
    assert tasks.relancer_abandonnes() == 1 and messages == [t.pk]
    tasks.executer.func(t.pk)
    t.refresh_from_db()
    assert t.etat == "termine" and appels == [t.pk]
    assert tasks.relancer_abandonnes() == 0


def test_un_travail_qui_attend_n_est_pas_remis_en_file_a_chaque_minute(fabrique):
    _, messages = fabrique
    t = demander()
    vieillir(t)
    messages.clear()
    assert [tasks.relancer_abandonnes(), tasks.relancer_abandonnes()] == [1, 0] and messages == [t.pk]


def test_un_ouvrier_repute_mort_ne_conclut_pas_apres_un_autre(fabrique):
    t = demander()
    tasks._prendre(t.pk)
    vieillir(t)
    tasks.executer.func(t.pk)  # taken up by another, and done
    tasks._conclure(t.pk, Etat.ECHOUE, message="trop tard")
    t.refresh_from_db()
    assert (t.etat, t.message) == ("termine", "")


def test_le_travailleur_attend_une_base_occupee_et_ne_meurt_que_du_reste(monkeypatch):
    """SQLite locked longer than its timeout while the worker looks for its next job."""
    issues = [OperationalError("database is locked"), None]

    def travailler(*args, **options):
        if (issue := issues.pop(0)) is not None:
            raise issue

    monkeypatch.setattr(travailleur, "call_command", travailler)
    monkeypatch.setattr(travailleur, "veiller", lambda arret: None)
    monkeypatch.setattr(travailleur.time, "sleep", lambda secondes: None)
    travailleur.Command().handle(une_fois=True)
    assert issues == []
    issues.append(OperationalError("no such table"))
    with pytest.raises(OperationalError, match="no such table"):
        travailleur.Command().handle(une_fois=True)
