"""The acts in a browser: those of 2023-604, from the model that is written to the text that an avenant changed.

Everything is done as the officer of the conventions does it; amounts, numbers of acts and articles are the published
ones. Only the vote is taken over, from its fixture: test_commission lives it.
"""

import csv
import io
import re
import subprocess
import sys

import pypdfium2
import pytest
from playwright.sync_api import expect

from conventions import scdl
from tests import pdf as lecture
from tests.browser.conftest import RACINE
from tests.browser.parcours import poster
from tests.browser.test_spine import telecharger

pytestmark = pytest.mark.navigateur
SANS_PROJETS = """
from conventions.models import Acte
from deliberations.models import Rapport
from dpid.models import Agent
for acte in Acte.objects.filter(rapport=Rapport.objects.par_reference("2023-12-11/64")):
    acte.abandonner(par=Agent.objects.get(username="conventions"), motif="À préparer de nouveau")
"""
VOTE = """
from deliberations import demonstration as demo
from deliberations.models import Rapport
demo.voter(Rapport.objects.par_reference("2023-12-11/64"), "rapport_2023-604.json")
"""
RAPPORT = "/rapports/1/"
CLLAJ = ("4AJ", "Habitat Insertion", "Rencontres et Loisirs", "CAPSO", "Mission Locale Lens-Liévin",
         "AMIE du Boulonnais", "ADEFI")  # fmt: skip
MEMPA, CAF = "MAISON DE L'EMPLOI ET DES METIERS EN PAYS D'ARTOIS", "CAISSE D'ALLOCATIONS FAMILIALES (CAF)"
AJOUT = "Le bilan final est remis au plus tard le 30 juin 2025."
# Columns of the national schema « subventions » (SCDL 2.1.1), in its order.
SCHEMA = (
    "nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire",
    "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE",
    "notificationUE", "pourcentageSubvention", "dispositifAide",
)  # fmt: skip


@pytest.fixture(scope="module")
def environnement(environnement):
    """2023-604 in preparation, without the projects that the demo made of its acts."""
    executer(SANS_PROJETS, environnement)
    return environnement


def executer(texte: str, environnement):
    commande = [sys.executable, "manage.py", "shell", "-v0", "-c", texte]
    subprocess.run(commande, cwd=RACINE, env=environnement, check=True, capture_output=True)


def test_du_modele_au_texte_consolide(poste, travailleur, environnement, tmp_path):
    poste.connecter("conventions")
    ecrire_un_modele(poste)
    convention, avenant_caf = generer(poste)
    voir_les_annexes(poste)
    executer(VOTE, environnement)
    # The years of these acts are over: left to itself it would close the convention before it is amended.
    travailleur.terminate()
    rendre_executoire(poste)
    poste.connecter("conventions")
    revenir_signee_du_copieur(poste, convention, tmp_path)
    signer_et_notifier(poste, "5\u202f121,00\u00a0€ seront engagés sur C02-428C02")
    avant = texte_en_vigueur(poste)
    assert AJOUT not in avant["6"] and all("avenant n°" not in texte for texte in avant.values())
    amender(poste)
    assert texte_en_vigueur(poste) == avant, "un projet d’avenant ne change pas le texte en vigueur"
    faire_signer_l_avenant(poste)
    apres = texte_en_vigueur(poste)
    assert re.search(rf"{re.escape(AJOUT)}\s+avenant n° 1 du \d", apres["6"])
    assert {n: texte for n, texte in apres.items() if n != "6"} == {n: t for n, t in avant.items() if n != "6"}
    for verbe in ("remettre", "signer-structure", "signer", "notifier"):  # already done by hand: the act of the CAF
        poster(poste, f"{avenant_caf}{verbe}/", {})
    publier_les_donnees(poste, environnement, tmp_path)


# --- The model


