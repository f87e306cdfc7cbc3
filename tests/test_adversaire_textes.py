"""A hostile text in every free text of the base: no page, no admin page, no document and no export lets it act."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models

from dpid.models import Role
from tests import monde_des_droits
from tests.factories import AgentFactory
from tests.parcours_des_droits import adresse, client_de, page_d_admin, pages, requete

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
POISON = '=1+1"><img src=file:///etc/passwd onerror=alert(1)><script src=http://x.test/a.js></script>{{7*7}}'
# What must stay as it is for the row to mean something: keys, codes read by the rules, names of logins.
GARDES = ("siret", "code", "cle", "username", "password", "reference", "numero", "email", "session_key", "liste",
          "nature", "sha256", "objet", "verbe", "parametres", "iban", "bic", "type", "unite", "fonction")  # fmt: skip
APPS = ("dpid", "budget", "programmes", "deliberations")


def textes(modele):
    """Free texts of a model: neither choices, nor keys."""
    for champ in modele._meta.concrete_fields:
        if isinstance(champ, models.CharField | models.TextField) and not champ.choices and champ.name not in GARDES:
            if not champ.unique and type(champ).__name__ in ("CharField", "TextField"):
                yield champ


def empoisonner():
    """Around the guards: what an old import or a hand in the base could have left."""
    for modele in apps.get_models():
        if modele._meta.app_label not in APPS or modele._meta.proxy or modele._meta.label in INTANGIBLES:
            continue
        champs = list(textes(modele))
        for pk in modele._base_manager.values_list("pk", flat=True) if champs else ():
            # The id at the end: some names are unique.
            valeurs = {c.name: f"{POISON[: (c.max_length or 500) - len(str(pk))]}{pk}" for c in champs}
            models.QuerySet(modele).filter(pk=pk).update(**valeurs, **DATES.get(modele._meta.label, {}))


# A text that the base ties to a date.
DATES = {"programmes.Dossier": {"contact_le": date(2024, 1, 15)}}
INTANGIBLES = ("budget.Mouvement", "dpid.Document", "dpid.Journal")  # append-only, by a trigger


def echappe(corps: str) -> bool:
    return (
        "<img src=file" not in corps and "<script src=http" not in corps and "49" not in corps.partition("{{7")[2][:3]
    )


def visiter(monde, client):
    """(name, answer) of every page that may be read."""
    for nom, page in pages():
        if page.lire is not None:
            yield nom, client.get(adresse(monde, nom, page), requete(monde, page))
    for modele, vue in admin.site._registry.items():
        label = modele._meta.label_lower
        yield f"admin:{label}", client.get(page_d_admin(label, "changelist"))
        objet = vue.model._default_manager.first()
        if objet is not None:
            yield f"admin:{label}:{objet.pk}", client.get(page_d_admin(label, "change", objet.pk))


def formules_vives(contenu: bytes) -> list[str]:
    livre = openpyxl.load_workbook(io.BytesIO(contenu))
    return [c.coordinate for f in livre for rang in f.iter_rows() for c in rang if c.data_type == "f"]


def test_un_texte_hostile_n_agit_nulle_part():
    monde = monde_des_droits.creer()
    empoisonner()
    agent = AgentFactory(
        roles=[str(r) for r in Role], is_staff=True, services=[monde.service], territoires=[monde.lieu]
    )
    monde._lui_donner(agent)
    fautes, vus = [], 0
    for nom, reponse in visiter(monde, client_de(agent)):
        genre, corps = reponse.get("Content-Type", ""), b"".join(reponse) if reponse.streaming else reponse.content
        if reponse.status_code >= 500:
            fautes.append(f"{nom} : {reponse.status_code}")
        elif "html" in genre and not echappe(corps.decode()):
            fautes.append(f"{nom} : texte actif")
        elif "csv" in genre:
            rangs = csv.reader(io.StringIO(corps.decode("utf-8-sig")), delimiter=";")
            fautes += [f"{nom} : formule {c[:20]}" for r in rangs for c in r if c.startswith(("=", "+", "@"))][:1]
        elif "spreadsheetml" in genre and formules_vives(corps):
            fautes.append(f"{nom} : formule")
        vus += POISON[:8].encode() in corps or b"&lt;img" in corps
    assert not fautes, fautes
    assert vus > 60, "le texte hostile doit avoir été montré, échappé"
