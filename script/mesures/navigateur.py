"""A test client already logged in, for pages measured through the whole stack."""

import warnings


def ouvrir_session(compte: str):
    from django.test import Client

    # A fresh clone has not run collectstatic; no page measured here serves a file.
    warnings.filterwarnings("ignore", "No directory at")
    from dpid.models import Agent

    # The address that ALLOWED_HOSTS accepts outside a test run.
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
    client.force_login(Agent.objects.get(username=compte), backend="dpid.permissions.HabilitationsBackend")
    return client