def ecrire_un_modele(poste):
    """A model of avenant: its lint names what is left, its preview prints a real act, it is published."""
    page = poste.page
    poste.aller("/conventions/")
    poste.verifier()
    page.get_by_role("link", name="Modèles d’acte").click()
    poste.verifier()
    page.get_by_role("link", name="Nouveau modèle").click()
    page.get_by_label("Titre").fill("Avenant de calendrier")
    page.get_by_label("Nature").select_option(label="Avenant")
    poste.verifier()
    page.get_by_role("button", name="Créer le modèle").press("Enter")
    expect(page.locator("h1")).to_have_text("Avenant de calendrier, version 1")
    expect(page.locator("main")).to_contain_text("Cette version n’a aucun bloc.")
    poste.verifier()
    rediger_le_premier_bloc(poste)
    ajouter_un_bloc(page, "Modifications", contenu="Les modifications propres à cet avenant, un article chacune")
    ajouter_un_bloc(page, "Autres dispositions", texte="Le reste de la convention demeure applicable.")
    constats = page.locator("section", has=page.locator("#relecture"))
    expect(constats).to_contain_text("Aucune délibération n’a adopté cette version")
    expect(constats).not_to_contain_text("Bloquant")
    apercu = page.locator("section", has_text="Aperçu sur de vrais actes").get_by_role("link").first
    pdf = telecharger(poste, apercu.get_attribute("href"))
    texte = lecture.plat(lecture.texte(pdf))
    assert "PROJET" in texte and "Le reste de la convention demeure applicable." in texte
    assert lecture.fautes_d_accessibilite(pdf) == []
    page.get_by_role("button", name="Publier").press("Enter")
    expect(page.locator(".etat")).to_have_text("Publiée")
    poste.verifier()


def rediger_le_premier_bloc(poste):
    """A reference chosen in the palette from the keyboard, a slip and a mark that the lint names, then corrected."""
    page = poste.page
    page.get_by_role("link", name="Ajouter un bloc").click()
    page.get_by_label("Titre").fill("Objet de l’avenant")
    texte = page.get_by_label("Texte")
    texte.fill("L’avenant modifie la convention signée le XXX, de {montan}. Objet : ")
    renvoi = page.locator("[data-renvoi='{objet_acte}']")
    renvoi.focus()
    page.keyboard.press("Enter")
    expect(texte).to_have_value(re.compile(r"\{objet_acte\}$"))
    expect(page.locator("[data-apercu-de=texte]")).to_contain_text("Changement de représentant")
    poste.verifier()
    page.get_by_role("button", name="Enregistrer le bloc").click()
    constats = page.locator("section", has=page.locator("#relecture"))
    expect(constats).to_contain_text("emploie {montan}, qui n’est pas un champ")
    expect(constats).to_contain_text("garde la marque « XXX »")
    expect(page.get_by_role("button", name="Publier")).to_have_count(0)
    poste.verifier()
    page.get_by_role("link", name="Modifier Objet de l’avenant").click()
    page.get_by_label("Texte").fill("L’avenant modifie la convention du {date_convention}. Objet : {objet_acte}.")
    page.get_by_role("button", name="Enregistrer le bloc").click()


def ajouter_un_bloc(page, titre: str, *, texte="", contenu="Son texte seul"):
    page.get_by_role("link", name="Ajouter un bloc").click()
    page.get_by_label("Titre").fill(titre)
    page.get_by_label("Texte").fill(texte)
    page.get_by_label("Complété par").select_option(label=contenu)
    page.get_by_role("button", name="Enregistrer le bloc").click()
    expect(page.locator(".blocs-de-modele")).to_contain_text(titre)


# --- The acts of the rapport


def generer(poste) -> tuple[str, str]:
    """The ten acts of a rapport still in preparation, made by the worker while the page is looked at.

    Gives the addresses of the MEMPA’s and of the CAF’s.
    """
    page = poste.page
    poste.aller(f"{RAPPORT}actes/")
    bilan = page.locator(".bilan-chiffres")
    expect(bilan).to_contain_text("10\u00a0actes · 311\u202f357,00\u00a0€")
    expect(bilan).to_contain_text("10 à préparer")
    poste.verifier()
    page.get_by_role("button", name="Générer les actes").press("Enter")
    expect(bilan).to_contain_text("tous préparés, aucun à compléter")
    poste.verifier()
    rangs = page.evaluate(
        """() => [...document.querySelectorAll("#actes-du-rapport tbody tr")].map((tr) => [
            tr.querySelector("th").innerText.trim().split("\\n")[0],
            ...[...tr.querySelectorAll("td")].map((c) => c.innerText.trim()),
            tr.querySelector("a").getAttribute("href")])"""
    )
    par_structure = {structure: reste for structure, *reste in rangs}
    assert {s: par_structure[s][0] for s in CLLAJ} == dict.fromkeys(CLLAJ, "Avenant financier CLLAJ")
    assert {par_structure[s][3] for s in CLLAJ} == {"20\u202f000,00"}
    assert par_structure[CAF][1].endswith("avenant n°\u00a04") and par_structure[CAF][3] == "156\u202f236,00"
    assert [r[1] for r in rangs].count("Convention type") == 2 and len(rangs) == 10
    assert {r[3] for r in rangs} == {"Projet"}
    return par_structure[MEMPA][-1], par_structure[CAF][-1]


