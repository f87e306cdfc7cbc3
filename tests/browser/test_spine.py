"""The main job in a browser, from the preparation stage: arbitrate, preview, visas, adopt, download."""

import io
import json
import re
import subprocess
import sys

import pypdf
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RACINE

pytestmark = pytest.mark.navigateur
RAPPORT = "/rapports/1/"


def texte_pdf(octets: bytes) -> str:
    lecteur = pypdf.PdfReader(io.BytesIO(octets))
    return " ".join(page.extract_text() for page in lecteur.pages).replace("\u202f", " ").replace("\u00a0", " ")


def telecharger(poste, chemin: str) -> bytes:
    reponse = poste.page.request.get(f"{poste.adresse}{chemin}")
    assert reponse.ok, f"{chemin} répond {reponse.status}"
    return reponse.body()


def viser(poste, compte: str, bouton: str):
    poste.connecter(compte)
    poste.verifier()
    poste.aller(RAPPORT)
    poste.verifier()
    poste.page.get_by_role("link", name="Viser").first.click()
    poste.verifier()
    poste.page.get_by_role("button", name=bouton).click()
    expect(poste.page.locator("h1")).to_contain_text("Rapport 64")


def test_de_l_arbitrage_a_la_deliberation(poste, environnement):
    page = poste.page

    # The instructor changes one amount, with the keyboard alone, and sees its line's solde move at once.
    poste.connecter("instruction")
    poste.verifier()
    poste.aller(RAPPORT)
    poste.verifier()
    champ = page.get_by_label("Montant retenu pour Fédération des Centres Sociaux du Nord/Pas-De-Calais, en euros")
    champ.fill("9 500,00")
    champ.press("Enter")
    expect(page.locator("#pied")).to_contain_text("244\u202f938,54")
    expect(page.get_by_text("310\u202f857,00").first).to_be_visible()
    poste.verifier()
    apercu = telecharger(poste, "/rapports/1/apercu/repartition/")
    assert "PROJET" in texte_pdf(apercu)
    assert "9 500,00" in texte_pdf(apercu)

    # Too much for the line: said beside the field, to the cent.
    champ.fill("300 000")
    champ.press("Enter")
    expect(page.locator("#pied")).to_contain_text("dépassé de")
    champ.fill("9 500")
    champ.press("Enter")
    expect(page.locator("#pied")).to_contain_text("244\u202f938,54")

    viser(poste, "chef", "Viser")
    viser(poste, "direction", "Viser")
    viser(poste, "budget", "Viser et réserver")
    expect(page.locator("#etat-rapport")).to_have_text("Visé")
    poste.aller("/budget/?exercice=2023")
    expect(page.locator("main")).to_contain_text("14\u202f621,00")
    poste.verifier()

    # The secrétariat sends it, types the attendance, adopts and downloads.
    poste.connecter("assemblees")
    for destinataires in ("commissions", "elus"):
        poste.aller(f"{RAPPORT}envoyer/{destinataires}/")
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(f"**{RAPPORT}", timeout=60_000)
    page.get_by_role("link", name="Commission permanente du 11/12/2023").first.click()
    page.get_by_role("link", name=re.compile("assistance", re.IGNORECASE)).first.click()
    page.get_by_role("button", name="Tous présents").click()
    page.get_by_role("button", name="Enregistrer l’assistance").first.click()
    page.wait_for_load_state()
    poste.aller(RAPPORT)
    page.get_by_role("link", name="Adopter").first.click()
    poste.verifier()
    page.get_by_label("Numéro").fill("2023-604")
    page.get_by_role("button", name="Adopter et affecter").click()
    expect(page.locator("#etat-rapport")).to_have_text("Adopté")
    poste.verifier()
    for nature in ("rapport", "deliberation", "repartition", "imputations"):
        texte = texte_pdf(telecharger(poste, f"/rapports/1/documents/{nature}.pdf"))
        assert "PROJET" not in texte.split("APPEL")[0]
        assert "14 621,00" in texte or "154 621,00" in texte, nature
    imputations = json.loads(telecharger(poste, "/rapports/1/documents/imputations.json"))
    assert [i["solde"] for i in imputations] == ["726415.77", "244938.54", "36000.00"]

    # After the vote the same edit is refused, and the accounts hold.
    poste.connecter("instruction")
    poste.aller(RAPPORT)
    assert page.locator("input[name=montant]").count() == 0
    verification = subprocess.run(
        [sys.executable, "manage.py", "verifier_comptes"], cwd=RACINE, env=environnement, capture_output=True, text=True
    )
    assert verification.returncode == 0, verification.stderr


