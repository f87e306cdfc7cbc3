"""The grid in a browser, keyboard alone: type, move, paste a column, undo, then adopt into a rapport."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RACINE

pytestmark = pytest.mark.navigateur
FINE = "\u202f"
SEMER = """
from tests.deliberations.arbitrage_donnees import monde
from programmes.models import AppelAProjets
AppelAProjets.objects.filter(annee=2024).update(annee=2034)
m = monde()
m.scenario("Enveloppe maintenue")
m.scenario("Plus prudent", A1="50.00")
"""


@pytest.fixture(scope="module")
def grille(environnement, serveur):
    """Two scenarios of a small call, planted by the models themselves."""
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", SEMER], cwd=RACINE, env=environnement, check=True,
        capture_output=True,
    )  # fmt: skip


def test_arbitrer_au_clavier_puis_retenir(poste, grille):
    page = poste.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    poste.connecter("direction")
    for chemin in ("/arbitrage/", "/arbitrage/nouveau/", "/arbitrage/1/totaux/", "/arbitrage/comparer/?s=1&s=2",
                   "/arbitrage/1/reliquat/", "/arbitrage/1/retenir/", "/arbitrage/1/?comparer=2"):  # fmt: skip
        poste.aller(chemin)
        poste.verifier()
    poste.aller("/arbitrage/1/")
    premiere = page.get_by_label("Scénario, 4AJ")
    suivante = page.get_by_label("Scénario, ADEFI")
    reste = page.locator("[data-reste]").nth(0)
    expect(reste).to_have_text(f"9{FINE}900,00")
    premiere.fill("600")
    expect(reste).to_have_text(f"9{FINE}400,00")  # while one types, before anything is saved
    premiere.press("Enter")
    expect(suivante).to_be_focused()
    expect(premiere).to_have_value("600,00")
    # A refused amount is said beside its cell, and Escape gives back what is saved.
    suivante.fill("-3")
    suivante.press("ArrowDown")
    expect(page.locator(".invalid-feedback")).to_contain_text("négatif")
    suivante.press("Escape")
    expect(suivante).to_have_value("0,00")
    # A column copied from a spreadsheet.
    page.evaluate("navigator.clipboard.writeText('500\\n250,50\\n100\\n')")
    premiere.focus()
    premiere.press("Control+v")
    expect(reste).to_have_text(f"9{FINE}149,50")
    page.get_by_label("Scénario, AMIE").fill("700")
    expect(page.locator("[data-reste]").nth(1)).to_have_text("−200,00 dépassée")
    page.get_by_label("Scénario, AMIE").press("Escape")
    # Groups fold; what is hidden is skipped by the arrows.
    page.get_by_role("button", name="4.1 Dispositif 4.1").press("Enter")
    expect(premiere).to_be_hidden()
    poste.verifier()
    page.reload()
    expect(premiere).to_have_value("500,00")
    expect(page.locator("[data-total]")).to_have_text("850,50\u00a0€")

    page.get_by_role("link", name="Retenir ce scénario").click()
    page.get_by_label("Séance du nouveau rapport").select_option(index=1)
    page.get_by_role("button", name="Retenir et inscrire au rapport").click()
    expect(page.locator("h1")).to_contain_text("Rapport P")
    poste.aller("/arbitrage/1/")
    expect(page.locator("main")).to_contain_text("Retenu")
    poste.verifier()
