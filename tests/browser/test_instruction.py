"""A call from its published fiche to the annexe: 60 deposits, completeness, avis, two scenarios, one rapport.

One journey, as the Département lives it: each act by who does it, each page on the way checked. What repeats itself
goes through the acts on a selection, as it does for the officers.
"""

import io
import json
import re
import sqlite3
import subprocess
import sys
from decimal import Decimal
from itertools import count

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RACINE
from tests.browser.parcours import (
    PDF,
    deposer_pieces,
    en_lot,
    euros,
    lire_liste,
    pieces_manquantes,
)

pytestmark = pytest.mark.navigateur
EXTRAIT = RACINE / "fixtures" / "extrait_portail_2024.csv"
AGENTS = {"territoire": {"Arrageois"}, "artois": {"Artois"}, "littoral": {"Boulonnais", "Calaisis"}}
SUIVIS = set().union(*AGENTS.values())
ANNEE = "annee=2024"
COLLER = """(champ, texte) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", texte);
    champ.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def ouvrir_l_appel(poste):
    page = poste.page
    poste.connecter("instruction")
    page.get_by_role("link", name="Appels et dossiers").click()
    page.get_by_role("link", name="Appels à projets et dispositifs").click()
    expect(page.locator("h1")).to_contain_text("2024")
    poste.verifier()
    page.get_by_role("link", name=re.compile("^4.1 ")).click()
    expect(page.locator("main")).to_contain_text("50 %")
    poste.verifier()


def importer(poste, dossier):
    """The portal renamed a column: it is designated; the late ones are moved or refused; nothing is guessed."""
    page = poste.page
    fichier = dossier / "extrait.csv"
    texte = EXTRAIT.read_text(encoding="utf-8-sig").replace("Subvention demandée (€)", "Aide espérée", 1)
    fichier.write_text(texte, encoding="utf-8-sig")
    page.get_by_role("link", name="Appels et dossiers").click()
    page.get_by_role("link", name="Importer l’extrait du portail").click()
    poste.verifier()
    page.get_by_label("Fichier CSV, XLSX ou ODS").set_input_files(fichier)
    page.get_by_role("button", name="Lire le fichier").click()
    expect(page.locator("h1")).to_have_text("Désigner les colonnes")
    poste.verifier()
    page.get_by_label("Aide espérée").select_option(label="Montant demandé")
    page.get_by_role("button", name="Lire le fichier avec ces colonnes").click()
    expect(page.locator("h1")).to_have_text("Vérifier l’extrait")
    expect(page.get_by_role("status").first).to_contain_text("Rien n’est encore enregistré")
    # Nothing is created by itself: the unknown structures, the near name and the late deposits wait for an answer.
    page.get_by_label("Créer les structures manquantes").check()
    semblables = page.get_by_label("Mission Locale de Lens Liévin")
    connue = semblables.locator("option", has_text="Mission Locale Lens-Liévin (SIRET")
    semblables.select_option(value=connue.get_attribute("value"))
    reportes = page.locator("input[name=reportes]")
    assert reportes.count() == 2
    for case in reportes.all():
        case.check()
    assert page.get_by_text("forclos : aucune session ne suit").count() == 2
    page.get_by_role("button", name="Vérifier de nouveau").click()
    poste.verifier()
    page.get_by_label("Motif des reports").fill("Le portail a été indisponible le 31 janvier.")
    page.get_by_role("button", name=re.compile("^Importer \\(")).click()
    expect(page.locator("h1")).to_have_text("Extrait importé")
    expect(page.locator("main")).to_contain_text("58\u00a0dossiers nouveaux")
    expect(page.locator("main")).to_contain_text("28\u00a0structures créées")
    poste.verifier()
    # The same file again: recognised, nothing to do.
    poste.aller("/depots/")
    page.get_by_label("Fichier CSV, XLSX ou ODS").set_input_files(fichier)
    page.get_by_role("button", name="Lire le fichier").click()
    expect(page.locator("main")).to_contain_text("Il n’y a rien à importer")
    poste.verifier()


def adresses_des_structures(poste) -> dict[str, str]:
    """Name → address of the page, read over the pages of the list."""
    adresses, noms = {}, poste.page.locator("main table tbody th a")
    for numero in count(1):
        poste.aller(f"/structures/?page={numero}")
        poste.verifier()
        lues = {a.inner_text().strip(): a.get_attribute("href") for a in noms.all()}
        if lues.keys() <= adresses.keys():
            return adresses
        adresses |= lues


def completer(poste) -> dict[int, dict]:
    """Those of three territoires: each missing pièce is named, then handed in; one dossier stays incomplete."""
    page = poste.page
    recus = lire_liste(poste, f"{ANNEE}&etat=depose")
    poste.verifier()
    assert len(recus) == 58
    suivis = {r["pk"]: r for r in recus if set(r["territoires"]) <= SUIVIS}
    assert len(suivis) > 15
    incomplet = next(pk for pk, r in suivis.items() if r["structure"] == "AMIE du Boulonnais")
    refus = en_lot(poste, f"{ANNEE}&etat=depose", "Déclarer complet", suivis)
    assert not any(fait for fait, _ in refus.values()), "aucune pièce n’est encore déposée"

    adresses = adresses_des_structures(poste)
    par_structure = {}
    for pk, (_, phrase) in refus.items():
        if pk != incomplet:
            par_structure.setdefault(adresses[suivis[pk]["structure"]], {})[pk] = pieces_manquantes(phrase)
    premiere = next(iter(par_structure))
    deposer_a_la_main(poste, premiere)
    for structure, manquantes in par_structure.items():
        deposer_pieces(poste, structure, manquantes)
    faits = en_lot(poste, f"{ANNEE}&etat=depose", "Déclarer complet", [pk for pk in suivis if pk != incomplet])
    assert all(fait for fait, _ in faits.values()), faits

    poste.aller(f"/dossiers/{incomplet}/")
    poste.verifier()
    page.get_by_role("link", name="Déclarer incomplet").click()
    expect(page.get_by_label("Motif")).to_have_value(re.compile("Statuts à jour"))
    poste.verifier()
    page.get_by_role("button", name="Déclarer incomplet").click()
    expect(page.get_by_label("Texte")).to_have_value(re.compile("il nous manque"))
    poste.verifier()
    page.get_by_role("link", name="Marquer comme envoyé").click()
    poste.verifier()
    page.get_by_role("button", name="Dater l’envoi").click()
    poste.aller(f"/dossiers/{incomplet}/")
    expect(page.locator("main")).to_contain_text("Incomplet")
    del suivis[incomplet]
    return suivis


def deposer_a_la_main(poste, structure):
    """One pièce through the form, then looked at in the page."""
    page = poste.page
    poste.aller(structure)
    poste.verifier()
    page.get_by_role("link", name=re.compile("^Déposer (une pièce|la première)")).first.click()
    poste.verifier()
    page.get_by_label("Fichier").set_input_files(
        {"name": "comptes.pdf", "mimeType": "application/pdf", "buffer": PDF % b"comptes annuels"}
    )
    page.get_by_label("Type").select_option(label="Comptes annuels du dernier exercice clos")
    page.get_by_role("button", name="Déposer la pièce").click()
    expect(page.locator("main")).to_contain_text("Comptes annuels")
    poste.verifier()


def juger(poste, suivis):
    """Receivable, except what the fiche excludes: refused row by row, then declared irrecevable with its letter."""
    page = poste.page
    faits = en_lot(poste, f"{ANNEE}&etat=complet", "Déclarer recevable", suivis)
    exclus = [pk for pk, (fait, _) in faits.items() if not fait]
    assert [suivis[pk]["structure"] for pk in exclus] == ["Centre social Le Trait d’union"]
    exclu = exclus[0]
    poste.connecter("chef")
    poste.aller(f"/dossiers/{exclu}/")
    page.locator("details.menu-actes summary").click()
    page.get_by_role("link", name="Déclarer irrecevable").click()
    page.get_by_label("Motif").fill("Le dispositif 4.3 est ouvert aux seuls bailleurs.")
    poste.verifier()
    page.get_by_role("button", name="Déclarer irrecevable").click()
    expect(page.get_by_label("Texte")).to_have_value(re.compile("seuls bailleurs"))
    poste.verifier()
    del suivis[exclu]
    poste.connecter("instruction")
    assert all(fait for fait, _ in en_lot(poste, f"{ANNEE}&etat=recevable", "Ouvrir l’instruction").values())


def demander_les_avis(poste, suivis):
    """One common question; each dossier asks its own territoires."""

    def remplir(page):
        page.get_by_label("Question").fill("Ce projet répond-il à un besoin du territoire ?")

    faits = en_lot(poste, f"{ANNEE}&etat=en_instruction", "Demander des avis", suivis, remplir)
    assert len(faits) == len(suivis) and all(fait for fait, _ in faits.values()), faits


def rendre_les_avis(poste, suivis) -> int:
    """As each territorial officer, from their own page; the avis of the others are unknown to them.

    Returns the dossier that received an unfavourable one.
    """
    page, rendus, defavorable, adresses = poste.page, 0, None, []
    attendus = sum(len(r["territoires"]) for r in suivis.values())
    for compte, territoires in AGENTS.items():
        poste.connecter(compte)
        poste.verifier()
        if adresses:
            assert page.request.get(adresses[0]).status == 404
        poste.aller("/avis/")
        poste.verifier()
        miens = page.evaluate(
            "() => [...document.querySelectorAll('main tbody tr')].map((tr) => tr.querySelector('th a').href)"
        )
        a_moi = sum(len(territoires & set(r["territoires"])) for r in suivis.values())
        assert len(miens) == a_moi, compte
        adresses = miens
        for rang, adresse in enumerate(miens):
            page.goto(adresse)
            if rang == 0:
                poste.verifier()
            if compte == "artois" and rang == 0:
                page.get_by_label("Défavorable").check()
                page.get_by_label("Avis motivé").fill("Le projet double une action déjà conduite sur le territoire.")
                defavorable = int(
                    page.get_by_role("link", name="Relire le dossier").get_attribute("href").split("/")[2]
                )
            elif rang == 1:
                page.get_by_label("Réservé").check()
                page.get_by_label("Avis motivé").fill("Le nombre de jeunes paraît élevé.")
                page.get_by_label("Montant suggéré").fill("3 000,00")
            else:
                page.get_by_label("Favorable", exact=True).check()
            page.get_by_role("button", name="Rendre l’avis").click()
            expect(page.locator(".message").first).to_contain_text("avis")
            rendus += 1
        poste.aller("/avis/")
        expect(page.locator("main")).to_contain_text("Aucun avis ne vous est demandé")
    assert rendus == attendus
    return defavorable


def proposer(poste, suivis, defavorable):
    """All in one act; the one that the territoire advises against is refused, and holds nothing."""
    page = poste.page
    poste.connecter("chef")
    poste.aller(f"/dossiers/{defavorable}/")
    page.locator("details.menu-actes summary").click()
    page.get_by_role("link", name="Refuser").click()
    page.get_by_label("Motif").fill("L’avis du territoire est défavorable.")
    page.get_by_role("button", name="Refuser").click()
    expect(page.locator("h1")).to_contain_text("dossier")
    poste.verifier()
    del suivis[defavorable]
    poste.connecter("instruction")
    poste.verifier()
    # Not before the grid of the fiche is noted: the refusal names the criteria.
    faits = en_lot(poste, f"{ANNEE}&etat=avis", "Proposer", suivis)
    assert all("Notes exigées avant de proposer" in phrase for _, phrase in faits.values()), faits
    for rang, pk in enumerate(suivis):
        noter(poste, pk, est_regarde=rang == 0)
    faits = en_lot(poste, f"{ANNEE}&etat=avis", "Proposer", suivis)
    assert len(faits) == len(suivis) and all(fait for fait, _ in faits.values()), faits
    pk = next(iter(suivis))
    poste.aller(f"/dossiers/{pk}/")
    for section in ("avis", "pieces", "budget", "historique"):
        page.locator(f"#{section}").scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
    expect(page.locator("#avis")).to_contain_text("besoin du territoire")
    poste.verifier()
    fiche = page.request.get(f"{poste.adresse}/dossiers/{pk}/fiche-instruction.pdf")
    assert fiche.ok and fiche.body().startswith(b"%PDF")


def noter(poste, pk, *, est_regarde):
    """The criteria that the fiche requires, each with its reason."""
    page = poste.page
    poste.aller(f"/dossiers/{pk}/criteres/")
    notes = page.locator("main input[name^=note_]")
    for note in notes.all():
        note.fill("2")
    for motif in page.locator("main textarea[name^=motif_]").all():
        motif.fill("Vu au dossier et confirmé par le territoire.")
    if est_regarde:
        poste.verifier()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"**/dossiers/{pk}/*")


def creer_scenario(poste, nom, depart) -> str:
    page = poste.page
    poste.aller("/arbitrage/")
    poste.verifier()
    page.get_by_role("link", name="Créer un scénario").click()
    page.get_by_label("Nom").fill(nom)
    page.get_by_label("Montants de départ").select_option(label=depart)
    poste.verifier()
    page.get_by_role("button", name="Créer le scénario").click()
    expect(page.locator("h1")).to_have_text(nom)
    poste.verifier()
    return page.url.removeprefix(poste.adresse)


def arbitrer(poste, suivis) -> dict[str, Decimal]:
    """Two scenarios over the same dossiers; the grid is typed with the keyboard, what is left is shared to the cent."""
    page = poste.page
    poste.connecter("direction")
    demande = creer_scenario(poste, "Tout ce qui est demandé", "Ce qui est demandé")
    reste = page.locator("[data-code='C02-428C02']")
    dit_avant = reste.inner_text()
    avant = euros(dit_avant)
    cases = page.locator("#grille input[data-c]")
    assert cases.count() >= len(suivis)

    # Over the AE: said at once, at the foot and in words; Escape gives the saved amount back.
    case = page.locator("#grille input[data-ae]", has_not_text="x").first
    case.focus()
    page.keyboard.type("900000")
    expect(reste).not_to_have_text(dit_avant)
    expect(reste).to_contain_text("dépassée")
    page.keyboard.press("Escape")
    expect(reste).to_have_text(dit_avant)
    saisi = euros(case.input_value())
    # A lower amount, Enter: saved, and the next cell has the focus.
    with page.expect_response(lambda r: r.url.endswith("/montants/?") or "/montants/" in r.url):
        page.keyboard.type("2500,50")
        page.keyboard.press("Enter")
    expect(case).to_have_value("2\u202f500,50")
    expect(cases.nth(1)).to_be_focused()
    assert euros(reste.inner_text()) == avant + saisi - Decimal("2500.50")
    poste.verifier()

    enveloppe = creer_scenario(poste, "Enveloppe de 40 000 €", "Zéro partout")
    page.get_by_role("button", name="Répartir le reliquat").click()
    poste.verifier()
    page.get_by_label("Dispositif").select_option(label="4.1 Projets collectifs jeunesse (FAJ collectif)")
    page.get_by_label("Montant à répartir").select_option(label="Un montant saisi")
    page.get_by_label("Montant saisi").fill("20 000,01")
    page.get_by_role("button", name="Voir la répartition").click()
    expect(page.locator("#titre-apercu")).to_contain_text("20\u202f000,01")
    poste.verifier()
    page.get_by_role("button", name="Appliquer au scénario").click()
    expect(page.locator("[data-somme]").first).to_contain_text("20\u202f000,01")
    # The rest of the column, pasted from a spreadsheet in one gesture, is saved in one request.
    page.goto(page.url.split("?")[0])
    zeros = [c.get_attribute("data-c") == "0" for c in cases.all()]
    depart = zeros.index(True)
    colonne = [str(1000 + rang) if zero else "" for rang, zero in enumerate(zeros[depart:])]
    with page.expect_response(lambda r: "/montants/" in r.url):
        cases.nth(depart).evaluate(COLLER, "\r\n".join(colonne))
    expect(page.locator("#grille input[data-c='0']")).to_have_count(0)
    poste.verifier()

    poste.aller("/arbitrage/")
    for case in page.get_by_label(re.compile("^Comparer « ")).all():
        case.check()
    page.get_by_role("button", name="Comparer les scénarios cochés").click()
    expect(page.locator("main")).to_contain_text("C02-428C02")
    poste.verifier()
    poste.aller(f"{enveloppe}totaux/")
    poste.verifier()
    poste.aller(enveloppe)
    montants = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#grille input[data-c]")].map((c) => [
            c.name.replace("montant-", ""), Number(c.dataset.c)]))"""
    )
    assert demande != enveloppe
    return {ligne: Decimal(centimes) / 100 for ligne, centimes in montants.items()}


