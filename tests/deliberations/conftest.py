"""What the tests of the rapports share."""

import pytest
from django.db import transaction

from deliberations import demonstration as demo
from dpid.models import Agent
from tests.socle import charger_le_socle

pytest.register_assert_rewrite("tests.deliberations.controle_cas")


@pytest.fixture
def sans_pdf(monkeypatch):
    """PDF rendered as short bytes made from their context: the vote is tested here, WeasyPrint elsewhere."""
    import hashlib
    import json

    from deliberations import documents

    vrai = documents.rendre

    def rendre(contexte, format):
        if format != "pdf":
            return vrai(contexte, format)
        empreinte = hashlib.sha256(json.dumps(contexte, sort_keys=True, default=str).encode()).hexdigest()
        return f"%PDF-essai {contexte['nature']} {empreinte}".encode()

    monkeypatch.setattr(documents, "rendre", rendre)


@pytest.fixture(scope="module")
def donnees_de_demonstration(django_db_setup, django_db_blocker):
    """The demo data at the stage « préparation », loaded once: each test runs in a savepoint of this transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        charger_le_socle()
        instruction = Agent.objects.get(username="instruction")
        demo.charger_rapport("rapport_2023-604.json", instruction)
        demo.charger_rapport("rapport_2024-preparation.json", instruction)
        yield
        transaction.set_rollback(True)
