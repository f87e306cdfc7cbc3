"""Takes the pictures of README.md and docs/guide.md: a server on scratch data, each page seen by who uses it.

`script/captures actes convention` takes again these two only; the stages before them are gone through all the same.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import groupby
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

RACINE = Path(__file__).resolve().parent.parent
IMAGES = RACINE / "docs" / "images"
MOT_DE_PASSE = "Demonstration-62"
# (stage, account, path, picture); the path of a picture may depend on the stage that it shows.
PAGES = [
    ("preparation", "chef", "/", "accueil"),
    ("preparation", "instruction", "/rapports/1/", "rapport"),
    ("preparation", "instruction", "/appels/", "appel"),
    ("instruction", "instruction", "/dossiers/", "dossiers"),
    ("instruction", "instruction", "/dossiers/19/", "dossier"),
    ("instruction", "instruction", "/structures/16/", "structure"),
    ("instruction", "artois", "/avis/", "avis"),
    ("instruction", "direction", "/arbitrage/1/", "arbitrage"),
    ("instruction", "direction", "/arbitrage/comparer/?s=1&s=2", "comparer"),
    ("instruction", "instruction", "/tableau-de-bord/", "tableau-de-bord"),
    ("finances", "budget", "/rapports/1/viser/", "visa"),
    ("vote", "instruction", "/rapports/5/modifier/#id_introduction", "textes"),
    ("vote", "instruction", "/rapports/5/annexes/", "annexes"),
    ("vote", "instruction", "/rapports/5/visas/", "textes-vises"),
    ("vote", "instruction", "/rapports/5/articles/", "articles"),
    ("vote", "instruction", "/rapports/5/controle/", "controle"),
    ("seance", "assemblees", "/seances/5/", "seance"),
    ("seance", "assemblees", "/seances/5/assistance/", "assistance"),
    ("seance", "assemblees", "/rapports/5/vote/", "votes"),
    ("seance", "assemblees", "/rapports/5/adopter/", "adopter"),
    ("seance", "assemblees", "/rapports/5/editions/?avant=1&apres=2", "editions"),
    ("adoption", "budget", "/budget/?exercice=2023", "budget"),
    ("adoption", "budget", "/budget/6/mouvements/", "mouvements"),
    ("conventions", "assemblees", "/rapports/1/", "suites"),
    ("conventions", "conventions", "/rapports/1/actes/", "actes"),
    ("conventions", "conventions", "/conventions/?q=SIA", "acte"),
    ("conventions", "conventions", "/conventions/", "conventions"),
    ("conventions", "conventions", "/conventions/?q=2023-00001", "convention"),
    ("conventions", "conventions", "/conventions/?q=2023-00001", "texte-consolide"),
    ("conventions", "conventions", "/conventions/?q=2023-00001", "modification"),
    ("conventions", "conventions", "/numerisations/", "numerisations"),
    ("conventions", "conventions", "/modeles/", "modele"),
    ("conventions", "conventions", "/modeles/", "bloc"),
]
# What to click from there, for pages whose number in the base nobody knows beforehand.
RANG = ".tableau th a"  # the first row of a list
CLICS = {
    "suites": ["a:text('Éditions, transmission et publication')"],
    "acte": [RANG, RANG],
    "convention": [RANG],
    "texte-consolide": [RANG],
    "modification": [RANG, "a:text('Avenant n°\u00a02')", "a:text('Modifier') >> nth=-1"],
    "modele": ["td a:text('Version 2')"],
    "bloc": ["td a:text('Version 2')", "a:text('Modifier Montant de la participation')"],
}
VERS = {"texte-consolide": "#consolide"}  # where to scroll
# The day on which the pages of a stage are seen: weeks after what was done in it, not years.
JOURS = {"conventions": "2024-09-16T10:00:00+02:00"}
HORLOGE = """
import sys, time_machine
from django.core.management import execute_from_command_line
time_machine.travel(sys.argv[1]).start()
execute_from_command_line(["manage.py", *sys.argv[2:]])
"""
# Page 1 of documents: what `editer` takes, picture.
DOCUMENTS = [
    ("repartition", "2023-604", "repartition-1"),
    ("deliberation", "2023-604", "deliberation-1"),
    ("conducteur", "2024-273", "conducteur-1"),
    ("convention", "2023-00001", "convention-1"),
    ("avenant", "2022-99001/1", "avenant-1"),
]
STADES = {"instruction": "instruction", "seance": "commission", "conventions": "conventions"}  # script/stade_*.py
VISAS = {
    "finances": [("chef", "chef_service"), ("direction", "direction")],
    "vote": [("budget", "finances")],
}


def gerer(*commande, env):
    subprocess.run([sys.executable, "manage.py", *commande], cwd=RACINE, env=env, check=True, stdout=subprocess.DEVNULL)


def avancer(stade: str, env) -> None:
    """Bring the scratch data to the next stage of the rapport."""
    if stade == "instruction":
        extrait = RACINE / "fixtures" / "extrait_portail_2024.csv"
        gerer(
            "importer_depots", str(extrait), "--appel", "2024", "--creer-manquants", "--reporter",
            "Portail indisponible le 31 janvier", "--par", "instruction", env=env,
        )  # fmt: skip
    if stade == "adoption":
        gerer("charger_demo", "--jusqu-a", "adoption", env=env)
    if stade in STADES:
        code = (RACINE / "script" / f"stade_{STADES[stade]}.py").read_text(encoding="utf-8")
        gerer("shell", "-v0", "-c", code, env=env)
    for compte, etape in VISAS.get(stade, []):
        code = (
            "from deliberations.models import Rapport; from dpid.models import Agent; "
            f"Rapport.objects.get(numero='64').viser(par=Agent.objects.get(username='{compte}'), etape='{etape}')"
        )
        gerer("shell", "-c", code, env=env)


def photographier(navigateur, adresse, compte, chemin, nom):
    contexte = navigateur.new_context(viewport={"width": 1366, "height": 860}, locale="fr-FR")
    page = contexte.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{adresse}/connexion/")
    page.locator("[name=username]").fill(compte)
    page.locator("[name=password]").fill(MOT_DE_PASSE)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{adresse}/")
    page.goto(f"{adresse}{chemin}")
    for clic in CLICS.get(nom, ()):
        page.locator(clic).first.click()
        page.wait_for_load_state()
    page.wait_for_load_state("networkidle")
    if nom in VERS:
        page.locator(VERS[nom]).evaluate("(titre) => titre.closest('.bloc').scrollIntoView({ behavior: 'instant' })")
        page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{nom}.png")
    contexte.close()
    alleger(IMAGES / f"{nom}.png")


def ecart(a, b) -> int:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def alleger(image: Path) -> None:
    """256 colours, the others by the nearest: half the weight. Those that a page has most, and the vivid ones of the
    signals however few their points, stay what they are."""
    with Image.open(image) as lue:
        lue = lue.convert("RGB")
    comptes = {couleur: nombre * (1 + max(couleur) - min(couleur)) for nombre, couleur in lue.getcolors(1 << 24)}
    palette = sorted(comptes, key=comptes.get, reverse=True)[:256]
    rangs = {couleur: rang for rang, couleur in enumerate(palette)}
    for couleur in comptes:
        rangs.setdefault(couleur, min(range(len(palette)), key=lambda rang: ecart(couleur, palette[rang])))
    points = zip(*[iter(lue.tobytes())] * 3, strict=True)
    octets = bytes(rangs[point] for point in points)
    allegee = Image.frombytes("P", lue.size, octets)
    allegee.putpalette([v for couleur in palette for v in couleur])
    allegee.save(image, optimize=True)


def servir(port: int, env, stade: str) -> subprocess.Popen:
    commande = ["runserver", "--noreload", f"127.0.0.1:{port}"]
    debut = ["-c", HORLOGE, JOURS[stade]] if stade in JOURS else ["manage.py"]
    serveur = subprocess.Popen(
        [sys.executable, *debut, *commande], cwd=RACINE, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    attendre(f"http://127.0.0.1:{port}")
    return serveur


def arreter(serveur) -> None:
    serveur.terminate()
    serveur.wait()


def main(voulues):
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    with tempfile.TemporaryDirectory() as dossier:
        env = {**os.environ, "DATABASE_URL": f"sqlite:///{dossier}/captures.sqlite3", "DEBUG": "true"}
        env |= {"DJANGO_SETTINGS_MODULE": "dpid.settings"}
        env.setdefault("SECRET_KEY", "captures-" + "0123456789" * 5)
        gerer("migrate", "-v0", env=env)
        gerer("charger_demo", "--jusqu-a", "preparation", env=env)
        adresse = f"http://127.0.0.1:{port}"
        with sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            navigateur = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"], env={**os.environ, "LANGUAGE": "fr"}
            )
            for stade, pages in groupby(PAGES, key=lambda page: page[0]):
                avancer(stade, env)
                serveur = servir(port, env, stade)
                try:
                    for _, compte, chemin, nom in pages:
                        if not voulues or nom in voulues:
                            photographier(navigateur, adresse, compte, chemin, nom)
                finally:
                    arreter(serveur)
        for nature, reference, nom in DOCUMENTS:
            if not voulues or nom in voulues:
                pdf = f"{dossier}/{nom}.pdf"
                gerer("editer", nature, reference, "--format", "pdf", "--sortie", pdf, env=env)
                subprocess.run(
                    ["pdftoppm", "-png", "-r", "80", "-l", "1", "-singlefile", pdf, IMAGES / nom], check=True
                )
                alleger(IMAGES / f"{nom}.png")


def attendre(adresse: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{adresse}/sante/", timeout=2).close()  # noqa: S310 - our own server
            return
        except OSError:
            time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1:])
