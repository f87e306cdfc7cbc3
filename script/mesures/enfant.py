"""A fresh process for one point: `python -m script.mesures.enfant module:fonction '{"json": "arguments"}'`."""

import importlib
import json
import os
import sys

if __name__ == "__main__":
    module, _, fonction = sys.argv[1].partition(":")
    # The bare floor of the PDF runs without Django: a smaller heap is the most favourable to it.
    if module != "plancher_pdf":
        os.environ["DJANGO_SETTINGS_MODULE"] = "dpid.settings"
        import django

        django.setup()
    resultat = getattr(importlib.import_module(f"script.mesures.{module}"), fonction)(**json.loads(sys.argv[2]))
    print(json.dumps(resultat))
