"""The suite is stricter than production: an undefined template variable fails, a lazy N+1 fails."""

import gc
import sys
from contextlib import contextmanager, nullcontext
from functools import cache

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from hypothesis import settings as reglages
from xdist.scheduler import LoadScopeScheduling
from zeal import zeal_context
from zeal.constants import initialize_app_registry
from zeal.patch import patch

from tests.banc import EPREUVES

# What a test does not settle by itself. script/epreuves looks further than each push has to.
reglages.register_profile("suite", max_examples=50)
reglages.register_profile("epreuves", max_examples=1000)
reglages.load_profile("epreuves" if EPREUVES else "suite")

# A suite allocates much and keeps little in cycles: by default the collector goes over every module, again and again.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish(session):
    gc.collect()
    gc.freeze()


# What a module loads once, for all its tests.
CHARGEMENTS = ('scope="module"', "demo_en_preparation", "demo_adoptee", "donnees_de_demonstration")


class ParModuleCharge(LoadScopeScheduling):
    """Any test to any process, but a module that loads its data once goes whole to one."""

    def _split_scope(self, nodeid):
        module = nodeid.split("::")[0]
        return module if _est_charge(module) else nodeid


@cache
def _est_charge(module: str) -> bool:
    texte = (settings.BASE_DIR / module).read_text()
    return any(chargement in texte for chargement in CHARGEMENTS)


def pytest_xdist_make_scheduler(config, log):
    return ParModuleCharge(config, log) if config.getoption("dist") == "load" else None


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL, only what the engine has a say in: decision 022."""
    if settings.DATABASES["default"]["ENGINE"].rpartition(".")[2] != "postgresql":
        return
    laisses = [item for item in items if item.get_closest_marker("neutre") or not _touche_a_la_base(item)]
    if laisses:
        config.hook.pytest_deselected(items=laisses)
        items[:] = [item for item in items if item not in set(laisses)]


def _touche_a_la_base(item) -> bool:
    marques = any(item.get_closest_marker(nom) for nom in ("django_db", "postgres"))
    return marques or not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))


class VariableInconnue(AssertionError):
    """A template of ours names something that its view does not give."""


class _Refus:
    """Stands for `string_if_invalid`. Libraries rely on silent variables; our templates do not."""

    def __contains__(self, texte):
        return texte == "%s"

    def __mod__(self, variable):
        contexte = sys._getframe(1).f_locals.get("context")
        origine = str(getattr(getattr(contexte, "template", None), "origin", ""))
        if origine.startswith(str(settings.BASE_DIR / "templates")):
            raise VariableInconnue(f"{{{{ {variable} }}}} n’existe pas ({origine})")
        return ""


@pytest.fixture(autouse=True, scope="session")
def _variables_connues():
    from django.template import engines

    engines["django"].engine.string_if_invalid = _Refus()


@pytest.fixture(autouse=True, scope="session")
def _mots_de_passe_rapides():
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True, scope="session")
def _detecteur_n_plus_un():
    """django-zeal, started by hand: it is a tool of the suite, not an application of the project."""
    initialize_app_registry()
    patch()


class ClientStrict(Client):
    """The test client, with the N+1 detector around each page that is read (a form may well write row by row)."""

    def request(self, **request):
        with zeal_context() if request["REQUEST_METHOD"] == "GET" else nullcontext():
            return super().request(**request)


@pytest.fixture
def client():
    return ClientStrict()


@contextmanager
def _demonstration(jusqu_a, django_db_blocker):
    """Each test runs in a savepoint of this transaction. Documents are short bytes: nobody reads them here."""
    from deliberations import documents

    def rendre(contexte, format):
        return f"%PDF-essai {contexte['nature']} {contexte['reference']}".encode()

    with django_db_blocker.unblock(), transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(documents, "rendre", rendre)
            call_command("charger_demo", "--jusqu-a", jusqu_a, verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demo_en_preparation(django_db_setup, django_db_blocker):
    """The demo data before any vote, loaded once for the module (which should ask for nothing else)."""
    with _demonstration("preparation", django_db_blocker):
        yield


@pytest.fixture(scope="module")
def demo_adoptee(django_db_setup, django_db_blocker):
    """The demo data with its rapports adopted, loaded once for the module: every table of the chain has rows."""
    with _demonstration("adoption", django_db_blocker):
        yield


@pytest.fixture
def connecter(client):
    """`connecter(agent)` → a client logged in as this agent."""

    def _connecter(agent):
        client.force_login(agent, backend="dpid.permissions.HabilitationsBackend")
        return client

    return _connecter
