"""What the tests of the rapports share."""

import pytest


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
