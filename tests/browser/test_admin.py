"""The admin in a real browser: no console error, and nothing that axe finds beyond the list of stock widgets."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.navigateur
LISTE = Path(__file__).with_name("axe_admin.txt")
TOLERES = [
    tuple(partie.strip() for partie in ligne.split("|"))[:2]
    for ligne in LISTE.read_text(encoding="utf-8").splitlines()
    if ligne and not ligne.startswith("#")
]
PAGES = [
    "", "programmes/dossier/", "programmes/dossier/add/", "programmes/dossier/17/change/",
    "programmes/dossier/17/acte/refuser/", "programmes/lignedossier/", "programmes/lignedossier/1/change/",
    "programmes/financement/1/change/", "programmes/structure/1/change/", "programmes/structure/1/history/",
    "programmes/structure/import/", "programmes/structure/1/delete/", "programmes/dossier/export/",
    "dpid/agent/2/change/", "dpid/agent/2/password/", "dpid/territoire/12/change/", "dpid/journal/",
    "deliberations/rapport/1/change/", "deliberations/operationpresentee/1/change/",
    "deliberations/rapport/1/acte/rejeter/", "budget/mouvement/", "budget/autorisationengagement/1/change/",
]  # fmt: skip


def releve(poste) -> set:
    """(rule, tolerance) of what axe finds on the page; fails on what no line of the list covers."""
    poste.page.wait_for_timeout(400)  # lists of inlines are built after the page is loaded
    assert poste.page.locator("h1").count() == 1
    assert not poste.incidents, poste.incidents
    trouves, inconnus = set(), []
    for violation in Axe().run(poste.page).response["violations"]:
        for element in violation["nodes"]:
            couvre = [t for t in TOLERES if t[0] == violation["id"] and element["html"].startswith(t[1])]
            trouves.update(couvre)
            inconnus += [] if couvre else [(violation["id"], element["html"][:120])]
    poste.incidents.clear()
    assert not inconnus, f"{poste.page.url}\n{inconnus}"
    return trouves


def test_axe_ne_trouve_que_la_liste(poste):
    poste.connecter("administration")
    trouves = set()
    for chemin in PAGES:
        poste.aller(f"/admin/{chemin}")
        trouves |= releve(poste)
    assert trouves == set(TOLERES), "une tolérance ne sert plus : retirez-la"


def test_ajouter_une_rangee(poste):
    """Inlines work under the strict policy."""
    poste.connecter("administration")
    poste.aller("/admin/programmes/structure/1/change/")
    poste.page.get_by_role("button", name="Alias de structure").click()  # one of five lists
    ajoutee = poste.page.get_by_role("textbox", name="écriture").last
    ajoutee.fill("Autre nom")
    poste.page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(poste.page.locator(".messagelist .success")).to_be_visible()
    assert not poste.incidents, poste.incidents


def test_choisir_une_structure(poste):
    """A long list, with the keyboard alone: no letter is lost, however fast it follows the key that opens."""
    poste.connecter("administration")
    poste.aller("/admin/programmes/dossier/add/")
    boite = poste.page.locator("#id_structure + .select2 .select2-selection")
    expect(boite).to_have_attribute("aria-label", "Structure")
    # In one turn of the page: what has the keyboard when the next key comes, on the slowest machine.
    touche = "b => { b.focus(); b.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 13, which: 13, "
    recoit = boite.evaluate(touche + "bubbles: true})); return document.activeElement.className; }")
    assert recoit == "select2-search__field"
    poste.page.keyboard.type("Habitat")
    poste.page.locator(".select2-results__option--highlighted", has_text="Habitat").wait_for()
    poste.page.keyboard.press("Enter")
    expect(poste.page.locator("#select2-id_structure-container")).to_contain_text("Habitat")
    assert not poste.incidents, poste.incidents
