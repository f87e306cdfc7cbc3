"""The same instruction done once from the admin alone: import, deposit, pièces, acts, avis, amounts, rapport."""

import re

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.parcours import PDF
from tests.browser.test_admin import releve

pytestmark = pytest.mark.navigateur
BAILLEURS = ("Logis d’essai du Ternois", "Habitat d’essai de la Canche")
# SIRET invented, with a valid key.
TABLEAU = "\r\n".join(
    ["Raison sociale;Type;SIRET", f"{BAILLEURS[0]};Bailleur;99900071400017", f"{BAILLEURS[1]};Bailleur;99900072200010"]
)
PIECES = (
    "Relevé d’identité bancaire", "Comptes annuels du dernier exercice clos",
    "Attestation sur l’honneur : obligations fiscales et sociales", "Budget prévisionnel de l’action, signé",
)  # fmt: skip


def enregistrer(poste):
    poste.page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(poste.page.locator(".messagelist .success")).to_be_visible()


def choisir(page, champ: str, texte: str, attendu=""):
    """A long list of the admin, with the keyboard alone. It is built after the page: a key too early opens nothing."""
    cherche = page.locator(".select2-container--open .select2-search__field:focus")
    for _ in range(5):
        page.get_by_role("combobox", name=champ).first.focus()
        page.keyboard.press("Enter")
        try:
            cherche.wait_for(timeout=1500)
            break
        except TimeoutError:
            page.keyboard.press("Escape")
    page.keyboard.type(texte)
    page.locator(".select2-results__option--highlighted", has_text=attendu or texte).wait_for()
    page.keyboard.press("Enter")


def en_lot(poste, modele: str, cocher: list[str], acte: str, requete="") -> list[str]:
    """Tick the rows that hold these words, do the act on them; what each row was told."""
    page = poste.page
    poste.aller(f"/admin/programmes/{modele}/{requete}")
    for mots in cocher:
        page.locator("#result_list tbody tr", has_text=mots).first.locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label=f"{acte} les éléments cochés")
    page.get_by_role("button", name="Envoyer").click()
    releve(poste)
    page.get_by_role("button", name=acte, exact=True).click()
    releve(poste)
    return page.locator("table.resultats tbody tr").all_inner_texts()


def importer_les_structures(poste):
    """Checked, shown, then confirmed."""
    page = poste.page
    poste.aller("/admin/programmes/structure/import/")
    page.locator("input[type=file]").set_input_files(
        {"name": "structures.csv", "mimeType": "text/csv", "buffer": TABLEAU.encode("utf-8-sig")}
    )
    format = page.locator("select[name=format]")
    if format.count():
        format.select_option(label=next(t for t in format.locator("option").all_inner_texts() if "csv" in t.lower()))
    page.get_by_role("button", name="Vérifier le fichier").click()
    expect(page.locator(".consequence")).to_contain_text("2 ajout")
    releve(poste)
    page.get_by_role("button", name="Confirmer l’import").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def deposer(poste, structure: str, montant: str) -> int:
    """A dossier of the session, its line, its pièces. Returns its number."""
    page = poste.page
    poste.aller("/admin/programmes/dossier/add/")
    choisir(page, "Structure", structure)
    choisir(page, "Dispositif", "4.3")
    page.get_by_label("Intitulé de l’action").fill(f"Baux glissants, {structure}")
    page.locator("[name=depose_le_0], [name=depose_le]").first.fill("10/01/2024")
    heure = page.locator("[name=depose_le_1]")
    if heure.count():
        heure.fill("10:00")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    releve(poste)
    numero = int(re.search(r"/dossier/(\d+)/", page.url)[1])
    page.get_by_role("link", name="Ajouter une ligne à ce dossier").click()
    page.get_by_label("Description").fill("Baux glissants pour six jeunes.")
    page.get_by_label("Montant demandé").fill(montant)
    page.locator("#placements-group .add-row a").click()
    page.locator("tr.dynamic-placements select[name$=-territoire]").last.select_option(label="Arrageois")
    enregistrer(poste)
    for libelle in PIECES:
        poste.aller("/admin/programmes/piece/add/")
        choisir(page, "Structure", structure)
        if libelle.startswith("Budget"):
            choisir(page, "Dossier", structure)
        page.locator("select[name=type]").select_option(label=libelle)
        contenu = PDF % f"{structure} {libelle}".encode()
        page.locator("input[type=file]").set_input_files(
            {"name": "piece.pdf", "mimeType": "application/pdf", "buffer": contenu}
        )
        enregistrer(poste)
    return numero


