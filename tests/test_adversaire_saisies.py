"""Every form and every query string of the site, one field at a time spoilt: refused in French, never an error page.

The values are those that break what is under the forms: a NUL, a number that no column holds, a digit that is not one,
dates at the end of time, amounts that are not numbers, hidden fields that are not what we wrote.
"""

from functools import partial
from html.parser import HTMLParser
from itertools import cycle

import pytest

from dpid.models import Role
from tests import monde_des_droits
from tests.banc import EPREUVES
from tests.factories import AgentFactory
from tests.parcours_des_droits import adresse, client_de, pages, requete, sans_suite

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
GRAND = "9" * 30
COMMUNES = ("\x00", GRAND, "²", "-1", "x" * 70_000)
VALEURS = {
    "date": ("0001-01-01", "9999-12-31", "29/02/2025"),
    "datetime-local": ("0001-01-01T00:00", "9999-12-31T23:59"),
    "text": ("1e400", "NaN", "−0", "Infinity", "1 000 000 000 000 000,00", "9999-12-31", "0001-01-01"),
    "hidden": ("{", "[]", "null", '{"a": 1}', "1e400", "99999999-99999999"),
    "number": ("1e400", "NaN"),
    "select": ("ae-", "ae-x", f"ae-{GRAND}"),
    "textarea": ("\u202e\u200b\r\n\t=1+1",),
}
PARAMETRES = ("annee", "appel", "comparer", "copie", "dispositif", "page", "q", "s", "structure")
# Pages whose POST has no form of its own to read: what the page that sends it sends.
SANS_PAGE = {
    "lot": {"acte": "proposer", "ids": "1", "jeton": "a", "requete": "", "d": "", "tous": ""},
    "hors_ligne": {"depot": "x", "prendre": "0"},
    "vue_enregistrer": {"nom": "Vue", "parametres": "annee=2024"},
    "scenario_montants": {"lus": "1:2", "montant-1": "3,00"},
}


class Formulaires(HTMLParser):
    """`envois`: for each form that posts, {field: [type, value]}."""

    def __init__(self, html):
        super().__init__()
        self.envois, self.courant, self.ouvert = [], None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.courant = {}
            if a.get("method", "get").lower() == "post" and not a.get("action"):
                self.envois.append(self.courant)
        nom = a.get("name")
        if tag == "option" and self.ouvert and "selected" in a:
            self.ouvert[1] = a.get("value", "")
        if self.courant is None or not nom or nom == "csrfmiddlewaretoken":
            return
        if tag in ("select", "textarea"):
            self.ouvert = self.courant.setdefault(nom, [tag, ""])
        elif tag == "input" and a.get("type") != "file":
            genre, coche = a.get("type", "text"), a.get("type") not in ("checkbox", "radio") or "checked" in a
            if coche or nom not in self.courant:
                self.courant[nom] = [genre, a.get("value", "on") if coche else None]

    def handle_data(self, data):
        if self.ouvert and self.ouvert[0] == "textarea":
            self.ouvert[1] += data

    def handle_endtag(self, tag):
        if tag in ("select", "textarea"):
            self.ouvert = None
        elif tag == "form":
            self.courant = None


def gater(champs: dict, tours: dict):
    """(field, value, data): each field in turn takes one of the values made for its kind, the others what they had."""
    base = {nom: valeur for nom, (_, valeur) in champs.items() if valeur is not None}
    for rang, (nom, (genre, _)) in enumerate(champs.items()):
        # At each push every other field, the others the next form; script/epreuves spoils each one eight times.
        if not EPREUVES and (rang + len(tours)) % 2:
            continue
        for _ in range(8 if EPREUVES else 1):
            valeur = next(tours.setdefault(genre, cycle((*COMMUNES, *VALEURS.get(genre, ())))))
            yield nom, valeur, base | {nom: valeur}


@pytest.mark.lent
def test_aucune_saisie_ne_fait_une_page_d_erreur():
    monde = monde_des_droits.creer()
    agent = AgentFactory(
        roles=[str(r) for r in Role], is_staff=True, services=[monde.service], territoires=[monde.lieu]
    )
    monde._lui_donner(agent)
    client, fautes, tours, parametres, nombre = client_de(agent), [], {}, cycle(COMMUNES[:4]), 0

    def noter(nom, methode, champ, valeur, envoyer):
        nonlocal nombre
        with sans_suite():
            code = envoyer().status_code
        nombre += 1
        if code >= 500:
            fautes.append(f"{methode} {nom}, {champ} = {valeur[:20]!r} : {code}")

    for nom, page in pages():
        url, params, envois = adresse(monde, nom, page), dict(requete(monde, page)), []
        if page.lire is not None:
            for champ in dict.fromkeys((*params, *PARAMETRES)):
                valeur = next(parametres)
                noter(nom, "GET", champ, valeur, partial(client.get, url, params | {champ: valeur}))
            reponse = client.get(url, params)
            if "html" in reponse.get("Content-Type", "") and reponse.status_code == 200:
                envois = Formulaires(reponse.content.decode()).envois
        if page.ecrire is None:
            continue
        envois = [{c: ["hidden", v] for c, v in SANS_PAGE[nom].items()}] if nom in SANS_PAGE else envois
        for champs in envois:
            for champ, valeur, donnees in gater(champs, tours):
                noter(nom, "POST", champ, valeur, partial(client.post, url, donnees))
    assert not fautes, "\n".join(fautes)
    assert nombre > (1000 if EPREUVES else 700), nombre


def test_les_valeurs_que_la_base_refuse_sont_dites_en_francais(connecter):
    """Found by the walk above: each was an error page."""
    client = connecter(AgentFactory(administration=True))
    monde = monde_des_droits.creer()
    for url in ("/recherche/?q=ab%00", "/dossiers/nouveau/?structure=²", "/structures/?q=" + "x" * 70_000,
                f"/rapports/{monde.miens['rapport']}/inscrire/?dispositif=²"):  # fmt: skip
        assert client.get(url).status_code in (200, 400), url
    for nom, donnees in (
        ("remarque_nouvelle", {"texte": "a", "jeton": "\x00"}),
        ("dossier_modifier", {"structure": "Association — n°\u00a0²", "intitule": "x"}),
        ("dossier_modifier", {"structure": "y" * 70_000, "intitule": "x"}),
    ):
        adresse_ = f"/dossiers/{monde.miens['dossier']}/" + {"remarque_nouvelle": "remarques/nouvelle/"}.get(
            nom, "modifier/"
        )
        reponse = client.post(adresse_, donnees)
        assert reponse.status_code in (200, 302, 400), nom


def test_deux_ecritures_de_la_meme_chose_sont_dites_en_francais(connecter, monkeypatch):
    """Both passed their form; the database keeps the first."""
    from django.db import IntegrityError

    def perdre(*args, **kwargs):
        raise IntegrityError("UNIQUE")

    monkeypatch.setattr("programmes.structures.saisie.creer_structure", perdre)
    reponse = connecter(AgentFactory(administration=True)).post(
        "/structures/nouvelle/", {"raison_sociale": "Nouvelle", "type": "association", "jeton": "a"}
    )
    assert reponse.status_code == 409 and "Rien n’a été enregistré" in reponse.content.decode()
