"""What the tests of the pages share: reading an answer, counting its queries, filling the form of a line."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def html(reponse) -> str:
    return reponse.content.decode()


def compter(client, adresse) -> int:
    """Queries of a page, session and user included; the sliding session is written once, before."""
    client.get(adresse)
    with CaptureQueriesContext(connection) as requetes:
        assert client.get(adresse).status_code == 200
    return len(requetes)


def champs_de_ligne(**changements) -> dict:
    """What a browser sends for a new line without rows."""
    champs = {"version": "1", "description": "Action", "montant_imprime": "complement", "demande": "1 000,00"}
    for nom in ("territoires", "quantites", "financements", "ventilations"):
        champs |= {f"{nom}-TOTAL_FORMS": "0", f"{nom}-INITIAL_FORMS": "0"}
    return champs | changements


def rangs(nom, *lignes) -> dict:
    """Rows typed in one of the lists of a line."""
    champs = {f"{nom}-TOTAL_FORMS": str(len(lignes)), f"{nom}-INITIAL_FORMS": "0"}
    return champs | {f"{nom}-{i}-{c}": v for i, ligne in enumerate(lignes) for c, v in ligne.items()}
