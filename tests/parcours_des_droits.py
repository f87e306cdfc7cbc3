"""How the tests of the rights walk the site: its addresses, its clients, what an answer says, what it writes."""

import io
import re
import zipfile
from contextlib import contextmanager

from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from tests.droits import PAGES, Page
from tests.monde_des_droits import CHIFFRES, INCONNU, MARQUE

REFUS = (403, 404)
SERVI = (200, 204, 286, 302, 400, 409, 422)  # 400 and after: read, and found incomplete
BACKEND = "dpid.permissions.HabilitationsBackend"


def adresses(resolveur=None, prefixe=""):
    """Name of every address of the project, namespaces included, with its pattern."""
    for motif in (resolveur or get_resolver()).url_patterns:
        if hasattr(motif, "url_patterns"):
            yield from adresses(motif, f"{prefixe}{motif.namespace}:" if motif.namespace else prefixe)
        else:
            yield f"{prefixe}{motif.name or ''}", str(motif.pattern)


def modele_d_admin(nom: str) -> str | None:
    """`programmes.dossier` for `admin:programmes_dossier_change`; None for the pages of the site itself."""
    trouves = [
        m._meta.label_lower for m in admin.site._registry
        if nom.startswith(f"admin:{m._meta.app_label}_{m._meta.model_name}_")
    ]  # fmt: skip
    return max(trouves, key=len, default=None)


def client_de(agent=None) -> Client:
    client = Client(raise_request_exception=False)  # an error page is a fault of the table like any other
    if agent is not None:
        client.force_login(agent, backend=BACKEND)
        client.get(reverse("travaux"))  # the sliding session is written once, before
    return client


def valeur(monde, sorte, texte):
    """The id of `@kind`, mine, foreign or unknown; what is common to all is nobody's. Any other text is itself."""
    if not texte.startswith("@"):
        return texte
    objet = texte[1:]
    if sorte == "inconnu" and objet in monde.etrangers:
        return INCONNU
    return (monde.etrangers if sorte == "etranger" and objet in monde.etrangers else monde.miens)[objet]


def adresse(monde, nom, page: Page, sorte="mien") -> str:
    """`sorte`: mien, etranger, inconnu."""
    args = {cle: valeur(monde, sorte, texte) for cle, texte in page.autres.items()}
    if page.objet:
        args["pk"] = valeur(monde, sorte, f"@{page.objet}")
    return reverse(nom, kwargs=args)


def requete(monde, page: Page) -> list[tuple]:
    return [(cle, str(valeur(monde, "mien", v))) for cle, texte in page.params.items() for v in texte.split("+")]


@contextmanager
def ecritures():
    """Tables written meanwhile, the session's own apart."""
    vues = []

    def noter(execute, sql, params, many, context):
        trouve = re.match(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', sql, re.I)
        if trouve and trouve[1] not in ("django_session", "dpid_presence"):
            vues.append(trouve[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noter):
        yield vues


@contextmanager
def sans_suite():
    """Whatever is written inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def dire(fautes) -> str:
    return "\n" + "\n".join(fautes)


def vers_la_connexion(reponse) -> bool:
    return reponse.status_code == 302 and reponse.url.startswith(reverse("connexion"))


def nettoye(reponse, pk) -> tuple:
    """What the answer says, whatever the id that was asked."""
    corps = reponse.content.decode()
    corps = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", corps)
    sans = [re.sub(rf"/{pk}\b", "/N", t) for t in (corps, reponse.get("Location", ""))]
    return reponse.status_code, *sans


def pages():
    return [(nom, page) for nom, cas in PAGES.items() for page in cas]


def page_d_admin(label: str, quoi: str, *args) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{quoi}", args=args)


def texte(reponse) -> str:
    """Everything that can be read of an answer, workbooks unzipped."""
    corps = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    if corps[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(corps)) as archive:
            corps = b"\n".join(archive.read(n) for n in archive.namelist())
    return corps.decode("utf-8", "replace")


def fuites(reponse) -> set[str]:
    lu = texte(reponse)
    chiffres = re.sub(r"[\s\u00a0\u202f.,]|&nbsp;", "", lu)
    return {m for m in (MARQUE,) if m.lower() in lu.lower()} | {c for c in CHIFFRES if c in chiffres}
