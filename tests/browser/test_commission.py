"""The commission permanente in a browser: délibération 2024-273 from its visas to its bundle.

Four thématiques, four blocks with their déports, one line withdrawn in session; everything is typed as the secrétariat
types it, from the facts of the fixture, and the figures read on the screen are those that were published.
"""

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
ETATS = {"commissions": "Envoyé en commission", "elus": "Envoyé aux élus"}
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
    poste.page.locator("main form button[type=submit]").first.click(timeout=180_000)
    attendre(poste, rapport, ETATS[a])


def attendre(poste, rapport: str, etat: str):
    """The documents of a long rapport are made by the worker: its page says when it has moved on."""
    poste.page.wait_for_url("**/travaux/", timeout=60_000)
    for _ in range(90):
        poste.aller(rapport)
        if poste.page.locator("#etat-rapport").inner_text() == etat:
            return
        poste.page.wait_for_timeout(2_000)
    raise AssertionError(f"{rapport} n’est pas devenu « {etat} »")


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


def envoyer_aux_elus(poste, rapport: str):
    """Sent to the commissions, their avis, then to the members: what the rapport says no longer moves."""
    page = poste.page
    poste.connecter("assemblees")
    envoyer(poste, rapport, "commissions")
    for avis in ACTE["avis"]:
        poste.aller(f"{rapport}avis/nouveau/")
        page.get_by_label("Commission").select_option(index=avis["commission"])
        page.get_by_label("Réunie le", exact=False).fill(avis["date"])
        page.locator("main form button[type=submit]").first.click()
    envoyer(poste, rapport, "elus")
    expect(page.locator("#etat-rapport")).to_have_text("Envoyé aux élus")


def voter(poste, rapport: str, membres: dict):
    """Four blocks, the déports of each: the figures are the published ones."""
    page = poste.page
    poste.aller(f"{rapport}vote/blocs/")
    page.get_by_role("button", name="Un bloc par thématique").click()
    poste.verifier()
    poste.aller(f"{rapport}vote/")
    for rang, bloc in enumerate(ACTE["votes"]["blocs"], start=1):
        for code in bloc["deports"]:
            deporter(page, page.locator(f"#deport-{rang}"), nom_a_taper(membres[code]))
        assert figures(page, rang) == FIGURES[rang - 1]
    for code in ACTE["votes"]["deports"]:
        deporter(page, page.locator("#deport-rapport"), nom_a_taper(membres[code]))
    poste.verifier()


def retirer_une_ligne(page, rang: int) -> tuple[str, str]:
    """Withdraw the first line of a block; (structure, amount in euros as it is shown)."""
    page.locator(f"#bloc-{rang} .carte-enjeu a").click()
    ligne = page.locator("tbody tr", has_text="Amender ou retirer").first
    montant = ligne.locator("td.montant").first.inner_text()
    structure = ligne.locator("th").inner_text().splitlines()[0].strip()
    ligne.get_by_role("link", name=re.compile("Amender ou retirer")).click()
    page.get_by_label("Motif").fill("Projet reporté par la structure")
    page.get_by_role("button", name="Retirer la ligne").click()
    expect(page.get_by_text("retirée", exact=True).first).to_be_visible()
    return structure, montant


def telecharger_le_dossier(poste) -> pypdf.PdfReader:
    """The bundle, asked for from the page of the délibération and made by the worker."""
    page = poste.page
    acte = page.url
    demander = page.get_by_role("button", name="Produire le dossier maintenant")
    if demander.count():  # else the watch of the worker was quicker
        demander.click()
        page.wait_for_load_state()
        poste.verifier()
    lien = page.get_by_role("link", name=re.compile("Dossier de séance")).first
    for _ in range(120):
        page.goto(acte)
        if lien.count():
            break
        time.sleep(2)
    poste.verifier()
    with page.expect_download() as telechargement:
        lien.click()
    assert telechargement.value.suggested_filename.startswith(NUMERO)
    return pypdf.PdfReader(telechargement.value.path())


def test_de_la_feuille_d_assistance_au_dossier(poste, travailleur, membres):
    page = poste.page
    poste.connecter("instruction")
    rapport = adresse_du_rapport(poste)

    # The rapport as prepared: its coherence check says what is left to justify, and nothing blocks the sending.
    poste.aller(f"{rapport}controle/")
    poste.verifier()
    viser(poste, "chef", rapport, "Viser")
    viser(poste, "direction", rapport, "Viser")
    viser(poste, "budget", rapport, "Viser et réserver")
    envoyer_aux_elus(poste, rapport)

    # The sheet of the séance, then the vote cut in four; one line is withdrawn in session.
    page.get_by_role("link", name="Commission permanente du 17/06/2024").first.click()
    seance = "/" + "/".join(page.url.split("/")[3:5]) + "/"
    saisir_assistance(poste, seance, membres)
    voter(poste, rapport, membres)
    structure, montant = retirer_une_ligne(page, 3)
    poste.verifier()

    # Adopted: consequence in figures, then the act.
    poste.aller(f"{rapport}adopter/")
    poste.verifier()
    expect(page.locator("main")).to_contain_text("1 ligne sera rendue à l’instruction")
    page.get_by_label("Numéro").fill(NUMERO)
    page.get_by_role("button", name="Adopter et affecter").click(timeout=180_000)
    attendre(poste, rapport, "Adopté")
    poste.verifier()
    verifier_la_deliberation(texte_pdf(telecharger(poste, f"{rapport}documents/deliberation.pdf")), membres)
    repartition = json.loads(telecharger(poste, f"{rapport}documents/repartition.json"))
    votees = [r["structure"] for r in repartition if r["thematique"].startswith("Développement des compétences")]
    assert votees and structure not in votees and montant == "50\u202f000,00"

    # The bundle holds the rapport as it was sent, and the act as it was voted.
    page.get_by_role("link", name="Éditions, transmission et publication").click()
    dossier = telecharger_le_dossier(poste)
    nombre = len(dossier.pages)
    assert f"page 1/{nombre}" in dossier.pages[0].extract_text() and len(dossier.outline) >= 15
    texte = " ".join(p.extract_text() for p in dossier.pages).replace("\u202f", " ").replace("\u00a0", " ")
    assert "687 145,98" in texte and "637 145,98" in texte
    assert not re.search(r"\bPROJET\b", texte), "un acte voté n’est plus un projet"


def verifier_la_deliberation(texte: str, membres: dict):
    """What the PDF says: figures of the four blocks, who stepped aside, the total without the line withdrawn."""
    texte = re.sub(r"\s+", " ", texte)
    for (pour, contre, abstention, absents), bloc in zip(FIGURES, ACTE["votes"]["blocs"], strict=True):
        conditions = texte[texte.index(f"Pour : {pour} voix") :][:600]
        assert f"Contre : {contre} voix" in conditions and f"Abstention : {abstention} voix" in conditions
        assert f"Absents sans délégation de vote : {absents}" in conditions
        assert all(membres[code]["nom"].split("-")[0] in texte for code in bloc["deports"])
    assert texte.count("ils n’ont participé ni au débat ni au vote") == 4
    assert "Messieurs Laurent DUPORGE, Bruno COUSEIN et Alexandre MALFAIT, absents, n’ont donné" in texte
    assert "637 145,98 €" in texte and "687 145,98" not in texte, "la thématique 3 est votée sans la ligne retirée"
    assert "9 660 272,97" in texte and "Maryline VINCLAIRE" in texte
