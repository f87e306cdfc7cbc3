"""The commission permanente in a browser: délibération 2024-273 from its visas to its bundle.

Four thématiques, four blocks with their déports, one line withdrawn in session; everything is typed as the secrétariat
types it, from the facts of the fixture, and the figures read on the screen are those that were published.
"""

import io
import json
import re
import time

import pypdf
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RACINE
from tests.browser.test_spine import telecharger, texte_pdf

pytestmark = pytest.mark.navigateur
FIXTURES = RACINE / "fixtures"
ACTE = json.loads((FIXTURES / "rapport_2024-273.json").read_text(encoding="utf-8"))
SEANCE_LE, NUMERO = ACTE["seance"]["date"], "2024-273"
TOUCHES = {"present": "p", "excuse": "e", "absent": "a"}
# Published figures of the four blocks: pour, contre, abstention, absents.
FIGURES = [(24, 0, 15, 5), (34, 0, 5, 5), (33, 0, 6, 5), (28, 0, 11, 5)]


@pytest.fixture(scope="module")
def membres() -> dict:
    """{code: the mandate of the day}, in the order of the board."""
    elus = json.loads((FIXTURES / "assemblee.json").read_text(encoding="utf-8"))["elus"]

    def mandat(elu):
        return next(
            m for m in elu["mandats"] if m["debut"] <= SEANCE_LE and (m["fin"] is None or SEANCE_LE <= m["fin"])
        )

    return {e["code"]: {**mandat(e), "civilite": e["civilite"]} for e in elus if _siege(e)}


def _siege(elu) -> bool:
    return any(m["debut"] <= SEANCE_LE and (m["fin"] is None or SEANCE_LE <= m["fin"]) for m in elu["mandats"])


def nom_a_taper(membre) -> str:
    return f"{membre['nom']} {membre['prenom']}"


def adresse_du_rapport(poste) -> str:
    poste.aller("/rapports/")
    lien = poste.page.locator("a", has_text=re.compile(ACTE["rapport"]["titre"][:40], re.IGNORECASE))
    rapports = poste.page.locator("tr", has_text="17/06/2024").locator("a")
    return (rapports if rapports.count() else lien).first.get_attribute("href")


def viser(poste, compte: str, rapport: str, bouton: str):
    poste.connecter(compte)
    poste.aller(f"{rapport}viser/")
    poste.page.get_by_role("button", name=bouton).click()
    expect(poste.page.locator("h1")).to_contain_text(f"Rapport {ACTE['rapport']['numero']}")


def envoyer(poste, rapport: str, a: str):
    poste.aller(f"{rapport}envoyer/{a}/")
    poste.verifier()
    poste.page.locator("main form button[type=submit]").first.click(timeout=60_000)
    poste.page.wait_for_url(f"**{rapport}", timeout=90_000)


def saisir_assistance(poste, seance: str, membres: dict):
    """The whole sheet from the keyboard: one key a member, the holder of the delegation left unknown."""
    poste.aller(f"{seance}assistance/")
    poste.verifier()
    page = poste.page
    etats = {code: etat for etat in TOUCHES for code in ACTE["seance"]["presences"].get(etat, ())}
    page.get_by_role("button", name="Tous présents").click()
    for code, etat in etats.items():
        if etat == "present":
            continue
        ligne = page.locator("[data-membre]", has_text=membres[code]["nom"]).filter(has_text=membres[code]["prenom"])
        ligne.locator("input[type=radio]:checked").focus()
        page.keyboard.press(TOUCHES[etat])
    expect(page.locator("#quorum")).to_contain_text("Quorum atteint")
    page.get_by_role("button", name="Enregistrer l’assistance").first.click()
    page.wait_for_load_state()
    poste.verifier()
    expect(page.locator("#quorum [data-comptes]")).to_have_text("39")


def deporter(page, champ, nom: str):
    champ.fill(nom)
    champ.press("Enter")
    expect(page.locator(".vote-annonce")).to_contain_text(nom.split()[0], ignore_case=True)


def figures(page, rang: int) -> tuple[int, ...]:
    carte = page.locator(f"#bloc-{rang}")
    return tuple(
        int(carte.locator(f".figure-{cle} dd strong").inner_text())
        for cle in ("pour", "contre", "abstention", "absents")
    )


