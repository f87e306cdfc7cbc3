"""Forty hostile texts typed in a block of model, a fiche action, a modification, the name of a structure: each ends as
plain text or as a named error; nothing is executed, nothing is fetched, nothing hangs."""

import io
import re
import time
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pikepdf
import pypdf
import pytest
from django.db import transaction

from conventions import documents
from conventions.composition import composer
from conventions.forms import BlocForm
from conventions.lecture import lire_un
from conventions.modeles import relecture
from conventions.models import BlocDeModele, FicheAction, Modele
from conventions.redaction.forms import FicheForm
from dpid.documents import moteur
from programmes.models import LigneDossier
from tests.conventions.donnees import BLOCS, acte_signe, actes_de, ligne_retenue, modele_publie, rapport_de

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
BOMBE = 10_000
HOSTILES = {
    # Languages of templates: text, since no engine reads what an agent types.
    "variable": "{{ settings.SECRET_KEY }}",
    "calcul": "{{ 7*7 }} ${7*7} #{7*7} <%= 7*7 %>",
    "balise": "{% load static %}{% include 'documents/base.html' %}",
    "non fermée": "{% if True %}{{ structure",
    "commentaire": "{# rien #}{% comment %}caché",
    "jinja": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "format": "{0.__class__} {structure!r} {montant:>9999999999} %(structure)s %s %n",
    "attribut": "{structure.__class__} {acte.convention.structure}",
    "indice": "{structure[0]} {lu.acte.pk}",
    "accolades": "{" * 2_000 + "montant" + "}" * 2_000,
    # What HTML would read.
    "script": "<script>alert(1)</script>",
    "script distant": '"><script src="https://exemple.test/a.js"></script>',
    "image http": '<img src="http://exemple.test/a.png" onerror="alert(1)">',
    "image fichier": "<img src='file:///etc/passwd'>",
    "lien": '<a href="http://exemple.test/" rel="attachment">ici</a>',
    "lien script": "<a href=javascript:alert(1)>ici</a>",
    "pièce jointe": '<link rel="attachment" href="file:///etc/passwd">',
    "feuille": '</style><link rel="stylesheet" href="http://exemple.test/a.css">',
    "style": '<style>@import url("http://exemple.test/b.css"); body { display: none }</style>',
    "import": "@import url(file:///etc/passwd); body { background: url(http://exemple.test/c.png) }",
    "attribut de style": '" style="background:url(http://exemple.test/d.png)" x="',
    "svg": "<svg onload=alert(1)><image href='http://exemple.test/e.png'/><use href='file:///a.svg#b'/></svg>",
    "objet": "<object data='file:///etc/passwd'></object><embed src=http://exemple.test/f><iframe src=//exemple.test>",
    "base": '<base href="http://exemple.test/"><meta http-equiv="refresh" content="0;url=http://exemple.test/">',
    "entités": "&lt;script&gt;alert(1)&lt;/script&gt; &#x3C;img src=x&#x3E; &nbsp",
    "cdata": "<![CDATA[<script>alert(1)</script>]]><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
    "fin de page": "--></p></body></html><!--",
    # Addresses alone.
    "adresses": "file:///etc/passwd http://exemple.test/ ftp://exemple.test/ \\\\exemple.test\\partage",
    "données": "data:text/html,<script>alert(1)</script> statique:../dpid/settings.py",
    # Characters.
    "commandes": "Avant\x07\x08\x1b[31mAprès\x0b\x0c\ufffe\uffff",
    "nul": "Avant\x00Après",
    "sens inverse": "Versé\u202eeuros 000 1\u202c puis \u2067inverse\u2069 fin",
    "surrogats": "Moitié\ud800d’un caractère",
    "empilés": "Z" + "\u0301" * 500 + "algo",
    "émojis": "👩‍👩‍👧‍👦 \U0001f1eb\U0001f1f7 \U000e0041 ‌‍\ufeff vide",
    # Formulas of a spreadsheet.
    "formule": "=1+1 +cmd|'/C calc'!A0 @SUM(A1) -2+3",
    # What would hang or spill.
    "largeur": "l" * BOMBE,
    "espaces": "a" + " " * BOMBE + "b ;",
    "crochets": "[/" * (BOMBE // 2),
    "guillemets": "«_" * (BOMBE // 2),
    "parenthèses": "(" * BOMBE,
    "imbrication": "<div>" * 2_000,
    "colonnes": "|" + "c|" * 60,
    "puces": "- a\n" * 60,
    # Fields: of no list, or leading nowhere.
    "champ inconnu": "Voir {mot_de_passe} ici",
    "renvoi sans but": "Voir {article:nulle-part} et {annexe:absente}",
}
# Which fields the refusal names.
NOMMES = {
    "champ inconnu": {"mot_de_passe"},
    "renvoi sans but": {"article:nulle-part", "annexe:absente"},
}
# In how many places the others are named. A field of the list is resolved in an article, not in a fiche, which takes
# none; « [… / …] » reads as a choice left to make, wherever it is typed.
LIEUX = {"accolades": 1, "cdata": 4}
# The reader of the tests takes a font that has them for another; other readers do not.
ILLISIBLES = {"émojis", "empilés"}
LARGE = re.compile(r"\S{250}")  # no line of an A4 page holds as many


def ecrit(texte: str) -> str:
    """What must be read again: typography moves spaces and curls apostrophes, control characters are dropped."""
    texte = moteur.nettoyer(texte).replace("'", "’")
    return re.sub(r"[\s|–•-]+", "", texte)


class Lecteur(HTMLParser):
    """What a browser would see in a page: its tags with their attributes, its styles, its words."""

    def __init__(self, html):
        super().__init__()
        self.balises, self.attributs, self.style, self.mots, self.autres = set(), set(), [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.balises.add(tag)
        self.attributs |= {nom for nom, _ in attrs}

    def handle_data(self, data):
        (self.style if self.lasttag == "style" and self.cdata_elem else self.mots).append(data)

    def handle_comment(self, data):
        self.autres.append(data)

    handle_pi = unknown_decl = handle_comment

    @property
    def texte(self):
        return ecrit("".join(self.mots))


BLOC_LIBRE = (BlocDeModele.Nature.ARTICLE, "libre", "Libre", "Texte.", {})
ANNEXE = (BlocDeModele.Nature.ANNEXE, "fiche-action", "Fiche action", "", {"contenu": "fiches"})


@pytest.fixture(scope="module")
def avenant(django_db_setup, django_db_blocker):
    """One avenant with its fiche, read once: each test types in what was read, and the base keeps nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        initial = acte_signe(le=date(2024, 7, 2))
        modele_publie(Modele.Nature.AVENANT, [*BLOCS[Modele.Nature.AVENANT], BLOC_LIBRE, ANNEXE])
        ligne = ligne_retenue(
            structure=initial.convention.structure, nature_acte=LigneDossier.NatureActe.AVENANT,
            ancien_montant=Decimal("20000.00"),
        )  # fmt: skip
        (acte,) = actes_de(rapport_de(ligne))
        lu = lire_un(acte)
        composer(lu)
        transaction.set_rollback(True)
    return lu


class Saisie:
    """The four places where a text is typed."""

    def __init__(self, lu):
        self.lu = lu
        self.bloc = next(b for b in lu.blocs if b.cle == "libre")
        self.fiche, self.modification, self.structure = lu.fiches[0].fiche, lu.modifications[0], lu.structure

    def taper(self, texte):
        self.bloc.texte = self.fiche.objectifs = self.modification.texte = texte
        self.structure.raison_sociale = texte[:250]  # the length of the field
        return self.lu


@pytest.fixture(scope="module")
def sain(avenant):
    Saisie(avenant).taper("Un texte sans malice.")
    donnees = documents.contexte(avenant)
    assert donnees["manques"] == []
    return Lecteur(documents.en_html(donnees))


@pytest.mark.parametrize("nom", HOSTILES)
def test_un_texte_hostile_est_du_texte_ou_une_erreur_qui_nomme(nom, avenant, sain):
    texte = HOSTILES[nom]
    Saisie(avenant).taper(texte)
    debut = time.process_time()
    donnees = documents.contexte(avenant)
    lu = Lecteur(documents.en_html(donnees))
    assert time.process_time() - debut < 3, "a text of ten thousand characters is read in a moment"
    ou = {phrase.partition(" : ")[0] for phrase in donnees["manques"]}
    assert len(ou) == (3 if nom in NOMMES else LIEUX.get(nom, 0)), donnees["manques"]
    for champ in NOMMES.get(nom, ()):
        assert sum(f"{{{champ}}}" in phrase for phrase in donnees["manques"]) == 3, "block, modification, fiche"
    # The page has the tags, the attributes, the styles of an ordinary one: whatever was typed is between them.
    assert lu.balises - sain.balises <= {"ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert lu.attributs <= sain.attributs | {"scope"}
    assert lu.style == sain.style and lu.autres == []
    if nom != "accolades":  # its field is resolved
        assert lu.texte.count(ecrit(texte)) >= 3, "in the block, in the fiche, in the modification"
    assert ecrit(texte[:250]) in lu.texte


@pytest.mark.parametrize("nom", HOSTILES)
def test_la_saisie_et_la_relecture_d_un_texte_hostile_repondent(nom):
    """The forms take it or say why in French; the lint of a model names what is no field, without ever hanging."""
    texte = HOSTILES[nom]
    bloc = {"nature": "article", "titre": "Libre", "cle": "libre", "contenu": "texte"}
    de_la_version = BlocForm({**bloc, "texte": texte}, instance=BlocDeModele(version_modele=modele_publie()))
    formulaires = (de_la_version, FicheForm({"titre": "Fiche", "objectifs": texte}))
    refuse = "\x00" in texte
    for form in formulaires:
        assert form.is_valid() != refuse, form.errors
    debut = time.process_time()
    list(relecture.MARQUES.finditer(texte))
    assert time.process_time() - debut < 1


def test_un_seul_pdf_les_porte_tous_sans_rien_aller_chercher(avenant, monkeypatch):
    saisie, demandes = Saisie(avenant), []
    saisie.taper("Association « d’exemple »")
    saisie.structure.raison_sociale = HOSTILES["image http"]
    saisie.fiche.objectifs, saisie.fiche.public = HOSTILES["svg"], HOSTILES["colonnes"]
    saisie.modification.texte = HOSTILES["script distant"]
    # One bomb at full width is enough: the engine breaks a word without end in the square of its length.
    coupes = {
        nom: texte if nom == "largeur" else texte[:600] for nom, texte in HOSTILES.items() if nom not in ILLISIBLES
    }
    saisie.bloc.texte = "\n\n".join(f"Piège : {nom}\n\n{texte}" for nom, texte in coupes.items())
    recuperateur = moteur._moteur()[1]
    origine = type(recuperateur).fetch

    def fetch(self, url, headers=None):
        demandes.append(url)
        return origine(self, url, headers)

    monkeypatch.setattr(type(recuperateur), "fetch", fetch)
    octets = documents.rendre(documents.contexte(avenant), projet=True)
    assert {url.partition(",")[0] for url in demandes} <= {"data:image/png;base64"}, demandes
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(octets)).pages]
    debordent = [large[0][:40] for page in pages for large in LARGE.finditer(page)]
    assert debordent == [], "a word without end goes on to the next line"
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", "".join(pages)), "nothing is printed backwards"
    texte = ecrit("".join(pages))
    for nom in coupes:
        assert ecrit(f"Piège : {nom}") in texte
    for nom in ("variable", "balise", "attribut", "script", "image fichier", "adresses", "formule"):
        assert ecrit(HOSTILES[nom]) in texte, nom
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        assert not pdf.attachments and "/AA" not in pdf.Root and "/OpenAction" not in pdf.Root
        gestes = {str(objet.get("/S")) for objet in pdf.objects if isinstance(objet, pikepdf.Dictionary)}
        assert gestes.isdisjoint({"/URI", "/JavaScript", "/Launch", "/SubmitForm", "/GoToR", "/ImportData"})


def test_les_quarante_textes_sont_quarante():
    assert len(HOSTILES) >= 40 and len(set(HOSTILES.values())) == len(HOSTILES)
    assert set(FicheAction.LIBELLES) >= {"objectifs", "public"}