def retenir(poste) -> str:
    """One act writes the propositions of a rapport, or nothing; the other scenario stays as history.

    Returns the address of the rapport.
    """
    page = poste.page
    scenario = page.url
    demander_a_retenir(poste)
    # A dossier of the call was never noted: named with its reason, and nothing is written.
    refus = page.locator("#titre-raisons + ol")
    expect(refus).to_contain_text("Mission Locale Lens-Liévin")
    expect(refus.locator("li")).to_have_count(1)
    poste.incidents.clear()  # the 422 of the refused form, which the browser logs
    poste.verifier()
    sans_notes = re.search(r"dossier (\d+)", refus.inner_text())[1]
    poste.connecter("instruction")
    noter(poste, int(sans_notes), est_regarde=False)
    poste.connecter("direction")
    page.goto(scenario)
    demander_a_retenir(poste)
    expect(page.locator("#etat-rapport")).to_have_text("En préparation")
    rapport = page.url.removeprefix(poste.adresse)
    poste.verifier()
    poste.aller("/arbitrage/")
    expect(page.locator("main")).to_contain_text("Écarté")
    expect(page.locator("main")).to_contain_text("Retenu")
    poste.verifier()
    return rapport


def demander_a_retenir(poste):
    page = poste.page
    page.get_by_role("link", name="Retenir ce scénario").click()
    poste.verifier()
    seance = page.get_by_label("Séance du nouveau rapport")
    seance.select_option(label=next(t for t in seance.locator("option").all_inner_texts() if "17/06/2024" in t))
    page.get_by_label("Titre du nouveau rapport").fill("Appel à projets 2024 : jeunes")
    page.get_by_role("button", name="Retenir et inscrire au rapport").click()
    page.wait_for_load_state()