def voir_les_annexes(poste):
    """Those that the published rapport joined are its annexes 3 and 4, as the acts say them."""
    poste.connecter("instruction")
    poste.aller(f"{RAPPORT}annexes/")
    poste.verifier()
    cllaj, caf = (telecharger(poste, f"{RAPPORT}documents/annexe-{cle}.pdf") for cle in ("cllaj", "caf"))
    cllaj, caf = (lecture.plat(lecture.texte(pdf)) for pdf in (cllaj, caf))
    assert all(structure in cllaj for structure in CLLAJ) and "20\u202f000,00" in cllaj
    assert "156\u202f236,00" in caf and "656\u202f236,00" in caf
    poste.connecter("conventions")


def rendre_executoire(poste):
    """The secrétariat types the dates: until then no act is sent to signature."""
    page = poste.page
    poste.aller(f"{RAPPORT}actes/")
    page.get_by_role("row", name=MEMPA).get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("n’est pas encore exécutoire")
    expect(page.get_by_role("button", name="Remettre à la signature")).to_have_count(0)
    poste.verifier()
    poste.connecter("assemblees")
    poste.aller(RAPPORT)
    page.get_by_role("link", name="Éditions, transmission et publication").click()
    page.get_by_role("link", name="Enregistrer les dates").first.click()
    for libelle, jour in (("Transmise", "2023-12-12"), ("Accusé", "2023-12-12"), ("Publiée", "2023-12-14")):
        page.get_by_label(re.compile(libelle)).fill(jour)
    page.get_by_role("button", name="Enregistrer les dates").click()
    expect(page.locator("main")).to_contain_text("exécutoire")


# --- Signature


def revenir_signee_du_copieur(poste, acte: str, tmp_path):
    """Sent to signature; its pages come back in disorder, one whose code cannot be read is put back by hand."""
    page = poste.page
    poste.aller(acte)
    page.get_by_role("button", name="Remettre à la signature").click()
    expect(page.locator(".etat")).to_have_text("À signer par la structure")
    poste.verifier()
    pdf = telecharger(poste, f"{acte}document.pdf")
    assert lecture.fautes_d_accessibilite(pdf) == [] and {"H1", "H2", "TH"} <= set(lecture.balises(pdf))
    assert "5\u202f121,00 €" in lecture.plat(lecture.texte(pdf)) and "PROJET" not in lecture.texte(pdf)
    lot = tmp_path / "retour.pdf"
    lot.write_bytes(copier(pdf, illisible=2))

    poste.aller("/numerisations/")
    page.get_by_label("Fichier PDF").set_input_files(lot)
    expect(page.get_by_label("Signés par la structure le")).not_to_have_value("")
    page.get_by_role("button", name="Déposer le lot").click()
    a_trier = page.locator(".page-a-trier")
    expect(a_trier).to_have_count(1)
    expect(a_trier).to_contain_text("Aucun code n’a été lu sur cette page.")
    image = a_trier.get_by_role("img")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("(img) => img.naturalWidth") > 600, "assez grande pour être lue"
    # What came with it says where it goes; the officer only confirms, from the keyboard.
    expect(page.get_by_label("Page de l’acte")).to_have_value("3")
    expect(page.get_by_role("combobox", name="Acte").locator("option:checked")).to_contain_text(MEMPA)
    poste.verifier()
    page.get_by_label("Page de l’acte").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Aucune page n’attend d’être triée.")
    poste.aller(acte)
    expect(page.locator(".etat")).to_have_text("Signé par la structure")
    signe = telecharger(poste, f"{acte}document.pdf?exemplaire=signe")
    with pypdfium2.PdfDocument(signe) as relu:
        assert len(relu) == len(lecture.pages(pdf))


