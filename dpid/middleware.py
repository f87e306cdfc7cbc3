"""What every request needs: who acts, a sliding session, no cached private page, a clear page when the disk is full."""

import logging
import time

from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import HttpResponseNotAllowed
from django.shortcuts import render

from dpid.acteur import agir_comme
from dpid.presence import CHEMIN

RENOUVELLEMENT = 5 * 60
journal = logging.getLogger(__name__)


class MethodesMiddleware:
    """A page is read or a form is sent: nothing of this site answers to another verb, even by mistake."""

    ADMISES = ("GET", "HEAD", "POST")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in self.ADMISES:
            return HttpResponseNotAllowed(self.ADMISES)
        return self.get_response(request)


class ActeurMiddleware:
    """Makes the logged-in agent known to what is written far from the view."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with agir_comme(request.user if request.user.is_authenticated else None):
            return self.get_response(request)


class SessionGlissanteMiddleware:
    """The session ends after 30 idle minutes; it is renewed at most every five, not written at each page.

    A page left open says every 30 seconds that it is open: that is not somebody at work.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(CHEMIN):
            return self.get_response(request)
        if request.user.is_authenticated and time.time() - request.session.get("vue_a", 0) > RENOUVELLEMENT:
            request.session["vue_a"] = int(time.time())
        return self.get_response(request)


class SansCacheMiddleware:
    """A page seen by an agent is never kept by a browser or a proxy."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


class BaseIndisponibleMiddleware:
    """What the database refuses, told as a page instead of an error: nothing of the act was saved.

    Disk full, read-only or locked: wait. Two people wrote the same unique thing in the same instant: the second looks
    at what the first one did. A value that no column holds (a NUL, a number of thirty digits): the request is wrong.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, OperationalError) or (
            isinstance(exception, DatabaseError) and "readonly" in str(exception)
        ):
            return render(request, "erreurs/base_indisponible.html", status=503)
        if isinstance(exception, IntegrityError):
            journal.warning("Écriture refusée par la base (%s) : %s", request.path, exception)
            return render(request, "erreurs/deja_enregistre.html", status=409)
        if isinstance(exception, DataError | OverflowError) or (
            isinstance(exception, ValueError) and "NUL (0x00)" in str(exception)
        ):
            journal.warning("Valeur refusée par la base (%s) : %s", request.path, exception)
            return render(request, "400.html", status=400)
        return None
