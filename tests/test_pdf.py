"""The judge of the printed text is judged first: each rule has a text that it refuses and one that it lets through."""

import re

import pytest
from django.conf import settings

from dpid import documents
from tests.pdf import REGLES, fautes_de_typographie, fautes_du_html, pages

JUSTES = (
    "Attention\u202f! Vraiment\u202f? Un\u202f; deux. Quoi\u202f?! (Oui\u202f?)",
    "Objet\u00a0: «\u00a0Jeunes\u00a0» à 10:30, « statique:fichier »".replace("« s", "«\u00a0s").replace(
        "r »", "r\u00a0»"
    ),
    "6\u202f193\u202f643,00\u00a0€, 20\u00a0%, 999,99\u00a0€, en 2023 500,00\u00a0€, AE\u00a0€, (%)",
    "Le 1er janvier 2024, le 11 janvier 2024, l’action, n°\u00a02023-604, 1 structure",
    "La 1re et la 2e fois, M.\u00a0Paul DUPONT, Mme\u00a0Anne DURAND, (Mme), MM.\u00a0X et Y",
)
FAUTIFS = {
    "U+202F avant ; ! ?": ("Attention !", "Vraiment?", "Un\u00a0; deux", "(Oui ?)"),
    "U+00A0 avant :": ("Objet: ceci", "Objet\u202f: ceci", "Article 1: ceci", "Objet\n: ceci"),
    "U+00A0 dans « »": ("«Jeunes\u00a0»", "«\u00a0Jeunes»", "«\u00a0Jeunes\n»"),
    "U+00A0 avant € et %": ("20\u202f000,00€", "100,00\n€", "20%", "500,00\u202f€"),
    "U+202F entre les milliers": ("20 000,00\u00a0€", "20\u00a0000\u00a0€", "20000,00\u00a0€", "1234\u00a0€"),
    "1re, 2e": ("la 1ère fois", "le 2ème", "les 3èmes"),
    "U+00A0 après n°": ("acte n°2023-604", "n°\n12", "N°\n12"),
    "U+00A0 après la civilité": ("M.\nDUPONT", "Mme\nDURAND", "MM.\nX et Y"),
    "1er": ("le 1 janvier 2024", "le 1\u00a0août"),
    "apostrophe et guillemets": ("l'action", 'dite "action"'),
}


def page(*paragraphes: str) -> str:
    corps = "".join(f"<p style='white-space: pre-line'>{texte}</p>" for texte in paragraphes)
    return f'<!DOCTYPE html><html lang="fr"><head><title>Titre</title></head><body><h1>Titre</h1>{corps}</body></html>'


def test_chaque_regle_a_ses_textes_fautifs():
    assert set(FAUTIFS) == set(REGLES)


def test_textes_justes():
    assert fautes_de_typographie(documents.rendre_html(page(*JUSTES))) == []
    assert fautes_du_html(page(*JUSTES)) == []


@pytest.mark.parametrize("regle", REGLES)
def test_textes_fautifs(regle):
    """Read in the PDF itself: U+202F, and the line break that a missing U+00A0 allows, are still there."""
    for fautif in FAUTIFS[regle]:
        trouvees = fautes_de_typographie(documents.rendre_html(page(fautif)))
        assert [faute for faute in trouvees if faute.startswith(regle)], fautif
        assert [faute for faute in fautes_du_html(page(fautif)) if faute.startswith(regle)], fautif
    assert fautes_du_html(page(fautif), sauf=[regle]) == []


def test_seul_le_html_distingue_l_espace_insecable():
    douteux = page("Objet : « Jeunes », 20 %, 100,00 €")
    assert fautes_de_typographie(documents.rendre_html(douteux)) == []
    trouvees = fautes_du_html(douteux)
    for regle in ("U+00A0 avant :", "U+00A0 dans « »", "U+00A0 avant € et %"):
        assert any(faute.startswith(regle) for faute in trouvees)


def test_le_texte_se_lit_page_par_page():
    deux = documents.rendre_html(page("Première", "Seconde").replace("<p", "<p class='piece'"))
    assert [["Première" in feuille, "Seconde" in feuille] for feuille in pages(deux)[1:]] == [
        [True, False], [False, True],
    ]  # fmt: skip


GABARITS = sorted((settings.BASE_DIR / "templates" / "documents").glob("*.html"))


@pytest.mark.parametrize("gabarit", GABARITS, ids=lambda chemin: chemin.name)
def test_ce_que_les_gabarits_ecrivent_eux_memes(gabarit):
    """Their own words, before any data: the only place where every U+00A0 can be asked for, in every branch."""
    source = re.sub(r"{#.*?#}", "", gabarit.read_text(encoding="utf-8"))
    source = re.sub(r"{%.*?%}", "", re.sub(r"{{.*?}}", "x", source))
    assert fautes_du_html(source) == []


def test_il_y_a_bien_des_gabarits():
    assert len(GABARITS) > 10
