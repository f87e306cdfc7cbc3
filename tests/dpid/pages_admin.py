"""What the tests of the admin share: pages of every registered model, a strict reader of HTML."""

from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse

from deliberations.models import Interet, Rapport
from dpid.models import Agent
from programmes.models import Dossier
from tests.factories import AgentFactory

# Pages of the libraries (axes, django-tasks) are in no table of rights: nobody opens them.
NOTRES = {"dpid", "budget", "programmes", "deliberations", "conventions"}
TOUS = sorted(admin.site._registry, key=lambda m: m._meta.label_lower)
MODELES = [m for m in TOUS if m._meta.app_label in NOTRES]
# What members declare is the secrétariat's alone: the administration has no right on it.
RESERVES = (Interet,)
IDS = [m._meta.label_lower for m in MODELES]


def adresse(modele, page, *args) -> str:
    return reverse(f"admin:{modele._meta.app_label}_{modele._meta.model_name}_{page}", args=args)


@pytest.fixture
def admin_client(connecter, db):
    return connecter(AgentFactory(administration=True))


def agent(nom: str) -> Agent:
    return Agent.objects.get(username=nom)


def premier_rapport() -> Rapport:
    return Rapport.objects.order_by("seance__date").first()


def dossier_en_instruction() -> Dossier:
    return Dossier.objects.filter(etat=Dossier.Etat.EN_INSTRUCTION, lignes__isnull=False).first()


class Lecteur(HTMLParser):
    """Collects what a strict CSP refuses, the titles, and the fields of the forms."""

    def __init__(self):
        super().__init__()
        self.fautes, self.titres, self.champs = [], 0, {}
        self._script, self._choix = False, None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self._verifier(tag, a)
        self.titres += tag == "h1"
        nom = a.get("name")
        if tag == "input" and nom and a.get("type") not in ("submit", "file", "search"):
            if a.get("type") in ("checkbox", "radio"):
                if "checked" in a:
                    self.champs.setdefault(nom, []).append(a.get("value", "on"))
            else:
                self.champs.setdefault(nom, []).append(a.get("value") or "")
        elif tag == "select":
            self._choix = nom
            self.champs.setdefault(nom, [])
        elif tag == "option" and self._choix and "selected" in a:
            self.champs[self._choix].append(a.get("value", ""))
        elif tag == "textarea":
            self.champs[nom] = [""]
            self._texte = nom

    def _verifier(self, tag, a):
        if "style" in a or tag == "style":
            self.fautes.append((tag, "style", a.get("style", "")))
        self.fautes += [(tag, n, v) for n, v in a.items() if n.startswith("on")]
        if tag == "script" and "src" not in a and a.get("type") != "application/json":
            self.fautes.append((tag, "inline", ""))
        for nom in ("src", "href", "action"):
            valeur = a.get(nom) or ""
            if valeur.startswith(("javascript:", "http:", "https:", "//")):
                self.fautes.append((tag, nom, valeur))

    def handle_data(self, data):
        if getattr(self, "_texte", None):
            self.champs[self._texte][0] += data

    def handle_endtag(self, tag):
        if tag == "select":
            self._choix = None
        if tag == "textarea" and getattr(self, "_texte", None):
            # A browser drops the first line break of a textarea.
            self.champs[self._texte][0] = self.champs[self._texte][0].removeprefix("\r\n").removeprefix("\n")
            self._texte = None


def lire_page(reponse) -> Lecteur:
    lecteur = Lecteur()
    lecteur.feed(reponse.content.decode())
    return lecteur


def saine(reponse) -> bool:
    """No inline style, script or handler, exactly one title, a strict policy."""
    assert reponse.status_code == 200
    lecteur = lire_page(reponse)
    assert lecteur.fautes == []
    assert lecteur.titres == 1
    assert "unsafe" not in reponse["Content-Security-Policy"]
    return True


def formulaire(reponse) -> dict:
    """What the browser would send back without touching anything (rows of empty templates left out)."""
    return {n: v for n, v in lire_page(reponse).champs.items() if n and "__prefix__" not in n and n != "q"}
