"""The consolidated text of a convention, as a document: its context, its page, its formats."""

import json
from datetime import date

from django.conf import settings

from conventions.consolidation import consolider
from conventions.documents import fiche_en_page
from dpid import bureautique
from dpid.documents import blocs, html_seul, rendre_pdf
from dpid.erreurs import ActeRefuse
from dpid.montants import chaine
from dpid.typographie import date_longue

GABARIT = "documents/consolidee.html"


def contexte(consolidee) -> dict:
    """The convention on a day, each paragraph with its origin."""
    convention = consolidee.convention
    return {
        "collectivite": settings.DPID["collectivite"],
        "date": consolidee.au.isoformat(),
        "pied": f"{convention.numero or convention.objet} — texte consolidé",
        "titre": str(convention).capitalize(),
        "au": date_longue(consolidee.au),
        "structure": str(convention.structure),
        "objet": convention.objet,
        "montant": chaine(consolidee.montant),
        "montants": [{"exercice": e, "montant": chaine(m)} for e, m in consolidee.montants.items()],
        "anomalies": consolidee.anomalies,
        "clauses": [
            {
                "nature": c.nature, "numero": c.numero, "titre": c.titre, "supprimee": c.est_supprimee,
                "origines": c.origines, "fiche": c.fiche,
                "alineas": [{"texte": a.texte, "origine": a.origine} for a in c.alineas],
            }
            for c in consolidee.clauses
        ],
    }  # fmt: skip


def mettre_en_page(donnees: dict) -> dict:
    """The same, its paragraphs cut for a template."""
    clauses = [
        {**c, "fiche": fiche_en_page(c["fiche"]), "alineas": [{**a, "blocs": blocs(a["texte"])} for a in c["alineas"]]}
        for c in donnees["clauses"]
    ]
    return {**donnees, "clauses": clauses}


def editer(convention, format: str, au=None) -> bytes:
    """The consolidated text in pdf, html, json, odt or docx. Raises ActeRefuse for another format."""
    donnees = contexte(consolider(convention, au))
    if format == "json":
        return json.dumps(donnees, ensure_ascii=False, indent=2).encode()
    mise_en_page = mettre_en_page(donnees)
    if format == "html":
        return html_seul(GABARIT, mise_en_page, titre=donnees["titre"]).encode()
    if format == "pdf":
        return rendre_pdf(GABARIT, mise_en_page, titre=f"{donnees['titre']}, texte consolidé")
    if format in bureautique.FORMATS:
        html = html_seul(GABARIT, mise_en_page, titre=donnees["titre"])
        return bureautique.copier(html, format, le=date.fromisoformat(donnees["date"]))
    raise ActeRefuse("Formats du texte consolidé : pdf, html, json ; odt, docx avec l’extension bureautique.")
