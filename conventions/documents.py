"""Documents of the acts: the context that they print, and the PDF. Pure data, so that what is frozen can be re-read."""

import json

from django.conf import settings

from conventions.composition import Nature, Texte, composer
from conventions.lecture import ActeLu, lire_un
from conventions.vie import codes
from conventions.vie.signature import reference
from dpid.documents import blocs, html_seul, rendre_pdf
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from dpid.montants import chaine
from dpid.typographie import date_longue

GABARIT = "documents/acte.html"


def contexte(lu: ActeLu, texte: Texte | None = None) -> dict:
    """Everything that an act prints (amounts as strings, ISO dates)."""
    texte = texte or composer(lu)
    acte = lu.acte
    return {
        "acte": acte.pk,
        "nature": "avenant" if acte.est_avenant else "convention",
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "date": lu.le.isoformat(),
        "reference": reference(acte),
        "pied": reference(acte),
        "titre": f"Avenant n°\u00a0{acte.rang} à la convention" if acte.est_avenant else "Convention",
        "numero": lu.convention.numero or "",
        "objet": acte.objet or lu.convention.objet,
        "montant": chaine(lu.montant),
        "exemplaires": acte.exemplaires,
        "parties": [_partie(lu, p) for p in lu.parties],
        "clauses": [c.en_donnees() for c in texte.clauses],
        "changements": [c.en_donnees() for c in texte.changements],
        "manques": [m.phrase for m in texte.manques],
    }


def _partie(lu, partie) -> dict:
    if partie.structure_id is None:
        signataire = lu.signataire
        return {
            "nom": settings.DPID["collectivite"],
            "designation": partie.designation or "le Département",
            "representant": str(signataire) if signataire else "",
            "qualite": signataire.qualite if signataire else "",
            "habilitation": signataire.delegation if signataire else "",
            "adresse": "", "siret": "", "departement": True,
        }  # fmt: skip
    from conventions.champs import _adresse

    representant = lu.representant_de(partie)
    return {
        "nom": partie.structure.raison_sociale,
        "designation": partie.designation or "l’organisme",
        "representant": str(representant or ""),
        "qualite": representant.qualite if representant else "",
        "habilitation": representant.habilitation if representant else "",
        "adresse": _adresse(partie.structure),
        "siret": partie.structure.siret_imprime,
        "departement": False,
    }


def mettre_en_page(donnees: dict) -> dict:
    """The context as the template reads it: texts cut in paragraphs, clauses by kind."""

    def clause(c):
        fiche = c["fiche"]
        if fiche:
            rubriques = [{**r, "blocs": blocs(r["texte"])} for r in fiche["rubriques"]]
            fiche = {**fiche, "rubriques": rubriques}
        return {**c, "blocs": blocs(c["texte"]), "fiche": fiche}

    codes_ = codes.images(donnees["acte"], donnees["reference"]) if donnees.get("acte") else []
    par_nature = {str(n): [clause(c) for c in donnees["clauses"] if c["nature"] == n] for n in Nature.values}
    return {**donnees, "par_nature": par_nature, "codes": codes_}


def rendre(donnees: dict, *, projet: bool) -> bytes:
    """The PDF/UA-1 of an act, from its context."""
    titre = f"{donnees['titre']} {donnees['numero']}".strip()
    return rendre_pdf(GABARIT, mettre_en_page(donnees), titre=titre, projet=projet)


def editer(acte) -> tuple[bytes, str]:
    """`(PDF, file name)`: the frozen text once it was sent to signature, a project before."""
    if acte.document_id:
        return bytes(acte.document.pdf), acte.document.nom_fichier
    donnees = contexte(lire_un(acte))
    return rendre(donnees, projet=True), f"{donnees['reference']}_projet.pdf"


def figer(acte, *, par) -> Document:
    """Render and keep the text that is sent to signature: called before the verb, outside its transaction."""
    donnees = contexte(lire_un(acte))
    return Document.figer(
        nature=donnees["nature"], titre=str(acte)[:250], nom_fichier=f"{donnees['reference']}.pdf", contexte=donnees,
        pdf=rendre(donnees, projet=False), par=par,
    )  # fmt: skip


def en_html(donnees: dict) -> str:
    return html_seul(GABARIT, mettre_en_page(donnees), titre=donnees["titre"])


def contexte_consolide(consolidee) -> dict:
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


def mettre_en_page_consolidee(donnees: dict) -> dict:
    """The same, its paragraphs cut for a template."""
    clauses = []
    for c in donnees["clauses"]:
        fiche = c["fiche"] and {
            **c["fiche"], "rubriques": [{**r, "blocs": blocs(r["texte"])} for r in c["fiche"]["rubriques"]]
        }  # fmt: skip
        clauses.append({**c, "fiche": fiche, "alineas": [{**a, "blocs": blocs(a["texte"])} for a in c["alineas"]]})
    return {**donnees, "clauses": clauses}


def editer_consolidee(convention, format: str, au=None) -> bytes:
    """The consolidated text in pdf, html or json. Raises ActeRefuse for another format."""
    from conventions.consolidation import consolider

    donnees = contexte_consolide(consolider(convention, au))
    if format == "json":
        return json.dumps(donnees, ensure_ascii=False, indent=2).encode()
    mise_en_page = mettre_en_page_consolidee(donnees)
    if format == "html":
        return html_seul("documents/consolidee.html", mise_en_page, titre=donnees["titre"]).encode()
    if format == "pdf":
        return rendre_pdf("documents/consolidee.html", mise_en_page, titre=f"{donnees['titre']}, texte consolidé")
    raise ActeRefuse("Formats du texte consolidé : pdf, html, json.")