PAGES = [
    ("instruction", "/"),
    ("direction", "/"),
    ("budget", "/"),
    ("assemblees", "/"),
    ("instruction", "/dossiers/"),
    ("instruction", "/dossiers/?annee="),
    ("instruction", "/dossiers/1/"),
    ("instruction", "/dossiers/nouveau/"),
    ("instruction", "/dossiers/16/lignes/nouvelle/"),
    ("instruction", "/structures/"),
    ("instruction", "/structures/1/"),
    ("instruction", "/structures/nouvelle/"),
    ("instruction", "/appels/"),
    ("instruction", "/recherche/?q=habitat"),
    ("instruction", "/travaux/"),
    ("instruction", "/contexte/"),
    ("instruction", "/mot-de-passe/"),
    ("instruction", "/rapports/"),
    ("instruction", "/rapports/2/"),
    ("instruction", "/rapports/2/totaux/"),
    ("instruction", "/rapports/2/historique/"),
    ("instruction", "/rapports/2/modifier/"),
    ("instruction", "/rapports/2/inscrire/"),
    ("instruction", "/rapports/2/importer/"),
    ("assemblees", "/seances/"),
    ("assemblees", "/seances/1/"),
    ("assemblees", "/seances/nouvelle/"),
    ("assemblees", "/rapports/2/numeroter/"),
    ("assemblees", "/rapports/2/rejeter/"),
    ("assemblees", "/seances/5/assistance/"),
    ("assemblees", "/rapports/5/vote/"),
    ("assemblees", "/rapports/5/vote/blocs/"),
    ("assemblees", "/rapports/5/vote/lignes/"),
    ("assemblees", "/rapports/5/adopter/"),
    ("instruction", "/rapports/5/annexes/"),
    ("instruction", "/rapports/5/articles/"),
    ("instruction", "/rapports/5/articles/imputations/rediger/"),
    ("instruction", "/rapports/5/visas/"),
    ("instruction", "/rapports/5/controle/"),
    ("instruction", "/rapports/5/editions/"),
    ("instruction", "/rapports/5/modifier/"),
    ("instruction", "/rapports/5/textes/reprendre/"),
    ("budget", "/budget/"),
    ("budget", "/budget/?exercice=2023&au=2023-12-10"),
    ("budget", "/budget/6/mouvements/"),
    ("budget", "/budget/6/affecter/"),
    ("budget", "/budget/6/constater/"),
    ("consultation", "/dossiers/"),
    ("territoire", "/dossiers/"),
]


@pytest.mark.parametrize(("compte", "chemin"), PAGES)
def test_chaque_page_est_accessible_et_sans_incident(poste, compte, chemin):
    poste.connecter(compte)
    poste.aller(chemin)
    poste.verifier()


TELEPHONE = [
    *(("instruction", c) for c in ("/", "/dossiers/", "/dossiers/1/", "/budget/", "/rapports/2/", "/structures/1/")),
    *(("assemblees", c) for c in ("/seances/5/", "/seances/5/assistance/", "/rapports/5/vote/")),
]


@pytest.mark.parametrize(("compte", "chemin"), TELEPHONE)
def test_les_pages_tiennent_sur_un_telephone(poste, compte, chemin):
    poste.page.set_viewport_size({"width": 390, "height": 800})
    poste.connecter(compte)
    poste.aller(chemin)
    debord = poste.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert debord <= 0, f"{chemin} déborde de {debord} pixels"
    poste.verifier()


def test_un_renvoi_s_ecrit_par_la_palette_et_se_lit_dans_l_apercu(poste):
    """The caret says where; what will be printed follows the typing, tables included."""
    page = poste.page
    poste.connecter("instruction")
    poste.aller("/rapports/5/modifier/")
    texte = page.get_by_label("Introduction")
    texte.fill("Total :  en tout.\n\n| Poste | Montant |\n| Ensemble | {montant} |")
    texte.evaluate("t => t.setSelectionRange(8, 8)")
    page.get_by_role("button", name=re.compile("Montant proposé")).click()
    expect(texte).to_have_value(re.compile(r"^Total : {montant} en tout\."))
    expect(texte).to_be_focused()
    apercu = page.locator("[data-apercu-de=introduction]")
    expect(apercu.locator("p mark")).to_have_text("9\u202f772\u202f277,77\u00a0€")
    expect(apercu.locator("td mark")).to_have_text("9\u202f772\u202f277,77\u00a0€")
    poste.verifier()