def copier(pdf: bytes, *, illisible: int) -> bytes:
    """What a copier gives: images of the pages, the last first; one (from 0) lost its foot, hence its code."""
    images = []
    with pypdfium2.PdfDocument(pdf) as source:
        for rang, feuille in enumerate(source):
            image = feuille.render(scale=150 / 72).to_pil().convert("L")
            if rang == illisible:
                image.paste(255, (0, int(image.height * 0.9), image.width, image.height))
            images.insert(0, image)
    sortie = io.BytesIO()
    images[0].save(sortie, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return sortie.getvalue()


def signer_et_notifier(poste, engagement: str):
    page = poste.page
    if engagement:
        expect(page.locator(".prochaine")).to_contain_text(engagement)
    poste.verifier()
    page.get_by_role("button", name="Signer au nom du Département").click()
    expect(page.locator(".etat")).to_have_text("Signé par le Département")
    page.get_by_role("button", name="Notifier").click()
    expect(page.locator(".etat")).to_have_text("Notifié")
    poste.verifier()
    page.locator(".fil").get_by_role("link", name=re.compile(r"2023-\d")).click()
    expect(page.locator("h1 + .etat")).to_have_text("En cours")
    poste.verifier()


# --- The text in force, before and after


def texte_en_vigueur(poste) -> dict[str, str]:
    """{number of the article: its text and origins}, as the page of the convention reads; the same in its PDF."""
    page = poste.page
    clauses = page.locator(".clause-consolidee", has=page.get_by_role("heading", name=re.compile("^Article")))
    textes = {re.match(r"Article (\w+)", t)[1]: t.replace("\u00a0", " ") for t in clauses.all_inner_texts()}
    pdf = telecharger(poste, page.get_by_role("link", name="Texte consolidé (PDF)").get_attribute("href"))
    assert lecture.fautes_d_accessibilite(pdf) == []
    assert (AJOUT in lecture.plat(lecture.texte(pdf))) == any(AJOUT in t for t in textes.values())
    return textes


def amender(poste):
    """An avenant opened from the convention; the sentence that it prints is shown as it is typed, then kept."""
    page = poste.page
    page.get_by_role("link", name="Préparer un avenant").click()
    page.get_by_label("Modification du texte de la convention").check()
    page.get_by_label("Modèle").select_option(label="Avenant de calendrier, version 1")
    page.get_by_label("Objet de l’avenant").fill("Report du bilan")
    poste.verifier()
    page.get_by_role("button", name="Préparer l’avenant").click()
    page.get_by_role("link", name="Ajouter une modification").click()
    page.get_by_label("Opération").select_option(label="Compléter")
    page.get_by_label("Numéro", exact=False).first.fill("6")
    page.get_by_label("Texte nouveau").fill(AJOUT)
    apercu = page.locator("[data-apercu-de=texte]")
    expect(apercu).to_contain_text("L’article 6 de la convention est complété")
    expect(apercu).to_contain_text(AJOUT)
    poste.verifier()
    page.get_by_role("button", name="Enregistrer la modification").press("Enter")
    expect(page.locator("section", has=page.locator("#modifications"))).to_contain_text("L’article 6 de la convention")
    poste.verifier()
    page.locator(".fil").get_by_role("link", name=re.compile(r"2023-\d")).click()


def faire_signer_l_avenant(poste):
    page = poste.page
    page.get_by_role("link", name="Avenant n°\u00a01").click()
    page.get_by_role("button", name="Remettre à la signature").click()
    expect(page.locator(".etat")).to_have_text("À signer par la structure")
    pdf = telecharger(poste, page.get_by_role("link", name="Texte remis (PDF)").get_attribute("href"))
    assert lecture.fautes_d_accessibilite(pdf) == []
    page.get_by_role("button", name="Enregistrer la signature de la structure").click()
    expect(page.locator(".etat")).to_have_text("Signé par la structure")
    signer_et_notifier(poste, "")


# --- Open data


def publier_les_donnees(poste, environnement, tmp_path):
    """From the page and from the command, the same rows, valid against the schema."""
    page = poste.page
    poste.aller("/conventions/")
    poste.verifier()
    page.get_by_role("link", name=re.compile("Données ouvertes")).click()
    expect(page.locator(".bilan-chiffres")).to_contain_text("2\u00a0actes publiables dont 0\u00a0obligatoire")
    poste.verifier()
    adresse = page.get_by_role("link", name="Obligatoires").get_attribute("href")
    assert lire_csv(telecharger(poste, adresse)) == [], (
        "ni 5 121 € à une association ni un organisme de droit public n’y obligent"
    )
    adresse = page.get_by_role("link", name="Avec les volontaires").get_attribute("href")
    recu = telecharger(poste, adresse)
    rangees = lire_csv(recu)
    assert {r["nomBeneficiaire"]: r["montant"] for r in rangees} == {MEMPA: "5121.00", CAF: "156236.00"}
    assert {r["referenceDecision"] for r in rangees} == {"2023-604"}
    assert [scdl.controler(r) for r in rangees] == [[], []]
    fichier = tmp_path / "subventions.csv"
    annee = re.search(r"/(\d{4})\.csv", adresse)[1]
    subprocess.run(
        [sys.executable, "manage.py", "exporter_scdl", "--annee", annee, "--tout", "--sortie", str(fichier)],
        cwd=RACINE, env=environnement, check=True, capture_output=True,
    )  # fmt: skip
    assert fichier.read_bytes() == recu


def lire_csv(octets: bytes) -> list[dict]:
    lues = csv.DictReader(io.StringIO(octets.decode("utf-8"), newline=""))
    assert tuple(lues.fieldnames) == SCHEMA
    return list(lues)
