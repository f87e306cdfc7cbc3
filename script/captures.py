"""Takes the pictures of README.md and docs/guide.md: a server on scratch data, each page seen by who uses it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
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
    ("adoption", "assemblees", "/rapports/1/", "suites"),
    ("adoption", "budget", "/budget/?exercice=2023", "budget"),
    ("adoption", "budget", "/budget/6/mouvements/", "mouvements"),
]
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
        gerer("shell", "-v0", "-c", (RACINE / "script" / "stade_instruction.py").read_text(encoding="utf-8"), env=env)
    if stade == "seance":
        gerer("shell", "-v0", "-c", (RACINE / "script" / "stade_commission.py").read_text(encoding="utf-8"), env=env)
    if stade == "adoption":
        gerer("charger_demo", "--jusqu-a", "adoption", env=env)
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
    if nom == "suites":  # the délibération, whose number in the base nobody knows beforehand
        page.get_by_role("link", name="Éditions, transmission et publication").click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{nom}.png")
    contexte.close()
    alleger(IMAGES / f"{nom}.png")


def alleger(image: Path) -> None:
    """A page has few colours: a palette makes its picture two or three times lighter."""
    with Image.open(image) as lue:
        lue.convert("RGB").quantize(colors=160, dither=Image.Dither.NONE).save(image, optimize=True)


def main():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    with tempfile.TemporaryDirectory() as dossier:
        env = {**os.environ, "DATABASE_URL": f"sqlite:///{dossier}/captures.sqlite3", "DEBUG": "true"}
        env.setdefault("SECRET_KEY", "captures-" + "0123456789" * 5)
        gerer("migrate", "-v0", env=env)
        gerer("charger_demo", "--jusqu-a", "preparation", env=env)
        serveur = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
            cwd=RACINE, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        adresse = f"http://127.0.0.1:{port}"
        try:
            attendre(adresse)
            with sync_playwright() as playwright:
                chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
                navigateur = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--lang=fr-FR"])
                stade = "preparation"
                for voulu, compte, chemin, nom in PAGES:
                    if voulu != stade:
                        avancer(voulu, env)
                        stade = voulu
                    photographier(navigateur, adresse, compte, chemin, nom)
        finally:
            serveur.terminate()
        for nature, reference in (
            ("repartition", "2023-604"), ("deliberation", "2023-604"), ("conducteur", "2024-273"),
        ):  # fmt: skip
            pdf = f"{dossier}/{nature}.pdf"
            gerer("editer", nature, reference, "--format", "pdf", "--sortie", pdf, env=env)
            subprocess.run(
                ["pdftoppm", "-png", "-r", "80", "-l", "1", "-singlefile", pdf, IMAGES / f"{nature}-1"], check=True
            )
            alleger(IMAGES / f"{nature}-1.png")


def attendre(adresse: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{adresse}/sante/", timeout=2).close()  # noqa: S310 - our own server
            return
        except OSError:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