def verifier_l_annexe(poste, environnement, dossier, rapport, montants):
    """Screen, XLSX, JSON, PDF and database say the same amounts, to the cent."""
    page = poste.page
    poste.connecter("instruction")
    poste.aller(rapport)
    retenus = {ligne: m for ligne, m in montants.items() if m}
    attendu = sum(retenus.values())
    a_l_ecran = sorted(euros(c.input_value()) for c in page.locator("main input[name=montant]").all())
    assert a_l_ecran == sorted(retenus.values())

    chemin = environnement["DATABASE_URL"].removeprefix("sqlite:///")
    numero = rapport.split("/")[2]
    with sqlite3.connect(f"file:{chemin}?mode=ro", uri=True) as base:
        reference = base.execute(
            "SELECT s.date || '/' || r.numero FROM deliberations_rapport r JOIN deliberations_seance s "
            "ON s.id = r.seance_id WHERE r.id = ?", [numero],
        ).fetchone()[0]  # fmt: skip
        en_base = dict(base.execute(
            "SELECT p.ligne_id, SUM(f.montant) FROM deliberations_proposition p "
            "JOIN deliberations_operationpresentee o ON o.id = p.operation_id "
            "JOIN deliberations_thematiquepresentee t ON t.id = o.thematique_id "
            "JOIN programmes_financement f ON f.ligne_id = p.ligne_id WHERE t.rapport_id = ? GROUP BY 1", [numero],
        ))  # fmt: skip
    assert {str(k): Decimal(v) / 100 for k, v in en_base.items()} == retenus

    sorties = {}
    for format in ("json", "xlsx", "pdf"):
        sortie = dossier / f"annexe.{format}"
        commande = ["manage.py", "editer", "repartition", reference, "--format", format, "--sortie", str(sortie)]
        fini = subprocess.run(
            [sys.executable, *commande], cwd=RACINE, env=environnement, capture_output=True, text=True
        )
        assert fini.returncode == 0, fini.stderr
        sorties[format] = sortie.read_bytes()
    assert sum(Decimal(m) for m in montants_json(json.loads(sorties["json"]))) == attendu
    feuille = openpyxl.load_workbook(io.BytesIO(sorties["xlsx"])).worksheets[0]
    lus = [c.value for rang in feuille.iter_rows() for c in rang if isinstance(c.value, int | float)]
    centimes = sorted(round(v * 100) for v in lus)
    assert all(int(m * 100) in centimes for m in retenus.values())
    assert sorties["pdf"].startswith(b"%PDF")
    verification = subprocess.run(
        [sys.executable, "manage.py", "verifier_comptes"], cwd=RACINE, env=environnement, capture_output=True, text=True
    )
    assert verification.returncode == 0, verification.stderr


def montants_json(noeud) -> list[str]:
    """Amounts of the lines, wherever the thématiques and opérations of the document put them."""
    if isinstance(noeud, list):
        return [m for element in noeud for m in montants_json(element)]
    if not isinstance(noeud, dict):
        return []
    if "structure" in noeud and "montant" in noeud:
        return [noeud["montant"]]
    return [m for valeur in noeud.values() for m in montants_json(valeur)]


def test_de_la_fiche_a_l_annexe(poste, environnement, tmp_path):
    ouvrir_l_appel(poste)
    importer(poste, tmp_path)
    suivis = completer(poste)
    juger(poste, suivis)
    demander_les_avis(poste, suivis)
    defavorable = rendre_les_avis(poste, suivis)
    proposer(poste, suivis, defavorable)
    montants = arbitrer(poste, suivis)
    rapport = retenir(poste)
    verifier_l_annexe(poste, environnement, tmp_path, rapport, montants)