def test_de_la_feuille_d_assistance_au_dossier(poste, membres):
    page = poste.page
    poste.connecter("instruction")
    rapport = adresse_du_rapport(poste)

    # The rapport as prepared: its coherence check says what is left to justify, and nothing blocks the sending.
    poste.aller(f"{rapport}controle/")
    poste.verifier()
    viser(poste, "chef", rapport, "Viser")
    viser(poste, "direction", rapport, "Viser")
    viser(poste, "budget", rapport, "Viser et réserver")

    # Sent to the commissions, their avis, then to the members: what it says no longer moves.
    poste.connecter("assemblees")
    envoyer(poste, rapport, "commissions")
    for avis in ACTE["avis"]:
        poste.aller(f"{rapport}avis/nouveau/")
        page.get_by_label("Commission").select_option(index=avis["commission"])
        page.get_by_label("Réunie le", exact=False).fill(avis["date"])
        page.locator("main form button[type=submit]").first.click()
    envoyer(poste, rapport, "elus")
    expect(page.locator("#etat-rapport")).to_have_text("Envoyé aux élus")

    # The sheet of the séance, then the vote cut in four.
    page.get_by_role("link", name=re.compile("17/06/2024")).first.click()
    seance = "/" + "/".join(page.url.split("/")[3:5]) + "/"
    saisir_assistance(poste, seance, membres)
    poste.aller(f"{rapport}vote/blocs/")
    page.get_by_role("button", name="Un bloc par thématique").click()
    poste.verifier()
    poste.aller(f"{rapport}vote/")
    poste.verifier()
    for rang, bloc in enumerate(ACTE["votes"]["blocs"], start=1):
        for code in bloc["deports"]:
            deporter(page, page.locator(f"#deport-{rang}"), nom_a_taper(membres[code]))
        assert figures(page, rang) == FIGURES[rang - 1]
    for code in ACTE["votes"]["deports"]:
        deporter(page, page.locator("#deport-rapport"), nom_a_taper(membres[code]))
    poste.verifier()

    # One line is withdrawn in session: the amount of its block follows.
    page.locator("#bloc-3 .carte-enjeu a").click()
    ligne = page.locator("tbody tr", has_text="Amender ou retirer").first
    montant = ligne.locator("td.montant").first.inner_text()
    structure = ligne.locator("th").inner_text().splitlines()[0].strip()
    ligne.get_by_role("link", name=re.compile("Amender ou retirer")).click()
    page.get_by_label("Motif").fill("Projet reporté par la structure")
    page.get_by_role("button", name="Retirer la ligne").click()
    expect(page.get_by_text("retirée", exact=True).first).to_be_visible()
    poste.verifier()

    # Adopted: consequence in figures, then the act and its bundle.
    poste.aller(f"{rapport}adopter/")
    poste.verifier()
    page.get_by_label("Numéro").fill(NUMERO)
    page.get_by_role("button", name="Adopter et affecter").click(timeout=120_000)
    expect(page.locator("#etat-rapport")).to_have_text("Adopté", timeout=120_000)
    poste.verifier()

    deliberation = texte_pdf(telecharger(poste, f"{rapport}documents/deliberation.pdf"))
    for pour, _, abstention, _ in FIGURES:
        assert f"Pour : {pour} voix" in deliberation and f"Abstention : {abstention} voix" in deliberation
    assert "687 145,98" not in deliberation, "le total présenté de la thématique 3 n’est pas celui qui est voté"
    repartition = json.loads(telecharger(poste, f"{rapport}documents/repartition.json"))
    votees = [r for r in repartition if r["thematique"].startswith("Développement des compétences")]
    assert not any(r["structure"] == structure and r["montant"] == montant for r in votees)
    dossier = _dossier(poste, rapport)
    assert len(dossier.outline) >= 10 and "page 1/" in dossier.pages[0].extract_text()


def _dossier(poste, rapport) -> pypdf.PdfReader:
    """The bundle, asked for from the page and made by the worker."""
    for _ in range(60):
        reponse = poste.page.request.get(f"{poste.adresse}{rapport}documents/dossier_de_seance.pdf")
        if reponse.headers.get("content-type") == "application/pdf":
            return pypdf.PdfReader(io.BytesIO(reponse.body()))
        time.sleep(2)
    raise AssertionError(f"Le dossier n’est pas servi : {reponse.status} {reponse.text()[:500]}")
