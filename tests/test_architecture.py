"""The shape of the code: which way imports go, what may not exist, how long a file may grow."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

RACINE = Path(settings.BASE_DIR)
ETAGES = ["dpid", "budget", "programmes", "deliberations", "conventions"]  # each may import those before it
# The file that knows every app, and the settings that name them.
LIBRES = {"dpid/urls.py", "dpid/settings.py"}
NOMS_INTERDITS = {"services.py", "utils.py", "signals.py", "constants.py"}
MODULES_D_ARGENT = [
    "dpid/montants.py", "budget", "programmes/models", "programmes/forms.py", "deliberations/models",
    "deliberations/imputations.py", "deliberations/repartition.py", "deliberations/visas.py",
    "deliberations/adoption.py", "deliberations/verification.py", "deliberations/totaux.py",
    "deliberations/saisie.py",
    "deliberations/arbitrage", "deliberations/importation/ecriture.py", "deliberations/importation/rapprochement.py",
]  # fmt: skip


def modules():
    for app in ETAGES:
        for fichier in sorted((RACINE / app).rglob("*.py")):
            if "migrations" not in fichier.parts:
                yield app, fichier.relative_to(RACINE).as_posix(), fichier.read_text(encoding="utf-8")


def importes(arbre):
    """Every module named by an import, at the top or inside a function, or by `import_module("…")`."""
    for n in ast.walk(arbre):
        if isinstance(n, ast.Import):
            yield from ((a.name, n.lineno) for a in n.names)
        elif isinstance(n, ast.ImportFrom) and n.level == 0:
            yield n.module, n.lineno
        elif isinstance(n, ast.Call) and getattr(n.func, "id", getattr(n.func, "attr", "")) == "import_module":
            if n.args and isinstance(n.args[0], ast.Constant):
                yield n.args[0].value, n.lineno


def montees(app: str, source: str) -> list[str]:
    """Imports and lazy model references (« programmes.Dossier ») that go up from `app`."""
    plus_haut = ETAGES[ETAGES.index(app) + 1 :]
    arbre = ast.parse(source)
    fautes = [f"{n}: {m}" for m, n in importes(arbre) if m.split(".")[0] in plus_haut]
    for n in ast.walk(arbre):
        if isinstance(n, ast.Call) and getattr(n.func, "attr", "") in (
            "ForeignKey",
            "OneToOneField",
            "ManyToManyField",
        ):
            cible = n.args[0].value if n.args and isinstance(n.args[0], ast.Constant) else ""
            fautes += [f"{n.lineno}: {cible}"] if str(cible).split(".")[0] in plus_haut else []
    return fautes


def longueurs(source: str) -> list[str]:
    """What is too long in a module: 400 lines, 250 in a class, 60 in a function."""
    fautes = [f"{len(source.splitlines())} lignes"] if len(source.splitlines()) > 400 else []
    for n in ast.walk(ast.parse(source)):
        limite = 250 if isinstance(n, ast.ClassDef) else 60
        if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            taille = n.end_lineno - n.lineno + 1
            fautes += [f"{n.name} : {taille} lignes (au plus {limite})"] if taille > limite else []
    return fautes


def recepteurs(source: str) -> list[int]:
    """Signal receivers: `@receiver` or `signal.connect(…)`."""
    arbre = ast.parse(source)
    lignes = [n.lineno for m, n in ((a, n) for n in ast.walk(arbre) for a in ("receiver",))
              if isinstance(n, ast.Name) and n.id == m]  # fmt: skip
    return lignes + [n.lineno for n in ast.walk(arbre) if isinstance(n, ast.Attribute) and n.attr == "connect"]


def flottants(source: str) -> list[int]:
    """`float(…)`, `FloatField`, a decimal literal written as a float."""
    return [
        n.lineno
        for n in ast.walk(ast.parse(source))
        if (isinstance(n, ast.Name) and n.id == "float" and isinstance(n.ctx, ast.Load))
        or (isinstance(n, ast.Attribute) and n.attr == "FloatField")
        or (isinstance(n, ast.Constant) and isinstance(n.value, float))
    ]


def releve(controle) -> dict:
    return {chemin: fautes for app, chemin, source in modules() if (fautes := controle(app, chemin, source))}


def test_il_y_a_bien_du_code_a_lire():
    assert len(list(modules())) > 80 and len(list((RACINE / "templates").rglob("*.html"))) > 20


def test_les_imports_descendent():
    assert releve(lambda app, chemin, source: [] if chemin in LIBRES else montees(app, source)) == {}


def test_noms_de_modules_interdits():
    assert releve(lambda app, chemin, source: Path(chemin).name in NOMS_INTERDITS) == {}


def test_aucun_recepteur_de_signal():
    assert releve(lambda app, chemin, source: recepteurs(source)) == {}


def test_longueur_des_modules_classes_et_fonctions():
    assert releve(lambda app, chemin, source: longueurs(source)) == {}


def test_longueur_des_gabarits():
    longs = {
        g.relative_to(RACINE).as_posix(): n
        for g in (RACINE / "templates").rglob("*.html")
        if (n := len(g.read_text(encoding="utf-8").splitlines())) > 150
    }
    assert longs == {}


def test_une_seule_porte_vers_weasyprint():
    def controle(app, chemin, source):
        return [n for m, n in importes(ast.parse(source)) if m.split(".")[0] == "weasyprint"]

    assert set(releve(controle)) == {"dpid/documents/moteur.py"}


def test_aucun_flottant_dans_les_modules_d_argent():
    def controle(app, chemin, source):
        return flottants(source) if chemin.startswith(tuple(MODULES_D_ARGENT)) else []

    fautes = releve(controle)
    # The field names `float` to refuse it.
    refus = fautes.pop("dpid/montants.py", [])
    source = (RACINE / "dpid/montants.py").read_text(encoding="utf-8").splitlines()
    assert all("isinstance" in source[n - 1] for n in refus)
    assert fautes == {}


@pytest.mark.parametrize(
    ("controle", "faute"),
    [
        (lambda s: montees("budget", s), "def f():\n    from programmes.models import Dossier"),
        (lambda s: montees("programmes", s), "import deliberations.visas as v"),
        (lambda s: montees("dpid", s), "import_module('budget.models')"),
        (lambda s: montees("budget", s), "d = models.ForeignKey('programmes.Dossier', on_delete=models.PROTECT)"),
        (lambda s: montees("deliberations", s), "if TYPE_CHECKING:\n    from conventions import models"),
        (recepteurs, "@receiver(post_save)\ndef f(**k): pass"),
        (recepteurs, "post_save.connect(f)"),
        (flottants, "x = float(y)"),
        (flottants, "x = models.FloatField()"),
        (flottants, "x = y * 0.1"),
        (longueurs, "x = 1\n" * 401),
        (longueurs, "def f():\n" + "    x = 1\n" * 60),
        (longueurs, "class C:\n" + "    x = 1\n" * 250),
    ],
)
def test_temoin_chaque_controle_voit_la_faute(controle, faute):
    assert controle(faute)


def test_temoin_descendre_est_permis():
    assert montees("deliberations", "from programmes.models import Dossier\nimport dpid.montants") == []
