"""A real server process on a database file of its own, driven by Debian's Chromium.

Not pytest-django's live server: the append-only triggers would refuse its clean-up, and this is what a person runs.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

RACINE = Path(__file__).resolve().parents[2]
MOT_DE_PASSE = "Demonstration-62"
# What a loaded machine may need; a page that answers is not waited for.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.navigateur


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    taille = {"width": 1366, "height": 900}
    return {**browser_context_args, "viewport": taille, "locale": "fr-FR", "accept_downloads": True}


@pytest.fixture(scope="session")
def _port():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def _environnement(base: Path) -> dict:
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{base}",
        "DEBUG": "true",
        "DPID_TESTS": "false",
        "SECRET_KEY": "navigateur-" + "0123456789" * 5,
    }


@pytest.fixture(scope="session")
def base_preparee(tmp_path_factory) -> Path:
    """The demo at the preparation stage, made once: each module works on a copy of its own."""
    base = tmp_path_factory.mktemp("navigateur") / "preparee.sqlite3"
    for commande in (["migrate", "-v0"], ["charger_demo", "--jusqu-a", "preparation"]):
        subprocess.run(
            [sys.executable, "manage.py", *commande],
            cwd=RACINE, env=_environnement(base), check=True, capture_output=True,
        )  # fmt: skip
    with closing(sqlite3.connect(base)) as connexion:
        # Everything in the one file that is copied.
        connexion.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return base


@pytest.fixture(scope="module")
def environnement(base_preparee, tmp_path_factory):
    """Environment of the server: development settings, its own SQLite file."""
    base = tmp_path_factory.mktemp("navigateur") / "essai.sqlite3"
    shutil.copyfile(base_preparee, base)
    return _environnement(base)


@pytest.fixture(scope="module")
def serveur(environnement, _port):
    Poste.SESSIONS.clear()  # the same address for every module, but another database: nobody is logged in any more
    commande = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{_port}"]
    with subprocess.Popen(
        commande, cwd=RACINE, env=environnement, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as processus:
        adresse = f"http://127.0.0.1:{_port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{adresse}/sante/", timeout=2).close()  # noqa: S310 - our own server
                break
            except OSError:
                time.sleep(0.2)
        yield adresse
        processus.terminate()


@pytest.fixture(scope="module")
def travailleur(environnement):
    """The worker of the background jobs, beside the server, on the same base."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "travailleur"], cwd=RACINE, env=environnement,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as processus:  # fmt: skip
        yield processus
        processus.terminate()


class Poste:
    """What a person at a desk does: log in, go somewhere, look. Every page seen is checked on the way."""

    SESSIONS: dict = {}

    def __init__(self, page: Page, adresse: str):
        self.page, self.adresse, self.incidents = page, adresse, []
        page.set_default_timeout(PATIENCE)
        # Read before axe runs: it writes to the console itself.
        page.on("console", lambda m: self.incidents.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.incidents.append(str(e)))

    def connecter(self, compte: str):
        """Log in through the page the first time; the same person's session is taken up afterwards."""
        # Away first: an answer still on its way (the preview of a rapport) would bring the former session back.
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        if (self.adresse, compte) in self.SESSIONS:
            self.page.context.add_cookies(self.SESSIONS[self.adresse, compte])
            self.aller("/")
            return
        self.page.goto(f"{self.adresse}/connexion/")
        self.page.locator("[name=username]").fill(compte)
        self.page.locator("[name=password]").fill(MOT_DE_PASSE)
        self.page.get_by_role("button", name="Se connecter").click()
        self.page.wait_for_url(f"{self.adresse}/")
        self.SESSIONS[self.adresse, compte] = self.page.context.cookies()

    def aller(self, chemin: str):
        reponse = self.page.goto(f"{self.adresse}{chemin}")
        assert reponse.status == 200, f"{chemin} répond {reponse.status}"

    def verifier(self):
        """One h1, nothing that axe finds, no console error (CSP violations are among them)."""
        assert self.page.locator("h1").count() == 1
        assert not self.incidents, self.incidents
        resultats = Axe().run(self.page)
        self.incidents.clear()
        assert resultats.violations_count == 0, f"{self.page.url}\n{resultats.generate_report()}"

    def decrire(self) -> str:
        """Address and text of the page on the screen."""
        try:
            return f"{self.page.url}\n{self.page.locator('body').inner_text(timeout=5_000)[:4_000]}"
        except PlaywrightError as erreur:
            return f"{self.page.url}\npage illisible : {erreur}"


@pytest.fixture
def poste(page, serveur):
    return Poste(page, serveur)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure says which page was on the screen: a selector that waited in vain does not."""
    rapport = yield
    if rapport.when == "call" and rapport.failed and (poste := item.funcargs.get("poste")) is not None:
        rapport.sections.append(("page à l’écran", poste.decrire()))
    return rapport
