"""Texts of the documents as blocks: paragraphs, lists, tables, and the figures drawn where a text asks for them."""

import base64
from decimal import Decimal

from django.template.loader import render_to_string

from deliberations.redaction.figures import MARQUE
from dpid.documents import blocs
from dpid.documents.textes import tableau
from dpid.graphiques import Serie, barres
from dpid.montants import ZERO, euros
from dpid.typographie import composer

SERIE = (Serie("g-vote", "Montant"),)


def paragraphes(texte: str, contexte: dict) -> list[dict]:
    """Blocks of a resolved text; `contexte["figures"]` holds the data of its marks."""
    morceaux = MARQUE.split(texte or "")
    resultat = blocs(morceaux[0])
    for nom, lieu, suite in zip(morceaux[1::3], morceaux[2::3], morceaux[3::3], strict=True):
        donnees = contexte.get("figures", {}).get(f"{nom}@{lieu}")
        if donnees:
            resultat.append(_graphique(nom, donnees) if nom.startswith("graphique") else _tableau(donnees))
        resultat += blocs(suite)
    return resultat


def _tableau(donnees: dict) -> dict:
    total = sum((Decimal(montant) for _, montant in donnees["lignes"]), ZERO)
    rangees = [[composer(libelle), euros(Decimal(montant), symbole=True)] for libelle, montant in donnees["lignes"]]
    rangees.append(["TOTAL", euros(total, symbole=True)])
    return tableau(donnees["titre"], [donnees["colonne"], "Montant"], rangees, total=True)


def _graphique(nom: str, donnees: dict) -> dict:
    """An image of its own: its description is then read in its place, which an inline drawing does not get in a PDF."""
    lignes = [(composer(libelle), [Decimal(montant)]) for libelle, montant in donnees["lignes"]]
    dessin = barres(nom, donnees["titre"], SERIE, lignes)
    if dessin is None:
        return {"genre": "p", "texte": f"{donnees['titre']}\u00a0: aucun montant."}
    svg = render_to_string("documents/graphique.svg", {"graphique": dessin})
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return {"genre": "graphique", "legende": donnees["titre"], "description": dessin.description, "source": source}
