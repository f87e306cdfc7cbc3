"""Reading `fixtures/`."""

import csv
import json
from datetime import date

from django.conf import settings

FIXTURES = settings.BASE_DIR / "fixtures"


def lire_json(nom: str):
    return json.loads((FIXTURES / nom).read_text(encoding="utf-8"))


def lire_csv(nom: str):
    with (FIXTURES / nom).open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


def jour(texte):
    return date.fromisoformat(texte) if texte else None