def acte(poste, numero: int, titre: str, remplir=None):
    """A button of the page of a dossier."""
    page = poste.page
    poste.aller(f"/admin/programmes/dossier/{numero}/change/")
    page.get_by_role("link", name=titre, exact=True).click()
    if remplir:
        remplir(page)
    releve(poste)
    page.get_by_role("button", name=titre, exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def demander_au_logement(page):
    page.get_by_label("Arrageois", exact=True).uncheck()  # proposed, since the line is there
    page.get_by_label("Service accès et maintien dans le logement").check()
    page.get_by_label("Question").fill("Les logements sont-ils disponibles ?")


def noter(page):
    for champ in page.locator("input[name^=note_]").all():
        champ.fill("3")
    for champ in page.locator("textarea[name^=motif_]").all():
        champ.fill("Vu au dossier.")


def test_une_instruction_depuis_l_administration_seule(poste):
    page = poste.page
    poste.connecter("instruction")
    importer_les_structures(poste)
    numeros = [deposer(poste, nom, montant) for nom, montant in zip(BAILLEURS, ("12 000,00", "8 000,00"), strict=True)]
    for titre in ("Déclarer complet", "Déclarer recevable", "Ouvrir l’instruction"):
        dits = en_lot(poste, "dossier", list(BAILLEURS), titre)
        assert len(dits) == 2 and all("Fait" in d for d in dits), dits
    for numero in numeros:
        acte(poste, numero, "Demander des avis", demander_au_logement)
    poste.aller("/admin/programmes/avis/?etat__exact=demande")
    releve(poste)
    for nom in BAILLEURS:
        poste.aller("/admin/programmes/avis/?etat__exact=demande")
        page.locator("#result_list tbody tr", has_text=nom).locator("th a").click()
        page.get_by_role("link", name="Rendre l’avis").click()
        page.get_by_label("Favorable", exact=True).check()
        releve(poste)
        page.get_by_role("button", name="Rendre l’avis").click()
        expect(page.locator(".messagelist .success")).to_be_visible()
    for numero in numeros:
        acte(poste, numero, "Noter les critères", noter)

    # The proposed amounts, typed in the list.
    poste.aller("/admin/programmes/lignedossier/?dossier__etat__exact=avis")
    for nom, montant in zip(BAILLEURS, ("11 500,50", "8 000,00"), strict=True):
        page.get_by_label(re.compile(f"Montant proposé.*{nom}")).fill(montant)
    releve(poste)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    dits = en_lot(poste, "dossier", list(BAILLEURS), "Proposer")
    assert all("Fait" in d for d in dits), dits

    # Charged on its AE, then placed under the opération of the rapport in preparation.
    for nom in BAILLEURS:
        poste.aller("/admin/programmes/lignedossier/?dossier__etat__exact=propose")
        page.locator("#result_list tbody tr", has_text=nom).locator("th a").click()
        page.locator("#financements-group .add-row a").click()
        rang = page.locator("#financements-group tr.dynamic-financements").last
        rang.locator("select[name$=-autorisation]").select_option(index=etiquette(rang, "C02-428B02"))
        rang.locator("input[name$=-montant]").fill("11 500,50" if nom == BAILLEURS[0] else "8 000,00")
        releve(poste)
        enregistrer(poste)
    poste.aller("/admin/deliberations/operationpresentee/?thematique__rapport__etat__exact=preparation")
    page.locator("#result_list tbody tr", has_text="primo-locataires").locator("th a").first.click()
    choisir(page, "Ligne", BAILLEURS[0], f"du dossier {numeros[0]}")
    releve(poste)
    enregistrer(poste)
    poste.aller(f"/admin/programmes/dossier/{numeros[0]}/change/")
    expect(page.locator("main, #content").first).to_contain_text("Inscrit")
    # The daily pages say the same, and the accounts of the other dossier did not move.
    poste.aller(f"/dossiers/{numeros[0]}/")
    expect(page.locator("main")).to_contain_text("11\u202f500,50")
    expect(page.locator(".page-titre .etat")).to_contain_text("Inscrit")
    poste.aller(f"/dossiers/{numeros[1]}/")
    expect(page.locator(".page-titre .etat")).to_contain_text("Proposé")


def etiquette(rang, debut: str) -> int:
    libelles = rang.locator("select[name$=-autorisation] option").all_inner_texts()
    return next(i for i, texte in enumerate(libelles) if texte.startswith(debut))
