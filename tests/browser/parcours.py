"""Gestures shared by the long journeys: bulk acts, pièces, numbers read on a page."""

import re
from decimal import Decimal

from playwright.sync_api import expect

# A pièce only has to be one for the reader of contents; each is a file of its own, or it would be the same pièce.
CORPS = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj"
PDF = b"%%PDF-1.4\n%% %s\n" + CORPS + b"\n%%%%EOF\n"
DU_DOSSIER = ("Délibération", "Budget prévisionnel", "Bilan de l’action")


def euros(texte: str) -> Decimal:
    """The amount written in a cell: « 12 500,00 € » → 12500.00."""
    chiffres = re.sub(r"[^\d,−-]", "", texte).replace("−", "-").replace(",", ".")
    return Decimal(chiffres or "0")


def poster(poste, chemin: str, champs: dict):
    """The same form as the page's, sent without drawing the page: only for what the test already did once by hand."""
    jeton = next(c["value"] for c in poste.page.context.cookies() if c["name"] == "csrftoken")
    reponse = poste.page.request.post(
        f"{poste.adresse}{chemin}", multipart=champs, headers={"X-CSRFToken": jeton, "Referer": poste.adresse},
        max_redirects=0,
    )  # fmt: skip
    assert reponse.status == 302, f"{chemin} répond {reponse.status} : {reponse.text()[:2000]}"
    return reponse


def lire_liste(poste, requete: str) -> list[dict]:
    """Rows of /dossiers/ as an officer reads them."""
    poste.aller(f"/dossiers/?{requete}")
    rangees = poste.page.evaluate(
        """() => [...document.querySelectorAll("form[data-liste] tbody tr")].map((tr) => ({
            lien: tr.querySelector("th a").getAttribute("href"), structure: tr.querySelector("th a").textContent.trim(),
            cellules: [...tr.querySelectorAll("td, th")].map((c) => c.textContent.trim()),
        }))"""
    )
    for rang in rangees:
        rang["pk"] = int(rang["lien"].split("/")[2])
        rang["dispositif"], rang["territoires"] = rang["cellules"][2], rang["cellules"][3].split(", ")
    return rangees


def en_lot(poste, requete: str, acte: str, dossiers=None, remplir=None) -> dict[int, tuple[bool, str]]:
    """Tick `dossiers` (all that is filtered when None), do the act once; {dossier: (done, what was said)}."""
    page = poste.page
    poste.aller(f"/dossiers/?{requete}")
    if dossiers is None:
        page.locator("input[name=tous]").check()
    for pk in dossiers or ():
        page.locator(f"input[name=d][value='{pk}']").check()
    page.get_by_label("Acte à faire sur la sélection").select_option(label=acte)
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator("h1")).to_contain_text(f"{acte} :")
    if remplir:
        remplir(page)
    poste.verifier()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/dossiers/lot/*/")
    poste.verifier()
    rangees = page.evaluate(
        """() => [...document.querySelectorAll("main tbody tr")].map((tr) => [
            tr.querySelector("th a").getAttribute("href"),
            ...[...tr.querySelectorAll("td")].map((c) => c.textContent.trim())])"""
    )
    return {int(lien.split("/")[2]): (sort == "Fait", phrase) for lien, sort, phrase in rangees}


def pieces_manquantes(refus: str) -> list[str]:
    """« … n’est pas complet. Statuts à jour : à fournir ; Relevé… : à fournir. » → the names of the types."""
    liste = refus.partition("n’est pas complet. ")[2].rstrip(".")
    return [re.sub(r"\s:[^:]*$", "", phrase).strip() for phrase in re.split(r"\s;\s", liste)]


def deposer_pieces(poste, structure: str, manquantes: dict[int, list[str]]):
    """Hand in what is missing: what belongs to the structure once, what belongs to a dossier for each of them."""
    poste.aller(f"{structure}pieces/deposer/")
    types = poste.page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('#id_type option')].map((o) => [o.text, o.value]))"
    )
    deposees = set()
    for dossier, libelles in manquantes.items():
        for libelle in libelles:
            propre = libelle.startswith(DU_DOSSIER)
            cle = (libelle, dossier if propre else None)
            if cle in deposees:
                continue
            deposees.add(cle)
            contenu = PDF % f"{structure} {libelle} {dossier if propre else ''}".encode()
            nom = f"{libelle[:30]}.pdf"
            poster(poste, f"{structure}pieces/deposer/", {
                "fichier": {"name": nom, "mimeType": "application/pdf", "buffer": contenu}, "type": types[libelle],
                "dossier": str(dossier) if propre else "", "datee_le": "", "valable_jusqu_au": "",
            })  # fmt: skip
